"""Recognise the roles of a schema's fields, and how well labels on the page announce them.

The roles are those of `schemas.vocabulary`. A field is recognised by the concepts of its name and description
(`role_of`); a field that has none of these roles is matched by its own words alone.
"""

from __future__ import annotations

from functools import lru_cache

from schemas.fields import Field, FieldType, TextFormat
from schemas.vocabulary import COLUMNS, FIELDS, Kind, Meaning, Role, is_faint, name_meaning

HEADER_ROLES = tuple(role for role in FIELDS if role.requested_by)
"""Roles of single values that the extractor looks for."""
COLUMN_ROLES = tuple(role for role in COLUMNS if role.requested_by)
"""Roles of the columns of line items."""

_KINDS: dict[FieldType, frozenset[Kind]] = {
    FieldType.DATE: frozenset({Kind.DATE}),
    FieldType.MONEY: frozenset({Kind.AMOUNT, Kind.NUMBER, Kind.PERCENT}),
    FieldType.NUMBER: frozenset({Kind.AMOUNT, Kind.NUMBER, Kind.PERCENT}),
    FieldType.INTEGER: frozenset({Kind.NUMBER, Kind.AMOUNT, Kind.PERCENT}),
    FieldType.STRING: frozenset(Kind) - {Kind.AMOUNT},
}

KIND_OF_FORMAT = {
    TextFormat.IBAN: Kind.IBAN,
    TextFormat.BIC: Kind.BIC,
    TextFormat.VAT_ID: Kind.REGISTRATION,
    TextFormat.EMAIL: Kind.EMAIL,
    TextFormat.PHONE: Kind.PHONE,
    TextFormat.URL: Kind.WEBSITE,
    TextFormat.CURRENCY: Kind.CURRENCY,
    TextFormat.TIME: Kind.TIME,
}
"""The kind of value of each format that has one."""

_SAY_LITTLE = frozenset(
    {"number", "account", "address", "bank", "contact", "payment", "seller", "name", "tax", "document"}
)
"""Concepts that do not say which of several values is meant. `contact` may have a phone number; `fax` is not one."""
_OF_NAMES = frozenset({"name", "account"})
"""Concepts that a field may have besides a noun that tells its party: `account_holder`."""
_OF_NOBODY = frozenset({TextFormat.TIME, TextFormat.CURRENCY})
"""Formats of values that do not belong to a party. `supplier_name` with the format `time` is a mistake, not a time."""
MIN_NAME_FIT = 0.3
"""A name that fits a role less is the name of something else."""
DESCRIPTION_PENALTY = 0.1
"""A role that only the description suggests is less certain than one that the name suggests."""
VAGUE_PENALTY = 0.4
"""Taken from the fit of a label that shares only "number" or "date" with a role and has other words: "Meter no." """


def weight(concept: str) -> float:
    """Return how much a concept says about a field, 0 to 1."""
    return 0.5 if is_faint(concept) else 1.0


@lru_cache(maxsize=4096)
def role_of(field: Field, roles: tuple[Role, ...]) -> Role | None:
    """Return the role that a field fits best; None if none fits.

    The field's name counts, or its name and description together. A format excludes roles of other kinds, and is enough
    for the first role of its own kind unless the name says otherwise: an IBAN may have any name. A noun such as
    `employer` tells which party is meant.
    """
    kinds = _KINDS.get(field.type, frozenset())
    if field.format:
        kinds = frozenset({KIND_OF_FORMAT[field.format]}) if field.format in KIND_OF_FORMAT else frozenset()
    name = name_meaning(field.name)
    both = name_meaning(field.name, field.description) if field.description else name
    best: tuple[float, Role] | None = None
    for role in roles:
        if role.kind not in kinds:
            continue
        if name.others and name.others <= role.nouns and name.concepts <= _OF_NAMES:
            return role
        score = max(
            max(_name_fit(name, wanted), _name_fit(both, wanted) - DESCRIPTION_PENALTY) for wanted in role.requested_by
        )
        if score > MIN_NAME_FIT and (best is None or score > best[0]):
            best = (score, role)
    open_concepts = frozenset[str]() if field.format in _OF_NOBODY else _SAY_LITTLE
    if best is None and field.format and not name.concepts - open_concepts:
        return next((role for role in roles if role.kind in kinds), None)
    return best[1] if best else None


def _name_fit(name: Meaning, wanted: frozenset[str]) -> float:
    """Return how well a name's concepts are those of a role, at best about 1.

    Each concept that is missing or left over takes something away.
    """
    shared = name.concepts & wanted
    if not shared or (shared == {"number"} and wanted != shared):
        return 0.0
    total = sum(map(weight, wanted))
    missing = sum(weight(c) for c in wanted - name.concepts)
    surplus = sum(weight(c) for c in name.concepts - wanted)
    return 1.0 - missing / total - 0.35 * surplus - 0.1 * len(name.others) + 0.02 * len(wanted)


def label_fit(role: Role, label: Meaning) -> float:
    """Return how well a label announces a role, from 0 (not at all) to 1 (without doubt).

    It is negative if the label is of another role.
    """
    concepts = label.concepts
    if "gross" in concepts or "net" in concepts:
        concepts = concepts - {"tax"}  # "total incl. VAT" is about the total
    if concepts & role.never:
        return -0.5
    best = 0.0
    for rank, wanted in enumerate(role.labels):
        if wanted <= concepts:
            surplus = sum(weight(c) for c in concepts - wanted)
            vague = VAGUE_PENALTY if label.others and wanted <= {"number", "date"} else 0.0
            best = max(best, 1.0 - 0.06 * rank - 0.2 * surplus - 0.05 * len(label.others) - vague)
    return best
