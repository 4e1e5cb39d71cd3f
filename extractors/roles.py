"""Common meanings of fields: how callers name them, which kind of text they are, how pages label them.

The roles stand in `roles.json`, in the concepts of the lexicon. A field of a schema is recognised by the concepts of
its name and description (`role_of`); a field that is none of these is matched by its own words alone. Nothing here
depends on a field's exact name.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files

from extractors.lexicon import Meaning, meaning
from schemas.fields import Field, FieldType


class Kind(StrEnum):
    """What a value looks like on the page."""

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


@dataclass(frozen=True)
class Role:
    """A meaning.

    `asks` are the sets of concepts by which a schema names it, `labels` those by which pages do, the surest first;
    `never` are concepts that make a label one of something else. `unlabelled` is what a value without any label scores.
    """

    name: str
    kind: Kind
    asks: tuple[frozenset[str], ...]
    labels: tuple[frozenset[str], ...] = ()
    never: frozenset[str] = frozenset()
    unlabelled: float = 0.0


def _sets(texts: list[str]) -> tuple[frozenset[str], ...]:
    return tuple(frozenset(text.split()) for text in texts)


def _load(part: str) -> tuple[Role, ...]:
    data = json.loads(files(__package__).joinpath("roles.json").read_text(encoding="utf-8"))
    return tuple(
        Role(
            name=entry["name"],
            kind=Kind(entry["kind"]),
            asks=_sets(entry["asks"]),
            labels=_sets(entry["labels"]),
            never=frozenset(entry.get("never", "").split()),
            unlabelled=entry.get("unlabelled", 0.0),
        )
        for entry in data[part]
    )


HEADER_ROLES = _load("header")
"""Meanings of single values."""
COLUMN_ROLES = _load("columns")
"""Meanings of the columns of line items."""

_KINDS: dict[FieldType, frozenset[Kind]] = {
    FieldType.DATE: frozenset({Kind.DATE}),
    FieldType.MONEY: frozenset({Kind.AMOUNT, Kind.NUMBER, Kind.PERCENT}),
    FieldType.NUMBER: frozenset({Kind.AMOUNT, Kind.NUMBER, Kind.PERCENT}),
    FieldType.INTEGER: frozenset({Kind.NUMBER, Kind.AMOUNT, Kind.PERCENT}),
    FieldType.STRING: frozenset(Kind) - {Kind.AMOUNT},
}

_FAINT = frozenset({"number", "date", "amount", "name", "document", "invoice", "total", "price", "payment"})
"""Concepts that nearly every field shares and that tell little apart."""


VAGUE_PENALTY = 0.4
"""For a label that shares only "number" or "date" with a role and has words of its own: "Meter no." """


def weight(concept: str) -> float:
    """How much a concept tells about a field."""
    return 0.5 if concept in _FAINT else 1.0


@lru_cache(maxsize=4096)
def role_of(field: Field, roles: tuple[Role, ...]) -> Role | None:
    """The role that a field's name, or its name and description together, ask for; None for fields of another kind."""
    kinds = _KINDS.get(field.type, frozenset())
    name = meaning(field.name)
    both = meaning(f"{field.name} . {field.description}") if field.description else name
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
    name = meaning(field.name)
    described = meaning(field.description) if field.description else name
    wanted = name.concepts | name.others
    found = label.concepts | label.others
    if not wanted or not found:
        return 0.0
    shared = wanted & found | {w for w in name.others for f in label.others if _alike(w, f)}
    hit = sum(map(weight, shared)) / sum(map(weight, wanted))
    helped = len((described.others | described.concepts) & found - shared) / len(found)
    spare = len(found - shared - described.others - described.concepts) / len(found)
    return max(0.0, hit + 0.2 * helped - 0.3 * spare) if hit else 0.6 * helped * (not spare)


def _alike(a: str, b: str) -> bool:
    """The same word up to its ending."""
    stem = min(len(a), len(b))
    return stem >= 5 and a[: stem - 1] == b[: stem - 1]
