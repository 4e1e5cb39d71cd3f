"""Read dates as they are printed, with month names of many languages from the CLDR (Babel)."""

from __future__ import annotations

import datetime
import re
from functools import cache
from typing import NamedTuple

from babel import Locale
from babel.dates import get_month_names

from schemas.normalise.characters import fold_text

LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt", "pl", "sv", "da", "nb", "cs")
"""Languages whose month names are read: those of the documents that users send most."""
CENTURY_PIVOT = 70
"""Two-digit years from this one on belong to the 20th century."""


class DateSpan(NamedTuple):
    """A date in a text, `text[start:end]`.

    It has two readings, the first with the day first, if day and month can be exchanged.
    """

    start: int
    end: int
    readings: tuple[datetime.date, ...]


_DAY = r"(\d{1,2})"
_TIME = r"(?=[0-2]?\d:[0-5]\d)"
_YEAR = rf"'?(\d{{4}}(?:(?!\d)|{_TIME})|\d{{2}}(?!\d))"  # a time may touch it
_ORDINAL = r"(?:st|nd|rd|th|er|\.|º|°|a)?"
_NUMERIC = re.compile(rf"(?<![\d.,/-]){_DAY}\s?([./-])\s?{_DAY}\s?\2\s?{_YEAR}(?![./-]\d)")
_SPACED = re.compile(r"(?<![\d.,/-])(\d\d) (\d\d) ((?:19|20)\d\d)(?![\d.,])")
_YEAR_FIRST = re.compile(r"(?<![\d.,/-])((?:19|20)\d{2})\s?([./-])\s?(\d{1,2})\s?\2\s?(\d{1,2})(?!\d)")
_COMPACT = re.compile(r"(?<!\d)((?:19|20)\d{2})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?!\d)")
_COMPACT_YEAR_LAST = re.compile(r"(?<![\d.,/-])([0-3]\d)([0-3]\d)((?:19|20)\d{2})(?![\d.,/-])")
"""Written in boxes, one digit each; one in 300 other numbers of eight digits looks the same."""
_EASTERN = re.compile(r"((?:19|20)\d{2})\s?年\s?(\d{1,2})\s?月\s?(\d{1,2})\s?日")
_DAY_MONTH = re.compile(
    rf"(?<!\d){_DAY}{_ORDINAL}[\s.,/-]{{0,3}}(?:de |of )?([^\W\d_]{{3,12}})[\s.,/-]{{0,3}}(?:del? )?{_YEAR}"
)
_MONTH_DAY = re.compile(rf"(?<![^\W_])([^\W\d_]{{3,12}})[\s.-]{{0,2}}{_DAY}{_ORDINAL}[\s,.-]{{1,3}}'?(\d{{4}})(?!\d)")


@cache
def months() -> dict[str, int]:
    """Return the number of each folded month name and abbreviation, from 1."""
    names: dict[str, int] = {}
    for language in LANGUAGES:
        locale = Locale.parse(language)
        for context in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for number, name in get_month_names(width, context, locale).items():
                    folded = fold_text(name).strip(".")
                    if len(folded) >= 3 and folded.isalpha():
                        names.setdefault(folded, number)
    names |= {"sept": 9, "mrz": 3, "maerz": 3, "fev": 2, "okt": 10, "dez": 12}  # common, but not in the CLDR
    return names


@cache
def names_of_month(number: int) -> tuple[str, ...]:
    """Return the folded names and abbreviations of a month, in the order of `LANGUAGES`."""
    return tuple(name for name, month in months().items() if month == number)


def find(text: str) -> list[DateSpan]:
    """Return every date in a text, from left to right, without overlaps.

    No date crosses a `LINE_BREAK`.
    """
    folded = fold_text(text)
    found: list[DateSpan] = []
    taken = bytearray(len(folded))

    def add(match: re.Match[str], *readings: datetime.date | None) -> None:
        valid = tuple(dict.fromkeys(r for r in readings if r))
        start, end = match.span()
        if valid and 1 not in taken[start:end]:
            taken[start:end] = b"\1" * (end - start)
            found.append(DateSpan(start, end, valid))

    for match in _YEAR_FIRST.finditer(folded):
        add(match, _date(match[1], match[3], match[4]))
    for match in _NUMERIC.finditer(folded):
        day_first, month_first = _date(match[4], match[3], match[1]), _date(match[4], match[1], match[3])
        dotted = match[2] == "." and day_first is not None  # with points, the day is first everywhere
        add(match, day_first, None if dotted else month_first)
    for match in _DAY_MONTH.finditer(folded):
        add(match, _date(match[3], _month(match[2]), match[1]))
    for match in _MONTH_DAY.finditer(folded):
        add(match, _date(match[3], _month(match[1]), match[2]))
    if "年" in text:
        for match in _EASTERN.finditer(text):
            add(match, _date(match[1], match[2], match[3]))
    for match in _SPACED.finditer(folded):
        add(match, _date(match[3], match[2], match[1]), _date(match[3], match[1], match[2]))
    for match in _COMPACT.finditer(folded):
        add(match, _date(match[1], match[2], match[3]))
    for match in _COMPACT_YEAR_LAST.finditer(folded):
        add(match, _date(match[3], match[2], match[1]), _date(match[3], match[1], match[2]))
    return sorted(found)


def _month(name: str) -> int:
    names = months()
    return names.get(name) or names.get(name[:3] if len(name) == 4 else "", 0)


def _date(year: str, month: str | int, day: str) -> datetime.date | None:
    number = int(year)
    if len(year) == 2:
        number += 1900 if number >= CENTURY_PIVOT else 2000
    try:
        return datetime.date(number, int(month), int(day))
    except ValueError:
        return None


def parse(text: str, day_first: bool = True) -> datetime.date | None:
    """Return the date in a text, or None if it has none or several."""
    spans = find(text)
    return choose(spans[0], day_first) if len(spans) == 1 else None


def choose(span: DateSpan, day_first: bool) -> datetime.date:
    """Return the reading that fits the page's order of day and month."""
    return span.readings[0] if day_first or len(span.readings) == 1 else span.readings[1]


def day_first(texts: list[str], locale: str | None = None) -> bool:
    """Return whether a page prints the day before the month.

    Its unambiguous dates decide, else the locale, else its signs.
    """
    settled = settled_day_first(texts)
    if settled is not None:
        return settled
    if locale:
        pattern = Locale.parse(locale.replace("-", "_")).date_formats["short"].pattern
        return bool(pattern.startswith("y") or pattern.find("d") < pattern.find("M"))
    return not _looks_american(texts)


def settled_day_first(texts: list[str]) -> bool | None:
    """Return whether most unambiguous dates of a page have the day first.

    Returns None if there are no such dates.
    """
    day = month = 0
    for text in texts:
        for match in _NUMERIC.finditer(fold_text(text)):
            if match[2] == ".":
                continue
            first, second = int(match[1]), int(match[3])
            day += first > 12 >= second
            month += second > 12 >= first
    return day > month if day != month else None


def _looks_american(texts: list[str]) -> bool:
    """Return whether a page has dollars and no sign of a country that writes the day first."""
    page = " ".join(texts)
    return ("$" in page or "USD" in page) and not re.search(
        r"\b(?:GST|VAT|ABN|RM|S\$|A\$|R\$|EUR)\b|€|£|\d,\d\d\b", page
    )


def written_forms(value: datetime.date) -> list[str]:
    """Return the most common ways to print a date, for comparison character by character."""
    y, m, d = value.year, value.month, value.day
    forms = [f"{d:02}{s}{m:02}{s}{year}" for s in "./-" for year in (y, f"{y % 100:02}")]
    forms += [f"{m:02}{s}{d:02}{s}{year}" for s in "/-" for year in (y, f"{y % 100:02}")]
    forms += [value.isoformat(), f"{d}.{m}.{y}", f"{d}/{m}/{y}", f"{m}/{d}/{y}", f"{y}/{m:02}/{d:02}"]
    return forms
