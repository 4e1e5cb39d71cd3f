"""Recognise an amount or a date that is printed with a stray gap, such as `1,719.3 3`.

Justified text, text drawn glyph by glyph, and OCR put gaps into numbers. The first part alone is a number too, and a
wrong one, so the parts are joined where their form leaves no other meaning, and are doubtful where it leaves one.
"""

from __future__ import annotations

import re
from enum import StrEnum

from schemas.normalise import currencies
from schemas.normalise.characters import plain_text


class Split(StrEnum):
    """The relation of two neighbouring words."""

    NONE = "none"
    """Two words that have nothing to do with each other."""
    DOUBTFUL = "doubtful"
    """They may be one number; neither of them is certain."""
    CERTAIN = "certain"
    """They are one number or date."""


_NUMERIC = frozenset("0123456789.,/-")
_CURRENCY = currencies.pattern().pattern
_WHOLE = re.compile(
    rf"[-+(]*(?P<before>{_CURRENCY})?[-+(]*(?:\d{{1,3}}(?P<group>[.,'])\d{{3}}(?:(?P=group)\d{{3}})*|\d+)"
    rf"(?!(?P=group))[.,]\d{{2}}[-)]*(?P<after>{_CURRENCY})?[-)]*",
    re.IGNORECASE,
)
"""An amount with two decimals, with its sign and currency."""
_COMPLETE = re.compile(r"\D*(?:\d+|\d{1,3}(?:[.,']\d{3})+|\d[\d.,']*[.,]\d{2})")
"""A number that needs no more digits."""
_DECIMALS = re.compile(r"[.,]\d{2}(?!\d)")
_REST = re.compile(r"\d{1,2}(?![\d.,'])")
_ENDS_IN_MARK = re.compile(r"(?<!\d)\d{1,2}[.,]")
_DATE = re.compile(r"(?:\d{1,2}([/-])\d{1,2}\1\d{4}|\d{4}([/-])\d{1,2}\2\d{1,2})")
_DATE_BEGINS = re.compile(r"\d{1,2}[/-]\d?|\d{1,2}([/-])\d{1,2}\1\d{0,1}|\d{4}[/-]\d?|\d{4}([/-])\d{1,2}\2")


def split_number(left: str, right: str, before: str = "", after: str = "") -> Split:
    """Return whether two words are the parts of one amount or date.

    Args:
        left: the first word.
        right: the word after it on the same line.
        before: the word before `left`, if there is one.
        after: the word after `right`, if there is one.

    >>> split_number("$2,904.1", "5").value, split_number("4.5", "3").value, split_number("2", "1.50").value
    ('certain', 'doubtful', 'none')
    """
    if not left or not right or left[-1] not in _NUMERIC or right[0] not in _NUMERIC:
        return Split.NONE
    left, right = plain_text(left), plain_text(right)
    if _DATE.fullmatch(left + right):
        return Split.CERTAIN if _is_cut_date(left, right) else Split.NONE
    whole = _WHOLE.fullmatch(left + right)
    if not whole:
        return Split.NONE
    is_money = bool(whole["before"] or whole["after"] or _is_currency(before) or _is_currency(after))
    strong = is_money or whole["group"] is not None
    if _DECIMALS.match(right):  # '1 234 ,50'; '2 .50' may also be a count and a price
        return Split.CERTAIN if strong or right[0] == "," else Split.DOUBTFUL
    if _COMPLETE.fullmatch(left):
        return Split.NONE
    if not _REST.match(right):  # '$1,7 19.33'; without a currency, these are two numbers
        return Split.CERTAIN if whole["before"] else Split.NONE
    if after[:1].isalpha() and not _is_currency(after):  # the end of a sentence, or a count of something
        return Split.NONE
    if strong:
        return Split.CERTAIN
    return Split.NONE if _ENDS_IN_MARK.fullmatch(left) else Split.DOUBTFUL  # '1. 50' begins with a position's number


def _is_cut_date(left: str, right: str) -> bool:
    """Return whether a date is cut within digits, and neither part is a date alone."""
    year, *others = sorted((int(part) for part in re.split("[/-]", left + right)), reverse=True)
    is_date = year > 31 and 1 <= others[0] <= 31 and 1 <= others[1] <= 12
    return is_date and bool(_DATE_BEGINS.fullmatch(left)) and left[-1].isdecimal() and right[0].isdecimal()


def _is_currency(word: str) -> bool:
    return bool(word) and currencies.parse(word) is not None
