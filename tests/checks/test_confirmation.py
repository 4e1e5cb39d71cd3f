from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

import checks
from checks.confirmation import ODDS_FACTORS
from checks.rule_names import Rule
from schemas.results import FieldPath, Finding, Outcome, not_found
from tests.checks.cells import cell

A: FieldPath = ("a",)
PASSED = Finding("tax_is_rate_of_base", Outcome.PASSED, (A,), "")
WEAK = Finding("delivery_near_date", Outcome.PASSED, (A,), "")
TRIVIAL = Finding("tax_is_rate_of_base", Outcome.PASSED, (A,), "", trivial=True)
FAILED = Finding("tax_is_rate_of_base", Outcome.FAILED, (A,), "")
OTHER = Finding("tax_is_rate_of_base", Outcome.FAILED, (("b",),), "")


def confidence(*findings: Finding, before: float = 0.5) -> float:
    (adjusted,) = checks.confirm([cell(A, Decimal(1), confidence=before)], findings)
    return adjusted.confidence


@pytest.mark.parametrize(
    ("less", "more"),
    [
        pytest.param([], [PASSED], id="a-pass-raises"),
        pytest.param([], [TRIVIAL], id="a-trivial-pass-too"),
        pytest.param([TRIVIAL], [PASSED], id="but-by-less"),
        pytest.param([FAILED], [], id="a-failure-lowers"),
        pytest.param([FAILED], [FAILED, PASSED], id="a-pass-speaks-against-a-failure"),
        pytest.param([FAILED, PASSED], [PASSED], id="and-a-failure-against-a-pass"),
    ],
)
def test_order(less: list[Finding], more: list[Finding]) -> None:
    assert confidence(*less) < confidence(*more)


@pytest.mark.parametrize(
    ("some", "same"),
    [
        pytest.param([OTHER], [], id="findings-about-other-cells"),
        pytest.param([PASSED, PASSED, WEAK], [PASSED], id="only-the-strongest-pass-counts"),
        pytest.param([FAILED, FAILED], [FAILED], id="only-the-strongest-failure-counts"),
    ],
)
def test_equal(some: list[Finding], same: list[Finding]) -> None:
    assert confidence(*some) == confidence(*same)


def test_what_was_not_found_stays_at_zero() -> None:
    assert checks.confirm([not_found(A)], [FAILED]) == [not_found(A)]


@given(
    before=st.floats(0, 1),
    findings=st.lists(
        st.builds(
            Finding,
            st.sampled_from(sorted(ODDS_FACTORS)),
            st.sampled_from(Outcome),
            st.just((A,)),
            st.just(""),
            st.booleans(),
        )
    ),
)
def test_a_probability_stays_one(before: float, findings: list[Finding]) -> None:
    after = confidence(*findings, before=before)
    assert 0.0 <= after <= 1.0
    assert confidence(*findings, before=1.0) == 1.0
    assert confidence(*findings, before=0.0) == 0.0


def test_every_rule_has_its_odds() -> None:
    assert set(ODDS_FACTORS) == set(Rule)
