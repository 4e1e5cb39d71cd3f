"""Truth values: yes and no in several languages, and ticked boxes."""

from __future__ import annotations

import re

from schemas.marks import CHECKS, CROSSES, EMPTY_BOXES, TICKED_BOXES
from schemas.normalise.characters import fold_text, squash

_YES = (
    *("yes", "true", "ja", "oui", "si", "sì", "sí", "tak", "sim", "wahr", "vrai", "y", "ano", "áno", "igen", "kyllä"),
    *("evet", "jah", "jā", "taip", "ναι", "да", "так", "はい", "是", "예", "نعم", "כן"),
)
_NO = (
    *("no", "false", "nein", "non", "nee", "nie", "não", "falsch", "faux", "n", "nej", "nei", "ne", "nem", "ei"),
    *("hayır", "nē", "όχι", "нет", "ні", "いいえ", "否", "아니요", "لا", "לא"),
)
_TRUE = (*_YES, "x", *sorted(CHECKS | CROSSES | TICKED_BOXES), "1")
_FALSE = (*_NO, *sorted(EMPTY_BOXES), "0")
_MEANING = {squash(word): True for word in _TRUE} | {squash(word): False for word in _FALSE}
_WORDS = {squash(word): True for word in _YES} | {squash(word): False for word in _NO}
_NEGATIONS = frozenset(
    ("not", "dont", "never", "nicht", "kein", "keine", "keinen", "pas", "niet", "geen", "nao", "nie")
)
"""Folded words that turn a statement into its opposite, wherever they are."""
_NEGATED_START = re.compile(r"\W*(?:no|non|without|ohne|sans|sin|senza|sem|zonder)\s+(?!of\b)[^\W\d]")
"""Words that turn what follows into its opposite: `No allergies`, but not `No. of guests` nor `No 12`, a number."""
_NEGATED_INSIDE = re.compile(r"\bnon-[^\W\d]|\b(?:have|has|with|is|are)\s+no\s+[^\W\d]")
"""`non-` before a word, and a `no` after a verb, which is not short for number."""
_STOPS = ",;:.!(-"
"""Marks after which a remark may follow: `Yes, since 2020`."""


def parse(text: str) -> bool | None:
    """Return the truth value that a text states, or None."""
    return _MEANING.get(squash(text))


def answer(text: str) -> bool | None:
    """Return True for yes and False for no, None for other texts.

    The word may be in any of the languages, and a remark may follow it.

    >>> answer("Yes, since 2020"), answer("Nein"), answer("No smoking"), answer("x")
    (True, False, None, None)
    """
    first, _, rest = text.strip().replace("_", " ").strip().partition(" ")
    if rest.strip(" .…") and first[-1:] not in _STOPS and not rest.lstrip().startswith(tuple(_STOPS)):
        return None
    return _WORDS.get(squash(first.rstrip(_STOPS + ")]")))


def is_negated(text: str) -> bool:
    """Return whether a statement says that something is not so.

    >>> is_negated("I do not want the newsletter"), is_negated("I want the newsletter")
    (True, False)
    >>> is_negated("No allergies"), is_negated("No. of guests"), is_negated("Non-smoker")
    (True, False, True)
    """
    folded = fold_text(text).replace("_", " ")
    words = "".join(c if c.isalnum() or c.isspace() else "" for c in folded).split()
    return (
        not _NEGATIONS.isdisjoint(words)
        or _NEGATED_START.match(folded) is not None
        or _NEGATED_INSIDE.search(folded) is not None
    )


def written_forms(value: bool) -> list[str]:
    """Return every word or mark with this meaning."""
    return list(_TRUE if value else _FALSE)
