"""Pages without a schema: the fields that a page itself names, and the proposals for them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

from extractors.candidates import Candidates
from extractors.grid import Grid
from extractors.pairs import Pair, find_pairs
from extractors.printed import NUMERIC, is_currency, type_of
from extractors.tables import Table, find_tables
from schemas.fields import MAX_FIELDS, Field, FieldType, Schema
from schemas.normalise import numbers
from schemas.normalise.characters import squash
from schemas.normalise.currencies import SIGNS
from schemas.pages import Document
from schemas.results import Proposal
from schemas.vocabulary import Kind, meaning

MAX_NAME = 60
"""Characters; a longer name is of no use as a key."""
MAX_DESCRIPTION = 1000
"""Characters; the limit of a field's description."""
TABLE_SCORE = 0.75
UNLABELLED_SCORE = 0.9
"""Check digits or a form that nothing else has."""
_SELF_EVIDENT = {
    Kind.IBAN: "iban",
    Kind.BIC: "bic",
    Kind.REGISTRATION: "vat_number",
    Kind.EMAIL: "email",
    Kind.PHONE: "phone",
    Kind.WEBSITE: "website",
}
"""Values that say what they are -> the name of their field."""
_LABELLED = (*_SELF_EVIDENT, Kind.DATE, Kind.AMOUNT, Kind.PERCENT, Kind.CODE)
"""Values that a label without a colon may stand right before."""

_ASCII = str.maketrans({"ß": "ss", "ẞ": "ss", "ł": "l", "Ł": "l", "ø": "o", "Ø": "o", "æ": "ae", "œ": "oe", "đ": "d"})
"""Letters that are no letter with an accent."""
_IDENTIFIERS = frozenset({"number", "sku", "registration", "account", "routing", "phone", "fax", "address", "position"})
_COUNTS = frozenset({"quantity", "percent"})
_AMOUNTS = frozenset({"amount", "price", "total", "net", "gross"})
"""Concepts of labels whose digits are a name, a count, an amount of money."""
_MONETARY = _AMOUNTS | {"tax", "due", "discount", "payment", "cash", "change", "tip", "deposit", "rounding"}
"""Of labels whose digits are money if they have cents."""


class Discovery(NamedTuple):
    """`schema` is None where nothing was found; the proposals follow its order."""

    schema: Schema | None
    proposals: list[Proposal]


class _Page(NamedTuple):
    """How the document writes numbers, and whether it names a currency anywhere."""

    decimal_mark: str | None
    has_currency: bool


class _Found(NamedTuple):
    """A field before it has its final name, with the number of its row and its left edge, and its proposals."""

    row: int
    left: float
    field: Field
    proposals: list[Proposal]


def discover(document: Document) -> Discovery:
    """The label-value pairs, tables and self-evident values of a document as fields, in reading order.

    Names are the printed labels in snake case; the label itself is the field's description. Of a label that is printed
    twice with one value there is one field. Fields beyond `MAX_FIELDS` are left out.
    """
    if not document.words:
        return Discovery(None, [])
    grid = Grid(document)
    candidates = Candidates(grid)
    tables = find_tables(grid)
    taken = {cell for table in tables for cell in table.cells}
    labelled = [c for kind in _LABELLED for c in candidates.by_kind[kind]]
    pairs = find_pairs(grid, labelled, taken)
    page = _Page(candidates.decimal_mark, bool(candidates.by_kind[Kind.CURRENCY]))
    found = [_of_table(table, page) for table in tables]
    found += [_of_pair(pair, page) for pair in _distinct(pairs)]
    found += _unlabelled(candidates, pairs, tables)
    return _named(sorted(found, key=lambda f: (f.row, f.left)))


def _named(found: list[_Found]) -> Discovery:
    """Unique names, as many fields as a schema may have."""
    fields: list[Field] = []
    proposals: list[Proposal] = []
    names: set[str] = set()
    count = 0
    for item in found:
        size = 1 + len(item.field.children or ())
        if count + size > MAX_FIELDS:
            continue
        count += size
        name = unique(item.field.name, names)
        fields.append(item.field.model_copy(update={"name": name}))
        proposals += [Proposal((name, *p.path[1:]), p.type, p.text, p.word_ids, p.score) for p in item.proposals]
    return Discovery(Schema(fields=tuple(fields)) if fields else None, proposals)


def _distinct(pairs: list[Pair]) -> list[Pair]:
    """The first of each label with the same value."""
    kept = {(squash(pair.label), squash(pair.value.text)): pair for pair in reversed(pairs)}
    return list(kept.values())


def _of_pair(pair: Pair, page: _Page) -> _Found:
    kind = _typed(pair.label, pair.value.text, page)
    name = name_of(pair.label) or "field"
    field = Field(name=name, type=kind, description=pair.label[:MAX_DESCRIPTION])
    proposal = Proposal((name,), kind, pair.value.text, pair.value.word_ids, pair.score)
    return _Found(pair.row, pair.left, field, [proposal])


def _of_table(table: Table, page: _Page) -> _Found:
    """An array: a column for each label, whether or not a value stands below it."""
    about = frozenset[str]().union(*(meaning(label).concepts for label in table.labels))
    array = "line_items" if "description" in about and about & {"quantity", "price", "amount", "total"} else "table"
    names: set[str] = set()
    children: list[Field] = []
    proposals: list[Proposal] = []
    for position, column in enumerate(table.columns):
        printed = {n: row[position] for n, row in enumerate(table.rows) if position in row}
        kind = _common_type(_typed(column.label, p.text, page) for p in printed.values())
        name = unique(name_of(column.label) or "column", names)
        children.append(Field(name=name, type=kind, description=column.label[:MAX_DESCRIPTION]))
        proposals += [Proposal((array, n, name), kind, p.text, p.word_ids, TABLE_SCORE) for n, p in printed.items()]
    description = " | ".join(table.labels)[:MAX_DESCRIPTION]
    field = Field(name=array, type=FieldType.ARRAY, description=description, children=tuple(children))
    proposals.sort(key=lambda p: int(p.path[1]))
    return _Found(table.header, table.columns[0].left, field, proposals)


def _unlabelled(candidates: Candidates, pairs: list[Pair], tables: list[Table]) -> list[_Found]:
    """What says itself what it is and stands in no pair and no table."""
    known = {squash(pair.value.text) for pair in pairs}
    covered = {word for pair in pairs for word in pair.value.word_ids}
    cells = {cell for table in tables for cell in table.cells}
    found: list[_Found] = []
    for kind, name in _SELF_EVIDENT.items():
        for candidate in candidates.by_kind[kind]:
            text = squash(candidate.text)
            sure = candidate.checked or kind in (Kind.EMAIL, Kind.WEBSITE) or candidate.text.startswith("+")
            if not sure or text in known or candidate.cell in cells or covered & set(candidate.word_ids):
                continue
            known.add(text)
            covered |= set(candidate.word_ids)
            proposal = Proposal((name,), FieldType.STRING, candidate.text, candidate.word_ids, UNLABELLED_SCORE)
            place = (candidate.cell.row, candidate.words[0].box.left)
            found.append(_Found(*place, Field(name=name, type=FieldType.STRING), [proposal]))
    return found


def _typed(label: str, text: str, page: _Page) -> FieldType:
    """The type of a value; where digits can be several things, a label with known words settles it."""
    about = meaning(label).concepts
    kind = type_of(text, page.decimal_mark, of_identifier=bool(about & _IDENTIFIERS))
    has_letters = any(c.isalpha() for c in text)
    is_bare = not has_letters and not any(unicodedata.category(c) == "Sc" for c in text)
    if is_bare and kind is FieldType.MONEY and (about & _COUNTS or not (page.has_currency or about & _MONETARY)):
        return FieldType.NUMBER
    is_number = (kind in NUMERIC and not has_letters) or (text.isdigit() and len(text) <= numbers.MAX_DIGITS)
    if is_number and about & _AMOUNTS and not about & (_COUNTS | _IDENTIFIERS):
        return FieldType.NUMBER if text.endswith("%") else FieldType.MONEY
    return kind


def _common_type(kinds: Iterable[FieldType]) -> FieldType:
    """The type that all values of a column have."""
    distinct = set(kinds)
    if len(distinct) == 1:
        return distinct.pop()
    if distinct and distinct <= set(NUMERIC):
        return FieldType.MONEY if FieldType.MONEY in distinct else FieldType.NUMBER
    return FieldType.STRING


def name_of(label: str) -> str:
    """A printed label in snake case, without colon, brackets' units and currency; empty where no letter is left.

    >>> name_of("Größe (mm):"), name_of("Unit price in EUR"), name_of("Date d'échéance")
    ('grosse', 'unit_price', 'date_d_echeance')
    """
    text = label.translate(_ASCII)
    without_unit = re.sub(rf"\s*[(\[][^\W\d_]{{0,4}}[²³{SIGNS}%]?[)\]]\s*[:：]?\s*$", "", text)
    words = re.findall(r"[^\W_]+", _without_accents(without_unit if re.search(r"\w", without_unit) else text))
    if len(words) > 1 and is_currency(words[-1]):
        words = words[:-2] if len(words) > 2 and words[-2] == "in" else words[:-1]
    name = ""
    for word in words:
        if len(name) + len(word) >= MAX_NAME:
            break
        name = f"{name}_{word}" if name else word
    return name or "_".join(words)[:MAX_NAME]


def _without_accents(text: str) -> str:
    """Lower case; marks of other scripts and syllables of Korean stay as they are."""
    apart = unicodedata.normalize("NFKD", text)
    return unicodedata.normalize("NFC", re.sub("[\u0300-\u036f]", "", apart)).casefold()


def unique(name: str, taken: set[str]) -> str:
    """The name, or with the first number from 2 that makes it a new one; it is taken from now on."""
    made, number = name, 2
    while made in taken:
        made, number = f"{name}_{number}", number + 1
    taken.add(made)
    return made
