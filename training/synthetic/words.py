"""Texts of composed documents: labels, names, phrases, and invented parties.

The pools hold people, companies and places.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from schemas.vocabulary.data import raw

LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt", "pl")
_LOCALES = {
    "en": ("en_US", "en_GB", "en_AU"),
    "de": ("de_DE", "de_AT"),
    "fr": ("fr_FR",),
    "es": ("es_ES",),
    "it": ("it_IT",),
    "nl": ("nl_NL",),
    "pt": ("pt_PT", "pt_BR"),
    "pl": ("pl_PL",),
}
POOL_SIZE = 300
"""Entries of each kind for one locale; parts are combined, so there are far more companies and addresses."""


@dataclass(frozen=True)
class Concept:
    """One thing that documents state and schemas request."""

    key: str
    type: str
    role: str | None
    """Its role in `schemas.vocabulary`, if it has one."""
    labels: dict[str, tuple[str, ...]]
    """Labels printed before it on pages, by language."""
    names: tuple[str, ...]
    """Names by which schemas request it."""
    about: tuple[str, ...]
    """Descriptions by which schemas request it."""


def _concepts(part: str) -> dict[str, Concept]:
    return {
        key: Concept(
            key,
            entry["type"],
            entry.get("role"),
            {language: tuple(labels.split("|")) for language, labels in entry["labels"].items()},
            tuple(entry["names"].split("|")),
            tuple(entry["about"].split("|")),
        )
        for key, entry in raw()["printed"][part].items()
    }


def _split(value: Any) -> Any:
    """Turn every `a|b|c` in nested objects into a tuple."""
    if isinstance(value, str):
        return tuple(value.split("|"))
    return {key: _split(inner) for key, inner in value.items()}


HEADER: dict[str, Concept] = _concepts("fields")
"""Single values, by the generator's own keys."""
COLUMNS: dict[str, Concept] = _concepts("columns")
"""Columns of tables, by the generator's own keys."""
PHRASES: dict[str, Any] = _split(json.loads(files(__package__).joinpath("phrases.json").read_text(encoding="utf-8")))
"""Titles, sentences, goods and other texts that are not labels of values."""


@dataclass(frozen=True)
class Pool:
    """Invented names and places of one language."""

    companies: tuple[str, ...]
    people: tuple[str, ...]
    surnames: tuple[str, ...]
    streets: tuple[str, ...]
    cities: tuple[str, ...]
    postcodes: tuple[str, ...]
    phones: tuple[str, ...]
    domains: tuple[str, ...]
    ibans: tuple[str, ...]
    states: tuple[str, ...]


@cache
def pool(language: str) -> Pool:
    """Return the pool of a language.

    A fixed seed makes it the same in every process.
    """
    from faker import Faker  # noqa: PLC0415  # takes a second to load; only the generator's own processes need it

    found: dict[str, list[str]] = {name: [] for name in Pool.__annotations__}
    for locale in _LOCALES[language]:
        fake = Faker(locale)
        fake.seed_instance(20)
        for provider in fake.get_providers():
            if hasattr(provider, "cities"):
                provider.cities = sorted(provider.cities)  # Faker's Italian ones come from a set, in any order
        state = getattr(fake, "state", None) or getattr(fake, "region", None) or fake.country
        for _ in range(POOL_SIZE):
            street = fake.street_address().replace("\n", " ")
            found["companies"].append(fake.company())
            found["people"].append(f"{fake.first_name()} {fake.last_name()}")
            found["surnames"].append(fake.last_name())
            found["streets"].append(street)
            found["cities"].append(fake.city())
            found["postcodes"].append(fake.postcode())
            found["phones"].append(fake.phone_number())
            found["domains"].append(fake.domain_name())
            found["ibans"].append(fake.iban())
            found["states"].append(state())
    return Pool(**{name: tuple(values) for name, values in found.items()})


def invented_word(rng: random.Random) -> str:
    """Return a word of no language, for the name of a brand."""
    syllables = rng.randint(1, 3)
    word = "".join(rng.choice("bcdfghklmnprstvz") + rng.choice("aeiou") for _ in range(syllables))
    return (word + rng.choice(("", "x", "n", "s", "co", "tec", "lux", "ro"))).capitalize()
