"""Put together the words of text that does not run to the right on the page as shown.

PDFium looks for lines that run to the right or downwards. It cuts other text into pieces in the wrong order, and puts
spaces between them where none are printed. So such text is put together here by where its characters are.
"""

from __future__ import annotations

import itertools
from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

MAX_TOUCHING_GAP_HEIGHTS = 0.13
"""Characters closer than this many type heights are in one word; a narrow space is 0.15 type heights wide."""
MAX_BASELINE_OFFSET_HEIGHTS = 0.25
"""Two pieces of a word are further apart than this across the line only if one is raised."""
MAX_SPACE_DISTANCE_HEIGHTS = 0.3
"""A space is printed next to a character if they are closer than this many type heights."""
_BAND_PAGE_HEIGHTS = 0.003
"""Pieces are looked up by bands of the page, 2.5 points high on an A4 page; neighbouring bands are searched too."""


class _Piece(NamedTuple):
    """A word in PDFium's order, in page heights along and across the direction of its text."""

    start: float
    end: float
    middle: float
    height: float


def along_lines(loose: np.ndarray, quarters: np.ndarray, aspect: float) -> np.ndarray:
    """Return boxes as start, end, middle and height, shape (characters, 4), in page heights.

    Start and end are distances along the direction in which a character is read, middle and height across it.

    Args:
        loose: boxes with the full height of the type, shape (characters, 4): left, top, right, bottom, page fractions.
        quarters: direction of each character in quarter turns clockwise.
        aspect: width of the page divided by its height.
    """
    left, top, right, bottom = (loose * (aspect, 1, aspect, 1)).T
    sideways = quarters % 2 == 1
    return np.stack(
        [
            np.choose(quarters, [left, top, -right, -bottom]),
            np.choose(quarters, [right, bottom, -left, -top]),
            np.where(sideways, left + right, top + bottom) / 2,
            np.where(sideways, right - left, bottom - top),
        ],
        axis=1,
    )


def spaces_next_to(is_space: np.ndarray, placed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return whether each printed character has a space before it, and whether it has one after.

    A space that only follows in PDFium's order, but is printed elsewhere, does not count.

    Args:
        is_space: whether each character is a space, in PDFium's order.
        placed: the characters as `along_lines` gives them.
    """
    start, end, middle, height = placed.T
    reach = MAX_SPACE_DISTANCE_HEIGHTS * height[1:]
    is_next = (np.abs(start[1:] - end[:-1]) <= reach) & (np.abs(middle[1:] - middle[:-1]) <= height[1:])
    before = np.concatenate([[False], is_space[:-1] & is_next]) if len(is_space) else is_space
    after = np.concatenate([is_space[1:] & is_next, [False]]) if len(is_space) else is_space
    return before[~is_space], after[~is_space]


def word_indices(
    starts: Sequence[int], placed: np.ndarray, quarters: np.ndarray, before: np.ndarray, after: np.ndarray
) -> list[list[int]]:
    """Return the indices of each word's characters, with touching pieces of turned words joined.

    Takes O(n log n) time for n pieces.

    Args:
        starts: the index of each piece's first character.
        placed: the characters as `along_lines` gives them.
        quarters: direction of each character in quarter turns clockwise; pieces of upright text stay as they are.
        before: whether the file has a space before each character.
        after: whether the file has a space after each character.
    """
    spans = list(itertools.pairwise([*starts, len(placed)]))
    pieces = [_piece(placed[start:end]) for start, end in spans]
    directions = [int(quarters[start]) for start, _ in spans]
    open_starts: dict[tuple[int, int], list[tuple[float, int]]] = defaultdict(list)
    for number, (piece, quarter, (start, _)) in enumerate(zip(pieces, directions, spans, strict=True)):
        if quarter and not before[start]:
            insort(open_starts[quarter, _band(piece.middle)], (piece.start, number))
    following: dict[int, int] = {}
    for number, (piece, quarter, (_, end)) in enumerate(zip(pieces, directions, spans, strict=True)):
        if quarter and not after[end - 1]:
            bands = [open_starts.get((quarter, _band(piece.middle) + step), []) for step in (-1, 0, 1)]
            found = next(
                (other for band in bands if (other := _touching(piece, number, band, pieces)) is not None), None
            )
            if found is not None:
                following[number] = found
    return _chains(spans, following)


def _piece(placed: np.ndarray) -> _Piece:
    return _Piece(
        float(placed[:, 0].min()), float(placed[:, 1].max()), float(placed[:, 2].mean()), float(placed[:, 3].max())
    )


def _band(middle: float) -> int:
    return round(middle / _BAND_PAGE_HEIGHTS)


def _touching(piece: _Piece, number: int, band: list[tuple[float, int]], pieces: Sequence[_Piece]) -> int | None:
    """Take the piece that begins where another one ends out of a band; return None if none does."""
    reach = MAX_TOUCHING_GAP_HEIGHTS * piece.height
    at = bisect_left(band, (piece.end - reach, -1))
    if at == len(band):
        return None
    start, other = band[at]
    offset = abs(pieces[other].middle - piece.middle)
    is_near = start <= piece.end + reach and offset <= MAX_BASELINE_OFFSET_HEIGHTS * piece.height
    if other == number or not is_near or pieces[other].start <= piece.start:
        return None
    del band[at]
    return other


def _chains(spans: Sequence[tuple[int, int]], following: dict[int, int]) -> list[list[int]]:
    """Return the characters of each chain of pieces, in the order of the chains' first pieces.

    A piece always begins further along than the one before it, so there is no circle.
    """
    later = set(following.values())
    words: list[list[int]] = []
    for number in range(len(spans)):
        if number in later:
            continue
        word: list[int] = []
        piece: int | None = number
        while piece is not None:
            word += range(*spans[piece])
            piece = following.get(piece)
        words.append(word)
    return words
