"""Turn a pydantic model class into the field list of a request."""

from __future__ import annotations

import types
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

_TYPES: dict[type, str] = {
    str: "string",
    int: "integer",
    float: "number",
    Decimal: "money",
    date: "date",
    bool: "boolean",
}


def fields_of(model: type[BaseModel]) -> list[dict[str, Any]]:
    """Return the fields of a class; `Field(description=…)` gives their descriptions.

    `str` is a string, `int` an integer, `float` a number, `Decimal` money, `date` a date, `bool` a boolean, `Literal`
    and `Enum` of strings an enum, `list[AnotherModel]` an array. `Field(json_schema_extra={"format": "iban"})` requires
    a form; see docs/api.md.

    Raises:
        TypeError: if a field has an unsupported type.
    """
    return [_field(_name(name, info), info) for name, info in model.model_fields.items()]


def _name(name: str, info: FieldInfo) -> str:
    """Return the name under which pydantic accepts the value."""
    return info.validation_alias if isinstance(info.validation_alias, str) else info.alias or name


def _field(name: str, info: FieldInfo) -> dict[str, Any]:
    field = {"name": name, **_type(name, info.annotation)}
    if info.description:
        field["description"] = info.description
    if isinstance(info.json_schema_extra, dict) and (form := info.json_schema_extra.get("format")):
        field["format"] = form
    return field


def _type(name: str, annotation: Any) -> dict[str, Any]:
    annotation = _bare(annotation)
    if get_origin(annotation) is list:
        (row,) = get_args(annotation)
        row = _bare(row)
        if isinstance(row, type) and issubclass(row, BaseModel):
            return {"type": "array", "children": fields_of(row)}
    elif get_origin(annotation) is Literal:
        values = [value for value in get_args(annotation) if value is not None]
        if all(isinstance(value, str) for value in values):
            return {"type": "enum", "values": values}
    elif isinstance(annotation, type):
        if issubclass(annotation, Enum) and all(isinstance(member.value, str) for member in annotation):
            return {"type": "enum", "values": [member.value for member in annotation]}
        if annotation in _TYPES:
            return {"type": _TYPES[annotation]}
    expected = "str, int, float, Decimal, date, bool, Literal and Enum of strings, or list[model]"
    raise TypeError(
        f"field '{name}' has an unsupported type: expected {expected}, each optionally None, got {annotation!r}"
    )


def _bare(annotation: Any) -> Any:
    """Remove `Annotated` and `| None`."""
    if get_origin(annotation) is Annotated:
        return _bare(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        inner = [a for a in get_args(annotation) if a is not type(None)]
        if len(inner) == 1:
            return _bare(inner[0])
    return annotation
