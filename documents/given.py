"""Words that a caller has read by other means -> pages like those that are read here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from schemas.geometry import Quad
from schemas.pages import Document, Page, Symbol, TextSource, make_line, make_word


class GivenWord(NamedTuple):
    """Text without white space, and where it stands, in page fractions."""

    text: str
    quad: Quad


def split(text: str, quad: Quad) -> list[GivenWord]:
    """The words of a line; each gets the part of the line's place that its characters take, as if all were as wide."""
    words: list[GivenWord] = []
    start = 0
    for word in text.split():
        start = text.index(word, start)
        end = start + len(word)
        words.append(GivenWord(word, quad.part(start / len(text), end / len(text))))
        start = end
    return words


def document_of(page: Page, lines: Iterable[Sequence[GivenWord]]) -> Document:
    """This page with these words, in this order; `words[i].id == i`."""
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
