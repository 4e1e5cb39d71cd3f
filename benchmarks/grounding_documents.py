"""Ground the true values of real documents on our own reading.

Then check where they are found.

Values are normalised (`2024-03-01`, `1234.50`), never in their printed form. The same values are also searched for on
other documents, where none may be found that is not printed there.
"""

from __future__ import annotations

import json
import pickle
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from documents import DocumentReader
from documents.ocr import model_files
from documents.ocr.paddle import PaddleOcr
from grounding import ground
from schemas.fields import FieldType
from schemas.frames import GridBox, grid_box
from schemas.pages import Document
from schemas.results import CERTAIN_RATIO, Cell, FieldPath, Proposal, Status
from service.evaluation.markdown_tables import table

DATA = Path("../shared/eval/dev")
READ = Path("build/bench/grounding/read")
"""Folder that keeps read documents for the other measurements of the same run."""
KINDS = {"born digital": "invoice", "degraded scans": "scan", "photographed receipts": "receipt"}
MIN_OVERLAP = 0.5
"""Smallest intersection over union of the found and the true box for a right answer."""
SLACK = 3
"""Grid steps by which the centre of a right answer may be outside the true box, which may be a line."""
TYPES = {
    "date": FieldType.DATE,
    "due_date": FieldType.DATE,
    **dict.fromkeys(("total_incl", "total_excl", "total_tax", "amount_due", "base", "value"), FieldType.MONEY),
    **dict.fromkeys(("unit_price", "line_total"), FieldType.MONEY),
    **dict.fromkeys(("rate", "tax_rate", "quantity"), FieldType.NUMBER),
}
"""Types of the fields that are not text."""


class LocatedValue(NamedTuple):
    """One printed value with the places where it is printed, as (page, box)."""

    proposal: Proposal
    places: list[tuple[int, GridBox]]


class RealDocument(NamedTuple):
    """A read document and the truth about it."""

    name: str
    kind: str
    source: str
    document: Document
    truths: list[LocatedValue]
    statuses: dict[str, str]
    """Status of each field: `visible`, `absent` or `unknown`."""


def real_documents(cache: Path | None = None) -> Iterator[RealDocument]:
    """Yield every document of the development set with located values.

    `cache` keeps read documents between runs.
    """
    with closing(DocumentReader(PaddleOcr(model_files.load()))) as reader:
        for path in sorted(DATA.rglob("*.gt.json")):
            truth = json.loads(path.read_text("utf-8"))
            kind = "scan" if truth.get("derived_from") else "receipt" if path.parent.name == "sroie" else "invoice"
            if truths := list(_truths(truth)):
                document = _read(reader, DATA / truth["file"], cache)
                fields = truth["fields"].items()
                statuses = {name: field.get("status", "") for name, field in fields if isinstance(field, dict)}
                yield RealDocument(truth["id"], kind, truth["source"], document, truths, statuses)


def _read(reader: DocumentReader, path: Path, cache: Path | None) -> Document:
    kept = cache / f"{path.name}.pickle" if cache else None
    if kept and kept.exists():
        read: Document = pickle.loads(kept.read_bytes())
        return read
    document = reader.read(path.read_bytes())
    if kept:
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(pickle.dumps(document))
    return document


def _truths(truth: dict[str, Any]) -> Iterator[LocatedValue]:
    fields = truth["fields"]
    for name, field in fields.items():
        if isinstance(field, dict):
            yield from _truth((name,), field)
        elif isinstance(field, list) and name in {"taxes", "line_items"}:
            for row, cells in enumerate(field):
                for column, cell in cells.items():
                    if isinstance(cell, dict):
                        yield from _truth((name, row, column), cell)
        elif isinstance(field, list):
            for row, cell in enumerate(field):
                yield from _truth((name, row, "value"), cell, FieldType.STRING)


def _truth(path: FieldPath, field: dict[str, Any], kind: FieldType | None = None) -> Iterator[LocatedValue]:
    if not field.get("bbox") or field.get("value") in {None, ""}:
        return
    places = [field, *(field.get("alts") or ())]
    found = [(p.get("page") or 1, GridBox(*p["bbox"])) for p in places if p.get("bbox")]
    kind = kind or TYPES.get(str(path[-1]), FieldType.STRING)
    yield LocatedValue(Proposal(path, kind, str(field["value"])), found)


def is_right(cell: Cell, truth: LocatedValue) -> bool:
    """Return whether the cell's box mostly equals a true one, or its centre is within one."""
    if cell.place is None:
        return False
    box = grid_box(cell.place.quad.box)
    return any(page == cell.place.page and _agree(box, other) for page, other in truth.places)


def _agree(found: GridBox, true: GridBox) -> bool:
    x, y = (found.xmin + found.xmax) / 2, (found.ymin + found.ymax) / 2
    inside = true.xmin - SLACK <= x <= true.xmax + SLACK and true.ymin - SLACK <= y <= true.ymax + SLACK
    width = min(found.xmax, true.xmax) - max(found.xmin, true.xmin)
    height = min(found.ymax, true.ymax) - max(found.ymin, true.ymin)
    shared = max(0, width) * max(0, height)
    return inside or shared >= MIN_OVERLAP * (_area(found) + _area(true) - shared) > 0


def _area(box: GridBox) -> int:
    return (box.xmax - box.xmin) * (box.ymax - box.ymin)


def measure_documents() -> str:
    """Run the measurement and return it as Markdown."""
    shutil.rmtree(READ, ignore_errors=True)  # read by an older reader
    everything = list(real_documents(READ))
    rows = []
    for title, kind in KINDS.items():
        right = count = elsewhere = 0
        documents = [real for real in everything if real.kind == kind]
        for real in documents:
            cells = ground(real.document, [truth.proposal for truth in real.truths])
            for cell, truth in zip(cells, real.truths, strict=True):
                count += 1
                right += is_right(cell, truth)
                elsewhere += cell.match_ratio == 1.0 and not is_right(cell, truth)
        rows.append((title, len(documents), count, f"{100 * right / count:.2f}", elsewhere, count - right - elsewhere))
    header = ("set", "documents", "values", "% in the right place", "same text elsewhere", "other misses")
    foreign, grounded, printed = _foreign(everything)
    return "\n\n".join(
        [
            "### On real documents",
            "The true values, normalised, are grounded on our own reading, without hints. An answer is right by the"
            " scorer's rule for boxes, at the annotated place or one of its alternatives. `same text elsewhere` counts"
            " values printed letter by letter at a place that is not annotated: a name or address printed twice.",
            table(header, rows),
            f"{foreign} values of other documents were searched for too, those of each document on three others:"
            f" {grounded} were grounded, {printed} of them because they are printed there in full, letter by letter or"
            f" in another form of the same value, {grounded - printed} otherwise.",
        ]
    )


def _foreign(everything: list[RealDocument]) -> tuple[int, int, int]:
    """Count values of other documents: searched for, grounded, and printed there.

    Punctuation is ignored in deciding whether a value is printed there.
    """
    count = grounded = printed = 0
    for distance in (11, 37, 71):
        for number, real in enumerate(everything):
            other = everything[(number + distance) % len(everything)]
            proposals = [truth.proposal for truth in other.truths]
            for cell in ground(real.document, proposals):
                count += 1
                if cell.status is Status.GROUNDED and cell.match_ratio >= CERTAIN_RATIO and cell.evidence:
                    grounded += 1
                    printed += _letters(cell.evidence.written) == _letters(cell.evidence.found)
    return count, grounded, printed


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text))
