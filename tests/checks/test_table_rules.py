from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.checks.cells import found, outcomes, rows

LINE = "line_is_quantity_times_price"
LINES = "line_totals_sum_to_total"
CENT = Decimal("0.01")


@pytest.mark.parametrize(
    ("columns", "row", "outcome"),
    [
        pytest.param("quantity unit_price line_total", "2 10.00 20.00", "passed", id="exact"),
        pytest.param("quantity unit_price line_total", "3 5.00 16.00", "failed", id="another-amount"),
        pytest.param("quantity unit_price line_total", "1 16.00 16.00", "trivial", id="one-proves-little"),
        pytest.param("quantity unit_price line_total", "1 16.00 17.00", "failed", id="one-can-fail"),
        pytest.param("quantity unit_price line_total", "1.33 100.00 133.33", "passed", id="80-minutes-in-hours"),
        pytest.param("quantity unit_price line_total", "10 8.40 83.95", "passed", id="price-less-tax-was-rounded"),
        pytest.param("quantity unit_price line_total", "10 8.40 83.40", "failed", id="rounding-explains-no-60-cents"),
        pytest.param("quantity unit_price line_total", "1000 0.33 335.00", "failed", id="nor-percents-of-many-pieces"),
        pytest.param("quantity unit_price line_total", "-2 10.00 -20.00", "passed", id="returned-goods"),
        pytest.param("quantity unit_price line_total", "- 10.00 20.00", "", id="no-quantity"),
        pytest.param("quantity unit_price discount line_total", "2 10.00 10 18.00", "passed", id="percent-off"),
        pytest.param("quantity unit_price discount line_total", "2 10.00 3.00 17.00", "passed", id="amount-off"),
        pytest.param("quantity unit_price discount line_total", "2 10.00 3.00 14.00", "passed", id="amount-off-each"),
        pytest.param("quantity unit_price discount line_total", "2 10.00 -3.00 17.00", "passed", id="with-minus"),
        pytest.param(
            "quantity unit_price discount line_total", "2 9.00 10 18.00", "passed", id="off-the-price-already"
        ),
        pytest.param(
            "quantity unit_price discount line_total", "2 10.00 3.00 16.00", "failed", id="discount-explains-less"
        ),
        pytest.param("quantity unit_price tax_rate line_total", "2 10.00 19 23.80", "passed", id="with-its-tax"),
        pytest.param("quantity unit_price tax_rate line_total", "2 10.00 19 23.90", "failed", id="tax-explains-less"),
    ],
)
def test_quantity_times_price(columns: str, row: str, outcome: str) -> None:
    assert outcomes(found(*rows("line_items", columns, [row]), LINE)) == outcome


def test_a_row_names_its_cells_and_figures() -> None:
    schema, cells = rows("line_items", "quantity unit_price line_total", ["2 10.00 20.00", "3 5.00 16.00"])
    right, wrong = found(schema, cells, LINE)
    assert right.message == "2 x 10.00 = 20.00"
    assert wrong.message == "3 x 5.00 = 15.00, but 16.00 is stated (difference 1.00)"
    assert wrong.paths == tuple(("line_items", 1, name) for name in ("line_total", "quantity", "unit_price"))


TWO = ["2 10.00 20.00", "1 30.00 30.00"]


@pytest.mark.parametrize(
    ("texts", "fields", "outcome"),
    [
        pytest.param(TWO, {"net": "50.00"}, "passed", id="net"),
        pytest.param(TWO, {"net": "42.02", "total": "50.00"}, "passed", id="lines-include-the-tax"),
        pytest.param(TWO, {"net": "51.00", "total": "60.69"}, "failed", id="neither"),
        pytest.param(TWO, {"net": "55.00", "shipping": "5.00"}, "passed", id="shipping-within-net"),
        pytest.param(TWO, {"net": "45.00", "discount": "5.00"}, "passed", id="discount-of-the-document"),
        pytest.param(TWO, {"tax": "9.50", "total": "59.50"}, "passed", id="no-net-but-tax"),
        pytest.param(TWO, {"tax": "9.50", "total": "69.50"}, "failed", id="no-net-but-tax-and-another-total"),
        pytest.param(TWO, {"total": "50.00"}, "passed", id="total-alone-confirms"),
        pytest.param(TWO, {"total": "59.50"}, "", id="total-alone-cannot-contradict"),
        pytest.param(["2 10.00 20.00", "1 30.00 -"], {"net": "20.00"}, "", id="an-amount-is-missing"),
        pytest.param(["2 10.00 20.00"], {"net": "20.00"}, "trivial", id="one-line"),
        pytest.param([], {"net": "20.00"}, "", id="no-lines"),
        pytest.param(["1 1 0.33"] * 10, {"net": "3.33"}, "passed", id="ten-rounded-thirds"),
        pytest.param(["1 1 0.33"] * 10, {"net": "3.36"}, "failed", id="more-than-ten-roundings"),
    ],
)
def test_sum_of_lines(texts: list[str], fields: dict[str, str], outcome: str) -> None:
    assert outcomes(found(*rows("line_items", "quantity unit_price line_total", texts, **fields), LINES)) == outcome


@given(st.lists(st.tuples(st.integers(1, 50), st.integers(10, 10**7)), min_size=2, max_size=40))
def test_lines_rounded_one_by_one_always_pass(items: list[tuple[int, int]]) -> None:
    """Items are quantities and prices in tenths of a cent."""
    exact = [quantity * Decimal(price) / 1000 for quantity, price in items]
    printed = [value.quantize(CENT, ROUND_HALF_UP) for value in exact]
    net = str(sum(exact, Decimal(0)).quantize(CENT, ROUND_HALF_UP))
    texts = [
        f"{quantity} {Decimal(price) / 1000} {line}" for (quantity, price), line in zip(items, printed, strict=True)
    ]
    schema, cells = rows("line_items", "quantity unit_price line_total", texts, net=net)
    assert outcomes(found(schema, cells, LINES)) == "passed"
    assert "failed" not in outcomes(found(schema, cells, LINE))


@pytest.mark.parametrize(
    ("texts", "fields", "expected"),
    [
        pytest.param(
            ["19 100 19", "7 50 3.5"], {"net": "150", "tax": "22.5"}, "passed passed|passed|passed", id="exact"
        ),
        pytest.param(["0.19 100 19", "0.07 50 3.5"], {}, "passed passed||", id="rates-as-fractions"),
        pytest.param(["19 100 7"], {"tax": "8"}, "failed|failed|", id="wrong-row-and-sum"),
        pytest.param(["0 100 0"], {"net": "100", "tax": "0"}, "trivial|trivial|trivial", id="exempt"),
        pytest.param(["19 - 19", "7 50 3.5"], {"net": "150", "tax": "22.5"}, "passed|passed|", id="a-base-is-missing"),
        pytest.param(["19 33.33 6.33", "7 - -"], {"tax": "6.33"}, "passed||", id="a-tax-is-missing"),
        pytest.param(["19 10.00 1.93"], {}, "failed||", id="three-cents-off-without-lines"),
    ],
)
def test_tax_table(texts: list[str], fields: dict[str, str], expected: str) -> None:
    schema, cells = rows("taxes", "rate base value", texts, **fields)
    rules = ("tax_is_rate_of_base", "taxes_sum_to_total_tax", "tax_bases_sum_to_net")
    assert "|".join(outcomes(found(schema, cells, rule)) for rule in rules) == expected


@pytest.mark.parametrize(
    ("array", "columns"),
    [
        pytest.param("payments", "amount", id="payments-are-no-lines"),
        pytest.param("discounts", "description amount", id="discounts-are-no-lines"),
    ],
)
def test_other_arrays_are_not_added_up(array: str, columns: str) -> None:
    text = " ".join("1.00" for _ in columns.split())
    assert found(*rows(array, columns, [text, text], net="50.00"), LINES) == []
