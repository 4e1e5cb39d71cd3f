from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.normalise import dates
from schemas.normalise.dates import DateHints
from schemas.normalise.notation import Notation


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("2018-09-25", "2018-09-25", id="iso"),
        pytest.param("Sep 25, 2018", "2018-09-25", id="american-words"),
        pytest.param("25.9.18", "2018-09-25", id="short-german"),
        pytest.param("25 septembre 2018", "2018-09-25", id="french"),
        pytest.param("1er février 2020", "2020-02-01", id="french-first"),
        pytest.param("5. März 2018", "2018-03-05", id="german-umlaut"),
        pytest.param("25 de mayo de 2020", "2020-05-25", id="spanish"),
        pytest.param("19 april 2014", "2014-04-19", id="dutch"),
        pytest.param("12-MAR-18", "2018-03-12", id="abbreviated-with-dashes"),
        pytest.param("April 5th, 2020", "2020-04-05", id="ordinal"),
        pytest.param("2018年9月25日", "2018-09-25", id="chinese"),
        pytest.param("20240115", "2024-01-15", id="compact"),
        pytest.param("12/31/2019", "2019-12-31", id="only-month-first-is-possible"),
        pytest.param("31/12/2019", "2019-12-31", id="only-day-first-is-possible"),
        pytest.param("12. maaliskuuta 2025", "2025-03-12", id="finnish-partitive"),
        pytest.param("maaliskuun 12. päivänä", None, id="finnish-without-a-year"),
        pytest.param("5 Μαρτίου 2024", "2024-03-05", id="greek-genitive"),
        pytest.param("5 ΜΑΡΤΙΟΥ 2024", "2024-03-05", id="greek-capitals-without-accents"),
        pytest.param("2025. március 3.", "2025-03-03", id="hungarian-year-first"),
        pytest.param("2025. márc. 3.", "2025-03-03", id="hungarian-abbreviated"),
        pytest.param("2025eko martxoaren 3a", "2025-03-03", id="basque"),
        pytest.param("2025 m. kovo 3 d.", "2025-03-03", id="lithuanian"),
        pytest.param("2025. gada 5. marts", "2025-03-05", id="latvian-year-day-month"),
        pytest.param("5-го марта 2025 г.", "2025-03-05", id="russian-ordinal"),
        pytest.param("3 KASIM 2025", "2025-11-03", id="turkish-capitals-without-dots"),
        pytest.param("5 de març de 2025", "2025-03-05", id="catalan"),
        pytest.param("5 d'abril de 2025", "2025-04-05", id="catalan-elided"),
        pytest.param("24 de cabudanni de su 2025", "2025-09-24", id="sardinian"),
        pytest.param("5 במרץ 2025", "2025-03-05", id="hebrew-with-preposition"),
        pytest.param("٥ مارس ٢٠٢٥", "2025-03-05", id="arabic-digits-and-name"),
        pytest.param("٢٤\u200f/٠٣\u200f/٢٠٢٥", "2025-03-24", id="arabic-digits-with-direction-marks"),
        pytest.param("५ मार्च २०२५", "2025-03-05", id="devanagari"),
        pytest.param("5 tháng 3 năm 2025", "2025-03-05", id="vietnamese"),
        pytest.param("5 มีนาคม 2568", "2025-03-05", id="thai-buddhist-year"),
        pytest.param("5 มี.ค. 68", "2025-03-05", id="thai-short-buddhist-year"),
        pytest.param("5 ก.พ. พ.ศ. 2568", "2025-02-05", id="thai-era-named"),
        pytest.param("15/03/2568", "2025-03-15", id="buddhist-year-in-digits"),
        pytest.param("令和6年11月3日", "2024-11-03", id="japanese-era"),
        pytest.param("令和元年5月1日", "2019-05-01", id="first-year-of-an-era"),
        pytest.param("平成31年4月30日", "2019-04-30", id="last-day-of-an-era"),
        pytest.param("平成31年5月1日", None, id="after-the-end-of-an-era"),
        pytest.param("昭和64年1月7日", "1989-01-07", id="showa"),
        pytest.param("㋿6年11月3日", "2024-11-03", id="era-in-one-character"),
        pytest.param("令和6.11.3", "2024-11-03", id="era-with-points"),
        pytest.param("発行 R6.11.3", "2024-11-03", id="era-letter-on-a-japanese-line"),
        pytest.param("part R6.11.3", None, id="a-part-number-is-no-era"),
        pytest.param("2024年8⽉15⽇", "2024-08-15", id="radicals-instead-of-characters"),
        pytest.param("二〇二四年十一月二十三日", "2024-11-23", id="chinese-numerals"),
        pytest.param("中華民國113年11月3日", "2024-11-03", id="minguo"),
        pytest.param("113年11月3日", "2024-11-03", id="minguo-unnamed"),
        pytest.param("2025년 3월 5일", "2025-03-05", id="korean"),
        pytest.param("5 mar 2025", "2025-03-05", id="a-rare-language-does-not-make-a-name-ambiguous"),
        pytest.param("from 3 pieces 2024", None, id="words-that-are-no-month"),
        pytest.param("12 x 15 Mars 2025", "2025-03-15", id="a-count-before-the-day"),
        pytest.param("30.02.2020", None, id="no-such-day"),
        pytest.param("1.234,50", None, id="an-amount"),
        pytest.param("192.168.1.1", None, id="an-address"),
        pytest.param("from 1.1.2020 to 2.1.2020", None, id="two-dates"),
    ],
)
def test_parse(text: str, expected: str | None) -> None:
    found = dates.parse(text)
    assert (found.isoformat() if found else None) == expected


@pytest.mark.parametrize(
    ("texts", "locale", "expected"),
    [
        pytest.param(["25/12/2020"], None, True, id="a-day-above-12-comes-first"),
        pytest.param(["12/25/2020"], None, False, id="a-day-above-12-comes-second"),
        pytest.param(["03/04/2020"], "en-US", False, id="locale-decides"),
        pytest.param(["03/04/2020"], "de", True, id="german-locale"),
        pytest.param(["03/04/2020"], "sv", True, id="a-locale-that-begins-with-the-year"),
        pytest.param(["12/25/2020", "x"], "de", False, id="the-page-beats-the-locale"),
        pytest.param(["03/04/2020", "$12.00"], None, False, id="dollars-suggest-month-first"),
        pytest.param(["03/04/2020", "$12.00", "GST 6%"], None, True, id="dollars-elsewhere"),
        pytest.param(["03/04/2020", "USD 12.00"], None, False, id="american-currency"),
        pytest.param(["03/04/2020", "Xenia, OH 45385"], None, False, id="american-address"),
        pytest.param(["03/04/2020", "1 Mill Lane", "Leeds, United Kingdom"], None, True, id="country-in-an-address"),
        pytest.param(["03/04/2020", "120 zł"], None, True, id="currency-of-one-country"),
        pytest.param(["03/04/2020", "Bitte überweisen Sie den Betrag innerhalb von zwei Wochen auf unser Konto"],
                     None, True, id="language"),
        pytest.param(["03/04/2020", "Please pay the amount within two weeks without deductions into our account"],
                     None, None, id="english-is-written-either-way"),
        pytest.param(["03/04/2020"], None, None, id="without-evidence-unknown"),
    ],
)  # fmt: skip
def test_order_of_day_and_month(texts: list[str], locale: str | None, expected: bool | None) -> None:
    assert Notation(texts, locale).day_first is expected


@pytest.mark.parametrize(
    ("text", "languages", "expected"),
    [
        pytest.param("5. listopada 2024", ("hr",), ["2024-10-05"], id="croatian-october"),
        pytest.param("5 listopada 2024", ("pl",), ["2024-11-05"], id="polish-november"),
        pytest.param("5 lis 2024", (), ["2024-11-05", "2024-10-05"], id="unknown-language"),
        pytest.param("1. srp. 2024", ("cs",), ["2024-08-01"], id="czech-august"),
        pytest.param("1. srp. 2024", ("hr",), ["2024-07-01"], id="croatian-july"),
    ],
)
def test_a_name_of_two_months_is_decided_by_the_language(
    text: str, languages: tuple[str, ...], expected: list[str]
) -> None:
    (span,) = dates.find(text, DateHints(languages))
    assert [day.isoformat() for day in span.readings] == expected
    assert span.by_language is (len(expected) > 1)


def test_both_readings_are_kept() -> None:
    (span,) = dates.find("due 03/04/2020")
    assert span.readings == (date(2020, 4, 3), date(2020, 3, 4))
    assert (span.start, span.end) == (4, 14)


def test_with_points_the_day_comes_first() -> None:
    (span,) = dates.find("03.04.2020")
    assert span.readings == (date(2020, 4, 3),)


@given(st.dates(date(1990, 1, 1), date(2060, 12, 31)))
def test_every_written_form_can_mean_the_date(value: date) -> None:
    for form in dates.written_forms(value):
        assert value in {reading for span in dates.find(form) for reading in span.readings}, form
