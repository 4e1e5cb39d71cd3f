"""The one place that joins the rooms: bytes and a schema in, cells and findings out. Knows no HTTP."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import checks
import grounding
from documents import PageReader
from extractors import Discovery, Extractor, discover
from schemas.fields import Field, FieldType, Schema
from schemas.pages import Document
from schemas.results import Cell, FieldPath, Finding, not_found

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
    seconds: dict[str, float]


@dataclass(frozen=True)
class Reading:
    """The text of one document, and how long reading took in seconds."""

    document: Document
    seconds: dict[str, float]


class Pipeline:
    """Holds the rooms' implementations; safe to call from several threads."""

    def __init__(self, reader: PageReader, extractor: Extractor) -> None:
        self._reader = reader
        self._extractor = extractor

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
    ) -> Extraction:
        """Read, propose, ground, check.

        Args:
            explain: also say where else values stand and what differs from them; see `grounding.ground`.

        Raises:
            UnreadableDocument: the file or the page selection is at fault.
        """
        return self._extract(data, pages, locale, explain, lambda document: self._propose(document, schema, locale))

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

    def _propose(self, document: Document, schema: Schema, locale: str | None) -> Discovery:
        return Discovery(schema, self._extractor.propose(document, schema, locale))

    def _extract(
        self,
        data: bytes,
        pages: str | None,
        locale: str | None,
        explain: bool,
        propose: Callable[[Document], Discovery],
    ) -> Extraction:
        marks = [("", time.perf_counter())]
        document = self._reader.read(data, pages)
        marks.append(("read", time.perf_counter()))
        schema, proposals = propose(document)
        marks.append(("extract", time.perf_counter()))
        cells = grounding.ground(document, proposals, locale, explain)
        marks.append(("ground", time.perf_counter()))
        fields = schema.fields if schema else ()
        answer = arrange(fields, cells)
        findings = checks.run(schema, cells) if schema else []
        marks.append(("check", time.perf_counter()))
        seconds = {name: end - start for (_, start), (name, end) in itertools.pairwise(marks)}
        return Extraction(document, fields, answer, findings, seconds)


def arrange(fields: Sequence[Field], cells: Sequence[Cell]) -> CellRow:
    """Cells in the shape of the schema; what has no cell is `not_found`, rows without any value are left out."""
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
        rows = [_row(field.children or (), (*path, number), by_path) for number in numbers]
        row[field.name] = [r for r in rows if _has_value(r)]
    return row


def _has_value(row: CellRow) -> bool:
    return any(_has_value_in(item) for item in row.values())


def _has_value_in(item: Cell | list[CellRow]) -> bool:
    return any(map(_has_value, item)) if isinstance(item, list) else item.value is not None
