"""Stand-ins for the slow packages, and pages made of text; passed in, never patched."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from accounts.work_queue import QueuedDelivery, QueuedDocument
from documents import EmailPart, ReceivedEmail
from documents.ocr.ocr_engine import OcrResult
from documents.pictures import Picture
from documents.reading_options import DEFAULT, ReadingOptions
from extractors import Model
from schemas.deadline import Deadline
from schemas.fields import Schema
from schemas.geometry import Box, quad_of
from schemas.own_party import OwnParty
from schemas.pages import Document, Line, Page, Preprocessing, Symbol, TextSource, make_line, make_word
from schemas.results import Proposal

CHARACTER = 0.01
"""Width of every character, in page widths: a page is 100 characters wide."""
ROW = 0.02
"""From one row to the next, in page heights; characters are 0.012 high."""


def document(*pages: str) -> Document:
    """Pages from text: one row of text is one row of the page, two or more spaces begin a new cell."""
    made: list[Page] = []
    next_id = 0
    for number, text in enumerate(pages, 1):
        lines: list[Line] = []
        for row, content in enumerate(text.strip("\n").split("\n")):
            for cell in re.finditer(r"\S+(?: \S+)*", content):
                words = []
                for word in re.finditer(r"\S+", cell[0]):
                    words.append(make_word(next_id, _symbols(word[0], cell.start() + word.start(), row)))
                    next_id += 1
                lines.append(make_line(tuple(words)))
        made.append(Page(number, 1000, 1000, tuple(lines), TextSource.TEXT_LAYER))
    return Document(tuple(made))


def _symbols(text: str, column: int, row: int) -> tuple[Symbol, ...]:
    top = 0.02 + row * ROW
    return tuple(
        Symbol(c, quad_of(Box((column + i) * CHARACTER, top, (column + i + 1) * CHARACTER, top + 0.012)), 1.0)
        for i, c in enumerate(text)
    )


def word_ids(document: Document, text: str) -> tuple[int, ...]:
    """The ids of the first consecutive words that read `text`."""
    wanted = text.split()
    words = [w.text for w in document.words]
    for start in range(len(words)):
        if words[start : start + len(wanted)] == wanted:
            return tuple(range(start, start + len(wanted)))
    raise AssertionError(f"{text!r} is not on the page")


class Blind:
    """An engine that reads nothing."""

    def read(self, picture: Picture, deadline: Deadline | None = None) -> OcrResult:
        size = (picture.shape[1], picture.shape[0])
        return OcrResult([], Preprocessing(size, size))


@dataclass
class FakeReader:
    """Gives one document, whatever the bytes; remembers what it was asked."""

    document: Document
    failure: Exception | None = None
    calls: list[tuple[bytes, str | None]] = field(default_factory=list)
    emails: dict[bytes, list[EmailPart]] = field(default_factory=dict)
    """What is taken out of the bytes that are e-mails."""
    passwords: list[str | None] = field(default_factory=list)

    def read(self, data: bytes, options: ReadingOptions = DEFAULT) -> Document:
        self.calls.append((data, options.pages))
        self.passwords.append(options.password)
        if data in self.emails:
            raise ReceivedEmail
        if self.failure:
            raise self.failure
        return self.document

    def email_parts(self, data: bytes) -> list[EmailPart] | None:
        return self.emails.get(data)

    def first_page(self, data: bytes, picture_side: int = 0) -> Page:
        if self.failure:
            raise self.failure
        return self.document.pages[0]


@dataclass
class FakeExtractor:
    """Proposes what it was given; remembers who the caller is."""

    proposals: list[Proposal]
    model: Model = field(default_factory=lambda: Model("fake", "cpu"))
    picture_side: int = 0
    own: OwnParty | None = None

    def propose(
        self, document: Document, schema: Schema, locale: str | None = None, own: OwnParty | None = None
    ) -> list[Proposal]:
        self.own = own
        return self.proposals


class Clock:
    """A clock that is set by hand."""

    def __init__(self, now: datetime = datetime(2025, 4, 30, 12, tzinfo=UTC)) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def go(self, **time: float) -> None:
        """Move the clock by hours, minutes and seconds; negative ones move it back."""
        self.now += timedelta(**time)


@dataclass
class FakeQueue:
    """Keeps the entries that are added, with their delay, until a test takes them out."""

    documents: list[tuple[QueuedDocument, timedelta]] = field(default_factory=list)
    deliveries: list[tuple[QueuedDelivery, timedelta]] = field(default_factory=list)

    def add_document(self, _session: Session, document: QueuedDocument, delay: timedelta = timedelta(0)) -> None:
        self.documents.append((document, delay))

    def add_delivery(self, _session: Session, delivery: QueuedDelivery, delay: timedelta = timedelta(0)) -> None:
        self.deliveries.append((delivery, delay))
