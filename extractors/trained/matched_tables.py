"""Rows of an array from the printed table whose columns match those of the schema."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator, Mapping, Sequence

from extractors.plan import PlannedField
from extractors.rules.printed import NUMERIC, has_digit, is_dash, type_of
from extractors.rules.printed_tables import TABLE_SCORE, Table, TableColumn, TableRow, announced_table, section_of
from extractors.rules.scoring import SURE_COLUMN_FIT, SURE_COLUMN_SCORE, ScoredRow, ScoredText
from extractors.trained.context import ExtractionContext
from schemas.fields import FieldType
from schemas.normalise import dates, numbers
from schemas.vocabulary import Meaning, meaning

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
CONTENT_WEIGHT = 0.25
"""Weight of what a column's cells look like."""
MIN_WORD_LETTERS = 4
"""Minimum letters of a text of several words."""
SECTION_BONUS = 0.6
"""Added to the fit of a part of a table whose heading is the array's name."""
MIN_READABLE_SHARE = 0.6
"""Minimum share of a column's cells that must be of the type asked for."""


def table_rows(context: ExtractionContext, array: PlannedField) -> list[ScoredRow]:
    """Return the rows of the printed table that fits an array best; empty if none fits."""
    best: tuple[float, Table, dict[int, PlannedField]] | None = None
    for table in _tables(context, array):
        fit, matched = _matched(context, array, table)
        if fit >= MIN_TABLE_FIT and len(matched) >= min(2, len(array.columns)) and (best is None or fit > best[0]):
            best = fit, table, matched
    if best is None:
        return []
    _, table, matched = best
    least = min(2, len(matched))
    found = [_cells(row, table, matched) for row in table.rows if sum(place in row for place in matched) >= least]
    found = [row for row in found if row]
    described = next((c for c in matched.values() if c.column_role and c.column_role.name == "description"), None)
    return plain_descriptions(found, described.name) if described else found


def _tables(context: ExtractionContext, array: PlannedField) -> Iterator[Table]:
    """Yield the table whose header announces the array's columns, then the other tables."""

    def fit(columns: Sequence[TableColumn]) -> float:
        labels = [meaning(column.label) for column in columns]
        pairs = _best_pairs([[column.column_fit(label) for label in labels] for column in array.columns])
        return sum(pairs.values()) + ARRAY_NAME_BONUS * any(_names(array, label) for label in labels)

    grid = context.facts.grid
    announced = announced_table(grid, fit)
    tables = [t for t in context.facts.tables if announced is None or t.header != announced.header]
    tables = [announced, *tables] if announced else tables
    yield from tables
    for index, row in enumerate(grid.rows):
        if len(row.cells) == 1 and not has_digit(row.text) and _names(array, meaning(row.text)):
            above = [t for t in tables if t.header < index and grid.rows[t.header].page == row.page]
            if above:
                yield section_of(grid, max(above, key=lambda table: table.header), index)


def _names(array: PlannedField, label: Meaning) -> bool:
    """Return whether a label repeats the array's own name."""
    return array.fit(label) >= MIN_ARRAY_FIT


def _best_pairs(fits: Sequence[Sequence[float]]) -> dict[tuple[int, int], float]:
    """Return pairs of a row and a column, the best fits first, none of them used twice."""
    ranked = sorted(((fit, i, j) for i, row in enumerate(fits) for j, fit in enumerate(row)), key=lambda f: -f[0])
    found: dict[tuple[int, int], float] = {}
    for fit, i, j in ranked:
        if fit >= MIN_COLUMN_FIT and all(i != a and j != b for a, b in found):
            found[i, j] = fit
    return found


def _cells(row: TableRow, table: Table, matched: Mapping[int, PlannedField]) -> ScoredRow:
    cells: ScoredRow = {}
    for position, column in matched.items():
        if (cell := row.get(position)) and not is_dash(cell.text):
            sure = column.fit(meaning(table.columns[position].label)) >= SURE_COLUMN_FIT
            text = _value(column.type, cell.text)
            if text:
                cells[column.name] = ScoredText(text, cell.word_ids, SURE_COLUMN_SCORE if sure else TABLE_SCORE)
    return cells


def _value(kind: FieldType, text: str) -> str | None:
    """Return the part of a cell that is a value of a type, or None.

    Of a number that is without its unit and without a rate next to it.
    """
    if kind in NUMERIC:
        spans = numbers.find(text)
        amounts = [span for span in spans if not numbers.is_percent(text, span.start, span.end)] or spans
        longest = max(amounts, key=lambda span: span.end - span.start, default=None)
        return text[longest.start : longest.end] if longest else None
    return None if kind is FieldType.DATE and not dates.find(text) else text


def _matched(context: ExtractionContext, array: PlannedField, table: Table) -> tuple[float, dict[int, PlannedField]]:
    """Return the fit of a table, and the schema's columns by the position of the table's."""
    places = range(len(table.columns))
    fits = [
        [_fit(context, column, table, place) + ORDER_BONUS * (number == place) for place in places]
        for number, column in enumerate(array.columns)
    ]
    pairs = _best_pairs(fits)
    matched = {place: array.columns[number] for number, place in pairs}
    total = sum(pairs.values())
    heading = context.facts.grid.rows[table.header].cells[0].text
    total += ARRAY_NAME_BONUS * any(_names(array, meaning(label)) for label in table.labels)
    total += SECTION_BONUS * (heading not in table.labels[0] and _names(array, meaning(heading)))
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
        named = [position for position in printed if _names(array, meaning(table.columns[position].label))]
        if len(wanted) == 1 and len(named or printed) == 1:
            yield (named or printed)[0], wanted[0]


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
    cells = [row[position] for row in table.rows if position in row and not is_dash(row[position].text)]
    announced = column.column_fit(meaning(table.columns[position].label))
    readable = sum(_is_readable(column.type, cell.text, announced >= MIN_COLUMN_FIT) for cell in cells)
    if not cells or readable < MIN_READABLE_SHARE * len(cells):
        return 0.0
    belongs = context.belongs(column)
    logits = [float(belongs[list(cell.word_ids)].mean()) for cell in cells]
    by_content = _content_fit(column, [cell.text for cell in cells])
    return announced + by_content + NETWORK_WEIGHT * max(0.0, math.tanh(_mean(logits) / SOFT_LOGITS))


def _content_fit(column: PlannedField, texts: Sequence[str]) -> float:
    """Return how far texts support a column of codes or of descriptions.

    Codes are one word, descriptions are several.
    """
    role = column.column_role.name if column.column_role else ""
    codes = sum(len(text.split()) == 1 and any(map(str.isdigit, text)) for text in texts)
    words = sum(len(text.split()) > 1 and sum(map(str.isalpha, text)) >= MIN_WORD_LETTERS for text in texts)
    support = CONTENT_WEIGHT * (words - codes) / len(texts)
    return support if role == "description" else -support if role in ("sku", "position") else 0.0


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _is_readable(kind: FieldType, text: str, announced: bool) -> bool:
    """Return whether a cell is of a type.

    Below a label that announces the column, a number may have words around it.
    """
    if kind in NUMERIC and not announced:
        return numbers.parse(text) is not None
    return _value(kind, text) is not None


_ORDINAL = re.compile(r"(?:pos\.?\s*)?(\d{1,3})[.):]?\s+(?=\D)", re.IGNORECASE)
_CODE = re.compile(r"(?=\S*\d)[A-Z0-9][\w./-]{2,}\s+[-–]\s+(?=[^\W\d])")
"""An article number that a dash separates from what follows."""


def plain_descriptions(rows: list[ScoredRow], name: str) -> list[ScoredRow]:
    """Strip running numbers and article numbers from the start of descriptions, in place.

    A running number must count up (1, 2, 3); a dash must follow an article number.
    """
    described = [row for row in rows if name in row]
    if not described:
        return rows
    counts = [int(m[1]) for row in described if (m := _ORDINAL.match(row[name].text))]
    rising = all(a < b for a, b in itertools.pairwise(counts))
    counted = rising and (counts == [1] if len(described) == 1 else 2 * len(counts) > len(described))
    for row in described:
        text = row[name].text
        text = _ORDINAL.sub("", text, count=1) if counted else text
        text = _CODE.sub("", text, count=1) if _CODE.match(text) else text
        skipped = len(row[name].text.split()) - len(text.split())
        row[name] = ScoredText(text, row[name].word_ids[skipped:], row[name].score)
    return rows
