"""The one place that joins the rooms: bytes and a schema in, cells and findings out. Knows no HTTP."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import checks
import grounding
from documents import PageReader
from extractors import Discovery, Extractor, ExtractorFailed, Model, NamedWords, WordNamer, discover
from schemas.fields import Field, FieldType, Schema
from schemas.pages import Document, Page
from schemas.results import Cell, FieldPath, Finding, Proposal, not_found

CellRow = dict[str, "Cell | list[CellRow]"]
"""One row of an array, or the whole answer: exactly the schema's names, in its order."""


@dataclass(frozen=True)
class Extraction:
    """The answer to one call, and how long each stage took in seconds."""

    document: Document
    fields: tuple[Field, ...]
    """What was asked for, or what the pages themselves name."""
    data: CellRow
    findings: list[Finding]
    rows_seen: dict[str, int]
    """Of each array that the schema asks for: rows that the extractor saw, those without a value on the page too."""
    seconds: dict[str, float]


@dataclass(frozen=True)
class Reading:
    """The text of one document, and how long reading took in seconds."""

    document: Document
    seconds: dict[str, float]


class Pipeline:
    """Holds the rooms' implementations; safe to call from several threads."""

    def __init__(
        self, reader: PageReader, extractor: Extractor, choices: Mapping[str, Extractor] | None = None
    ) -> None:
        """Keep what computes.

        Args:
            reader: turns files into pages.
            extractor: proposes values where none is named.
            choices: extractors by the names under which calls may choose them.
        """
        self._reader = reader
        self._extractor = extractor
        self.choices = choices or {}
        self.model = extractor.model

    def read(self, data: bytes, pages: str | None = None) -> Reading:
        """Only read.

        Raises:
            UnreadableDocument: the file or the page selection is at fault.
        """
        start = time.perf_counter()
        document = self._reader.read(data, pages)
        return Reading(document, {"read": time.perf_counter() - start})

    def extract(
        self,
        data: bytes,
        schema: Schema,
        pages: str | None = None,
        locale: str | None = None,
        explain: bool = False,
        choice: str | None = None,
    ) -> Extraction:
        """Read, propose, ground, check.

        Args:
            explain: also say where else values stand and what differs from them; see `grounding.ground`.
            choice: a name among `choices`.

        Raises:
            ExtractorFailed: it cannot answer, or is not there.
            ExtractorUnavailable: it does not answer at the moment.
            UnreadableDocument: the file or the page selection is at fault.
        """
        extractor = self._extractor
        if choice is not None:
            if choice not in self.choices:
                raise ExtractorFailed(f"the extractor '{choice}' is not set up on the machine that has the document")
            extractor = self.choices[choice]

        def propose(document: Document) -> Discovery:
            return Discovery(schema, extractor.propose(document, schema, locale))

        return self._extract(data, pages, locale, explain, propose, extractor.picture_side)

    def discover(
        self, data: bytes, pages: str | None = None, locale: str | None = None, explain: bool = False
    ) -> Extraction:
        """Read, take the fields from the pages themselves, ground, check. Pages that name none have no fields.

        Args:
            explain: as for `extract`.

        Raises:
            UnreadableDocument: the file or the page selection is at fault.
        """
        return self._extract(data, pages, locale, explain, discover)

    def first_page(self, data: bytes, field: str) -> Page:
        """The first page for `name_words` or `extract_read`, whose text somebody else has read.

        Raises:
            UnreadableDocument: the file is at fault.
        """
        return self._reader.first_page(data, self._namer_or_extractor(field).picture_side)

    def model_for(self, field: str) -> Model:
        """What serves `name_words`, or else `extract_read`."""
        return self._namer_or_extractor(field).model

    def name_words(self, document: Document, field: str) -> NamedWords | None:
        """What a model that was taught this field says of every word; None where none was."""
        namer = self._namer(field)
        return namer.name_words(document, field) if namer else None

    def _namer_or_extractor(self, field: str) -> WordNamer | Extractor:
        return self._namer(field) or self._extractor

    def _namer(self, field: str) -> WordNamer | None:
        return next((e for e in self.choices.values() if isinstance(e, WordNamer) and e.knows(field)), None)

    def extract_read(self, document: Document, schema: Schema) -> Extraction:
        """Propose, ground, check, on what somebody else has read."""
        return self._extracted(
            document, [], None, False, lambda page: Discovery(schema, self._extractor.propose(page, schema))
        )

    def _extract(
        self,
        data: bytes,
        pages: str | None,
        locale: str | None,
        explain: bool,
        propose: Callable[[Document], Discovery],
        picture_side: int = 0,
    ) -> Extraction:
        marks = [("", time.perf_counter())]
        document = self._reader.read(data, pages, picture_side)
        marks.append(("read", time.perf_counter()))
        return self._extracted(document, marks, locale, explain, propose)

    def _extracted(
        self,
        document: Document,
        marks: list[tuple[str, float]],
        locale: str | None,
        explain: bool,
        propose: Callable[[Document], Discovery],
    ) -> Extraction:
        """What stands in pages that were read.

        Args:
            marks: when which stage was over, so far.
        """
        marks = marks or [("", time.perf_counter())]
        schema, proposals = propose(document)
        marks.append(("extract", time.perf_counter()))
        cells = numbered(grounding.ground(document, proposals, locale, explain))
        marks.append(("ground", time.perf_counter()))
        fields = schema.fields if schema else ()
        findings = checks.run(schema, cells) if schema else []
        answer = arrange(fields, checks.confirm(cells, findings))
        marks.append(("check", time.perf_counter()))
        seconds = {name: end - start for (_, start), (name, end) in itertools.pairwise(marks)}
        return Extraction(document, fields, answer, findings, rows_seen(fields, proposals), seconds)


def rows_seen(fields: Sequence[Field], proposals: Sequence[Proposal]) -> dict[str, int]:
    """Rows that were proposed, by the names of the arrays."""
    seen = {(p.path[0], p.path[1]) for p in proposals if len(p.path) > 1}
    return {f.name: sum(name == f.name for name, _ in seen) for f in fields if f.type is FieldType.ARRAY}


def numbered(cells: Sequence[Cell]) -> list[Cell]:
    """Without the rows in which nothing was found, the others numbered from 0: paths are then those of the answer."""
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


def arrange(fields: Sequence[Field], cells: Sequence[Cell]) -> CellRow:
    """Cells in the shape of the schema; what has no cell is `not_found`."""
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
