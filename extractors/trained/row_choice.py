"""Merge the readings of one table, by headers and by the network, cell by cell."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

from extractors.plan import PlannedField
from extractors.rules.printed import NUMERIC
from extractors.rules.printed_tables import TABLE_SCORE
from extractors.rules.scoring import SURE_COLUMN_SCORE, ScoredRow, ScoredText
from extractors.trained.context import ExtractionContext
from schemas.normalise import numbers

SOFT_LOGITS = 4.0
"""Scale at which the network's logits saturate: beyond it, a higher logit hardly raises a cell's score."""
NETWORK_WEIGHT = 0.9
"""Below 1, so that a cell the network rejects keeps some score: headers know columns it has never seen."""
ANNOUNCED_BONUS = 0.8
"""Added for a cell below a header that names its column."""
SURE_BONUS = 1.8
"""Added for a cell below a header that repeats its column's name: more than the network can take away."""
MIN_FILL_SCORE = 0.6
"""Minimum score of a cell that only one reading has."""
MIN_REPLACE_MARGIN = 0.3
"""Minimum difference by which another cell's score must be better to replace one."""
LOG_ODDS_PER_POINT = 1.5
"""Log odds per point of a cell's score; grounding's confidence is fitted to the result."""
MIN_SURE_CELL_SCORE = 1.3
"""Minimum mean score per cell of a row that only one reading has."""
PRODUCT_BONUS, PRODUCT_PENALTY = 2.5, 0.5
"""Added if quantity times price is the amount, which is seldom chance; subtracted if it is not."""
UNREADABLE_PENALTY = 1.0
"""Subtracted for text in a column of numbers."""
_TOLERANCE = Decimal("0.02")
"""Maximum difference between quantity * price and the amount, which is rounded."""


def best_rows(
    context: ExtractionContext, array: PlannedField, printed: list[ScoredRow], by_network: list[ScoredRow]
) -> list[ScoredRow]:
    """Return the rows in page order, with each cell from the reading in which it scores highest.

    No word is in two rows of the result.

    Args:
        context: what is known about the document.
        array: the field.
        printed: the rows of a printed table or list.
        by_network: the rows that the network sees.
    """
    columns = {child.name: child for child in array.children}
    scorer = _RowScorer(context, columns, printed)
    return [scorer.with_scores(row) for row in scorer.merged_rows(printed, by_network)]


def _words(row: ScoredRow) -> set[int]:
    return {i for cell in row.values() for i in cell.word_ids}


class _RowScorer:
    """Scores cells and rows of one array."""

    def __init__(
        self, context: ExtractionContext, columns: dict[str, PlannedField], printed: Sequence[ScoredRow]
    ) -> None:
        self._context = context
        self._columns = columns
        self._announced = {id(cell) for row in printed for cell in row.values() if cell.score >= TABLE_SCORE}

    def merged_rows(self, one: list[ScoredRow], other: list[ScoredRow]) -> list[ScoredRow]:
        """Merge two readings of a table, in page order."""
        first, second = (one, other) if self._table(one) >= self._table(other) else (other, one)
        left = dict(enumerate(second))
        row_of_word = {word: number for number, row in left.items() for word in _words(row)}
        owner = {word: number for number, row in enumerate(first) for word in _words(row)}
        rows: list[ScoredRow] = []
        for number, row in enumerate(first):
            shared = Counter(there for word in _words(row) if (there := row_of_word.get(word, -1)) in left)
            match: ScoredRow = left.pop(shared.most_common(1)[0][0]) if shared else {}
            own = {n: cell for n, cell in match.items() if all(owner.get(i, number) == number for i in cell.word_ids)}
            rows.append(self.merged(row, own) if own else row)
        used = {word for row in rows for word in _words(row)}
        for row in left.values():
            if self.is_sure(row) and used.isdisjoint(_words(row)):
                after = (place for place, known in enumerate(rows) if min(_words(known)) > min(_words(row)))
                rows.insert(next(after, len(rows)), row)
        return rows

    def _table(self, rows: Sequence[ScoredRow]) -> float:
        return sum(map(self.row, rows))

    def cell(self, name: str, cell: ScoredText) -> float:
        """Return a score of 0.1 (rejected by the network) to 1.9 (sure), plus or minus bonuses."""
        belongs = self._context.belongs(self._columns[name])[list(cell.word_ids)]
        score = 1.0 + NETWORK_WEIGHT * math.tanh(float(belongs.mean()) / SOFT_LOGITS)
        if id(cell) in self._announced:
            score += SURE_BONUS if cell.score >= SURE_COLUMN_SCORE else ANNOUNCED_BONUS
        if self._columns[name].type in NUMERIC and numbers.parse(cell.text) is None:
            score -= UNREADABLE_PENALTY
        return score

    def row(self, row: ScoredRow) -> float:
        product = _product_agrees(self._columns, row)
        bonus = 0.0 if product is None else PRODUCT_BONUS if product else -PRODUCT_PENALTY
        return bonus + sum(self.cell(name, cell) for name, cell in row.items())

    def with_scores(self, row: ScoredRow) -> ScoredRow:
        """Return the row with a score from 0 to 1 for each cell, which rises with what supports it."""
        product = _product_agrees(self._columns, row)
        bonus = 0.0 if product is None else PRODUCT_BONUS if product else -PRODUCT_PENALTY
        return {
            name: cell._replace(score=1 / (1 + math.exp(-LOG_ODDS_PER_POINT * (self.cell(name, cell) - 1.0) - bonus)))
            for name, cell in row.items()
        }

    def is_sure(self, row: ScoredRow) -> bool:
        """Return whether a row that only one reading has is probably right."""
        return len(row) > 1 and self.row(row) >= MIN_SURE_CELL_SCORE * len(row)

    def merged(self, row: ScoredRow, other: ScoredRow) -> ScoredRow:
        """Return the better row with each cell that is better in the other; no word is used twice."""
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


def _product_agrees(columns: dict[str, PlannedField], row: ScoredRow) -> bool | None:
    """Return whether quantity times price is the amount; None if one of them is unknown."""
    values: dict[str, Decimal] = {}
    for name, cell in row.items():
        role = columns[name].column_role
        value = numbers.parse(cell.text) if role else None
        if role and value is not None:
            values[role.name] = value
    if not {"quantity", "unit_price", "line_total"} <= set(values):
        return None
    return abs(abs(values["quantity"] * values["unit_price"]) - abs(values["line_total"])) <= _TOLERANCE
