"""Count judged cells and rows, and compute shares; a share of nothing is None."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from service.evaluation.judging import CellVerdict, JudgedCell, JudgedRows

THRESHOLDS = (0.0, 0.5, 0.8, 0.9, 0.95, 0.99)
"""Confidences from which cells might be accepted without review; the first accepts every cell."""


@dataclass(frozen=True, slots=True)
class CellCounts:
    """Number of cells with each verdict.

    `located` counts the right cells whose true place is known, `placed` those of them that were found there.
    """

    right: int
    close: int
    wrong: int
    missed: int
    invented: int
    empty: int
    located: int
    placed: int

    @property
    def n(self) -> int:
        """Number of values that the truth has."""
        return self.right + self.close + self.wrong + self.missed

    @property
    def given(self) -> int:
        """Number of values that the answers have."""
        return self.right + self.close + self.wrong + self.invented

    @property
    def precision(self) -> float | None:
        """Share of the given values that are right."""
        return share(self.right, self.given)

    @property
    def recall(self) -> float | None:
        """Share of the true values that were given and are right."""
        return share(self.right, self.n)

    @property
    def f1(self) -> float | None:
        """Harmonic mean of precision and recall."""
        return share(2 * self.right, self.n + self.given)

    @property
    def close_f1(self) -> float | None:
        """F1 if close values counted as right."""
        return share(2 * (self.right + self.close), self.n + self.given)

    @property
    def invention_rate(self) -> float | None:
        """Share of the absent fields that were given a value."""
        return share(self.invented, self.invented + self.empty)

    @property
    def right_place(self) -> float | None:
        """Share of the right values with a known place that were found at that place."""
        return share(self.placed, self.located)


def count_cells(cells: Iterable[JudgedCell]) -> CellCounts:
    """Count cells by their verdicts."""
    kept = list(cells)
    counts = Counter(cell.verdict for cell in kept)
    places = [cell.right_place for cell in kept if cell.right_place is not None]
    return CellCounts(
        right=counts[CellVerdict.RIGHT],
        close=counts[CellVerdict.CLOSE],
        wrong=counts[CellVerdict.WRONG],
        missed=counts[CellVerdict.MISSED],
        invented=counts[CellVerdict.INVENTED],
        empty=counts[CellVerdict.EMPTY],
        located=len(places),
        placed=sum(places),
    )


@dataclass(frozen=True, slots=True)
class RowCounts:
    """Number of rows of one array over all documents; see `JudgedRows`."""

    true: int
    given: int
    found: int
    exact: int

    @property
    def f1(self) -> float | None:
        """F1 of the rows that were found."""
        return share(2 * self.found, self.true + self.given)

    @property
    def exact_f1(self) -> float | None:
        """F1 if only rows without a mistake counted as found."""
        return share(2 * self.exact, self.true + self.given)


def count_rows(rows: Iterable[JudgedRows]) -> RowCounts:
    """Add up the rows of several documents."""
    kept = list(rows)
    return RowCounts(
        sum(r.true for r in kept), sum(r.given for r in kept), sum(r.found for r in kept), sum(r.exact for r in kept)
    )


class Acceptance(NamedTuple):
    """The effect of accepting all cells from some confidence on."""

    threshold: float
    accepted: int
    share: float | None
    """Share of all given cells."""
    precision: float | None
    mistakes: int
    """Accepted cells that are not right."""


def acceptances(cells: Iterable[JudgedCell], thresholds: Sequence[float] = THRESHOLDS) -> list[Acceptance]:
    """Return one line for each threshold, over all cells that have a value in the answer."""
    given = [(c.cell.confidence, c.verdict is CellVerdict.RIGHT) for c in cells if c.cell and c.cell.value is not None]
    lines = []
    for threshold in thresholds:
        accepted = [right for confidence, right in given if confidence >= threshold]
        count, right = len(accepted), sum(accepted)
        lines.append(Acceptance(threshold, count, share(count, len(given)), share(right, count), count - right))
    return lines


_SEVERITY = {CellVerdict.WRONG: 0, CellVerdict.INVENTED: 0, CellVerdict.MISSED: 1, CellVerdict.CLOSE: 2}


def worst(cells: Iterable[JudgedCell]) -> list[JudgedCell]:
    """Return the mistakes: wrong and invented ones by confidence, then missed, then close."""
    mistakes = [cell for cell in cells if cell.verdict in _SEVERITY]
    return sorted(mistakes, key=lambda c: (_SEVERITY[c.verdict], -(c.cell.confidence if c.cell else 0.0)))


def share(part: int, whole: int) -> float | None:
    """Divide, or return None if the whole is 0."""
    return part / whole if whole else None
