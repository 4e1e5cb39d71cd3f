"""What a caller asks for: a list of typed fields, arrays with children."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, StringConstraints, model_validator
from pydantic import Field as Constraint

MAX_FIELDS = 200
"""Columns of arrays counted in; a page of more fields than this is a mistake rather than a form."""
MAX_ARRAY_DEPTH = 2
"""Rows within rows is the deepest table that invoices print."""


class FieldType(StrEnum):
    """How a value is read from the page and written in the answer."""

    STRING = "string"
    NUMBER = "number"
    INTEGER = "integer"
    MONEY = "money"
    DATE = "date"
    BOOLEAN = "boolean"
    ENUM = "enum"
    ARRAY = "array"


Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]


class Field(BaseModel):
    """One value, or one list of rows when `type` is `array`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name = Constraint(description="The key of the value in the answer, and the first hint at what it means.")
    type: FieldType = Constraint(description="How the value is read and written.")
    description: str | None = Constraint(
        default=None, max_length=1000, description="What the field means, in any language; helps with unusual names."
    )
    values: tuple[str, ...] | None = Constraint(
        default=None, max_length=100, description="The permitted values of an `enum`."
    )
    children: tuple[Field, ...] | None = Constraint(
        default=None, max_length=MAX_FIELDS, description="The columns of an `array`."
    )

    @model_validator(mode="after")
    def _fits_its_type(self) -> Self:
        if self.type is FieldType.ARRAY and not self.children:
            raise ValueError("an array needs 'children': the list of its columns, at least one")
        if self.type is not FieldType.ARRAY and self.children is not None:
            raise ValueError(f"only an array has 'children'; this field is of type '{self.type}'")
        if self.type is FieldType.ENUM and not self.values:
            raise ValueError("an enum needs 'values': the list of permitted values, at least one")
        if self.type is not FieldType.ENUM and self.values is not None:
            raise ValueError(f"only an enum has 'values'; this field is of type '{self.type}'")
        if self.children:
            _refuse_duplicates(self.children)
        return self


class Schema(BaseModel):
    """The fields of one request, in the order of the answer."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    fields: Annotated[tuple[Field, ...], Constraint(min_length=1, max_length=MAX_FIELDS)]

    @model_validator(mode="after")
    def _is_bounded(self) -> Self:
        _refuse_duplicates(self.fields)
        count = sum(1 for _ in walk(self.fields))
        if count > MAX_FIELDS:
            raise ValueError(f"at most {MAX_FIELDS} fields are allowed, columns counted in; {count} came")
        for field in self.fields:
            depth = array_depth(field)
            if depth > MAX_ARRAY_DEPTH:
                raise ValueError(
                    f"field '{field.name}' nests arrays {depth} deep; at most {MAX_ARRAY_DEPTH} levels are allowed"
                )
        return self


def walk(fields: tuple[Field, ...]) -> Iterator[Field]:
    """Every field and column, parents before children."""
    for field in fields:
        yield field
        yield from walk(field.children or ())


def array_depth(field: Field) -> int:
    """0 for a value, 1 for an array of values, 2 for an array that holds arrays."""
    if field.type is not FieldType.ARRAY:
        return 0
    return 1 + max(array_depth(child) for child in field.children or ())


def _refuse_duplicates(fields: tuple[Field, ...]) -> None:
    seen: set[str] = set()
    for field in fields:
        if field.name in seen:
            raise ValueError(f"the name '{field.name}' is used twice; names must be unique among their siblings")
        seen.add(field.name)
