"""Requests: a schema is a list of typed fields; arrays have child fields."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, StringConstraints, model_validator
from pydantic import Field as Constraint

MAX_FIELDS = 200
"""Columns of arrays count too; a form with more fields than this is a mistake."""
MAX_ARRAY_DEPTH = 2
"""Invoices print nothing deeper than rows within rows."""


class FieldType(StrEnum):
    """The types of values: how they are read from the page and written in the answer."""

    STRING = "string"
    NUMBER = "number"
    INTEGER = "integer"
    MONEY = "money"
    DATE = "date"
    BOOLEAN = "boolean"
    ENUM = "enum"
    ARRAY = "array"


class TextFormat(StrEnum):
    """The forms that a string's value can be required to have."""

    IBAN = "iban"
    BIC = "bic"
    VAT_ID = "vat_id"
    EMAIL = "email"
    PHONE = "phone"
    URL = "url"
    CURRENCY = "currency"
    COUNTRY = "country"
    TIME = "time"
    POSTCODE = "postcode"


Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]


class Field(BaseModel):
    """One value, or one list of rows when `type` is `array`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name = Constraint(description="The key of the value in the answer; its words also say what to look for.")
    type: FieldType = Constraint(description="The type of the value: how it is read and written.")
    description: str | None = Constraint(
        default=None,
        max_length=1000,
        description="What the field means, in any language; helps if the name is unusual.",
    )
    format: TextFormat | None = Constraint(
        default=None,
        description="The form that the value of a `string` must have; a text of another form is never the answer.",
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
            raise ValueError("an array needs 'children': expected at least one column, got none. List its columns.")
        if self.type is not FieldType.ARRAY and self.children is not None:
            raise ValueError(
                f"only an array has 'children': expected type 'array', got '{self.type}'. Change the type or drop them."
            )
        if self.type is FieldType.ENUM and not self.values:
            raise ValueError(
                "an enum needs 'values': expected at least one permitted value, got none. List the values."
            )
        if self.type is not FieldType.ENUM and self.values is not None:
            raise ValueError(
                f"only an enum has 'values': expected type 'enum', got '{self.type}'. Change the type or drop them."
            )
        if self.type is not FieldType.STRING and self.format is not None:
            raise ValueError(
                f"only a string has a 'format': expected type 'string', got '{self.type}'. Change the type or drop it."
            )
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
            raise ValueError(
                f"too many fields: expected at most {MAX_FIELDS}, columns included, got {count}. Split the request."
            )
        for field in self.fields:
            depth = array_depth(field)
            if depth > MAX_ARRAY_DEPTH:
                raise ValueError(
                    f"field '{field.name}' nests arrays {depth} deep: expected at most {MAX_ARRAY_DEPTH} levels."
                    " Move the inner rows to an array of their own."
                )
        return self


def walk(fields: tuple[Field, ...]) -> Iterator[Field]:
    """Yield every field and column, parents before children."""
    for field in fields:
        yield field
        yield from walk(field.children or ())


def array_depth(field: Field) -> int:
    """Return 0 for a value, 1 for an array of values, 2 for an array that holds arrays."""
    if field.type is not FieldType.ARRAY:
        return 0
    return 1 + max(array_depth(child) for child in field.children or ())


def _refuse_duplicates(fields: tuple[Field, ...]) -> None:
    seen: set[str] = set()
    for field in fields:
        if field.name in seen:
            raise ValueError(
                f"the name '{field.name}' is used twice: expected different names on one level. Rename one of them."
            )
        seen.add(field.name)
