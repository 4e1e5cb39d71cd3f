"""Index of a document's numbers and dates by meaning, so one look-up finds a typed value."""

from __future__ import annotations

import datetime
from bisect import bisect_left
from collections import defaultdict
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

from grounding.damaged import DamagedPlace, damaged_dates, damaged_numbers
from grounding.spelled import chinese_amounts, languages_of, spelled_amounts
from grounding.symbol_text import Range, SymbolText
from schemas.normalise import dates, numbers
from schemas.normalise.notation import Notation

MAX_TYPED_PLACES = 1_000
"""Maximum places of one number; more cannot be distinguished and would take too long."""
MAX_PLACES_WITH_HINT = 101
"""Maximum places of one number if the extractor says where it is: a table of 200 pages prints a quantity on every page,
and looking at all of its places for each row took time with the square of the pages. One more than
`ranking.MAX_LABELLED_PLACES`, so that ranking still takes them for many."""
_IndexedPlace = tuple[int, int, str, bool | None]
"""Start and end in the text with spaces, the printed form, and for an ambiguous date whether its day comes first."""


class TypedSpan(NamedTuple):
    """Symbols that mean a value, and their printed form with damage repaired."""

    symbols: Range
    written: str
    sure: bool = True
    """True if it can hardly be any other value."""


class TypedIndex:
    """All readings of each number and date, and the page's conventions for writing them."""

    def __init__(self, text: SymbolText, locale: str | None = None) -> None:
        self._text = text
        self.notation = Notation([text.text], locale)

    @property
    def decimal_mark(self) -> str | None:
        """The decimal mark used on these pages, else the locale's."""
        return self.notation.decimal_mark

    def has_number(self, number: Decimal) -> bool:
        """Return whether a text on these pages can be read as the number."""
        return number in self._numbers

    def prepare(self) -> None:
        """Index all numbers and dates now instead of at the first look-up."""
        _ = self._numbers, self._dates

    def places(
        self,
        number: Decimal | None,
        day: datetime.date | None,
        percent: bool = False,
        hint: tuple[Range, ...] = (),
    ) -> list[TypedSpan]:
        """Return the places of a number or a date, with any decimals and in any order of date parts.

        Args:
            number: the number to look up, or None.
            day: the date to look up, or None; it takes precedence over `number`.
            percent: whether 0.19 may be printed as 19 %.
            hint: the extractor's symbols, which decide between the places of a value that is printed very often.
        """
        if day:
            return self._spans(self._dates.get(day, []), hint)
        if number is None:
            return []
        found = self._numbers.get(number, [])
        if percent and not found:
            found = [place for place in self._numbers.get(100 * number, []) if self._is_percent(place)]
        return self._spans(found, hint)

    def opposite_places(self, number: Decimal | None) -> list[TypedSpan]:
        """Return the places of the number with the other sign; credit notes are written either way."""
        if not number:
            return []
        places = self._numbers.get(-number, [])
        return self._spans([(s, e, f"-{w}" if number < 0 else w.strip("()-"), None) for s, e, w, _ in places])

    def _spans(self, places: list[_IndexedPlace], hint: tuple[Range, ...] = ()) -> list[TypedSpan]:
        return [
            TypedSpan(self._text.symbols_of_text(start, end), written, self._is_usual(day_first))
            for start, end, written, day_first in self._nearest(places, hint)
        ]

    def _nearest(self, places: list[_IndexedPlace], hint: tuple[Range, ...]) -> list[_IndexedPlace]:
        """Return the places that are looked at, in the order of the document.

        Args:
            places: all of them, in the order of the document.
            hint: the extractor's symbols; half of the places are taken before them, half after.
        """
        if not hint:
            return places[:MAX_TYPED_PLACES]
        if len(places) <= MAX_PLACES_WITH_HINT:
            return places
        at = bisect_left(places, hint[0][0], key=lambda place: self._text.symbols_of_text(place[0], place[1])[0])
        first = min(max(0, at - MAX_PLACES_WITH_HINT // 2), len(places) - MAX_PLACES_WITH_HINT)
        return places[first : first + MAX_PLACES_WITH_HINT]

    def _is_usual(self, day_first: bool | None) -> bool:
        """Return whether these pages write dates in this order, as far as anything says so."""
        return day_first is None or self.notation.day_first in {None, day_first}

    def _is_percent(self, place: _IndexedPlace) -> bool:
        return self._text.text[place[1] : place[1] + 2].strip()[:1] == "%"

    def damaged_places(self, number: Decimal | None, day: datetime.date | None) -> list[TypedSpan]:
        """Return places with the value's digits, some misread, or with a damaged month.

        Args:
            number: the number to look for, or None.
            day: the date to look for, or None; it takes precedence over `number`.
        """
        text = self._text
        if day:
            return [self._damaged(found) for found in damaged_dates(day, text)]
        if number is None:
            return []
        spelled = spelled_amounts(number, text, self._languages)
        in_words = [TypedSpan(text.symbols_of_squashed(*place), text.squashed[slice(*place)]) for place in spelled]
        return [self._damaged(found) for found in damaged_numbers(number, text)] + in_words

    def _damaged(self, found: DamagedPlace) -> TypedSpan:
        return TypedSpan(self._text.symbols_of_squashed(*found.place), found.meant, found.sure)

    @cached_property
    def _languages(self) -> tuple[str, ...]:
        return languages_of(self._text)

    @cached_property
    def _numbers(self) -> dict[Decimal, list[_IndexedPlace]]:
        index: dict[Decimal, list[_IndexedPlace]] = defaultdict(list)
        text = self._text.text
        for start, end, readings, written in numbers.find(text, misread=False, yen=self.notation.yen):
            for reading in readings:
                index[reading].append((start, end, written, None))
        for start, end, value in chinese_amounts(text):
            index[value].append((start, end, text[start:end], None))
        for places in index.values():
            places.sort(key=lambda place: place[0])
        return index

    @cached_property
    def _dates(self) -> dict[datetime.date, list[_IndexedPlace]]:
        index: dict[datetime.date, list[_IndexedPlace]] = defaultdict(list)
        text = self._text.text
        for start, end, readings, by_language in dates.find(text, self.notation.date_hints):
            ambiguous = len(readings) > 1 and not by_language
            for day in readings:
                day_first = day == readings[0] if ambiguous else None
                index[day].append((start, end, text[start:end], day_first))
        return index
