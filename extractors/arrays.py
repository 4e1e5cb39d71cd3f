"""Fields that hold rows: bank accounts and identifiers by what they are, everything else as tables, which the header
and the layout model read independently."""

from __future__ import annotations

import re
from collections.abc import Sequence

from extractors.candidates import Candidate
from extractors.evidence import Evidence, NamesPath
from extractors.line_items import line_items
from extractors.model_rows import model_rows
from extractors.reading import Reading
from extractors.roles import COLUMN_ROLES, HEADER_ROLES, role_of
from extractors.row_choice import better_rows
from extractors.scoring import MIN_SCORE, Choice, RowOfChoices, codes_labelled, scored
from extractors.tax_rows import tax_rows
from extractors.values import currency, labelled_texts
from schemas.fields import Field, FieldType
from schemas.normalise.characters import squash
from schemas.vocabulary import Kind, Role, name_meaning

_ACCOUNT = frozenset({"iban", "bic", "account_number", "routing_number"})
_OF_ITEMS = frozenset({"description", "quantity", "unit_price"})


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
    about = name_meaning(array.name, array.description or "").concepts
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
    if "tax" in about and "tax_rate" in columns and not columns & _OF_ITEMS:
        return tax_rows(evidence, children) or model_rows(evidence, array, path)
    by_header = line_items(reading, children, column_roles)
    return better_rows(evidence, array, path, by_header, model_rows(evidence, array, path))


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
        (c for c in strings if name_meaning(c.name).concepts & {"number", "amount", "registration", role.name}),
        strings[-1],
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
