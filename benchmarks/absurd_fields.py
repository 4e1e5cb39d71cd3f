"""Measure how often fields that no such document has are answered all the same."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import grounding
from benchmarks.grounding_documents import READ, real_documents
from benchmarks.predictions import KINDS
from extractors import FieldExtractor
from schemas.fields import Field, Schema
from schemas.pages import Document
from schemas.results import Status
from schemas.upright import upright
from service.evaluation.markdown_tables import table

FIELDS = Path(__file__).with_suffix(".json")


def measure() -> str:
    """Run the measurement and return it as Markdown."""
    described = [Field.model_validate(field) for field in json.loads(FIELDS.read_text(encoding="utf-8"))]
    bare = [field.model_copy(update={"description": None}) for field in described]
    documents = [(real.kind, upright(real.document).document) for real in real_documents(READ)]
    of_kind = Counter(kind for kind, _ in documents)
    of_type = Counter(str(field.type) for field in described)
    rows = []
    for title, fields in (("names alone", bare), ("with descriptions", described)):
        answered = _answered(documents, Schema(fields=tuple(fields)))
        for kind, name in KINDS.items():
            shares = [answered[kind, each] / (of_kind[kind] * count) for each, count in of_type.items()]
            every = sum(answered[kind, each] for each in of_type) / (of_kind[kind] * of_type.total())
            rows.append([f"{name}, {title}", of_kind[kind], *(f"{share:.1%}" for share in (every, *shares))])
    return "\n\n".join(
        [
            f"Command: `python -m benchmarks absurd-fields`. {len(described)} fields that no invoice or receipt has,"
            " such as a blood group or the depth of a well (benchmarks/absurd_fields.json). The figures are shares of"
            " the fields that are answered all the same.",
            table(["documents", "n", "all", *(f"{name} ({count})" for name, count in of_type.items())], rows),
        ]
    )


def _answered(documents: Sequence[tuple[str, Document]], schema: Schema) -> Counter[tuple[str, str]]:
    """Return the number of answered fields by kind of document and type of field."""
    type_of = {field.name: str(field.type) for field in schema.fields}
    extractor = FieldExtractor()
    answered: Counter[tuple[str, str]] = Counter()
    for kind, document in documents:
        for cell in grounding.ground(document, extractor.propose(document, schema)):
            if cell.status is not Status.NOT_FOUND:
                answered[kind, type_of[str(cell.path[0])]] += 1
    return answered
