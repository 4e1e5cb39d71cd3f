"""What is answered: proposals from an extractor, cells from grounding, findings from the checks."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from schemas.fields import FieldType
from schemas.geometry import Quad

FieldPath = tuple[str | int, ...]
"""`("total",)` or `("line_items", 0, "quantity")`: names, and the row's number from 0."""

Value = str | int | Decimal | bool
"""Dates are ISO 8601 strings, numbers and money exact decimals."""

CERTAIN_RATIO = 0.85
"""From here on a match is called grounded; the threshold that callers of /ocr/fields know."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A value that an extractor believes in; grounding decides whether it stands on the page.

    `text` is the value in any written form (`1.234,50` or `1234.5`), `word_ids` the words it was read from, a hint that
    may be empty or wrong, `score` the extractor's own confidence, 0 to 1. `values` are an enum's permitted values.
    """

    path: FieldPath
    type: FieldType
    text: str
    word_ids: tuple[int, ...] = ()
    score: float = 1.0
    values: tuple[str, ...] = ()


class Status(StrEnum):
    """Whether a value stands on the page."""

    GROUNDED = "grounded"
    UNCERTAIN = "uncertain"
    NOT_FOUND = "not_found"


class Region(NamedTuple):
    """A part of a page, which counts from 1."""

    page: int
    quad: Quad


@dataclass(frozen=True, slots=True)
class Place:
    """One occurrence: `quad` is around its symbols on `page`, the first that it stands on, counted from 1.

    `symbol_ids` count through the whole document. `regions` are around the symbols of one line each, on any page.
    """

    page: int
    quad: Quad
    text: str
    symbol_ids: tuple[int, ...]
    regions: tuple[Region, ...]


class Edit(NamedTuple):
    """One difference: `value` at `position` of the squashed value stands as `found` on the page."""

    position: int
    value: str
    found: str


class Evidence(NamedTuple):
    """Why a place was chosen."""

    agreement: float
    """As the match ratio, but what OCR confuses costs a third of an edit, and what touches the place costs too."""
    digits_agree: bool
    """No digit is lost, added or another one."""
    hint: float
    """What the words that the extractor named add to the place's score."""
    label: float
    """How well the words before or above the place name the field, 0 to 1; 0 where that was not needed to choose."""
    row: bool
    """Whether other cells of the same record stand in the place's row."""
    rivals: int
    """Other places that are as good."""
    doubtful: bool
    """So short a text stands by chance, away from its hint or label."""
    by_meaning: bool
    """A number, date or truth value that was found by what it means, not by its letters."""
    written: str
    """The value as it is written there, squashed: what the symbols were compared with."""
    found: str
    """The symbols, squashed; of a badly damaged number or date its letters and digits. Both give the match ratio."""
    edits: tuple[Edit, ...]
    """What differs between the two, if that was asked for."""
    probability: float
    """That the value stands at this place."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One value with its evidence.

    `match_ratio` = 1 - edit distance / longer length, between the value as written and the symbols found, both without
    white space. `confidence` is the probability that the value and its place are both right. `alternatives` are other
    places where the same value stands, best first.
    """

    path: FieldPath
    value: Value | None
    raw_text: str | None
    match_ratio: float
    status: Status
    place: Place | None
    confidence: float
    evidence: Evidence | None = None
    alternatives: tuple[Place, ...] = ()


class Outcome(StrEnum):
    """What a check found."""

    PASSED = "passed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule applied to the cells at `paths`.

    `trivial`: passing proves little, since wrong values would mostly pass too: a tax of 0, a quantity of 1.
    """

    rule: str
    outcome: Outcome
    paths: tuple[FieldPath, ...]
    message: str
    trivial: bool = False


def not_found(path: FieldPath) -> Cell:
    """The cell of a field that is not on the page."""
    return Cell(path, None, None, 0.0, Status.NOT_FOUND, None, 0.0)
