"""How well a candidate fits a role: its labels, its form, its place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from extractors.candidates import Candidate
from extractors.reading import Reading
from extractors.roles import label_fit
from schemas.vocabulary import Kind, Role

MIN_SCORE = 0.42
"""Below this a field is called absent; set by hand on development documents, not fitted."""
NEAR = 0.95
"""Trust of a label right before a value: if it says something else, the value is something else."""
LAST_TOTAL = 0.08
"""How much more a total at the end of the document is worth than one at its beginning."""
_UNLABELLED = {Kind.EMAIL: 0.6, Kind.WEBSITE: 0.55, Kind.IBAN: 0.8, Kind.BIC: 0.6, Kind.TIME: 0.45, Kind.PHONE: 0.45}


class Choice(NamedTuple):
    """A value for a field: verbatim text, the words it stands in, and a score from 0 to 1."""

    text: str
    word_ids: tuple[int, ...]
    score: float


RowOfChoices = dict[str, Choice]
"""One row of an array, by the names of its columns."""


def scored(reading: Reading, role: Role) -> Iterator[tuple[float, Candidate]]:
    """Each candidate of the role's kind with its score."""
    for candidate in _of_kind(reading, role.kind):
        labels = reading.labels.of(candidate)
        fits = [label_fit(role, label.meaning) * label.trust for label in labels]
        if role.kind is Kind.REGISTRATION:
            fits += [_tax_number_fit(candidate) * label.trust for label in labels if "tax" in label.meaning.concepts]
        score = max(fits, default=0.0)
        if score <= 0:
            blocked = any(f < 0 for f in fits) or any(lb.trust >= NEAR and lb.meaning.others for lb in labels)
            if role.kind is Kind.PHONE:
                blocked = any(label.meaning.concepts for label in labels)
            score = 0.0 if blocked else max(role.unlabelled, _UNLABELLED.get(role.kind, 0.0))
            if role.kind is Kind.REGISTRATION and candidate.checked:
                score = 0.6
        if score > 0:
            yield min(0.99, score + _shape(reading, role, candidate)), candidate


def _tax_number_fit(candidate: Candidate) -> float:
    """A number labelled with nothing but the name of the tax (`VAT: GB 123 4567 89`)."""
    compact = re.sub(r"[\W_]", "", candidate.text)
    if re.fullmatch(r"[A-Z]{2,3}[A-Z0-9]{7,12}", compact):
        return 0.85
    return 0.65 if re.fullmatch(r"\d{8,12}", compact) else 0.0


def _of_kind(reading: Reading, kind: Kind) -> list[Candidate]:
    candidates = reading.candidates.by_kind
    if kind is Kind.CODE:
        return reading.candidates.codes
    if kind is Kind.REGISTRATION:
        return [*candidates[kind], *reading.candidates.codes]
    return candidates[kind]


def codes_labelled(reading: Reading, role: Role) -> Iterator[tuple[float, Candidate]]:
    """Codes of any form that a label announces as the role's."""
    for candidate in reading.candidates.codes:
        fit = max((label_fit(role, label.meaning) * label.trust for label in reading.labels.of(candidate)), default=0.0)
        if fit > 0:
            yield fit, candidate


def _shape(reading: Reading, role: Role, candidate: Candidate) -> float:
    """What the value's own form says for or against it."""
    if candidate.checked:
        return 0.1
    if role.kind is Kind.AMOUNT:
        bonus = 0.05 if candidate.decimals == 2 or candidate.has_currency else 0.0
        if role.name == "total_gross":
            bonus += LAST_TOTAL * candidate.cell.row / len(reading.grid.rows)
        plain = candidate.decimals == 0 and not candidate.has_currency
        return bonus - (0.3 if plain and reading.candidates.decimal_mark else 0.0)
    if role.kind in (Kind.CODE, Kind.REGISTRATION):
        digits = sum(c.isdigit() for c in candidate.text)
        short = len(candidate.text) < 3
        height = reading.grid.page_heights[candidate.cell.page]
        lower = candidate.cell.page > 0 or candidate.cell.top > 0.6 * height
        return (
            (0.05 if digits >= 4 else 0.0)
            - (0.25 if short else 0.0)
            - (0.1 if lower and role.kind is Kind.CODE else 0.0)
        )
    if role.kind is Kind.DATE:
        height = reading.grid.page_heights[candidate.cell.page]
        return 0.05 * max(0.0, 1 - candidate.cell.top / height) - (0.2 if candidate.cell.page else 0.0)
    return 0.0


def choice_of(candidate: Candidate, score: float) -> Choice:
    return Choice(candidate.text, candidate.word_ids, score)
