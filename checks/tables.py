"""What the rows of tables say: the table of taxes and the line items, each by itself and added up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from checks.names import Rule
from checks.sums import CENT, HALF_CENT, Cells, Term, figures_finding, rounding_of_sum, sum_finding, term, with_optional
from checks.totals import adjustments, of
from schemas.results import FieldPath, Finding, Outcome

HUNDRED = Decimal(100)
TAX_ROUNDING = Decimal("0.02")
"""Tax and base are both rounded, and some round up whatever remains."""
MAX_SHARE = Decimal("0.005")
"""Of a line's amount: rounded factors explain no more than this, or a lost digit of a cheap line would pass too."""


class Rows:
    """The rows of one array: how many there are, and the figures in the columns that have a meaning."""

    def __init__(self, array: str, meanings: Mapping[str, str], cells: Cells) -> None:
        self.numbers = sorted({int(path[1]) for path in cells if path[0] == array and len(path) == 3})
        """From 0; rows without any value are none."""
        self.meanings = meanings
        self._array = array
        self._cells = cells

    def at(self, number: int, meaning: str) -> Term | None:
        """One figure."""
        path: FieldPath | None = (self._array, number, self.meanings[meaning]) if meaning in self.meanings else None
        return term(self._cells, path)

    def column(self, meaning: str) -> list[Term]:
        """The figures of all rows; empty when one is missing: then there is nothing to add up."""
        found = [self.at(number, meaning) for number in self.numbers]
        complete = [part for part in found if part]
        return complete if len(complete) == len(found) else []


def tax_rows(rows: Rows, lines: int) -> Iterator[Finding]:
    """Rate x base = tax in each row.

    Args:
        lines: how many line items there are; the tax may have been rounded in each.
    """
    for number in rows.numbers:
        rate, base, tax = (rows.at(number, meaning) for meaning in ("rate", "base", "tax"))
        if not (rate and base and tax):
            continue
        shares = [rate.value / HUNDRED, *([rate.value] if abs(rate.value) < 1 else [])]  # 19, or 0.19 for 19%
        share = min(shares, key=lambda share: abs(base.value * share - tax.value))
        yield figures_finding(
            Rule.TAX_ROW,
            tax,
            (rate.path, base.path),
            f"{(share * HUNDRED).normalize():f}% of {base.value}",
            base.value * share,
            TAX_ROUNDING + HALF_CENT * lines,
            trivial=tax.value == 0,
        )


def tax_sums(rows: Rows, fields: Mapping[str, str], cells: Cells) -> Iterator[Finding]:
    """The taxes add up to the total tax, their bases to the net total."""
    for column, meaning, rule in (("tax", "tax", Rule.TAXES_SUM), ("base", "net", Rule.TAX_BASES_SUM)):
        stated, terms = of(fields, cells, meaning), rows.column(column)
        if stated and terms:
            terms = with_optional(stated, terms, adjustments(fields, cells) if column == "base" else [])
            yield sum_finding(rule, stated, terms, rounding_of_sum(len(terms)))


def line_rows(rows: Rows) -> Iterator[Finding]:
    """Quantity x price, less the discount where there is one, = the line's amount in each row."""
    for number in rows.numbers:
        line, quantity, price = (rows.at(number, meaning) for meaning in ("line_total", "quantity", "unit_price"))
        if line and quantity and price:
            yield _line(line, quantity, price, rows.at(number, "discount"), rows.at(number, "rate"))


def _line(line: Term, quantity: Term, price: Term, discount: Term | None, rate: Term | None) -> Finding:
    """Discounts come in percent, for the line or for one unit, or are in the price already; amounts with tax or not."""
    product = quantity.value * price.value
    written = f"{quantity.value} x {price.value}"
    ways: list[tuple[Decimal, str, tuple[FieldPath, ...]]] = [(product, written, ())]
    if discount and discount.value:
        off = abs(discount.value)
        ways += [
            (product * (1 - off / HUNDRED), f"{written} - {off}%", (discount.path,)),
            (product - off.copy_sign(product), f"{written} - {off}", (discount.path,)),
            (product - off * quantity.value, f"{quantity.value} x ({price.value} - {off})", (discount.path,)),
        ]
    if rate and rate.value:
        with_tax = 1 + rate.value / HUNDRED
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
    """Factors with decimals may be rounded by half of their last one: 1.33 hours are 1 h 20, 8.39 is 9.99 less tax."""
    rounded = CENT + abs(quantity) * _half_of_last_decimal(price) + abs(price) * _half_of_last_decimal(quantity)
    return max(CENT * 2, min(rounded, abs(line) * MAX_SHARE))


def _half_of_last_decimal(value: Decimal) -> Decimal:
    exponent = int(value.as_tuple().exponent)
    return Decimal(5).scaleb(exponent - 1) if exponent < 0 else Decimal(0)


def line_sum(rows: Rows, fields: Mapping[str, str], cells: Cells) -> Iterator[Finding]:
    """The lines add up to the net total or, where they have the tax in them, to the total.

    Without a net total and a tax the sum can confirm a total but not contradict it: the lines may be net.
    """
    lines = rows.column("line_total")
    net, tax, gross = (of(fields, cells, meaning) for meaning in ("net", "tax", "gross"))
    if not lines:
        return
    between = adjustments(fields, cells)
    findings = [
        sum_finding(Rule.LINES_SUM, stated, terms, rounding_of_sum(len(terms)))
        for stated, optional in ((net, between), (gross, [*between, tax] if tax else between))
        if stated
        for terms in [with_optional(stated, lines, optional)]
    ]
    passed = [finding for finding in findings if finding.outcome is Outcome.PASSED]
    if passed or net or tax:
        yield from (passed or findings)[:1]
