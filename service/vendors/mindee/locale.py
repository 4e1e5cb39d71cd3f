"""Currency, language and country of a document, as Mindee tells them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

import py3langid
from babel import Locale as BabelLocale
from stdnum import iban

from schemas.normalise.characters import fold_text

_LANGUAGES = (
    *("bg", "cs", "da", "de", "el", "en", "es", "et", "fi", "fr", "hr", "hu", "it", "ja", "ko", "lt", "lv", "nl"),
    *("no", "pl", "pt", "ro", "ru", "sk", "sl", "sv", "tr", "uk", "vi", "zh"),
)
"""In which invoices are expected: among all that the library knows, short texts of numbers fall to odd ones."""
_FEW_LETTERS = 20


class Locale(NamedTuple):
    """What is not known is None."""

    currency: str | None
    language: str | None
    country: str | None
    confidence: float

    def version_2(self) -> dict[str, Any]:
        return {"confidence": self.confidence, "currency": self.currency, "language": self.language}

    def version_4(self) -> dict[str, Any]:
        value = f"{self.language}-{self.country}" if self.language and self.country else self.language
        return {
            "confidence": self.confidence,
            "country": self.country,
            "currency": self.currency,
            "language": self.language,
            "value": value,
        }


def locale_of(data: dict[str, Any], pages: Sequence[dict[str, Any]]) -> Locale:
    """From the answer's own fields where the page names them, else from the language of its text and from the
    supplier's address and numbers.

    Args:
        data: of this API's own answer to the preset `invoice`.
        pages: of the same, with their text.
    """
    found: dict[str, Any] = next(iter(data["locale"]), {})
    named = {name: cell for name, cell in found.items() if cell["value"] is not None}
    text = "\n".join(page["text"] for page in pages)
    language = named["language"]["value"] if "language" in named else _language(text)
    country = named["country"]["value"] if "country" in named else _country(data, language)
    currency = named.get("currency")
    return Locale(
        currency["value"] if currency else None, language, country, currency["confidence"] if currency else 0.0
    )


def _language(text: str) -> str | None:
    if sum(c.isalpha() for c in text) < _FEW_LETTERS:
        return None
    ranked = py3langid.rank(text)
    return next((language for language, _ in ranked if language in _LANGUAGES), None)


def _country(data: dict[str, Any], language: str | None) -> str | None:
    """Of the supplier: its address names it, or its numbers begin with it."""
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
def _territories(language: str | None) -> dict[str, str]:
    """Folded names of countries in a language -> their ISO 3166-1 codes."""
    if language is None:
        return {}
    names = BabelLocale.parse(language).territories
    return {fold_text(name): code for code, name in names.items() if len(code) == 2 and code.isalpha()}
