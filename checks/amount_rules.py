"""Check that the totals of a document add up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from checks.arithmetic import CENT, Cells, Term, sum_finding, term, with_optional
from checks.rule_names import Rule
from schemas.results import Finding

COIN = Decimal("0.05")
"""The smallest coin where cash totals are rounded: Switzerland, the Netherlands, Sweden, Malaysia, Canada."""
CASH_ROUNDING = Decimal("0.02")
"""The most that rounding to whole coins changes a total printed in cents."""
_ADDED = ("shipping_cost", "surcharge", "tip", "rounding")
_TAKEN_OFF = ("discount", "withholding")


def totals(names: Mapping[str, str], cells: Cells) -> Iterator[Finding]:
    """Check that net + tax = total, and that total - paid + balance forward = amount due.

    Args:
        names: the field of each role.
        cells: the cells that have a value.
    """
    net, tax, gross, due, paid, forward = (
        field_term(names, cells, role)
        for role in ("total_net", "total_tax", "total_gross", "amount_due", "amount_paid", "balance_forward")
    )
    if net and tax and gross:
        terms = with_optional(gross, [net, tax], adjustments(names, cells))
        yield sum_finding(Rule.TOTAL, gross, terms, _rounding(gross))
    settled = [part for part in (_negative(paid), forward) if part]
    if due and gross and settled and due.path != gross.path:
        terms = with_optional(due, [gross, *settled], adjustments(names, cells))
        yield sum_finding(Rule.AMOUNT_DUE, due, terms, _rounding(due))


def adjustments(names: Mapping[str, str], cells: Cells) -> list[Term]:
    """Return what may lie between a subtotal and a total, with its sign in the sum.

    Zeros are left out. Deductions are printed with or without a minus.
    """
    added = [field_term(names, cells, role) for role in _ADDED]
    taken_off = [_negative(field_term(names, cells, role)) for role in _TAKEN_OFF]
    return [part for part in (*added, *taken_off) if part and part.value]


def field_term(names: Mapping[str, str], cells: Cells, role: str) -> Term | None:
    """Return the figure of the field that has a role."""
    return term(cells, (names[role],) if role in names else None)


def _negative(part: Term | None) -> Term | None:
    return Term(part.path, -abs(part.value)) if part else None


def _rounding(stated: Term) -> Decimal:
    return CASH_ROUNDING if stated.value % COIN == 0 else CENT
