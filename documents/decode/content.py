"""What the decoding process sends to the reader: plain data, quick to send between processes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np

from documents.decode.pictures import Picture
from documents.layout.lines import PlacedWord
from schemas.geometry import Box, Point, Quad
from schemas.pages import Symbol


class TextLayer(NamedTuple):
    """Characters of a page in words, as arrays."""

    texts: tuple[str, ...]
    """One entry for each character."""
    word_starts: tuple[int, ...]
    """Index of each word's first character."""
    tight: np.ndarray
    """Shape (characters, 4): left, top, right, bottom of the ink, in page fractions."""
    loose: np.ndarray
    """The same of the full height of the type."""
    quarters: tuple[int, ...]
    """Direction of each character in quarter turns, clockwise from rightwards."""

    def spans(self) -> list[tuple[int, int]]:
        """First character of each word, and the one after its last."""
        return list(zip(self.word_starts, (*self.word_starts[1:], len(self.texts)), strict=False))


class PictureRegion(NamedTuple):
    """A part of a page that has to be read by OCR."""

    box: Box
    """Where it stands, in page fractions."""
    picture: Picture
    size: tuple[int, int]
    """Its width and height in pixels before it was reduced to what is kept for OCR."""


class PageContent(NamedTuple):
    """A page before it is read: its size as shown, its own text if it has some that is sound, and its pictures.

    `width` and `height` are pixels (images) or points (PDF). Without `text` the one region is the whole page.
    """

    width: float
    height: float
    text: TextLayer | None
    regions: tuple[PictureRegion, ...]


class PagedFile(Protocol):
    """An opened file."""

    page_count: int

    def page(self, number: int) -> PageContent:
        """Page `number`, from 1.

        Raises:
            UnreadableDocument: the page is damaged, or beyond the limits.
        """
        ...

    def close(self) -> None:
        """Free what it holds."""
        ...


WHOLE = Box(0.0, 0.0, 1.0, 1.0)


def placed_words(layer: TextLayer) -> list[PlacedWord]:
    """The words of a text layer, every symbol with its corners."""
    tight, loose = layer.tight.tolist(), layer.loose.tolist()
    words: list[PlacedWord] = []
    for start, end in layer.spans():
        quarter = layer.quarters[start]
        symbols = tuple(Symbol(layer.texts[i], _quad(tight[i], layer.quarters[i]), 1.0) for i in range(start, end))
        lefts, tops, rights, bottoms = zip(*loose[start:end], strict=True)
        words.append(PlacedWord(symbols, _quad((min(lefts), min(tops), max(rights), max(bottoms)), quarter)))
    return words


def within(word: PlacedWord, box: Box) -> PlacedWord:
    """A word on a region of the page -> the word on the page."""

    def moved(quad: Quad) -> Quad:
        return Quad(*(Point(box.left + p.x * box.width, box.top + p.y * box.height) for p in quad))

    return PlacedWord(tuple(s._replace(quad=moved(s.quad)) for s in word.symbols), moved(word.quad))


def _quad(box: Sequence[float], quarter: int) -> Quad:
    """The box's corners, beginning at the text's own top-left."""
    left, top, right, bottom = box
    corners = Point(left, top), Point(right, top), Point(right, bottom), Point(left, bottom)
    return Quad(*corners[quarter:], *corners[:quarter])
