from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.checks.cells import amounts, found, outcomes

TOTAL = "total_is_net_plus_tax"
DUE = "amount_due_is_total_less_paid"


@pytest.mark.parametrize(
    ("values", "outcome"),
    [
        pytest.param({"net": "100.00", "tax": "19.00", "total": "119.00"}, "passed", id="exact"),
        pytest.param({"net": "100.00", "tax": "19.01", "total": "119.00"}, "passed", id="rounded-apart-by-a-cent"),
        pytest.param({"net": "100.00", "tax": "19.02", "total": "119.01"}, "passed", id="a-cent-is-still-rounding"),
        pytest.param({"net": "100.00", "tax": "19.03", "total": "119.01"}, "failed", id="two-cents-are-not"),
        pytest.param({"net": "100.00", "tax": "19.02", "total": "119.00"}, "passed", id="two-are-for-whole-coins"),
        pytest.param({"net": "100.00", "tax": "7.00", "total": "119.00"}, "failed", id="another-tax"),
        pytest.param({"net": "100.00", "tax": "0.00", "total": "100.00"}, "trivial", id="no-tax-proves-little"),
        pytest.param({"net": "-50.00", "tax": "-9.50", "total": "-59.50"}, "passed", id="credit-note"),
        pytest.param({"net": "100.00", "tax": "", "total": "119.00"}, "", id="a-value-is-missing"),
        pytest.param({"net": "100", "tax": "19", "shipping": "5", "total": "124"}, "passed", id="shipping-on-top"),
        pytest.param({"net": "105", "tax": "19", "shipping": "5", "total": "124"}, "passed", id="shipping-within-net"),
        pytest.param({"net": "100", "tax": "19", "discount": "9", "total": "110"}, "passed", id="discount-taken-off"),
        pytest.param({"net": "100", "tax": "19", "discount": "-9", "total": "110"}, "passed", id="discount-with-minus"),
        pytest.param({"net": "10", "tax": "1", "tip": "2", "total": "13"}, "passed", id="tip"),
        pytest.param({"net": "10", "tax": "1.04", "rounding": "-0.04", "total": "11"}, "passed", id="rounding-field"),
        pytest.param({"net": "100", "tax": "21", "irpf": "15", "total": "106"}, "passed", id="withheld-tax"),
        pytest.param(
            {"net": "100", "tax": "19", "shipping": "5", "total": "125"}, "failed", id="shipping-explains-less"
        ),
    ],
)
def test_net_plus_tax_is_total(values: dict[str, str], outcome: str) -> None:
    assert outcomes(found(*amounts(values), TOTAL)) == outcome


@pytest.mark.parametrize("value", ["NaN", "Infinity", "1E+999999"])
def test_what_is_no_amount_is_not_added_up(value: str) -> None:
    assert found(*amounts({"net": "1", "tax": "1", "total": value}), TOTAL) == []


def test_the_message_has_the_figures_and_the_cells_are_those_that_were_added() -> None:
    values = {"net": "100.00", "tax": "7.00", "shipping": "5.00", "tip": "0.00", "total": "119.00"}
    (finding,) = found(*amounts(values), TOTAL)
    assert finding.message == "100.00 + 7.00 + 5.00 = 112.00, but 119.00 is stated (difference 7.00)"
    assert finding.paths == (("total",), ("net",), ("tax",), ("shipping",))


@pytest.mark.parametrize(
    ("values", "outcome"),
    [
        pytest.param({"total": "119", "paid": "19", "amount_due": "100"}, "passed", id="paid-in-part"),
        pytest.param({"total": "119", "paid": "-19", "amount_due": "100"}, "passed", id="paid-printed-with-minus"),
        pytest.param({"total": "119", "paid": "0", "amount_due": "119"}, "trivial", id="nothing-paid"),
        pytest.param({"total": "119", "previous_balance": "31", "amount_due": "150"}, "passed", id="old-debt"),
        pytest.param(
            {"total": "119", "paid": "19", "previous_balance": "31", "amount_due": "131"}, "passed", id="both"
        ),
        pytest.param({"total": "119", "paid": "19", "amount_due": "119"}, "failed", id="payment-forgotten"),
        pytest.param({"total": "119", "amount_due": "100"}, "", id="what-was-paid-is-not-asked-for"),
    ],
)
def test_amount_due(values: dict[str, str], outcome: str) -> None:
    assert outcomes(found(*amounts(values), DUE)) == outcome


cents = st.integers(-10_000_000, 10_000_000)


@given(net=cents, tax=cents, error=st.integers(-100_000, 100_000))
def test_an_error_passes_only_up_to_the_rounding(net: int, tax: int, error: int) -> None:
    total = net + tax + error
    values = {name: str(Decimal(value) / 100) for name, value in (("net", net), ("tax", tax), ("total", total))}
    (finding,) = found(*amounts(values), TOTAL)
    allowed = 2 if total % 5 == 0 else 1
    assert (finding.outcome.value == "passed") == (abs(error) <= allowed)
