"""Judge printed texts by their looks: label, value or prose."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from extractors.rules.grid import GridCell
from schemas.fields import FieldType
from schemas.normalise import currencies, dates, numbers
from schemas.normalise.characters import plain_text
from schemas.pages import Word
from schemas.vocabulary import meaning

MAX_LABEL_WORDS = 6
"""A longer text is a phrase of a sentence."""
MAX_VALUE_WORDS = 15
"""A longer text is prose; a postal address on one line has about ten words."""
MIN_PROSE_WORDS = 6
"""A shorter text with a full stop may be a remark, which is a value."""
MIN_RUNNING_WORDS = 9
"""A line of a paragraph, which ends within a sentence, has at least this many words."""
MAX_COUNT_DIGITS = 4
"""A longer run of digits without separators is an identifier rather than a quantity."""
NUMERIC = (FieldType.NUMBER, FieldType.INTEGER, FieldType.MONEY)

_TRAILING = re.compile(r"(?:[\s|·•;,]+[-–—]*)+$")
_UNIT = re.compile(r"[^\W\d_]{1,3}[²³]?\.?|°[CF]?")
_SENTENCE_END = re.compile(r"[^\d\W]{2}[.!?。]$")
_CODE = re.compile(r"(?=\S*\d)[\w./#+-]+")
_ENDS_IN_COLON = re.compile(r"\s*[:：]\s*$")


class Printed(NamedTuple):
    """A text and the words that contain it; a word may contain more than the text (`Nr:123`)."""

    text: str
    words: tuple[Word, ...]

    @property
    def word_ids(self) -> tuple[int, ...]:
        """The ids of the words."""
        return tuple(w.id for w in self.words)

    @property
    def left(self) -> float:
        """The left edge in page widths."""
        return self.words[0].box.left


def part_of(cell: GridCell, start: int = 0, end: int | None = None) -> Printed:
    """Return `cell.text[start:end]` without the white space around it and a colon before it."""
    text = cell.text[start:end]
    kept = re.sub(r"^[\s:：|·•]+", "", text)
    start += len(text) - len(kept)
    kept = _TRAILING.sub("", kept)
    return Printed(kept, cell.words_between(start, start + len(kept)))


def joined(parts: Iterable[Printed]) -> Printed:
    """Join several lines into one text."""
    parts = tuple(parts)
    return Printed(" ".join(p.text for p in parts), tuple(w for p in parts for w in p.words))


def without_colon(text: str) -> str:
    """Return a text without the colon at its end."""
    return _ENDS_IN_COLON.sub("", text).strip()


def ends_in_colon(text: str) -> bool:
    """Return whether a text ends in a colon."""
    return _ENDS_IN_COLON.search(text) is not None


def starts_with_colon(text: str) -> bool:
    """Return whether a text starts with a colon."""
    return text.lstrip().startswith((":", "："))


@lru_cache(maxsize=20_000)
def is_prose(text: str) -> bool:
    """Return whether a text is a sentence or a line of a paragraph."""
    words = text.split()
    if len(words) > MAX_VALUE_WORDS:
        return True
    if len(words) >= MIN_PROSE_WORDS and _SENTENCE_END.search(text):
        return True
    running = sum(word[0].islower() for word in words)
    return len(words) >= MIN_RUNNING_WORDS and running >= len(words) / 2


@lru_cache(maxsize=20_000)
def could_be_label(text: str) -> bool:
    """Return whether a text has the form of a label.

    It has few words, starts with a letter, is nearly all letters and is not a value.

    A rate may be part of it: `VAT 20%`.
    """
    bare = without_colon(numbers.RATE.sub("", text))
    letters, digits = sum(c.isalpha() for c in bare), sum(c.isdigit() for c in bare)
    begins = next((c.isalpha() for c in bare if c.isalnum()), False)
    if not begins or letters <= 3 * digits or "@" in bare or len(bare.split()) > MAX_LABEL_WORDS:
        return False
    return not is_prose(text) and not is_currency(bare) and not dates.find(bare)


@lru_cache(maxsize=20_000)
def is_known_label(text: str) -> bool:
    """Return whether a text consists of words of the vocabulary alone.

    Use it as evidence, never as a condition.
    """
    about = meaning(without_colon(text))
    return bool(about.concepts) and not about.others and not has_digit(text) and could_be_label(text)


def has_digit(text: str) -> bool:
    """Return whether a text has digits other than those of a rate (`VAT 20%`)."""
    return any(c.isdigit() for c in numbers.RATE.sub("", text))


def is_dash(text: str) -> bool:
    """Return whether a text is a dash, which stands for no value in a table."""
    return not text.strip(" -–—−")


def is_currency(text: str) -> bool:
    """Return whether a text is a currency's symbol or code."""
    return currencies.parse(text) is not None


@lru_cache(maxsize=20_000)
def is_typed(text: str) -> bool:
    """Return whether a text is a whole date, number, code or currency.

    Nobody prints these as a label.
    """
    return (
        type_of(text) is not FieldType.STRING
        or _CODE.fullmatch(text) is not None
        or _is_spaced_code(text)
        or is_currency(text)
    )


def _is_spaced_code(text: str) -> bool:
    return sum(c.isdigit() for c in text) > sum(c.isalpha() for c in text) and not re.search(r"[^\W\d_]{4}", text)


@lru_cache(maxsize=20_000)
def type_of(text: str, decimal_mark: str | None = None, of_identifier: bool = False) -> FieldType:
    """Return the type of a whole text: date, money, number or string.

    A number may have a short unit, but not more.

    Args:
        text: the text.
        decimal_mark: the page's decimal mark, which settles `1.234`.
        of_identifier: whether the label says that digits are an identifier.
    """
    even = plain_text(text)
    if any(not any(c.isalnum() for c in even[: d.start] + even[d.end :]) for d in dates.find(even)):
        return FieldType.DATE
    spans = [] if of_identifier else numbers.find(even, misread=False)
    if not spans:
        return FieldType.STRING
    span = max(spans, key=lambda s: s.end - s.start)
    value = numbers.choose(span, decimal_mark)
    around = [piece for piece in (even[: span.start].strip(" -+*"), even[span.end :].strip(" -*")) if piece]
    if len(around) == 1 and (is_currency(around[0]) or currencies.is_active(around[0])):
        return FieldType.MONEY
    if around == ["%"]:
        return FieldType.NUMBER
    if around and not (len(around) == 1 and even.strip().endswith(around[0]) and _UNIT.fullmatch(around[0])):
        return FieldType.STRING
    if _decimals(value):
        return FieldType.MONEY if _decimals(value) == 2 and not around else FieldType.NUMBER
    digits = span.written.lstrip("-( ").rstrip("-) ")
    is_count = not digits.isdigit() or (len(digits) <= MAX_COUNT_DIGITS and (digits == "0" or digits[0] != "0"))
    return FieldType.INTEGER if is_count else FieldType.STRING


def _decimals(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0
