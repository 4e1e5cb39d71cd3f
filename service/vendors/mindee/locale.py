"""Find the currency, language and country of a document, in Mindee's form."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

import py3langid
from babel import Locale as BabelLocale
from stdnum import iban

from schemas.normalise import currencies
from schemas.normalise.characters import fold_text

_LANGUAGES = (
    *("bg", "cs", "da", "de", "el", "en", "es", "et", "fi", "fr", "hr", "hu", "it", "ja", "ko", "lt", "lv", "nl"),
    *("no", "pl", "pt", "ro", "ru", "sk", "sl", "sv", "tr", "uk", "vi", "zh"),
)
"""Languages of invoices, ISO 639-1. Among all that the library knows, short texts of numbers get rare ones."""
_MIN_LETTERS = 20  # the language of a shorter text is a guess
_CURRENCIES = ("EUR", "USD", "GBP", "CHF", "JPY", "CNY", "INR", "CAD", "AUD", "SEK", "NOK", "DKK", "PLN", "CZK", "BRL")
"""A symbol that several currencies share means the first of them."""


class Locale(NamedTuple):
    """The locale of a document; None for what is not known."""

    currency: str | None
    """ISO 4217."""
    language: str | None
    """ISO 639-1."""
    country: str | None
    """ISO 3166-1 alpha-2, the country of the supplier."""
    confidence: float
    """The probability that the currency is right; 0 without one."""

    def version_2(self) -> dict[str, Any]:
        """Return the field `locale` of Mindee's version 2."""
        return {"confidence": self.confidence, "currency": self.currency, "language": self.language}

    def version_4(self) -> dict[str, Any]:
        """Return the field `locale` of Mindee's version 4."""
        value = f"{self.language}-{self.country}" if self.language and self.country else self.language
        return {
            "confidence": self.confidence,
            "country": self.country,
            "currency": self.currency,
            "language": self.language,
            "value": value,
        }


def locale_of(data: dict[str, Any], pages: Sequence[dict[str, Any]]) -> Locale:
    """Return the locale that the page names, or else the most likely one.

    Without a name, the language follows from the text and the country from the supplier's address and numbers.

    Args:
        data: the cells of this service's own answer for the preset `invoice`.
        pages: the pages of the same answer, with their text.
    """
    found: dict[str, Any] = next(iter(data["locale"]), {})
    named = {name: cell for name, cell in found.items() if cell["value"] is not None}
    text = "\n".join(page["text"] for page in pages)
    language = _language_named(named["language"]["value"]) if "language" in named else None
    language = language or _language(text)
    country = _country_named(named["country"]["value"], language) if "country" in named else None
    currency = _currency_named(named["currency"]["value"]) if "currency" in named else None
    confidence = named["currency"]["confidence"] if currency else 0.0
    return Locale(currency, language, country or _country(data, language), confidence)


def _language_named(written: str) -> str | None:
    """Return the ISO 639-1 code for `English`, `Deutsch` or `en-US`."""
    code = re.split(r"[-_ ]", written.strip().lower())[0]
    return code if code in _LANGUAGES else _language_names().get(fold_text(written))


def _country_named(written: str, language: str | None) -> str | None:
    """Return the ISO 3166-1 alpha-2 code for `Canada` or `CA`."""
    names = _territories(language) | _territories("en")
    code = written.strip().upper()
    return code if code in names.values() else names.get(fold_text(written))


def _currency_named(written: str) -> str | None:
    """Return the ISO 4217 code for `EUR` or `€`.

    For a shared symbol, it is the first in `_CURRENCIES`.
    """
    text = written.strip()
    if currencies.is_code(text.upper()):
        return text.upper()
    candidates = [code for code in _CURRENCIES if text in currencies.written_forms(code)]
    return candidates[0] if candidates else None


def _language(text: str) -> str | None:
    if sum(c.isalpha() for c in text) < _MIN_LETTERS:
        return None
    ranked = py3langid.rank(text)
    return next((language for language, _ in ranked if language in _LANGUAGES), None)


def _country(data: dict[str, Any], language: str | None) -> str | None:
    """Return the supplier's country, named by its address or by the prefix of its numbers."""
    address = data["supplier_address"]["value"]
    if address:
        names = _territories(language) | _territories("en")
        parts = [fold_text(part) for part in re.split(r"[,;.\n]", address)]
        written = [names[part] for part in parts if part in names]
        if written:
            return written[-1]
    codes = Counter[str]()
    for row in data["supplier_company_registrations"]:
        if found := re.match(r"([A-Z]{2})\s?[0-9A-Z]{5}", row["value"]["value"] or ""):
            codes["GR" if found[1] == "EL" else found[1]] += 1
    for row in data["supplier_payment_details"]:
        if row["iban"]["value"] and iban.is_valid(row["iban"]["value"]):
            codes[row["iban"]["value"][:2]] += 1
    known = set(_territories("en").values())
    return next((code for code, _ in codes.most_common() if code in known), None)


@cache
def _language_names() -> dict[str, str]:
    """Map the folded names of languages, English and native, to ISO 639-1 codes."""
    english = BabelLocale.parse("en").languages
    own = {fold_text(BabelLocale.parse(code).languages.get(code, code)): code for code in _LANGUAGES}
    return {fold_text(english[code]): code for code in _LANGUAGES if code in english} | own


@cache
def _territories(language: str | None) -> dict[str, str]:
    """Map the folded names of countries in a language to ISO 3166-1 alpha-2 codes."""
    if language is None:
        return {}
    names = BabelLocale.parse(language).territories
    return {fold_text(name): code for code, name in names.items() if len(code) == 2 and code.isalpha()}
