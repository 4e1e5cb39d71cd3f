"""Taxes by rate: each printed rate, with the amounts for which rate * base = tax."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from extractors.plan import PlannedField
from extractors.role_matching import HEADER_ROLES
from extractors.rules.candidates import TypedCandidate
from extractors.rules.page_facts import PageFacts
from extractors.rules.scoring import ScoredRow, ScoredText, scored_candidates, scored_text
from extractors.rules.totals import pick_totals
from schemas.fields import FieldType
from schemas.vocabulary import Kind, meaning, name_meaning

MAX_ROUNDING = Decimal("0.02")
"""Maximum difference between rate * base and the printed tax."""
MAX_RATE_PERCENT = 50
"""No country taxes sales at a higher rate."""
MIN_SUPPORT = 2
"""Minimum result of `_support`, because three of many small amounts often fit by chance."""
MAX_AMOUNTS = 60
"""Maximum amounts tried as base and tax; a page with more is a list, and prints its taxes next to their rates."""
_TAX_ROLE = next(role for role in HEADER_ROLES if role.name == "total_tax")


class _TaxColumns(NamedTuple):
    """Names of the schema's columns, or None for a column it lacks."""

    rate: str | None
    base: str | None
    tax: str | None


def tax_rows(facts: PageFacts, children: Sequence[PlannedField]) -> list[ScoredRow]:
    """Return one row per rate near the word tax, or one row of totals if no rate is printed."""
    totals = pick_totals(facts)
    columns = _columns(children)
    rows: list[ScoredRow] = []
    seen: set[Decimal] = set()
    for rate in _rates(facts):
        if not isinstance(rate.value, Decimal) or rate.value in seen:
            continue
        seen.add(rate.value)
        base, tax = _in_same_row(facts, rate)
        if base is None or tax is None:
            base, tax = _anywhere(facts, rate, tax, totals)
        cells = {columns.rate: rate, columns.base: base, columns.tax: tax}
        rows.append({name: scored_text(c, 0.8) for name, c in cells.items() if name and c})
    if not rows and (tax_total := totals.get("total_tax")):
        found = {columns.base: totals.get("total_net"), columns.tax: tax_total}
        rows = [{name: choice for name, choice in found.items() if name and choice}]
    return [row for row in rows if len(row) > 1 or columns.rate not in row]


def _columns(children: Sequence[PlannedField]) -> _TaxColumns:
    rate = next((c.name for c in children if c.column_role and c.column_role.name == "tax_rate"), None)
    base = next((c.name for c in children if c.name != rate and _is_base(c)), None)
    tax = next((c.name for c in children if c.name not in (rate, base) and c.type is not FieldType.STRING), None)
    return _TaxColumns(rate, base, tax)


def _is_base(child: PlannedField) -> bool:
    about = name_meaning(child.name, child.field.description or "").concepts
    return "net" in about or child.name.casefold().endswith(("base", "basis"))


def _rates(facts: PageFacts) -> list[TypedCandidate]:
    """Return percentages about tax, those in rows of totals before those in rows of items."""
    percents = facts.candidates.by_kind[Kind.PERCENT]
    rows_with_sign = {rate.cell.row for rate in percents}
    found: list[tuple[bool, TypedCandidate]] = []
    for rate in [*percents, *facts.candidates.by_kind[Kind.NUMBER]]:
        labels = frozenset[str]().union(*(label.meaning.concepts for label in facts.labels.of(rate)))
        about = meaning(facts.grid.rows[rate.cell.row].text).concepts | labels
        plain = rate.kind is Kind.NUMBER and ("percent" not in labels or rate.cell.row in rows_with_sign)
        if "tax" in about and isinstance(rate.value, Decimal) and not plain and 0 <= rate.value <= MAX_RATE_PERCENT:
            found.append((_is_item_row(about), rate))
    return [rate for _, rate in sorted(found, key=lambda f: f[0])]


def _is_item_row(about: frozenset[str]) -> bool:
    return bool(about & {"quantity", "unit", "description"}) and not about & {"total", "net"}


def _amounts(facts: PageFacts) -> list[TypedCandidate]:
    return [a for a in facts.candidates.by_kind[Kind.AMOUNT] if a.decimals == 2 and isinstance(a.value, Decimal)]


def _in_same_row(facts: PageFacts, rate: TypedCandidate) -> tuple[TypedCandidate | None, TypedCandidate | None]:
    """Return base and tax in the rate's own row."""
    amounts = [
        a for a in _amounts(facts) if a.cell.row == rate.cell.row and (a.cell, a.start) != (rate.cell, rate.start)
    ]
    for base, tax in itertools.permutations(amounts, 2):
        if _fits(rate, base, tax):
            return base, tax
    return None, amounts[0] if len(amounts) == 1 and not _is_item_line(facts, rate) else None


def _is_item_line(facts: PageFacts, rate: TypedCandidate) -> bool:
    labels = frozenset[str]().union(*(label.meaning.concepts for label in facts.labels.of(rate)))
    return _is_item_row(meaning(facts.grid.rows[rate.cell.row].text).concepts | labels)


def _fits(rate: TypedCandidate, base: TypedCandidate, tax: TypedCandidate) -> bool:
    if not (isinstance(rate.value, Decimal) and isinstance(base.value, Decimal) and isinstance(tax.value, Decimal)):
        return False
    return bool(base.value) and abs(base.value * rate.value / 100 - tax.value) <= MAX_ROUNDING


def _anywhere(
    facts: PageFacts, rate: TypedCandidate, tax: TypedCandidate | None, totals: dict[str, ScoredText]
) -> tuple[TypedCandidate | None, TypedCandidate | None]:
    """Return base and tax anywhere in the document, if more than arithmetic supports them.

    Args:
        facts: what is known about the document.
        rate: the printed rate.
        tax: the tax, if it is known already.
        totals: net, tax and gross by role name.
    """
    printed: dict[Decimal, TypedCandidate] = {}
    for amount in _amounts(facts):
        if isinstance(amount.value, Decimal) and amount.value:
            printed[amount.value] = amount  # the last one, because sums are at the bottom
    amounts = sorted(printed.values(), key=lambda a: -abs(a.value) if isinstance(a.value, Decimal) else 0)[:MAX_AMOUNTS]
    about_tax = {id(c) for s, c in scored_candidates(facts, _TAX_ROLE) if s > 0.3}
    best: tuple[int, TypedCandidate, TypedCandidate] | None = None
    for base, other in itertools.permutations(amounts, 2):
        if _fits(rate, base, other) and (tax is None or tax.value == other.value):
            support = _support(rate, base, other, totals) + (id(other) in about_tax) + (tax is not None)
            if support >= MIN_SUPPORT and (best is None or support > best[0]):
                best = (support, base, other)
    return (best[1], tax or best[2]) if best else (None, tax)


def _support(rate: TypedCandidate, base: TypedCandidate, tax: TypedCandidate, totals: dict[str, ScoredText]) -> int:
    """Count what supports base and tax besides arithmetic (0 to 6)."""
    net, total = totals.get("total_net"), totals.get("total_tax")
    return (
        (tax.cell.row == rate.cell.row)
        + (base.cell.row == tax.cell.row)
        + 2 * (net is not None and set(net.word_ids) & set(base.word_ids) != set())
        + 2 * (total is not None and set(total.word_ids) & set(tax.word_ids) != set())
    )
