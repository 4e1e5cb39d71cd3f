"""Currencies: ISO 4217 codes and the symbols and words for them, from the CLDR (Babel)."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from babel import Locale
from babel.numbers import list_currencies

LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt", "pl", "sv", "da", "nb", "cs", "zh", "ja", "ms", "hi")
"""Languages whose symbols are known: those of the documents that users send most."""

_PRINTED = {
    "euro": "EUR", "euros": "EUR", "$": "USD", "us$": "USD", "sfr": "CHF", "rs": "INR", "円": "JPY", "rmb": "CNY",
    "¥": "JPY", "dh": "MAD", "dhs": "MAD", "lei": "RON", "rm": "MYR", "zł": "PLN", "kč": "CZK", "r$": "BRL",
    "€": "EUR", "£": "GBP", "₹": "INR", "₺": "TRY",
}  # fmt: skip
"""Signs and words printed next to amounts, in lower case; of the currencies that share one the most frequent."""
_PRINTED_CODES = (
    *("EUR", "USD", "GBP", "CHF", "MYR", "INR", "JPY", "PLN", "SEK", "NOK", "DKK", "BRL", "CAD", "AUD", "CNY", "CZK"),
    *("HUF", "MAD", "SGD", "HKD", "NZD", "ZAR", "MXN", "AED", "TRY", "COP", "ARS", "RON"),
)
"""Codes that are looked for within texts; many of the other codes are words of some language (`ALL`, `TOP`)."""
SIGNS = "$€£¥₹"
"""Signs that touch the digits of an amount."""


@cache
def _codes() -> frozenset[str]:
    return frozenset(list_currencies())


def is_code(text: str) -> bool:
    """Return whether a text is an ISO 4217 code in capitals.

    >>> is_code("EUR"), is_code("eur"), is_code("ABC")
    (True, False, False)
    """
    return text in _codes()


def is_sign(text: str) -> bool:
    """Return whether a text is one currency sign.

    >>> is_sign("€"), is_sign("EUR")
    (True, False)
    """
    return len(text) == 1 and unicodedata.category(text) == "Sc"


@cache
def printed() -> dict[str, str]:
    """Return the ISO 4217 code of each sign, word and code that is printed next to amounts.

    The keys are in lower case.
    """
    return {code.lower(): code for code in _PRINTED_CODES} | _PRINTED


def parse(text: str) -> str | None:
    """Return the ISO 4217 code that a sign, word or code stands for, or None.

    >>> parse("€"), parse("RM"), parse("items")
    ('EUR', 'MYR', None)
    """
    return printed().get(text.strip(" .()").casefold())


@cache
def pattern() -> re.Pattern[str]:
    """Return the expression that finds a currency within a text; letters may not touch it."""
    words = sorted((word for word in printed() if word.isalpha() and word.isascii()), key=len, reverse=True)
    signs = sorted((word for word in printed() if word not in words), key=len, reverse=True)
    before, after = r"(?<![^\W\d_])", r"(?![^\W\d_])"
    found = "|".join(re.escape(sign) for sign in signs)
    return re.compile(rf"{before}(?:{found}|(?:{'|'.join(words)}){after})", re.IGNORECASE)


@cache
def written_forms(code: str) -> tuple[str, ...]:
    """Return the ways to write a currency, its code first.

    Several currencies may share a symbol.

    >>> written_forms("EUR"), written_forms("AUD")[-1]
    (('EUR', '\u20ac'), '$')
    """
    symbols = {Locale.parse(language).currency_symbols.get(code, code).strip("\u200e") for language in LANGUAGES}
    signs = {character for symbol in symbols for character in symbol if not character.isalnum() and character > " "}
    return (code, *sorted((symbols | signs) - {code}, key=lambda s: (-len(s), s)))
