from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.normalise import dates


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
        pytest.param(["03/04/2020"], None, True, id="without-evidence-the-day"),
    ],
)
def test_order_of_day_and_month(texts: list[str], locale: str | None, expected: bool) -> None:
    assert dates.day_first(texts, locale) is expected


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
