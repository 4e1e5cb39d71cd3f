"""Roles that a field can have in a business document, in terms of the vocabulary's concepts.

They are listed in `vocabulary.json`.

A role's `requested_by` and `labels` are for the extractor, which accepts names and labels that come close; `surely` is
for the checks, which speak only where a name leaves no doubt. Nothing depends on a field's exact name.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from schemas.fields import FieldType
from schemas.vocabulary.data import raw


class Kind(StrEnum):
    """Form of a value on the page."""

    DATE = "date"
    TIME = "time"
    AMOUNT = "amount"
    PERCENT = "percent"
    NUMBER = "number"
    CODE = "code"
    IBAN = "iban"
    BIC = "bic"
    REGISTRATION = "registration"
    EMAIL = "email"
    PHONE = "phone"
    WEBSITE = "website"
    CURRENCY = "currency"
    PARTY = "party"
    ADDRESS = "address"
    TEXT = "text"


_TYPES = {
    Kind.DATE: frozenset({FieldType.DATE}),
    Kind.AMOUNT: frozenset({FieldType.MONEY, FieldType.NUMBER, FieldType.INTEGER}),
    Kind.PERCENT: frozenset({FieldType.NUMBER, FieldType.INTEGER}),
    Kind.NUMBER: frozenset({FieldType.NUMBER, FieldType.INTEGER}),
    Kind.CURRENCY: frozenset({FieldType.STRING, FieldType.ENUM}),
}
"""The types that a field may have whose role the checks rely on."""


@dataclass(frozen=True)
class Role:
    """One thing that documents state and schemas request, such as the total with tax."""

    name: str
    kind: Kind
    requested_by: tuple[frozenset[str], ...] = ()
    """Sets of broad concepts by which schemas request it; empty if the extractor does not look for it."""
    nouns: frozenset[str] = frozenset()
    """Words, folded, that say what a party is rather than what it does here: `employer`, `restaurant`."""
    labels: tuple[frozenset[str], ...] = ()
    """Sets of broad concepts by which pages label it, the surest first."""
    never: frozenset[str] = frozenset()
    """Broad concepts that make a label one of something else."""
    unlabelled: float = 0.0
    """Score of a value without any label, 0 to 1."""
    surely: tuple[frozenset[frozenset[str]], ...] = ()
    """Sets of narrow concepts that name it without doubt, in tiers: the best first; empty if no check needs it."""
    types: frozenset[FieldType] = frozenset()
    """The types that such a field may have for the checks."""


def _load(part: str) -> tuple[Role, ...]:
    return tuple(_role(name, entry) for name, entry in raw()["roles"][part].items())


def _role(name: str, entry: dict[str, Any]) -> Role:
    kind = Kind(entry["kind"])
    types = frozenset(map(FieldType, entry["types"].split())) if "types" in entry else _TYPES.get(kind, frozenset())
    return Role(
        name=name,
        kind=kind,
        requested_by=_sets(entry.get("requested_by", [])),
        nouns=frozenset(entry.get("nouns", "").split()),
        labels=_sets(entry.get("labels", [])),
        never=frozenset(entry.get("never", "").split()),
        unlabelled=entry.get("unlabelled", 0.0),
        surely=tuple(frozenset(_expanded(tier)) for tier in entry.get("surely", [])),
        types=types,
    )


def _sets(texts: list[str]) -> tuple[frozenset[str], ...]:
    return tuple(frozenset(text.split()) for text in texts)


def _expanded(tier: str) -> Iterator[frozenset[str]]:
    """`[total] net | base` -> {net}, {total, net}, {base}."""
    for phrase in tier.split("|"):
        optional = re.findall(r"\[(\w+)\]", phrase)
        needed = frozenset(re.sub(r"\[\w+\]", "", phrase).split())
        for count in range(len(optional) + 1):
            yield from (needed | set(chosen) for chosen in itertools.combinations(optional, count))


FIELDS = _load("fields")
"""Roles of single values."""
COLUMNS = _load("columns")
"""Roles of the columns of line items."""
TAX_COLUMNS = _load("tax_columns")
"""Roles of the columns of a table of taxes."""
