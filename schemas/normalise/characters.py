"""Single characters: folding that keeps positions, and the characters that OCR takes for one another."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import cache

_PLAIN = {
    "\u00a0": " ", "\u2007": " ", "\u2009": " ", "\u202f": " ", "\t": " ", "\n": " ",
    "\u2018": "'", "\u2019": "'", "\u00b4": "'", "`": "'",
    "\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2014": "-", "\u2212": "-",
}  # fmt: skip
"""Spaces, apostrophes and dashes that mean the same in numbers and dates."""

DIGIT_LOOKALIKES = str.maketrans("oqdlizsbg|", "0001125861")
"""Folded letters -> the digit that OCR takes them for."""
PAIR_LOOKALIKES = (("rn", "m"), ("vv", "w"))
"""Folded pairs of letters -> the one letter that OCR takes them for."""


class _Table(dict[int, str]):
    """For `str.translate`: each character is worked out when it is first met."""

    def __init__(self, of: Callable[[str], str]) -> None:
        super().__init__()
        self._of = of

    def __missing__(self, code: int) -> str:
        self[code] = made = self._of(chr(code))
        return made


LINE_BREAK = "\x00"
"""Between two lines of a text in which dates and numbers are sought: no space, so nothing is found across it."""

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


_PLAIN_TABLE = _Table(plain)
_FOLD_TABLE = _Table(fold)


def plain_text(text: str) -> str:
    """Same length as `text`."""
    return text.translate(_PLAIN_TABLE)


def fold_text(text: str) -> str:
    """Same length as `text`."""
    return text.translate(_FOLD_TABLE)


@cache
def squash_character(character: str) -> str:
    """What a character contributes to a comparison: NFKC, case folded; '' for white space, 'fi' for a ligature."""
    if unicodedata.category(character) == "No":
        return character  # a superscript is no digit
    return "".join(unicodedata.normalize("NFKC", plain(character)).casefold().split())


_SQUASH_TABLE = _Table(squash_character)


def squash(text: str) -> str:
    """The form in which texts are compared: NFKC, case folded, dashes and quotes unified, no white space.

    >>> squash("Ｎo ﬁx – 12\u202f000")
    'nofix-12000'
    """
    return unicodedata.normalize("NFC", text).translate(_SQUASH_TABLE)


@cache
def _bare_character(character: str) -> str:
    folded = fold(character).translate(DIGIT_LOOKALIKES)
    return folded if folded.isalnum() else " "


_BARE_TABLE = _Table(_bare_character)


def bare(squashed: str) -> tuple[str, list[int]]:
    """Letters and digits alone, what OCR confuses made one; and the position of each in the squashed text.

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
