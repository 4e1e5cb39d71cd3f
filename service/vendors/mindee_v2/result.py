"""Convert this service's own answer to the fields, lists and objects of Mindee's second API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from service.vendors.mindee_v2.schema import VALUE

_LEVELS = ((0.95, "Certain"), (0.8, "High"), (0.5, "Medium"))
"""The lowest probability of each level; anything lower is `Low`."""


class InferenceOptions(NamedTuple):
    """Options of a call; jobs keep them under these names."""

    model_id: str
    name: str
    mime_type: str
    alias: str | None
    raw_text: bool
    polygon: bool
    confidence: bool
    replaced: bool
    """True if the schema was sent with the document."""
    lists: list[str]
    """Fields that are lists of plain values; the answer has each as an array with one column."""
    objects: dict[str, dict[str, str]]
    """Fields that are one record, not a list: each part's name with that of its field in the answer."""


def inference(answer: Mapping[str, Any], wanted: InferenceOptions, job_id: str) -> dict[str, Any]:
    """Return the result of a job.

    Args:
        answer: this service's own answer, with `pages` and `text`.
        wanted: what the caller wants in the result.
        job_id: the id of the job.
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


def _fields(data: Mapping[str, Any], wanted: InferenceOptions) -> dict[str, Any]:
    """Return the fields in the requested order."""
    object_of = {flat: name for name, parts in wanted.objects.items() for flat in parts.values()}
    fields: dict[str, Any] = {}
    for name, item in data.items():
        if name not in object_of:
            fields[name] = _field(item, wanted, name in wanted.lists)
        elif object_of[name] not in fields:
            parts = wanted.objects[object_of[name]]
            fields[object_of[name]] = {"fields": {key: _field(data[flat], wanted) for key, flat in parts.items()}}
    return fields


def _field(item: Any, wanted: InferenceOptions, is_plain: bool = False) -> dict[str, Any]:
    if not isinstance(item, list):
        return _simple(item, wanted)
    if is_plain:
        return {"items": [_simple(row[VALUE], wanted) for row in item]}
    return {"items": [{"fields": {key: _field(value, wanted) for key, value in row.items()}} for row in item]}


def _simple(cell: Mapping[str, Any], wanted: InferenceOptions) -> dict[str, Any]:
    found = cell["value"] is not None
    level = next((name for lowest, name in _LEVELS if cell["confidence"] >= lowest), "Low")
    places = []
    if wanted.polygon and found and cell["page"] is not None:
        polygon = [[point["x"] / 1000, point["y"] / 1000] for point in cell["vertices"]]
        places.append({"page": cell["page"] - 1, "polygon": polygon})
    return {
        "value": cell["value"],
        "confidence": level if wanted.confidence and found else None,
        "locations": places,
    }
