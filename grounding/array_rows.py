"""Place an array's records on the page: a row per record and a place per cell.

A dynamic program assigns records to the page's rows; it keeps their order and may skip rows. Each record's cells then
take places in and around its row, no two the same. A column is where most of its cells are.
"""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

import numpy as np

from grounding.ranking import ScoredPlace
from grounding.symbol_rows import SymbolRows
from grounding.symbol_text import Range

NEIGHBOUR_WEIGHT = 0.4
"""Share of a cell's weight for the rows above and below it, because cells wrap or are centred on two lines."""
MIN_ROW_WEIGHT = 1.5
"""Minimum weight of a record in its row; a row with less only happens to hold a small number."""
MIN_WEIGHT_SHARE = 0.8
"""Share of all the weight a record could have with which a row is accepted in any case."""
CONFIRMED_WEIGHT = 10.0
"""Weight of a row that holds a cell on the extractor's hint; outweighs all else together."""
ROW_GAP_COST = 0.03
"""Subtracted for each row skipped between two records, because a table stays together."""
ROW_PENALTY = 0.1
"""Subtracted for each row between a cell and its record's row, because most cells are in their record's row."""
MAX_ROWS_AWAY = 6
"""Maximum distance of a wrapped cell from its record's row, in rows."""
COLUMN_PENALTY_PER_PAGE_HEIGHT = 2.0
"""Subtracted for the distance between a cell and its column's centre."""
MIN_TABLE_RECORDS = 3
"""From this many records with a row, an array is a table, and its cells are not placed outside it."""
MAX_PLACES_ELSEWHERE = 3
"""Maximum free places of a small number outside the table; with more it could be anywhere."""
MIN_TELLING_WEIGHT = 2.3
"""Minimum weight of a text that is placed however many places there are: four characters."""
ORDER_BONUS = 0.02
"""Added for every two cells in the schema's order, as most tables print them."""
MAX_OPTIONS = 6
"""Maximum places of one cell in its record's rows; more are not distinguished."""
MAX_CELLS = 100
"""Maximum cells of one record that are placed by its row; schemas have fewer."""
MAX_STEPS = 1_000
"""Maximum combinations tried for one record; the likeliest are tried first."""
MIN_PLACE_SCORE = 0.6
"""Places with a lower score say nothing about rows."""


BLOCK_RECORDS = 300
"""Minimum records of a table that are laid together: more than almost any table has, and little memory."""


class CellPlaces(NamedTuple):
    """The places of one cell, best first.

    `weight` is how much the cell's text says about a row; `confirmed` is whether the first place is on the hint.
    """

    column: str
    places: list[ScoredPlace]
    weight: float
    confirmed: bool


def weight_of(text: str) -> float:
    """Return how much a text says about a row, in bits: a long text says more than a digit.

    >>> weight_of("1"), weight_of("1234567")
    (1.0, 3.0)
    """
    return math.log2(1 + len(text))


def assign_places(records: Sequence[Sequence[CellPlaces]], rows: SymbolRows) -> list[list[ScoredPlace | None]]:
    """Return the place of each cell of each record, or None for a cell without one.

    Rows are assigned in O(records * rows) time; cells within a row take at most `MAX_STEPS` steps per record.
    """
    row_count = len(rows.lines_of_row)
    by_row = [[_by_row(cell, rows) for cell in record] for record in records]
    is_list = all(len(record) == 1 for record in records)
    anchors: list[int | None] = [None] * len(records)
    if not is_list:
        anchors = _lay(records, by_row, row_count)
    columns = _columns(records, by_row, anchors, rows)
    bands = _bands(anchors, row_count)
    chosen: list[list[ScoredPlace | None]] = []
    for number, record in enumerate(records):
        seen = [cell.places[0] if cell.confirmed else None for cell in record]
        taken = [span for place in seen if place for span in place.candidate.spans]
        options = [
            []
            if cell.confirmed
            else _options(cell, by_row[number], position, anchors[number], bands[number], columns, rows)
            for position, cell in enumerate(record)
        ]
        found = _one_to_one(options, taken, rows)
        chosen.append([at_hint or other for at_hint, other in zip(seen, found, strict=True)])
    _place_outside_table(records, chosen, anchors, rows)
    return chosen


def _by_row(cell: CellPlaces, rows: SymbolRows) -> dict[int, list[ScoredPlace]]:
    in_row: dict[int, list[ScoredPlace]] = defaultdict(list)
    for place in cell.places[:1] if cell.confirmed else cell.places:
        if place.score >= MIN_PLACE_SCORE:
            in_row[rows.row_of(place.candidate.spans[0][0])].append(place)
    return in_row


def _place_outside_table(
    records: Sequence[Sequence[CellPlaces]],
    chosen: list[list[ScoredPlace | None]],
    anchors: list[int | None],
    rows: SymbolRows,
) -> None:
    """Place cells outside the table if their record's rows lack them and few places remain.

    Lists may be in another order than the page, and a tax's base may be printed among the totals. No two cells share a
    symbol.
    """
    anchored = [row for row in anchors if row is not None]
    if len(anchored) >= MIN_TABLE_RECORDS:
        return
    first, last = (min(anchored), max(anchored)) if len(anchored) > 1 else (0, -1)
    taken = bytearray(rows.symbol_count)
    for record_cells in chosen:
        for place in filter(None, record_cells):
            _take(place, taken)
    for record, cells in zip(records, chosen, strict=True):
        for number, cell in enumerate(record):
            if cells[number] is not None:
                continue
            free = [
                place
                for place in cell.places
                if place.is_good
                and not first <= rows.row_of(place.candidate.spans[0][0]) <= last
                and not any(1 in taken[start:end] for start, end in place.candidate.spans)
            ]
            if free and (len(free) <= MAX_PLACES_ELSEWHERE or cell.weight >= MIN_TELLING_WEIGHT or len(record) == 1):
                cells[number] = free[0]
                _take(free[0], taken)


def _take(place: ScoredPlace, taken: bytearray) -> None:
    for start, end in place.candidate.spans:
        taken[start:end] = b"\1" * (end - start)


def _lay(
    records: Sequence[Sequence[CellPlaces]], by_row: list[list[dict[int, list[ScoredPlace]]]], row_count: int
) -> list[int | None]:
    """Return the row of each record: the order-preserving assignment with the most support.

    Long tables are laid in blocks, so that time and memory grow with the number of pages and not with its square.
    """
    laid: list[int | None] = []
    for block in _blocks(records, by_row, row_count):
        first, end = block.records
        found = _lay_block(records[first:end], by_row[first:end], block.rows)
        laid += [None if row is None else row + block.rows[0] for row in found]
    return laid


class _Block(NamedTuple):
    """Records that are laid together and their rows, as half-open ranges."""

    records: Range
    rows: Range


def _blocks(
    records: Sequence[Sequence[CellPlaces]], by_row: list[list[dict[int, list[ScoredPlace]]]], row_count: int
) -> list[_Block]:
    """Divide records and rows where the extractor's hints leave no doubt.

    A block ends between two records on their hints if all hints before are above all hints after.
    """
    confirmed = [
        [row for cell, rows in zip(record, in_rows, strict=True) if cell.confirmed for row in rows]
        for record, in_rows in zip(records, by_row, strict=True)
    ]
    highest_after = list(itertools.accumulate((min(rows, default=row_count) for rows in reversed(confirmed)), min))[
        ::-1
    ]
    found: list[_Block] = []
    first = first_row = 0
    lowest = -1
    for number in range(1, len(records)):
        lowest = max(lowest, *confirmed[number - 1], -1)
        end_row = highest_after[number]
        clear = confirmed[number - 1] and confirmed[number] and lowest < end_row == min(confirmed[number])
        if clear and number - first >= BLOCK_RECORDS:
            found.append(_Block((first, number), (first_row, end_row)))
            first, first_row = number, end_row
    return [*found, _Block((first, len(records)), (first_row, row_count))]


def _lay_block(
    records: Sequence[Sequence[CellPlaces]], by_row: list[list[dict[int, list[ScoredPlace]]]], rows: Range
) -> list[int | None]:
    """Return the row of each record of a block, counted from the block's first row."""
    row_count = rows[1] - rows[0]
    support = np.zeros((len(records), row_count))
    for number, record in enumerate(records):
        for cell, in_row in zip(record, by_row[number], strict=True):
            of_cell = np.zeros(row_count)
            for row, places in ((row - rows[0], places) for row, places in in_row.items()):
                weight = cell.weight * max(place.score for place in places)
                weight = CONFIRMED_WEIGHT if cell.confirmed else weight
                for near, share in ((row - 1, NEIGHBOUR_WEIGHT), (row, 1.0), (row + 1, NEIGHBOUR_WEIGHT)):
                    if 0 <= near < row_count:
                        of_cell[near] = max(of_cell[near], weight * share)
            support[number] += of_cell
        least = min(MIN_ROW_WEIGHT, MIN_WEIGHT_SHARE * sum(cell.weight for cell in record))
        support[number][support[number] < least] = 0.0
    return _in_order(support)


def _in_order(support: np.ndarray) -> list[int | None]:
    """Return the row of each record in the best order-preserving assignment, or None.

    `support` has shape (records, rows). `best[i][r]` is the total of the first i records if row r is the last one
    taken. This dynamic program passes once over the rows for each record. Rows skipped between two records cost a
    little, so that a table stays together.
    """
    count, row_count = support.shape
    slope = ROW_GAP_COST * np.arange(row_count)
    best = np.full((count + 1, row_count), -np.inf)
    placed = np.full((count, row_count), -np.inf)
    for i in range(count):
        before = np.full(row_count, 0.0)
        before[1:] = np.maximum(0.0, np.maximum.accumulate(best[i] + slope)[:-1] - slope[:-1])
        placed[i] = np.where(support[i] > 0, before + support[i], -np.inf)
        best[i + 1] = np.maximum(best[i], placed[i])
    rows: list[int | None] = [None] * count
    allowed, target = row_count, None
    for i in range(count, 0, -1):
        if not allowed:
            break
        values = best[i][:allowed] if target is None else best[i][:allowed] + slope[:allowed]
        row = int(np.argmax(values))
        if values[row] == -np.inf or (target is not None and best[i][row] - (slope[allowed - 1] - slope[row]) <= 0):
            break
        if placed[i - 1][row] == best[i][row] and best[i - 1][row] < best[i][row]:
            rows[i - 1] = row
            allowed, target = row, row
    return rows


def _columns(
    records: Sequence[Sequence[CellPlaces]],
    by_row: list[list[dict[int, list[ScoredPlace]]]],
    anchors: list[int | None],
    rows: SymbolRows,
) -> dict[str, float]:
    """Return the centre of each column: the median over cells with only one place in their row."""
    found: dict[str, list[float]] = defaultdict(list)
    for number, record in enumerate(records):
        row = anchors[number]
        if row is None:
            continue
        taken: dict[tuple[Range, ...], int] = defaultdict(int)
        for in_row in by_row[number]:
            for place in in_row.get(row, ()):
                taken[place.candidate.spans] += 1
        for cell, in_row in zip(record, by_row[number], strict=True):
            places = in_row.get(row, [])
            if len(places) == 1 and taken[places[0].candidate.spans] == 1:
                found[cell.column].append(_center(places[0], rows))
    return {column: median(centers) for column, centers in found.items()}


def _bands(anchors: list[int | None], row_count: int) -> list[tuple[int, int]]:
    """Return for each record the rows that may belong to it: between its neighbours' rows."""
    begins, ends = [0] * len(anchors), [row_count] * len(anchors)
    for number in range(1, len(anchors)):
        before = anchors[number - 1]
        begins[number] = begins[number - 1] if before is None else before + 1
    for number in reversed(range(len(anchors) - 1)):
        after = anchors[number + 1]
        ends[number] = ends[number + 1] if after is None else after
    return list(zip(begins, ends, strict=True))


def _options(
    cell: CellPlaces,
    record: list[dict[int, list[ScoredPlace]]],
    position: int,
    anchor: int | None,
    band: tuple[int, int],
    columns: dict[str, float],
    rows: SymbolRows,
) -> list[tuple[float, ScoredPlace]]:
    """Return the places a cell may take with their scores, best first."""
    if anchor is None:
        return []
    options = []
    others = [place for n, by_row in enumerate(record) if n != position for place in by_row.get(anchor, ())]
    for row, places in record[position].items():
        away = abs(row - anchor)
        if not band[0] <= row < band[1] or away > MAX_ROWS_AWAY:
            continue
        for place in places:
            if away and not (_is_free(anchor, place, rows) or (away == 1 and _is_stacked(place, others, rows))):
                continue
            score = place.score - ROW_PENALTY * away
            if cell.column in columns:
                score -= COLUMN_PENALTY_PER_PAGE_HEIGHT * abs(_center(place, rows) - columns[cell.column])
            options.append((score, place))
    return sorted(options, key=lambda option: -option[0])[:MAX_OPTIONS]


def _is_free(row: int, place: ScoredPlace, rows: SymbolRows) -> bool:
    """Return whether the record's row is empty where the cell would be.

    If so, the cell may be above or below it.
    """
    start, end = place.candidate.spans[0]
    return not rows.has_words_at(row, *rows.extent_of(start, end))


def _is_stacked(place: ScoredPlace, others: Sequence[ScoredPlace], rows: SymbolRows) -> bool:
    """Return whether another cell of the record is printed right below or above.

    Two cells then share a column of the table.
    """
    left, right = rows.extent_of(*place.candidate.spans[0])
    extents = [rows.extent_of(*other.candidate.spans[0]) for other in others]
    return any(start < right and left < end for start, end in extents)


def _one_to_one(
    options: list[list[tuple[float, ScoredPlace]]], taken: list[Range], rows: SymbolRows
) -> list[ScoredPlace | None]:
    """Choose the places with the highest sum so that no two cells share a symbol.

    Symbols in `taken` are excluded too.

    A branch-and-bound search tries every combination; the bound is the most that the remaining cells could add.
    """
    chosen: list[ScoredPlace | None] = [None] * len(options)
    open_cells = [i for i, cell in enumerate(options) if cell][:MAX_CELLS]
    best: tuple[float, dict[int, ScoredPlace]] = (-1.0, {})
    ceiling = [0.0] * (len(open_cells) + 1)
    for position in reversed(range(len(open_cells))):
        ceiling[position] = (
            ceiling[position + 1] + ORDER_BONUS * position + max(0.0, options[open_cells[position]][0][0])
        )
    steps = 0

    def try_from(
        position: int, total: float, taken: list[Range], picks: dict[int, ScoredPlace], centers: list[float]
    ) -> None:
        nonlocal best, steps
        steps += 1
        if total + ceiling[position] <= best[0] or steps > MAX_STEPS:
            return
        if position == len(open_cells):
            best = (total, dict(picks))
            return
        cell = open_cells[position]
        for score, place in options[cell]:
            spans = place.candidate.spans
            if any(a < d and c < b for a, b in spans for c, d in taken):
                continue
            picks[cell] = place
            center = _center(place, rows)
            gain = score + ORDER_BONUS * sum(other < center for other in centers)
            try_from(position + 1, total + gain, [*taken, *spans], picks, [*centers, center])
            del picks[cell]
        try_from(position + 1, total, taken, picks, centers)

    try_from(0, 0.0, taken, {}, [])
    for cell, place in best[1].items():
        chosen[cell] = place
    return chosen


def _center(place: ScoredPlace, rows: SymbolRows) -> float:
    return rows.center_of(place.candidate.spans[0][0], place.candidate.spans[0][1])
