"""Typed values match by meaning; each row is one way of writing the value."""

from __future__ import annotations

from decimal import Decimal

import pytest

from grounding import ground
from schemas.fields import FieldType
from schemas.results import Cell, Proposal, Status
from tests.fakes import document

S, N, M, D, I, B = (
    FieldType.STRING,
    FieldType.NUMBER,
    FieldType.MONEY,
    FieldType.DATE,
    FieldType.INTEGER,
    FieldType.BOOLEAN,
)


def cell(page: str, kind: FieldType, text: str, locale: str | None = None) -> Cell:
    (answer,) = ground(document(page), [Proposal(("f",), kind, text)], locale)
    return answer


@pytest.mark.parametrize(
    "printed",
    [
        "Sep 25, 2018", "25.9.18", "25 septembre 2018", "25. September 2018", "2018-09-25", "25/09/2018", "09/25/2018",
        "25 de septiembre de 2018", "25 settembre 2018", "25 września 2018", "2018年9月25日", "25-SEP-2018", "20180925",
    ],
)  # fmt: skip
def test_a_date_in_any_form(printed: str) -> None:
    found = cell(f"Date: {printed} end", D, "2018-09-25")
    assert (found.value, found.raw_text, found.match_ratio) == ("2018-09-25", printed, 1.0)
    assert found.status is Status.GROUNDED


@pytest.mark.parametrize(
    ("page", "text", "value", "raw"),
    [
        pytest.param("Rate: 4.125 % p.a.", "4.125", "4.125", "4.125", id="percent-with-three-decimals"),
        pytest.param("Rate: 7 1/2 % p.a.", "7 1/2", "7.5", "7 1/2", id="fraction"),
        pytest.param("合計 ¥88,000- (税込)", "88,000", "88000", "88,000", id="yen-with-a-closing-dash"),
        pytest.param("المجموع ١٬٢٣٤٫٥٠", "١٬٢٣٤٫٥٠", "1234.50", "١٬٢٣٤٫٥٠", id="arabic-digits"),
        pytest.param("Balance 27,549.25 Dr", "27,549.25", "27549.25", "27,549.25 Dr", id="debit"),
        pytest.param("Coupon 5.00-T", "5.00-", "-5.00", "5.00-", id="minus-before-a-tax-mark"),
    ],
)
def test_numbers_as_they_are_written(page: str, text: str, value: str, raw: str) -> None:
    found = cell(page, M, text)
    assert (found.value, found.raw_text, found.match_ratio) == (Decimal(value), raw, 1.0)
    assert found.status is Status.GROUNDED


@pytest.mark.parametrize(
    ("page", "locale", "value"),
    [
        pytest.param("Date 3/4/2026 due 25/04/2026", None, "2026-04-03", id="another-date-decides"),
        pytest.param("Date 3/4/2026 due 04/25/2026", None, "2026-03-04", id="another-date-with-the-month-first"),
        pytest.param("Date 3/4/2026 total 12.00 GBP £ 12.00", None, "2026-04-03", id="british-currency"),
        pytest.param("Date 3/4/2026 Xenia, OH 45385", None, "2026-03-04", id="american-address"),
        pytest.param("Date 3/4/2026", "en-US", "2026-03-04", id="locale"),
        pytest.param("Date 3/3/2026", None, "2026-03-03", id="both-readings-are-the-same"),
    ],
)
def test_an_ambiguous_date_is_settled_by_the_document(page: str, locale: str | None, value: str) -> None:
    text = page.split()[1]
    found = cell(page, D, text, locale)
    assert (found.value, found.status, found.readings) == (value, Status.GROUNDED, ())


@pytest.mark.parametrize(
    ("page", "text", "readings"),
    [
        pytest.param("Date 3/4/2026", "3/4/2026", ("2026-04-03", "2026-03-04"), id="day-or-month-first"),
        pytest.param("Date 5 lis 2024", "5 lis 2024", ("2024-11-05", "2024-10-05"), id="polish-or-croatian"),
    ],
)
def test_an_ambiguous_date_says_so(page: str, text: str, readings: tuple[str, ...]) -> None:
    found, sure = cell(page, D, text), cell("Date 3 March 2026", D, "3 March 2026")
    assert (found.value, found.status, found.readings) == (readings[0], Status.UNCERTAIN, readings)
    assert found.raw_text == text
    assert found.confidence == pytest.approx(sure.confidence / 2, abs=0.05)


def test_a_date_in_iso_form_has_been_read_already() -> None:
    assert cell("Date 3/4/2026", D, "2026-03-04").readings == ()


@pytest.mark.parametrize(
    ("name", "page", "text", "value", "raw"),
    [
        pytest.param("currency", "Total € 12.00", "€", "EUR", "€", id="sign"),
        pytest.param("currency", "Celkem 12,00 Kč", "Kč", "CZK", "Kč", id="word"),
        pytest.param("Währung", "Summe EUR 12,00", "EUR", "EUR", "EUR", id="code"),
        pytest.param("currency", "Összesen 12 000 Ft", "Ft", "HUF", "Ft", id="forint"),
        pytest.param("currency_code", "المجموع 12.00 ر.س", "ر.س", "SAR", "ر.س", id="riyal"),
        pytest.param("mark", "Total € 12.00", "€", "€", "€", id="a-field-of-another-name"),
        pytest.param("currency", "paid in cowries", "cowries", "cowries", "cowries", id="no-known-currency"),
    ],
)
def test_currency_is_a_code(name: str, page: str, text: str, value: str, raw: str) -> None:
    (found,) = ground(document(page), [Proposal((name,), S, text)])
    assert (found.value, found.raw_text, found.status) == (value, raw, Status.GROUNDED)


@pytest.mark.parametrize(
    ("printed", "value", "raw"),
    [
        pytest.param("Sum 1.234,50 €", "1234.5", "1.234,50", id="german"),
        pytest.param("Sum 1 234,50", "1234.5", "1 234,50", id="french"),
        pytest.param("Sum 1'234.50", "1234.5", "1'234.50", id="swiss"),
        pytest.param("Sum USD 1,234.50", "1234.5", "1,234.50", id="english"),
        pytest.param("Sum 1,23,456.50", "123456.5", "1,23,456.50", id="indian"),
        pytest.param("Credit (1,234.50)", "-1234.5", "(1,234.50)", id="accountants-parentheses"),
        pytest.param("Credit 1234.5-", "-1234.5", "1234.5-", id="trailing-minus"),
        pytest.param("合计 １２３４．５０", "1234.50", "１２３４．５０", id="full-width-digits-verbatim"),
        pytest.param("RM1234.50 paid", "1234.5", "1234.50", id="touching-its-currency"),
        pytest.param("Betrag eintausendzweihundertvierunddreißig Euro", "1234", "eintausendzweihundertvierunddreißig", id="german-words"),
        pytest.param("One Thousand Two Hundred and Thirty-Four and 50/100 Dollars", "1234.50",
                     "One Thousand Two Hundred and Thirty-Four and 50/100", id="english-words-and-cents"),
        pytest.param("mille deux cent trente-quatre euros", "1234", "mille deux cent trente-quatre", id="french-words"),
        pytest.param("金额 壹佰元整", "100", "壹佰元整", id="chinese-capitals"),
        pytest.param("合计：壹仟贰佰叁拾元伍角", "1230.5", "壹仟贰佰叁拾元伍角", id="chinese-capitals-with-jiao"),
    ],
)  # fmt: skip
def test_an_amount_in_any_form(printed: str, value: str, raw: str) -> None:
    found = cell(printed, M, value)
    assert (found.raw_text, found.status, found.value) == (raw, Status.GROUNDED, Decimal(value))


def test_an_amount_in_chinese_capitals_proposed_as_it_is_written() -> None:
    found = cell("金额 壹佰元整", M, "壹佰元整")
    assert (found.raw_text, found.status, found.value) == ("壹佰元整", Status.GROUNDED, Decimal(100))


@pytest.mark.parametrize(
    ("kind", "printed", "value", "raw"),
    [
        pytest.param(N, "VAT 19 % of", "0.19", "19", id="percentage-as-fraction"),
        pytest.param(N, "VAT 19,00% of", "19", "19,00", id="percentage"),
        pytest.param(I, "Pages: 7 of 70", "7", "7", id="integer"),
        pytest.param(B, "Paid: ja", "true", "ja", id="yes-in-german"),
        pytest.param(B, "☑ insured", "yes", "☑", id="ticked-box"),
        pytest.param(S, "IBAN DE89 3704 0044 0532 0130 00", "DE89370400440532013000", "DE89 3704 0044 0532 0130 00", id="iban"),
        pytest.param(S, "UID CHE-123.456.788 MWST", "CHE123456788", "CHE-123.456.788", id="registration-with-marks"),
        pytest.param(S, "Total 12.00 €", "EUR", "€", id="currency-by-its-symbol"),
        pytest.param(S, "Suma 12,00 zł", "PLN", "zł", id="currency-by-its-letters"),
    ],
)  # fmt: skip
def test_other_types(kind: FieldType, printed: str, value: str, raw: str) -> None:
    assert cell(printed, kind, value).raw_text == raw


@pytest.mark.parametrize(
    ("kind", "value", "printed"),
    [
        pytest.param(M, "100.00", "l00.00", id="l-for-1"),
        pytest.param(M, "742.90", "7A2.g0", id="A-for-4-and-g-for-9"),
        pytest.param(M, "12.50", "12'50", id="another-mark"),
        pytest.param(M, "1234.50", "1234 50", id="a-space-for-the-mark"),
        pytest.param(M, "1234.50", "1 2 34.50", id="torn-apart-or-three-numbers"),
        pytest.param(M, "41627.30", "41x627.30", id="a-strange-letter"),
        pytest.param(D, "2018-09-25", "2S.09.2018", id="letter-in-a-day"),
        pytest.param(D, "2018-09-25", "25/09I2018", id="stroke-for-a-slash"),
        pytest.param(D, "2018-09-25", "25 Septernber 2018", id="rn-for-m-in-a-month"),
        pytest.param(D, "2014-12-02", "2 décembre 20m14", id="strange-letter-in-a-year"),
        pytest.param(D, "2016-10-06", "6 Octo ber 2016", id="month-torn-apart"),
    ],
)
def test_damaged_numbers_and_dates(kind: FieldType, value: str, printed: str) -> None:
    found = cell(f"x {printed} end", kind, value)
    assert found.raw_text == printed
    assert found.evidence is not None
    assert found.evidence.digits_agree


@pytest.mark.parametrize(
    ("kind", "value", "page"),
    [
        pytest.param(M, "99.99", "Sum 1.234,50 and 99.98", id="amount-one-digit-off"),
        pytest.param(M, "12.00", "Sum 112.00", id="a-digit-added"),
        pytest.param(M, "112.00", "Sum 12.00", id="a-digit-lost"),
        pytest.param(M, "250", "2 50", id="two-small-numbers-are-no-large-one"),
        pytest.param(M, "1234", "12.34", id="decimals-are-no-whole-number"),
        pytest.param(M, "0.00", "Capital 100 000,00", id="the-end-of-a-number-is-no-number"),
        pytest.param(M, "1200", "one thousand two hundred thirty four", id="words-that-go-on"),
        pytest.param(M, "1000", "twenty-one thousand", id="words-that-began-before"),
        pytest.param(M, "1200", "one thousand two hundred and 50/100", id="words-with-other-cents"),
        pytest.param(M, "21234.50", "2   1.234,50", id="two-cells-are-no-number"),
        pytest.param(M, "19119.00", "VAT 19 % 119.00", id="another-word-between"),
        pytest.param(M, "10025.50", "Subtotal   100\n25.50 EUR", id="two-lines-are-no-number"),
        pytest.param(I, "122", "Ref 12² x", id="a-superscript-is-no-digit"),
        pytest.param(D, "2024-05-12", "Pos 12   05   2024 units", id="three-cells-are-no-date"),
        pytest.param(D, "2024-05-12", "Qty 12\n05 x\n2024", id="three-lines-are-no-date"),
        pytest.param(D, "1924-05-06", "06.05.24", id="another-century"),
        pytest.param(S, "AUD", "Total $ 12.00 USD", id="a-symbol-of-the-currency-that-is-named"),
        pytest.param(D, "2018-09-26", "Date Sep 25, 2018", id="a-day-off"),
        pytest.param(D, "2018-06-05", "Jul 5, 2018", id="another-short-month"),
        pytest.param(D, "2019-07-01", "VALID TIL : July 4, 2019", id="a-letter-alone-is-no-day"),
        pytest.param(D, "2019-12-01", "31 diciembre 2019", id="a-day-with-other-digits"),
        pytest.param(D, "2024-02-07", "February 20Z4", id="no-day-at-all"),
        pytest.param(D, "2021-02-01", "12.21", id="an-amount-is-no-date"),
    ],
)
def test_other_digits_are_another_value(kind: FieldType, value: str, page: str) -> None:
    found = cell(page, kind, value)
    assert (found.status, found.value, found.place) == (Status.NOT_FOUND, None, None)


def test_the_other_sign_is_found_with_a_lower_ratio() -> None:
    found = cell("Total -218,48", M, "218.48")
    assert (found.raw_text, found.match_ratio) == ("-218,48", 0.8571)
    assert cell("Sum 5", N, "-5").status is Status.UNCERTAIN


@pytest.mark.parametrize(
    ("kind", "value", "page"),
    [
        pytest.param(M, "123.45", "Total 12345", id="without-its-decimal-mark"),
        pytest.param(M, "1234.567", "Total 1.234.567", id="thousands-for-decimals"),
        pytest.param(M, "1234.50", "Sum 1 2 34.50", id="torn-apart-or-three-numbers"),
        pytest.param(D, "2024-05-06", "Date 05/06/2024\nDue 25/06/2024", id="against-the-pages-order"),
        pytest.param(B, "true", "Quantity 1 pc", id="a-number-that-may-mean-yes"),
    ],
)
def test_an_ambiguous_match_is_uncertain(kind: FieldType, value: str, page: str) -> None:
    assert cell(page, kind, value).status is Status.UNCERTAIN


@pytest.mark.parametrize(
    ("page", "value", "locale", "status"),
    [
        pytest.param("Date 05/06/2024", "2024-05-06", "de-DE", Status.UNCERTAIN, id="against-the-locale"),
        pytest.param("Date 05/06/2024", "2024-06-05", "de-DE", Status.GROUNDED, id="as-in-the-locale"),
        pytest.param("Date 05/06/2024", "2024-06-05", "en-US", Status.UNCERTAIN, id="against-the-american-locale"),
        pytest.param("Date 05/06/2024 £ 12.00", "2024-05-06", None, Status.UNCERTAIN, id="against-the-country"),
        pytest.param("Date 05/06/2024 £ 12.00", "2024-06-05", None, Status.GROUNDED, id="as-in-the-country"),
        pytest.param("Date 05/06/2024", "2024-05-06", None, Status.GROUNDED, id="nothing-says-so"),
    ],
)
def test_a_proposed_day_in_an_unusual_order_is_uncertain(
    page: str, value: str, locale: str | None, status: Status
) -> None:
    assert cell(page, D, value, locale).status is status


def test_the_parts_of_a_range_are_values() -> None:
    assert cell("Period 01.01.2024-31.01.2024", D, "2024-01-31").status is Status.GROUNDED
    assert cell("EUR 12.00-13.00", M, "12.00").status is Status.GROUNDED


def test_a_time_may_touch_its_date() -> None:
    found = cell("DATE 30-04-201815:57", D, "2018-04-30")
    assert (found.raw_text, found.status) == ("30-04-2018", Status.GROUNDED)


def test_a_small_amount_without_cents_is_doubtful_where_cents_are_printed() -> None:
    assert cell("10 items\nSum 12.50 and 13.50", M, "10.00").status is Status.UNCERTAIN
    assert cell("10 items\nSum 12 and 13", M, "10.00").status is Status.GROUNDED
    assert cell("10 items\nSum 12 and 13", M, "10.00", "en-US").status is Status.GROUNDED


def test_the_locale_decides_the_order_of_a_proposed_date() -> None:
    assert cell("03/04/2024", D, "03/04/2024", "en-US").value == "2024-03-04"
    assert cell("03/04/2024", D, "03/04/2024", "de").value == "2024-04-03"
