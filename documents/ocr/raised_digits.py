"""Find raised digits, which a recogniser reads as digits of the number before them.

The recogniser says where along the line a symbol is, not how high. The ink of each digit does.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import cv2
import numpy as np

from documents.ocr.detection import Corners
from documents.ocr.recognition import RecognisedSymbol, line_picture
from documents.pictures import Picture

NUMBER = re.compile(r"(?<![\d.,])\d{1,4} ?\d{2}(?![\d.,])")
"""Digits of which the last two may be raised: `2495` and `24 95`."""
MAX_RAISED_SHARE = 0.8
"""Height of raised digits as a share of the digits before them."""
MIN_DIGIT_SHARE = 0.2
"""Least height of a digit's ink as a share of the line; anything lower is a speck or a mark."""
MIN_LIFT_SHARE = 0.15
"""Share of the digits' height by which raised digits end above the baseline."""
MIN_CONTRAST_GREY_LEVELS = 40
"""Difference between ink and paper below which the height of ink cannot be measured."""

Extent = tuple[float, float]
"""Top and bottom of a symbol's ink, as shares of the line's height from its top."""


def digit_extents(picture: Picture, corners: Corners, symbols: Sequence[RecognisedSymbol]) -> dict[int, Extent]:
    """Return the extents of the digits of numbers whose last two digits are raised.

    Args:
        picture: pixels of shape (height, width, 3), RGB.
        corners: the line in pixels, clockwise from the text's own top left.
        symbols: the line's symbols, spaces included.

    Returns:
        By the position of the symbol; empty if no digit is raised.
    """
    text = "".join(symbol.text[:1] or " " for symbol in symbols)
    numbers = list(NUMBER.finditer(text))
    if not numbers:
        return {}
    grey = cv2.cvtColor(line_picture(picture, corners), cv2.COLOR_RGB2GRAY)
    threshold, _ = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    dark = grey <= threshold
    if dark.all() or not dark.any() or grey[~dark].mean() - grey[dark].mean() < MIN_CONTRAST_GREY_LEVELS:
        return {}
    ink = dark if dark.mean() < 0.5 else ~dark  # most of a line is paper
    found: dict[int, Extent] = {}
    for number in numbers:
        digits = [i for i in range(*number.span()) if symbols[i].text.isdecimal()]
        extents = _extents(ink, symbols[digits[0]].start, symbols[digits[-1]].end, len(digits))
        if extents and _is_raised(extents):
            found |= zip(digits, extents, strict=True)
    return found


def _extents(ink: np.ndarray, start: float, end: float, count: int) -> list[Extent]:
    """Return the extents of pieces of ink from left to right; empty if there are not `count`."""
    height, width = ink.shape
    left, right = max(0, round(start * width) - 1), min(width, round(end * width) + 1)
    _, _, boxes, _ = cv2.connectedComponentsWithStats(ink[:, left:right].astype(np.uint8), connectivity=8)
    pieces = sorted(
        (across, top / height, (top + down) / height)
        for across, top, _, down, _ in boxes[1:].tolist()
        if down >= MIN_DIGIT_SHARE * height
    )
    return [(top, bottom) for _, top, bottom in pieces] if len(pieces) == count else []


def _is_raised(extents: Sequence[Extent]) -> bool:
    """Return whether the last two digits are smaller than the others and end above them."""
    large, small = extents[:-2], extents[-2:]
    height = min(bottom - top for top, bottom in large)
    base = max(bottom for _, bottom in large)
    return all(
        bottom - top <= MAX_RAISED_SHARE * height and base - bottom >= MIN_LIFT_SHARE * height for top, bottom in small
    )
