"""Join the packages: bytes and a schema in, cells and findings out. It knows no HTTP."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import NamedTuple

import checks
import grounding
from documents import EmailPart, PageReader, ReadingOptions, TextChecker
from documents.errors import UnreadableDocument
from documents.pictures import turned_jpeg
from documents.reading_options import DEFAULT
from extractors import Extractor, ExtractorFailed, discover
from schemas.deadline import Deadline, TookTooLong, current_deadline, within
from schemas.fields import Field, FieldType, Schema
from schemas.own_party import OwnParty
from schemas.pages import Document, TextSource
from schemas.results import Cell, FieldPath, Finding, Outcome, Proposal, not_found
from schemas.upright import UprightDocument, upright

CellRow = dict[str, "Cell | list[CellRow]"]
"""One row of an array, or the whole answer: exactly the schema's names, in its order."""


@dataclass(frozen=True)
class Extraction:
    """The answer to one call."""

    document: Document
    fields: tuple[Field, ...]
    """The fields of the schema, or those that the pages themselves name."""
    data: CellRow
    findings: list[Finding]
    rows_seen: dict[str, int]
    """For each array, the rows that the extractor saw, also those without a value on the page."""
    seconds: dict[str, float]
    """The duration of each stage in seconds."""


class ReadResult(NamedTuple):
    """The text of one document."""

    document: Document
    seconds: dict[str, float]
    """The duration of reading in seconds, as `read`."""


class Pipeline:
    """Reads, extracts, grounds and checks. Safe to call from several threads."""

    def __init__(
        self,
        reader: PageReader,
        extractor: Extractor,
        choices: Mapping[str, Extractor] | None = None,
        job_reader: PageReader | None = None,
        max_seconds: float = 120.0,
    ) -> None:
        """Join a reader and extractors.

        Args:
            reader: turns files into pages.
            extractor: serves calls that choose none.
            choices: the extractors that a call may choose, by name.
            job_reader: the reader of documents of jobs; that of calls if None.
            max_seconds: maximum time for one document; its reader extends it for many pages.
        """
        self.reader = reader
        self.extractor = extractor
        self.choices = choices or {}
        self.model = extractor.model
        self._job_reader = job_reader or reader
        self._max_seconds = max_seconds

    def for_jobs(self) -> Pipeline:
        """Return this pipeline with the limits of documents of jobs."""
        return Pipeline(self._job_reader, self.extractor, self.choices, max_seconds=self._max_seconds)

    @contextmanager
    def time_limit(self) -> Iterator[None]:
        """Limit the time of a block, unless it is part of one with a limit already."""
        with within(current_deadline() or Deadline(self._max_seconds)):
            yield

    def email_parts(self, data: bytes) -> list[EmailPart] | None:
        """Take an e-mail apart into files; None for any other file.

        Args:
            data: the bytes of the file.

        Raises:
            UnreadableDocument: if the e-mail is damaged, too large, or has nothing that can be read.
        """
        return self.reader.email_parts(data)

    def read(self, data: bytes, options: ReadingOptions = DEFAULT) -> ReadResult:
        """Read a document without extracting anything.

        Args:
            data: the bytes of the file.
            options: which pages to read, and how.

        Raises:
            TookTooLong: if reading takes longer than it may.
            UnreadableDocument: if the file or the page selection is invalid.
        """
        stopwatch = _Stopwatch()
        with self.time_limit():
            document = self.reader.read(data, options)
        stopwatch.lap("read")
        return ReadResult(document, stopwatch.seconds)

    def extract(
        self,
        data: bytes,
        schema: Schema,
        options: ReadingOptions = DEFAULT,
        locale: str | None = None,
        explain: bool = False,
        choice: str | None = None,
        own: OwnParty | None = None,
    ) -> Extraction:
        """Read a document, and extract the fields of a schema.

        Args:
            data: the bytes of the file.
            schema: the fields to extract.
            options: which pages to read, and how; the extractor decides about pictures.
            locale: a BCP 47 hint for ambiguous dates and numbers.
            explain: also report where else a value is printed and what differs from it; see `grounding.ground`.
            choice: a name among `choices`; the default extractor if None.
            own: the caller, if they said who they are; see `Extractor.propose`.

        Raises:
            ExtractorFailed: if the extractor gives no usable answer or is not set up.
            ExtractorUnavailable: if the extractor does not answer at the moment.
            TookTooLong: if all this takes longer than it may.
            UnreadableDocument: if the file or the page selection is invalid.
        """
        extractor = self._chosen(choice)
        stopwatch = _Stopwatch()
        options = replace(options, picture_side=extractor.picture_side)
        with self.time_limit():
            document = self.reader.read(data, options)
            stopwatch.lap("read")
            found = _extracted(document, extractor, schema, locale, own, explain, stopwatch)
            if not _sums_fail(found):
                return found
            try:
                checked = self._checked(document, data, options)
                stopwatch.lap("read")
                return _extracted(checked, extractor, schema, locale, own, explain, stopwatch) if checked else found
            except (TookTooLong, UnreadableDocument):  # the first reading has an answer
                return found

    def _checked(self, document: Document, data: bytes, options: ReadingOptions) -> Document | None:
        """Read a document again without trust in its text layer; None if its text stays the same."""
        if not isinstance(self.reader, TextChecker):
            return None
        if all(page.source is not TextSource.TEXT_LAYER for page in document.pages):
            return None
        return self.reader.read_checked(data, options)

    def extract_from(self, document: Document, schema: Schema, locale: str | None = None) -> Extraction:
        """Extract fields from pages that are read already, with the default extractor.

        Args:
            document: the pages.
            schema: the fields to extract.
            locale: a BCP 47 hint for ambiguous dates and numbers.

        Raises:
            ExtractorFailed: if the extractor gives no usable answer.
            ExtractorUnavailable: if the extractor does not answer at the moment.
            TookTooLong: if it takes longer than it may.
        """
        with self.time_limit():
            return _extracted(document, self.extractor, schema, locale, None, explain=False, stopwatch=_Stopwatch())

    def discover(
        self,
        data: bytes,
        options: ReadingOptions = DEFAULT,
        locale: str | None = None,
        explain: bool = False,
    ) -> Extraction:
        """Read a document, and extract the fields that its pages name; none if they name none.

        Args:
            data: the bytes of the file.
            options: which pages to read, and how.
            locale: a BCP 47 hint for ambiguous dates and numbers.
            explain: as for `extract`.

        Raises:
            TookTooLong: if all this takes longer than it may.
            UnreadableDocument: if the file or the page selection is invalid.
        """
        stopwatch = _Stopwatch()
        with self.time_limit():
            document = self.reader.read(data, options)
            stopwatch.lap("read")
            turned = upright(document)
            schema, proposals = discover(turned.document, locale)
            stopwatch.lap("extract")
            return _grounded(document, turned, schema, proposals, locale, explain, stopwatch)

    def _chosen(self, choice: str | None) -> Extractor:
        if choice is None:
            return self.extractor
        if choice not in self.choices:
            raise ExtractorFailed(f"the extractor '{choice}' is not set up on the machine that has the document")
        return self.choices[choice]


class _Stopwatch:
    """Measures the stages of one call in seconds; it starts when it is made."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, stage: str) -> None:
        now = time.perf_counter()
        self.seconds[stage] = self.seconds.get(stage, 0.0) + now - self._last
        self._last = now


def _sums_fail(found: Extraction) -> bool:
    """Return whether amounts contradict each other, as wrong digits make them."""
    return any(finding.outcome is Outcome.FAILED and finding.rule in checks.SUM_RULES for finding in found.findings)


def _extracted(
    document: Document,
    extractor: Extractor,
    schema: Schema,
    locale: str | None,
    own: OwnParty | None,
    explain: bool,
    stopwatch: _Stopwatch,
) -> Extraction:
    turned = upright(document, turned_jpeg)
    proposals = extractor.propose(turned.document, schema, locale, own)
    stopwatch.lap("extract")
    return _grounded(document, turned, schema, proposals, locale, explain, stopwatch)


def _grounded(
    document: Document,
    turned: UprightDocument,
    schema: Schema | None,
    proposals: Sequence[Proposal],
    locale: str | None,
    explain: bool,
    stopwatch: _Stopwatch,
) -> Extraction:
    """Ground and check proposals, and put the cells into the shape of the schema.

    Places are those on the document as sent.
    """
    cells = renumber_rows(grounding.ground(turned.document, proposals, locale, explain))
    stopwatch.lap("ground")
    fields = schema.fields if schema else ()
    findings = checks.run(schema, cells) if schema else []
    data = nest(fields, turned.as_sent(checks.confirm(cells, findings)))
    stopwatch.lap("check")
    return Extraction(document, fields, data, findings, rows_seen(fields, proposals), stopwatch.seconds)


def rows_seen(fields: Sequence[Field], proposals: Sequence[Proposal]) -> dict[str, int]:
    """Count the rows that were proposed, by the name of the array."""
    seen = {(p.path[0], p.path[1]) for p in proposals if len(p.path) > 1}
    return {f.name: sum(name == f.name for name, _ in seen) for f in fields if f.type is FieldType.ARRAY}


def renumber_rows(cells: Sequence[Cell]) -> list[Cell]:
    """Drop rows in which nothing was found and number the others from 0, as the answer does."""
    rows = {c.path[:end] for c in cells if c.value is not None for end in range(2, len(c.path), 2)}
    new: dict[FieldPath, FieldPath] = {}
    counts: dict[FieldPath, int] = {}
    for row in sorted(
        rows, key=lambda path: (len(path), [f"{part:09}" if isinstance(part, int) else part for part in path])
    ):
        array = (*new.get(row[:-2], ()), row[-2])
        new[row] = (*array, counts.get(array, 0))
        counts[array] = counts.get(array, 0) + 1
    return [
        replace(cell, path=(*new.get(cell.path[:-1], ()), cell.path[-1]))
        for cell in cells
        if len(cell.path) == 1 or cell.path[:-1] in new
    ]


def nest(fields: Sequence[Field], cells: Sequence[Cell]) -> CellRow:
    """Put cells into the shape of the schema; a field without a cell is `not_found`."""
    by_path = {cell.path: cell for cell in cells}
    return _row(fields, (), by_path)


def _row(fields: Sequence[Field], prefix: FieldPath, by_path: dict[FieldPath, Cell]) -> CellRow:
    row: CellRow = {}
    for field in fields:
        path = (*prefix, field.name)
        if field.type is not FieldType.ARRAY:
            row[field.name] = by_path.get(path) or not_found(path)
            continue
        numbers = sorted({p[len(path)] for p in by_path if len(p) > len(path) and p[: len(path)] == path}, key=int)
        row[field.name] = [_row(field.children or (), (*path, number), by_path) for number in numbers]
    return row
