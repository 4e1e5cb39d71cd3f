"""What the fields of a schema mean for the rules, recognised by their names.

`meanings.json` lists words of several languages by the concept that they stand for, and for each meaning the sets of
concepts that name it, `|` between two of them, brackets around what may be absent, in tiers: the surest first. A name
is taken for a meaning only when all its words are known and together are one of these sets.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import Literal, NamedTuple

from schemas.fields import Field, FieldType
from schemas.normalise.characters import fold_text

Scope = Literal["fields", "lines", "taxes"]
"""Single values, the columns of line items, the columns of a tax table."""

MIN_PART = 3
"""Letters; shorter words stand inside others by chance."""
_LINKS = ("", "s", "n", "e", "en", "es")
"""Letters that join the parts of German and Dutch compounds."""
_AMOUNT = "amount"


class _Table(NamedTuple):
    words: dict[str, str]
    fillers: frozenset[str]
    tiers: dict[Scope, dict[str, list[set[frozenset[str]]]]]
    types: dict[str, frozenset[FieldType]]


@cache
def _table() -> _Table:
    data = json.loads(files(__package__).joinpath("meanings.json").read_text(encoding="utf-8"))
    kinds = {kind: frozenset(map(FieldType, names.split())) for kind, names in data["types"].items()}
    scopes: tuple[Scope, ...] = ("fields", "lines", "taxes")
    tiers = {
        scope: {meaning: [set(_expanded(tier)) for tier in named] for meaning, named in data[scope].items()}
        for scope in scopes
    }
    return _Table(
        words={word: concept for concept, words in data["words"].items() for word in words.split()},
        fillers=frozenset(data["fillers"].split()),
        tiers=tiers,
        types={m: kinds[data["type_of"].get(m, _AMOUNT)] for scope in scopes for m in data[scope]},
    )


def _expanded(tier: str) -> Iterator[frozenset[str]]:
    for phrase in tier.split("|"):
        optional = re.findall(r"\[(\w+)\]", phrase)
        needed = frozenset(re.sub(r"\[\w+\]", "", phrase).split())
        for count in range(len(optional) + 1):
            yield from (needed | set(chosen) for chosen in itertools.combinations(optional, count))


@cache
def concepts(name: str) -> frozenset[str]:
    """What a name speaks of; a word that is not known stands for itself.

    >>> sorted(concepts("Rechnungsbetrag")), sorted(concepts("totalExclVAT")), sorted(concepts("tax_breakdown"))
    (['amount', 'invoice'], ['net', 'total'], ['breakdown', 'tax'])
    """
    pieces = re.findall(r"[^\W\d_]+|\d+", name.replace("ß", "ss"))
    found = frozenset().union(*(_concepts(piece) for piece in pieces))
    # "total excl. VAT" and "tax base" are no taxes
    return found - {"tax"} if found & {"net", "gross", "base"} else found


def _concepts(piece: str) -> set[str]:
    """Of letters without a break; `MwSt` is one word, `totalTTC` are two."""
    whole = fold_text(piece)
    parted = re.sub(r"(?<=[^\W\d_A-Z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", piece)
    tokens = [whole] if _parts(whole) else fold_text(parted).split()
    words = [token for token in tokens if token not in _table().fillers]
    return {concept for word in words for concept in _parts(word) or _parts(word.removesuffix("s")) or (word,)}


def _parts(token: str) -> tuple[str, ...]:
    """The concepts of a word or of a compound of known words; nothing when a part is unknown."""
    words = _table().words
    if token in words:
        return (words[token],)
    for end in range(len(token) - MIN_PART, MIN_PART - 1, -1):
        if token[:end] in words:
            for link in _LINKS:
                if token.startswith(link, end) and (rest := _parts(token[end + len(link) :])):
                    return (words[token[:end]], *rest)
    return ()


def named(fields: Sequence[Field], scope: Scope) -> dict[str, str]:
    """Meaning -> the name of the field that has it, for those where one field fits better than all others."""
    found: dict[str, str] = {}
    for meaning, tiers in _table().tiers[scope].items():
        candidates = [field for field in fields if field.type in _table().types[meaning]]
        for tier in tiers:
            fitting = [field.name for field in candidates if _fits(field, meaning, tier)]
            if len(fitting) == 1:
                found[meaning] = fitting[0]
            if fitting:
                break
    return found


def _fits(field: Field, meaning: str, tier: set[frozenset[str]]) -> bool:
    about = concepts(field.name)
    if meaning == "gross" and field.description:  # a `total` may be described as one before tax
        described = concepts(field.description)
        if "net" in described and "gross" not in described:
            return False
    return about in tier or about - {"invoice"} in tier
