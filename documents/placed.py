"""Define words with positions, which decoding and OCR find and `layout` arranges."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from schemas.geometry import Quad
from schemas.pages import Symbol


class PlacedWord(NamedTuple):
    """A word on a page or a picture, in fractions of its width and height.

    `quad` spans the full height of the type, even where the symbols' own boxes are as small as a full stop's.
    """

    symbols: tuple[Symbol, ...]
    quad: Quad


PlacedLine = Sequence[PlacedWord]
"""Words that are known to be on one line, in their order; a single word where nothing is known."""


def word_of(symbols: Sequence[Symbol], first: Quad | None = None, last: Quad | None = None) -> PlacedWord:
    """Return the word of symbols that follow one another in one direction.

    Args:
        symbols: the symbols from first to last, at least one.
        first: the quad that the word begins with, where it is not the first symbol's: that of the first of the words
            that are joined, which has the full height of the type.
        last: the quad that the word ends with, where it is not the last symbol's.
    """
    first, last = first or symbols[0].quad, last or symbols[-1].quad
    return PlacedWord(tuple(symbols), Quad(first.top_left, last.top_right, last.bottom_right, first.bottom_left))
