"""Targets: the typed values a proposal's text can mean, in the forms used to compare them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from grounding.spelled import chinese_amounts
from grounding.typed_index import TypedIndex
from schemas.fields import FieldType, TextFormat
from schemas.normalise import booleans, currencies, dates, numbers
from schemas.normalise.characters import bare, squash
from schemas.normalise.text_formats import narrowed
from schemas.results import Proposal, Value
from schemas.vocabulary import name_meaning

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
    readings: tuple[Value, ...] = ()
    """All values that the text can mean, `value` first, if nothing on the pages says which of them is meant."""


def read_targets(proposal: Proposal, index: TypedIndex) -> list[Target]:
    """Return the values the proposal's text can mean, the likeliest on these pages first.

    The list is empty if the text means no value of the proposal's type.
    """
    text = " ".join(proposal.text.split())
    match proposal.type:
        case FieldType.DATE:
            return _dates(text, index)
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
        case FieldType.STRING if proposal.format:
            return _formatted(text, proposal.format, index)
        case _:
            currency = index.notation.currency(text) if _is_currency_field(proposal) else None
            texts = [currency, text] if currency else [text]
            return [_target(proposal.type, t, t) for t in texts] if squash(text) else []


def _formatted(text: str, form: TextFormat, index: TypedIndex) -> list[Target]:
    """Return the value of a text that has a format, or of its only part that has.

    The part is looked for as it is printed.
    """
    if form is TextFormat.CURRENCY:
        code = index.notation.currency(text)
        return [_target(FieldType.STRING, code, code)] if code else []
    found = narrowed(form, text)
    if found is None:
        return []
    printed, value = found
    return [_target(FieldType.STRING, printed, printed)._replace(value=value)]


def _dates(text: str, index: TypedIndex) -> list[Target]:
    """Return the date that a text means, with all its readings if nothing decides."""
    if day := _iso_date(text):
        return [_target(FieldType.DATE, day.isoformat(), text)._replace(day=day)]
    spans = dates.find(text, index.notation.date_hints)
    if len(spans) == 1 and len(spans[0].readings) > 1 and spans[0].by_language:
        spans = dates.find(text, index.notation.date_hints._replace(languages=index.notation.languages))
    if len(spans) != 1:
        return []
    (span,) = spans
    is_open = len(span.readings) > 1 and (span.by_language or index.notation.day_first is None)
    day = dates.choose(span, day_first=index.notation.day_first is not False)
    target = _target(FieldType.DATE, day.isoformat(), text)._replace(day=day)
    if is_open:
        others = [reading.isoformat() for reading in span.readings if reading != day]
        target = target._replace(readings=(day.isoformat(), *others))
    return [target]


@lru_cache(maxsize=4096)
def _names_currency(name: str) -> bool:
    return "currency" in name_meaning(name).concepts


def _is_currency_field(proposal: Proposal) -> bool:
    """Return whether a text field is asked for a currency, by its name."""
    name = proposal.path[-1]
    return proposal.type is FieldType.STRING and isinstance(name, str) and _names_currency(name)


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
    likeliest = numbers.parse(text, index.decimal_mark, index.notation.yen)
    if likeliest is None:
        return [value for _, _, value in chinese_amounts(text)][:1]
    spans = numbers.find(text, yen=index.notation.yen)
    readings = list(dict.fromkeys([likeliest, *(reading for span in spans for reading in span.readings)]))
    # what is printed next to a number can exclude a reading: before a percent sign there are no thousands
    return sorted(readings[:MAX_READINGS], key=lambda reading: not index.has_number(reading))


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
