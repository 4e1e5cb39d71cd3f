"""Adjust the confidence of cells by the findings about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from checks.rule_names import Rule
from schemas.results import Cell, FieldPath, Finding, Outcome


class OddsFactors(NamedTuple):
    """The factors by which a rule multiplies the odds that a cell is right."""

    passed: float
    failed: float


TRIVIAL_FACTOR = 1.1
"""Factor for a pass that proves little: at least no rule contradicts the cell."""
ODDS_FACTORS = {
    Rule.TOTAL: OddsFactors(8.0, 0.3),  # three figures agree to the cent by chance only once in thousands
    Rule.AMOUNT_DUE: OddsFactors(6.0, 0.4),  # as above, but one of the parts is often not printed
    Rule.TAXES_SUM: OddsFactors(6.0, 0.4),  # if a row was not found, it fails for rows that are right
    Rule.TAX_BASES_SUM: OddsFactors(6.0, 0.5),  # as above, and exempt bases are often left out
    Rule.TAX_ROW: OddsFactors(8.0, 0.3),  # three figures of one row
    Rule.LINE: OddsFactors(6.0, 0.4),  # prices per hundred and unprinted discounts also make it fail
    Rule.LINES_SUM: OddsFactors(8.0, 0.6),  # one wrong cell among many makes it fail for all of them
    Rule.DUE_DATE: OddsFactors(1.3, 0.4),  # half of all wrong dates pass
    Rule.DELIVERY_DATE: OddsFactors(1.1, 0.4),  # nearly all wrong dates pass
    Rule.IBAN: OddsFactors(8.0, 0.5),  # one wrong number in 97 passes; specimens print invented numbers
    Rule.BIC: OddsFactors(1.3, 0.5),  # a BIC has no check digit
    Rule.VAT: OddsFactors(5.0, 0.5),  # one wrong number in about ten passes; specimens as above
    Rule.REGISTRATION: OddsFactors(5.0, 0.5),  # as above
    Rule.CURRENCY: OddsFactors(2.0, 0.4),  # several currencies share a sign
}  # fmt: skip
"""Set by judgement; to be fitted on documents whose right values are known."""


def confirm(cells: Sequence[Cell], findings: Sequence[Finding]) -> list[Cell]:
    """Raise the confidence of cells by rules that passed and lower it by rules that failed.

    Rules about the same cell share their errors, so for each cell only the strongest pass and the strongest failure
    count. A cell without a value, or without a finding, keeps its confidence.

    Args:
        cells: the cells of the answer.
        findings: what the rules say about them.

    Returns:
        The cells in the same order.
    """
    raised: dict[FieldPath, float] = {}
    lowered: dict[FieldPath, float] = {}
    for finding in findings:
        factors = ODDS_FACTORS[Rule(finding.rule)]
        for path in finding.paths:
            if finding.outcome is Outcome.FAILED:
                lowered[path] = min(lowered.get(path, 1.0), factors.failed)
            else:
                factor = min(TRIVIAL_FACTOR, factors.passed) if finding.trivial else factors.passed
                raised[path] = max(raised.get(path, 1.0), factor)
    return [_adjusted(cell, raised.get(cell.path, 1.0) * lowered.get(cell.path, 1.0)) for cell in cells]


def _adjusted(cell: Cell, factor: float) -> Cell:
    if cell.value is None or factor == 1.0:
        return cell
    right = cell.confidence * factor
    return replace(cell, confidence=round(right / (right + 1.0 - cell.confidence), 4))
