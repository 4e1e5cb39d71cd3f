"""Rows of an array from the printed table whose columns match those of the schema."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from extractors.context import ExtractionContext
from extractors.plan import PlannedField
from extractors.printed import NUMERIC, type_of
from extractors.printed_tables import TABLE_SCORE, Table
from extractors.scoring import SURE_COLUMN_FIT, SURE_COLUMN_SCORE, ScoredRow, ScoredText
from schemas.fields import FieldType
from schemas.normalise import dates, numbers
from schemas.vocabulary import meaning

MIN_COLUMN_FIT = 0.4
"""Minimum fit of a table's column to one of the schema."""
MIN_TABLE_FIT = 1.0
"""Minimum sum of the fits of a table's columns: one sure column, or two that are likely."""
NETWORK_WEIGHT = 0.6
"""Weight of the network's opinion of a column's cells, relative to a label that repeats the column's name."""
SOFT_LOGITS = 4.0
"""Scale at which the network's logits saturate."""
MIN_ARRAY_FIT = 0.8
"""Minimum fit of a label that repeats the array's own name, as `Deductions` does over the names of deductions."""
ARRAY_NAME_BONUS = 0.5
"""Added to the fit of a table with such a label."""
ORDER_BONUS = 0.05
"""Added for a column at the same place in the schema as in the table, which decides between equals."""
MIN_READABLE_SHARE = 0.6
"""Minimum share of a column's cells that must be of the type asked for."""


def table_rows(context: ExtractionContext, array: PlannedField) -> list[ScoredRow]:
    """Return the rows of the printed table that fits an array best; empty if none fits."""
    best: tuple[float, Table, dict[int, PlannedField]] | None = None
    for table in context.facts.tables:
        fit, matched = _matched(context, array, table)
        if fit >= MIN_TABLE_FIT and len(matched) >= min(2, len(array.columns)) and (best is None or fit > best[0]):
            best = fit, table, matched
    if best is None:
        return []
    _, table, matched = best
    labels = {position: meaning(table.columns[position].label) for position in matched}
    scores = {
        position: SURE_COLUMN_SCORE if column.fit(labels[position]) >= SURE_COLUMN_FIT else TABLE_SCORE
        for position, column in matched.items()
    }
    rows = [
        {
            column.name: ScoredText(cell.text, cell.word_ids, scores[position])
            for position, column in matched.items()
            if (cell := row.get(position)) and _is_readable(column.type, cell.text)
        }
        for row in table.rows
    ]
    least = min(2, len(matched))
    return [row for row in rows if len(row) >= least]


def _matched(context: ExtractionContext, array: PlannedField, table: Table) -> tuple[float, dict[int, PlannedField]]:
    """Return the fit of a table, and the schema's columns by the position of the table's."""
    fits = [
        (_fit(context, column, table, position) + ORDER_BONUS * (number == position), number, position)
        for number, column in enumerate(array.columns)
        for position in range(len(table.columns))
    ]
    matched: dict[int, PlannedField] = {}
    total = 0.0
    taken: set[int] = set()
    for fit, number, position in sorted(fits, key=lambda f: -f[0]):
        if fit >= MIN_COLUMN_FIT and number not in taken and position not in matched:
            matched[position] = array.columns[number]
            taken.add(number)
            total += fit
    total += ARRAY_NAME_BONUS * any(array.fit(meaning(label)) >= MIN_ARRAY_FIT for label in table.labels)
    for position, column in _left_over(array, table, matched):
        matched[position] = column
    return total, matched


def _left_over(
    array: PlannedField, table: Table, matched: Mapping[int, PlannedField]
) -> Iterator[tuple[int, PlannedField]]:
    """Yield columns that have the only texts, dates or numbers left on both sides."""
    columns = [column for column in array.columns if column not in matched.values()]
    for kinds in ((FieldType.STRING,), (FieldType.DATE,), NUMERIC):
        wanted = [column for column in columns if column.type in kinds]
        printed = [
            position
            for position in range(len(table.columns))
            if position not in matched and _kind_of_column(table, position) in kinds
        ]
        if len(wanted) == len(printed) == 1:
            yield printed[0], wanted[0]


def _kind_of_column(table: Table, position: int) -> FieldType | None:
    """Return the type that most cells of a column have: a date, a number, or else a string."""
    cells = [row[position].text for row in table.rows if position in row]
    for kind in (FieldType.DATE, FieldType.NUMBER):
        if (
            cells
            and sum(type_of(text) is kind or (kind is FieldType.NUMBER and type_of(text) in NUMERIC) for text in cells)
            > len(cells) / 2
        ):
            return kind
    return FieldType.STRING if cells else None


def _fit(context: ExtractionContext, column: PlannedField, table: Table, position: int) -> float:
    cells = [row[position] for row in table.rows if position in row]
    if not cells or sum(_is_readable(column.type, c.text) for c in cells) < MIN_READABLE_SHARE * len(cells):
        return 0.0
    label = meaning(table.columns[position].label)
    belongs = context.belongs(column)
    logits = [float(belongs[list(cell.word_ids)].mean()) for cell in cells]
    return column.column_fit(label) + NETWORK_WEIGHT * max(0.0, math.tanh(_mean(logits) / SOFT_LOGITS))


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _is_readable(kind: FieldType, text: str) -> bool:
    if kind is FieldType.DATE:
        return bool(dates.find(text))
    if kind in (FieldType.MONEY, FieldType.NUMBER, FieldType.INTEGER):
        return numbers.parse(text) is not None
    return True
