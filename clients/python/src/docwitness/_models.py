"""Typed models of the server's responses."""

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
    """An upright box on a grid of 0 to 1000 across and down the page, origin top left."""

    xmin: int
    ymin: int
    xmax: int
    ymax: int


class Point(_Answer):
    """A point on a grid of 0 to 1000 across and down the page, origin top left."""

    x: int
    y: int


class Place(_Answer):
    """Another place of a value, or another value that the cell's own text can mean."""

    value: Value = None
    """The value here: that of the cell at another place, one of its readings at the cell's own place."""
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
    """One difference: `value`, at `position` in `written`, is printed as `found`."""

    position: int
    value: str
    found: str


class Evidence(_Answer):
    """Why a place was chosen, with everything needed to recompute `match_ratio`."""

    symbols: tuple[int, ...]
    """Ids of the symbols found, counted through the document."""
    regions: tuple[Region, ...]
    """One region for each line of the value, on any page."""
    written: str
    """The value as written: NFKC-normalised, case folded, no white space."""
    found: str
    """The symbols in the same form; letters and digits only for a damaged number."""
    edits: tuple[Edit, ...]
    """Differences between `written` and `found`."""
    agreement: float
    """Like `match_ratio`, but characters that OCR often confuses cost a third of an edit."""
    digits_agree: bool
    """True if all digits agree: none lost, added or replaced."""
    hint: float
    """Score added because the extractor named words at this place."""
    label: float
    """Match of nearby words with the field, 0 to 1; 0 if not needed to choose."""
    row: bool
    """True if other cells of the same record are printed in the same row."""
    rivals: int
    """Number of other places that are just as good."""
    doubtful: bool
    """True if the text is so short that it may be here by chance, away from its hint or label."""
    probability: float
    """Probability that this is the value's place, 0 to 1."""


class Searched(_Answer):
    """The pages on which a value may have been overlooked."""

    poorly_read: tuple[int, ...]
    """Numbers of the pages of which many letters are uncertain."""


class Cell(_Answer):
    """One value and the proof of where it is printed."""

    value: Value
    """The typed value: dates as ISO 8601 strings, numbers and money as `Decimal` or `int`; None if not found."""
    raw_text: str | None
    """The text as it is printed; of a tick box its label, of a code what it says; None if there is none."""
    match_ratio: float
    """Agreement of the value as written with the symbols found, 0 to 1."""
    status: Literal["grounded", "uncertain", "not_found"]
    """`grounded`: printed or stated here; `uncertain`: the text differs or may mean something else; `not_found`."""
    page: int | None
    """Page number from 1; None if not found."""
    bbox: Box | None
    """Upright box around the text; None if not found."""
    vertices: tuple[Point, ...]
    """Four corners that follow the text's tilt, clockwise from its own top left; empty if not found."""
    confidence: float
    """Probability that the value and its place are both right, 0 to 1."""
    alternatives: tuple[Place, ...] = ()
    """Other places where the value is printed, with `include=["alternatives"]`.

    If the text can mean several values and nothing in the document decides, its readings come first: `3/4/2026`.
    """
    evidence: Evidence | None = None
    """Why this place was chosen, with `include=["evidence"]`."""
    searched: Searched | None = None
    """Set if the value was not found and some page was read poorly, so that it may be there all the same."""


class Row:
    """Named cells and arrays: the whole result, or one row of an array."""

    def __init__(self, items: dict[str, Cell | list[Row]]) -> None:
        self.items = items
        """Cells and rows by name, in the order of the schema."""

    def __getitem__(self, name: str) -> Cell:
        """Return the cell of a field that is not an array.

        Raises:
            KeyError: if there is no such field, or it is an array: use `rows`.
        """
        cell = self.items[name]
        if isinstance(cell, list):
            raise KeyError(f"'{name}' is an array. Use rows('{name}')")
        return cell

    def rows(self, name: str) -> list[Row]:
        """Return the rows of an array.

        Raises:
            KeyError: if there is no such field, or it is not an array.
        """
        rows = self.items[name]
        if not isinstance(rows, list):
            raise KeyError(f"'{name}' is not an array. Use ['{name}']")
        return rows

    def values(self) -> dict[str, Any]:
        """Return the values without places, in the shape of the schema."""
        return {
            name: [row.values() for row in item] if isinstance(item, list) else item.value
            for name, item in self.items.items()
        }

    def cells(self, prefix: str = "") -> Iterator[tuple[str, Cell]]:
        """Yield every cell with its path, such as `line_items[0].quantity`.

        Args:
            prefix: put before each path.
        """
        for name, item in self.items.items():
            if isinstance(item, list):
                for number, row in enumerate(item):
                    yield from row.cells(f"{prefix}{name}[{number}].")
            else:
                yield f"{prefix}{name}", item


class FindingBox(_Answer):
    """The place of one of a check's values."""

    field: str
    """Path of the value, such as `line_items[0].quantity`."""
    page: int
    """Page number from 1."""
    bbox: Box


class Finding(_Answer):
    """The outcome of a check of arithmetic, dates, currency or check digits."""

    rule: str
    """Name of the rule, such as `total_is_net_plus_tax`."""
    outcome: Literal["passed", "failed"]
    fields: tuple[str, ...]
    """Paths of the values, such as `line_items[0].quantity`."""
    message: str
    """The figures and, if the check failed, the difference."""
    boxes: tuple[FindingBox, ...] = ()
    """One box for each value that was found on a page."""


@dataclass(frozen=True)
class Extraction(Generic[M]):
    """The result of one document."""

    request_id: str
    data: Row
    """Exactly the requested fields, or those that were found."""
    parsed: M
    """An instance of the requested model class, else None."""
    checks: tuple[Finding, ...] = ()
    fields: tuple[dict[str, Any], ...] = ()
    """The schema of `data`, with `auto_fields=True` or `include=["fields"]`; pass it as `fields` to `extract`."""
    rows_seen: Mapping[str, int] = field(default_factory=dict)
    """Number of rows seen on the pages, by array; `rows` may return fewer."""
    pages: int = 0
    """Number of pages read."""
    replayed: bool = False
    """True if the server repeated an earlier response, free of charge."""
    raw: dict[str, Any] = field(default_factory=dict, repr=False)
    """The parsed body of the response."""
    text: str = field(default="", repr=False)
    """The body of the response, as received."""

    def __getitem__(self, name: str) -> Cell:
        """Return the cell of a field; see `Row.__getitem__`."""
        return self.data[name]

    def rows(self, name: str) -> list[Row]:
        """Return the rows of an array; see `Row.rows`."""
        return self.data.rows(name)

    def values(self) -> dict[str, Any]:
        """Return the values without places; see `Row.values`."""
        return self.data.values()

    def cells(self) -> Iterator[tuple[str, Cell]]:
        """Yield every cell with its path; see `Row.cells`."""
        return self.data.cells()


class TextWord(_Answer):
    """A word with its place."""

    text: str
    confidence: float
    """Confidence of the reading, 0 to 1; 1 for a PDF's own text."""
    bbox: Box
    vertices: tuple[Point, ...]


class TextLine(TextWord):
    """Words that are read together; in a table, each cell is a line of its own."""

    words: tuple[TextWord, ...]


class TextMark(_Answer):
    """A tick box or radio button."""

    state: Literal["empty", "ticked", "unclear"]
    shape: Literal["box", "circle", "text"]
    """Drawn as a box or a circle, or set as characters such as `[x]`."""
    label: str
    """The words next to it."""
    name: str | None
    """The name of the PDF form's field; None if the file has none."""
    confidence: float
    """Probability that the state is right, 0 to 1."""
    bbox: Box
    vertices: tuple[Point, ...]


class TextPage(_Answer):
    """The text of one page."""

    page: int
    width: float
    """Width in pixels (pictures) or points (PDF), as is `height`."""
    height: float
    source: Literal["text_layer", "ocr"]
    preprocessing: dict[str, Any] | None
    """Preparation of the picture; None if the PDF's own text was used."""
    text: str
    """Plain text in reading order."""
    lines: tuple[TextLine, ...]
    marks: tuple[TextMark, ...] = ()
    """Tick boxes and radio buttons, from the top to the bottom."""


class Text(_Answer):
    """The text of a document."""

    requestId: str
    text: str
    """Plain text of all pages, separated by form feeds."""
    pages: tuple[TextPage, ...]


class MarkdownCell(_Answer):
    """A cell of a table or row."""

    text: str
    """Plain text; empty if nothing is printed."""
    bbox: Box | None
    """None if nothing is printed."""
    vertices: tuple[Point, ...]


class MarkdownBlock(_Answer):
    """A heading, paragraph, item, row or table with its place."""

    kind: Literal["heading", "paragraph", "list_item", "row", "table"]
    markdown: str
    bbox: Box
    vertices: tuple[Point, ...]
    cells: tuple[tuple[MarkdownCell, ...], ...] | None
    """Rows of cells; None except for a table or row."""


class MarkdownPage(_Answer):
    """A page as Markdown."""

    page: int
    markdown: str
    blocks: tuple[MarkdownBlock, ...] | None = None
    """The page's blocks in reading order, with `blocks=True`."""


class Markdown(_Answer):
    """A document as Markdown."""

    requestId: str
    markdown: str
    """Markdown of all pages, separated by thematic breaks."""
    pages: tuple[MarkdownPage, ...]


class Template(_Answer):
    """A preset, or a template that the account has saved."""

    id: str
    version: int | None = None
    """Version of a saved template; None for a preset."""
    title: str
    description: str
    fields: tuple[dict[str, Any], ...]


class JobError(_Answer):
    """Why a document has no result."""

    code: str
    """One of the documented error codes, such as `invalid_image`."""
    message: str


class Progress(_Answer):
    """Number of documents with each status."""

    total: int
    queued: int
    running: int
    succeeded: int
    failed: int
    cancelled: int


class EmailPart(_Answer):
    """A part of an e-mail: its text, an attachment, or a part of an attached e-mail."""

    name: str
    number: int | None
    """Number of its document in the job; None if it is left out."""
    reason: str | None
    """Why it is left out; None if it is not."""


class JobDocument(_Answer):
    """A document of a job and its status."""

    number: int
    """Position in the job, from 0."""
    name: str | None
    partOf: int | None = None
    """Number of the e-mail that it was taken out of; None if it was submitted itself."""
    parts: tuple[EmailPart, ...] | None = None
    """The parts of an e-mail and what became of them; None for other documents."""
    status: str
    """`queued`, `running`, `succeeded`, `failed` or `cancelled`."""
    requestId: str
    attempts: int
    pages: int | None
    finishedAt: datetime | None
    error: JobError | None
    result: Any = None
    """An `Extraction`, once the document has succeeded."""


class Job(_Answer):
    """Documents that were submitted together."""

    id: str
    status: str
    """`queued`, `running`, `succeeded`, `partly_failed`, `failed` or `cancelled`."""
    priority: str
    template: str | None
    templateVersion: int | None
    createdAt: datetime
    finishedAt: datetime | None
    expiresAt: datetime | None
    """When the results are deleted; None until the last document has finished."""
    progress: Progress
    documents: tuple[JobDocument, ...]

    @property
    def done(self) -> bool:
        """True once all documents have finished."""
        return self.finishedAt is not None


class FreeCalls(_Answer):
    """Free calls of this calendar month (UTC)."""

    used: int
    limit: int
    remaining: int
    cycleStart: datetime
    cycleEnd: datetime


class Amount(_Answer):
    """Free calls, balance and price."""

    free: FreeCalls
    balance: Decimal
    """Prepaid amount left, in `currency`."""
    currency: str
    perCallCost: Decimal
    """Price of a call beyond the free ones."""
    cap: str
    """`hard` refuses calls that neither free calls nor balance cover; `soft` allows a negative balance."""


class UsageRow(_Answer):
    """Usage of one group; has the keys it was grouped by."""

    day: date | None = None
    """Day in UTC."""
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
    """Usage by the groups in `by`, if other than `day`."""


def row_of(answer: dict[str, Any]) -> Row:
    """Parse the `data` of a response."""
    return Row(
        {
            name: [row_of(row) for row in item] if isinstance(item, list) else Cell.model_validate(item)
            for name, item in answer.items()
        }
    )
