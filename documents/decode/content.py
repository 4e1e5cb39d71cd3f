"""Define the data that the decoding process sends to the reader.

It is plain, so that it is quick to send between processes.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np

from documents.pictures import Picture
from documents.placed import PlacedWord
from schemas.codes import Code
from schemas.geometry import Box, Point, Quad
from schemas.marks import FormEntry, Mark
from schemas.pages import Symbol


class TextLayer(NamedTuple):
    """The characters of a page, grouped into words, as arrays with one entry per character."""

    texts: tuple[str, ...]
    """The characters themselves."""
    word_starts: tuple[int, ...]
    """Index of each word's first character."""
    tight: np.ndarray
    """Boxes around the ink, shape (characters, 4): left, top, right, bottom in page fractions."""
    loose: np.ndarray
    """Boxes with the full height of the type, in the same form."""
    quarters: tuple[int, ...]
    """Direction of each character in quarter turns clockwise from rightwards, 0 to 3."""

    def spans(self) -> list[tuple[int, int]]:
        """Return each word's first character and the one after its last, as indices."""
        return list(zip(self.word_starts, (*self.word_starts[1:], len(self.texts)), strict=False))


class DoubtfulFont(NamedTuple):
    """A font whose characters in the text layer may differ from what the page shows."""

    key: str
    """Identifies the font in its file."""
    words: tuple[int, ...]
    """The words printed in it, as positions in `TextLayer.spans`."""


class PictureRegion(NamedTuple):
    """A part of a page for OCR to read."""

    box: Box
    """The part, in page fractions."""
    picture: Picture
    size: tuple[int, int]
    """Width and height in pixels before the picture was reduced for OCR."""


class PageContent(NamedTuple):
    """A page before it is read: its size as shown, its text layer and its pictures.

    `width` and `height` are pixels (images) or points (PDF). `text` is None if there is none that can be trusted; the
    only region is the whole page then. `marks` are those of its form and its drawings, without labels.
    """

    width: float
    height: float
    text: TextLayer | None
    regions: tuple[PictureRegion, ...]
    codes: tuple[Code, ...] = ()
    marks: tuple[Mark, ...] = ()
    form_entries: tuple[FormEntry, ...] = ()
    doubtful_fonts: tuple[DoubtfulFont, ...] = ()
    whole: Picture | None = None
    """The whole page rendered, if there are doubtful fonts."""


class PageOptions(NamedTuple):
    """Choices about what is looked for on a page besides its text and pictures."""

    all_codes: bool = False
    """True to read codes of every format, False for QR codes alone."""
    trusted_fonts: frozenset[str] = frozenset()
    """Keys of fonts that are known to show what the text layer says."""
    all_fonts: bool = False
    """True to call all other fonts of a text layer doubtful."""


PLAIN = PageOptions()


class PagedFile(Protocol):
    """An open file."""

    page_count: int

    def page(self, number: int, options: PageOptions = PLAIN) -> PageContent:
        """Decode one page.

        Args:
            number: counted from 1.
            options: what to look for besides text and pictures.

        Raises:
            UnreadableDocument: if the page is damaged or exceeds the limits.
        """
        ...

    def close(self) -> None:
        """Free its memory."""
        ...


WHOLE = Box(0.0, 0.0, 1.0, 1.0)
"""The box of a whole page."""


def placed_words(layer: TextLayer) -> list[PlacedWord]:
    """Return the words of a text layer, in page fractions."""
    tight, loose = layer.tight.tolist(), layer.loose.tolist()
    words: list[PlacedWord] = []
    for start, end in layer.spans():
        quarter = layer.quarters[start]
        symbols = tuple(Symbol(layer.texts[i], _quad(tight[i], layer.quarters[i]), 1.0) for i in range(start, end))
        lefts, tops, rights, bottoms = zip(*loose[start:end], strict=True)
        words.append(PlacedWord(symbols, _quad((min(lefts), min(tops), max(rights), max(bottoms)), quarter)))
    return words


def only_words(layer: TextLayer, kept: Sequence[bool]) -> TextLayer:
    """Return the layer with only some of its words.

    Args:
        layer: all words.
        kept: for each word whether to keep it.
    """
    spans = [span for span, keep in zip(layer.spans(), kept, strict=True) if keep]
    indices = [i for start, end in spans for i in range(start, end)]
    starts = itertools.accumulate((end - start for start, end in spans[:-1]), initial=0) if spans else ()
    return TextLayer(
        tuple(layer.texts[i] for i in indices),
        tuple(starts),
        layer.tight[indices],
        layer.loose[indices],
        tuple(layer.quarters[i] for i in indices),
    )


def on_page(word: PlacedWord, box: Box) -> PlacedWord:
    """Map a word from fractions of a region to fractions of the page.

    Args:
        word: in fractions of the region.
        box: the region, in page fractions.
    """

    def moved(quad: Quad) -> Quad:
        return Quad(*(Point(box.left + p.x * box.width, box.top + p.y * box.height) for p in quad))

    return PlacedWord(tuple(s._replace(quad=moved(s.quad)) for s in word.symbols), moved(word.quad))


def _quad(box: Sequence[float], quarter: int) -> Quad:
    """Return the box's corners, clockwise from the text's own top left."""
    left, top, right, bottom = box
    corners = Point(left, top), Point(right, top), Point(right, bottom), Point(left, bottom)
    return Quad(*corners[quarter:], *corners[:quarter])
