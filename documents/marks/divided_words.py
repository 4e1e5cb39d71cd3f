"""Separate what OCR read from the marks between the words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from documents.marks.reduced_picture import MISREAD_MARKS, Candidate, Frame, Ink
from documents.placed import PlacedLine, PlacedWord, word_of
from schemas.pages import Symbol

MIN_LETTER_PIXELS = 3
"""Narrowest part of a line, in pixels of the reduced picture, that can hold a letter."""
MIN_LETTER_INK = 0.08
"""Share of ink on a part of the line from which a letter is printed there."""


class _Span(NamedTuple):
    """A symbol's part of its line, in pixels of the reduced picture along the line."""

    symbol: Symbol
    low: float
    high: float


def separated(lines: list[PlacedLine], marks: Sequence[Candidate], ink: Ink, frame: Frame) -> list[PlacedLine]:
    """Separate what OCR read from the marks between the words.

    OCR takes a box for a letter, or reads over it, so that two labels become one word and the letter next to the box
    gets its place. Words are divided at a mark, the letter's place is cut off there, and a character in whose place
    nothing but the mark is printed is removed.
    """
    upright = frame.quarters % 2 == 0
    axis = 0 if upright else 1
    boxes = np.array([(f.left, f.top, f.right, f.bottom) for f in marks])
    result: list[PlacedLine] = []
    for line in lines:
        corners = frame.to_reduced(np.array([p for word in line for p in word.quad]))
        low, high = corners.min(axis=0), corners.max(axis=0)
        middles = (boxes[:, :2] + boxes[:, 2:]) / 2
        on_line = (middles[:, 1 - axis] > low[1 - axis]) & (middles[:, 1 - axis] < high[1 - axis])
        on_line &= (boxes[:, axis] < high[axis]) & (boxes[:, 2 + axis] > low[axis])
        if not on_line.any():
            result.append(line)
            continue
        words = [part for word in line for part in _divided(word, boxes[on_line], ink, frame, axis)]
        if words:
            result.append(words)
    return result


def _divided(word: PlacedWord, boxes: NDArray[np.float64], ink: Ink, frame: Frame, axis: int) -> list[PlacedWord]:
    """Divide a word at the marks in it."""
    corners = frame.to_reduced(np.array([s.quad for s in word.symbols]))
    lows, highs = corners[:, :, axis].min(axis=1), corners[:, :, axis].max(axis=1)
    spans = [_Span(*item) for item in zip(word.symbols, lows.tolist(), highs.tolist(), strict=True)]
    backwards = frame.quarters >= 2
    groups: list[list[_Span]] = [[]]
    for span in spans:
        hit = next((b for b in boxes if min(span.high, b[2 + axis]) - max(span.low, b[axis]) > 1.0), None)
        if hit is None:
            previous = groups[-1][-1] if groups[-1] else None
            if previous is not None and _is_between(previous, span, boxes, axis):
                groups.append([])
            groups[-1].append(span)
            continue
        before, after = (span.low, float(hit[axis])), (float(hit[2 + axis]), span.high)
        if backwards:
            before, after = after, before
        inked = [_has_ink(ink, part, hit, axis) for part in (before, after)]
        if inked[0] and not inked[1]:
            groups[-1].append(_trimmed(span, *before, backwards))
            groups.append([])
        elif inked[1]:
            groups.append([_trimmed(span, *after, backwards)])
        elif span.symbol.text not in MISREAD_MARKS:
            groups[-1].append(span)
    return [word_of([s.symbol for s in group]) for group in groups if group]


def _is_between(first: _Span, second: _Span, boxes: NDArray[np.float64], axis: int) -> bool:
    """Return whether a mark lies between two symbols."""
    low, high = sorted(((first.low + first.high) / 2, (second.low + second.high) / 2))
    middles = (boxes[:, axis] + boxes[:, 2 + axis]) / 2
    return bool(((middles > low) & (middles < high)).any())


def _has_ink(ink: Ink, part: tuple[float, float], box: NDArray[np.float64], axis: int) -> bool:
    """Return whether anything is printed on a part of the line next to a mark."""
    start, end = round(part[0]) + 1, round(part[1]) - 1
    if end - start < MIN_LETTER_PIXELS:
        return False
    rows, columns = slice(int(box[1]), int(box[3])), slice(max(0, start), end)
    if axis:
        rows, columns = columns, slice(int(box[0]), int(box[2]))
    patch = ink[rows, columns]
    return patch.size > 0 and float(patch.mean()) >= MIN_LETTER_INK


def _trimmed(span: _Span, low: float, high: float, backwards: bool) -> _Span:
    """Return a symbol with only a part of its place."""
    length = max(span.high - span.low, 1e-6)
    start, end = (low - span.low) / length, (high - span.low) / length
    if backwards:
        start, end = 1 - end, 1 - start
    quad = span.symbol.quad.part(max(0.0, start), min(1.0, end))
    return _Span(span.symbol._replace(quad=quad), low, high)
