"""Lists without a header."""

from __future__ import annotations

from extractors.plan import ExtractionPlan, PlannedField
from extractors.rules.item_lists import listed_items, typed_list
from extractors.rules.page_facts import PageFacts
from extractors.rules.scoring import ScoredRow
from schemas.fields import Schema
from tests.fakes import document

DISTRICTS = """
Parcels by district
1    Northgate    14 208      4    Station     4 377
2    Harbour      9 871       5    Lakeview    3 905
3    Old Town     7 640       6    Airport     2 118
"""


def columns(**types: str) -> tuple[PlannedField, ...]:
    children = [{"name": name, "type": kind} for name, kind in types.items()]
    array = {"name": "rows", "type": "array", "children": children}
    return ExtractionPlan.of(Schema.model_validate({"fields": [array]}).fields).fields[0].columns


def texts(rows: list[ScoredRow]) -> list[tuple[str, ...]]:
    return [tuple(cell.text for cell in row.values()) for row in rows]


def test_cells_of_the_right_types_in_the_right_order_are_rows() -> None:
    asked = columns(rank="integer", district="string", parcels="integer")
    found = texts(typed_list(PageFacts(document(DISTRICTS)), asked))
    assert found[:3] == [("1", "Northgate", "14 208"), ("2", "Harbour", "9 871"), ("3", "Old Town", "7 640")]
    assert [row[1] for row in found[3:]] == ["Station", "Lakeview", "Airport"]


def test_other_types_are_not_such_a_list() -> None:
    facts = PageFacts(document(DISTRICTS))
    assert typed_list(facts, columns(district="string", rank="integer", parcels="integer")) == []
    assert typed_list(facts, columns(rank="integer", district="string", since="date")) == []


def test_two_columns_tell_too_little() -> None:
    page = "Basel      10.00\nBern       20.00\nGenf       30.00"
    assert typed_list(PageFacts(document(page)), columns(place="string", amount="money")) == []


def test_a_receipt_lists_texts_and_amounts_up_to_the_sum() -> None:
    page = "Bread         2.50\nMilk          1.20\nTOTAL         3.70\nCash          5.00"
    found = texts(listed_items(PageFacts(document(page)), columns(description="string", amount="money")))
    assert found == [("Bread", "2.50"), ("Milk", "1.20")]
