"""Read dates as they are printed, with month names of every language and the calendars of Eastern Asia."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from babel import Locale

from schemas.normalise import eras, month_names
from schemas.normalise.characters import LINE_BREAK, fold_text, plain_text

SHORT_YEAR_DIGITS = 2
"""Digits of a year without its century."""
CENTURY_PIVOT = 70
"""Two-digit years from this one on belong to the 20th century."""


class DateSpan(NamedTuple):
    """A date in a text, `text[start:end]`.

    It has two readings, the first with the day first, if day and month can be exchanged.
    """

    start: int
    end: int
    readings: tuple[datetime.date, ...]
    by_language: bool = False
    """True if the readings differ because the month's name means another month in another language."""


class DateHints(NamedTuple):
    """Facts about a document that some of its dates need to be read."""

    languages: tuple[str, ...] = ()
    """ISO 639 codes, the likeliest first; they settle what `listopad` means."""
    japanese: bool = False
    """Whether `R6.11.3` may be a date."""


NO_HINTS = DateHints()
_EASTERN = re.compile("[\u3041-\u30ff\u4e00-\u9fff]")
"""Kana and Chinese characters."""

_DAY = r"(\d{1,2})"
_TIME = r"(?=[0-2]?\d:[0-5]\d)"
_YEAR = rf"'?(\d{{4}}(?:(?!\d)|{_TIME})|\d{{2}}(?!\d))"  # a time may touch it
_ORDINAL = r"(?:st|nd|rd|th|er|\.|º|°|a)?"
_NUMERIC = re.compile(rf"(?<![\d.,/-]){_DAY}\s?([./-])\s?{_DAY}\s?\2\s?{_YEAR}(?![./-]\d)")
_SPACED = re.compile(r"(?<![\d.,/-])(\d\d) (\d\d) ((?:19|20)\d\d)(?![\d.,])")
_YEAR_FIRST = re.compile(r"(?<![\d.,/-])((?:19|20|25)\d{2})\s?([./-])\s?(\d{1,2})\s?\2\s?(\d{1,2})(?!\d)")
_COMPACT = re.compile(r"(?<!\d)((?:19|20)\d{2})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?!\d)")
_COMPACT_YEAR_LAST = re.compile(r"(?<![\d.,/-])([0-3]\d)([0-3]\d)((?:19|20)\d{2})(?![\d.,/-])")
"""Written in boxes, one digit each; one in 300 other numbers of eight digits looks the same."""
_NAME = rf"([^\d{LINE_BREAK}]{{1,{month_names.MAX_NAME_CHARACTERS}}}?)"
_DAY_NAME_YEAR = re.compile(rf"(?<!\d){_DAY}(?={_NAME}{_YEAR})")
_YEAR_NAME_DAY = re.compile(rf"(?<!\d)((?:19|20|25)\d\d)(?={_NAME}{_DAY}(?!\d))")
_DAY_YEAR = re.compile(rf"(?<!\d){_DAY}{_ORDINAL}[\s,،.-]{{1,3}}'?(\d{{4}})(?!\d)")
_WORD = re.compile(r"[^\s.,/،()\-:;|'’\d]+")
_NUMBERED_MONTH = re.compile(rf"(?<!\d){_DAY}\s+(?:thang|thg)\.?\s+{_DAY}[\s,/]+(?:nam\s+)?(\d{{4}})(?!\d)")
"""Vietnamese: `5 tháng 3 năm 2025`."""
_YEAR_NUMBERED_MONTH = re.compile(rf"(?<!\d)((?:19|20)\d\d)\s?оны\s{_DAY}(?:-р)?\s?сарын\s{_DAY}(?!\d)")
"""Mongolian: `2025 оны 9-р сарын 24`."""
_YEAR_DAY_NAME = re.compile(
    rf"(?<!\d)((?:19|20)\d\d)[\s.-]{{0,2}}(?:gada|ж|жылы?|оны)[\s.,]{{1,3}}{_DAY}[\s.-]{{0,2}}([^\W\d_]+)"
)
"""Latvian and Kazakh: `2025. gada 5. martā`, `2025 ж. 5 наурыз`."""
_THAI = re.compile("[\u0e01-\u0e2e]")


def names_of_month(number: int) -> tuple[str, ...]:
    """Return the folded names and abbreviations of a month in the most frequent languages."""
    return month_names.common_names(number)


def months() -> dict[str, int]:
    """Return the number of each folded month name of the most frequent languages, from 1."""
    return month_names.common()


def find(text: str, hints: DateHints = NO_HINTS) -> list[DateSpan]:
    """Return every date in a text, from left to right, without overlaps.

    No date crosses a `LINE_BREAK`.

    Args:
        text: the text.
        hints: facts about the whole document.
    """
    folded = fold_text(text)
    found: list[DateSpan] = []
    taken = bytearray(len(folded))
    for start, end, readings, by_language in _in_order_of_certainty(text, folded, hints):
        valid = tuple(dict.fromkeys(day for day in readings if day))
        if valid and 1 not in taken[start:end]:
            taken[start:end] = b"\1" * (end - start)
            found.append(DateSpan(start, end, valid, by_language and len(valid) > 1))
    return sorted(found)


_PossibleDate = tuple[int, int, Sequence["datetime.date | None"], bool]
"""Start, end, readings of which some may be no date, and whether they differ by language."""


def _in_order_of_certainty(text: str, folded: str, hints: DateHints) -> Iterator[_PossibleDate]:
    if not text.isascii() or hints.japanese:
        yield from _eastern(plain_text(text), hints.japanese or _EASTERN.search(text) is not None)
    yield from _in_digits(folded)
    yield from _with_names(folded, hints.languages)
    for match in _SPACED.finditer(folded):
        yield *match.span(), (_date(match[3], match[2], match[1]), _date(match[3], match[1], match[2])), False
    for match in _COMPACT.finditer(folded):
        yield *match.span(), (_date(match[1], match[2], match[3]),), False
    for match in _COMPACT_YEAR_LAST.finditer(folded):
        yield *match.span(), (_date(match[3], match[2], match[1]), _date(match[3], match[1], match[2])), False


def _eastern(text: str, has_letters: bool) -> Iterator[_PossibleDate]:
    """Yield dates with signs for year, month and day, and those of Japanese eras."""
    if "月" in text or "월" in text:
        for match in eras.SIGNED.finditer(text):
            yield *match.span(), (eras.signed_date(*match.groups()),), False
    for expression in (eras.NAMED_ERA, *([eras.ERA_LETTER] if has_letters else [])):
        for match in expression.finditer(text):
            yield *match.span(), (eras.signed_date(match[1], match[2], match[4], match[5]),), False


def _in_digits(folded: str) -> Iterator[_PossibleDate]:
    for match in _YEAR_FIRST.finditer(folded):
        yield *match.span(), (_date(match[1], match[3], match[4]),), False
    for match in _NUMERIC.finditer(folded):
        day_first, month_first = _date(match[4], match[3], match[1]), _date(match[4], match[1], match[3])
        dotted = match[2] == "." and day_first is not None  # with points, the day is first everywhere
        yield *match.span(), (day_first, None if dotted else month_first), False
    if "thang" in folded or "thg" in folded:
        for match in _NUMBERED_MONTH.finditer(folded):
            yield *match.span(), (_date(match[3], match[2], match[1]),), False
    if "сарын" in folded:
        for match in _YEAR_NUMBERED_MONTH.finditer(folded):
            yield *match.span(), (_date(match[1], match[2], match[3]),), False


def _with_names(folded: str, languages: Sequence[str]) -> Iterator[_PossibleDate]:
    """Yield dates with the month in letters, in every order of day, month and year."""
    for match in _DAY_NAME_YEAR.finditer(folded):
        yield match.start(), match.end(3), _named(match[3], match[2], match[1], languages), True
    for match in _DAY_YEAR.finditer(folded):
        for start, name in _names_before(folded, match.start()):
            yield start, match.end(), _named(match[2], name, match[1], languages), True
    for match in _YEAR_NAME_DAY.finditer(folded):
        yield match.start(), match.end(3), _named(match[1], match[2], match[3], languages), True
    if not folded.isascii() or "gada" in folded:
        for match in _YEAR_DAY_NAME.finditer(folded):
            yield *match.span(), _named(match[1], match[3], match[2], languages), True


def _named(year: str, name: str, day: str, languages: Sequence[str]) -> list[datetime.date | None]:
    meant = month_names.spoken_in(month_names.readings(name), languages)
    if meant and len(year) == SHORT_YEAR_DIGITS and _THAI.search(name):
        year = f"25{year}"
    return [_date(year, reading.number, day) for reading in meant]


def _names_before(folded: str, end: int) -> list[tuple[int, str]]:
    """Return the starts and texts of the longest groups of words before a day, which may be a month, longest first."""
    start = max(0, end - month_names.MAX_NAME_CHARACTERS)
    before = folded[start:end]
    cut = max(before.rfind(LINE_BREAK), max((before.rfind(c) for c in "0123456789:;|()"), default=-1)) + 1
    words = list(_WORD.finditer(before, cut))[-month_names.MAX_NAME_WORDS :]
    if start + cut and words and words[0].start() == cut == 0 and folded[start - 1].isalnum():
        words = words[1:]  # the end of a longer word
    return [(start + word.start(), before[word.start() :]) for word in words]


def _date(year: str, month: str | int, day: str) -> datetime.date | None:
    number = int(year)
    if len(year) == 2:
        number += 1900 if number >= CENTURY_PIVOT else 2000
    try:
        return datetime.date(eras.gregorian_year(number), int(month), int(day))
    except ValueError:
        return None


def parse(text: str, day_first: bool = True, hints: DateHints = NO_HINTS) -> datetime.date | None:
    """Return the date in a text, or None if it has none or several.

    Args:
        text: the text.
        day_first: whether the document writes the day before the month.
        hints: other facts about the document.
    """
    spans = find(text, hints)
    return choose(spans[0], day_first) if len(spans) == 1 else None


def choose(span: DateSpan, day_first: bool) -> datetime.date:
    """Return the reading that fits the page's order of day and month."""
    if day_first or span.by_language or len(span.readings) == 1:
        return span.readings[0]
    return span.readings[1]


def day_first_in(locale: Locale) -> bool:
    """Return whether a locale's short dates have the day before the month, or begin with the year."""
    pattern = locale.date_formats["short"].pattern
    return bool(pattern.startswith("y") or pattern.find("d") < pattern.find("M"))


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


def written_forms(value: datetime.date) -> list[str]:
    """Return the most common ways to print a date, for comparison character by character."""
    y, m, d = value.year, value.month, value.day
    forms = [f"{d:02}{s}{m:02}{s}{year}" for s in "./-" for year in (y, f"{y % 100:02}")]
    forms += [f"{m:02}{s}{d:02}{s}{year}" for s in "/-" for year in (y, f"{y % 100:02}")]
    forms += [value.isoformat(), f"{d}.{m}.{y}", f"{d}/{m}/{y}", f"{m}/{d}/{y}", f"{y}/{m:02}/{d:02}"]
    return forms
