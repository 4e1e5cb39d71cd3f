"""A schema, resolved once per call: what each field's name and description mean."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Self

from extractors.role_matching import COLUMN_ROLES, HEADER_ROLES, label_fit, role_of, weight
from schemas.fields import Field, FieldType
from schemas.vocabulary import (
    Meaning,
    Role,
    meaning,
    name_meaning,
    name_readings,
    same_stem,
)

HELP_WEIGHT = 0.2
"""Weight of a label's words that only the description has, relative to those of the name."""
SPARE_PENALTY = 0.3
"""Taken from the fit of a label, times its share of words that neither the name nor the description has."""
DESCRIPTION_ONLY_FIT = 0.6
"""Fit of a label that shares no word with the name, but all of its words with the description."""


@dataclass(frozen=True, eq=False)
class PlannedField:
    """A field of the schema with its meaning."""

    field: Field
    number: int
    """Position among all fields and columns, parents before children."""
    role: Role | None
    """Role as a single value, or None if it has none that the extractor knows."""
    column_role: Role | None
    """Role as a column of line items, or None; always None for a field outside arrays."""
    children: tuple[PlannedField, ...]
    """Columns of an array."""
    about: Meaning
    """Meaning of the name."""
    described: Meaning
    """Meaning of the description, or of the name if there is none."""

    @property
    def name(self) -> str:
        """The field's name."""
        return self.field.name

    @property
    def type(self) -> FieldType:
        """The field's type."""
        return self.field.type

    @property
    def values(self) -> tuple[str, ...]:
        """The permitted values of an enum; empty for other types."""
        return self.field.values or ()

    @property
    def is_array(self) -> bool:
        """True for an array."""
        return self.field.type is FieldType.ARRAY

    @property
    def columns(self) -> tuple[PlannedField, ...]:
        """The columns that are not arrays themselves."""
        return tuple(child for child in self.children if not child.is_array)

    @property
    def is_percentage(self) -> bool:
        """True if the name can only mean a percentage: `tax_rate`, and not `hourly_rate`."""
        return all("percent" in reading for reading in name_readings(self.name))

    def column_fit(self, label: Meaning) -> float:
        """Return how well a label announces the field as a column, from 0 to about 1.2.

        The words of a description (`tax rate of the item`) do not announce a column that has a role.
        """
        if self.column_role is None:
            return self.fit(label)
        repeats = bool((self.about.concepts | self.about.others) & (label.concepts | label.others))
        return max(label_fit(self.column_role, label), self.fit(label) if repeats else 0.0)

    @property
    def has_own_words(self) -> bool:
        """True if the name has words without a known meaning: `birth_date` is not just any date."""
        return bool(self.about.others)

    @property
    def is_told_by_a_noun(self) -> bool:
        """True if a noun such as `employer` tells which party's name is meant."""
        return self.role is not None and bool(self.role.nouns & self.about.others)

    def is_named_by(self, words: Collection[str]) -> bool:
        """Return whether one of the name's own words is among folded words, up to its ending."""
        return _are_among(self.about.others, words)

    def is_described_by(self, words: Collection[str]) -> bool:
        """Return whether a word that only the description has is among folded words.

        True if all words of the description are known.
        """
        more = self.described.others - self.about.others
        return not more or _are_among(more, words)

    def fit(self, label: Meaning) -> float:
        """Return how well a label repeats the field's words, from 0 to about 1.2."""
        wanted = self.about.concepts | self.about.others
        found = label.concepts | label.others
        if not wanted or not found:
            return 0.0
        shared = wanted & found | {w for w in self.about.others for f in label.others if same_stem(w, f)}
        helping = self.described.others | self.described.concepts
        hit = sum(map(weight, shared)) / sum(map(weight, wanted))
        helped = len(helping & found - shared) / len(found)
        spare = len(found - shared - helping) / len(found)
        if not hit:
            return 0.0 if spare else DESCRIPTION_ONLY_FIT * helped
        return max(0.0, hit + HELP_WEIGHT * helped - SPARE_PENALTY * spare)


def _are_among(own: Collection[str], words: Collection[str]) -> bool:
    return any(word in words or any(same_stem(word, other) for other in words) for word in own)


@dataclass(frozen=True)
class ExtractionPlan:
    """The fields of a schema in its order."""

    fields: tuple[PlannedField, ...]

    @classmethod
    def of(cls, fields: Sequence[Field]) -> Self:
        """Resolve the fields of a schema."""
        return cls(tuple(_planned(fields, is_column=False, first=0)))

    @property
    def singles(self) -> tuple[PlannedField, ...]:
        """The fields with one value."""
        return tuple(field for field in self.fields if not field.is_array)


def _planned(fields: Sequence[Field], is_column: bool, first: int) -> Iterator[PlannedField]:
    number = first
    for field in fields:
        children = tuple(_planned(field.children or (), is_column=True, first=number + 1))
        name = name_meaning(field.name)
        yield PlannedField(
            field,
            number,
            role=role_of(field, HEADER_ROLES),
            column_role=role_of(field, COLUMN_ROLES) if is_column else None,
            children=children,
            about=name,
            described=meaning(field.description) if field.description else name,
        )
        number += 1 + sum(1 for child in children for _ in _walk(child))


def _walk(field: PlannedField) -> Iterator[PlannedField]:
    yield field
    for child in field.children:
        yield from _walk(child)
