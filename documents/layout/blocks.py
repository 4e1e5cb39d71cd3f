"""Group the lines of pages into blocks: headings, paragraphs, items of lists, rows, tables.

Lines come in reading order. Neighbours of one row that also follow each other in reading order are cells side by side,
which the lines of two columns of prose never are, so rows of cells whose columns line up are a table.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator, Sequence
from enum import StrEnum
from statistics import median
from typing import NamedTuple

from schemas.page_rows import PageRows, PlacedLine
from schemas.pages import Document, Line

MIN_TABLE_ROWS = 2
"""A single row of cells is a line with gaps."""
MAX_ROW_GAP_HEIGHTS = 2.5
"""Rows further apart than this many of their heights belong to separate tables."""
MAX_LINE_GAP_HEIGHTS = 0.9
"""Lines further apart than this many of their heights are separate paragraphs: single spacing leaves 0.2 to 0.5."""
MAX_WRAP_GAP_HEIGHTS = 0.6
"""Text further below a cell than this many heights begins a row of its own."""
MAX_HEIGHT_RATIO = 1.2
"""Lines of one paragraph differ in height by no more than this."""
MIN_FULL_SHARE = 0.85
"""A line that fills this share of its paragraph's width was broken because the next word did not fit."""
MIN_PROSE_CHARACTERS = 35
"""Shorter lines were broken on purpose, as those of an address are."""
HEADING_RATIOS = (1.8, 1.3)
"""Heights of first- and second-level headings, divided by that of most text."""
MAX_HEADING_CHARACTERS = 80
"""Longer text in large print is an amount in words, or a slogan."""
_BULLET = re.compile(r"[•‣▪▫◦●○■□–—\-*·]\s+(?=\S)|(\d{1,2}|[a-z])[.)]\s+(?=[^\W\d])")
"""The beginning of an item of a list: a bullet, or a number before a word."""


class BlockKind(StrEnum):
    """The kinds of block."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST_ITEM = "list_item"
    ROW = "row"
    TABLE = "table"


class PageBlock(NamedTuple):
    """Lines that belong together."""

    kind: BlockKind
    page: int
    """Index of the page in the document, from 0."""
    rows: tuple[tuple[tuple[Line, ...], ...], ...]
    """A table's rows of cells of lines, each row with as many cells as there are columns. A `ROW` is a single one; text
    has one row of one cell."""
    level: int = 0
    """1 or 2 for a heading, else 0."""
    wrapped: tuple[bool, ...] = ()
    """For each line but the last whether the next one continues its sentence; empty for a table and a row of cells."""

    @property
    def lines(self) -> tuple[Line, ...]:
        """All lines of the block in reading order."""
        return tuple(line for row in self.rows for cell in row for line in cell)


class _Cell(NamedTuple):
    """A line with its place, in page heights."""

    line: Line
    at: PlacedLine


_Row = list[_Cell]
"""Cells side by side, from left to right."""
_Span = tuple[float, float]
"""Left and right edge of a column, in page heights."""


def blocks_of(document: Document) -> list[PageBlock]:
    """Return the blocks of all pages in reading order."""
    page_rows = PageRows(document)
    lines = [line for page in document.pages for line in page.lines]
    cells = [_Cell(line, at) for line, at in zip(lines, page_rows.placed, strict=True)]
    blocks: list[PageBlock] = []
    for page, group in itertools.groupby(
        zip(cells, page_rows.row_of_line, strict=True), key=lambda item: item[0].at.page
    ):
        on_page = list(group)
        rows = [[cell for cell, _ in row] for _, row in itertools.groupby(on_page, key=lambda item: item[1])]
        rows = [sorted(row, key=lambda cell: cell.at.left) for row in rows]
        body = _body_height([cell for row in rows for cell in row])
        blocks += _blocks_of_page(page, rows, body)
    return blocks


def _body_height(cells: Sequence[_Cell]) -> float:
    """Return the height of most text on a page: the median of its characters."""
    return median([height for cell in cells for height in [cell.at.height] * len(cell.line.text)] or [0.0])


def _blocks_of_page(page: int, rows: Sequence[_Row], body: float) -> Iterator[PageBlock]:
    index = 0
    while index < len(rows):
        if table := _table_from(rows, index):
            end, columns = table
            yield PageBlock(BlockKind.TABLE, page, tuple(_table_rows(rows[index:end], columns)))
            index = end
            continue
        end = index + 1
        if len(rows[index]) > 1:
            yield PageBlock(BlockKind.ROW, page, (tuple((cell.line,) for cell in rows[index]),))
            index = end
            continue
        while end < len(rows) and not _table_from(rows, end) and _continues(rows[end - 1], rows[end]):
            end += 1
        yield _text_block(page, [cell for row in rows[index:end] for cell in row], body)
        index = end


def _table_from(rows: Sequence[_Row], first: int) -> tuple[int, list[_Span]] | None:
    """Return the row after the table that begins at `first`, and the table's columns.

    None if no table begins there.
    """
    if len(rows[first]) < 2:
        return None
    columns = _columns(rows[first])
    end, full, last = first + 1, 1, first + 1
    while end < len(rows) and _gap(rows[end - 1], rows[end]) <= MAX_ROW_GAP_HEIGHTS:
        merged = _merged(columns, rows[end])
        if merged is None:
            break
        columns = merged
        end += 1
        if len(rows[end - 1]) > 1:
            full, last = full + 1, end
        elif _is_wrapped(rows[end - 2], rows[end - 1]):
            last = end
    return (last, columns) if full >= MIN_TABLE_ROWS and len(columns) > 1 else None


def _columns(row: _Row) -> list[_Span]:
    return [(cell.at.left, cell.at.right) for cell in row]


def _merged(columns: list[_Span], row: _Row) -> list[_Span] | None:
    """Return the columns with the cells of another row; None if the row does not fit.

    It does not fit if a cell joins two columns, two cells share one, or no cell is in any.
    """
    widened = list(columns)
    matched: set[int] = set()
    for left, right in _columns(row):
        touched = [i for i, (start, end) in enumerate(columns) if left < end and start < right]
        if len(touched) > 1 or not matched.isdisjoint(touched):
            return None
        if touched:
            start, end = widened[touched[0]]
            widened[touched[0]] = (min(start, left), max(end, right))
            matched.add(touched[0])
        else:
            widened.append((left, right))
    widened.sort()
    apart = all(a[1] < b[0] for a, b in itertools.pairwise(widened))
    return widened if matched and apart else None


def _table_rows(rows: Sequence[_Row], columns: Sequence[_Span]) -> Iterator[tuple[tuple[Line, ...], ...]]:
    """Yield each row's cells by column; text wrapped below a cell becomes a further line of it."""
    made: list[list[list[Line]]] = []
    for number, row in enumerate(rows):
        if not number or not _is_wrapped(rows[number - 1], row):
            made.append([[] for _ in columns])
        for cell in row:
            column = next(
                i for i, (left, right) in enumerate(columns) if left <= cell.at.left and cell.at.right <= right
            )
            made[-1][column].append(cell.line)
    yield from (tuple(tuple(cell) for cell in row) for row in made)


def _is_wrapped(above: _Row, row: _Row) -> bool:
    """Return whether a single cell continues the text of the cell above it."""
    if len(row) != 1 or _gap(above, row) > MAX_WRAP_GAP_HEIGHTS:
        return False
    cell = row[0].at
    over = [other for other in above if other.at.left < cell.right and cell.left < other.at.right]
    return len(over) == 1 and any(map(str.isalpha, over[0].line.text)) and len(above) > 1


def _gap(above: _Row, below: _Row) -> float:
    """Return the vertical gap between two rows in heights of the lower one.

    It is infinite where the second row is further up: there the next column begins.
    """
    bottom, top = max(c.at.bottom for c in above), min(c.at.top for c in below)
    if top < min(c.at.top for c in above):
        return math.inf
    return max(0.0, top - bottom) / max(1e-6, *(c.at.height for c in below))


def _continues(above: _Row, below: _Row) -> bool:
    """Return whether a line belongs to the paragraph of the line above it."""
    if len(below) != 1 or _gap(above, below) > MAX_LINE_GAP_HEIGHTS or _BULLET.match(below[0].line.text):
        return False
    a, b = above[0].at, below[0].at
    small, large = sorted((a.height, b.height))
    return a.left < b.right and b.left < a.right and large <= MAX_HEIGHT_RATIO * small


def _text_block(page: int, cells: Sequence[_Cell], body: float) -> PageBlock:
    lines = tuple(cell.line for cell in cells)
    left, right = min(c.at.left for c in cells), max(c.at.right for c in cells)
    wrapped = tuple(
        c.at.right - left >= MIN_FULL_SHARE * (right - left) and len(c.line.text) >= MIN_PROSE_CHARACTERS
        for c in cells[:-1]
    )
    rows = ((lines,),)
    text = " ".join(line.text for line in lines)
    ratio = min(c.at.height for c in cells) / max(body, 1e-6)
    level = next((i for i, least in enumerate(HEADING_RATIOS, 1) if ratio >= least), 0)
    if level and len(text) <= MAX_HEADING_CHARACTERS and any(map(str.isalpha, text)):
        return PageBlock(BlockKind.HEADING, page, rows, level, wrapped)
    kind = BlockKind.LIST_ITEM if _BULLET.match(text) else BlockKind.PARAGRAPH
    return PageBlock(kind, page, rows, 0, wrapped)
