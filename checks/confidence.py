"""What findings say about the confidence of the cells that they looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from checks.names import Rule
from schemas.results import Cell, FieldPath, Finding, Outcome


class Odds(NamedTuple):
    """By what a rule multiplies the odds that a cell is right."""

    passed: float
    failed: float


TRIVIAL = 1.1
"""For a pass that proves little: that no rule contradicts is worth something."""
ODDS = {
    Rule.TOTAL: Odds(8.0, 0.3),  # three figures agree to the cent by chance only once in thousands
    Rule.AMOUNT_DUE: Odds(6.0, 0.4),  # as above, but one of the parts is often not printed
    Rule.TAXES_SUM: Odds(6.0, 0.4),  # a row that was not found makes it fail for rows that are right
    Rule.TAX_BASES_SUM: Odds(6.0, 0.5),  # as above, and exempt bases are often left out
    Rule.TAX_ROW: Odds(8.0, 0.3),  # three figures of one row
    Rule.LINE: Odds(6.0, 0.4),  # prices by the hundred and unprinted discounts also fail
    Rule.LINES_SUM: Odds(8.0, 0.6),  # one wrong cell among many makes it fail for all
    Rule.DUE_DATE: Odds(1.3, 0.4),  # half of all wrong dates pass
    Rule.DELIVERY_DATE: Odds(1.1, 0.4),  # nearly all wrong dates pass
    Rule.IBAN: Odds(8.0, 0.5),  # one wrong number in 97 passes; specimens print invented numbers
    Rule.BIC: Odds(1.3, 0.5),  # the form has no check digit
    Rule.VAT: Odds(5.0, 0.5),  # one wrong number in about ten passes; specimens as above
    Rule.REGISTRATION: Odds(5.0, 0.5),  # as above
    Rule.CURRENCY: Odds(2.0, 0.4),  # one sign serves several currencies
}  # fmt: skip
"""Set by judgement, to be fitted on documents with a known truth."""


def confirm(cells: Sequence[Cell], findings: Sequence[Finding]) -> list[Cell]:
    """The cells in the same order, their confidence raised by rules that passed and lowered by rules that failed.

    Rules that look at the same cell share their errors, so of each cell only the strongest pass and the strongest
    failure count. A cell without a value keeps its confidence, and so does one that no rule looked at.
    """
    raised: dict[FieldPath, float] = {}
    lowered: dict[FieldPath, float] = {}
    for finding in findings:
        odds = ODDS[Rule(finding.rule)]
        for path in finding.paths:
            if finding.outcome is Outcome.FAILED:
                lowered[path] = min(lowered.get(path, 1.0), odds.failed)
            else:
                factor = min(TRIVIAL, odds.passed) if finding.trivial else odds.passed
                raised[path] = max(raised.get(path, 1.0), factor)
    return [_adjusted(cell, raised.get(cell.path, 1.0) * lowered.get(cell.path, 1.0)) for cell in cells]


def _adjusted(cell: Cell, factor: float) -> Cell:
    if cell.value is None or factor == 1.0:
        return cell
    right = cell.confidence * factor
    return replace(cell, confidence=round(right / (right + 1.0 - cell.confidence), 4))
