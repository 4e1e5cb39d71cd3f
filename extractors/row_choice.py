"""Two readings of one table, by its header and by the layout model: the better one, with what only the other has."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal

from extractors.context import ExtractionContext, NamesPath
from extractors.roles import COLUMN_ROLES, role_of
from extractors.scoring import ScoredRow, ScoredText
from schemas.fields import Field, FieldType
from schemas.normalise import numbers

SOFT_LOGITS = 4.0
"""Logits: belief in a word's column grows little beyond this."""
NETWORK_WEIGHT = 0.9
"""A cell that the layout model denies is still worth something: headers know columns that it has never seen."""
ANNOUNCED_BONUS = 0.8
"""For a cell below a header that names its column."""
MIN_FILL_SCORE = 0.6
"""A cell that only one reading has must be believed in at least so much."""
MIN_REPLACE_MARGIN = 0.3
"""By so much another cell must be better to take the place of one."""
LOG_ODDS_PER_POINT = 1.5
"""Log odds for each point of a cell; grounding's confidence is fitted to what comes of it."""
MIN_SURE_CELL_SCORE = 1.3
"""For each cell of a row that only one reading has."""
PRODUCT_BONUS, PRODUCT_PENALTY = 2.5, 0.5
"""For a row whose quantity and price make its amount: agreement of three numbers is seldom chance."""
UNREADABLE_PENALTY = 1.0
"""Against text in a column of numbers."""
_NUMERIC = (FieldType.NUMBER, FieldType.INTEGER, FieldType.MONEY)
_TOLERANCE = Decimal("0.02")


def better_rows(
    context: ExtractionContext, array: Field, path: NamesPath, by_header: list[ScoredRow], by_network: list[ScoredRow]
) -> list[ScoredRow]:
    """The rows of both readings, each cell from the reading that all evidence together supports more."""
    columns = {child.name: child for child in array.children or ()}
    scorer = _RowScorer(context, columns, path, by_header)
    scores = sum(map(scorer.row, by_header)), sum(map(scorer.row, by_network))
    first, second = (by_header, by_network) if scores[0] >= scores[1] else (by_network, by_header)
    left = list(second)
    rows: list[ScoredRow] = []
    for row in first:
        match = _overlapping(row, left)
        if match is not None:
            left.remove(match)
        rows.append(scorer.merged(row, match) if match else row)
    rows += [row for row in left if scorer.is_sure(row) and _overlapping(row, rows) is None]
    return [scorer.with_scores(row) for row in sorted(rows, key=lambda row: min(_words(row)))]


def _words(row: ScoredRow) -> set[int]:
    return {i for cell in row.values() for i in cell.word_ids}


def _overlapping(row: ScoredRow, others: Sequence[ScoredRow]) -> ScoredRow | None:
    """The other row that shares most words with this one."""
    words = _words(row)
    best = max(others, key=lambda other: len(words & _words(other)), default=None)
    return best if best and words & _words(best) else None


class _RowScorer:
    """What cells and rows of one array are worth."""

    def __init__(
        self, context: ExtractionContext, columns: dict[str, Field], path: NamesPath, by_header: Sequence[ScoredRow]
    ) -> None:
        self._context = context
        self._columns = columns
        self._path = path
        self._announced = {id(cell) for row in by_header for cell in row.values()}

    def cell(self, name: str, cell: ScoredText) -> float:
        """About 2 for a cell that the layout model is sure of, nearly 0 for one that it denies."""
        belongs = self._context.belongs((*self._path, name))[list(cell.word_ids)]
        score = 1.0 + NETWORK_WEIGHT * math.tanh(float(belongs.mean()) / SOFT_LOGITS)
        score += ANNOUNCED_BONUS if id(cell) in self._announced else 0.0
        if self._columns[name].type in _NUMERIC and numbers.parse(cell.text) is None:
            score -= UNREADABLE_PENALTY
        return score

    def row(self, row: ScoredRow) -> float:
        product = _product_agrees(self._columns, row)
        bonus = 0.0 if product is None else PRODUCT_BONUS if product else -PRODUCT_PENALTY
        return bonus + sum(self.cell(name, cell) for name, cell in row.items())

    def with_scores(self, row: ScoredRow) -> ScoredRow:
        """The row, each cell with a score from 0 to 1 that rises with what speaks for it."""
        product = _product_agrees(self._columns, row)
        bonus = 0.0 if product is None else PRODUCT_BONUS if product else -PRODUCT_PENALTY
        return {
            name: cell._replace(score=1 / (1 + math.exp(-LOG_ODDS_PER_POINT * (self.cell(name, cell) - 1.0) - bonus)))
            for name, cell in row.items()
        }

    def is_sure(self, row: ScoredRow) -> bool:
        """Whether a row that only one reading has is likelier right than wrong."""
        return len(row) > 1 and self.row(row) >= MIN_SURE_CELL_SCORE * len(row)

    def merged(self, row: ScoredRow, other: ScoredRow) -> ScoredRow:
        """The better row, with each cell that the other has better, as long as no word is used twice."""
        best, rest = (row, other) if self.row(row) >= self.row(other) else (other, row)
        merged = dict(best)
        for name, cell in rest.items():
            known = merged.get(name)
            if known is not None and self.cell(name, known) + MIN_REPLACE_MARGIN >= self.cell(name, cell):
                continue
            others = {i for n, c in merged.items() if n != name for i in c.word_ids}
            if self.cell(name, cell) < MIN_FILL_SCORE or others & set(cell.word_ids):
                continue
            changed = merged | {name: cell}
            if self.row(changed) > self.row(merged):
                merged = changed
        return merged


def _product_agrees(columns: dict[str, Field], row: ScoredRow) -> bool | None:
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
