"""Mindee's `data_schema` -> fields as `POST /ocr/fields` takes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from service.contract.errors import ApiError

VALUE = "value"
"""The column of an array that stands for a list of plain values."""
_TYPES = {"string": "string", "number": "number", "date": "date", "boolean": "boolean", "classification": "enum"}


class DataSchema(NamedTuple):
    """What a schema asks for."""

    fields: list[dict[str, Any]]
    lists: list[str]
    """Fields that are lists of plain values."""
    objects: dict[str, dict[str, str]]
    """Fields that are one record, not a list: each part with the name of the field of its own that it becomes here."""


def asked_in(data_schema: str) -> DataSchema:
    """The fields that replace those of the model.

    Raises:
        ApiError: it is no JSON, or not of the form `{"replace": {"fields": [...]}}`.
    """
    try:
        schema = msgspec.json.decode(data_schema)
        if isinstance(schema["replace"], str):
            schema["replace"] = msgspec.json.decode(schema["replace"])
        return _asked(schema["replace"]["fields"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        message = 'data_schema: expected JSON such as {"replace": {"fields": [{"name", "title", "type", "is_array"}]}}'
        raise ApiError("validation_failed", message) from None


def _asked(fields: Sequence[Mapping[str, Any]]) -> DataSchema:
    asked = DataSchema([], [], {})
    for field in fields:
        if field["type"] != "nested_object" or field.get("is_array"):
            asked.fields.append(_field(field))
            if field["type"] != "nested_object" and field.get("is_array"):
                asked.lists.append(field["name"])
            continue
        parts = asked.objects[field["name"]] = {}
        for part in _nested(field["nested_fields"]):
            parts[part["name"]] = f"{field['name']}_{part['name']}"
            whole = {"title": f"{field.get('title') or field['name']} {part.get('title') or part['name']}"}
            asked.fields.append(_field(part | whole) | {"name": parts[part["name"]]})
    return asked


def _field(field: Mapping[str, Any]) -> dict[str, Any]:
    name, kind = field["name"], field["type"]
    texts = (field.get(key) for key in ("title", "description", "guidelines"))
    description = ". ".join(text.strip(" .") for text in texts if isinstance(text, str) and text.strip())[:1000]
    made: dict[str, Any] = {"name": name}
    if description:
        made["description"] = description
    if kind == "nested_object":
        return made | {"type": "array", "children": [_field(child) for child in _nested(field["nested_fields"])]}
    if kind not in _TYPES:
        known = ", ".join((*_TYPES, "nested_object"))
        raise ApiError("validation_failed", f"data_schema: expected a type of {known}; came {str(kind)[:40]!r}")
    plain = {"type": _TYPES[kind]} | ({"values": field["classification_values"]} if kind == "classification" else {})
    if field.get("is_array"):
        return made | {"type": "array", "children": [made | plain | {"name": VALUE}]}
    return made | plain


def _nested(fields: Any) -> list[dict[str, Any]]:
    """The columns: a list of fields, `{"fields": [...]}`, or fields by their names."""
    if isinstance(fields, Mapping) and isinstance(fields.get("fields"), list):
        fields = fields["fields"]
    if isinstance(fields, Mapping):
        fields = [{"name": name, **field} for name, field in fields.items()]
    return [dict(field) for field in fields]
