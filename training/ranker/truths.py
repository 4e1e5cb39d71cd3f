"""Documents with the truth of their fields, for fitting the ranker.

They are composed ones, and real ones where available.
"""

from __future__ import annotations

import json
import random
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from rapidfuzz import fuzz

from documents import DocumentReader
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


def real(
    folder: Path, schemas: list[Path], reader: DocumentReader, *, fitted: bool = True
) -> Iterator[LabelledDocument]:
    """Yield documents that have an `<id>.gt.json` next to them, once for each schema.

    A schema file has `fields`, and `as`, which maps its own field names to those of the truth.
    """
    for path in sorted(folder.rglob("*.gt.json")):
        truth = json.loads(path.read_text(encoding="utf-8"))
        if is_fitted(truth) != fitted:
            continue
        document = upright(reader.read((folder / truth["file"]).read_bytes())).document
        for schema in schemas:
            requested = json.loads(schema.read_text(encoding="utf-8"))
            yield _labelled_document(truth, document, requested, schema.stem)


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
