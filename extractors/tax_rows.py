"""Taxes by rate: each rate that is printed, with the amounts of which rate x base = tax."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from extractors.candidates import Candidate
from extractors.evidence import Evidence
from extractors.reading import Reading
from extractors.roles import COLUMN_ROLES, HEADER_ROLES, role_of
from extractors.scoring import Choice, RowOfChoices, choice_of, scored
from schemas.fields import Field, FieldType
from schemas.vocabulary import Kind, meaning, name_meaning

ROUNDING = Decimal("0.02")
"""Most by which rate x base may differ from the tax that is printed."""
MAX_RATE = 50
"""Per cent; no country taxes sales higher."""
LEAST_SUPPORT = 2
"""Of `_support`: that three numbers fit is often chance among many small amounts."""
MOST_AMOUNTS = 60
"""Amounts that are tried as base and tax; pages with more are lists, and their taxes stand beside their rates."""
_TAX_ROLE = next(role for role in HEADER_ROLES if role.name == "total_tax")


class _Columns(NamedTuple):
    """Names of the schema's columns, where it has them."""

    rate: str | None
    base: str | None
    tax: str | None


def tax_rows(evidence: Evidence, children: Sequence[Field]) -> list[RowOfChoices]:
    """One row for each rate near the word tax; where no rate is printed, one with the totals."""
    reading, totals = evidence.reading, evidence.totals
    columns = _columns(children)
    rows: list[RowOfChoices] = []
    seen: set[Decimal] = set()
    for rate in _rates(reading):
        if not isinstance(rate.value, Decimal) or rate.value in seen:
            continue
        seen.add(rate.value)
        base, tax = _beside(reading, rate)
        if base is None or tax is None:
            base, tax = _anywhere(reading, rate, tax, totals)
        cells = {columns.rate: rate, columns.base: base, columns.tax: tax}
        rows.append({name: choice_of(c, 0.8) for name, c in cells.items() if name and c})
    if not rows and (tax_total := totals.get("total_tax")):
        found = {columns.base: totals.get("total_net"), columns.tax: tax_total}
        rows = [{name: choice for name, choice in found.items() if name and choice}]
    return [row for row in rows if len(row) > 1 or columns.rate not in row]


def _columns(children: Sequence[Field]) -> _Columns:
    named = {c.name: role_of(c, COLUMN_ROLES) for c in children}
    rate = next((n for n, r in named.items() if r and r.name == "tax_rate"), None)
    base = next((c.name for c in children if c.name != rate and _is_base(c)), None)
    tax = next((c.name for c in children if c.name not in (rate, base) and c.type is not FieldType.STRING), None)
    return _Columns(rate, base, tax)


def _is_base(child: Field) -> bool:
    about = name_meaning(child.name, child.description or "").concepts
    return "net" in about or child.name.casefold().endswith(("base", "basis"))


def _rates(reading: Reading) -> list[Candidate]:
    """Percentages that are about tax, those on lines of totals before those on lines of items."""
    percents = reading.candidates.by_kind[Kind.PERCENT]
    rows_with_sign = {rate.cell.row for rate in percents}
    found: list[tuple[bool, Candidate]] = []
    for rate in [*percents, *reading.candidates.by_kind[Kind.NUMBER]]:
        labels = frozenset[str]().union(*(label.meaning.concepts for label in reading.labels.of(rate)))
        about = meaning(reading.grid.rows[rate.cell.row].text).concepts | labels
        plain = rate.kind is Kind.NUMBER and ("percent" not in labels or rate.cell.row in rows_with_sign)
        if "tax" in about and isinstance(rate.value, Decimal) and not plain and 0 <= rate.value <= MAX_RATE:
            found.append((_is_item_row(about), rate))
    return [rate for _, rate in sorted(found, key=lambda f: f[0])]


def _is_item_row(about: frozenset[str]) -> bool:
    return bool(about & {"quantity", "unit", "description"}) and not about & {"total", "net"}


def _amounts(reading: Reading) -> list[Candidate]:
    return [a for a in reading.candidates.by_kind[Kind.AMOUNT] if a.decimals == 2 and isinstance(a.value, Decimal)]


def _beside(reading: Reading, rate: Candidate) -> tuple[Candidate | None, Candidate | None]:
    """Base and tax in the rate's own row."""
    amounts = [
        a for a in _amounts(reading) if a.cell.row == rate.cell.row and (a.cell, a.start) != (rate.cell, rate.start)
    ]
    for base, tax in itertools.permutations(amounts, 2):
        if _fits(rate, base, tax):
            return base, tax
    return None, amounts[0] if len(amounts) == 1 and not _is_item_line(reading, rate) else None


def _is_item_line(reading: Reading, rate: Candidate) -> bool:
    labels = frozenset[str]().union(*(label.meaning.concepts for label in reading.labels.of(rate)))
    return _is_item_row(meaning(reading.grid.rows[rate.cell.row].text).concepts | labels)


def _fits(rate: Candidate, base: Candidate, tax: Candidate) -> bool:
    if not (isinstance(rate.value, Decimal) and isinstance(base.value, Decimal) and isinstance(tax.value, Decimal)):
        return False
    return bool(base.value) and abs(base.value * rate.value / 100 - tax.value) <= ROUNDING


def _anywhere(
    reading: Reading, rate: Candidate, tax: Candidate | None, totals: dict[str, Choice]
) -> tuple[Candidate | None, Candidate | None]:
    """Base and tax wherever they stand, if more than arithmetic speaks for them; `tax` if it is known already."""
    printed: dict[Decimal, Candidate] = {}
    for amount in _amounts(reading):
        if isinstance(amount.value, Decimal) and amount.value:
            printed[amount.value] = amount  # the last one: sums stand below
    amounts = sorted(printed.values(), key=lambda a: -abs(a.value) if isinstance(a.value, Decimal) else 0)[
        :MOST_AMOUNTS
    ]
    about_tax = {id(c) for s, c in scored(reading, _TAX_ROLE) if s > 0.3}
    best: tuple[int, Candidate, Candidate] | None = None
    for base, other in itertools.permutations(amounts, 2):
        if _fits(rate, base, other) and (tax is None or tax.value == other.value):
            support = _support(rate, base, other, totals) + (id(other) in about_tax) + (tax is not None)
            if support >= LEAST_SUPPORT and (best is None or support > best[0]):
                best = (support, base, other)
    return (best[1], tax or best[2]) if best else (None, tax)


def _support(rate: Candidate, base: Candidate, tax: Candidate, totals: dict[str, Choice]) -> int:
    """What beside arithmetic speaks for base and tax."""
    net, total = totals.get("total_net"), totals.get("total_tax")
    return (
        (tax.cell.row == rate.cell.row)
        + (base.cell.row == tax.cell.row)
        + 2 * (net is not None and set(net.word_ids) & set(base.word_ids) != set())
        + 2 * (total is not None and set(total.word_ids) & set(tax.word_ids) != set())
    )
