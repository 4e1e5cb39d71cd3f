"""Schemas and cells from plain values, for tables of cases."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import checks
from schemas.fields import Schema
from schemas.results import Cell, FieldPath, Finding, Status, Value

COLUMN_TYPES = {"description": "string", "quantity": "number", "tax_rate": "number", "rate": "number"}


def cell(path: FieldPath, value: Value, raw_text: str | None = None, confidence: float = 0.8) -> Cell:
    """Return a cell that is printed on the page."""
    return Cell(path, value, raw_text or str(value), 1.0, Status.GROUNDED, None, confidence)


def schema_of(fields: Mapping[str, Any]) -> Schema:
    """Name -> type, or for an array a mapping of its columns."""

    def described(fields: Mapping[str, Any]) -> list[dict[str, Any]]:
        return [
            {"name": name, "type": kind}
            if isinstance(kind, str)
            else {"name": name, "type": "array", "children": described(kind)}
            for name, kind in fields.items()
        ]

    return Schema.model_validate({"fields": described(fields)})


def amounts(values: Mapping[str, str]) -> tuple[Schema, list[Cell]]:
    """Money fields with their values; '' for a field that has none."""
    schema = schema_of(dict.fromkeys(values, "money"))
    return schema, [cell((name,), Decimal(value)) for name, value in values.items() if value]


def rows(array: str, columns: str, texts: Iterable[str], **fields: str) -> tuple[Schema, list[Cell]]:
    """Return an array with one row of numbers per text ('-' for none), and money fields."""
    names = columns.split()
    kinds = {name: COLUMN_TYPES.get(name, "money") for name in names}
    schema = schema_of({array: kinds} | dict.fromkeys(fields, "money"))
    cells = [
        cell((array, number, name), Decimal(value))
        for number, text in enumerate(texts)
        for name, value in zip(names, text.split(), strict=True)
        if value != "-"
    ]
    return schema, cells + [cell((name,), Decimal(value)) for name, value in fields.items()]


def found(schema: Schema, cells: list[Cell], rule: str) -> list[Finding]:
    """Return the findings of one rule."""
    return [finding for finding in checks.run(schema, cells) if finding.rule == rule]


def outcomes(findings: Iterable[Finding]) -> str:
    """One word for each: `passed`, `trivial` or `failed`."""
    return " ".join("trivial" if finding.trivial else finding.outcome.value for finding in findings)
