from __future__ import annotations

from decimal import Decimal

import pytest

import checks
from tests.checks.cells import cell, outcomes, schema_of


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param({"date": "2020-01-31", "due_date": "2020-02-01"}, "passed", id="due-later"),
        pytest.param({"date": "2020-02-01", "due_date": "2020-01-31"}, "failed", id="due-before"),
        pytest.param({"date": "2020-02-01", "due_date": "2020-02-01"}, "trivial", id="one-date-read-twice"),
        pytest.param({"issued_on": "2020-02-01", "payable_until": "2020-01-31"}, "failed", id="renamed"),
        pytest.param({"Rechnungsdatum": "2020-02-01", "zahlbar_bis": "2020-01-31"}, "failed", id="de"),
        pytest.param({"order_date": "2020-02-01", "due_date": "2020-01-31"}, "", id="no-day-of-issue"),
        pytest.param(
            {"invoice_date": "2020-02-01", "date": "2019-01-01", "due_date": "2020-02-02"},
            "passed",
            id="the-better-match",
        ),
        pytest.param({"date": "2020-02-01", "delivery_date": "2020-01-20"}, "passed", id="delivered-before"),
        pytest.param({"date": "2020-02-01", "delivery_date": "2002-01-20"}, "failed", id="a-year-misread"),
    ],
)
def test_dates(values: dict[str, str], expected: str) -> None:
    schema = schema_of(dict.fromkeys(values, "date"))
    assert outcomes(checks.run(schema, [cell((name,), value) for name, value in values.items()])) == expected


@pytest.mark.parametrize(
    ("currency", "raw_texts", "expected"),
    [
        pytest.param("EUR", ["12,00 €", "3,00 €"], "passed", id="sign"),
        pytest.param("EUR", ["EUR 12.00"], "passed", id="code"),
        pytest.param("€", ["12.00 EUR"], "passed", id="the-cell-has-the-sign"),
        pytest.param("CAD", ["$12.00"], "passed", id="a-sign-of-many"),
        pytest.param("EUR", ["12,00 €", "$3.00"], "failed", id="one-amount-differs"),
        pytest.param("USD", ["CHF 3.00"], "failed", id="another-code"),
        pytest.param("EUR", ["12,00", "3,00"], "", id="no-sign"),
        pytest.param("Taler", ["12,00 €"], "", id="not-a-known-currency"),
        pytest.param("EUR", ["12.00 PCS"], "", id="capitals-that-are-no-code"),
    ],
)
@pytest.mark.parametrize("nested", [False, True], ids=["field", "in-an-array"])
def test_currency(currency: str, raw_texts: list[str], expected: str, nested: bool) -> None:
    path = ("locale", 0, "currency") if nested else ("currency",)
    schema = schema_of({"locale": {"currency": "string"}} if nested else {"currency": "string"})
    amounts = [cell(("rows", n, "sum"), Decimal(1), raw) for n, raw in enumerate(raw_texts)]
    assert outcomes(checks.run(schema, [cell(path, currency), *amounts])) == expected


def test_the_amounts_that_differ_are_named() -> None:
    schema = schema_of({"currency": "string", "net": "money", "tax": "money"})
    cells = [cell(("currency",), "EUR"), cell(("net",), Decimal(3), "3 €"), cell(("tax",), Decimal(1), "$1")]
    (finding,) = checks.run(schema, cells)
    assert finding.paths == (("currency",), ("tax",))
    assert finding.message == "the currency is EUR, but amounts are in $"
