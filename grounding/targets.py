"""Targets: the typed values a proposal's text can mean, in the forms used to compare them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from grounding.spelled import chinese_amounts
from grounding.typed_index import TypedIndex
from schemas.fields import FieldType
from schemas.normalise import booleans, currencies, dates, numbers
from schemas.normalise.characters import bare, squash
from schemas.results import Proposal, Value

MIN_IDENTIFIER_DIGIT_SHARE = 0.5
"""Minimum share of digits that makes a text an identifier, where one other digit means another value."""
MAX_IDENTIFIER_CHARACTERS = 34
"""Length of the longest IBAN; a longer text is not an identifier."""
MAX_READINGS = 3
"""Maximum readings of one number's text; `1.234` has two."""
NUMERIC = (FieldType.NUMBER, FieldType.INTEGER, FieldType.MONEY)


class Target(NamedTuple):
    """One value to look for, and the text that was proposed for it."""

    value: Value
    """The typed value; a date in its ISO form."""
    kind: FieldType
    proposed: str
    squashed: str
    """The squashed value."""
    needle: str
    """The value's letters and digits alone, with characters that OCR confuses made the same."""
    by_meaning: bool
    """True if the value is found by its meaning rather than by its letters."""
    is_one_word: bool
    is_identifier: bool
    """True if one digit more, less or different makes it another value: a code, or a single word with digits."""
    is_currency: bool
    """True if the value is an ISO 4217 code, which may be printed as a symbol."""
    number: Decimal | None = None
    day: date | None = None


def read_targets(proposal: Proposal, index: TypedIndex) -> list[Target]:
    """Return the values the proposal's text can mean, the likeliest on these pages first.

    The list is empty if the text means no value of the proposal's type.
    """
    text = " ".join(proposal.text.split())
    match proposal.type:
        case FieldType.DATE:
            day = _iso_date(text) or dates.parse(text, index.day_first)
            return [_target(proposal.type, day.isoformat(), text)._replace(day=day)] if day else []
        case FieldType.NUMBER | FieldType.INTEGER | FieldType.MONEY:
            typed = [(r, _typed_number(r, proposal.type)) for r in _number_readings(text, index)]
            return [_target(proposal.type, v, text)._replace(number=r) for r, v in typed if v is not None]
        case FieldType.BOOLEAN:
            truth = booleans.parse(text)
            return [] if truth is None else [_target(proposal.type, truth, text)]
        case FieldType.ENUM:
            wanted = squash(text)
            same = [value for value in proposal.values if wanted and squash(value) == wanted]
            return [_target(proposal.type, value, value) for value in same]
        case _:
            return [_target(proposal.type, text, text)] if squash(text) else []


def _target(kind: FieldType, value: Value, proposed: str) -> Target:
    squashed = squash(str(value))
    needle = bare(squashed)[0]
    by_meaning = kind in NUMERIC or kind in {FieldType.DATE, FieldType.BOOLEAN}
    one_word = " " not in proposed
    return Target(
        value,
        kind,
        proposed,
        squashed,
        needle,
        by_meaning,
        one_word,
        is_identifier=not by_meaning and _is_identifier(squashed, len(needle), one_word),
        is_currency=not by_meaning and currencies.is_code(str(value)),
    )


def _is_identifier(squashed: str, letters_and_digits: int, one_word: bool) -> bool:
    digits = sum(map(str.isdecimal, squashed))
    dense = (
        digits >= MIN_IDENTIFIER_DIGIT_SHARE * letters_and_digits and letters_and_digits <= MAX_IDENTIFIER_CHARACTERS
    )
    return digits > 0 and (one_word or dense)


def _number_readings(text: str, index: TypedIndex) -> list[Decimal]:
    whole, _, decimals = text.partition(".")
    plain = whole.isascii() and whole.isdecimal() and (not decimals or (decimals.isdecimal() and len(decimals) != 3))
    if plain:  # written as programs write numbers, so there is only one reading
        return [Decimal(text)] if len(text) <= numbers.MAX_DIGITS else []
    likeliest = numbers.parse(text, index.decimal_mark)
    if likeliest is None:
        return [value for _, _, value in chinese_amounts(text)][:1]
    readings = [likeliest, *(reading for span in numbers.find(text) for reading in span.readings)]
    return list(dict.fromkeys(readings))[:MAX_READINGS]


def _iso_date(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == len("2024-12-31") else None
    except ValueError:
        return None


def _typed_number(number: Decimal, kind: FieldType) -> Decimal | int | None:
    """Keep money's decimals and strip others' trailing zeros; None for a fractional integer."""
    whole = number.to_integral_value()
    if kind is FieldType.MONEY:
        return number
    if kind is FieldType.INTEGER:
        return int(whole) if number == whole else None
    return whole if number == whole else number.normalize()
