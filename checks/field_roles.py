"""Find the fields of a schema that have a certain role, where their names leave no doubt."""

from __future__ import annotations

from collections.abc import Sequence

from schemas.fields import Field
from schemas.vocabulary import Role, meaning, name_readings

_DOCUMENT = frozenset({"invoice", "document", "receipt"})
"""Concepts that say nothing about a field of an invoice: `total_factura` is the total."""


def fields_by_role(fields: Sequence[Field], roles: Sequence[Role]) -> dict[str, str]:
    """Map each role to the field that has it, if exactly one field fits it best.

    A field has a role only if all words of its name are known and together are one of the role's `surely` sets.

    Args:
        fields: fields of one level: those of a document or the columns of one array.
        roles: the roles to look for.

    Returns:
        The name of the field for the name of each role.
    """
    found: dict[str, str] = {}
    for role in roles:
        candidates = [field for field in fields if field.type in role.types]
        for tier in role.surely:
            fitting = [field.name for field in candidates if _fits(field, role, tier)]
            if len(fitting) == 1:
                found[role.name] = fitting[0]
            if fitting:
                break
    return found


def _fits(field: Field, role: Role, tier: frozenset[frozenset[str]]) -> bool:
    if role.name == "total_gross" and field.description:  # a `total` may be described as one before tax
        described = meaning(field.description).concepts
        if "net" in described and "gross" not in described:
            return False
    return any(reading in tier or reading - _DOCUMENT in tier for reading in name_readings(field.name))
