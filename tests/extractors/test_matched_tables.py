"""The columns of a schema matched with those of a printed table, without the network."""

from __future__ import annotations

from typing import Any

import pytest

from extractors.context import ExtractionContext
from extractors.matched_tables import table_rows
from extractors.plan import ExtractionPlan
from schemas.fields import Schema
from tests.extractors.fixed_scores import FixedNetwork
from tests.fakes import document

STATEMENT = """
Tag       Wert      Vorgang              Soll EUR    Haben EUR
02.07.    02.07.    Dauerauftrag Miete     640,00
                    Wohnbau Weser GmbH
15.07.    16.07.    Gehalt Juli                        2.118,40
30.07.    30.07.    Kartenzahlung           89,90
"""


def rows(
    page: str, *columns: dict[str, str], name: str = "rows", scored: dict[str, list[str]] | None = None
) -> list[dict[str, str]]:
    array = {"name": name, "type": "array", "children": list(columns)}
    plan = ExtractionPlan.of(Schema.model_validate({"fields": [array]}).fields)
    context = ExtractionContext(document(page), plan, FixedNetwork(scored or {}))
    return [{name: cell.text for name, cell in row.items()} for row in table_rows(context, plan.fields[0])]


def column(name: str, kind: str) -> dict[str, str]:
    return {"name": name, "type": kind}


def test_labels_in_another_language() -> None:
    page = "Menge    Bezeichnung    Einzelpreis\n2        Red nut              1.00\n5        Screw                2.00"
    found = rows(page, column("description", "string"), column("quantity", "number"), column("unit_price", "money"))
    assert found == [
        {"description": "Red nut", "quantity": "2", "unit_price": "1.00"},
        {"description": "Screw", "quantity": "5", "unit_price": "2.00"},
    ]


def test_a_wrapped_text_is_one_cell() -> None:
    found = rows(STATEMENT, column("vorgang", "string"), column("soll", "money"))
    assert found[0] == {"vorgang": "Dauerauftrag Miete Wohnbau Weser GmbH", "soll": "640,00"}


def test_the_only_column_left_is_the_other_ones() -> None:
    page = "Zaza      Amount\nRed nut     1.00\nBlue bolt   2.00\nScrew       3.00"
    assert rows(page, column("what", "string"), column("amount", "money"))[0] == {"what": "Red nut", "amount": "1.00"}


def test_of_two_columns_left_none_is_guessed() -> None:
    page = "Zaza      Zuzu    Amount\nRed nut   Alpha     1.00\nBlue bolt Beta      2.00\nScrew     Gamma     3.00"
    found = rows(page, column("what", "string"), column("amount", "money"))
    assert all("what" not in row for row in found)


@pytest.mark.parametrize("kind", ["money", "number", "integer", "date"])
def test_a_column_of_another_type_does_not_match(kind: str) -> None:
    page = "Item      Amount\nRed nut     1.00\nBlue bolt   2.00\nScrew       3.00"
    assert rows(page, column("item", kind)) == []


def test_the_table_that_has_the_arrays_name_is_taken() -> None:
    page = (
        "Payments      Amount\nBasic         10.00\nOvertime      20.00\nBonus         30.00\n\n\n\n\n\n\n\n"
        "Deductions    Amount\nPension        1.00\nHealth         2.00\nUnion          3.00"
    )
    columns: list[Any] = [column("name", "string"), column("amount", "money")]
    assert [row["amount"] for row in rows(page, *columns, name="deductions")] == ["1.00", "2.00", "3.00"]
    assert [row["amount"] for row in rows(page, *columns, name="payments")] == ["10.00", "20.00", "30.00"]


def test_words_of_a_description_do_not_announce_a_column() -> None:
    page = "Item      Name        Amount\nA-1       Red nut       1.00\nA-2       Blue bolt     2.00"
    rate = column("tax_rate", "number") | {"description": "Tax rate of the item"}
    found = rows(page, column("name", "string"), rate, column("amount", "money"))
    assert [set(row) for row in found] == [{"name", "amount"}] * 2
