"""The prompts that the network is given for the fields of a schema."""

from __future__ import annotations

from collections.abc import Iterator

from extractors.plan import ExtractionPlan, PlannedField
from extractors.trained.network.encoding import FieldPrompt
from schemas.vocabulary import is_english


def prompts_of(plan: ExtractionPlan) -> list[FieldPrompt]:
    """Return the prompts of a schema's fields, in the order of the fields' numbers."""
    return [prompt for field in plan.fields for prompt in _prompts(field, parent=-1)]


def _prompts(field: PlannedField, parent: int) -> Iterator[FieldPrompt]:
    name, description = field.name, field.field.description
    if english := _english_name(field):
        name, description = english, None  # a description in the same language would confuse the network
    about = " ".join(filter(None, (description, ", ".join(field.values))))
    yield FieldPrompt(name, field.type.value, about, parent)
    for child in field.children:
        yield from _prompts(child, field.number)


def _english_name(field: PlannedField) -> str | None:
    """Return the English name of a field's role if the field's own name is not English.

    The network learned English names: it knows `supplier_name`, and not `fournisseur` or `LFA1-NAME1`.
    """
    role = field.column_role or field.role
    if role is None:
        return None
    if field.is_told_by_a_noun:
        return role.name
    return None if field.has_own_words or is_english(field.name) else role.name
