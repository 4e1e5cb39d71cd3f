"""Values of the truth and values that came, compared by what they mean."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from rapidfuzz import fuzz

from schemas.fields import Field, FieldType
from schemas.normalise import booleans, currencies, dates, numbers
from schemas.normalise.characters import squash
from schemas.results import Value

CLOSE_RATIO = 90.0
"""Percent of the characters that agree: a lost full stop or one misread letter in a name."""
RELATED_RATIO = 60.0
"""Percent; texts that have nothing to do with each other share up to half of their letters in order."""

_QUOTES = str.maketrans({**dict.fromkeys("“”„‟«»″", '"'), **dict.fromkeys("‚‛‹›′", "'")})


class Habits(NamedTuple):
    """How the truth writes what can be read in two ways: `1.234` and `03/04/2024`."""

    decimal_mark: str | None
    day_first: bool


def habits_of(texts: Iterable[str], locale: str | None) -> Habits:
    """What the truth's own unambiguous amounts and dates show, else the locale's habits, else day first."""
    seen = list(texts)
    mark = numbers.decimal_mark(seen) or numbers.decimal_mark_of(locale)
    return Habits(mark, dates.day_first(seen, locale))


def typed(field: Field, literal: str | int | Decimal | bool, habits: Habits) -> Value | None:
    """The literal as an answer would give it for this field; None when it is none of the field's type."""
    text = str(literal)
    match field.type:
        case FieldType.DATE:
            day = dates.parse(text, habits.day_first)
            return day.isoformat() if day else None
        case FieldType.NUMBER | FieldType.INTEGER | FieldType.MONEY:
            number = _number(literal, habits)
            fits = number is not None and (field.type is not FieldType.INTEGER or number == int(number))
            return number if fits else None
        case FieldType.BOOLEAN:
            return booleans.parse(text)
        case FieldType.ENUM:
            return next((value for value in field.values or () if squash(value) == squash(text)), None)
        case _:
            return text


def _number(literal: str | int | Decimal | bool, habits: Habits) -> Decimal | None:
    if isinstance(literal, bool):
        return None
    return numbers.parse(literal, habits.decimal_mark) if isinstance(literal, str) else Decimal(literal)


class Match(StrEnum):
    """How a value that came compares with the true one."""

    RIGHT = "right"
    CLOSE = "close"
    WRONG = "wrong"


def compare(kind: FieldType, expected: Value, came: Value) -> Match:
    """Texts are right without regard to case, white space and kinds of dashes and quotes, or as the same currency."""
    if kind is not FieldType.STRING:
        return Match.RIGHT if expected == came else Match.WRONG
    if _folded(expected) == _folded(came) or _same_currency(str(expected), str(came)):
        return Match.RIGHT
    return Match.CLOSE if fuzz.ratio(_folded(expected), _folded(came)) >= CLOSE_RATIO else Match.WRONG


def likeness(kind: FieldType, expected: Value, came: Value) -> float:
    """0 to 1, to tell which rows belong together; only texts can be alike without being the same."""
    if compare(kind, expected, came) is Match.RIGHT:
        return 1.0
    if kind is not FieldType.STRING:
        return 0.0
    return fuzz.ratio(_folded(expected), _folded(came), score_cutoff=RELATED_RATIO) / 100


def _folded(value: Value) -> str:
    return squash(str(value).translate(_QUOTES))


def _same_currency(one: str, other: str) -> bool:
    pairs = ((one.strip().upper(), other.strip()), (other.strip().upper(), one.strip()))
    return any(currencies.is_code(code) and written in currencies.written_forms(code) for code, written in pairs)
