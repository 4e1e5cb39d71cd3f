"""The answer's form as a strict JSON schema, and the proposals in an answer of that form."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec

from schemas.fields import Field, FieldType
from schemas.results import FieldPath, Proposal

MAX_VALUE_CHARACTERS = 2000
"""A longer value is ignored, because it is not a single field's."""
MAX_ROWS = 1000
"""Maximum rows of one list in one window; more are ignored."""
SCORE = 0.8
"""A constant, because a model asked for a score makes one up; grounding and the checks judge its values."""
_FENCE = re.compile(r"^```\w*\s*|\s*```$")


def json_schema(fields: Sequence[Field]) -> dict[str, Any]:
    """Return the schema of exactly these fields, each null or a value with its words.

    An array is a list of records of the same form.
    """
    return {
        "type": "object",
        "properties": {field.name: _property(field) for field in fields},
        "required": [field.name for field in fields],
        "additionalProperties": False,
    }


def _property(field: Field) -> dict[str, Any]:
    if field.type is FieldType.ARRAY:
        return {"type": "array", "items": json_schema(field.children or ())}
    value: dict[str, Any] = {"type": "string"} | ({"enum": list(field.values)} if field.values else {})
    cell = {
        "type": "object",
        "properties": {"value": value, "words": {"type": "array", "items": {"type": "integer"}}},
        "required": ["value", "words"],
        "additionalProperties": False,
    }
    return {"anyOf": [{"type": "null"}, cell]}


def proposals_in(text: str, fields: Sequence[Field], shown: Collection[int]) -> list[Proposal]:
    """Return the values of an answer, with rows numbered from 0.

    Args:
        text: the model's answer.
        fields: the requested fields.
        shown: ids of the words shown to the model; other ids are ignored.

    Raises:
        ValueError: if the answer does not have the requested form.
    """
    try:
        answer = msgspec.json.decode(_FENCE.sub("", text.strip()))
    except (msgspec.DecodeError, RecursionError):
        raise ValueError("the answer is not JSON") from None
    return list(_record(answer, fields, (), shown))


def _record(record: object, fields: Sequence[Field], path: FieldPath, shown: Collection[int]) -> list[Proposal]:
    if not isinstance(record, Mapping):
        raise ValueError("the answer is not an object where a record is expected")
    found: list[Proposal] = []
    for field in fields:
        item = record.get(field.name)
        here = (*path, field.name)
        if item is None:
            continue
        if field.type is not FieldType.ARRAY:
            found += _cell(item, field, here, shown)
            continue
        if not isinstance(item, list):
            raise ValueError("the answer is not a list where rows are expected")
        for number, row in enumerate(item[:MAX_ROWS]):
            found += _record(row, field.children or (), (*here, number), shown)
    return found


def _cell(item: object, field: Field, path: FieldPath, shown: Collection[int]) -> list[Proposal]:
    if not isinstance(item, Mapping) or not isinstance(item.get("value"), str):
        raise ValueError("the answer's cell is neither null nor an object with 'value' and 'words'")
    value = item["value"].strip()
    words = item.get("words")
    ids = [word for word in words if isinstance(word, int) and word in shown] if isinstance(words, list) else []
    if not value or len(value) > MAX_VALUE_CHARACTERS or (field.values and value not in field.values):
        return []
    return [
        Proposal(path, field.type, value, tuple(dict.fromkeys(ids)), SCORE, field.values or (), format=field.format)
    ]
