"""Two readings of one table, by its header and by the layout model: the better one, with what only the other has."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal

from extractors.evidence import Evidence, NamesPath
from extractors.roles import COLUMN_ROLES, role_of
from extractors.scoring import Choice, RowOfChoices
from schemas.fields import Field, FieldType
from schemas.normalise import numbers

SOFT = 4.0
"""Logits: belief in a word's column grows little beyond this."""
WEIGHT_OF_BELIEF = 0.9
"""A cell that the layout model denies is still worth something: headers know columns that it has never seen."""
LEAST_TO_FILL = 0.6
"""A cell that only one reading has must be believed in at least so much."""
PRODUCT_AGREES, PRODUCT_DIFFERS = 1.5, 0.5
"""For a row whose quantity and price make its amount: agreement of three numbers is seldom chance."""
UNREADABLE = 1.0
"""Against text in a column of numbers."""
_NUMERIC = (FieldType.NUMBER, FieldType.INTEGER, FieldType.MONEY)
_TOLERANCE = Decimal("0.02")


def better_rows(
    evidence: Evidence, array: Field, path: NamesPath, readings: Sequence[list[RowOfChoices]]
) -> list[RowOfChoices]:
    """The reading that all evidence together supports most; gaps are filled from the others.

    Args:
        readings: the rows as each way of reading sees them; among equals the earlier wins.
    """
    columns = {child.name: child for child in array.children or ()}
    scores = [sum(row_score(evidence, columns, path, row) for row in rows) for rows in readings]
    order = sorted(range(len(readings)), key=lambda i: -scores[i])
    best = [dict(row) for row in readings[order[0]]]
    for other in order[1:]:
        _fill(evidence, columns, path, best, readings[other])
    return best


def row_score(evidence: Evidence, columns: dict[str, Field], path: NamesPath, row: RowOfChoices) -> float:
    score = sum(cell_score(evidence, columns[name], path, cell) for name, cell in row.items())
    product = _product_agrees(columns, row)
    if product is not None:
        score += PRODUCT_AGREES if product else -PRODUCT_DIFFERS
    return score


def cell_score(evidence: Evidence, column: Field, path: NamesPath, cell: Choice) -> float:
    """About 2 for a cell that the layout model is sure of, nearly 0 for one that it denies."""
    belongs = evidence.belongs((*path, column.name))[list(cell.word_ids)]
    score = 1.0 + WEIGHT_OF_BELIEF * math.tanh(float(belongs.mean()) / SOFT)
    if column.type in _NUMERIC and numbers.parse(cell.text) is None:
        score -= UNREADABLE
    return score


def _product_agrees(columns: dict[str, Field], row: RowOfChoices) -> bool | None:
    """Whether quantity times price is the amount; None where one of them is not known."""
    values: dict[str, Decimal] = {}
    for name, cell in row.items():
        role = role_of(columns[name], COLUMN_ROLES)
        value = numbers.parse(cell.text) if role else None
        if role and value is not None:
            values[role.name] = value
    if not {"quantity", "unit_price", "line_total"} <= set(values):
        return None
    return abs(abs(values["quantity"] * values["unit_price"]) - abs(values["line_total"])) <= _TOLERANCE


def _fill(
    evidence: Evidence, columns: dict[str, Field], path: NamesPath, rows: list[RowOfChoices], others: list[RowOfChoices]
) -> None:
    """Cells that a row lacks, from the row of another reading that shares its words."""
    for row in rows:
        taken = {i for cell in row.values() for i in cell.word_ids}
        match = max(others, key=lambda o: len(taken & {i for c in o.values() for i in c.word_ids}), default=None)
        if match is None or not taken & {i for c in match.values() for i in c.word_ids}:
            continue
        for name, cell in match.items():
            free = not taken & set(cell.word_ids)
            if name not in row and free and cell_score(evidence, columns[name], path, cell) >= LEAST_TO_FILL:
                row[name] = cell
                taken |= set(cell.word_ids)
