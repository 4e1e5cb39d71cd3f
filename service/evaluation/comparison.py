"""Compare the values of an answer with the true ones by what they mean."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from rapidfuzz import fuzz

from schemas.fields import Field, FieldType
from schemas.normalise import booleans, currencies, dates, numbers, text_formats
from schemas.normalise.characters import squash
from schemas.normalise.notation import Notation
from schemas.results import Value

MIN_CLOSE_PERCENT = 90.0
"""Percent of agreeing characters from which two texts are close: allows a lost full stop or a misread letter."""
MIN_RELATED_PERCENT = 60.0
"""Percent of agreeing characters below which texts count as unrelated: those often share half of their letters."""

_QUOTES = str.maketrans({**dict.fromkeys("“”„‟«»″", '"'), **dict.fromkeys("‚‛‹›′", "'")})


class TruthNotation(NamedTuple):
    """The truth's way of writing ambiguous values, such as `1.234` and `03/04/2024`."""

    decimal_mark: str | None
    day_first: bool


def notation_of(texts: Iterable[str], locale: str | None) -> TruthNotation:
    """Infer the notation from unambiguous texts, else from the locale, else day first."""
    seen = list(texts)
    notation = Notation(seen, locale)
    return TruthNotation(notation.decimal_mark, notation.day_first is not False)


def typed(field: Field, literal: str | int | Decimal | bool, notation: TruthNotation) -> Value | None:
    """Return the literal as a value of the field's type, or None if it does not fit."""
    text = str(literal)
    match field.type:
        case FieldType.DATE:
            day = dates.parse(text, notation.day_first)
            return day.isoformat() if day else None
        case FieldType.NUMBER | FieldType.INTEGER | FieldType.MONEY:
            number = _number(literal, notation)
            fits = number is not None and (field.type is not FieldType.INTEGER or number == int(number))
            return number if fits else None
        case FieldType.BOOLEAN:
            return booleans.parse(text)
        case FieldType.ENUM:
            return next((value for value in field.values or () if squash(value) == squash(text)), None)
        case _:
            return (text_formats.read(field.format, text) if field.format else None) or text


def _number(literal: str | int | Decimal | bool, notation: TruthNotation) -> Decimal | None:
    if isinstance(literal, bool):
        return None
    return numbers.parse(literal, notation.decimal_mark) if isinstance(literal, str) else Decimal(literal)


class ValueAgreement(StrEnum):
    """Agreement of an answer's value with the true one."""

    RIGHT = "right"
    CLOSE = "close"
    WRONG = "wrong"


def compare(kind: FieldType, expected: Value, answered: Value) -> ValueAgreement:
    """Compare two values of a type.

    Texts are compared without case, white space and kinds of dashes and quotes; `EUR` equals `€`.
    """
    if kind is not FieldType.STRING:
        return ValueAgreement.RIGHT if expected == answered else ValueAgreement.WRONG
    if _folded(expected) == _folded(answered) or _same_currency(str(expected), str(answered)):
        return ValueAgreement.RIGHT
    is_close = fuzz.ratio(_folded(expected), _folded(answered)) >= MIN_CLOSE_PERCENT
    return ValueAgreement.CLOSE if is_close else ValueAgreement.WRONG


def likeness(kind: FieldType, expected: Value, answered: Value) -> float:
    """Return the likeness of two values, 0 to 1; only texts can be partly alike."""
    if compare(kind, expected, answered) is ValueAgreement.RIGHT:
        return 1.0
    if kind is not FieldType.STRING:
        return 0.0
    return fuzz.ratio(_folded(expected), _folded(answered), score_cutoff=MIN_RELATED_PERCENT) / 100


def _folded(value: Value) -> str:
    return squash(str(value).translate(_QUOTES))


def _same_currency(one: str, other: str) -> bool:
    pairs = ((one.strip().upper(), other.strip()), (other.strip().upper(), one.strip()))
    return any(currencies.is_code(code) and written in currencies.written_forms(code) for code, written in pairs)
