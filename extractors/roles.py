"""Recognise the roles of a schema's fields, and how well labels on the page announce them.

The roles are those of `schemas.vocabulary`. A field is recognised by the concepts of its name and description
(`role_of`); a field that has none of these roles is matched by its own words alone.
"""

from __future__ import annotations

from functools import lru_cache

from schemas.fields import Field, FieldType
from schemas.vocabulary import COLUMNS, FIELDS, Kind, Meaning, Role, is_faint, meaning, name_meaning, same_stem

HEADER_ROLES = tuple(role for role in FIELDS if role.asks)
"""Roles of single values that the extractor looks for."""
COLUMN_ROLES = tuple(role for role in COLUMNS if role.asks)
"""Roles of the columns of line items."""

_KINDS: dict[FieldType, frozenset[Kind]] = {
    FieldType.DATE: frozenset({Kind.DATE}),
    FieldType.MONEY: frozenset({Kind.AMOUNT, Kind.NUMBER, Kind.PERCENT}),
    FieldType.NUMBER: frozenset({Kind.AMOUNT, Kind.NUMBER, Kind.PERCENT}),
    FieldType.INTEGER: frozenset({Kind.NUMBER, Kind.AMOUNT, Kind.PERCENT}),
    FieldType.STRING: frozenset(Kind) - {Kind.AMOUNT},
}

VAGUE_PENALTY = 0.4
"""For a label that shares only "number" or "date" with a role and has words of its own: "Meter no." """


def weight(concept: str) -> float:
    """How much a concept tells about a field."""
    return 0.5 if is_faint(concept) else 1.0


@lru_cache(maxsize=4096)
def role_of(field: Field, roles: tuple[Role, ...]) -> Role | None:
    """The role that a field's name, or its name and description together, ask for; None for fields of another kind."""
    kinds = _KINDS.get(field.type, frozenset())
    name = name_meaning(field.name)
    both = name_meaning(field.name, field.description) if field.description else name
    best: tuple[float, Role] | None = None
    for role in roles:
        if role.kind not in kinds:
            continue
        score = max(max(_asked(name, ask), _asked(both, ask) - 0.1) for ask in role.asks)
        if score > 0.3 and (best is None or score > best[0]):
            best = (score, role)
    return best[1] if best else None


def _asked(asked: Meaning, ask: frozenset[str]) -> float:
    """1 when a field's concepts are those of a role, less for each that is missing or that is left over."""
    shared = asked.concepts & ask
    if not shared or (shared == {"number"} and ask != shared):
        return 0.0
    total = sum(map(weight, ask))
    missing = sum(weight(c) for c in ask - asked.concepts)
    surplus = sum(weight(c) for c in asked.concepts - ask)
    return 1.0 - missing / total - 0.35 * surplus - 0.1 * len(asked.others) + 0.02 * len(ask)


def label_fit(role: Role, label: Meaning) -> float:
    """How well a label on the page announces a role: 0 not at all, 1 without doubt, negative for another role."""
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


def own_words_fit(field: Field, label: Meaning) -> float:
    """How well a label matches a field that has no role: by the words and concepts of its name and description."""
    name = name_meaning(field.name)
    described = meaning(field.description) if field.description else name
    wanted = name.concepts | name.others
    found = label.concepts | label.others
    if not wanted or not found:
        return 0.0
    shared = wanted & found | {w for w in name.others for f in label.others if same_stem(w, f)}
    hit = sum(map(weight, shared)) / sum(map(weight, wanted))
    helped = len((described.others | described.concepts) & found - shared) / len(found)
    spare = len(found - shared - described.others - described.concepts) / len(found)
    return max(0.0, hit + 0.2 * helped - 0.3 * spare) if hit else 0.6 * helped * (not spare)
