"""Counts and shares over judged cells and rows; a share of nothing is None."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from service.evaluation.scoring import JudgedCell, JudgedRows, Verdict

THRESHOLDS = (0.0, 0.5, 0.8, 0.9, 0.95, 0.99)
"""Confidences from which a cell might be accepted unseen; the first accepts every cell."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Cells by what became of them; `located` right ones have a known place, `placed` of them are there."""

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
        """Values that are on the page."""
        return self.right + self.close + self.wrong + self.missed

    @property
    def given(self) -> int:
        """Values that came."""
        return self.right + self.close + self.wrong + self.invented

    @property
    def precision(self) -> float | None:
        return share(self.right, self.given)

    @property
    def recall(self) -> float | None:
        return share(self.right, self.n)

    @property
    def f1(self) -> float | None:
        return share(2 * self.right, self.n + self.given)

    @property
    def close_f1(self) -> float | None:
        """F1 if close values were right."""
        return share(2 * (self.right + self.close), self.n + self.given)

    @property
    def invention_rate(self) -> float | None:
        """Of the fields that are not on the page, the share that was given a value."""
        return share(self.invented, self.invented + self.empty)

    @property
    def right_place(self) -> float | None:
        """Of the right values whose place is known, the share at that place."""
        return share(self.placed, self.located)


def tally(cells: Iterable[JudgedCell]) -> Tally:
    """Count cells."""
    kept = list(cells)
    counts = Counter(cell.verdict for cell in kept)
    places = [cell.right_place for cell in kept if cell.right_place is not None]
    return Tally(
        right=counts[Verdict.RIGHT],
        close=counts[Verdict.CLOSE],
        wrong=counts[Verdict.WRONG],
        missed=counts[Verdict.MISSED],
        invented=counts[Verdict.INVENTED],
        empty=counts[Verdict.EMPTY],
        located=len(places),
        placed=sum(places),
    )


@dataclass(frozen=True, slots=True)
class RowTally:
    """Rows of one array over all documents; see `JudgedRows`."""

    true: int
    given: int
    found: int
    exact: int

    @property
    def f1(self) -> float | None:
        return share(2 * self.found, self.true + self.given)

    @property
    def exact_f1(self) -> float | None:
        """F1 if only rows without any mistake were found."""
        return share(2 * self.exact, self.true + self.given)


def tally_rows(rows: Iterable[JudgedRows]) -> RowTally:
    """Add up."""
    kept = list(rows)
    return RowTally(
        sum(r.true for r in kept), sum(r.given for r in kept), sum(r.found for r in kept), sum(r.exact for r in kept)
    )


class Acceptance(NamedTuple):
    """What accepting all cells from a confidence on would mean."""

    threshold: float
    accepted: int
    share: float | None
    """Of the cells that came."""
    precision: float | None
    mistakes: int
    """Accepted cells that are not right."""


def acceptances(cells: Iterable[JudgedCell], thresholds: Sequence[float] = THRESHOLDS) -> list[Acceptance]:
    """One line for each threshold, over all cells that came and of which the truth says something."""
    given = [(c.cell.confidence, c.verdict is Verdict.RIGHT) for c in cells if c.cell and c.cell.value is not None]
    made = []
    for threshold in thresholds:
        accepted = [right for confidence, right in given if confidence >= threshold]
        count, right = len(accepted), sum(accepted)
        made.append(Acceptance(threshold, count, share(count, len(given)), share(right, count), count - right))
    return made


_ORDER = {Verdict.WRONG: 0, Verdict.INVENTED: 0, Verdict.MISSED: 1, Verdict.CLOSE: 2}


def worst(cells: Iterable[JudgedCell]) -> list[JudgedCell]:
    """Mistakes: wrong and invented values, the most confident first; then missed ones; then those that are close."""
    mistakes = [cell for cell in cells if cell.verdict in _ORDER]
    return sorted(mistakes, key=lambda c: (_ORDER[c.verdict], -(c.cell.confidence if c.cell else 0.0)))


def share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
