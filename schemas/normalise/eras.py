"""Years of calendars that differ from the Gregorian one only in the year: Japanese eras, Minguo, Buddhist.

The dates of the eras are those of Japan's era law and of its successive proclamations since 1868.
"""

from __future__ import annotations

import datetime
import re
from typing import NamedTuple

BUDDHIST_YEARS_AHEAD = 543
"""Years by which Thailand's calendar is ahead of the Gregorian one."""
BUDDHIST_YEARS = range(2480, 2600)
"""Years that only Thailand's calendar can mean on a document: 1937 to 2056."""
MINGUO_FIRST_YEAR = 1912
"""The first year of the Republic of China, from which Taiwan counts."""
MINGUO_YEARS = range(90, 140)
"""Years of three digits, or nearly, that are Minguo years without being called so: 2001 to 2050."""


class _Era(NamedTuple):
    names: tuple[str, ...]
    letter: str
    first: datetime.date
    last: datetime.date


_ERAS = (
    _Era(("明治", "㍾"), "M", datetime.date(1868, 1, 25), datetime.date(1912, 7, 30)),
    _Era(("大正", "㍽"), "T", datetime.date(1912, 7, 30), datetime.date(1926, 12, 25)),
    _Era(("昭和", "㍼"), "S", datetime.date(1926, 12, 25), datetime.date(1989, 1, 7)),
    _Era(("平成", "㍻"), "H", datetime.date(1989, 1, 8), datetime.date(2019, 4, 30)),
    _Era(("令和", "㋿"), "R", datetime.date(2019, 5, 1), datetime.date.max),
)
_MINGUO = ("中華民國", "中华民国", "民國", "民国")
_BY_NAME = {name: era for era in _ERAS for name in (*era.names, era.letter)}

_NAMES = "|".join([*(name for era in _ERAS for name in era.names), *_MINGUO])
_NUMERALS = "〇零○一二三四五六七八九十"
_DAY_OR_MONTH = r"\d{1,2}|[一二三四五六七八九十]{1,3}"
SIGNED = re.compile(
    rf"({_NAMES}|(?<![A-Za-z])[MTSHR])?\s?((?<!\d)\d{{1,4}}|元|[{_NUMERALS}]{{1,4}})\s?[年년]"
    rf"\s?({_DAY_OR_MONTH})\s?[月월]\s?({_DAY_OR_MONTH})\s?[日일号號]"
)
"""Era, year, month and day of a date with the signs for year, month and day."""
NAMED_ERA = re.compile(rf"({_NAMES})\s?(\d{{1,3}}|元)\s?([./-])\s?(\d{{1,2}})\s?\3\s?(\d{{1,2}})(?!\d)")
"""Era, year, mark, month and day of a date with an era's name and marks: 令和6.11.3."""
ERA_LETTER = re.compile(r"(?<![A-Za-z\d])([MTSHR])\s?(\d{1,2}|元)\s?([./-])\s?(\d{1,2})\s?\3\s?(\d{1,2})(?!\d)")
"""Era, year, mark, month and day of a date with an era's letter; elsewhere than in Japan this is a part number."""


def signed_date(era: str | None, year: str, month: str, day: str) -> datetime.date | None:
    """Return the date of an Eastern Asian notation, or None if there is no such day.

    >>> signed_date("令和", "6", "11", "3"), signed_date(None, "二〇二四", "十一", "三")
    (datetime.date(2024, 11, 3), datetime.date(2024, 11, 3))
    """
    number = 1 if year == "元" else _number(year)
    if era in _BY_NAME:
        known = _BY_NAME[era]
        found = _date(known.first.year + number - 1, month, day)
        return found if found and known.first <= found <= known.last else None
    if era or number in MINGUO_YEARS:
        number += MINGUO_FIRST_YEAR - 1
    return _date(number, month, day) if 1900 <= number < 2100 else None


def gregorian_year(year: int) -> int:
    """Return the Gregorian year, from Thailand's if the number can only be that.

    >>> gregorian_year(2568), gregorian_year(2025)
    (2025, 2025)
    """
    return year - BUDDHIST_YEARS_AHEAD if year in BUDDHIST_YEARS else year


def _date(year: int, month: str, day: str) -> datetime.date | None:
    try:
        return datetime.date(year, _number(month), _number(day))
    except ValueError:
        return None


def _number(written: str) -> int:
    """Return the value of digits or of Chinese numerals, read digit by digit or with tens.

    >>> _number("12"), _number("二〇二四"), _number("十二"), _number("二十五")
    (12, 2024, 12, 25)
    """
    if written[0] not in _NUMERALS:
        return int(written)
    if "十" not in written:
        return int("".join(str(_NUMERALS.index(c) - 2 if c not in "〇零○" else 0) for c in written))
    tens, _, ones = written.partition("十")
    return 10 * (_number(tens) if tens else 1) + (_number(ones) if ones else 0)
