"""Fields that hold rows: bank accounts and identifiers by what they are, everything else as tables, which the header
and the layout model read independently."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from extractors.candidates import Candidate
from extractors.evidence import Evidence, NamesPath
from extractors.lexicon import meaning
from extractors.line_items import line_items
from extractors.model_rows import model_rows
from extractors.reading import Reading
from extractors.roles import COLUMN_ROLES, HEADER_ROLES, Kind, Role, role_of
from extractors.row_choice import better_rows
from extractors.scoring import MIN_SCORE, Choice, RowOfChoices, codes_labelled, scored
from extractors.values import currency, labelled_texts
from schemas.fields import Field, FieldType
from schemas.normalise.characters import squash

ROUNDING = Decimal("0.02")
"""Most by which rate x base may differ from the tax that is printed."""
_ACCOUNT = frozenset({"iban", "bic", "account_number", "routing_number"})
_OF_ITEMS = frozenset({"description", "quantity", "unit_price"})
MAX_RATE = 50
"""Per cent; no country taxes sales higher."""


def rows_of(evidence: Evidence, array: Field, path: NamesPath) -> list[RowOfChoices]:
    """The rows of an array field in page order, each with the columns that were found.

    Only an array whose columns are those of an account or a single identifier is one; all others are tables.
    """
    reading = evidence.reading
    children = [c for c in array.children or () if c.type is not FieldType.ARRAY]
    header_roles = {c.name: role_of(c, HEADER_ROLES) for c in children}
    column_roles = {c.name: role_of(c, COLUMN_ROLES) for c in children}
    names = {role.name if role else "" for role in header_roles.values()}
    columns = {role.name for role in column_roles.values() if role}
    about = meaning(f"{array.name} . {array.description or ''}").concepts
    if names <= _ACCOUNT and names & {"iban", "bic", "account_number"}:
        return _accounts(reading, header_roles)
    if len(children) <= 2 and ("registration" in names or "registration" in about):
        return _codes(reading, children, _role("registration"), of_buyer="buyer" in about)
    if "currency" in names and not columns & _OF_ITEMS:
        found = currency(reading)
        name = next(n for n, role in header_roles.items() if role and role.name == "currency")
        return [{name: found}] if found else []
    if len(children) == 1 and children[0].type is FieldType.STRING and not columns & {"description"}:
        role = header_roles[children[0].name] or (_role("po_number") if "order" in about else None)
        rows = _codes(reading, children, role) if role else _labelled(reading, array, children[0])
        if rows:
            return rows
    is_taxes = "tax" in about and "tax_rate" in columns and not columns & _OF_ITEMS
    by_header = _taxes(reading, children) if is_taxes else line_items(reading, children, column_roles)
    return better_rows(evidence, array, path, [by_header, model_rows(evidence, array, path)])


def rows_within(
    evidence: Evidence, inner: Field, path: NamesPath, outer: Sequence[RowOfChoices]
) -> dict[int, list[RowOfChoices]]:
    """The rows of an array within an array, by the number of the row that they stand in."""
    firsts = [min(i for cell in row.values() for i in cell.word_ids) for row in outer if row]
    found: dict[int, list[RowOfChoices]] = {}
    for row in model_rows(evidence, inner, path):
        first = min(i for cell in row.values() for i in cell.word_ids)
        before = [number for number, start in enumerate(firsts) if start <= first]
        if before:
            found.setdefault(before[-1], []).append(row)
    return found


def _labelled(reading: Reading, array: Field, column: Field) -> list[RowOfChoices]:
    """Every text with a label that repeats the words of the array's or the column's name."""
    found = [*labelled_texts(reading, array), *labelled_texts(reading, column)]
    rows: dict[tuple[int, ...], Choice] = {choice.word_ids: choice for choice in found}
    return [{column.name: choice} for _, choice in sorted(rows.items())]


def _role(name: str) -> Role:
    return next(r for r in HEADER_ROLES if r.name == name)


def _accounts(reading: Reading, roles: dict[str, Role | None]) -> list[RowOfChoices]:
    """One row for each bank account; its bank's identifier is the nearest one."""
    wanted = {role.name: name for name, role in roles.items() if role}
    ibans = _distinct(reading.candidates.by_kind[Kind.IBAN])
    bics = _distinct(reading.candidates.by_kind[Kind.BIC])
    rows: list[RowOfChoices] = []
    if "iban" in wanted:
        for iban in ibans:
            row = {wanted["iban"]: Choice(iban.text, iban.word_ids, 0.95)}
            near = min(bics, key=lambda b: abs(b.cell.row - iban.cell.row), default=None)
            if near and "bic" in wanted:
                row[wanted["bic"]] = Choice(near.text, near.word_ids, 0.85)
            rows.append(row)
    elif "bic" in wanted:
        rows = [{wanted["bic"]: Choice(b.text, b.word_ids, 0.85)} for b in bics]
        if not rows:
            labelled = [c for s, c in codes_labelled(reading, _role("bic")) if s >= 0.8]
            rows = [{wanted["bic"]: Choice(c.text, c.word_ids, 0.6)} for c in _distinct(labelled)]
    if not rows and "account_number" in wanted:
        best = max(scored(reading, _role("account_number")), key=lambda s: s[0], default=None)
        if best and best[0] >= MIN_SCORE:
            rows = [{wanted["account_number"]: Choice(best[1].text, best[1].word_ids, best[0])}]
    return rows


def _codes(
    reading: Reading, children: Sequence[Field], role: Role | None, of_buyer: bool = False
) -> list[RowOfChoices]:
    """Every code with a fitting label, either in the recipient's block or elsewhere.

    The column that holds it is the one named like it, else the last string.
    """
    if role is None:
        return []
    strings = [c for c in children if c.type is FieldType.STRING]
    if not strings:
        return []
    column = next(
        (c for c in strings if meaning(c.name).concepts & {"number", "amount", "registration", role.name}), strings[-1]
    )
    buyers = {id(n.cell) for n in reading.parties.names if "buyer" in n.heading}
    buyer_blocks = [b for b in reading.parties.blocks if any(id(c) in buyers for c in b.cells)]
    buyer_cells = {id(c) for block in buyer_blocks for c in block.cells}
    found = [c for s, c in scored(reading, role) if s >= 0.55 and (id(c.cell) in buyer_cells) == of_buyer]
    found = [c for c in found if c.checked or len(re.sub(r"\W", "", c.text)) >= 5]
    return [{column.name: Choice(c.text, c.word_ids, 0.75)} for c in _distinct(found)]


def _distinct(candidates: Sequence[Candidate]) -> list[Candidate]:
    """The first of each text; of two that overlap, the longer."""
    kept: list[Candidate] = []
    for candidate in sorted(candidates, key=lambda c: (c.cell.row, c.cell.left, c.start - c.end)):
        text = squash(candidate.text)
        if not any(text in squash(k.text) or squash(k.text) in text for k in kept):
            kept.append(candidate)
    return kept


def _taxes(reading: Reading, children: Sequence[Field]) -> list[RowOfChoices]:
    """Rows with a rate, near the word tax, and the amounts beside it: tax = rate x base tells which is which."""
    named = {c.name: role_of(c, COLUMN_ROLES) for c in children}
    rate_name = next((n for n, r in named.items() if r and r.name == "tax_rate"), None)
    base_name = next((c.name for c in children if c.name != rate_name and _is_base(c)), None)
    value_name = next(
        (c.name for c in children if c.name not in (rate_name, base_name) and c.type is not FieldType.STRING), None
    )
    grid, rows, seen = reading.grid, list[RowOfChoices](), set[tuple[Decimal, Decimal | None]]()
    rates = [*reading.candidates.by_kind[Kind.PERCENT], *reading.candidates.by_kind[Kind.NUMBER]]
    rows_with_sign = {rate.cell.row for rate in reading.candidates.by_kind[Kind.PERCENT]}
    for rate in rates:
        labels = frozenset[str]().union(*(label.meaning.concepts for label in reading.labels.of(rate)))
        about = meaning(grid.rows[rate.cell.row].text).concepts | labels
        plain = rate.kind is Kind.NUMBER and ("percent" not in labels or rate.cell.row in rows_with_sign)
        if "tax" not in about or not isinstance(rate.value, Decimal) or plain or not 0 <= rate.value <= MAX_RATE:
            continue
        amounts = [
            a
            for a in reading.candidates.by_kind[Kind.AMOUNT]
            if a.cell.row == rate.cell.row and a.decimals == 2 and (a.cell, a.start) != (rate.cell, rate.start)
        ]
        base, value = _base_and_tax(rate.value, amounts)
        if value is None and len(amounts) != 1:
            continue
        value = value or amounts[0]
        key = (rate.value, value.value if isinstance(value.value, Decimal) else None)
        if key in seen or any(k[0] == rate.value for k in seen) or _is_item_row(about):
            continue
        seen.add(key)
        cells = {rate_name: rate, base_name: base, value_name: value}
        rows.append({n: Choice(c.text, c.word_ids, 0.8) for n, c in cells.items() if n and c})
    return rows


def _is_base(child: Field) -> bool:
    about = meaning(f"{child.name} . {child.description or ''}").concepts
    return "net" in about or child.name.casefold().endswith(("base", "basis"))


def _is_item_row(about: frozenset[str]) -> bool:
    return bool(about & {"quantity", "unit", "description"}) and not about & {"total", "net"}


def _base_and_tax(rate: Decimal, amounts: list[Candidate]) -> tuple[Candidate | None, Candidate | None]:
    for base in amounts:
        for tax in amounts:
            if base is tax or not (isinstance(base.value, Decimal) and isinstance(tax.value, Decimal)):
                continue
            if base.value and abs(base.value * rate / 100 - tax.value) <= ROUNDING:
                return base, tax
    return None, None
