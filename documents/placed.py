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
