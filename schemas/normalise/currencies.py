"""Currencies: ISO 4217 codes and the symbols that stand for them, from the CLDR (Babel)."""

from __future__ import annotations

from functools import cache

from babel import Locale
from babel.numbers import list_currencies

LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt", "pl", "sv", "da", "nb", "cs", "zh", "ja", "ms", "hi")
"""Languages whose symbols are known; those of the documents that users send most."""


@cache
def _codes() -> frozenset[str]:
    return frozenset(list_currencies())


def is_code(text: str) -> bool:
    """Whether a text is an ISO 4217 code, in capitals.

    >>> is_code("EUR"), is_code("eur"), is_code("ABC")
    (True, False, False)
    """
    return text in _codes()


@cache
def written_forms(code: str) -> tuple[str, ...]:
    """How a currency may be written, its code first; one symbol may stand for several currencies.

    >>> written_forms("EUR"), written_forms("AUD")[-1]
    (('EUR', '\u20ac'), '$')
    """
    symbols = {Locale.parse(language).currency_symbols.get(code, code).strip("\u200e") for language in LANGUAGES}
    signs = {character for symbol in symbols for character in symbol if not character.isalnum() and character > " "}
    return (code, *sorted((symbols | signs) - {code}, key=lambda s: (-len(s), s)))
