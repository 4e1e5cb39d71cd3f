"""Rows of array fields: bank accounts and identifiers by their kind, all others as tables.

Tables are read by their header and, independently, by the network.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from extractors.plan import PlannedField
from extractors.role_matching import HEADER_ROLES
from extractors.rules.candidates import TypedCandidate
from extractors.rules.item_lists import listed_items, typed_list
from extractors.rules.page_facts import PageFacts
from extractors.rules.scoring import MIN_SCORE, ScoredRow, ScoredText, codes_labelled, scored_candidates
from extractors.rules.tax_rows import tax_rows
from extractors.rules.values import currency, labelled_texts
from extractors.trained.context import ExtractionContext
from extractors.trained.matched_tables import table_rows
from extractors.trained.network_rows import network_rows
from extractors.trained.row_choice import best_rows
from schemas.fields import FieldType
from schemas.normalise.characters import squash
from schemas.vocabulary import Kind, Role, name_meaning

_ACCOUNT = frozenset({"iban", "bic", "account_number", "routing_number"})
_OF_ITEMS = frozenset({"description", "quantity", "unit_price"})


def rows_of(context: ExtractionContext, array: PlannedField) -> list[ScoredRow]:
    """Return the rows of an array field in page order, each with the columns that were found.

    An array whose columns are those of a bank account, or a single identifier, is read by kind; all others are tables.
    """
    facts = context.facts
    children = array.columns
    names = {child.role.name if child.role else "" for child in children}
    columns = {child.column_role.name for child in children if child.column_role}
    about = name_meaning(array.name, array.field.description or "").concepts
    if names <= _ACCOUNT and names & {"iban", "bic", "account_number"}:
        return _accounts(facts, children)
    if len(children) <= 2 and ("registration" in names or "registration" in about):
        return _codes(facts, children, _role("registration"), of_buyer="buyer" in about)
    if "currency" in names and not columns & _OF_ITEMS:
        found = currency(facts)
        name = next(c.name for c in children if c.role and c.role.name == "currency")
        return [{name: found}] if found else []
    if len(children) == 1 and children[0].type is FieldType.STRING and not columns & {"description"}:
        role = children[0].role or (_role("po_number") if "order" in about else None)
        rows = _codes(facts, children, role) if role else _labelled(facts, array, children[0])
        if rows:
            return rows
    if "tax" in about and "tax_rate" in columns and not columns & _OF_ITEMS:
        return tax_rows(facts, children) or network_rows(context, array)
    by_network = network_rows(context, array)
    printed = table_rows(context, array) or typed_list(facts, children) or listed_items(facts, children)
    return best_rows(context, array, printed, by_network)


def rows_apart(rows: Mapping[str, list[ScoredRow]]) -> dict[str, list[ScoredRow]]:
    """Return the rows of several arrays without those whose words a fuller or surer row has.

    Rows of one cell, such as an identifier, may be asked for twice.
    """
    owner: dict[int, str] = {}
    kept: set[int] = set()
    ranked = sorted(
        ((name, row) for name in rows for row in rows[name]),
        key=lambda named: (len(named[1]), _mean_score(named[1])),
        reverse=True,
    )
    for name, row in ranked:
        words = [word for cell in row.values() for word in cell.word_ids] if len(row) > 1 else []
        if all(owner.get(word, name) == name for word in words):
            kept.add(id(row))
            owner |= dict.fromkeys(words, name)
    return {name: [row for row in found if id(row) in kept] for name, found in rows.items()}


def _mean_score(row: ScoredRow) -> float:
    return sum(cell.score for cell in row.values()) / max(1, len(row))


def rows_within(
    context: ExtractionContext, inner: PlannedField, outer: Sequence[ScoredRow]
) -> dict[int, list[ScoredRow]]:
    """Return the rows of an array within an array, by the index of the outer row they belong to."""
    firsts = [min(i for cell in row.values() for i in cell.word_ids) for row in outer if row]
    found: dict[int, list[ScoredRow]] = {}
    for row in network_rows(context, inner):
        first = min(i for cell in row.values() for i in cell.word_ids)
        before = [number for number, start in enumerate(firsts) if start <= first]
        if before:
            found.setdefault(before[-1], []).append(row)
    return found


def _labelled(facts: PageFacts, array: PlannedField, column: PlannedField) -> list[ScoredRow]:
    """Return every text whose label repeats the words of the array's or the column's name."""
    found = [*labelled_texts(facts, array), *labelled_texts(facts, column)]
    rows: dict[tuple[int, ...], ScoredText] = {choice.word_ids: choice for choice in found}
    return [{column.name: choice} for _, choice in sorted(rows.items())]


def _role(name: str) -> Role:
    return next(r for r in HEADER_ROLES if r.name == name)


def _accounts(facts: PageFacts, children: Sequence[PlannedField]) -> list[ScoredRow]:
    """Return one row per bank account, with the nearest bank identifier."""
    wanted = {child.role.name: child.name for child in children if child.role}
    ibans = _distinct(facts.candidates.by_kind[Kind.IBAN])
    bics = _distinct(facts.candidates.by_kind[Kind.BIC])
    rows: list[ScoredRow] = []
    if "iban" in wanted:
        for iban in ibans:
            row = {wanted["iban"]: ScoredText(iban.text, iban.word_ids, 0.95)}
            near = min(bics, key=lambda b: abs(b.cell.row - iban.cell.row), default=None)
            if near and "bic" in wanted:
                row[wanted["bic"]] = ScoredText(near.text, near.word_ids, 0.85)
            rows.append(row)
    elif "bic" in wanted:
        rows = [{wanted["bic"]: ScoredText(b.text, b.word_ids, 0.85)} for b in bics]
        if not rows:
            labelled = [c for s, c in codes_labelled(facts, _role("bic")) if s >= 0.8]
            rows = [{wanted["bic"]: ScoredText(c.text, c.word_ids, 0.6)} for c in _distinct(labelled)]
    if not rows and "account_number" in wanted:
        best = max(scored_candidates(facts, _role("account_number")), key=lambda s: s[0], default=None)
        if best and best[0] >= MIN_SCORE:
            rows = [{wanted["account_number"]: ScoredText(best[1].text, best[1].word_ids, best[0])}]
    return rows


def _codes(
    facts: PageFacts, children: Sequence[PlannedField], role: Role | None, of_buyer: bool = False
) -> list[ScoredRow]:
    """Return every code with a fitting label, either in the recipient's block or elsewhere.

    The code goes in the column with a fitting name, else in the last string column.
    """
    if role is None:
        return []
    strings = [c for c in children if c.type is FieldType.STRING]
    if not strings:
        return []
    column = next(
        (c for c in strings if c.about.concepts & {"number", "amount", "registration", role.name}),
        strings[-1],
    )
    buyers = {id(n.cell) for n in facts.parties.names if "buyer" in n.heading}
    if facts.parties.own_side and facts.parties.customer:
        buyers = {id(facts.parties.customer[1].cell)}
    buyer_blocks = [b for b in facts.parties.blocks if any(id(c) in buyers for c in b.cells)]
    buyer_cells = {id(c) for block in buyer_blocks for c in block.cells}
    found = [c for s, c in scored_candidates(facts, role) if s >= 0.55 and (id(c.cell) in buyer_cells) == of_buyer]
    found = [c for c in found if c.checked or len(re.sub(r"\W", "", c.text)) >= 5]
    found = [c for c in found if not facts.is_other_registration(c.text, of_buyer)]
    return [{column.name: ScoredText(c.text, c.word_ids, 0.75)} for c in _distinct(found)]


def _distinct(candidates: Sequence[TypedCandidate]) -> list[TypedCandidate]:
    """Return candidates of different texts, in reading order.

    Of texts that contain one another only the first is kept, or the longest in its cell.
    """
    kept: list[TypedCandidate] = []
    for candidate in sorted(candidates, key=lambda c: (c.cell.row, c.cell.left, c.start - c.end)):
        text = squash(candidate.text)
        if not any(text in squash(k.text) or squash(k.text) in text for k in kept):
            kept.append(candidate)
    return kept
