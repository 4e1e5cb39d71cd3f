"""Fields discovered on small pages of text without a schema."""

from __future__ import annotations

from typing import Any

import pytest

from extractors import discover
from extractors.rules.printed import is_prose, type_of
from extractors.schemaless.discovery import name_of, unique
from schemas.fields import MAX_FIELDS, Field, FieldType, Schema, walk
from tests.fakes import document, word_ids


def fields_of(*pages: str) -> tuple[Field, ...]:
    schema = discover(document(*pages)).schema
    return schema.fields if schema else ()


def values(*pages: str) -> dict[str, Any]:
    """Return discovered texts by name, arrays as lists of rows, in the schema's order."""
    found = discover(document(*pages))
    answer: dict[str, Any] = {field.name: [] for field in (found.schema.fields if found.schema else ())}
    for proposal in found.proposals:
        name, *rest = proposal.path
        if not rest:
            answer[str(name)] = proposal.text
            continue
        row, column = rest
        rows = answer[str(name)]
        while len(rows) <= int(row):
            rows.append({})
        rows[int(row)][column] = proposal.text
    return answer


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        pytest.param("Invoice no: 4711", {"invoice_no": "4711"}, id="colon"),
        pytest.param("Nr:123", {"nr": "123"}, id="colon-without-a-space"),
        pytest.param("Name: Anna Doe  City: Berlin", {"name": "Anna Doe", "city": "Berlin"}, id="two-cells-with-colons"),
        pytest.param("Order: 12 Date: 1.2.2024", {"order": "12", "date": "1.2.2024"}, id="two-pairs-in-one-cell"),
        pytest.param("Name: Anna Doe City: Berlin", {"name": "Anna Doe", "city": "Berlin"}, id="two-of-letters-only"),
        pytest.param("Opened at: 12:30", {"opened_at": "12:30"}, id="a-time-holds-no-label"),
        pytest.param("Fee (Tax: 5%)    9.00", {"fee_tax_5": "9.00"}, id="a-colon-in-brackets"),
        pytest.param("Rechnungsnummer     RE-4711", {"rechnungsnummer": "RE-4711"}, id="left-of-its-value"),
        pytest.param("Policy holder   :  Anna Doe", {"policy_holder": "Anna Doe"}, id="a-colon-of-its-own"),
        pytest.param("Policy holder   : Anna Doe", {"policy_holder": "Anna Doe"}, id="a-colon-before-the-value"),
        pytest.param("Betriebsstunden   412", {"betriebsstunden": "412"}, id="unknown-word-before-a-number"),
        pytest.param("Meno:   Anna\nMesto:   Bratislava", {"meno": "Anna", "mesto": "Bratislava"}, id="any-language"),
        pytest.param("Total   EUR   119.00", {"total": "119.00"}, id="a-currency-between"),
        pytest.param("Muster GmbH    Datum   1.2.2024", {"datum": "1.2.2024"}, id="the-label-is-next-to-its-value"),
        pytest.param("Facture n°     Date\nF-12           02/03/2020",
                     {"facture_n": "F-12", "date": "02/03/2020"}, id="row-of-labels-over-values"),
        pytest.param("Name       Adresse\nAnna       Berlin", {"name": "Anna", "adresse": "Berlin"}, id="labels-over-texts"),
        pytest.param("Meno       Mesto         Vek\nAnna       Bratislava    33",
                     {"meno": "Anna", "mesto": "Bratislava", "vek": "33"}, id="unknown-labels-over-texts-and-a-number"),
        pytest.param("Zboží       Ks\nA-17        12", {"zbozi": "A-17", "ks": "12"}, id="unknown-labels-over-codes"),
        pytest.param("Bill to:\nMuster GmbH\nWeg 1\n12345 Berlin\n\nDate: 1.2.2024",
                     {"bill_to": "Muster GmbH Weg 1 12345 Berlin", "date": "1.2.2024"}, id="label-over-an-address"),
        pytest.param("Remarks:     Leave it at\n             the back door\nDate:        1.2.2024",
                     {"remarks": "Leave it at the back door", "date": "1.2.2024"}, id="a-value-of-two-lines"),
        pytest.param("Meno       Anna\nMesto      Bratislava\nVek        33",
                     {"meno": "Anna", "mesto": "Bratislava", "vek": "33"}, id="a-block-known-by-one-row"),
        pytest.param("Maker       Acme     Serial number    XK-99\nAmbience    Lab 3    Humidity         45 %",
                     {"maker": "Acme", "serial_number": "XK-99", "ambience": "Lab 3", "humidity": "45 %"}, id="two-blocks"),
        pytest.param("Meno       Krstné      Titul\nNovák      Anna        Dr.\nDátum      Miesto      Vek\n12.4.1988  Košice      36",
                     {"meno": "Novák", "krstne": "Anna", "titul": "Dr.", "datum": "12.4.1988", "miesto": "Košice", "vek": "36"},
                     id="a-form-of-labels-over-values"),
        pytest.param("Recipient        Biller\nAnna Doe         Bob Roe\nTreasurer        Inventor\nLong Lane        High Street",
                     {"recipient": "Anna Doe Treasurer Long Lane", "biller": "Bob Roe Inventor High Street"},
                     id="two-addresses-are-no-form"),
        pytest.param("Saaja            Datum\nAnna Doe         1.2.2024\nDlouhá           Krátká\nPraha W1 6TJ     Brno N8 0AE",
                     {"saaja": "Anna Doe", "datum": "1.2.2024"}, id="address-lines-are-no-form"),
        pytest.param("Tel. +49 30 123456-7", {"tel": "+49 30 123456-7"}, id="known-word-before-a-phone"),
        pytest.param("IBAN DE89 3704 0044 0532 0130 00 BIC COBADEFFXXX",
                     {"iban": "DE89 3704 0044 0532 0130 00", "bic": "COBADEFFXXX"}, id="two-without-colons"),
        pytest.param("Invoice INV-1 Customer: C-2", {"customer": "C-2"}, id="a-label-begins-after-a-code"),
        pytest.param("Account no: 1234 -  Bank: First", {"account_no": "1234", "bank": "First"}, id="a-dash-separates"),
    ],
)  # fmt: skip
def test_pairs(page: str, expected: dict[str, str]) -> None:
    found = values(page)
    assert found == expected
    assert list(found) == list(expected)


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        pytest.param("anna@example.com", {"email": "anna@example.com"}, id="email"),
        pytest.param("DE89 3704 0044 0532 0130 00", {"iban": "DE89 3704 0044 0532 0130 00"}, id="iban"),
        pytest.param("COBADEFF370", {"bic": "COBADEFF370"}, id="bic"),
        pytest.param("DE136695976", {"vat_number": "DE136695976"}, id="vat-number"),
        pytest.param("+49 30 1234567", {"phone": "+49 30 1234567"}, id="phone"),
        pytest.param("www.example.com", {"website": "www.example.com"}, id="website"),
        pytest.param("a@example.com\nb@example.com", {"email": "a@example.com", "email_2": "b@example.com"}, id="two"),
        pytest.param("Contact: a@example.com\na@example.com", {"contact": "a@example.com"}, id="in-a-pair-already"),
        pytest.param("You can write to a@example.com at any time of the day or night.",
                     {"email": "a@example.com"}, id="in-a-sentence"),
    ],
)  # fmt: skip
def test_self_evident_values(page: str, expected: dict[str, str]) -> None:
    assert values(page) == expected


@pytest.mark.parametrize(
    "page",
    [
        pytest.param("", id="empty"),
        pytest.param("Dear customer, thank you.", id="a-greeting"),
        pytest.param(
            "Please note: we are closed on all public holidays and on the last Friday of May.", id="a-sentence"
        ),
        pytest.param("Muster GmbH\nMusterweg 1\n12345 Berlin", id="an-address"),
        pytest.param(
            "Muster GmbH     Anna Doe\nWeg 1           Gasse 2\n12345 Berlin    1010 Wien", id="two-addresses"
        ),
        pytest.param("Payment is due in 30 days", id="a-number-in-a-sentence"),
        pytest.param("See https://example.invalid/terms", id="an-address-of-the-web-has-a-colon"),
        pytest.param("Label:", id="a-label-alone"),
        pytest.param("Widget    2    10.00    20.00", id="a-row-without-labels"),
    ],
)
def test_pages_that_name_nothing(page: str) -> None:
    assert values(page) == {}


ITEMS = """
Order no: A-1
Item                  Qty     Price     Amount
Blue widget           2       10.00     20.00
with a long handle
Red widget            1       5.00      5.00
Total                                   25.00
"""


def test_a_table_between_pairs() -> None:
    found = values(ITEMS)
    assert list(found) == ["order_no", "line_items", "total"]
    assert found["line_items"] == [
        {"item": "Blue widget with a long handle", "qty": "2", "price": "10.00", "amount": "20.00"},
        {"item": "Red widget", "qty": "1", "price": "5.00", "amount": "5.00"},
    ]
    assert found["total"] == "25.00"


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        pytest.param("Zboží      Ks    Cena\nŠroub      12    1,50\nMatka      3     0,20",
                     [{"zbozi": "Šroub", "ks": "12", "cena": "1,50"}, {"zbozi": "Matka", "ks": "3", "cena": "0,20"}],
                     id="any-language"),
        pytest.param("Name     Role        Town\nAnna     Engineer    Berlin\nBob      Designer    Wien",
                     [{"name": "Anna", "role": "Engineer", "town": "Berlin"},
                      {"name": "Bob", "role": "Designer", "town": "Wien"}], id="texts-only"),
        pytest.param("Employee     Days off\nAnna         12\nBob          7",
                     [{"employee": "Anna", "days_off": "12"}, {"employee": "Bob", "days_off": "7"}], id="two-columns"),
        pytest.param("Description     Amount\nService A       $100\nService B       $250",
                     [{"description": "Service A", "amount": "$100"}, {"description": "Service B", "amount": "$250"}],
                     id="items-called-like-labels"),
        pytest.param("Work         Time         Fee\nDesign       7 hours      90.00 plus tax\nReview       2 hours      20.00 plus tax",
                     [{"work": "Design", "time": "7 hours", "fee": "90.00 plus tax"},
                      {"work": "Review", "time": "2 hours", "fee": "20.00 plus tax"}], id="amounts-with-words"),
        pytest.param("Widget       Unit      Sum\nname         weight\nBolt         12        24\nNut          3         9",
                     [{"widget_name": "Bolt", "unit_weight": "12", "sum": "24"},
                      {"widget_name": "Nut", "unit_weight": "3", "sum": "9"}], id="labels-of-two-lines"),
        pytest.param("Product       Rate    Sum\nGlossostigma\nQty. 3        9.90    29.70\nBayberry\nQty. 2        5.44    10.88",
                     [{"product": "Glossostigma Qty. 3", "rate": "9.90", "sum": "29.70"},
                      {"product": "Bayberry Qty. 2", "rate": "5.44", "sum": "10.88"}], id="texts-above-their-numbers"),
        pytest.param("           Article            Pieces    Price\nBolt                          12        2.40\nNut                           9         0.90",
                     [{"article": "Bolt", "pieces": "12", "price": "2.40"},
                      {"article": "Nut", "pieces": "9", "price": "0.90"}], id="a-label-centred-over-its-column"),
        pytest.param("Part      Length      Weight\nBolt      12          24\nNut                   9\nPin       4           2",
                     [{"part": "Bolt", "length": "12", "weight": "24"}, {"part": "Nut", "weight": "9"},
                      {"part": "Pin", "length": "4", "weight": "2"}], id="an-empty-cell"),
    ],
)  # fmt: skip
def test_tables(page: str, expected: list[dict[str, str]]) -> None:
    assert list(values(page).values()) == [expected]


def test_one_row_of_counted_items_is_a_table() -> None:
    found = values("Description     Quantity     Price\nBlue widget     2            10.00")
    assert found == {"line_items": [{"description": "Blue widget", "quantity": "2", "price": "10.00"}]}


def test_a_table_continues_where_its_header_is_printed_again() -> None:
    page = "Part      Length      Weight\nBolt      12          24\nNut       5           9"
    assert [row["part"] for row in values(page, page)["table"]] == ["Bolt", "Nut", "Bolt", "Nut"]


def test_two_tables_have_two_names() -> None:
    other = "Place      Height      Depth\nHill       12          24\nTower      5           9"
    page = f"Part      Length      Weight\nBolt      12          24\nNut       5           9\n\n{other}"
    assert list(values(page)) == ["table", "table_2"]


def test_the_label_is_the_description_and_columns_have_types() -> None:
    order, items, total = fields_of(ITEMS)
    assert (order.name, order.type, order.description) == ("order_no", FieldType.STRING, "Order no")
    assert items.description == "Item | Qty | Price | Amount"
    assert [(c.name, c.type, c.description) for c in items.children or ()] == [
        ("item", FieldType.STRING, "Item"),
        ("qty", FieldType.INTEGER, "Qty"),
        ("price", FieldType.MONEY, "Price"),
        ("amount", FieldType.MONEY, "Amount"),
    ]
    assert total.type is FieldType.MONEY


@pytest.mark.parametrize(
    ("page", "kind"),
    [
        pytest.param("Deviation: 0.02", FieldType.NUMBER, id="two-decimals-without-money"),
        pytest.param("Coffee: 2.40\nPaid in EUR", FieldType.MONEY, id="a-currency-on-the-page"),
        pytest.param("Subtotal: 2.40", FieldType.MONEY, id="a-label-of-amounts"),
        pytest.param("Quantity: 2.00\nPaid in EUR", FieldType.NUMBER, id="a-label-of-counts"),
        pytest.param("Total: 18770", FieldType.MONEY, id="an-amount-without-cents"),
        pytest.param("Invoice number: 4711", FieldType.STRING, id="a-label-of-identifiers"),
    ],
)
def test_labels_decide_types(page: str, kind: FieldType) -> None:
    assert fields_of(page)[0].type is kind


def test_the_same_label_twice() -> None:
    page = "Date: 1.2.2024\nDate: 3.4.2024\nDate: 1.2.2024"
    assert values(page) == {"date": "1.2.2024", "date_2": "3.4.2024"}


def test_proposals_point_at_the_words_of_the_value() -> None:
    page = document("Total: 20.00   Paid: 20.00\nBill to:\nAnna Doe\nWeg 1")
    found = {p.path[0]: p.word_ids for p in discover(page).proposals}
    assert found["total"] == (1,)
    assert found["paid"] == (3,)
    assert found["bill_to"] == word_ids(page, "Anna Doe Weg 1")


def test_fields_beyond_the_limit_are_left_out() -> None:
    fields = fields_of("\n".join(f"{chr(97 + n // 26)}{chr(97 + n % 26)}x: {n}" for n in range(MAX_FIELDS + 20)))
    assert len(fields) == MAX_FIELDS
    assert fields[0].name == "aax"


def test_discovered_fields_can_be_sent_as_a_schema() -> None:
    fields = fields_of(ITEMS)
    sent = [field.model_dump(mode="json", exclude_none=True) for field in fields]
    assert Schema.model_validate({"fields": sent}).fields == fields
    assert len(list(walk(fields))) == 7


@pytest.mark.parametrize(
    ("label", "name"),
    [
        pytest.param("Rechnungs-Nr.:", "rechnungs_nr", id="punctuation"),
        pytest.param("Größe (mm)", "grosse", id="unit-in-brackets"),
        pytest.param("Price [EUR]", "price", id="currency-in-brackets"),
        pytest.param("Unit price in EUR", "unit_price", id="currency-in-words"),
        pytest.param("Total €", "total", id="currency-sign"),
        pytest.param("Tax rate (%)", "tax_rate", id="percent"),
        pytest.param("VAT 19 %", "vat_19", id="a-rate-tells-labels-apart"),
        pytest.param("Číslo faktúry", "cislo_faktury", id="accents"),
        pytest.param("Słownie", "slownie", id="letters-that-are-no-accents"),
        pytest.param("담당자", "담당자", id="korean-syllables"),
        pytest.param("請求書番号", "請求書番号", id="other-scripts"),
        pytest.param("#", "", id="no-letters"),
    ],
)
def test_names(label: str, name: str) -> None:
    assert name_of(label) == name


def test_names_are_short_and_unique() -> None:
    assert len(name_of("very long label " * 20)) <= 60
    assert len(name_of("x" * 300)) <= 60
    taken = {"date", "date_2"}
    assert unique("date", taken) == "date_3"
    assert "date_3" in taken


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        pytest.param("30.4.2025", FieldType.DATE, id="date"),
        pytest.param("March 3, 2024", FieldType.DATE, id="date-in-words"),
        pytest.param("1.2.2024 - 3.4.2024", FieldType.STRING, id="a-period-is-no-date"),
        pytest.param("1.234,50 €", FieldType.MONEY, id="currency"),
        pytest.param("119.00", FieldType.MONEY, id="cents"),
        pytest.param("12", FieldType.INTEGER, id="integer"),
        pytest.param("12.5", FieldType.NUMBER, id="number"),
        pytest.param("12.5 kg", FieldType.NUMBER, id="unit"),
        pytest.param("19 %", FieldType.NUMBER, id="percent"),
        pytest.param("30 days", FieldType.STRING, id="a-word-is-no-unit"),
        pytest.param("0815", FieldType.STRING, id="leading-zero"),
        pytest.param("4711001", FieldType.STRING, id="many-digits"),
        pytest.param("RE-12", FieldType.STRING, id="code"),
        pytest.param("Anna", FieldType.STRING, id="text"),
    ],
)
def test_types(text: str, kind: FieldType) -> None:
    assert type_of(text) is kind


@pytest.mark.parametrize(
    ("text", "locale", "kind"),
    [
        pytest.param("1.234", "de-DE", FieldType.INTEGER, id="a-point-groups-digits"),
        pytest.param("1.234", "en-US", FieldType.NUMBER, id="a-point-before-decimals"),
    ],
)
def test_the_locale_decides_a_type_where_the_page_does_not(text: str, locale: str, kind: FieldType) -> None:
    found = discover(document(f"Weight: {text}"), locale)
    assert found.schema is not None
    assert [field.type for field in found.schema.fields] == [kind]


def test_prose() -> None:
    assert is_prose("We thank you for your order and hope to see you again soon")
    assert is_prose("Goods remain ours until they are paid.")
    assert not is_prose("12 Main Street, Springfield, IL 62701, United States")
