"""Truth values: yes and no in several languages, and ticked boxes."""

from __future__ import annotations

from schemas.normalise.characters import fold_text, squash

_YES = (
    *("yes", "true", "ja", "oui", "si", "sì", "sí", "tak", "sim", "wahr", "vrai", "y", "ano", "áno", "igen", "kyllä"),
    *("evet", "jah", "jā", "taip", "ναι", "да", "так", "はい", "是", "예", "نعم", "כן"),
)
_NO = (
    *("no", "false", "nein", "non", "nee", "nie", "não", "falsch", "faux", "n", "nej", "nei", "ne", "nem", "ei"),
    *("hayır", "nē", "όχι", "нет", "ні", "いいえ", "否", "아니요", "لا", "לא"),
)
_TRUE = (*_YES, "x", "☑", "☒", "✓", "✔", "✗", "1")
_FALSE = (*_NO, "☐", "□", "0")
_MEANING = {squash(word): True for word in _TRUE} | {squash(word): False for word in _FALSE}
_WORDS = {squash(word): True for word in _YES} | {squash(word): False for word in _NO}
_NEGATIONS = frozenset(
    ("not", "dont", "never", "nicht", "kein", "keine", "keinen", "pas", "niet", "geen", "nao", "nie")
)
"""Folded words that turn a statement into its opposite; `no` is left out, which is also short for number."""
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
    """
    words = "".join(c if c.isalnum() or c.isspace() else "" for c in fold_text(text)).split()
    return not _NEGATIONS.isdisjoint(words)


def written_forms(value: bool) -> list[str]:
    """Return every word or mark with this meaning."""
    return list(_TRUE if value else _FALSE)
