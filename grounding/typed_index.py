"""Every number and date of a document by its meaning, so that a typed value is found by one look-up."""

from __future__ import annotations

import datetime
from collections import defaultdict
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

from grounding.damaged import DamagedPlace, damaged_dates, damaged_numbers
from grounding.spelled import chinese_amounts, languages_of, spelled_amounts
from grounding.symbol_text import Range, SymbolText
from schemas.normalise import dates, numbers

MAX_PLACES = 1_000
"""Of one number; what stands there oftener cannot be told apart, and takes long."""
_IndexedPlace = tuple[int, int, str, bool | None]
"""Start and end in the text with spaces, how it is written there, and of an ambiguous date if its day stands first."""


class TypedSpan(NamedTuple):
    """Symbols that mean a value, and how the value is written there, damage repaired."""

    symbols: Range
    written: str
    sure: bool = True
    """It can hardly be anything else."""


class TypedIndex:
    """All readings of each number and date, and how these pages write them."""

    def __init__(self, text: SymbolText, locale: str | None = None) -> None:
        self._text = text
        self._locale = locale

    @cached_property
    def decimal_mark(self) -> str | None:
        """The mark before decimals on these pages, or in the locale."""
        return numbers.decimal_mark([self._text.text]) or numbers.decimal_mark_of(self._locale)

    @cached_property
    def day_first(self) -> bool:
        """Whether these pages write the day before the month."""
        return dates.day_first([self._text.text], self._locale)

    def prepare(self) -> None:
        """Index all numbers and dates now."""
        _ = self._numbers, self._dates

    def places(self, number: Decimal | None, day: datetime.date | None, percent: bool = False) -> list[TypedSpan]:
        """Where a number or a date stands: whatever its decimals, in any order of its parts that can mean it.

        Args:
            percent: 0.19 may be printed as 19 %.
        """
        if day:
            return self._spans(self._dates.get(day, []))
        if number is None:
            return []
        found = self._numbers.get(number, [])
        if percent and not found:
            found = [place for place in self._numbers.get(100 * number, []) if self._is_percent(place)]
        return self._spans(found)

    def opposite_places(self, number: Decimal | None) -> list[TypedSpan]:
        """Where the number stands with the other sign: credit notes are written either way."""
        if not number:
            return []
        places = self._numbers.get(-number, [])
        return self._spans([(s, e, f"-{w}" if number < 0 else w.strip("()-"), None) for s, e, w, _ in places])

    def _spans(self, places: list[_IndexedPlace]) -> list[TypedSpan]:
        return [
            TypedSpan(self._text.symbols_of_text(start, end), written, self._is_usual(day_first))
            for start, end, written, day_first in places[:MAX_PLACES]
        ]

    def _is_usual(self, day_first: bool | None) -> bool:
        """Whether these pages, as far as they tell, write the parts of a date in this order."""
        return day_first is None or self._settled_day_first in {None, day_first}

    @cached_property
    def _settled_day_first(self) -> bool | None:
        return dates.settled_day_first([self._text.text])

    def _is_percent(self, place: _IndexedPlace) -> bool:
        return self._text.text[place[1] : place[1] + 2].strip()[:1] == "%"

    def damaged_places(self, number: Decimal | None, day: datetime.date | None) -> list[TypedSpan]:
        """Where its digits stand, some as letters, with other marks between them or beside a damaged month."""
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
        for start, end, readings, written in numbers.find(text, misread=False):
            for reading in readings:
                index[reading].append((start, end, written, None))
        for start, end, value in chinese_amounts(text):
            index[value].append((start, end, text[start:end], None))
        return index

    @cached_property
    def _dates(self) -> dict[datetime.date, list[_IndexedPlace]]:
        index: dict[datetime.date, list[_IndexedPlace]] = defaultdict(list)
        text = self._text.text
        for start, end, readings in dates.find(text):
            ambiguous = len(readings) > 1
            for day in readings:
                day_first = day == readings[0] if ambiguous else None
                index[day].append((start, end, text[start:end], day_first))
        return index
