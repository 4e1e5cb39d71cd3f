from __future__ import annotations

import time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.normalise import numbers


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("1.234,50 €", "1234.50", id="german"),
        pytest.param("1 234,50", "1234.50", id="french"),
        pytest.param("1\u202f234,50", "1234.50", id="narrow-no-break-space"),
        pytest.param("1'234.50", "1234.50", id="swiss"),
        pytest.param("1’234.50", "1234.50", id="swiss-typographic"),
        pytest.param("USD 1,234.50", "1234.50", id="american"),
        pytest.param("1,23,456.00", "123456.00", id="indian-grouping"),
        pytest.param("(1,234.50)", "-1234.50", id="accountants-parentheses"),
        pytest.param("1234.5-", "-1234.5", id="trailing-minus"),
        pytest.param("-$4.00", "-4.00", id="minus-before-the-currency"),
        pytest.param("$-4.00", "-4.00", id="minus-after-the-currency"),
        pytest.param("−12,00", "-12.00", id="real-minus-sign"),
        pytest.param("Invoice total - 60.00 EUR", "60.00", id="a-dash-between-words-is-no-sign"),
        pytest.param("- 0,10 €", "-0.10", id="a-minus-and-a-space-at-the-start"),
        pytest.param("RM12.50", "12.50", id="currency-without-space"),
        pytest.param("S8.20", "8.20", id="dollar-read-as-s"),
        pytest.param("1O.5O", "10.50", id="o-read-for-zero"),
        pytest.param(".50", "0.50", id="no-whole-part"),
        pytest.param("24⁹⁵", "24.95", id="raised-cents"),
        pytest.param("1.024,⁹⁵ €", "1024.95", id="raised-cents-after-a-comma"),
        pytest.param("kr.24⁹⁵", "24.95", id="raised-cents-after-a-unit"),
        pytest.param("120¹", "120", id="a-footnotes-mark-is-no-digit"),
        pytest.param("(4.00 $)", "-4.00", id="parentheses-around-the-currency"),
        pytest.param("50,00¹", "50.00", id="a-footnote-is-no-digit"),
        pytest.param("21%", "21", id="percent"),
        pytest.param("4.125 %", "4.125", id="percent-with-three-decimals"),
        pytest.param("4,125%", "4.125", id="percent-with-three-decimals-after-a-comma"),
        pytest.param("%4.125", "4.125", id="turkish-percent-before-the-number"),
        pytest.param("7 1/2 %", "7.5", id="fraction-of-a-percent"),
        pytest.param("1/4 %", "0.25", id="fraction-without-a-whole"),
        pytest.param("7½", "7.5", id="one-character-fraction"),
        pytest.param("½ %", "0.5", id="one-character-fraction-alone"),
        pytest.param("6 ⅓", "6.3333", id="thirds-have-four-decimals"),
        pytest.param("7 1/2", "7.5", id="mixed-number"),
        pytest.param("page 1/2", None, id="a-page-of-two"),
        pytest.param("١٬٢٣٤٫٥٠", "1234.50", id="arabic-digits-and-marks"),
        pytest.param("١٢٫٥٠٠", "12.500", id="arabic-decimal-mark-before-three-digits"),
        pytest.param("١٢٬٥٠٠", "12500", id="arabic-thousands-mark"),
        pytest.param("۱۲۳۴٫۵", "1234.5", id="persian-digits"),
        pytest.param("१,२३,४५६.७८", "123456.78", id="devanagari-digits"),
        pytest.param("1\u02bc234.50", "1234.50", id="swiss-modifier-apostrophe"),
        pytest.param("1\u2009234,50", "1234.50", id="thin-space"),
        pytest.param("¥88,000-", "88000", id="a-dash-ends-a-yen-amount"),
        pytest.param("￥88,000－", "88000", id="a-full-width-dash-ends-a-yen-amount"),
        pytest.param("88,000-", "-88000", id="elsewhere-a-dash-is-a-minus"),
        pytest.param("¥88,000.00-", "-88000.00", id="yen-have-no-decimals"),
        pytest.param("5.00-T", "-5.00", id="a-tax-mark-touches-the-minus"),
        pytest.param("5.00-TAX", "5.00", id="a-word-touches-the-dash"),
        pytest.param("▲1,000", "1000", id="an-arrow-is-no-minus"),
        pytest.param("1,234.50 CR", "1234.50", id="credit"),
        pytest.param("27,549.25 Dr.", "27549.25", id="debit"),
        pytest.param("１２．５０", "12.50", id="full-width"),
        pytest.param("12.05.2018", None, id="a-date-is-no-number"),
        pytest.param("3 x 4,50", None, id="two-numbers"),
        pytest.param("INV-2024-001", None, id="an-identifier"),
        pytest.param("total", None, id="no-number"),
    ],
)
def test_parse(text: str, value: str | None) -> None:
    assert numbers.parse(text) == (None if value is None else Decimal(value))


@pytest.mark.parametrize(
    ("mark", "value"),
    [
        pytest.param(",", "1234", id="comma-page"),
        pytest.param(".", "1.234", id="point-page"),
        pytest.param(None, "1234", id="unknown-page"),
    ],
)
def test_ambiguous_numbers_follow_the_page(mark: str | None, value: str) -> None:
    assert numbers.parse("1.234", mark) == Decimal(value)


def test_space_groups_are_also_read_apart() -> None:
    spans = numbers.find("2 100,00")
    assert [(s.readings[0], s.start, s.end) for s in spans] == [
        (Decimal("2100.00"), 0, 8),
        (Decimal(2), 0, 1),
        (Decimal("100.00"), 2, 8),
    ]


@pytest.mark.parametrize(
    ("text", "yen", "value"),
    [
        pytest.param("88,000-", True, "88000", id="trailing-dash"),
        pytest.param("88,000-", False, "-88000", id="trailing-minus"),
        pytest.param("¥88,000-", False, "-88000", id="yuan"),
        pytest.param("-88,000", True, "-88000", id="leading-minus"),
        pytest.param("▲1,000", True, "-1000", id="japanese-minus"),
        pytest.param("△1,000", True, "-1000", id="japanese-minus-in-outline"),
    ],
)
def test_amounts_of_yen(text: str, yen: bool, value: str) -> None:
    assert numbers.parse(text, yen=yen) == Decimal(value)


@pytest.mark.parametrize(
    ("text", "span"),
    [
        pytest.param("Balance 27,549.25 Dr", "27,549.25 Dr", id="debit"),
        pytest.param("Balance 27,549.25CR", "27,549.25CR", id="credit"),
        pytest.param("1,200.00 Dr. Smith", "1,200.00", id="a-title"),
        pytest.param("12 CR", "12", id="no-amount"),
        pytest.param("¥88,000-", "88,000", id="dash-after-yen"),
        pytest.param("rate 7 1/2 %", "7 1/2", id="fraction"),
    ],
)
def test_span_of_a_number(text: str, span: str) -> None:
    (found,) = numbers.find(text)
    assert text[found.start : found.end] == span


def test_a_mixed_number_may_also_be_three_numbers() -> None:
    assert [str(s.readings[0]) for s in numbers.find("7 1/2")] == ["7.5", "7", "1", "2"]


def test_currency_is_not_part_of_the_span() -> None:
    (span,) = numbers.find("Total: 1.234,50 EUR")
    assert span.written == "1.234,50"


def test_decimal_mark_is_what_most_amounts_use() -> None:
    assert numbers.decimal_mark(["3.50", "1,00", "2,00", "12.05.2018"]) == ","
    assert numbers.decimal_mark(["no amounts"]) is None
    assert numbers.decimal_mark(["25.09.18", "25.10.18", "1.234,50"]) == ","
    assert numbers.decimal_mark_of("de-AT") == ","


@pytest.mark.parametrize(
    "text", ["0" * 300, "|" * 300, "l1O" * 100, "1." * 150, "- " * 150, "(" * 300, "1/" * 150, "1 1/2 " * 60]
)
def test_long_runs_take_no_time(text: str) -> None:
    started = time.process_time()
    numbers.find(text)
    assert time.process_time() - started < 0.5


@given(st.decimals(-(10**9), 10**9, places=2))
def test_every_written_form_reads_as_the_value(value: Decimal) -> None:
    for form in numbers.written_forms(value):
        assert value in {reading for span in numbers.find(form) for reading in span.readings}, form


@given(st.text(alphabet="0123456789.,' -()€$%ABCabcoOlI|", max_size=24))
def test_spans_lie_in_the_text_and_hold_digits_or_lookalikes(text: str) -> None:
    for span in numbers.find(text):
        assert 0 <= span.start < span.end <= len(text)
        assert any(c.isdigit() for c in span.written)
