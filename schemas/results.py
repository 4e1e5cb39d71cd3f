"""Answers: proposals from an extractor, cells from grounding, findings from the checks."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from schemas.fields import FieldType, TextFormat
from schemas.geometry import Quad

FieldPath = tuple[str | int, ...]
"""`("total",)` or `("line_items", 0, "quantity")`: names, and the row's number from 0."""

Value = str | int | Decimal | bool
"""Dates are ISO 8601 strings, numbers and money exact decimals."""

CERTAIN_RATIO = 0.85
"""A match is called grounded from this ratio on; the threshold that callers of /ocr/fields know."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A value that an extractor proposes; grounding decides whether it is printed on the page."""

    path: FieldPath
    type: FieldType
    text: str
    """The value in any written form: `1.234,50` or `1234.5`."""
    word_ids: tuple[int, ...] = ()
    """The words that it was read from: a hint that may be empty or wrong."""
    score: float = 1.0
    """The extractor's own confidence, 0 to 1."""
    values: tuple[str, ...] = ()
    """The permitted values of an enum."""
    mark: Region | None = None
    """The tick box or radio button that gives the value, which `text` then states in words of its own."""
    doubtful: bool = False
    """True if the extractor cannot tell whether the value holds: a box is unclear, or several are ticked."""
    code: Region | None = None
    """The code that states the value, which is its place if the value is printed nowhere."""
    format: TextFormat | None = None
    """The form that the value of a string must have."""


class Status(StrEnum):
    """The result of looking for a value on the page."""

    GROUNDED = "grounded"
    UNCERTAIN = "uncertain"
    NOT_FOUND = "not_found"


class Region(NamedTuple):
    """A part of a page; pages count from 1."""

    page: int
    quad: Quad


@dataclass(frozen=True, slots=True)
class Place:
    """One occurrence of a value."""

    page: int
    """The first page that it is printed on, from 1."""
    quad: Quad
    """The rectangle around its symbols on that page."""
    text: str
    symbol_ids: tuple[int, ...]
    """The symbols' numbers in the whole document."""
    regions: tuple[Region, ...]
    """The symbols of each line, on any page."""


class Edit(NamedTuple):
    """One difference: `value`, at `position` of the squashed value, is printed as `found`."""

    position: int
    value: str
    found: str


class Evidence(NamedTuple):
    """The reasons for which a place was chosen."""

    agreement: float
    """The match ratio, but characters that OCR confuses cost a third of an edit, and touching characters cost too."""
    digits_agree: bool
    """False if a digit is lost, added or different."""
    hint: float
    """The part of the place's score that comes from the words that the extractor named."""
    label: float
    """Match of the words before or above the place with the field, 0 to 1; 0 if that was not needed to choose."""
    row: bool
    """True if other cells of the same record are printed in the place's row."""
    rivals: int
    """The number of other places that are as good."""
    doubtful: bool
    """True if the text is so short, and so far from its hint or label, that it may be there by chance."""
    by_meaning: bool
    """True if a number, date or truth value was found by its meaning rather than its letters."""
    written: str
    """The squashed text that the symbols were compared with."""
    found: str
    """The squashed symbols; for a badly damaged number or date its letters and digits. Both give the match ratio."""
    edits: tuple[Edit, ...]
    """The differences between the two, if requested."""
    probability: float
    """Probability that the value is printed at this place, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One value with its evidence."""

    path: FieldPath
    value: Value | None
    raw_text: str | None
    match_ratio: float
    """1 - edit distance / longer length, between the value as written and the symbols found, without white space."""
    status: Status
    place: Place | None
    confidence: float
    """Probability that the value and its place are both right, 0 to 1."""
    evidence: Evidence | None = None
    alternatives: tuple[Place, ...] = ()
    """Other places where the same value is printed, best first."""
    readings: tuple[Value, ...] = ()
    """All values that the text at this place can mean, `value` first, if nothing on the pages decides between them."""


class Outcome(StrEnum):
    """The outcome of a check."""

    PASSED = "passed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule applied to some cells."""

    rule: str
    outcome: Outcome
    paths: tuple[FieldPath, ...]
    message: str
    trivial: bool = False
    """True if a pass proves little, since most wrong values would pass too: a tax of 0, a quantity of 1."""


def not_found(path: FieldPath) -> Cell:
    """Return the cell of a field whose value was not found."""
    return Cell(path, None, None, 0.0, Status.NOT_FOUND, None, 0.0)
