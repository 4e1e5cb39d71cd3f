"""The rows of an array on the page: one row a record, in order, and every cell a place of its own.

Records are laid on the page's rows by a dynamic program that keeps their order and may leave rows out, then each
record's cells take places in and around its row, no two the same; columns are where most of their cells stand.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

import numpy as np

from grounding.choice import Scored
from grounding.symbol_rows import SymbolRows
from grounding.symbol_text import Range

NEIGHBOUR_WEIGHT = 0.4
"""What a cell in the row above or below counts for: a wrapped cell, or one that is centred beside two lines."""
MIN_EVIDENCE = 1.5
"""A row that holds less of a record is another row that happens to hold a small number..."""
MIN_SHARE = 0.8
"""...unless the record has not more than this to be found by."""
CONFIRMED_WEIGHT = 10.0
"""For a row in which a cell stands where the extractor saw it: nothing else outweighs it."""
ROW_GAP_COST = 0.03
"""For each row between two records: a table stays together."""
ROW_PENALTY = 0.1
"""For each row between a cell and its record's row."""
MAX_ROWS_AWAY = 6
"""Of a wrapped cell from its record's row."""
COLUMN_PENALTY = 2.0
"""For each page height between a cell and its column."""
TABLE = 3
"""Records with a row from which an array is a table, whose cells stand nowhere else."""
MAX_ELSEWHERE = 3
"""Places outside a record's rows; with more of them a small number would stand anywhere..."""
WEIGHTY = 2.3
"""...but not a text of four characters or more."""
ORDER_BONUS = 0.02
"""For every two cells that stand in the order of the schema, as most tables do."""
MAX_OPTIONS = 6
"""Places of one cell in its record's rows; more are not told apart."""
MAX_CELLS = 100
"""Of one record that are placed by its row; schemas have less."""
MAX_STEPS = 1_000
"""Combinations that are tried for one record; the first are the likeliest."""
MIN_SCORE = 0.6
"""Worse places say nothing about rows."""


class CellPlaces(NamedTuple):
    """The places of one cell, best first. `weight` is how much its text says; `confirmed`: the first is on its hint."""

    column: str
    places: list[Scored]
    weight: float
    confirmed: bool


def weight_of(text: str) -> float:
    """A long text says more about a row than a digit.

    >>> weight_of("1"), weight_of("1234567")
    (1.0, 3.0)
    """
    return math.log2(1 + len(text))


def assign(records: Sequence[Sequence[CellPlaces]], rows: SymbolRows) -> list[list[Scored | None]]:
    """For each cell of each record its place, or None."""
    row_count = len(rows.lines_of_row)
    by_row = [[_by_row(cell, rows) for cell in record] for record in records]
    is_list = all(len(record) == 1 for record in records)
    anchors: list[int | None] = [None] * len(records)
    if not is_list:
        anchors = _lay(records, by_row, row_count)
    columns = _columns(records, by_row, anchors, rows)
    bands = _bands(anchors, row_count)
    chosen: list[list[Scored | None]] = []
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
    _find_elsewhere(records, chosen, anchors, rows)
    return chosen


def _by_row(cell: CellPlaces, rows: SymbolRows) -> dict[int, list[Scored]]:
    in_row: dict[int, list[Scored]] = defaultdict(list)
    for place in cell.places[:1] if cell.confirmed else cell.places:
        if place.score >= MIN_SCORE:
            in_row[rows.row_of(place.candidate.spans[0][0])].append(place)
    return in_row


def _find_elsewhere(
    records: Sequence[Sequence[CellPlaces]],
    chosen: list[list[Scored | None]],
    anchors: list[int | None],
    rows: SymbolRows,
) -> None:
    """Give cells that stand in none of their record's rows a place outside the table, if there are few to choose from.

    Lists need not be in the page's order, and a tax's base may stand among the totals. No two cells share a symbol.
    """
    anchored = [row for row in anchors if row is not None]
    if len(anchored) >= TABLE:
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
            if free and (len(free) <= MAX_ELSEWHERE or cell.weight >= WEIGHTY or len(record) == 1):
                cells[number] = free[0]
                _take(free[0], taken)


def _take(place: Scored, taken: bytearray) -> None:
    for start, end in place.candidate.spans:
        taken[start:end] = b"\1" * (end - start)


def _lay(
    records: Sequence[Sequence[CellPlaces]], by_row: list[list[dict[int, list[Scored]]]], row_count: int
) -> list[int | None]:
    """The row of each record: the order-preserving assignment with most evidence."""
    evidence = np.zeros((len(records), row_count))
    for number, record in enumerate(records):
        for cell, in_row in zip(record, by_row[number], strict=True):
            of_cell = np.zeros(row_count)
            for row, places in in_row.items():
                worth = cell.weight * max(place.score for place in places)
                worth = CONFIRMED_WEIGHT if cell.confirmed else worth
                for near, share in ((row - 1, NEIGHBOUR_WEIGHT), (row, 1.0), (row + 1, NEIGHBOUR_WEIGHT)):
                    if 0 <= near < row_count:
                        of_cell[near] = max(of_cell[near], worth * share)
            evidence[number] += of_cell
        least = min(MIN_EVIDENCE, MIN_SHARE * sum(cell.weight for cell in record))
        evidence[number][evidence[number] < least] = 0.0
    return _in_order(evidence)


def _in_order(evidence: np.ndarray) -> list[int | None]:
    """For each record (first axis) the row (second axis) of the best assignment that keeps the order.

    `best[i][r]` is what the first i records give when the last of them that has a row stands in row r: a dynamic
    program of one pass over the rows a record. Rows passed over between two records cost a little, so that a table
    stays together.
    """
    count, row_count = evidence.shape
    slope = ROW_GAP_COST * np.arange(row_count)
    best = np.full((count + 1, row_count), -np.inf)
    placed = np.full((count, row_count), -np.inf)
    for i in range(count):
        before = np.full(row_count, 0.0)
        before[1:] = np.maximum(0.0, np.maximum.accumulate(best[i] + slope)[:-1] - slope[:-1])
        placed[i] = np.where(evidence[i] > 0, before + evidence[i], -np.inf)
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
    by_row: list[list[dict[int, list[Scored]]]],
    anchors: list[int | None],
    rows: SymbolRows,
) -> dict[str, float]:
    """Where each column stands: the median of the cells that have but one place in their row."""
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
    """For each record the rows that may belong to it: between those of its neighbours."""
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
    record: list[dict[int, list[Scored]]],
    position: int,
    anchor: int | None,
    band: tuple[int, int],
    columns: dict[str, float],
    rows: SymbolRows,
) -> list[tuple[float, Scored]]:
    """The places that a cell may take, best first."""
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
                score -= COLUMN_PENALTY * abs(_center(place, rows) - columns[cell.column])
            options.append((score, place))
    return sorted(options, key=lambda option: -option[0])[:MAX_OPTIONS]


def _is_free(row: int, place: Scored, rows: SymbolRows) -> bool:
    """Whether the record's row says nothing where the cell would stand: then it may stand above or below."""
    start, end = place.candidate.spans[0]
    return not rows.has_words_at(row, *rows.extent_of(start, end))


def _is_stacked(place: Scored, others: Sequence[Scored], rows: SymbolRows) -> bool:
    """Whether another cell of the record is printed right below or above: two cells share a column of the table."""
    left, right = rows.extent_of(*place.candidate.spans[0])
    extents = [rows.extent_of(*other.candidate.spans[0]) for other in others]
    return any(start < right and left < end for start, end in extents)


def _one_to_one(options: list[list[tuple[float, Scored]]], taken: list[Range], rows: SymbolRows) -> list[Scored | None]:
    """The choice with the highest sum in which no two cells share a symbol, nor one of those taken already.

    Cells that compete for nothing take their best place; the others are tried in every combination, the bound being
    what the cells still to come could add at most.
    """
    chosen: list[Scored | None] = [None] * len(options)
    open_cells = [i for i, cell in enumerate(options) if cell][:MAX_CELLS]
    best: tuple[float, dict[int, Scored]] = (-1.0, {})
    ceiling = [0.0] * (len(open_cells) + 1)
    for position in reversed(range(len(open_cells))):
        ceiling[position] = (
            ceiling[position + 1] + ORDER_BONUS * position + max(0.0, options[open_cells[position]][0][0])
        )
    steps = 0

    def try_from(
        position: int, total: float, taken: list[Range], picks: dict[int, Scored], centers: list[float]
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


def _center(place: Scored, rows: SymbolRows) -> float:
    return rows.center_of(place.candidate.spans[0][0], place.candidate.spans[0][1])
