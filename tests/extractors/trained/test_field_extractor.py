"""Proposals of the shipped extractor on small pages of text."""

from __future__ import annotations

from typing import Any

import pytest

from extractors import Extractor, FieldExtractor
from extractors.rules.scoring import ScoredText
from extractors.trained.matched_tables import plain_descriptions
from schemas.fields import Schema
from schemas.pages import Document
from schemas.presets import presets
from tests.fakes import document


def values(page: Document, *fields: dict[str, Any]) -> dict[str, Any]:
    """Return proposed texts by name, arrays as lists of rows."""
    answer: dict[str, Any] = {}
    for proposal in FieldExtractor().propose(page, Schema.model_validate({"fields": fields})):
        name, *rest = proposal.path
        if not rest:
            answer[str(name)] = proposal.text
            continue
        row, column = rest
        rows = answer.setdefault(str(name), [])
        while len(rows) <= int(row):
            rows.append({})
        rows[int(row)][column] = proposal.text
    return answer


def field(name: str, kind: str = "string", **more: Any) -> dict[str, Any]:
    return {"name": name, "type": kind, **more}


def test_it_is_an_extractor() -> None:
    assert isinstance(FieldExtractor(), Extractor)


@pytest.mark.parametrize(
    ("page", "asked", "expected"),
    [
        pytest.param("Invoice no: 4711    Date: 1.2.2020", field("invoice_number"), "4711", id="label-before"),
        pytest.param("Rechnungsnummer     RE-4711\nKunden-Nr.    0815", field("invoice_number"), "RE-4711", id="cell-left"),
        pytest.param("Facture n°     Date\nF-12           02/03/2020", field("invoice_number"), "F-12", id="label-above"),
        pytest.param("Kundennummer  0815\nRechnung Nr.  4711", field("customer_number"), "0815", id="other-number"),
        pytest.param("Order date  1.1.2020\nInvoice date  2.2.2020", field("issued", "date"), "2.2.2020", id="right-date"),
        pytest.param("Zahlbar bis 4.4.2020\nRechnungsdatum 3.3.2020", field("due_date", "date"), "4.4.2020", id="due"),
        pytest.param("Rechnung Nr. 12 vom 3.3.2020", field("date", "date"), "3.3.2020", id="date-in-a-title"),
        pytest.param("Contract start  5.5.2021", field("contract_start", "date"), "5.5.2021", id="custom-date"),
        pytest.param("Machine serial: XK-99", field("machine_serial"), "XK-99", id="custom-string"),
        pytest.param("Betriebsstunden   412", field("betriebsstunden", "integer"), "412", id="custom-number"),
        pytest.param("Tel. +49 30 123456-7", field("phone_number"), "+49 30 123456-7", id="phone"),
        pytest.param("IBAN DE89 3704 0044 0532 0130 00 BIC COBADEFFXXX", field("iban"),
                     "DE89 3704 0044 0532 0130 00", id="iban-before-the-next-label"),
        pytest.param("Tax Invoice 12", field("kind", "enum", values=["INVOICE", "QUOTE"]), "INVOICE", id="enum"),
        pytest.param("Total 5,00 €", field("currency"), "€", id="currency"),
        pytest.param("Invoice no 4711\nPassport number  P-99", field("passport_number"), "P-99", id="a-number-of-its-own"),
        pytest.param("Vertrags-Nr. 881\nRechnungs-Nr. 4711", field("invoice_number"), "4711", id="not-the-contract"),
        pytest.param("N° client 6 012 345 678", field("customer_number"), "6 012 345 678", id="a-spaced-number"),
        pytest.param("Policy holder   : Anna Doe", field("policy_holder"), "Anna Doe", id="aligned-colons"),
        pytest.param("Vorname    Nachname\nAnna       Schmidt", field("vorname"), "Anna", id="labels-side-by-side"),
        pytest.param("Größe  42", field("groesse"), "42", id="umlauts-in-ascii"),
        pytest.param("We accept Cash, Card and Transfer\nPaid by: Card",
                     field("paid_by", "enum", values=["Cash", "Card", "Transfer"]), "Card", id="enum-at-its-label"),
    ],
)  # fmt: skip
def test_single_values(page: str, asked: dict[str, Any], expected: str) -> None:
    assert values(document(page), asked) == {asked["name"]: expected}


@pytest.mark.parametrize(
    ("page", "asked"),
    [
        pytest.param("Invoice date 2.2.2020", field("due_date", "date"), id="another-date"),
        pytest.param("Total 10.00", field("machine_serial"), id="nothing-like-it"),
        pytest.param("Kundennummer 0815", field("invoice_number"), id="another-number"),
        pytest.param("Dear customer, thank you.", field("total", "money"), id="no-amount"),
        pytest.param("Invoice no 4711\nDate 1.2.2024", field("passport_number"), id="an-unknown-number"),
        pytest.param("Invoice no 4711\nInvoice date 1.2.2024", field("birth_date", "date"), id="an-unknown-date"),
        pytest.param("Geburtsdatum 12.04.1988", field("invoice_date", "date"), id="a-date-with-another-label"),
        pytest.param("Invoice date 05/17/2024", field("phone_number"), id="a-date-is-no-phone"),
    ],
)
def test_a_missing_value_is_not_proposed(page: str, asked: dict[str, Any]) -> None:
    assert values(document(page), asked) == {}


def test_totals_are_chosen_together() -> None:
    page = document(
        """
Zwischensumme            100,00
MwSt 19 %                 19,00
Gesamtbetrag             119,00
Bereits gezahlt           50,00
"""
    )
    asked = (field("total_net", "money"), field("total_tax", "money"), field("total_gross", "money"))
    assert values(page, *asked) == {"total_net": "100,00", "total_tax": "19,00", "total_gross": "119,00"}


def test_shipping_may_be_printed_between_net_and_gross() -> None:
    page = document("Subtotal   100.00\nShipping   5.00\nVAT   21.00\nTotal   126.00")
    asked = (field("total_net", "money"), field("total_tax", "money"), field("total_amount", "money"))
    assert values(page, *asked) == {"total_net": "100.00", "total_tax": "21.00", "total_amount": "126.00"}


def test_arithmetic_finds_a_total_without_a_label() -> None:
    page = document("Net   200.00\nVAT   40.00\n      240.00")
    assert values(page, field("total_incl", "money", description="Total amount including tax")) == {
        "total_incl": "240.00"
    }


PARTIES = """
Muster GmbH
Musterweg 1
12345 Berlin

Rechnung an:
Kunden AG
Kundenstr. 5
54321 Hamburg
"""


def test_parties_and_their_addresses() -> None:
    asked = (field("supplier_name"), field("customer_name"), field("customer_address"), field("supplier_address"))
    assert values(document(PARTIES), *asked) == {
        "supplier_name": "Muster GmbH",
        "customer_name": "Kunden AG",
        "customer_address": "Kundenstr. 5, 54321 Hamburg",
        "supplier_address": "Musterweg 1, 12345 Berlin",
    }


ITEMS = field(
    "line_items",
    "array",
    children=[
        field("description"),
        field("quantity", "number"),
        field("unit_price", "money"),
        field("amount", "money"),
    ],
)

TABLE = """
Pos   Description          Qty      Unit price     Amount
1     Blue widget          2        10.00          20.00
2     Red widget with      3        5.00           15.00
      a long handle
3     Installation         1        99.00          99.00
      Subtotal                                     134.00
"""


def test_line_items() -> None:
    assert values(document(TABLE), ITEMS)["line_items"] == [
        {"description": "Blue widget", "quantity": "2", "unit_price": "10.00", "amount": "20.00"},
        {"description": "Red widget with a long handle", "quantity": "3", "unit_price": "5.00", "amount": "15.00"},
        {"description": "Installation", "quantity": "1", "unit_price": "99.00", "amount": "99.00"},
    ]


def test_line_items_under_other_names_and_in_another_language() -> None:
    page = document(
        """
Artikel              Menge     Einzelpreis     Gesamtpreis
Blauer Zaun          2         10,00           20,00
Rotes Tor            1         50,00           50,00
Gesamtbetrag                                   70,00
"""
    )
    asked = field(
        "positions",
        "array",
        children=[field("article"), field("pieces", "number"), field("price_each", "money"), field("sum", "money")],
    )
    assert values(page, asked)["positions"] == [
        {"article": "Blauer Zaun", "pieces": "2", "price_each": "10,00", "sum": "20,00"},
        {"article": "Rotes Tor", "pieces": "1", "price_each": "50,00", "sum": "50,00"},
    ]


def test_a_table_continues_on_the_next_page() -> None:
    header = "Description          Qty      Unit price     Amount"
    first = f"{header}\nBlue widget          2        10.00          20.00"
    second = (
        f"{header}\nRed widget           3        5.00           15.00\nTotal                                    35.00"
    )
    assert [row["description"] for row in values(document(first, second), ITEMS)["line_items"]] == [
        "Blue widget",
        "Red widget",
    ]


def test_a_header_below_each_page_s_title_begins_no_new_table() -> None:
    header = "Waybill list       Page {}     of 30\nDescription          Qty      Unit price     Amount"
    row = "Crate {:02}             2        10.00          20.00"
    pages = [f"{header.format(n)}\n{row.format(2 * n)}\n{row.format(2 * n + 1)}" for n in range(1, 31)]
    found = values(document(*pages), ITEMS)["line_items"]
    assert [cells["description"] for cells in found] == [f"Crate {number:02}" for number in range(2, 62)]


def test_carried_sums_are_not_items() -> None:
    page = document(
        "Artikel        Menge    Preis    Betrag\nTisch          1        50,00    50,00\n"
        "Übertrag                         50,00\nStuhl          2        10,00    20,00"
    )
    rows = values(page, field("items", "array", children=[field("artikel"), field("betrag", "money")]))["items"]
    assert [row["artikel"] for row in rows] == ["Tisch", "Stuhl"]


def test_a_list_without_a_header() -> None:
    page = document("Coffee              2.50\nTea                 1.50\nTotal               4.00")
    assert values(page, ITEMS)["line_items"] == [
        {"description": "Coffee", "amount": "2.50"},
        {"description": "Tea", "amount": "1.50"},
    ]


def test_bank_accounts_and_taxes() -> None:
    page = document(
        """
MwSt 19 %      100,00      19,00
MwSt 7 %       50,00       3,50
IBAN: DE89370400440532013000    BIC: COBADEFFXXX
"""
    )
    accounts = field("accounts", "array", children=[field("iban"), field("bic")])
    taxes = field(
        "taxes",
        "array",
        description="One row for each tax rate",
        children=[field("rate", "number"), field("base", "money"), field("value", "money")],
    )
    answer = values(page, accounts, taxes)
    assert answer["accounts"] == [{"iban": "DE89370400440532013000", "bic": "COBADEFFXXX"}]
    assert answer["taxes"] == [
        {"rate": "19", "base": "100,00", "value": "19,00"},
        {"rate": "7", "base": "50,00", "value": "3,50"},
    ]


@pytest.mark.parametrize(
    ("page", "asked", "expected"),
    [
        pytest.param(
            "Description      Qty    Price     Amount   Currency\nBlue widget      2      10.00     20.00    EUR",
            field("items", "array", children=[field("description"), field("amount", "money"), field("currency")]),
            [{"description": "Blue widget", "amount": "20.00", "currency": "EUR"}],
            id="a-currency-column-is-a-column",
        ),
        pytest.param(
            "Date          Description     Amount\n01.02.2024    Rent            500.00\n03.02.2024    Salary          900.00",
            field(
                "bookings", "array", children=[field("date", "date"), field("description"), field("amount", "money")]
            ),
            [
                {"date": "01.02.2024", "description": "Rent", "amount": "500.00"},
                {"date": "03.02.2024", "description": "Salary", "amount": "900.00"},
            ],
            id="date-columns",
        ),
        pytest.param(
            "Order no: 45001234\nSerial no: SN-9999999",
            field("serial_numbers", "array", children=[field("serial")]),
            [{"serial": "SN-9999999"}],
            id="a-list-of-other-numbers",
        ),
        pytest.param(
            "Order no: 45001234\nTel: +49 30 1234567",
            field("phone_numbers", "array", children=[field("phone")]),
            [{"phone": "+49 30 1234567"}],
            id="a-list-of-phones",
        ),
    ],
)
def test_arrays_of_any_shape(page: str, asked: dict[str, Any], expected: list[dict[str, str]]) -> None:
    assert values(document(page), asked)[asked["name"]] == expected


def test_proposals_name_their_words() -> None:
    page = document("Invoice no: 4711")
    (proposal,) = FieldExtractor().propose(page, Schema.model_validate({"fields": [field("invoice_number")]}))
    assert [page.words[i].text for i in proposal.word_ids] == ["4711"]
    assert 0.5 < proposal.score <= 1.0


@pytest.mark.parametrize("page", ["", "x", "....", "1 2 3", "€ € €", ": : :", "Total Total Total"])
def test_odd_pages_raise_no_error(page: str) -> None:
    for template in presets().values():
        FieldExtractor().propose(document(page), template)


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        pytest.param(["1 Bolt", "2 Nut"], ["Bolt", "Nut"], id="counted"),
        pytest.param(["1. Bolt", "Nut", "3. Washer"], ["Bolt", "Nut", "Washer"], id="one-count-was-not-read"),
        pytest.param(
            ["Hosting", "2 page website", "Logo"], ["Hosting", "2 page website", "Logo"], id="a-number-of-its-own"
        ),
        pytest.param(["AB-12 - Bolt"], ["Bolt"], id="article-number-and-dash"),
        pytest.param(["Wi-Fi - Router"], ["Wi-Fi - Router"], id="no-number-in-it"),
    ],
)
def test_descriptions_without_counts_and_article_numbers(texts: list[str], expected: list[str]) -> None:
    rows = [{"what": ScoredText(text, tuple(range(len(text.split()))), 0.7)} for text in texts]
    assert [row["what"].text for row in plain_descriptions(rows, "what")] == expected
