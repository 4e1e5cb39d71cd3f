"""Derive a schema from the truth: columns become fields, values show their types."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal

from schemas.fields import Field, FieldType, Schema
from schemas.normalise import dates, numbers
from service.evaluation.raw_truth import RawRow, RawTruth, RawValue, TruthError

# A cell is judged as a whole, by what people type into spreadsheets; `schemas.normalise` finds amounts within texts.
_CURRENCY = r"(?:[A-Z]{3}|[$€£¥₹])"
_MONEY = re.compile(rf"{_CURRENCY}?\s?[-(]?\d[\d.,' ]*[.,]\d\d\)?\s?{_CURRENCY}?")
_NUMBER = re.compile(r"-?(?:0|[1-9][\d.,' ]*|0[.,]\d+)\s?%?")
_INTEGER = re.compile(r"-?(?:0|[1-9]\d{0,8})")
"""Longer ones, and those with a leading zero, are identifiers."""


def derived_schema(truth: RawTruth) -> Schema:
    """Return the truth's fields and arrays as a schema, in the order of the truth.

    Raises:
        TruthError: if the truth names no field, or its names do not form a valid schema.
    """
    documents = truth.values()
    arrays = dict.fromkeys(name for d in documents for name in d.arrays)
    fields = _fields([{n: cell for n, cell in d.fields.items() if n not in arrays} for d in documents])
    for name in arrays:
        if columns := _fields([row for d in documents for row in d.arrays.get(name, ())]):
            fields.append(Field(name=name, type=FieldType.ARRAY, children=tuple(columns)))
    try:
        return Schema(fields=tuple(fields))
    except ValueError as error:
        raise TruthError(
            f"the columns of the truth do not form a valid schema: {error}. Name one with --schema or --template"
        ) from None


def _fields(rows: Iterable[RawRow]) -> list[Field]:
    values: dict[str, list[RawValue]] = {}
    for row in rows:
        for name, cell in row.items():
            values.setdefault(name, []).append(cell.value)
    return [Field(name=name, type=_type([v for v in found if v is not None])) for name, found in values.items()]


def _type(values: list[RawValue]) -> FieldType:
    """Return the narrowest type that fits all values."""
    if not values:
        return FieldType.STRING
    for kind, has_it in _TYPES:
        if all(has_it(value) for value in values):
            return kind
    return FieldType.STRING


def _is_date(value: RawValue) -> bool:
    """Reject numbers of eight digits, which are identifiers, and dates with words around them."""
    if not isinstance(value, str) or value.isdecimal() or len(spans := dates.find(value)) != 1:
        return False
    around = value[: spans[0].start] + value[spans[0].end :]
    return not any(map(str.isalpha, around))


def _is_written(pattern: re.Pattern[str], value: RawValue) -> bool:
    written = isinstance(value, str) and pattern.fullmatch(value) is not None
    return written and numbers.parse(str(value)) is not None


def _is_number(value: RawValue) -> bool:
    return (isinstance(value, int | Decimal) and not isinstance(value, bool)) or _is_written(_NUMBER, value)


def _is_integer(value: RawValue) -> bool:
    return (isinstance(value, int) and not isinstance(value, bool)) or _is_written(_INTEGER, value)


_TYPES = (
    (FieldType.BOOLEAN, lambda value: isinstance(value, bool)),
    (FieldType.DATE, _is_date),
    (FieldType.INTEGER, _is_integer),
    (FieldType.MONEY, lambda value: _is_written(_MONEY, value)),
    (FieldType.NUMBER, _is_number),
)
