"""Score how well a candidate fits a role, by its labels, its form and its place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from extractors.plan import PlannedField
from extractors.role_matching import label_fit
from extractors.rules.candidates import TypedCandidate
from extractors.rules.labels import ValueLabel
from extractors.rules.page_facts import PageFacts, PeriodEnd
from schemas.deadline import checkpoint
from schemas.results import Region
from schemas.vocabulary import Kind, Meaning, Role

MIN_SCORE = 0.42
"""Minimum score of an answer, below which a field is absent; set by hand on development documents, not fitted."""
SURE_LABEL_TRUST = 0.95
"""Trust of a label right before a value, which decides: if it names something else, the value is something else."""
LAST_TOTAL_BONUS = 0.08
"""Advantage of a total at the end of the document; the last total is usually the final one."""
SURE_COLUMN_FIT = 0.95
"""Minimum fit of a table's label that repeats the name of the schema's column, so that no other column is meant."""
SURE_COLUMN_SCORE = 0.95
"""Score of the cells below such a label."""
PERIOD_ENDS = {"period_start": PeriodEnd.START, "period_end": PeriodEnd.END}
"""The roles of dates that begin or end a period."""
PERIOD_SCORE = 0.6
"""Score of a date at the right end of a period without a label."""
_ENDINGS_OF_DATES = ("datum", "date", "dato")
"""Endings of the words in which some languages join a date with what it is the date of."""
_UNLABELLED = {Kind.EMAIL: 0.6, Kind.WEBSITE: 0.55, Kind.IBAN: 0.8, Kind.BIC: 0.6, Kind.TIME: 0.45, Kind.PHONE: 0.45}
"""Scores of values without a label, by kind: the more distinctive the form, the higher."""


class ScoredText(NamedTuple):
    """A value for a field: verbatim text, the ids of its words, and a score from 0 to 1."""

    text: str
    word_ids: tuple[int, ...]
    score: float
    mark: Region | None = None
    """The tick box that gives the value; `text` is then the value itself, and the words are the box's label."""
    doubtful: bool = False
    """True if the box is unclear, or several are ticked."""
    code: Region | None = None
    """The bar code that states the value; `word_ids` may be empty then."""


ScoredRow = dict[str, ScoredText]
"""One row of an array, by column name."""


def scored_candidates(facts: PageFacts, role: Role) -> Iterator[tuple[float, TypedCandidate]]:
    """Yield each candidate of the role's kind with its score, at most 0.99."""
    for candidate in _of_kind(facts, role.kind):
        checkpoint()
        labels = facts.labels.of(candidate)
        fits = [label_fit(role, label.meaning) * label.trust for label in labels]
        if role.kind is Kind.REGISTRATION:
            fits += [_tax_number_fit(candidate) * label.trust for label in labels if "tax" in label.meaning.concepts]
        score = max(fits, default=0.0)
        if is_other_end(facts, role, candidate):
            continue
        if role.name in PERIOD_ENDS and facts.period_end(candidate) is PERIOD_ENDS[role.name]:
            score = max(score, PERIOD_SCORE)
        if score <= 0:
            blocked = any(f < 0 for f in fits) or any(
                lb.trust >= SURE_LABEL_TRUST and lb.meaning.others for lb in labels
            )
            if role.kind is Kind.PHONE:
                blocked = any(label.meaning.concepts for label in labels)
            score = 0.0 if blocked else max(role.unlabelled, _UNLABELLED.get(role.kind, 0.0))
            if role.kind is Kind.REGISTRATION and candidate.checked:
                score = 0.6
        if score > 0:
            yield min(0.99, score + _shape(facts, role, candidate)), candidate


def own_label_fit(field: PlannedField, candidate: TypedCandidate, labels: Sequence[ValueLabel]) -> float:
    """Return how well a value's labels repeat a field's own words, from 0 to about 1.2.

    A percent sign says what `late_fee_percent` asks for, so its label need not.
    """
    percent = frozenset({"percent"}) if candidate.kind is Kind.PERCENT else frozenset[str]()
    fits = (field.fit(Meaning(lb.meaning.concepts | percent, lb.meaning.others)) * lb.trust for lb in labels)
    return max(fits, default=0.0)


def is_percentage(candidate: TypedCandidate, labels: Sequence[ValueLabel]) -> bool:
    """Return whether a number has a percent sign, next to it or in its label."""
    return candidate.kind is Kind.PERCENT or any("percent" in label.meaning.concepts for label in labels)


def names_another(field: PlannedField, labels: Sequence[ValueLabel]) -> bool:
    """Return whether a label right before a value says that it is not the field's.

    The label has a word that the role excludes, or says of what it is the date in words that the field does not have.
    """
    role = field.role
    sure = [label.meaning for label in labels if label.trust >= SURE_LABEL_TRUST]
    if role is None or not sure or any(max(label_fit(role, about), field.fit(about)) >= MIN_SCORE for about in sure):
        return False
    return any(label_fit(role, about) < 0 or _is_of_another_date(about) for about in sure)


def _is_of_another_date(label: Meaning) -> bool:
    """Return whether a label with unknown words is of a date, as `Geburtsdatum` is."""
    compound = any(word.endswith(_ENDINGS_OF_DATES) for word in label.others)
    return compound or ("date" in label.concepts and bool(label.others))


def is_other_end(facts: PageFacts, role: Role, candidate: TypedCandidate) -> bool:
    """Return whether a date is the other end of a period than the one asked for."""
    wanted = PERIOD_ENDS.get(role.name)
    return wanted is not None and facts.period_end(candidate) not in (None, wanted)


def _tax_number_fit(candidate: TypedCandidate) -> float:
    """Score a number whose label names nothing but the tax (`VAT: GB 123 4567 89`)."""
    compact = re.sub(r"[\W_]", "", candidate.text)
    if re.fullmatch(r"[A-Z]{2,3}[A-Z0-9]{7,12}", compact):
        return 0.85
    return 0.65 if re.fullmatch(r"\d{8,12}", compact) else 0.0


def _of_kind(facts: PageFacts, kind: Kind) -> list[TypedCandidate]:
    candidates = facts.candidates.by_kind
    if kind is Kind.CODE:
        return facts.candidates.codes
    if kind is Kind.REGISTRATION:
        return [*candidates[kind], *facts.candidates.codes]
    return candidates[kind]


def codes_labelled(facts: PageFacts, role: Role) -> Iterator[tuple[float, TypedCandidate]]:
    """Yield codes of any form whose label names the role, with the label's fit."""
    for candidate in facts.candidates.codes:
        fit = max((label_fit(role, label.meaning) * label.trust for label in facts.labels.of(candidate)), default=0.0)
        if fit > 0:
            yield fit, candidate


def _shape(facts: PageFacts, role: Role, candidate: TypedCandidate) -> float:
    """Return a bonus or penalty (-0.35 to 0.13) for the value's own form and place."""
    if candidate.checked:
        return 0.1
    if role.kind is Kind.AMOUNT:
        bonus = 0.05 if candidate.decimals == 2 or candidate.has_currency else 0.0
        if role.name == "total_gross":
            bonus += LAST_TOTAL_BONUS * candidate.cell.row / len(facts.grid.rows)
        plain = candidate.decimals == 0 and not candidate.has_currency
        return bonus - (0.3 if plain and facts.candidates.notation.printed_decimal_mark else 0.0)
    if role.kind in (Kind.CODE, Kind.REGISTRATION):
        digits = sum(c.isdigit() for c in candidate.text)
        short = len(candidate.text) < 3
        height = facts.grid.page_heights[candidate.cell.page]
        lower = candidate.cell.page > 0 or candidate.cell.top > 0.6 * height
        return (
            (0.05 if digits >= 4 else 0.0)
            - (0.25 if short else 0.0)
            - (0.1 if lower and role.kind is Kind.CODE else 0.0)
        )
    if role.kind is Kind.DATE:
        height = facts.grid.page_heights[candidate.cell.page]
        return 0.05 * max(0.0, 1 - candidate.cell.top / height) - (0.2 if candidate.cell.page else 0.0)
    return 0.0


def scored_text(candidate: TypedCandidate, score: float) -> ScoredText:
    """Return the candidate's text and words with a score."""
    return ScoredText(candidate.text, candidate.word_ids, score)
