"""Documents with the truth of their fields, for fitting the ranker.

They are composed ones, and real ones where available.
"""

from __future__ import annotations

import json
import math
import pickle
import random
import re
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from rapidfuzz import fuzz

from documents import DocumentReader
from documents.ocr import model_files
from documents.ocr.paddle import PaddleOcr
from extractors import discover
from schemas.fields import Field, FieldType
from schemas.geometry import Box, quad_of
from schemas.normalise import dates, numbers
from schemas.normalise.characters import squash
from schemas.pages import Document, Line, Page, Symbol, TextSource, make_line, make_word
from schemas.upright import upright
from training.synthetic import RequestedField, compose, requested_fields
from training.synthetic.sheet import ComposedPage

WIDTH = 1000.0
"""Width in pixels that a composed page is given; its boxes are fractions."""
ABSENT_FIELDS = Path(__file__).with_name("absent_fields.json")
"""Fields that no business document has, to teach what is not found."""
OTHER_SCHEMA_WEIGHT = 0.3
"""Weight of fields that are absent, or that labels on the page name, relative to the fields of the given schemas."""
MAX_PRINTED_FIELDS = 12
"""Maximum fields of a document that are named after its labels."""
DESCRIBED_SHARE = 0.3
"""Share of these fields that keep their label as a description."""
MISREAD = 90
"""Similarity in per cent from which a text counts as right: misread letters are not the ranker's fault."""


@dataclass(frozen=True)
class LabelledDocument:
    """A document, a schema, and the right texts of each single field.

    A field that is not on the page has no text.
    """

    name: str
    document: Document
    fields: tuple[Field, ...]
    right: dict[str, tuple[str, ...]]
    weight: float = 1.0


def document_of(page: ComposedPage) -> Document:
    """Return a composed page as a reader would; word ids are the numbers of the page's words."""
    lines: list[Line] = []
    words: list[Any] = []
    for number, (text, box, start) in enumerate(zip(page.texts, page.boxes, page.starts, strict=True)):
        if start and words:
            lines.append(make_line(tuple(words)))
            words = []
        step = (box[2] - box[0]) / len(text)
        symbols = tuple(
            Symbol(c, quad_of(Box(box[0] + i * step, box[1], box[0] + (i + 1) * step, box[3])), 1.0)
            for i, c in enumerate(text)
        )
        words.append(make_word(number, symbols))
    lines.append(make_line(tuple(words)))
    return Document((Page(1, WIDTH, WIDTH / page.aspect, tuple(lines), TextSource.TEXT_LAYER),))


def composed(seed: int, count: int, *, held_out: bool = False) -> Iterator[LabelledDocument]:
    """Yield `count` composed documents, each with a schema and its truth."""
    rng = random.Random(seed)
    for number in range(count):
        while True:
            page = compose(rng, held_out=held_out)
            requested = requested_fields(rng, page)
            if len(page.page.texts) > 5 and requested:
                break
        texts = page.page.texts
        fields = tuple(
            f for i, item in enumerate(requested) if item.parent < 0 and (f := _field(requested, i)) is not None
        )
        right = {
            item.name: tuple(" ".join(texts[i] for i in span) for span in item.spans)
            for item in requested
            if item.parent < 0 and item.type != "array"
        }
        if fields:
            yield LabelledDocument(f"composed {seed}-{number}", document_of(page.page), fields, right)


def _field(requested: Sequence[RequestedField], number: int) -> Field | None:
    """Return a field of the schema with its columns, or None for an array without any."""
    item = requested[number]
    about = item.about or None
    if item.type != "array":
        return Field(name=item.name, type=FieldType(item.type), description=about)
    inner = [
        f for i, child in enumerate(requested) if child.parent == number and (f := _field(requested, i)) is not None
    ]
    children = tuple({child.name: child for child in inner}.values())
    return Field(name=item.name, type=FieldType.ARRAY, description=about, children=children) if children else None


def is_fitted(truth: dict[str, Any]) -> bool:
    """Return whether a real document is in the half that may be fitted on.

    The other half is only measured. Documents of one layout, and scans of them, are in the same half; receipts have no
    layout and are split singly.
    """
    key = truth["id"] if truth["doc_type"] == "receipt" else truth["layout_cluster"]
    return zlib.crc32(key.encode()) % 2 == 0


class RealDocuments:
    """Documents that have an `<id>.gt.json` next to them, read as the service reads them."""

    def __init__(self, schemas: Sequence[Path], cache: Path | None = None) -> None:
        """Prepare to read documents.

        Args:
            schemas: files with `fields`, and `as`, which maps their own names of fields to those of the truth.
            cache: folder in which read documents are kept between runs.
        """
        self._schemas = [(path.stem, json.loads(path.read_text(encoding="utf-8"))) for path in schemas]
        self._cache = cache

    def all_of(self, folder: Path) -> Iterator[LabelledDocument]:
        """Yield all documents of a folder, once for each schema and twice for other fields."""
        return self._labelled(folder, _truths(folder))

    def half_of(self, folder: Path, *, fitted: bool) -> Iterator[LabelledDocument]:
        """Yield the half of a folder's documents that may be fitted on, or the other half."""
        return self._labelled(folder, [truth for truth in _truths(folder) if is_fitted(truth) == fitted])

    def _labelled(self, folder: Path, truths: Sequence[dict[str, Any]]) -> Iterator[LabelledDocument]:
        absent = tuple(Field.model_validate(field) for field in json.loads(ABSENT_FIELDS.read_text(encoding="utf-8")))
        layouts = Counter(truth["layout_cluster"] for truth in truths)
        with closing(DocumentReader(PaddleOcr(model_files.load()))) as reader:
            for truth in truths:
                document = self._read(reader, folder / truth["file"])
                is_receipt = truth["doc_type"] == "receipt"  # receipts have no layout
                weight = 1.0 if is_receipt else 1 / math.sqrt(layouts[truth["layout_cluster"]])
                for name, schema in self._schemas:
                    yield replace(_labelled_document(truth, document, schema, name), weight=weight)
                others = (_without(absent, document, truth["id"]), _printed(document, truth["id"]))
                yield from (replace(other, weight=weight * OTHER_SCHEMA_WEIGHT) for other in others)

    def _read(self, reader: DocumentReader, path: Path) -> Document:
        kept = self._cache / f"{path.name}.pickle" if self._cache else None
        if kept and kept.exists():
            return upright(pickle.loads(kept.read_bytes())).document
        document = reader.read(path.read_bytes())
        if kept:
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_bytes(pickle.dumps(document))
        return upright(document).document


def _without(absent: tuple[Field, ...], document: Document, name: str) -> LabelledDocument:
    """Return a document with fields that it does not have."""
    return LabelledDocument(f"{name} absent", document, absent, {field.name: () for field in absent})


def _printed(document: Document, name: str) -> LabelledDocument:
    """Return a document with fields that its own labels name.

    They teach the ranker to trust labels under any name.
    """
    found = discover(document)
    texts = {proposal.path[0]: proposal.text for proposal in found.proposals if len(proposal.path) == 1}
    fields = [field for field in found.schema.fields if field.name in texts] if found.schema else []
    rng = random.Random(name)
    chosen = tuple(
        field if rng.random() < DESCRIBED_SHARE else field.model_copy(update={"description": None})
        for field in rng.sample(fields, min(len(fields), MAX_PRINTED_FIELDS))
    )
    return LabelledDocument(f"{name} printed", document, chosen, {field.name: (texts[field.name],) for field in chosen})


def _truths(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.rglob("*.gt.json"))]


def _labelled_document(
    truth: dict[str, Any], document: Document, requested: dict[str, Any], name: str
) -> LabelledDocument:
    fields = tuple(Field.model_validate(f) for f in requested["fields"])
    right: dict[str, tuple[str, ...]] = {}
    for field in fields:
        known = truth["fields"].get(requested["as"].get(field.name, field.name))
        if not isinstance(known, dict):
            continue
        if known.get("status") == "visible":
            right[field.name] = tuple(dict.fromkeys(str(v) for v in (known["value"], known.get("raw")) if v))
        elif known.get("status") == "absent":
            right[field.name] = ()
    return LabelledDocument(f"{truth['id']} {name}", document, fields, right)


def same(field: Field, text: str, right: str) -> bool:
    """Return whether two texts mean the same value of the field's type."""
    if squash(text) == squash(right):
        return True
    if field.type is FieldType.DATE:
        return bool(_days(text) & _days(right))
    if field.type in (FieldType.MONEY, FieldType.NUMBER, FieldType.INTEGER):
        return bool(_numbers(text) & _numbers(right))
    one, other = (re.sub(r"[\W_]", "", squash(t)) for t in (text, right))
    return bool(one) and fuzz.ratio(one, other) >= MISREAD


def _days(text: str) -> set[date]:
    return {reading for span in dates.find(text)[:1] for reading in span.readings}


def _numbers(text: str) -> set[Decimal]:
    return {abs(value) for span in numbers.find(text)[:1] for value in span.readings}
