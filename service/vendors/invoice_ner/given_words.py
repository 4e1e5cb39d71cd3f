"""Make a page from words that the caller has read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from schemas.geometry import Quad
from schemas.pages import Document, Page, Symbol, TextSource, make_line, make_word


class GivenWord(NamedTuple):
    """A word that the caller has read."""

    text: str
    """Text without white space."""
    quad: Quad
    """The place of the word in fractions of the page, clockwise from the text's own top left."""


def split(text: str, quad: Quad) -> list[GivenWord]:
    """Split a line into its words, each with its part of the line's place.

    All characters, white space included, count as equally wide.

    Args:
        text: the text of the line.
        quad: where the line is printed, in fractions of the page.
    """
    words: list[GivenWord] = []
    start = 0
    for word in text.split():
        start = text.index(word, start)
        end = start + len(word)
        words.append(GivenWord(word, quad.part(start / len(text), end / len(text))))
        start = end
    return words


def document_of(page: Page, lines: Iterable[Sequence[GivenWord]]) -> Document:
    """Return a document of one page with these words in this order; `words[i].id == i`.

    Args:
        page: the page, whose own lines are replaced.
        lines: the words of each line.
    """
    made = []
    next_id = 0
    for line in lines:
        words = [make_word(next_id + i, _symbols(word)) for i, word in enumerate(line)]
        next_id += len(words)
        if words:
            made.append(make_line(tuple(words)))
    return Document((replace(page, lines=tuple(made), source=TextSource.OCR),))


def _symbols(word: GivenWord) -> tuple[Symbol, ...]:
    count = len(word.text)
    return tuple(Symbol(c, word.quad.part(i / count, (i + 1) / count), 1.0) for i, c in enumerate(word.text))
