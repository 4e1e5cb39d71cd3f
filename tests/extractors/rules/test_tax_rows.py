"""Taxes by rate, without the network."""

from __future__ import annotations

import pytest

from extractors.plan import ExtractionPlan, PlannedField
from extractors.rules.page_facts import PageFacts
from extractors.rules.tax_rows import tax_rows
from schemas.fields import Schema
from tests.fakes import document

Row = dict[str, str]


def columns() -> tuple[PlannedField, ...]:
    types = {"rate": "number", "base": "money", "amount": "money"}
    children = [{"name": name, "type": kind} for name, kind in types.items()]
    array = {"name": "taxes", "type": "array", "children": children}
    return ExtractionPlan.of(Schema.model_validate({"fields": [array]}).fields).fields[0].columns


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        pytest.param(
            "VAT rate    Net       VAT\n7 %         100.00    7.00\n19 %        200.00    38.00",
            [
                {"rate": "7", "base": "100.00", "amount": "7.00"},
                {"rate": "19", "base": "200.00", "amount": "38.00"},
            ],
            id="a-row-for-each-rate",
        ),
        pytest.param(
            "Net         760,00\nMwSt 19 %   144,40\nTotal       904,40",
            [{"rate": "19", "base": "760,00", "amount": "144,40"}],
            id="among-the-totals",
        ),
        pytest.param(
            "Net      760.00\nTax      144.40\nTotal    904.40",
            [{"base": "760.00", "amount": "144.40"}],
            id="no-rate-is-printed",
        ),
        pytest.param("Discount 3 %    27.13", [], id="a-rate-of-something-else"),
        pytest.param("Nothing here", [], id="nothing"),
    ],
)
def test_rows(page: str, expected: list[Row]) -> None:
    found = tax_rows(PageFacts(document(page)), columns())
    assert [{name: cell.text for name, cell in row.items()} for row in found] == expected
