"""Fold characters without moving positions, and know the characters that OCR confuses."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import cache

from schemas.normalise.radicals import IDEOGRAPH_OF_RADICAL

_PLAIN = {
    "\u00a0": " ", "\u2007": " ", "\u2009": " ", "\u202f": " ", "\t": " ", "\n": " ",
    "\u200e": " ", "\u200f": " ", "\u061c": " ",
    "\u2018": "'", "\u2019": "'", "\u201b": "'", "\u02bc": "'", "\u2032": "'", "\u00b4": "'", "`": "'",
    "\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2014": "-", "\u2212": "-",
    "\u066a": "%", "\u066b": ".", "\u066c": ",", "\u2044": "/",
}  # fmt: skip
"""Spaces, apostrophes, dashes and Arabic marks that mean the same in numbers and dates."""

DIGIT_LOOKALIKES = str.maketrans("oqdlizsbg|", "0001125861")
"""Folded letters -> the digit that OCR confuses them with."""
PAIR_LOOKALIKES = (("rn", "m"), ("vv", "w"))
"""Folded pairs of letters -> the one letter that OCR confuses them with."""


class _Table(dict[int, str]):
    """A table for `str.translate` that computes each character when it is first needed."""

    def __init__(self, of: Callable[[str], str]) -> None:
        super().__init__()
        self._of = of

    def __missing__(self, code: int) -> str:
        self[code] = made = self._of(chr(code))
        return made


LINE_BREAK = "\x00"
"""Separates two lines of a text; it is not a space, so that no date or number is found across it."""

_PRESENTATION = re.compile(
    "[\u2e80-\u2ef3\u2f00-\u2fd5\uf900-\ufaff\ufb00-\ufb06\ufb13-\ufb17\ufb1d-\ufc5d\ufc64-\ufdf9\ufdfc"
    "\ufe80-\ufefc\uff01-\uff9f\uffe0-\uffe6\U0002f800-\U0002fa1d]"
)
"""Ligatures, full-width and half-width forms, radicals, compatibility ideographs, and the joined forms of Hebrew and
Arabic letters: all differ from ordinary letters only in how they are drawn. Left out are those whose decomposition has
a space, such as a vowel sign alone."""


def ordinary(text: str) -> str:
    """Write ligatures, radicals and forms of other widths as ordinary letters.

    Accents are composed.

    >>> ordinary("o\ufb03ce \uff11\uff12\uff0e\uff10\uff10\u00b2 \u2f31\u2ed1")
    'office 12.00\u00b2 \u5dfe\u9577'
    """
    if text.isascii():
        return text
    return unicodedata.normalize("NFC", _PRESENTATION.sub(lambda m: _compatible(m[0]), text))


def _compatible(character: str) -> str:
    """Return the ordinary characters for one that is only drawn differently."""
    return unicodedata.normalize("NFKC", character.translate(IDEOGRAPH_OF_RADICAL))


@cache
def plain(character: str) -> str:
    """Return one character for one, in ASCII where it is a variant of an ASCII character.

    Variants are the digits of all scripts, spaces, apostrophes, dashes and Arabic marks of numbers.
    """
    if character in _PLAIN:
        return _PLAIN[character]
    if unicodedata.category(character) == "No":  # a footnote's superscript is not a digit of the number before it
        return character
    if (digit := unicodedata.decimal(character, None)) is not None:
        return str(digit)
    normal = _compatible(character)
    return normal if len(normal) == 1 else character


@cache
def fold(character: str) -> str:
    """Return one character for one: plain, in lower case, without its accent."""
    base = unicodedata.normalize("NFKD", plain(character))[:1].casefold()
    return base if len(base) == 1 else character


_PLAIN_TABLE = _Table(plain)
_FOLD_TABLE = _Table(fold)


def plain_text(text: str) -> str:
    """Apply `plain` to every character; the length stays the same."""
    return text.translate(_PLAIN_TABLE)


def fold_text(text: str) -> str:
    """Apply `fold` to every character; the length stays the same."""
    return text.translate(_FOLD_TABLE)


@cache
def squash_character(character: str) -> str:
    """Return a character as it is compared: NFKC and case folded.

    White space gives '', a ligature `fi`.
    """
    if unicodedata.category(character) == "No":
        return character  # a superscript is not a digit
    return "".join(unicodedata.normalize("NFKC", plain(character)).casefold().split())


_SQUASH_TABLE = _Table(squash_character)


def squash(text: str) -> str:
    """Return a text as it is compared: NFKC, case folded, marks unified, without white space.

    The marks are dashes and quotes.

    >>> squash("Ｎo ﬁx – 12\u202f000")
    'nofix-12000'
    """
    return ordinary(text).translate(_SQUASH_TABLE)


@cache
def _bare_character(character: str) -> str:
    folded = fold(character).translate(DIGIT_LOOKALIKES)
    return folded if folded.isalnum() else " "


_BARE_TABLE = _Table(_bare_character)


def bare(squashed: str) -> tuple[str, list[int]]:
    """Return letters and digits alone, and their positions in the squashed text.

    Characters that are easily confused are unified.

    >>> bare("müller.inv-7o42")[0], bare("rn")
    ('mu11er1nv7042', ('m', [0]))
    """
    even = squashed.translate(_BARE_TABLE)
    kept = [i for i, c in enumerate(even) if c != " "]
    text = even.replace(" ", "")
    for pair, one in PAIR_LOOKALIKES:
        if pair in text:
            seconds = {match.start() + 1 for match in re.finditer(pair, text)}
            kept = [position for i, position in enumerate(kept) if i not in seconds]
            text = text.replace(pair, one)
    return text, kept
