"""The true values of real documents, grounded on what our own reading gives: are they found where they stand?

Values are the truth's normalised ones (`2024-03-01`, `1234.50`), never their printed form. The same values are sought
on other documents, where none may be found that is not printed there.
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
from documents.ocr import models
from documents.ocr.paddle import PaddleOcr
from grounding import ground
from schemas.fields import FieldType
from schemas.frames import GridBox, grid_box
from schemas.pages import Document
from schemas.results import CERTAIN_RATIO, Cell, FieldPath, Proposal, Status
from service.evaluation.markdown_tables import table
from service.settings import Settings

DATA = Path("../shared/eval/dev")
READ = Path("build/bench/grounding/read")
"""Keeps what was read for the other measurements of the same run."""
KINDS = {"born digital": "invoice", "degraded scans": "scan", "photographed receipts": "receipt"}
MIN_OVERLAP = 0.5
"""Intersection over union of the found and the true box..."""
SLACK = 3
"""...or so far, in steps of the grid, the middle of the found box may lie outside the true one: lines hold more."""
TYPES = {
    "date": FieldType.DATE,
    "due_date": FieldType.DATE,
    **dict.fromkeys(("total_incl", "total_excl", "total_tax", "amount_due", "base", "value"), FieldType.MONEY),
    **dict.fromkeys(("unit_price", "line_total"), FieldType.MONEY),
    **dict.fromkeys(("rate", "tax_rate", "quantity"), FieldType.NUMBER),
}
"""Every other field is text."""


class Truth(NamedTuple):
    """One printed value: the places where it stands as (page, box)."""

    proposal: Proposal
    places: list[tuple[int, GridBox]]


class RealDocument(NamedTuple):
    """What was read, and the truth about it."""

    name: str
    kind: str
    source: str
    document: Document
    truths: list[Truth]
    statuses: dict[str, str]
    """Of each field: `visible`, `absent` or `unknown`."""


def real_documents(cache: Path | None = None) -> Iterator[RealDocument]:
    """Every document of the development set that has located values; `cache` keeps what was read between two runs."""
    with closing(DocumentReader(PaddleOcr(models.load(Settings().effective_models_dir())))) as reader:
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


def _truths(truth: dict[str, Any]) -> Iterator[Truth]:
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


def _truth(path: FieldPath, field: dict[str, Any], kind: FieldType | None = None) -> Iterator[Truth]:
    if not field.get("bbox") or field.get("value") in {None, ""}:
        return
    places = [field, *(field.get("alts") or ())]
    found = [(p.get("page") or 1, GridBox(*p["bbox"])) for p in places if p.get("bbox")]
    kind = kind or TYPES.get(str(path[-1]), FieldType.STRING)
    yield Truth(Proposal(path, kind, str(field["value"])), found)


def is_right(cell: Cell, truth: Truth) -> bool:
    """Whether the cell's box and a true one are mostly the same, or its middle lies in the true one."""
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
    """Markdown."""
    shutil.rmtree(READ, ignore_errors=True)  # what an older reader read
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
            "The true values, normalised, grounded on what our own reading gives, without hints; right is the scorer's"
            " rule for boxes, at the annotated place or one of its alternatives. `same text elsewhere` stands letter"
            " by letter where the annotation has no box: a name or address that is printed twice.",
            table(header, rows),
            f"{foreign} values of other documents were sought too (each document's on three others): {grounded} were"
            f" grounded, {printed} of them because they are printed there in full, letter by letter or by their"
            f" meaning, {grounded - printed} otherwise.",
        ]
    )


def _foreign(everything: list[RealDocument]) -> tuple[int, int, int]:
    """Values of other documents: how many were sought, grounded, and stand there without any difference but marks."""
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
