"""What is answered: proposals from an extractor, cells from grounding, findings from the checks."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

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


@dataclass(frozen=True, slots=True)
class Place:
    """One occurrence on one page: `page` counts from 1, `symbol_ids` through the whole document."""

    page: int
    quad: Quad
    text: str
    symbol_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """One value with its evidence.

    `match_ratio` = 1 - edit distance / longer length, between the value as written and the symbols found, both without
    white space. `confidence` is the product of the extractor's score, the reader's certainty and the match ratio, not
    yet calibrated to a probability. `alternatives` are other places where the same
    value stands, best first.
    """

    path: FieldPath
    value: Value | None
    raw_text: str | None
    match_ratio: float
    status: Status
    place: Place | None
    confidence: float
    alternatives: tuple[Place, ...] = ()


class Outcome(StrEnum):
    """What a check found."""

    PASSED = "passed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule applied to the cells at `paths`."""

    rule: str
    outcome: Outcome
    paths: tuple[FieldPath, ...]
    message: str


def not_found(path: FieldPath) -> Cell:
    """The cell of a field that is not on the page."""
    return Cell(path, None, None, 0.0, Status.NOT_FOUND, None, 0.0)
