"""What the server answers, typed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict

M = TypeVar("M")
Value = str | int | Decimal | bool | None


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, coerce_numbers_to_str=False)


class Box(_Answer):
    """Integers 0 to 1000 of the page, origin top-left."""

    xmin: int
    ymin: int
    xmax: int
    ymax: int


class Point(_Answer):
    """Integers 0 to 1000 of the page, origin top-left."""

    x: int
    y: int


class Place(_Answer):
    """Another place where the same value stands."""

    page: int
    raw_text: str
    bbox: Box
    vertices: tuple[Point, ...]


class Region(_Answer):
    """A part of a page."""

    page: int
    bbox: Box
    vertices: tuple[Point, ...]


class Edit(_Answer):
    """One difference: `value` at `position` of the value as written stands as `found` on the page."""

    position: int
    value: str
    found: str


class Evidence(_Answer):
    """Why a place was chosen, and all that is needed to compute `match_ratio` again."""

    symbols: tuple[int, ...]
    """Ids of the symbols, counted through the document."""
    regions: tuple[Region, ...]
    """One for each line that the value stands in, on any page."""
    written: str
    """The value as it is written there, NFKC, case folded, without white space."""
    found: str
    """The symbols in the same form; of a damaged number its letters and digits."""
    edits: tuple[Edit, ...]
    """What differs between the two."""
    agreement: float
    """As `match_ratio`, but what OCR confuses costs a third of an edit."""
    digits_agree: bool
    """Whether no digit is lost, added or another one."""
    hint: float
    """What the words that the extractor named add to the place's score."""
    label: float
    """How well nearby words name the field, 0 to 1, where that had to decide."""
    row: bool
    """Whether other cells of the record stand in the same row."""
    rivals: int
    """Other places that are as good."""
    doubtful: bool
    """So short a text stands by chance, away from its hint or label."""
    probability: float
    """That the value stands at this place."""


class Cell(_Answer):
    """One value and the proof of where it stands."""

    value: Value
    """Typed: dates are ISO 8601 strings, numbers and money exact `Decimal`s or `int`s; None when not on the page."""
    raw_text: str | None
    """What stands on the page, verbatim."""
    match_ratio: float
    """Agreement of the value as written with the symbols found, 0 to 1."""
    status: Literal["grounded", "uncertain", "not_found"]
    """Whether the value stands on the page."""
    page: int | None
    """From 1."""
    bbox: Box | None
    """Around the text, upright."""
    vertices: tuple[Point, ...]
    """Clockwise from the text's own top-left corner; empty when not on the page."""
    confidence: float
    """The probability that the value and its place are both right, 0 to 1."""
    alternatives: tuple[Place, ...] = ()
    """Filled when asked for with `include=["alternatives"]`."""
    evidence: Evidence | None = None
    """Filled when asked for with `include=["evidence"]`."""


class Row:
    """Named cells: the whole answer, or one row of an array."""

    def __init__(self, items: dict[str, Cell | list[Row]]) -> None:
        self.items = items
        """By name, in the order of the schema."""

    def __getitem__(self, name: str) -> Cell:
        """The cell of a field that is not an array.

        Raises:
            KeyError: no such field, or an array: use `rows`.
        """
        cell = self.items[name]
        if isinstance(cell, list):
            raise KeyError(f"'{name}' is an array; use rows('{name}')")
        return cell

    def rows(self, name: str) -> list[Row]:
        """The rows of an array.

        Raises:
            KeyError: no such field, or no array.
        """
        rows = self.items[name]
        if not isinstance(rows, list):
            raise KeyError(f"'{name}' is not an array; use ['{name}']")
        return rows

    def values(self) -> dict[str, Any]:
        """Plain values without places, in the shape of the schema."""
        return {
            name: [row.values() for row in item] if isinstance(item, list) else item.value
            for name, item in self.items.items()
        }

    def cells(self, prefix: str = "") -> Iterator[tuple[str, Cell]]:
        """Every cell with its path, such as `line_items[0].quantity`."""
        for name, item in self.items.items():
            if isinstance(item, list):
                for number, row in enumerate(item):
                    yield from row.cells(f"{prefix}{name}[{number}].")
            else:
                yield f"{prefix}{name}", item


class FindingBox(_Answer):
    """Where one of the values of a check stands."""

    field: str
    """Its path, such as `line_items[0].quantity`."""
    page: int
    """From 1."""
    bbox: Box


class Finding(_Answer):
    """A check of arithmetic, dates, currency or check digits over some fields."""

    rule: str
    """Its name, such as `total_is_net_plus_tax`."""
    outcome: Literal["passed", "failed"]
    fields: tuple[str, ...]
    """Paths of the values, such as `line_items[0].quantity`."""
    message: str
    """The figures and, where the check failed, the difference."""
    boxes: tuple[FindingBox, ...] = ()
    """One for each of the values that stands on a page."""


@dataclass(frozen=True)
class Extraction(Generic[M]):
    """The answer to one call."""

    request_id: str
    data: Row
    """Exactly the requested fields, or those that were found."""
    parsed: M
    """An instance of the model class that was asked for, else None."""
    checks: tuple[Finding, ...] = ()
    fields: tuple[dict[str, Any], ...] = ()
    """The schema of `data`, with `auto_fields=True` or when asked for; `extract(..., fields=...)` takes it as it is."""
    rows_seen: Mapping[str, int] = field(default_factory=dict)
    """Of each array, how many rows were seen on the pages; fewer may have been returned, see `rows`."""
    pages: int = 0
    """How many pages were read."""
    replayed: bool = False
    """Whether the server had answered this very call before; then nothing was charged again."""
    raw: dict[str, Any] = field(default_factory=dict, repr=False)
    """The body, parsed."""
    text: str = field(default="", repr=False)
    """The body as it came."""

    def __getitem__(self, name: str) -> Cell:
        """See `Row.__getitem__`."""
        return self.data[name]

    def rows(self, name: str) -> list[Row]:
        """See `Row.rows`."""
        return self.data.rows(name)

    def values(self) -> dict[str, Any]:
        """See `Row.values`."""
        return self.data.values()

    def cells(self) -> Iterator[tuple[str, Cell]]:
        """See `Row.cells`."""
        return self.data.cells()


class TextWord(_Answer):
    """A word and where it stands."""

    text: str
    confidence: float
    """The reader's own certainty, 0 to 1; 1 for a PDF's own text."""
    bbox: Box
    vertices: tuple[Point, ...]


class TextLine(TextWord):
    """Words that are read together; a table's row is one line for each of its cells."""

    words: tuple[TextWord, ...]


class TextPage(_Answer):
    """What stands on one page."""

    page: int
    width: float
    """Pixels (images) or points (PDF)."""
    height: float
    source: Literal["text_layer", "ocr"]
    preprocessing: dict[str, Any] | None
    """What was done to the picture; None where the PDF's own text was taken."""
    text: str
    """Plain text in reading order."""
    lines: tuple[TextLine, ...]


class Text(_Answer):
    """What stands on a document's pages."""

    requestId: str
    text: str
    """Plain text of all pages, a form feed between two."""
    pages: tuple[TextPage, ...]


class Template(_Answer):
    """A ready-made schema, or one that the account has saved."""

    id: str
    version: int | None = None
    """Of a saved one; None of a ready-made one."""
    title: str
    description: str
    fields: tuple[dict[str, Any], ...]


class JobError(_Answer):
    """Why a document has no result."""

    code: str
    """One of the codes of the server's documentation, such as `invalid_image`."""
    message: str


class Progress(_Answer):
    """Documents by what has become of them."""

    total: int
    queued: int
    running: int
    succeeded: int
    failed: int
    cancelled: int


class JobDocument(_Answer):
    """A document of a job."""

    number: int
    """From 0, in the order in which they were handed in."""
    name: str | None
    status: str
    """`queued`, `running`, `succeeded`, `failed` or `cancelled`."""
    requestId: str
    attempts: int
    pages: int | None
    finishedAt: datetime | None
    error: JobError | None
    result: Any = None
    """An `Extraction` when it has succeeded."""


class Job(_Answer):
    """Documents that were handed in together."""

    id: str
    status: str
    """`queued`, `running`, `succeeded`, `partly_failed`, `failed` or `cancelled`."""
    priority: str
    template: str | None
    templateVersion: int | None
    createdAt: datetime
    finishedAt: datetime | None
    expiresAt: datetime | None
    """When the results go; known when the last document has ended."""
    progress: Progress
    documents: tuple[JobDocument, ...]

    @property
    def done(self) -> bool:
        """Whether the last document has ended."""
        return self.finishedAt is not None


class FreeCalls(_Answer):
    """The month's free calls."""

    used: int
    limit: int
    remaining: int
    cycleStart: datetime
    cycleEnd: datetime


class Amount(_Answer):
    """What is left this month."""

    free: FreeCalls
    balance: Decimal
    """What was paid in and not used, in `currency`."""
    currency: str
    perCallCost: Decimal
    """Of a call beyond the free ones."""
    cap: str
    """`hard`: calls that neither free calls nor balance cover are refused; `soft`: the balance goes below zero."""


class UsageRow(_Answer):
    """One group of calls; it has what it was grouped by."""

    day: date | None = None
    """In UTC."""
    key: str | None = None
    route: str | None = None
    template: str | None = None
    calls: int
    pages: int
    cost: Decimal


class Usage(_Answer):
    """Charged calls of the account."""

    calls: int
    pages: int
    cost: Decimal
    currency: str
    days: tuple[UsageRow, ...]
    rows: tuple[UsageRow, ...] = ()
    """In other groups, where those were asked for."""


def row_of(answer: dict[str, Any]) -> Row:
    """The `data` of an answer, typed."""
    return Row(
        {
            name: [row_of(row) for row in item] if isinstance(item, list) else Cell.model_validate(item)
            for name, item in answer.items()
        }
    )
