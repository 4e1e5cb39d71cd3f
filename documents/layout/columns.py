"""Order the parts of rows: columns of prose one after the other, everything else row by row.

Taking a table for columns would tear its rows apart, so columns must look like prose: at least three lines on either
side of a gap that runs straight down, nearly all of them long, made of letters, and as wide as their column.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Generic, NamedTuple, TypeVar

MIN_LINES = 3
"""Fewer lines are a block of an address more often than a column."""
MIN_PROSE_CHARACTERS = 18
"""Shorter lines are table cells and labels more often than prose."""
MIN_LETTER_SHARE = 0.6
"""Share of letters among the characters of prose; amounts, dates and codes have fewer."""
MIN_FILLED_SHARE = 0.6
"""Share of its column's width that a line of prose fills, except for the last line of a paragraph."""
MIN_PROSE_SHARE = 0.7
"""Share of a column's lines that must look like prose."""
MIN_GUTTER_HEIGHTS = 0.7
"""Width of the gap between columns on every line, in heights of the line."""
MAX_LINE_SPACING_HEIGHTS = 2.5
"""Rows further apart than this many of their heights belong to separate blocks."""

W = TypeVar("W")


class RowSegment(NamedTuple, Generic[W]):
    """Words of one row that are read together.

    Positions are page heights, in the frame in which text runs to the right.
    """

    words: list[W]
    text: str
    start: float
    end: float
    middle: float
    """Distance of the vertical middle from the top."""
    height: float


def in_columns(rows: Sequence[Sequence[RowSegment[W]]]) -> list[RowSegment[W]]:
    """Return the segments of all rows in reading order.

    Args:
        rows: from top to bottom, each from left to right.
    """
    order: list[RowSegment[W]] = []
    index = 0
    while index < len(rows):
        found = _columns_from(rows, index)
        if found is None:
            order += rows[index]
            index += 1
            continue
        end, gutter = found
        block = rows[index:end]
        for side in ([s for s in row if s.end <= gutter] for row in block):
            order += side
        order += in_columns(_right_of(gutter, block))
        index = end
    return order


def _columns_from(rows: Sequence[Sequence[RowSegment[W]]], first: int) -> tuple[int, float] | None:
    """Find a block of columns that begins with row `first`.

    Returns:
        The row after the block and the position of the gap after its first column, or None if there is no block.
    """
    if not rows or len(rows[first]) < 2:
        return None
    left, right = rows[first][0].end, rows[first][1].start
    end = first
    while end < len(rows) and (end == first or _follows(rows[end - 1], rows[end])):
        middle = (left + right) / 2
        nearer_left = max([left, *(s.end for s in rows[end] if s.start + s.end < 2 * middle)])
        nearer_right = min([right, *(s.start for s in rows[end] if s.start + s.end >= 2 * middle)])
        if nearer_right - nearer_left < MIN_GUTTER_HEIGHTS * rows[end][0].height:
            break
        left, right = nearer_left, nearer_right
        end += 1
    block = rows[first:end]
    gutter = (left + right) / 2
    before = [s for row in block for s in row if s.end <= gutter]
    if not _is_prose(before):
        return None
    beyond = _right_of(gutter, block)
    more = _is_prose([s for row in beyond for s in row]) or _columns_from(beyond, 0) is not None
    return (end, gutter) if more else None


def _right_of(gutter: float, block: Sequence[Sequence[RowSegment[W]]]) -> list[list[RowSegment[W]]]:
    """Return the part of each row to the right of the gap, without rows that have none."""
    return [right for row in block if (right := [s for s in row if s.end > gutter])]


def _follows(above: Sequence[RowSegment[W]], below: Sequence[RowSegment[W]]) -> bool:
    return below[0].middle - above[0].middle < MAX_LINE_SPACING_HEIGHTS * max(above[0].height, below[0].height)


def _is_prose(segments: Sequence[RowSegment[W]]) -> bool:
    if len(segments) < MIN_LINES:
        return False
    width = max(s.end for s in segments) - min(s.start for s in segments)
    full = [s for s in segments if len(s.text) >= MIN_PROSE_CHARACTERS and s.end - s.start >= MIN_FILLED_SHARE * width]
    letters = median(sum(ch.isalpha() for ch in s.text) / len(s.text) for s in segments)
    return len(full) >= MIN_PROSE_SHARE * (len(segments) - 1) and letters >= MIN_LETTER_SHARE
