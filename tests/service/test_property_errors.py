"""What pydantic refuses is reported in the caller's words, never in Python's."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from service.property_errors import property_errors

PYTHONS_WORDS = re.compile(
    r"instance of|tuple|dictionary|Input should|validation|unable to parse|\bNone\b|\bTrue\b|valid "
)


class Inner(BaseModel):
    name: str


class Everything(BaseModel):
    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, Field(min_length=1, max_length=3)] = "a"
    code: Annotated[str, Field(pattern="^[a-z]+$")] = "a"
    count: Annotated[int, Field(ge=0, le=9)] = 0
    share: Annotated[float, Field(gt=0, lt=1)] = 0.5
    price: Annotated[Decimal, Field(decimal_places=2, max_digits=5)] = Decimal(1)
    flag: bool = False
    choice: Literal["a", "b"] = "a"
    rows: Annotated[tuple[Inner, ...], Field(min_length=1, max_length=2)] = (Inner(name="a"),)
    table: dict[str, int] = {}
    when: datetime = datetime(2026, 1, 1)
    at: AwareDatetime | None = None
    folder: Path = Path()


@pytest.mark.parametrize(
    ("sent", "path", "message"),
    [
        ({"text": 7}, "text", "expected a string, got 7"),
        ({"text": ""}, "text", "expected at least 1 character, got ''"),
        ({"text": "abcd"}, "text", "expected at most 3 characters, got 'abcd'"),
        ({"code": "A"}, "code", "expected a text of the form ^[a-z]+$, got 'A'"),
        ({"count": "x"}, "count", "expected an integer, got 'x'"),
        ({"count": 1.5}, "count", "expected an integer, got 1.5"),
        ({"count": -1}, "count", "expected a number of at least 0, got -1"),
        ({"count": 10}, "count", "expected a number of at most 9, got 10"),
        ({"share": 0}, "share", "expected a number greater than 0.0, got 0"),
        ({"share": 1}, "share", "expected a number less than 1.0, got 1"),
        ({"share": []}, "share", "expected a number, got a list"),
        ({"price": "1.234"}, "price", "expected at most 2 decimals, got '1.234'"),
        ({"price": "x"}, "price", "expected a number, got 'x'"),
        ({"flag": "perhaps"}, "flag", "expected true or false, got 'perhaps'"),
        ({"flag": None}, "flag", "expected true or false, got null"),
        ({"choice": "c"}, "choice", "expected 'a' or 'b', got 'c'"),
        ({"rows": []}, "rows", "expected at least 1 item, got a list"),
        ({"rows": [{"name": "a"}] * 3}, "rows", "expected at most 2 items, got a list"),
        ({"rows": [5]}, "rows[0]", "expected an object, got 5"),
        ({"rows": [{}]}, "rows[0].name", "this property is required"),
        ({"rows": {}}, "rows", "expected a list, got an object"),
        ({"table": 1}, "table", "expected an object, got 1"),
        ({"when": "soon"}, "when", "expected a time such as 2026-01-31T12:00:00Z, got 'soon'"),
        ({"at": "2026-01-01T00:00:00"}, "at", "expected a time with an offset"),
        ({"folder": 5}, "folder", "expected a path, got 5"),
        ({"colour": 1}, "colour", "unknown property"),
    ],
    ids=str,
)
def test_messages(sent: dict[str, Any], path: str, message: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Everything.model_validate(sent)
    (error,) = property_errors(refused.value, "body")
    assert error["path"] == path
    assert message in error["message"]
    assert not PYTHONS_WORDS.search(error["message"])


def test_values_may_stay_secret() -> None:
    with pytest.raises(ValidationError) as refused:
        Everything.model_validate({"count": "hunter2"})
    assert property_errors(refused.value, "", show_values=False) == [
        {"path": "count", "message": "expected an integer"}
    ]
