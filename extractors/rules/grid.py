"""A document's lines as cells of rows, with the neighbours where labels are looked for.

All lengths are in page widths, vertical ones too, so distances mean the same in both directions.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from functools import cached_property
from statistics import median

from schemas.page_rows import PageRows
from schemas.pages import Document, Line, Word

LABEL_REACH = 3.5
"""Maximum line heights between a label and the value below it."""


@dataclass(eq=False)
class GridCell:
    """One line of text with its edges in page widths; `row` counts through the document."""

    line: Line
    page: int
    left: float
    top: float
    right: float
    bottom: float
    row: int = 0

    @property
    def text(self) -> str:
        """The line's text."""
        return self.line.text

    @property
    def word_ids(self) -> tuple[int, ...]:
        """The ids of the line's words."""
        return tuple(word.id for word in self.line.words)

    @property
    def height(self) -> float:
        """The cell's height in page widths."""
        return self.bottom - self.top

    @property
    def middle(self) -> float:
        """The vertical middle in page widths."""
        return (self.top + self.bottom) / 2

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """The offset of each word in `text`."""
        offsets, position = [], 0
        for word in self.line.words:
            offsets.append(position)
            position += len(word.text) + 1
        return tuple(offsets)

    def words_between(self, start: int, end: int) -> tuple[Word, ...]:
        """Return the words that `text[start:end]` touches."""
        words, starts = self.line.words, self.starts
        first = max(0, bisect_right(starts, start) - 1)
        first += first < len(words) and start >= starts[first] + len(words[first].text)
        return words[first : max(first, bisect_left(starts, end))]

    def overlap(self, other: GridCell) -> float:
        """Return the horizontal overlap as a share of the narrower cell; negative if there is none."""
        shared = min(self.right, other.right) - max(self.left, other.left)
        return shared / max(1e-9, min(self.right - self.left, other.right - other.left))


@dataclass
class Row:
    """Cells side by side, from left to right."""

    page: int
    cells: list[GridCell] = field(default_factory=list)

    @property
    def top(self) -> float:
        """The highest cell's top in page widths."""
        return min(c.top for c in self.cells)

    @property
    def bottom(self) -> float:
        """The lowest cell's bottom in page widths."""
        return max(c.bottom for c in self.cells)

    @cached_property
    def _lefts(self) -> list[float]:
        return [cell.left for cell in self.cells]

    @cached_property
    def _rights(self) -> list[float]:
        return [cell.right for cell in self.cells]

    def between(self, left: float, right: float) -> list[GridCell]:
        """Return the cells that reach into a range.

        No cell contains another, so both edges are in order.
        """
        return self.cells[bisect_left(self._rights, left) : bisect_right(self._lefts, right)]

    @property
    def text(self) -> str:
        """The cells' texts, separated by spaces."""
        return " ".join(c.text for c in self.cells)


class Grid:
    """The rows of a document from top to bottom, and its cells in reading order."""

    def __init__(self, document: Document) -> None:
        self.page_heights = [page.height / page.width for page in document.pages]
        page_rows = PageRows(document)
        self.page_rows = page_rows
        cells = [
            GridCell(line, index, line.box.left, line.box.top * scale, line.box.right, line.box.bottom * scale)
            for index, (page, scale) in enumerate(zip(document.pages, self.page_heights, strict=True))
            for line in page.lines
        ]
        self.rows: list[Row] = []
        for number, lines in enumerate(page_rows.lines_of_row):
            row = [cells[line] for line in lines]
            for cell in row:
                cell.row = number
            self.rows.append(Row(row[0].page, row))
        self.cells = cells
        self.line_height = median(c.height for c in self.cells) if self.cells else 0.012

    def left_of(self, cell: GridCell) -> list[GridCell]:
        """Return the cells to the left in the same row, nearest first."""
        return [c for c in reversed(self.rows[cell.row].cells) if c.right <= cell.left + 0.002]

    def above(self, cell: GridCell, rows: int = 40) -> list[GridCell]:
        """Return the cells above on the same page that overlap it horizontally, nearest first.

        Args:
            cell: the cell to start from.
            rows: maximum number of rows to go up.
        """
        found: list[GridCell] = []
        for index in range(cell.row - 1, max(-1, cell.row - 1 - rows), -1):
            row = self.rows[index]
            if row.page != cell.page:
                break
            found += [c for c in row.between(cell.left, cell.right) if c.overlap(cell) > 0.2 and c.top < cell.top]
        return found


def split_wide(grid: Grid, index: int) -> list[tuple[str, float, float]]:
    """Return the header cells, split where the next rows show a narrow gap between columns."""
    parts: list[tuple[str, float, float]] = []
    for cell in grid.rows[index].cells:
        words = cell.line.words
        cuts = [
            i for i in range(1, len(words)) if _separates(grid, index, words[i - 1].box.right, words[i].box.left, cell)
        ]
        for start, end in zip([0, *cuts], [*cuts, len(words)], strict=True):
            piece = words[start:end]
            parts.append((" ".join(w.text for w in piece), piece[0].box.left, piece[-1].box.right))
    return parts


def _separates(grid: Grid, index: int, left: float, right: float, header: GridCell) -> bool:
    """Return whether the next rows have values on both sides of a gap and none across it."""
    agree = 0
    for row in grid.rows[index + 1 : index + 6]:
        if row.page != grid.rows[index].page:
            break
        cells = row.between(header.left - 0.02, header.right + 0.03)
        before = [c for c in cells if c.right <= right + 0.004 and c.right > header.left - 0.02]
        after = [c for c in cells if c.left >= left - 0.012 and c.left < header.right + 0.03 and c not in before]
        if any(c.left < left - 0.012 and c.right > right + 0.004 for c in cells):
            return False
        agree += bool(before and after)
    return agree >= 1
