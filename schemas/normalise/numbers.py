"""Read numbers and amounts of money as they are printed around the world.

A point or comma before exactly three digits may separate thousands or decimals (`1.234`). Such a number has two
readings, and the page's own convention, known from its unambiguous amounts, decides.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from babel.numbers import get_decimal_symbol

from schemas.normalise.characters import DIGIT_LOOKALIKES, LINE_BREAK, fold_text, plain_text
from schemas.normalise.currencies import SIGNS

MAX_DIGITS = 15
"""Longer digit runs are identifiers, not quantities."""


class NumberSpan(NamedTuple):
    """A number in a text, `text[start:end]`."""

    start: int
    end: int
    readings: tuple[Decimal, ...]
    """The values that it may have, the likeliest first."""
    written: str
    """The text, with look-alike letters read as digits: `1O.5O` is `10.50`."""


JAPANESE_MINUS = "▲△"
"""Signs of a negative amount on Japanese documents; elsewhere they are arrows."""
RAISED_CENTS = "[⁰¹²³⁴⁵⁶⁷⁸⁹]{2}(?![⁰¹²³⁴⁵⁶⁷⁸⁹])"
"""Two raised digits after a number are its cents (`24⁹⁵`); a single one is a footnote's mark."""
_BODY = (
    rf"\d{{1,3}}(?:[ ']\d{{3}})+(?:[.,]\d{{1,4}}|[.,]?{RAISED_CENTS})?(?![\d])"
    rf"|\d+(?:[.,']\d+)*(?:[.,]?{RAISED_CENTS})?|[.,]\d{{1,4}}"
)
RATE = re.compile(r"\d{1,2}(?:[.,]\d+)?\s?%")
"""A percentage, which may be part of a label (`VAT 20%`)."""

_CURRENCY = rf"(?:[{SIGNS}]\s?)?"
_NUMBER = re.compile(
    rf"(?=[\d(.,\-{JAPANESE_MINUS}])(?<![\w.,])(\({_CURRENCY})?"
    rf"((?:(?<![^{LINE_BREAK}])-\s|[\-{JAPANESE_MINUS}]){_CURRENCY})?({_BODY})(?(1)\s?{_CURRENCY}\))"
    rf"(-(?!\w)|-(?=[A-Z]{{1,2}}(?:\s|$|{LINE_BREAK})))?"
)
"""Parenthesis, minus, digits and trailing minus, which a tax mark may touch (`5.00-T`)."""
_CREDIT_OR_DEBIT = re.compile(rf"\s?(?:CR|DR)(?=\.?\s?(?:$|{LINE_BREAK}))", re.IGNORECASE)
"""The mark of a credit or debit after an amount, at the end of a line or cell."""
_CENTS = re.compile(r"[.,]\d\d$")
_VULGAR = "".join(c for c in map(chr, (*range(0xBC, 0xBF), *range(0x2150, 0x215F), 0x2189)))
_VULGAR_FRACTION = re.compile(rf"(?<![\w.,])(-\s?)?(?:(\d{{1,6}})\s?)?([{_VULGAR}])(?!\w)")
_FRACTION = re.compile(r"(?<![\w.,/])(-\s?)?(?:(\d{1,6}) )?(\d{1,2})/(\d{1,2})(?![\w/]|[.,]\d)")
_DENOMINATORS = frozenset({2, 3, 4, 5, 6, 8, 16, 32, 64})
"""Denominators of printed fractions; `3 2/10` is more often a count and a page."""
FRACTION_DECIMALS = 4
"""A third is 0.3333."""
_INNER = re.compile(rf"(-\s?)?({_BODY})(-(?![\w]))?")
_CONFUSED = re.compile(
    rf"(?<![^\s({LINE_BREAK}])[{SIGNS}]?"
    rf"([\doqdlizsbg|]{{1,9}}(?:[.,' ][\doqdlizsbg|]{{1,9}}){{0,4}}[.,][\doqdlizsbg|]{{1,2}})"
    rf"(?![^\s)%{SIGNS}{LINE_BREAK}])"
)
_AMOUNT = re.compile(r"(?<![\d.,])\d+(?:[.,' ]\d{3})*([.,])\d{2}(?![\d.,])")
"""A whole amount with two decimals, but not a short date."""
_GLUED = re.compile(
    rf"(?:(?<![^\s({LINE_BREAK}])[^\W\d_]{{1,4}}\.?|(?<=[{SIGNS}]))\s?(-?\d[\d.,']*(?:{RAISED_CENTS})?)(?!\w)"
)
"""A number that touches its currency or unit: RM12.50, Rs.100, $-3."""
_SPACED = re.compile(r"\d+(?:[.,]\d+)*")


def readings(body: str) -> tuple[Decimal, ...]:
    """Return the values that the digits and separators of one unsigned number may have.

    There are none if the text is not a number.

    >>> readings("1.234,50"), readings("1,234"), readings("12.05.2018")
    ((Decimal('1234.50'),), (Decimal('1234'), Decimal('1.234')), ())
    """
    if cents := re.search(RAISED_CENTS, body):
        return _with_cents(body[: cents.start()].rstrip(".,"), cents[0])
    compact = body.replace(" ", "").replace("'", "")
    points, commas = compact.count("."), compact.count(",")
    count = len(compact) - points - commas
    if not 0 < count <= MAX_DIGITS:
        return ()
    if not points and not commas:
        return (Decimal(compact),)
    last = "." if compact.rfind(".") > compact.rfind(",") else ","
    whole, _, tail = compact.rpartition(last)
    if points + commas == 1:
        decimal = Decimal(f"{whole or '0'}.{tail}")
        grouped = len(tail) == 3 and 1 <= len(whole) <= 3 and whole[0] != "0" and compact == body
        return (Decimal(whole + tail), decimal) if grouped else (decimal,)
    digits = whole.replace(".", "").replace(",", "")
    if points and commas:
        first = "," if last == "." else "."
        well_formed = compact.count(last) == 1 and re.fullmatch(rf"\d{{1,3}}(?:{re.escape(first)}\d{{2,3}})*", whole)
        return (Decimal(f"{digits}.{tail}"),) if well_formed else ()
    return (Decimal(digits + tail),) if re.fullmatch(r"\d{1,3}(?:[.,]\d{2,3})*[.,]\d{3}", compact) else ()


def _with_cents(whole: str, raised: str) -> tuple[Decimal, ...]:
    """Return the amounts that whole units and raised cents may mean."""
    cents = unicodedata.normalize("NFKC", raised)
    return tuple(Decimal(f"{units}.{cents}") for units in readings(whole) if units == units.to_integral_value())


def find(text: str, misread: bool = True, yen: bool | None = None) -> list[NumberSpan]:
    """Return every number in a text, with its sign, accountant's parentheses or `CR` and `DR`.

    Currency and unit are left out. An amount with `CR` or `DR` is positive, because the side of the account decides
    what they mean. Before a percent sign, a point or comma is a decimal mark.

    Args:
        text: lines separated by `LINE_BREAK`; no number crosses one.
        misread: whether to include numbers in which letters were read for digits.
        yen: whether the amounts are yen, where `88,000-` is positive; by default the currency next to each one decides.
    """
    even = plain_text(text)
    found: list[NumberSpan] = []
    taken = bytearray(len(even))
    for span, is_certain in _fractions(even):
        found.append(span)
        if is_certain:
            taken[span.start : span.end] = b"\1" * (span.end - span.start)
    for match in _NUMBER.finditer(even):
        start, end = match.span()
        if 1 in taken[start:end]:
            continue
        taken[start:end] = b"\1" * (end - start)
        if number := _signed(match, text, even, yen):
            found.append(number)
        body = match[3]
        if " " in body:  # '2 100,00' may also be a quantity and a price
            for part in _SPACED.finditer(even, match.start(3), match.end(3)):
                if len(part[0]) > 1 and part[0][0] == "0" and part[0][1].isdecimal():
                    continue  # the end of 100 000,00
                found.append(NumberSpan(part.start(), part.end(), readings(part[0]), part[0]))
    for match in _GLUED.finditer(even):
        if 1 in taken[match.start(1) : match.end()] or not (inner := _INNER.search(even, match.start(1), match.end())):
            continue
        if values := readings(inner[2]):
            if inner[1] or inner[3]:
                values = tuple([-v for v in values])
            found.append(NumberSpan(inner.start(), inner.end(), values, inner[0]))
    return found + _misread(text) if misread else found


def _signed(match: re.Match[str], text: str, even: str, yen: bool | None) -> NumberSpan | None:
    """Return the number of one match of `_NUMBER`, with the sign that the marks around it mean."""
    opening, minus, body, minus_after = match.groups()
    start, end = match.span()
    if minus and minus[0] in JAPANESE_MINUS and not yen:
        start, minus = match.start(3), None
    if minus_after and not (opening or minus) and _is_yen(body, even, start, end, yen):
        end, minus_after = end - 1, None  # the dash ends the amount, so that no digit can be added
    values = _certain_readings(body, text, even, match.span(3), yen)
    if not values:
        return None
    if opening or minus or minus_after:
        values = tuple([-v for v in values])
    elif _CENTS.search(body) and (mark := _CREDIT_OR_DEBIT.match(even, end)):
        end = mark.end()
    return NumberSpan(start, end, values, even[start:end])


def _certain_readings(body: str, text: str, even: str, span: tuple[int, int], yen: bool | None) -> tuple[Decimal, ...]:
    """Return the readings of a number that what is printed around it and in it allows."""
    values = readings(body)
    if len(values) > 1:
        printed = text[span[0] : span[1]]
        if is_percent(even, *span) or "\u066b" in printed:
            return values[1:]
        if "\u066c" in printed or (yen and "," in body):
            return values[:1]
    return values


def is_percent(text: str, start: int, end: int) -> bool:
    """Return whether a percent sign belongs to the number at `text[start:end]`.

    It is printed after the number, in Turkish also before it.

    >>> is_percent("4.125 %", 0, 5), is_percent("KDV %20", 5, 7), is_percent("8% 100", 3, 6)
    (True, True, False)
    """
    if text[end : end + 2].lstrip(" )")[:1] in {"%", "‰"}:
        return True
    return text[start - 1 : start] == "%" and not text[: start - 1].rstrip()[-1:].isdecimal()


def _is_yen(body: str, even: str, start: int, end: int, yen: bool | None) -> bool:
    """Return whether a dash after a number ends an amount of yen, which has no decimals."""
    if yen is False or _CENTS.search(body):
        return False
    return bool(yen) or even[:start].rstrip()[-1:] == "¥" or even[end : end + 1] == "円"


def _fractions(even: str) -> Iterator[tuple[NumberSpan, bool]]:
    """Yield numbers with a fraction, and whether they can hardly be two numbers: `7½`, `7 1/2 %`."""
    if not even.isascii():
        for match in _VULGAR_FRACTION.finditer(even):
            fraction = Decimal(str(round(unicodedata.numeric(match[3]), FRACTION_DECIMALS)))
            value = (int(match[2] or 0) + fraction) * (-1 if match[1] else 1)
            yield NumberSpan(*match.span(), (value,), match[0]), True
    if "/" not in even:
        return
    for match in _FRACTION.finditer(even):
        above, below = int(match[3]), int(match[4])
        sure = even[match.end() :].lstrip()[:1] == "%"
        if below not in _DENOMINATORS or not 0 < above < below or not (sure or match[2]):
            continue
        value = (int(match[2] or 0) + round(Decimal(above) / below, FRACTION_DECIMALS)).normalize()
        yield NumberSpan(*match.span(), (-value if match[1] else value,), match[0]), sure


def _misread(text: str) -> list[NumberSpan]:
    found = []
    for match in _CONFUSED.finditer(fold_text(text)):
        body = match[1]
        repaired = body.translate(DIGIT_LOOKALIKES)
        if repaired == body:
            continue
        mostly_digits = sum(map(str.isdigit, body)) * 2 >= sum(map(str.isalnum, body))
        is_prefix = body[0].isalpha() and re.fullmatch(_BODY, body[1:])  # 'S8.20' is '$8.20' rather than 58.20
        if mostly_digits and not is_prefix and (values := readings(repaired)):
            found.append(NumberSpan(match.start(1), match.end(1), values, repaired))
    return found


def parse(text: str, decimal_mark: str | None = None, yen: bool | None = None) -> Decimal | None:
    """Return the number in a text, which may have a currency or unit.

    Returns None if there is no number or more than one.

    Args:
        text: the text.
        decimal_mark: the page's convention, '.' or ',', which settles ambiguous readings.
        yen: whether the amounts are yen; see `find`.
    """
    spans = find(text, yen=yen)
    if not spans:
        return None
    longest = max(spans, key=lambda s: s.end - s.start)
    if any(s.end <= longest.start or s.start >= longest.end for s in spans):
        return None
    return choose(longest, decimal_mark)


def choose(span: NumberSpan, decimal_mark: str | None) -> Decimal:
    """Return the reading that fits the page's decimal mark."""
    if len(span.readings) > 1 and decimal_mark and decimal_mark in span.written:
        return span.readings[1]
    return span.readings[0]


def decimal_mark(texts: list[str]) -> str | None:
    """Return the mark that most often precedes two final digits on a page.

    Returns None if neither does more often than the other.
    """
    points = commas = 0
    for text in texts:
        for match in _AMOUNT.finditer(text):
            if match[1] == ",":
                commas += 1
            else:
                points += 1
    if points == commas:
        return None
    return "," if commas > points else "."


def decimal_mark_of(locale: str | None) -> str | None:
    """Return the decimal mark of a BCP 47 locale that Babel knows; None without a locale."""
    return str(get_decimal_symbol(locale.replace("-", "_"))) if locale else None


def written_forms(value: Decimal) -> list[str]:
    """Return the ways to print a number, without currency.

    >>> written_forms(Decimal("1234.5"))[:3]
    ['1234.5', '1,234.5', '1 234.5']
    """
    sign, magnitude = ("-" if value < 0 else ""), abs(value)
    forms: list[str] = []
    for places in dict.fromkeys((_places(magnitude), 2)):
        if places < _places(magnitude):
            continue
        whole, _, tail = f"{magnitude:.{places}f}".partition(".")
        groups = [whole] if len(whole) <= 3 else [whole, *(_grouped(whole, mark) for mark in ",. '")]
        for mark in ".,":
            forms += [f"{sign}{g}{mark if tail else ''}{tail}" for g in groups if mark not in g]
    return list(dict.fromkeys(forms))


def _places(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _grouped(whole: str, mark: str) -> str:
    return f"{int(whole):,}".replace(",", mark)
