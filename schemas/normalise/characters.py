"""Single characters: folding that keeps positions, and the characters that OCR takes for one another."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

_PLAIN = {
    "\u00a0": " ", "\u2007": " ", "\u2009": " ", "\u202f": " ", "\t": " ", "\n": " ",
    "\u2018": "'", "\u2019": "'", "\u00b4": "'", "`": "'",
    "\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2014": "-", "\u2212": "-",
}  # fmt: skip
"""Spaces, apostrophes and dashes that mean the same in numbers and dates."""

DIGIT_LOOKALIKES = str.maketrans("oqdlizsbg|", "0001125861")
"""Folded letters -> the digit that OCR takes them for."""


_PRESENTATION = re.compile("[\ufb00-\ufb06\uff01-\uff5e\uffe0-\uffe6]")
"""Ligatures and full-width forms, which are how a character is drawn rather than which one it is."""


def ordinary(text: str) -> str:
    """Ligatures and full-width forms as ordinary letters, accents composed; everything else as it is.

    >>> ordinary("o\ufb03ce \uff11\uff12\uff0e\uff10\uff10\u00b2")
    'office 12.00\u00b2'
    """
    if text.isascii():
        return text
    return unicodedata.normalize("NFC", _PRESENTATION.sub(lambda m: unicodedata.normalize("NFKC", m[0]), text))


@cache
def plain(character: str) -> str:
    """One character for one: compatibility form (full-width digits), ASCII spaces, apostrophes and dashes."""
    if character in _PLAIN:
        return _PLAIN[character]
    if unicodedata.category(character) == "No":  # a footnote's superscript is no digit of the number before it
        return character
    normal = unicodedata.normalize("NFKC", character)
    return normal if len(normal) == 1 else character


@cache
def fold(character: str) -> str:
    """One character for one: plain, lower case, without its accent."""
    base = unicodedata.normalize("NFKD", plain(character))[:1].casefold()
    return base if len(base) == 1 else character


def plain_text(text: str) -> str:
    """Same length as `text`."""
    return "".join(map(plain, text))


def fold_text(text: str) -> str:
    """Same length as `text`."""
    return "".join(map(fold, text))


@cache
def squash_character(character: str) -> str:
    """What a character contributes to a comparison: NFKC, case folded; '' for white space, 'fi' for a ligature."""
    return "".join(unicodedata.normalize("NFKC", plain(character)).casefold().split())


def squash(text: str) -> str:
    """The form in which texts are compared: NFKC, case folded, dashes and quotes unified, no white space.

    >>> squash("Ｎo ﬁx – 12\u202f000")
    'nofix-12000'
    """
    return "".join(map(squash_character, unicodedata.normalize("NFC", text)))
