"""Columns of running text are read one after the other; everything else (tables, forms, letterheads) row by row.

Taking a table for columns would tear its rows apart, so columns must look like prose: at least three lines on either
side of a gap that runs straight down, nearly all of them long, made of letters, and as wide as their column.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Generic, NamedTuple, TypeVar

MIN_LINES = 3
LONG = 18
"""Characters: shorter lines are cells and labels more often than prose."""
LETTERS = 0.6
"""Of prose's characters; amounts, dates and codes have fewer."""
FULL = 0.6
"""A line of prose fills this share of its column; all but the last of a paragraph."""
MOSTLY = 0.7
"""This share of a column's lines must look like prose."""
GUTTER = 0.7
"""Heights: the gap between columns is at least this wide on every line."""
LINE_SPACING = 2.5
"""Rows further apart than this many heights belong to separate blocks."""

W = TypeVar("W")


class Cell(NamedTuple, Generic[W]):
    """Words that are read together; units are page heights, in the frame in which text runs to the right."""

    words: list[W]
    text: str
    start: float
    end: float
    middle: float
    height: float


def in_columns(rows: Sequence[Sequence[Cell[W]]]) -> list[Cell[W]]:
    """The cells of all rows (top to bottom, each from left to right) in reading order."""
    order: list[Cell[W]] = []
    index = 0
    while index < len(rows):
        found = _columns_from(rows, index)
        if found is None:
            order += rows[index]
            index += 1
            continue
        end, gutter = found
        block = rows[index:end]
        for side in ([c for c in row if c.end <= gutter] for row in block):
            order += side
        order += in_columns(_right_of(gutter, block))
        index = end
    return order


def _columns_from(rows: Sequence[Sequence[Cell[W]]], first: int) -> tuple[int, float] | None:
    """Where a block of columns that begins with this row ends, and the position of the gap after its first column."""
    if not rows or len(rows[first]) < 2:
        return None
    left, right = rows[first][0].end, rows[first][1].start
    end = first
    while end < len(rows) and (end == first or _follows(rows[end - 1], rows[end])):
        middle = (left + right) / 2
        nearer_left = max([left, *(c.end for c in rows[end] if c.start + c.end < 2 * middle)])
        nearer_right = min([right, *(c.start for c in rows[end] if c.start + c.end >= 2 * middle)])
        if nearer_right - nearer_left < GUTTER * rows[end][0].height:
            break
        left, right = nearer_left, nearer_right
        end += 1
    block = rows[first:end]
    gutter = (left + right) / 2
    before = [c for row in block for c in row if c.end <= gutter]
    if not _is_prose(before):
        return None
    beyond = _right_of(gutter, block)
    more = _is_prose([c for row in beyond for c in row]) or _columns_from(beyond, 0) is not None
    return (end, gutter) if more else None


def _right_of(gutter: float, block: Sequence[Sequence[Cell[W]]]) -> list[list[Cell[W]]]:
    """What stands on the right, rows without anything left out."""
    return [right for row in block if (right := [c for c in row if c.end > gutter])]


def _follows(above: Sequence[Cell[W]], below: Sequence[Cell[W]]) -> bool:
    return below[0].middle - above[0].middle < LINE_SPACING * max(above[0].height, below[0].height)


def _is_prose(cells: Sequence[Cell[W]]) -> bool:
    if len(cells) < MIN_LINES:
        return False
    width = max(c.end for c in cells) - min(c.start for c in cells)
    full = [c for c in cells if len(c.text) >= LONG and c.end - c.start >= FULL * width]
    letters = median(sum(ch.isalpha() for ch in c.text) / len(c.text) for c in cells)
    return len(full) >= MOSTLY * (len(cells) - 1) and letters >= LETTERS
