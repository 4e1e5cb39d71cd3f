"""Every number and date of a document by its meaning, so that a typed value is found by one look-up."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from grounding.symbol_text import SymbolText
from schemas.normalise import dates, numbers


class TypedSpan(NamedTuple):
    """Symbols that mean a value, and how the value is written there (look-alike letters read as digits)."""

    symbol_ids: tuple[int, ...]
    written: str


class TypedIndex:
    """All readings of each number and date, and the page's habits that tell ambiguous ones apart."""

    def __init__(self, text: SymbolText, locale: str | None = None) -> None:
        lines = [line.text for line in text.lines]
        self.decimal_mark = numbers.decimal_mark(lines) or numbers.decimal_mark_of(locale)
        self.day_first = dates.day_first(lines, locale)
        self._numbers: dict[Decimal, list[TypedSpan]] = defaultdict(list)
        self._dates: dict[date, list[TypedSpan]] = defaultdict(list)
        for line in text.lines:
            for number in numbers.find(line.text):
                span = TypedSpan(line.symbols_between(number.start, number.end), number.written)
                for reading in number.readings:
                    self._numbers[reading].append(span)
            for found in dates.find(line.text):
                span = TypedSpan(line.symbols_between(found.start, found.end), line.text[found.start : found.end])
                for day in found.readings:
                    self._dates[day].append(span)

    def number(self, value: Decimal) -> list[TypedSpan]:
        """Where the number stands; equal values are equal whatever their number of decimals."""
        return self._numbers.get(value, [])

    def date(self, value: date) -> list[TypedSpan]:
        """Where the date stands, in any order of its parts that can mean it."""
        return self._dates.get(value, [])
