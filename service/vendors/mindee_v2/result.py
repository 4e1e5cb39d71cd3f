"""This API's own answer -> fields, lists and objects as Mindee's second API tells them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from service.vendors.mindee_v2.schema import VALUE

_LEVELS = ((0.95, "Certain"), (0.8, "High"), (0.5, "Medium"))
"""The least probability of each level; what is below is `Low`."""


class Wanted(NamedTuple):
    """What a caller asked to be told."""

    model_id: str
    name: str
    mime_type: str
    alias: str | None
    raw_text: bool
    polygon: bool
    confidence: bool
    replaced: bool
    """Whether the schema came with the document."""
    lists: list[str]
    """Fields that are lists of plain values, each in the one column of an array."""
    objects: dict[str, dict[str, str]]
    """Fields that are one record, not a list: each part with the name of the field that it is in the answer."""


def inference(answer: Mapping[str, Any], wanted: Wanted, job_id: str) -> dict[str, Any]:
    """The result of a job.

    Args:
        answer: of this API, with `pages` and `text`.
    """
    pages = answer["pages"]
    result: dict[str, Any] = {"fields": _fields(answer["data"], wanted)}
    if wanted.raw_text:
        result["raw_text"] = {"pages": [{"content": page["text"]} for page in pages]}
    return {
        "id": job_id,
        "job": {"id": job_id},
        "model": {"id": wanted.model_id},
        "file": {
            "name": wanted.name,
            "alias": wanted.alias,
            "page_count": len(pages),
            "mime_type": wanted.mime_type,
        },
        "active_options": {
            "raw_text": wanted.raw_text,
            "polygon": wanted.polygon,
            "confidence": wanted.confidence,
            "rag": False,
            "text_context": False,
            "data_schema": {"replace": wanted.replaced},
        },
        "result": result,
    }


def _fields(data: Mapping[str, Any], wanted: Wanted) -> dict[str, Any]:
    """In the order in which they were asked for."""
    whole = {flat: name for name, parts in wanted.objects.items() for flat in parts.values()}
    fields: dict[str, Any] = {}
    for name, item in data.items():
        if name not in whole:
            fields[name] = _field(item, wanted, name in wanted.lists)
        elif whole[name] not in fields:
            parts = wanted.objects[whole[name]]
            fields[whole[name]] = {"fields": {key: _field(data[flat], wanted) for key, flat in parts.items()}}
    return fields


def _field(item: Any, wanted: Wanted, is_plain: bool = False) -> dict[str, Any]:
    if not isinstance(item, list):
        return _simple(item, wanted)
    if is_plain:
        return {"items": [_simple(row[VALUE], wanted) for row in item]}
    return {"items": [{"fields": {key: _field(value, wanted) for key, value in row.items()}} for row in item]}


def _simple(cell: Mapping[str, Any], wanted: Wanted) -> dict[str, Any]:
    found = cell["value"] is not None
    level = next((name for least, name in _LEVELS if cell["confidence"] >= least), "Low")
    places = []
    if wanted.polygon and found and cell["page"] is not None:
        polygon = [[point["x"] / 1000, point["y"] / 1000] for point in cell["vertices"]]
        places.append({"page": cell["page"] - 1, "polygon": polygon})
    return {
        "value": cell["value"],
        "confidence": level if wanted.confidence and found else None,
        "locations": places,
    }
