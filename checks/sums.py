"""What all arithmetic rules share: figures of cells, how far a sum may be off, findings that show the figures."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from checks.names import Rule
from schemas.results import Cell, FieldPath, Finding, Outcome

CENT = Decimal("0.01")
"""Amounts are printed in hundredths; two that are computed apart may be rounded apart."""
HALF_CENT = CENT / 2
"""What rounding takes from or adds to one amount at most."""
SHOWN_TERMS = 4
"""Longer sums are told by their number of values: a message is one line."""

LIMIT = Decimal(10) ** 15
"""Larger figures are no amounts, and their products would not be exact."""

Cells = Mapping[FieldPath, Cell]
"""The cells that have a value."""


class Term(NamedTuple):
    """One cell's figure as it enters a sum; `value` may have another sign than the cell."""

    path: FieldPath
    value: Decimal


def term(cells: Cells, path: FieldPath | None) -> Term | None:
    """The figure of a cell; None where the field is not asked for, has no value or is no number."""
    cell = cells.get(path) if path else None
    if cell is None or isinstance(cell.value, bool) or not isinstance(cell.value, int | Decimal):
        return None
    value = Decimal(cell.value)
    return Term(cell.path, value) if value.is_finite() and abs(value) < LIMIT else None


def rounding_of_sum(count: int) -> Decimal:
    """How far a sum of `count` printed amounts may be from the printed sum: each is rounded by itself."""
    return max(CENT, HALF_CENT * count)


def total_of(terms: Sequence[Term]) -> Decimal:
    """The exact sum."""
    return sum((part.value for part in terms), Decimal(0))


def with_optional(stated: Term, terms: Sequence[Term], optional: Sequence[Term]) -> list[Term]:
    """The terms, and of the optional ones those that bring the sum closest to what is stated; the fewest of equals.

    Whether a subtotal already has shipping or a discount in it differs from supplier to supplier. Costs 2 ** optional.
    """
    choices = [
        [*terms, *chosen] for count in range(len(optional) + 1) for chosen in itertools.combinations(optional, count)
    ]
    return min(choices, key=lambda choice: abs(total_of(choice) - stated.value))


def sum_finding(rule: Rule, stated: Term, terms: Sequence[Term], tolerance: Decimal) -> Finding:
    """Whether the terms add up to what is stated. A sum of one term and zeros passes without proving anything."""
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
    """Whether a computed figure is the stated one.

    Args:
        others: the cells that it was computed from.
        formula: how, for the message.
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
    """A figure with two decimals, or more where it has them.

    >>> plain(Decimal("15.000")), plain(Decimal("0.125")), plain(Decimal("1E+2"))
    ('15.00', '0.125', '100.00')
    """
    places = max(2, -int(value.normalize().as_tuple().exponent))
    return f"{value:.{min(places, 4)}f}"


def _written(terms: Sequence[Term]) -> str:
    if len(terms) > SHOWN_TERMS:
        return f"sum of {len(terms)} values"
    first, *rest = terms
    return str(first.value) + "".join(f" {'-' if t.value < 0 else '+'} {abs(t.value)}" for t in rest)
