"""Answers of the extractor alone, on pages that are read already, as the scorer wants them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import grounding
from extractors import FieldExtractor
from schemas.fields import Field, Schema
from schemas.pages import Document
from schemas.upright import upright
from service.pipeline.pipeline import CellRow, nest, renumber_rows

KINDS = {"invoice": "invoices as PDF", "scan": "degraded scans of invoices", "receipt": "photographed receipts"}
"""Kinds of documents with their titles in tables."""
_LISTS = {"ibans": "iban", "bics": "bic", "supplier_ids": "number"}
"""Arrays that the scorer takes as lists of values -> their column."""


def prediction(extractor: FieldExtractor, document: Document, fields: Sequence[Field]) -> dict[str, Any]:
    """Extract and ground the fields of a document."""
    turned = upright(document).document  # only values are scored, so places may stay on the turned pages
    proposals = extractor.propose(turned, Schema(fields=tuple(fields)))
    return _prediction(nest(tuple(fields), renumber_rows(grounding.ground(turned, proposals))))


def _prediction(data: CellRow) -> dict[str, Any]:
    """Return a prediction in the form that the scorer of the evaluation reads."""
    answer: dict[str, Any] = {"fields": {}, "line_items": []}
    for name, item in data.items():
        if not isinstance(item, list):
            answer["fields"][name] = {"value": _plain(item.value)}
            continue
        rows = [{n: {"value": _plain(c.value)} for n, c in row.items() if not isinstance(c, list)} for row in item]
        if name == "line_items":
            answer[name] = rows
        else:
            answer["fields"][name] = [row[_LISTS[name]] for row in rows] if name in _LISTS else rows
    return answer


def _plain(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else value
