"""Documents as read: a document has pages, a page lines, a line words, a word symbols.

Everything is immutable. All coordinates are page fractions (see `schemas.geometry`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

from schemas.codes import Code
from schemas.geometry import Box, Quad, union
from schemas.marks import FormEntry, Mark
from schemas.normalise.characters import ordinary


class Symbol(NamedTuple):
    """One printed character as it was read; ligatures are kept."""

    text: str
    quad: Quad
    confidence: float
    """The reader's own certainty, 0 to 1; 1 for a PDF's text layer."""

    @property
    def box(self) -> Box:
        """The smallest axis-aligned box around the symbol."""
        return self.quad.box


@dataclass(frozen=True, slots=True)
class Word:
    """Symbols without a space between them."""

    id: int
    """The word's number in the whole document, from 0 in reading order."""
    symbols: tuple[Symbol, ...]
    text: str
    """The text with ligatures and full-width forms written as ordinary letters; the symbols keep them."""
    box: Box

    @property
    def verbatim(self) -> str:
        """The text as the symbols have it."""
        return "".join(s.text for s in self.symbols)

    @property
    def confidence(self) -> float:
        """Mean over the symbols, 0 to 1."""
        return sum(s.confidence for s in self.symbols) / len(self.symbols)


@dataclass(frozen=True, slots=True)
class Line:
    """Words on one baseline that are read together.

    Each cell of a table's row is a line of its own.
    """

    words: tuple[Word, ...]
    text: str
    box: Box

    @property
    def confidence(self) -> float:
        """Mean over the symbols, 0 to 1."""
        symbols = [s.confidence for word in self.words for s in word.symbols]
        return sum(symbols) / len(symbols)


class TextSource(StrEnum):
    """The source of a page's symbols."""

    TEXT_LAYER = "text_layer"
    OCR = "ocr"


class Preprocessing(NamedTuple):
    """Changes made to a picture before it was read.

    Boxes always refer to the picture as received.
    """

    original_size: tuple[int, int]
    """Width and height in pixels, as received."""
    processed_size: tuple[int, int]
    """Width and height in pixels, as read."""
    orientation: int = 0
    """Degrees by which the page was turned clockwise: 0, 90, 180 or 270."""
    deskew_angle: float = 0.0
    """Degrees by which its lines are tilted clockwise beyond that; each line is cut out straight."""
    steps: tuple[str, ...] = ()
    """The steps that were applied, in this order."""


MIN_WELL_READ_CONFIDENCE = 0.985
"""Minimum mean confidence in a page's symbols, set by hand: below it, half of the names on receipts are misread."""


@dataclass(frozen=True)
class Page:
    """One page of a document."""

    number: int
    """Position in the document as sent, from 1."""
    width: float
    """Pixels of an image or points of a PDF, as the height."""
    height: float
    lines: tuple[Line, ...]
    source: TextSource
    preprocessing: Preprocessing | None = None
    """The preprocessing of the picture, if the page was read from one."""
    picture: bytes | None = None
    """The page as received, as a JPEG, if the reader was configured to keep it."""
    marks: tuple[Mark, ...] = ()
    """Tick boxes and radio buttons."""
    form_entries: tuple[FormEntry, ...] = ()
    """Filled fields of a form."""
    codes: tuple[Code, ...] = ()
    """Bar codes and two-dimensional codes."""

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
        """All words in reading order."""
        return tuple(word for line in self.lines for word in line.words)

    @cached_property
    def is_poorly_read(self) -> bool:
        """True if the letters were hard to read, so that a text on the page may have been missed."""
        confidences = [symbol.confidence for word in self.words for symbol in word.symbols]
        return bool(confidences) and sum(confidences) / len(confidences) < MIN_WELL_READ_CONFIDENCE


@dataclass(frozen=True)
class Document:
    """A document that was read, with its pages in order."""

    pages: tuple[Page, ...]

    @property
    def poorly_read(self) -> tuple[int, ...]:
        """Numbers of the pages on which a text may have been missed."""
        return tuple(page.number for page in self.pages if page.is_poorly_read)

    @cached_property
    def words(self) -> tuple[Word, ...]:
        """Every word; `words[i].id == i`."""
        return tuple(word for page in self.pages for word in page.words)

    @cached_property
    def page_of_word(self) -> tuple[int, ...]:
        """For each word id the index of its page in `pages`."""
        return tuple(index for index, page in enumerate(self.pages) for _ in page.words)

    def symbols(self) -> Iterator[tuple[int, Symbol]]:
        """Yield (word id, symbol) in reading order; a symbol's id is its position in this order."""
        for word in self.words:
            for symbol in word.symbols:
                yield word.id, symbol


def make_word(word_id: int, symbols: tuple[Symbol, ...]) -> Word:
    """Return the word that symbols form."""
    text = ordinary("".join(s.text for s in symbols))
    return Word(word_id, symbols, text, union(s.box for s in symbols))


def make_line(words: tuple[Word, ...]) -> Line:
    """Return the line that words form."""
    return Line(words, " ".join(w.text for w in words), union(w.box for w in words))
