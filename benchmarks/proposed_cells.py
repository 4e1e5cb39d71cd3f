"""Ground what the extractor proposes on real documents, and judge each value and place."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import checks
from benchmarks.grounding_documents import DATA, LocatedValue, RealDocument, is_right, real_documents
from extractors import FieldExtractor
from grounding import ground
from schemas.fields import FieldType, Schema
from schemas.normalise.characters import squash
from schemas.results import Cell, Evidence
from schemas.upright import upright

SCHEMA = DATA.parent / "schemas" / "plain.json"
LISTS = ("ibans", "bics", "supplier_ids")


class Example(NamedTuple):
    """A cell with a value, its features for the confidence, and whether it is right."""

    cell: Cell
    evidence: Evidence
    score: float
    """The extractor's score."""
    read: float
    """The reader's mean confidence in the symbols of the cell."""
    right: bool
    half: int
    """0 or 1; documents of one source are in the same half, receipts are split."""
    odds: float
    """The factor by which the checks multiply the odds that the cell is right."""
    kind: str
    """The kind of document: `invoice`, `scan` or `receipt`."""

    @property
    def in_row(self) -> bool:
        """True if the cell is in a row of an array."""
        return len(self.cell.path) > 1


def examples(cache: Path | None = None) -> Iterator[Example]:
    """Yield every cell whose truth is known; see `real_documents`."""
    schema = Schema(fields=json.loads(SCHEMA.read_text("utf-8"))["fields"])
    extractor = FieldExtractor()
    for real in real_documents(cache):
        half = zlib.crc32((real.name if real.kind == "receipt" else real.source).encode()) % 2
        turned = upright(real.document)
        proposals = extractor.propose(turned.document, schema)
        symbols = [symbol for _, symbol in real.document.symbols()]
        cells = turned.as_sent(ground(turned.document, proposals))
        undecided = [replace(cell, confidence=0.5) for cell in cells]
        confirmed = checks.confirm(undecided, checks.run(schema, cells))
        for proposal, cell, sure in zip(proposals, cells, confirmed, strict=True):
            right = _is_right(cell, real)
            if cell.place is None or cell.evidence is None or right is None:
                continue
            certainties = [symbols[i].confidence for i in cell.place.symbol_ids]
            read = sum(certainties) / len(certainties)
            odds = sure.confidence / (1 - sure.confidence)
            yield Example(cell, cell.evidence, proposal.score, read, right, half, odds, real.kind)


def _is_right(cell: Cell, real: RealDocument) -> bool | None:
    """Return whether the cell is right, or None if the truth is not known."""
    name = str(cell.path[0])
    if real.statuses.get(name) == "absent":
        return False
    column = name if len(cell.path) == 1 else "value" if name in LISTS else str(cell.path[-1])
    same_column = [
        truth
        for truth in real.truths
        if truth.proposal.path[0] == name and (len(cell.path) == 1 or truth.proposal.path[-1] == column)
    ]
    if not same_column:
        return None
    return any(_same(cell, truth) and is_right(cell, truth) for truth in same_column)


def _same(cell: Cell, truth: LocatedValue) -> bool:
    if truth.proposal.type in {FieldType.MONEY, FieldType.NUMBER}:
        value: Any = cell.value
        return isinstance(value, int | Decimal) and Decimal(value) == Decimal(truth.proposal.text)
    return squash(str(cell.value)) == squash(truth.proposal.text)
