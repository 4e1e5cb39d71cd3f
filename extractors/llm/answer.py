"""The form of a model's answer, as a strict JSON schema, and what is taken from an answer: only what has that form."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec

from schemas.fields import Field, FieldType
from schemas.results import FieldPath, Proposal

MAX_VALUE_CHARACTERS = 2000
"""Characters of one value."""
MAX_ROWS = 1000
"""Of one list in one window."""
SCORE = 0.8
"""A model that is asked for a score makes one up; how right its values are, grounding and the checks tell."""
_FENCE = re.compile(r"^```\w*\s*|\s*```$")


def json_schema(fields: Sequence[Field]) -> dict[str, Any]:
    """Exactly these fields, each null or a value with its words; lists of records of the same."""
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
    """The values of an answer, rows numbered from 0.

    Args:
        shown: ids of the words that the model has seen; others are not believed.

    Raises:
        ValueError: it is not of the form that was asked for.
    """
    try:
        answer = msgspec.json.decode(_FENCE.sub("", text.strip()))
    except (msgspec.DecodeError, RecursionError):
        raise ValueError("the answer is no JSON") from None
    return list(_record(answer, fields, (), shown))


def _record(record: object, fields: Sequence[Field], path: FieldPath, shown: Collection[int]) -> list[Proposal]:
    if not isinstance(record, Mapping):
        raise ValueError("expected an object")
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
            raise ValueError("expected a list")
        for number, row in enumerate(item[:MAX_ROWS]):
            found += _record(row, field.children or (), (*here, number), shown)
    return found


def _cell(item: object, field: Field, path: FieldPath, shown: Collection[int]) -> list[Proposal]:
    if not isinstance(item, Mapping) or not isinstance(item.get("value"), str):
        raise ValueError("expected null, or an object with 'value' and 'words'")
    value = item["value"].strip()
    words = item.get("words")
    ids = [word for word in words if isinstance(word, int) and word in shown] if isinstance(words, list) else []
    if not value or len(value) > MAX_VALUE_CHARACTERS or (field.values and value not in field.values):
        return []
    return [Proposal(path, field.type, value, tuple(dict.fromkeys(ids)), SCORE, field.values or ())]
