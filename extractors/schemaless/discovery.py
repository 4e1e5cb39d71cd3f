"""Documents without a schema: the fields that the pages name, with proposals for them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

from extractors.rules.candidates import TypedCandidates
from extractors.rules.page_facts import PageFacts
from extractors.rules.pairs import Pair
from extractors.rules.printed import NUMERIC, is_currency, type_of
from extractors.rules.printed_tables import TABLE_SCORE, Table
from schemas.fields import MAX_FIELDS, Field, FieldType, Schema
from schemas.normalise import numbers
from schemas.normalise.characters import squash
from schemas.normalise.currencies import SIGNS
from schemas.pages import Document
from schemas.results import Proposal
from schemas.vocabulary import Kind, meaning

MAX_NAME_CHARACTERS = 60
"""A longer name is of no use as a key."""
MAX_DESCRIPTION_CHARACTERS = 1000
"""The limit of a field's description in a schema."""
UNLABELLED_SCORE = 0.9
"""High, because check digits or an unmistakable form confirm these values."""
_SELF_EVIDENT = {
    Kind.IBAN: "iban",
    Kind.BIC: "bic",
    Kind.REGISTRATION: "vat_number",
    Kind.EMAIL: "email",
    Kind.PHONE: "phone",
    Kind.WEBSITE: "website",
}
"""Kinds of value that identify themselves -> the name of their field."""

_ASCII = str.maketrans({"ß": "ss", "ẞ": "ss", "ł": "l", "Ł": "l", "ø": "o", "Ø": "o", "æ": "ae", "œ": "oe", "đ": "d"})
"""Letters that Unicode does not decompose into a letter and an accent."""
_IDENTIFIERS = frozenset({"number", "sku", "registration", "account", "routing", "phone", "fax", "address", "position"})
"""Concepts of labels whose digits are an identifier."""
_COUNTS = frozenset({"quantity", "percent"})
"""Concepts of labels whose digits are a count."""
_AMOUNTS = frozenset({"amount", "price", "total", "net", "gross"})
"""Concepts of labels whose digits are an amount of money."""
_MONETARY = _AMOUNTS | {"tax", "due", "discount", "payment", "cash", "change", "tip", "deposit", "rounding"}
"""Concepts of labels whose digits are money if they have cents."""


class Discovery(NamedTuple):
    """The schema found, or None if nothing was found, and its proposals in the schema's order."""

    schema: Schema | None
    proposals: list[Proposal]


class _NumberStyle(NamedTuple):
    """The document's decimal mark, and whether it names a currency anywhere."""

    decimal_mark: str | None
    has_currency: bool


class _DiscoveredField(NamedTuple):
    """A field before it gets its final name, with its proposals.

    `row` is its row in the grid and `left` its left edge in page widths.
    """

    row: int
    left: float
    field: Field
    proposals: list[Proposal]


def discover(document: Document, locale: str | None = None) -> Discovery:
    """Return a document's pairs, tables and self-evident values as fields, in reading order.

    A field's name is its printed label in snake case; its description is the label itself. A label printed twice with
    the same value gives one field. Fields beyond `MAX_FIELDS` are left out.

    Args:
        document: the pages to read.
        locale: a BCP 47 tag that Babel knows; it decides how values are written where the document does not.
    """
    if not document.words:
        return Discovery(None, [])
    facts = PageFacts(document, locale)
    candidates = facts.candidates
    style = _NumberStyle(candidates.notation.decimal_mark, bool(candidates.by_kind[Kind.CURRENCY]))
    found = [_table_field(table, style) for table in facts.tables]
    found += [_pair_field(pair, style) for pair in facts.pairs]
    found += _unlabelled(candidates, facts.pairs, facts.tables)
    return _named(sorted(found, key=lambda f: (f.row, f.left)))


def _named(found: list[_DiscoveredField]) -> Discovery:
    """Give the fields unique names, and keep as many as a schema may have."""
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


def _pair_field(pair: Pair, style: _NumberStyle) -> _DiscoveredField:
    kind = _typed(pair.label, pair.value.text, style)
    name = name_of(pair.label) or "field"
    field = Field(name=name, type=kind, description=pair.label[:MAX_DESCRIPTION_CHARACTERS])
    proposal = Proposal((name,), kind, pair.value.text, pair.value.word_ids, pair.score)
    return _DiscoveredField(pair.row, pair.left, field, [proposal])


def _table_field(table: Table, style: _NumberStyle) -> _DiscoveredField:
    """Return an array with a column for each label, whether or not a value is printed below it."""
    about = frozenset[str]().union(*(meaning(label).concepts for label in table.labels))
    array = "line_items" if "description" in about and about & {"quantity", "price", "amount", "total"} else "table"
    names: set[str] = set()
    children: list[Field] = []
    proposals: list[Proposal] = []
    for position, column in enumerate(table.columns):
        printed = {n: row[position] for n, row in enumerate(table.rows) if position in row}
        kind = _common_type(_typed(column.label, p.text, style) for p in printed.values())
        name = unique(name_of(column.label) or "column", names)
        children.append(Field(name=name, type=kind, description=column.label[:MAX_DESCRIPTION_CHARACTERS]))
        proposals += [Proposal((array, n, name), kind, p.text, p.word_ids, TABLE_SCORE) for n, p in printed.items()]
    description = " | ".join(table.labels)[:MAX_DESCRIPTION_CHARACTERS]
    field = Field(name=array, type=FieldType.ARRAY, description=description, children=tuple(children))
    proposals.sort(key=lambda p: int(p.path[1]))
    return _DiscoveredField(table.header, table.columns[0].left, field, proposals)


def _unlabelled(candidates: TypedCandidates, pairs: list[Pair], tables: list[Table]) -> list[_DiscoveredField]:
    """Return self-evident values that are in no pair and no table."""
    known = {squash(pair.value.text) for pair in pairs}
    covered = {word for pair in pairs for word in pair.value.word_ids}
    cells = {cell for table in tables for cell in table.cells}
    found: list[_DiscoveredField] = []
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
            found.append(_DiscoveredField(*place, Field(name=name, type=FieldType.STRING), [proposal]))
    return found


def _typed(label: str, text: str, style: _NumberStyle) -> FieldType:
    """Return a value's type; where digits are ambiguous, the label's known words decide."""
    about = meaning(label).concepts
    kind = type_of(text, style.decimal_mark, of_identifier=bool(about & _IDENTIFIERS))
    has_letters = any(c.isalpha() for c in text)
    is_bare = not has_letters and not any(unicodedata.category(c) == "Sc" for c in text)
    if is_bare and kind is FieldType.MONEY and (about & _COUNTS or not (style.has_currency or about & _MONETARY)):
        return FieldType.NUMBER
    is_number = (kind in NUMERIC and not has_letters) or (text.isdigit() and len(text) <= numbers.MAX_DIGITS)
    if is_number and about & _AMOUNTS and not about & (_COUNTS | _IDENTIFIERS):
        return FieldType.NUMBER if text.endswith("%") else FieldType.MONEY
    return kind


def _common_type(kinds: Iterable[FieldType]) -> FieldType:
    """Return the type that fits all values of a column."""
    distinct = set(kinds)
    if len(distinct) == 1:
        return distinct.pop()
    if distinct and distinct <= set(NUMERIC):
        return FieldType.MONEY if FieldType.MONEY in distinct else FieldType.NUMBER
    return FieldType.STRING


def name_of(label: str) -> str:
    """Return a printed label in snake case, without its colon, unit in brackets and currency.

    Empty if the label has no letter or digit.

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
        if len(name) + len(word) >= MAX_NAME_CHARACTERS:
            break
        name = f"{name}_{word}" if name else word
    return name or "_".join(words)[:MAX_NAME_CHARACTERS]


def _without_accents(text: str) -> str:
    """Lower-case a text and strip accents; marks of other scripts and Korean syllables stay."""
    apart = unicodedata.normalize("NFKD", text)
    return unicodedata.normalize("NFC", re.sub("[\u0300-\u036f]", "", apart)).casefold()


def unique(name: str, taken: set[str]) -> str:
    """Return the name, with a suffix from `_2` on if it is taken, and add it to `taken`."""
    made, number = name, 2
    while made in taken:
        made, number = f"{name}_{number}", number + 1
    taken.add(made)
    return made
