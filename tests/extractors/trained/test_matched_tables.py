"""The columns of a schema matched with those of a printed table, without the network."""

from __future__ import annotations

from typing import Any

import pytest

from extractors.plan import ExtractionPlan
from extractors.trained.context import ExtractionContext
from extractors.trained.matched_tables import table_rows
from schemas.fields import Schema
from tests.extractors.trained.fixed_scores import FixedNetwork
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


SIDE_BY_SIDE = """
                                  Deductions      Amount
Payments      Amount              Tax             307.46
Basic pay     2,307.50            Insurance       123.02
Overtime      127.80              Pension         129.27
Gross pay     2,435.30            Total           559.75
"""


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("payments", [("Basic pay", "2,307.50"), ("Overtime", "127.80")]),
        ("deductions", [("Tax", "307.46"), ("Insurance", "123.02"), ("Pension", "129.27")]),
    ],
)
def test_two_tables_side_by_side(name: str, expected: list[tuple[str, str]]) -> None:
    found = rows(SIDE_BY_SIDE, column("what", "string"), column("amount", "money"), name=name)
    assert [(row["what"], row["amount"]) for row in found] == expected


def test_a_table_that_continues_beside_itself() -> None:
    page = "Item    Qty    Price        Item    Qty    Price\nNut     1      2.00         Bolt    3      4.00"
    found = rows(page, column("item", "string"), column("qty", "number"), column("price", "money"))
    assert [row["item"] for row in found] == ["Nut", "Bolt"]


SECTIONS = """
Earnings       rate     hours    this period    year to date
Regular        24.00    72.00    1,728.00       17,280.00
Bonus                            100.00         300.00
Gross pay                        1,828.00       17,580.00
Deductions
Income tax                       201.30         1,890.10
Dental                           15.00          150.00
"""


@pytest.mark.parametrize(
    ("name", "expected"), [("earnings", ["Regular", "Bonus"]), ("deductions", ["Income tax", "Dental"])]
)
def test_sections_of_one_table(name: str, expected: list[str]) -> None:
    found = rows(
        SECTIONS, column("type", "string"), column("this_period", "money"), column("year_to_date", "money"), name=name
    )
    assert [row["type"] for row in found] == expected


def test_a_dash_is_no_value() -> None:
    page = "Line       Recurring    Other\nAccount    25.00        -\nMobile     -            -\nFixed      24.00        4.75"
    found = rows(page, column("line", "string"), column("recurring", "money"), column("other", "money"))
    assert found == [
        {"line": "Account", "recurring": "25.00"},
        {"line": "Mobile"},
        {"line": "Fixed", "recurring": "24.00", "other": "4.75"},
    ]


def test_a_labelled_code_below_a_name_is_not_part_of_it() -> None:
    page = (
        "Description      Qty    Amount\nDivider A4       20     198,00\nGTIN: 40123450\nYoghurt          50     275,00"
    )
    found = rows(page, column("description", "string"), column("qty", "number"), column("amount", "money"))
    assert [row["description"] for row in found] == ["Divider A4", "Yoghurt"]


def test_a_ruled_line_is_no_row() -> None:
    page = "Description      Qty    Amount\n========================\nDivider          20     198,00\nYoghurt          50     275,00"
    found = rows(page, column("description", "string"), column("qty", "number"), column("amount", "money"))
    assert [row["description"] for row in found] == ["Divider", "Yoghurt"]
