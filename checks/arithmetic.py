"""Arithmetic that the rules share: figures, tolerances, and findings that show figures."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from checks.rule_names import Rule
from schemas.results import Cell, FieldPath, Finding, Outcome

CENT = Decimal("0.01")
"""Amounts are printed in hundredths; two that are computed separately may be rounded differently."""
HALF_CENT = CENT / 2
"""The most that rounding changes one amount."""
MAX_SHOWN_TERMS = 4
"""Longer sums are reported by their number of values, so that a message fits on one line."""
MAX_FIGURE = Decimal(10) ** 15
"""Larger figures are not amounts, and their products would not be exact."""

Cells = Mapping[FieldPath, Cell]
"""The cells that have a value."""


class Term(NamedTuple):
    """The figure of one cell in a sum; `value` may have the opposite sign of the cell's."""

    path: FieldPath
    value: Decimal


def term(cells: Cells, path: FieldPath | None) -> Term | None:
    """Return the figure of a cell.

    Returns None if the field was not requested, has no value or is not a number.
    """
    cell = cells.get(path) if path else None
    if cell is None or isinstance(cell.value, bool) or not isinstance(cell.value, int | Decimal):
        return None
    value = Decimal(cell.value)
    return Term(cell.path, value) if value.is_finite() and abs(value) < MAX_FIGURE else None


def rounding_of_sum(count: int) -> Decimal:
    """Return how far `count` printed amounts may be from their printed sum.

    Each amount is rounded separately.
    """
    return max(CENT, HALF_CENT * count)


def total_of(terms: Sequence[Term]) -> Decimal:
    """Return the exact sum."""
    return sum((part.value for part in terms), Decimal(0))


def with_optional(stated: Term, terms: Sequence[Term], optional: Sequence[Term]) -> list[Term]:
    """Add those optional terms that bring the sum closest to the stated one.

    If several choices tie, the fewest terms are added. Suppliers differ in whether a subtotal already includes shipping
    or a discount. Takes 2 ** len(optional) steps.
    """
    choices = [
        [*terms, *chosen] for count in range(len(optional) + 1) for chosen in itertools.combinations(optional, count)
    ]
    return min(choices, key=lambda choice: abs(total_of(choice) - stated.value))


def sum_finding(rule: Rule, stated: Term, terms: Sequence[Term], tolerance: Decimal) -> Finding:
    """Check that the terms add up to the stated figure.

    One term and zeros would pass without proving anything.
    """
    trivial = sum(part.value != 0 for part in terms) < 2
    return figures_finding(
        rule, stated, [part.path for part in terms], _written(terms), total_of(terms), tolerance, trivial
    )


def figures_finding(
    rule: Rule,
    stated: Term,
    others: Sequence[FieldPath],
    formula: str,
    computed: Decimal,
    tolerance: Decimal,
    trivial: bool = False,
) -> Finding:
    """Check that a computed figure equals the stated one.

    Args:
        rule: the rule that is applied.
        stated: the figure on the document.
        others: the cells that the other figure was computed from.
        formula: the computation as the message shows it.
        computed: its result.
        tolerance: the largest difference that still passes.
        trivial: whether a pass would prove little.
    """
    difference = computed - stated.value
    holds = abs(difference) <= tolerance
    if holds:
        rounded = f" (rounded by {plain(abs(difference))})" if difference else ""
        message = f"{formula} = {stated.value}{rounded}"
    else:
        message = f"{formula} = {plain(computed)}, but {stated.value} is stated (difference {plain(abs(difference))})"
    outcome = Outcome.PASSED if holds else Outcome.FAILED
    return Finding(rule, outcome, (stated.path, *others), message, trivial and holds)


def plain(value: Decimal) -> str:
    """Write a figure with two decimals, or up to four if it has them.

    >>> plain(Decimal("15.000")), plain(Decimal("0.125")), plain(Decimal("1E+2"))
    ('15.00', '0.125', '100.00')
    """
    places = max(2, -int(value.normalize().as_tuple().exponent))
    return f"{value:.{min(places, 4)}f}"


def _written(terms: Sequence[Term]) -> str:
    if len(terms) > MAX_SHOWN_TERMS:
        return f"sum of {len(terms)} values"
    first, *rest = terms
    return str(first.value) + "".join(f" {'-' if t.value < 0 else '+'} {abs(t.value)}" for t in rest)
