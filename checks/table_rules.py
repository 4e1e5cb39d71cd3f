"""Check the rows of tax tables and line items, each row by itself and all rows added up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from checks.amount_rules import adjustments, field_term
from checks.arithmetic import (
    CENT,
    HALF_CENT,
    Cells,
    Term,
    figures_finding,
    rounding_of_sum,
    sum_finding,
    term,
    with_optional,
)
from checks.rule_names import Rule
from schemas.results import FieldPath, Finding, Outcome

_HUNDRED = Decimal(100)
TAX_ROUNDING = Decimal("0.02")
"""Tax and base are both rounded, and some suppliers always round up."""
MAX_ROUNDING_SHARE = Decimal("0.005")
"""The share of a line's amount that rounded factors explain; with more, a lost digit of a cheap line would pass."""


class Rows:
    """The rows of one array, and the figures in the columns whose roles are known."""

    def __init__(self, array: str, columns: Mapping[str, str], cells: Cells) -> None:
        """Select the rows of an array.

        Args:
            array: its name.
            columns: the column of each role.
            cells: the cells that have a value.
        """
        self.numbers = sorted({int(path[1]) for path in cells if path[0] == array and len(path) == 3})
        """Numbers of the rows that have a value, from 0."""
        self._columns = columns
        self._array = array
        self._cells = cells

    def figure(self, number: int, role: str) -> Term | None:
        """Return one figure of a row."""
        path: FieldPath | None = (self._array, number, self._columns[role]) if role in self._columns else None
        return term(self._cells, path)

    def figures(self, role: str) -> list[Term]:
        """Return the figures of a column; none if one is missing, since the rest would not add up."""
        found = [self.figure(number, role) for number in self.numbers]
        complete = [part for part in found if part]
        return complete if len(complete) == len(found) else []


def tax_rows(rows: Rows, lines: int) -> Iterator[Finding]:
    """Check that rate x base = tax in each row.

    Args:
        rows: the table of taxes.
        lines: how many line items there are; the tax may have been rounded in each.
    """
    for number in rows.numbers:
        rate, base, tax = (rows.figure(number, role) for role in ("tax_rate", "tax_base", "tax_amount"))
        if not (rate and base and tax):
            continue
        shares = [rate.value / _HUNDRED, *([rate.value] if abs(rate.value) < 1 else [])]  # 19, or 0.19 for 19%
        share = min(shares, key=lambda share: abs(base.value * share - tax.value))
        yield figures_finding(
            Rule.TAX_ROW,
            tax,
            (rate.path, base.path),
            f"{(share * _HUNDRED).normalize():f}% of {base.value}",
            base.value * share,
            TAX_ROUNDING + HALF_CENT * lines,
            trivial=tax.value == 0,
        )


def tax_sums(rows: Rows, names: Mapping[str, str], cells: Cells) -> Iterator[Finding]:
    """Check that the taxes add up to the total tax, and their bases to the net total."""
    for column, role, rule in (
        ("tax_amount", "total_tax", Rule.TAXES_SUM),
        ("tax_base", "total_net", Rule.TAX_BASES_SUM),
    ):
        stated, terms = field_term(names, cells, role), rows.figures(column)
        if stated and terms:
            terms = with_optional(stated, terms, adjustments(names, cells) if column == "tax_base" else [])
            yield sum_finding(rule, stated, terms, rounding_of_sum(len(terms)))


def line_rows(rows: Rows) -> Iterator[Finding]:
    """Check that quantity x price, less any discount, is the line's amount in each row."""
    for number in rows.numbers:
        line, quantity, price = (rows.figure(number, role) for role in ("line_total", "quantity", "unit_price"))
        if line and quantity and price:
            yield _line(line, quantity, price, rows.figure(number, "discount"), rows.figure(number, "tax_rate"))


def _line(line: Term, quantity: Term, price: Term, discount: Term | None, rate: Term | None) -> Finding:
    """Compare a line's amount with the formula that comes closest to it.

    Discounts are percentages, or amounts per line or unit, or already in the price; amounts may include the tax.
    """
    product = quantity.value * price.value
    written = f"{quantity.value} x {price.value}"
    ways: list[tuple[Decimal, str, tuple[FieldPath, ...]]] = [(product, written, ())]
    if discount and discount.value:
        off = abs(discount.value)
        ways += [
            (product * (1 - off / _HUNDRED), f"{written} - {off}%", (discount.path,)),
            (product - off.copy_sign(product), f"{written} - {off}", (discount.path,)),
            (product - off * quantity.value, f"{quantity.value} x ({price.value} - {off})", (discount.path,)),
        ]
    if rate and rate.value:
        with_tax = 1 + rate.value / _HUNDRED
        ways += [
            (value * with_tax, f"({text}) + {rate.value}% tax", (*paths, rate.path)) for value, text, paths in ways
        ]
    computed, formula, more = min(ways, key=lambda way: abs(way[0] - line.value))
    return figures_finding(
        Rule.LINE,
        line,
        (quantity.path, price.path, *more),
        formula,
        computed,
        _rounding_of_product(quantity.value, price.value, line.value),
        trivial=quantity.value == 1 or line.value == 0,
    )


def _rounding_of_product(quantity: Decimal, price: Decimal, line: Decimal) -> Decimal:
    """Return how far the amount may be from the product of two rounded factors.

    For example, 1.33 hours are 1 h 20 min, and 8.39 is 9.99 less tax.
    """
    rounded = CENT + abs(quantity) * _half_of_last_decimal(price) + abs(price) * _half_of_last_decimal(quantity)
    return max(CENT * 2, min(rounded, abs(line) * MAX_ROUNDING_SHARE))


def _half_of_last_decimal(value: Decimal) -> Decimal:
    exponent = int(value.as_tuple().exponent)
    return Decimal(5).scaleb(exponent - 1) if exponent < 0 else Decimal(0)


def line_sum(rows: Rows, names: Mapping[str, str], cells: Cells) -> Iterator[Finding]:
    """Check that the lines add up to the net total or, if they include the tax, to the total.

    Without a net total or a tax the sum can confirm a total but not contradict it: the lines may be net.
    """
    lines = rows.figures("line_total")
    net, tax, gross = (field_term(names, cells, role) for role in ("total_net", "total_tax", "total_gross"))
    if not lines:
        return
    between = adjustments(names, cells)
    findings = [
        sum_finding(Rule.LINES_SUM, stated, terms, rounding_of_sum(len(terms)))
        for stated, optional in ((net, between), (gross, [*between, tax] if tax else between))
        if stated
        for terms in [with_optional(stated, lines, optional)]
    ]
    passed = [finding for finding in findings if finding.outcome is Outcome.PASSED]
    if passed or net or tax:
        yield from (passed or findings)[:1]
