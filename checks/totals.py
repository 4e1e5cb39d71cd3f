"""How the totals of a document hang together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from checks.names import Rule
from checks.sums import CENT, Cells, Term, sum_finding, term, with_optional
from schemas.results import Finding

COIN = Decimal("0.05")
"""The smallest coin where totals are rounded for cash: Switzerland, the Netherlands, Sweden, Malaysia, Canada."""
CASH_ROUNDING = Decimal("0.02")
"""What rounding to whole coins takes from or adds to a total in cents at most."""
_ADDED = ("ship", "charge", "tip")
_TAKEN_OFF = ("discount", "withholding")


def totals(meanings: Mapping[str, str], cells: Cells) -> Iterator[Finding]:
    """Net + tax = total, and total - paid + balance forward = amount due."""
    net, tax, gross, due, paid, forward = (
        of(meanings, cells, meaning) for meaning in ("net", "tax", "gross", "due", "paid", "forward")
    )
    if net and tax and gross:
        terms = with_optional(gross, [net, tax], adjustments(meanings, cells))
        yield sum_finding(Rule.TOTAL, gross, terms, _rounding(gross))
    settled = [part for part in (_negative(paid), forward) if part]
    if due and gross and settled and due.path != gross.path:
        terms = with_optional(due, [gross, *settled], adjustments(meanings, cells))
        yield sum_finding(Rule.AMOUNT_DUE, due, terms, _rounding(due))


def adjustments(meanings: Mapping[str, str], cells: Cells) -> list[Term]:
    """What may stand between a subtotal and a total, signed as it enters the sum; zeros left out.

    Deductions are printed with a minus or without one.
    """
    added = [of(meanings, cells, meaning) for meaning in (*_ADDED, "rounding")]
    taken_off = [_negative(of(meanings, cells, meaning)) for meaning in _TAKEN_OFF]
    return [part for part in (*added, *taken_off) if part and part.value]


def of(meanings: Mapping[str, str], cells: Cells, meaning: str) -> Term | None:
    """The figure of the single field that has a meaning."""
    return term(cells, (meanings[meaning],) if meaning in meanings else None)


def _negative(part: Term | None) -> Term | None:
    return Term(part.path, -abs(part.value)) if part else None


def _rounding(stated: Term) -> Decimal:
    return CASH_ROUNDING if stated.value % COIN == 0 else CENT
