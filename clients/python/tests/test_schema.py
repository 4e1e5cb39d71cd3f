from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, Field

from docwitness import fields_of


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Item(BaseModel):
    what: str
    sum: Decimal | None = None


class Everything(BaseModel):
    text: str
    count: int | None
    ratio: float
    total: Annotated[Decimal | None, Field(description="Total amount including tax")]
    day: date | None
    paid: bool
    kind: Literal["INVOICE", "QUOTE"] | None
    colour: Colour
    items: list[Item] = Field(description="All items")


def test_every_type() -> None:
    assert fields_of(Everything) == [
        {"name": "text", "type": "string"},
        {"name": "count", "type": "integer"},
        {"name": "ratio", "type": "number"},
        {"name": "total", "type": "money", "description": "Total amount including tax"},
        {"name": "day", "type": "date"},
        {"name": "paid", "type": "boolean"},
        {"name": "kind", "type": "enum", "values": ["INVOICE", "QUOTE"]},
        {"name": "colour", "type": "enum", "values": ["red", "blue"]},
        {
            "name": "items",
            "type": "array",
            "children": [{"name": "what", "type": "string"}, {"name": "sum", "type": "money"}],
            "description": "All items",
        },
    ]


def test_aliases_and_optional_literals() -> None:
    class Aliased(BaseModel):
        number: str = Field(validation_alias="invoiceNumber")
        kind: Literal["a", None]

    assert fields_of(Aliased) == [
        {"name": "invoiceNumber", "type": "string"},
        {"name": "kind", "type": "enum", "values": ["a"]},
    ]


def test_other_types_are_refused() -> None:
    class Odd(BaseModel):
        tags: list[str]

    with pytest.raises(TypeError, match="field 'tags' has an unsupported type"):
        fields_of(Odd)
