"""Net, tax and gross by labels and arithmetic, without the network."""

from __future__ import annotations

import pytest

from extractors.rules.page_facts import PageFacts
from extractors.rules.totals import TotalSums, choose_totals, pick_totals
from schemas.vocabulary import Kind
from tests.fakes import document

BILL = "Subtotal     67.75\nTax 7%       4.74\nTotal        72.49"
WITH_TIP = BILL + "\nTip          14.50\nTotal $      86.99"


def picked(page: str) -> dict[str, str]:
    return {name: found.text for name, found in pick_totals(PageFacts(document(page))).items()}


def test_labels_that_add_up() -> None:
    assert picked(BILL) == {"total_net": "67.75", "total_tax": "4.74", "total_gross": "72.49"}


def test_a_total_further_down_outranks_one_that_adds_up() -> None:
    assert picked(WITH_TIP)["total_gross"] == "86.99"


@pytest.mark.parametrize(("page", "expected"), [(BILL, True), (WITH_TIP, False)])
def test_only_a_total_that_nothing_contests_adds_up(page: str, expected: bool) -> None:
    facts = PageFacts(document(page))
    amounts = {amount.text: amount for amount in facts.candidates.by_kind[Kind.AMOUNT]}
    found = {"total_gross": amounts["72.49"], "total_net": amounts["67.75"], "total_tax": amounts["4.74"]}
    assert TotalSums(facts).add_up(found) is expected


def test_the_same_total_printed_again_contests_nothing() -> None:
    facts = PageFacts(document(BILL + "\nTotal        72.49"))
    amounts = [a for a in facts.candidates.by_kind[Kind.AMOUNT] if a.text == "72.49"]
    assert not TotalSums(facts).is_contested(amounts[0])


def test_a_missing_label_is_found_by_arithmetic() -> None:
    assert picked("Net      100.00\n         19.00\nTotal    119.00")["total_tax"] == "19.00"


def test_cash_rounding_comes_after_the_total() -> None:
    page = "Total         10.02\nRounding      -0.02\nTotal due     10.00"
    assert picked(page)["total_gross"] == "10.00"


def test_arithmetic_decides_between_scores() -> None:
    facts = PageFacts(document("Net      100.00\nTax      19.00\nTotal    119.00\nOther    150.00"))
    amounts = {amount.text: amount for amount in facts.candidates.by_kind[Kind.AMOUNT]}
    options = {
        "total_gross": [(1.0, amounts["150.00"]), (0.5, amounts["119.00"])],
        "total_net": [(1.0, amounts["100.00"])],
        "total_tax": [(1.0, amounts["19.00"])],
    }
    found = choose_totals(facts, TotalSums(facts), options)
    assert found["total_gross"] is amounts["119.00"]
