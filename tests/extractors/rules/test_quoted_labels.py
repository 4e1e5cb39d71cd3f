"""Fields whose descriptions quote printed labels."""

from __future__ import annotations

from typing import Any

import pytest

from extractors import FieldExtractor
from schemas.fields import Schema
from tests.extractors.trained.fixed_scores import ByFeature, FixedNetwork
from tests.fakes import document


def answers(page: str, *fields: dict[str, Any]) -> dict[tuple[str | int, ...], str]:
    """Return the proposals of an extractor whose network sees nothing and whose scorer rejects everything."""
    extractor = FieldExtractor(FixedNetwork({}), ByFeature("checked"))
    schema = Schema.model_validate({"fields": fields})
    return {p.path: p.text for p in extractor.propose(document(page), schema)}


def field(name: str, kind: str, description: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "type": kind, "description": description, **more}


@pytest.mark.parametrize(
    ("page", "asked", "expected"),
    [
        pytest.param("Tare weight: 40 kg", field("w", "string", "Tare weight"), "40 kg", id="a-text"),
        pytest.param("Tare weight: 40 kg", field("w", "string", "TARE WEIGHT"), "40 kg", id="in-capitals"),
        pytest.param("Hull paid: 1,250.00", field("p", "money", "Hull paid"), "1,250.00", id="an-amount"),
        pytest.param("Hull paid: on arrival", field("p", "money", "Hull paid"), None, id="no-amount"),
        pytest.param("Launched: 3 May 2021", field("d", "date", "Launched"), "3 May 2021", id="a-date"),
        pytest.param("Launched: in spring", field("d", "date", "Launched"), None, id="no-date"),
        pytest.param("Ghost ship: maybe", field("g", "boolean", "Ghost ship"), None, id="marks-answer-booleans"),
        pytest.param("Tare weight: 40 kg", field("w", "string", "Gross draught"), None, id="not-printed"),
        pytest.param("Mate: Ann\nMate: Bob", field("m", "string", "Mate"), None, id="printed-twice-quoted-once"),
    ],
)
def test_a_value_at_a_quoted_label(page: str, asked: dict[str, Any], expected: str | None) -> None:
    assert answers(page, asked).get((asked["name"],)) == expected


def test_labels_that_are_quoted_as_often_as_they_are_printed_answer_in_order() -> None:
    asked = (field("first", "string", "Mate"), field("second", "string", "Mate"))
    assert answers("Mate: Ann\nMate: Bob", *asked) == {("first",): "Ann", ("second",): "Bob"}


def test_a_table_whose_labels_are_quoted() -> None:
    columns = [field("port", "string", "Harbour"), field("draught", "number", "Depth")]
    page = "Harbour        Berth      Depth\nKiel           4          9.5\nRostock        11         10.2"
    assert answers(page, {"name": "calls", "type": "array", "children": columns}) == {
        ("calls", 0, "port"): "Kiel",
        ("calls", 0, "draught"): "9.5",
        ("calls", 1, "port"): "Rostock",
        ("calls", 1, "draught"): "10.2",
    }
