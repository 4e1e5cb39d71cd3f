"""Convert Mindee's `data_schema` to fields as `POST /ocr/fields` takes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from service.contract.errors import ApiError

VALUE = "value"
"""The name of the one column of an array that represents a list of plain values."""
_TYPES = {"string": "string", "number": "number", "date": "date", "boolean": "boolean", "classification": "enum"}


class DataSchema(NamedTuple):
    """The fields of a schema."""

    fields: list[dict[str, Any]]
    """The fields as `POST /ocr/fields` takes them."""
    lists: list[str]
    """Fields that are lists of plain values."""
    objects: dict[str, dict[str, str]]
    """Fields that are one record, not a list: each part's name with that of the field it becomes."""


def parsed_schema(data_schema: str) -> DataSchema:
    """Parse the fields that replace those of the model.

    Args:
        data_schema: JSON such as `{"replace": {"fields": [{"name", "title", "type", "is_array"}]}}`.

    Raises:
        ApiError: if this is not JSON of that form, or a field has an unknown type.
    """
    try:
        schema = msgspec.json.decode(data_schema)
        if isinstance(schema["replace"], str):
            schema["replace"] = msgspec.json.decode(schema["replace"])
        return _converted(schema["replace"]["fields"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        message = 'data_schema: expected JSON such as {"replace": {"fields": [{"name", "title", "type", "is_array"}]}}'
        raise ApiError("validation_failed", message) from None


def _converted(fields: Sequence[Mapping[str, Any]]) -> DataSchema:
    converted = DataSchema([], [], {})
    for field in fields:
        if field["type"] != "nested_object" or field.get("is_array"):
            converted.fields.append(_field(field))
            if field["type"] != "nested_object" and field.get("is_array"):
                converted.lists.append(field["name"])
            continue
        parts = converted.objects[field["name"]] = {}
        for part in _nested(field["nested_fields"]):
            parts[part["name"]] = f"{field['name']}_{part['name']}"
            whole = {"title": f"{field.get('title') or field['name']} {part.get('title') or part['name']}"}
            converted.fields.append(_field(part | whole) | {"name": parts[part["name"]]})
    return converted


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
        raise ApiError("validation_failed", f"data_schema: expected one of the types {known}, got {str(kind)[:40]!r}")
    plain = {"type": _TYPES[kind]} | ({"values": field["classification_values"]} if kind == "classification" else {})
    if field.get("is_array"):
        return made | {"type": "array", "children": [made | plain | {"name": VALUE}]}
    return made | plain


def _nested(fields: Any) -> list[dict[str, Any]]:
    """Return the columns, sent as a list, as `{"fields": [...]}`, or as fields by name."""
    if isinstance(fields, Mapping) and isinstance(fields.get("fields"), list):
        fields = fields["fields"]
    if isinstance(fields, Mapping):
        fields = [{"name": name, **field} for name, field in fields.items()]
    return [dict(field) for field in fields]
