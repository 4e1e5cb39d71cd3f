"""Tables of any kind: a row of labels over rows of values that are aligned with them."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from extractors.rules.grid import Grid, GridCell, Row, split_wide
from extractors.rules.printed import (
    NUMERIC,
    Printed,
    could_be_label,
    ends_in_colon,
    has_digit,
    is_currency,
    is_dash,
    is_known_label,
    is_prose,
    is_typed,
    type_of,
)
from schemas.deadline import checkpoint
from schemas.normalise.currencies import SIGNS
from schemas.pages import Word
from schemas.vocabulary import Meaning, meaning

TABLE_SCORE = 0.75
"""Score of every cell of a table: aligned with a header, but not confirmed by its form."""
MAX_HEADER_GAP_LINE_HEIGHTS = 3.5
"""Values further below belong to other labels."""
MAX_ROW_GAP_LINE_HEIGHTS = 9.0
"""A wider gap ends a table."""
MAX_WRAP_GAP_LINE_HEIGHTS = 1.3
"""Text further below a row does not continue it."""
MAX_PENDING_ROWS = 3
"""Maximum rows between two records that are not records, such as the heading of a section."""
ALIGNED_PAGE_WIDTHS = 0.02
"""Edges of one column differ by less than this."""
MAX_TITLE_ROWS = 12
"""A header that is repeated on a page comes within this many rows from its top."""
MAX_DIVIDED_COLUMNS = 16
"""A row with more labels is not divided into the headers of several tables."""
MIN_CELLS = 2
"""Minimum cells of a record."""
MIN_FILLED_SHARE = 0.6
"""Minimum share of the columns that a first record fills, and of its cells that any other has."""
MIN_ANNOUNCED_FIT = 1.2
"""Minimum fit of a header to a schema: more than one sure column."""
MIN_BETTER_FIT = 0.3
"""A header further down must fit this much better to be preferred, since tables are repeated in parts below."""
REACH_PAGE_WIDTHS = 0.08
"""Maximum distance of a value outside its label's horizontal range."""
WIDE_REACH_PAGE_WIDTHS = 0.2
"""The same for a text whose nearest label this is, such as one centred over a wide column."""
_SUMS = frozenset({"total", "net", "gross", "due", "rounding", "carried"})
_ITEMS = frozenset({"quantity", "price", "sku", "description"})
_SYMBOL = re.compile(r"[#%€$£№]|n[°º]", re.IGNORECASE)


class TableColumn(NamedTuple):
    """A label of the header with its horizontal range in page widths."""

    label: str
    left: float
    right: float


TableRow = dict[int, Printed]
"""Cells by the position of their column."""


@dataclass
class Table:
    """A header and its rows; `cells` holds every cell that belongs to the table."""

    columns: list[TableColumn]
    header: int
    """Index of the header's first row in the grid."""
    body: int
    """Index of the first row of the grid below the header."""
    right: float = math.inf
    """Left edge of the table beside it, in page widths."""
    rows: list[TableRow] = field(default_factory=list)
    cells: set[GridCell] = field(default_factory=set)
    end: int = 0
    """Index of the first row of the grid after the table."""

    @property
    def labels(self) -> list[str]:
        """The columns' labels, from left to right."""
        return [c.label for c in self.columns]

    def add(self, more: Table) -> None:
        """Add the rows of a table with the same header, further down."""
        self.rows += more.rows
        self.cells |= more.cells


def find_tables(grid: Grid) -> list[Table]:
    """Return all tables in page order; a header that is printed again continues its table."""
    found: list[Table] = []
    index = 0
    while index < len(grid.rows):
        table = _table_at(grid, index)
        if table is None:
            index += 1
            continue
        index = table.end
        if found and found[-1].labels == table.labels:
            found[-1].add(table)
        else:
            found.append(table)
    return found


def announced_table(grid: Grid, fit: Callable[[Sequence[TableColumn]], float]) -> Table | None:
    """Return the table whose header fits best what is asked for, or None if none fits.

    Its rows need not look like those of a table by themselves: two cells and a value are enough.

    Args:
        grid: the document's cells.
        fit: returns how well the labels of a header fit.
    """
    best: tuple[float, Table] | None = None
    for index in range(len(grid.rows)):
        checkpoint()
        for header in _announced_headers(grid, index):
            score = fit(header.columns)
            if score <= (best[0] + MIN_BETTER_FIT if best and best[1].header != index else MIN_ANNOUNCED_FIT):
                continue
            if best and best[1].header == index and score <= best[0]:
                continue
            table = _TableReader(grid, header, announced=True).read()
            if table.rows:
                best = score, table
    if best is None:
        return None
    _, table = best
    for header in [*_beside(grid, table), *_repeated(grid, table)]:
        table.add(_TableReader(grid, header, announced=True).read())
    return table


def section_of(grid: Grid, table: Table, index: int) -> Table:
    """Return the rows below a heading that continue the columns of a table above it."""
    return _TableReader(grid, replace(table, header=index, body=index + 1, rows=[], cells=set()), announced=True).read()


def _announced_headers(grid: Grid, index: int) -> Iterator[Table]:
    """Yield the headers that a row may be or have in it, without their rows; the shortest first.

    If labels are repeated or next to values, several tables may be side by side.
    """
    for columns, body in _headers(grid, index):
        if len(grid.rows[index].cells) < MIN_CELLS and not all(is_known_label(c.label) for c in columns):
            continue
        is_label = [not has_digit(column.label) for column in columns]
        if body > index + 1 and not all(is_label):
            continue
        for count in _counts_of_parts(columns, is_label):
            for start in range(len(columns) - count + 1):
                if all(is_label[start : start + count]):
                    right = columns[start + count].left if start + count < len(columns) else math.inf
                    yield Table(columns[start : start + count], index, body, right)
        if len(columns) >= MIN_CELLS and all(is_label):
            yield Table(columns, index, body)


def _counts_of_parts(columns: Sequence[TableColumn], is_label: Sequence[bool]) -> list[int]:
    """Return how many labels each of several headers in a row may have, in rising order.

    Labels that are repeated tell it; next to values any number is possible.
    """
    if len(columns) > MAX_DIVIDED_COLUMNS:
        return []
    if not all(is_label):
        return list(range(MIN_CELLS, len(columns)))
    labels = [meaning(column.label) for column in columns]
    pairs = itertools.combinations(range(len(labels)), 2)
    return sorted({j - i for i, j in pairs if labels[i] == labels[j] and j - i >= MIN_CELLS})


def _beside(grid: Grid, table: Table) -> list[Table]:
    """Return the headers to the right of a table's that have the same labels."""
    labels = [meaning(label) for label in table.labels]
    found: list[Table] = []
    for header in _announced_headers(grid, table.header):
        free = header.columns[0].left >= (found[-1] if found else table).columns[-1].right
        if free and header.body == table.body and [meaning(label) for label in header.labels] == labels:
            found.append(header)
    return found


def _repeated(grid: Grid, table: Table) -> Iterator[Table]:
    """Yield the headers after a table that are the last row of its header, printed again."""
    labels = [meaning(cell.text) for cell in grid.rows[table.body - 1].cells]
    for index in range(table.end, len(grid.rows)):
        if repeats(grid.rows[index], labels):
            yield Table(table.columns, index, index + 1)


def _table_at(grid: Grid, index: int) -> Table | None:
    for columns, body in _headers(grid, index):
        if not _is_header(columns):
            continue
        table = _TableReader(grid, Table(columns, index, body)).read()
        if _is_table(table, two_lines=body > index + 1):
            table.cells |= {c for row in grid.rows[index:body] for c in row.cells}
            return table
    return None


def _headers(grid: Grid, index: int) -> Iterator[tuple[list[TableColumn], int]]:
    """Yield the row's labels, merged with a second line and alone, with the first row below."""
    row = grid.rows[index]
    alone = [TableColumn(*part) for part in split_wide(grid, index)]
    below = grid.rows[index + 1] if index + 1 < len(grid.rows) else None
    if below is None or below.page != row.page or below.top - row.bottom >= grid.line_height:
        yield alone, index + 1
        return
    merged = list(alone)
    for cell in below.cells:
        over = next((i for i, c in enumerate(merged) if min(c.right, cell.right) > max(c.left, cell.left)), None)
        if over is None:
            merged.append(TableColumn(cell.text, cell.left, cell.right))
        else:
            label, left, right = merged[over]
            merged[over] = TableColumn(f"{label} {cell.text}", min(left, cell.left), max(right, cell.right))
    options = [(sorted(merged, key=lambda c: c.left), index + 2), (alone, index + 1)]
    if len(below.cells) == 1 and below.cells[0].left < alone[0].right:  # probably the first text of the first record
        options.reverse()
    yield from options


def _is_header(columns: list[TableColumn]) -> bool:
    """Return whether the labels differ, have no digits, and at least two of them are words."""
    texts = [c.label for c in columns]
    words = [t for t in texts if could_be_label(t) and not ends_in_colon(t) and not has_digit(t)]
    return len(words) >= 2 and len(set(texts)) == len(texts) and all(t in words or _SYMBOL.fullmatch(t) for t in texts)


def _is_table(table: Table, two_lines: bool) -> bool:
    """Return whether the rows look like records rather than values of labels around them."""
    rows = table.rows
    if not rows:
        return False
    typed = [{i for i, cell in row.items() if _is_value(cell.text)} for row in rows]
    all_known = all(map(is_known_label, table.labels))
    about = frozenset[str]().union(*(meaning(label).concepts for label in table.labels))
    if len(rows) == 1:
        counted = sum(type_of(cell.text) in NUMERIC for cell in rows[0].values())
        of_items = bool(about & {"quantity", "price"}) or {"description", "amount"} <= about
        return counted >= (1 if of_items else 2) and any(not is_typed(c.text) for c in rows[0].values())
    of_labels = sum(is_known_label(row[0].text) for row in rows if 0 in row)
    if of_labels > len(rows) / 2 and not all_known:
        return False  # the first column holds labels: these are pairs, row by row
    if len(table.columns) == 2:
        kinds = {type_of(row[1].text) for row in rows if 1 in row}
        return all(typed) and (len(kinds) == 1 or bool(about & _ITEMS)) and (all_known or of_labels <= len(rows) / 3)
    if not any(typed):
        return not two_lines and not any(has_digit(c.text) for row in rows for c in row.values()) and len(rows[0]) >= 3
    return all(typed[:2])


def _is_value(text: str) -> bool:
    """Return whether a text is typed, or an amount with words after it (`7 hours`)."""
    return is_typed(text) or text.lstrip(f"{SIGNS} -+")[:1].isdigit()


class _TableReader:
    """Groups the rows below a header into records."""

    def __init__(self, grid: Grid, table: Table, announced: bool = False) -> None:
        """Prepare to read a table.

        Args:
            grid: the document's cells.
            table: its header.
            announced: whether a schema asks for such columns; then the first record may be further below and have
                fewer cells.
        """
        self._grid = grid
        self._table = table
        self._announced = announced
        self._labels = [meaning(cell.text) for cell in grid.rows[table.body - 1].cells]
        self._full = 0
        """Number of columns that the first record fills."""
        self._typed: set[int] = set()
        """Columns that hold values rather than words in the first record."""
        self._records: list[dict[int, list[Word]]] = []
        self._lefts: list[dict[int, float]] = []
        self._bottom = grid.rows[table.body - 1].bottom
        self._pending: list[Row] = []
        """Rows that belong to the table if another record follows."""
        self._lead: list[Row] = []
        """Texts above the next record's numbers."""
        self._has_leads = False

    def read(self) -> Table:
        grid, table = self._grid, self._table
        page = grid.rows[table.body - 1].page
        table.end = table.body
        for number, whole in enumerate(grid.rows[table.body :], table.body):
            row = self._own_part(whole)
            if row is None:
                continue
            gap = (row.top - self._bottom) / grid.line_height if row.page == page else 0.0
            reach = MAX_ROW_GAP_LINE_HEIGHTS if self._records or self._announced else MAX_HEADER_GAP_LINE_HEIGHTS
            if gap > reach or (row.page != page and not (self._records and self._is_continued_on(number))):
                break
            if self._is_carried(row):
                self._bottom, page = row.bottom, row.page
                continue
            words = words_by_column(row, table.columns)
            if self._is_record(row, words):
                self._add_with_pending(row, words)
                table.end = number + 1
            elif self._begins_record(words, gap):
                self._lead.append(row)
            elif self._records and not self._pending and row.page == page and self._continues(words, gap):
                self._extend_record(row, words)
                table.end = number + 1
            elif not self._records or self._ends(row, words) or len(self._pending) == MAX_PENDING_ROWS:
                break
            else:
                self._pending.append(row)
            self._bottom, page = row.bottom, row.page
        table.rows = [
            {i: Printed(" ".join(w.text for w in ws), tuple(ws)) for i, ws in sorted(record.items())}
            for record in self._records
        ]
        return table

    def _own_part(self, row: Row) -> Row | None:
        """Return the cells of a row that are not of a table beside this one; None for ruled lines."""
        own = [cell for cell in row.cells if cell.left < self._table.right]
        if self._announced:
            left = self._table.columns[0].left - ALIGNED_PAGE_WIDTHS / 2
            before = sum(cell.right <= left for cell in own)
            own = own[before:] if before >= MIN_CELLS else own
        if not any(c.isalnum() for cell in own for c in cell.text):
            return None
        return row if len(own) == len(row.cells) else Row(row.page, own)

    def _is_continued_on(self, first: int) -> bool:
        """Return whether the page that begins with a row has no header of its own."""
        rows = itertools.islice(self._grid.rows, first, first + MAX_TITLE_ROWS)
        page = self._grid.rows[first].page
        return not any(row.page == page and repeats(row, self._labels) for row in rows)

    def _is_carried(self, row: Row) -> bool:
        """Return whether a row carries a sum over from the page before or to the next."""
        return bool(self._records) and "carried" in meaning(row.cells[0].text).concepts

    def _begins_record(self, words: dict[int, list[Word]], gap: float) -> bool:
        """Return whether the row is a text above its record's numbers, if the table begins so."""
        is_text = len(words) == 1 and not any(_has_digit(ws) for ws in words.values())
        return is_text and (self._has_leads if self._records else gap < MAX_HEADER_GAP_LINE_HEIGHTS)

    def _add_with_pending(self, row: Row, words: dict[int, list[Word]]) -> None:
        """Add the record and the pending rows before it, which it shows to be part of the table."""
        for kept in self._pending:
            self._take_pending(kept)
        self._has_leads = self._has_leads or (bool(self._lead) and not self._records)
        self._add(row, words)
        for position, above in reversed(
            [item for lead in self._lead for item in words_by_column(lead, self._table.columns).items()]
        ):
            words[position] = above + words.get(position, [])
        self._table.cells.update(c for lead in self._lead for c in lead.cells)
        self._pending, self._lead = [], []

    def _take_pending(self, row: Row) -> None:
        words = words_by_column(row, self._table.columns)
        if len(words) > 1:
            self._add(row, words)
        elif self._continues(words, 0.0):
            self._extend_record(row, words)

    def _extend_record(self, row: Row, words: dict[int, list[Word]]) -> None:
        for position, more in words.items():
            self._records[-1].setdefault(position, []).extend(more)
        self._table.cells.update(row.cells)

    def _add(self, row: Row, words: dict[int, list[Word]]) -> None:
        if not self._records:
            self._full = len(words)
            self._typed = {i for i, ws in words.items() if _is_value(" ".join(w.text for w in ws))}
        self._records.append(words)
        self._lefts.append({i: ws[0].box.left for i, ws in words.items()})
        self._table.cells.update(row.cells)

    def _is_record(self, row: Row, words: dict[int, list[Word]]) -> bool:
        if any(is_prose(c.text) for c in row.cells) and len(row.cells) < 3:
            return False
        if ends_in_colon(row.cells[0].text) or sum(is_known_label(c.text) for c in row.cells) >= 2:
            return False
        if all(_is_labelled_value(cell.text) for cell in row.cells):
            return False
        if not self._records:
            if self._announced:
                return len(words) >= MIN_CELLS and any(_has_digit(ws) for ws in words.values())
            return len(words) >= max(MIN_CELLS, math.ceil(MIN_FILLED_SHARE * len(self._table.columns)))
        if self._is_sum(row, words):
            return False
        typed = {i for i, ws in words.items() if _has_digit(ws) or all(is_dash(w.text) for w in ws)} & self._typed
        filled = max(MIN_CELLS, math.ceil(MIN_FILLED_SHARE * self._full))
        if len(words) >= filled and len(typed) >= math.ceil(MIN_FILLED_SHARE * len(self._typed)):
            return True
        return self._announced and bool(typed) and self._is_named(row, words)

    def _is_named(self, row: Row, words: dict[int, list[Word]]) -> bool:
        """Return whether a row has a text where the first record has one, and no known label."""
        named = min(set(self._records[0]) - self._typed, default=None)
        return named in words and not any(is_known_label(cell.text) for cell in row.cells)

    def _is_sum(self, row: Row, words: dict[int, list[Word]]) -> bool:
        about = meaning(row.cells[0].text)
        few = len(words) < self._full and len(about.others) <= 1
        return bool(about.concepts & (_SUMS | {"tax"})) and (few or not about.others)

    def _continues(self, words: dict[int, list[Word]], gap: float) -> bool:
        """Return whether the row is the next line of a text in the last record."""
        lefts = self._lefts[-1]
        if any(_is_labelled_value(" ".join(w.text for w in ws)) for ws in words.values()):
            return False
        return gap < MAX_WRAP_GAP_LINE_HEIGHTS and all(
            i not in self._typed and abs(ws[0].box.left - lefts.get(i, ws[0].box.left)) < ALIGNED_PAGE_WIDTHS
            for i, ws in words.items()
        )

    def _ends(self, row: Row, words: dict[int, list[Word]]) -> bool:
        """Return whether the row is a sum, the labels of another table, or a sentence."""
        other_labels = bool(self._typed) and len(words) >= 2 and not any(_has_digit(ws) for ws in words.values())
        return self._is_sum(row, words) or other_labels or is_prose(row.text) or ends_in_colon(row.cells[0].text)


def repeats(row: Row, labels: list[Meaning]) -> bool:
    """Return whether a row has at least two cells, with these meanings."""
    return MIN_CELLS <= len(row.cells) == len(labels) and [meaning(cell.text) for cell in row.cells] == labels


def words_by_column(row: Row, columns: list[TableColumn]) -> dict[int, list[Word]]:
    """Return a row's words by position of their column; words below no label are left out."""
    assigned: dict[int, list[Word]] = {}
    for cell in row.cells:
        below = [c for c in columns if min(cell.right, c.right) - max(cell.left, c.left) > 0.003]
        pieces = _pieces(cell.line.words) if len(below) > 1 else [list(cell.line.words)]
        for piece in pieces:
            position = _nearest(piece[0].box.left, piece[-1].box.right, columns)
            if position is not None:
                assigned.setdefault(position, []).extend(piece)
    return assigned


def _pieces(words: tuple[Word, ...]) -> list[list[Word]]:
    """Split between text and numbers; a currency stays with its amount."""
    pieces: list[list[Word]] = []
    for word in words:
        is_text = not is_typed(word.text)
        if pieces and (is_currency(word.text) or (is_text and not is_typed(pieces[-1][-1].text))):
            pieces[-1].append(word)
        else:
            pieces.append([word])
    return pieces


def _nearest(left: float, right: float, columns: list[TableColumn]) -> int | None:
    """Return the column with the nearest edge or middle, else the closest to the text's ends."""

    def edges(column: TableColumn) -> float:
        middle = abs(left + right - column.left - column.right) / 2
        overlaps = min(right, column.right) > max(left, column.left)
        return min(abs(left - column.left), abs(right - column.right), middle) - (
            REACH_PAGE_WIDTHS if overlaps else 0.0
        )

    def gap(column: TableColumn) -> float:
        return max(column.left - right, left - column.right)

    for distance, reach in ((edges, REACH_PAGE_WIDTHS), (gap, WIDE_REACH_PAGE_WIDTHS)):
        best = min(range(len(columns)), key=lambda i: distance(columns[i]))
        if distance(columns[best]) < reach:
            return best
    return None


def _is_labelled_value(text: str) -> bool:
    """Return whether a text is a label with its value, such as a serial number below a name."""
    label, colon, value = text.partition(":")
    return bool(colon) and could_be_label(label) and _is_value(value.strip())


def _has_digit(words: list[Word]) -> bool:
    return any(c.isdigit() for w in words for c in w.text)
