"""What stands on a page: a document has pages, a page lines, a line words, a word symbols.

Immutable and free of I/O. All coordinates are page fractions (see `schemas.geometry`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

from schemas.geometry import Box, Quad, union
from schemas.normalise.characters import ordinary


class Symbol(NamedTuple):
    """One printed character as it was read, ligatures kept verbatim.

    `confidence` is the reader's own certainty, 0 to 1; 1 for a PDF's text layer.
    """

    text: str
    quad: Quad
    confidence: float

    @property
    def box(self) -> Box:
        return self.quad.box


@dataclass(frozen=True, slots=True)
class Word:
    """Symbols without a space between them. `id` counts words through the whole document, in reading order.

    `text` has ligatures and full-width forms written as ordinary letters; the symbols keep them.
    """

    id: int
    symbols: tuple[Symbol, ...]
    text: str
    box: Box

    @property
    def verbatim(self) -> str:
        return "".join(s.text for s in self.symbols)

    @property
    def confidence(self) -> float:
        return sum(s.confidence for s in self.symbols) / len(self.symbols)


@dataclass(frozen=True, slots=True)
class Line:
    """Words on one baseline that are read together: a table's row is one line for each of its cells."""

    words: tuple[Word, ...]
    text: str
    box: Box

    @property
    def confidence(self) -> float:
        """Mean over the symbols."""
        symbols = [s.confidence for word in self.words for s in word.symbols]
        return sum(symbols) / len(symbols)


class TextSource(StrEnum):
    """Where a page's symbols come from."""

    TEXT_LAYER = "text_layer"
    OCR = "ocr"


class Preprocessing(NamedTuple):
    """What was done to a picture before it was read. Boxes are always those of the picture as it came."""

    original_size: tuple[int, int]
    """Width and height in pixels, as it came."""
    processed_size: tuple[int, int]
    """Width and height in pixels, as it was read."""
    orientation: int = 0
    """0, 90, 180 or 270: degrees by which the page stood turned clockwise."""
    deskew_angle: float = 0.0
    """Degrees by which its lines are tilted clockwise beyond that; each is cut out straight."""
    steps: tuple[str, ...] = ()
    """What was applied, in this order."""


@dataclass(frozen=True)
class Page:
    """`number` counts from 1 in the document as sent; `width` and `height` are pixels (images) or points (PDF)."""

    number: int
    width: float
    height: float
    lines: tuple[Line, ...]
    source: TextSource
    preprocessing: Preprocessing | None = None
    """Of the picture that was read, if one was."""
    picture: bytes | None = None
    """The page as it came, a JPEG, where the reader was asked for it."""

    @property
    def aspect(self) -> float:
        """Width divided by height."""
        return self.width / self.height

    @property
    def text(self) -> str:
        """Plain text in reading order."""
        return "\n".join(line.text for line in self.lines)

    @cached_property
    def words(self) -> tuple[Word, ...]:
        return tuple(word for line in self.lines for word in line.words)


@dataclass(frozen=True)
class Document:
    """The pages that were read, in order."""

    pages: tuple[Page, ...]

    @cached_property
    def words(self) -> tuple[Word, ...]:
        """Every word; `words[i].id == i`."""
        return tuple(word for page in self.pages for word in page.words)

    @cached_property
    def page_of_word(self) -> tuple[int, ...]:
        """For each word id the index of its page in `pages`."""
        return tuple(index for index, page in enumerate(self.pages) for _ in page.words)

    def symbols(self) -> Iterator[tuple[int, Symbol]]:
        """(word id, symbol), in reading order; the position in this order is the symbol's id."""
        for word in self.words:
            for symbol in word.symbols:
                yield word.id, symbol


def make_word(word_id: int, symbols: tuple[Symbol, ...]) -> Word:
    text = ordinary("".join(s.text for s in symbols))
    return Word(word_id, symbols, text, union(s.box for s in symbols))


def make_line(words: tuple[Word, ...]) -> Line:
    return Line(words, " ".join(w.text for w in words), union(w.box for w in words))
