"""Currencies: ISO 4217 codes and the symbols and words for them, from the CLDR (Babel)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache

from babel import Locale
from babel.core import get_global
from babel.numbers import list_currencies

from schemas.normalise.characters import plain_text

LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt", "pl", "sv", "da", "nb", "cs", "zh", "ja", "ms", "hi")
"""Languages whose symbols are known: those of the documents that users send most."""

_PRINTED = {
    "euro": "EUR", "euros": "EUR", "$": "USD", "us$": "USD", "sfr": "CHF", "rs": "INR", "円": "JPY", "rmb": "CNY",
    "¥": "JPY", "dh": "MAD", "dhs": "MAD", "lei": "RON", "rm": "MYR", "zł": "PLN", "kč": "CZK", "r$": "BRL",
    "€": "EUR", "£": "GBP", "₹": "INR", "₺": "TRY", "₩": "KRW", "₫": "VND", "฿": "THB", "₽": "RUB", "₴": "UAH",
    "₪": "ILS", "₱": "PHP", "₦": "NGN", "₸": "KZT", "₾": "GEL", "₡": "CRC", "₲": "PYG", "₵": "GHS", "₼": "AZN",
    "₭": "LAK", "₮": "MNT", "៛": "KHR", "৳": "BDT", "ر.س": "SAR", "﷼": "SAR", "د.إ": "AED", "د.ك": "KWD",
    "د.ب": "BHD", "ر.ق": "QAR", "ر.ع": "OMR", "د.أ": "JOD", "ج.م": "EGP", "د.م": "MAD", "د.ت": "TND", "د.ج": "DZD",
    "د.ع": "IQD", "s$": "SGD", "a$": "AUD", "au$": "AUD", "c$": "CAD", "ca$": "CAD", "nz$": "NZD", "hk$": "HKD",
    "nt$": "TWD", "mx$": "MXN",
}  # fmt: skip
"""Signs and words printed next to amounts, in lower case; of the currencies that share one the most frequent."""
_ALONE = {
    "kr": "SEK", "fr": "CHF", "ft": "HUF", "лв": "BGN", "грн": "UAH", "руб": "RUB", "元": "CNY", "원": "KRW",
    "yen": "JPY", "yuan": "CNY", "kr.": "DKK", "dollar": "USD", "dollars": "USD", "us dollar": "USD",
    "us dollars": "USD", "pound": "GBP", "pounds": "GBP", "pounds sterling": "GBP", "sterling": "GBP",
    "rupees": "INR", "din": "RSD", "дин": "RSD", "ден": "MKD", "r": "ZAR", "đ": "VND", "₨": "INR", "人民币": "CNY",
    "人民幣": "CNY", "日本円": "JPY", "тг": "KZT", "тенге": "KZT", "s/": "PEN", "q": "GTQ", "bs": "BOB",
    "forint": "HUF",
    "kuna": "HRK", "swiss franc": "CHF", "swiss francs": "CHF", "franken": "CHF", "schweizer franken": "CHF",
    "zloty": "PLN", "złoty": "PLN", "złotych": "PLN", "ευρω": "EUR", "ευρώ": "EUR", "ريال سعودي": "SAR",
    "ريال": "SAR", "درهم": "AED",
}  # fmt: skip
"""Signs and words that mean a currency only where one is asked for: elsewhere `Ft` are feet and `R` is a letter."""
_SHARED = {
    "$": "USD CAD AUD NZD SGD HKD TWD MXN ARS CLP COP UYU BSD BBD BZD BMD BND FJD GYD JMD KYD LRD NAD SBD SRD TTD XCD",
    "¥": "JPY CNY", "元": "CNY TWD HKD", "kr": "SEK NOK DKK ISK", "kr.": "DKK SEK NOK ISK",
    "rs": "INR PKR LKR NPR MUR SCR", "₨": "INR PKR LKR NPR MUR SCR", "£": "GBP EGP LBP SYP FKP GIP SHP SSP",
    "dh": "MAD AED", "dhs": "AED MAD", "lei": "RON MDL", "fr": "CHF XOF XAF XPF", "﷼": "SAR IRR OMR QAR YER",
    "ريال": "SAR QAR OMR YER", "درهم": "AED MAD", "r": "ZAR NAD", "dollar": "USD CAD AUD NZD SGD HKD",
    "dollars": "USD CAD AUD NZD SGD HKD", "bs": "BOB VES", "rupees": "INR PKR LKR NPR MUR SCR", "din": "RSD DZD",
    "pounds": "GBP EGP", "pound": "GBP EGP",
}  # fmt: skip
"""Signs and words -> the currencies that they mean, the most frequent first."""
_PRINTED_CODES = (
    *("EUR", "USD", "GBP", "CHF", "MYR", "INR", "JPY", "PLN", "SEK", "NOK", "DKK", "BRL", "CAD", "AUD", "CNY", "CZK"),
    *("HUF", "MAD", "SGD", "HKD", "NZD", "ZAR", "MXN", "AED", "TRY", "COP", "ARS", "RON"),
)
"""Codes that are looked for within texts; many of the other codes are words of some language (`ALL`, `TOP`)."""
SIGNS = "$€£¥₹₩₫฿₽₴₪₱₦₺"
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


def is_active(text: str) -> bool:
    """Return whether a text is the code, in capitals, of a currency that is in use today."""
    return text in _active()


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
def _active() -> frozenset[str]:
    """Return the codes that are legal tender somewhere today."""
    histories = get_global("territory_currencies").values()
    return (
        frozenset(code for history in histories for code, _, end, tender in history if end is None and tender)
        & _codes()
    )


@cache
def of_territory(territory: str) -> tuple[str, ...]:
    """Return the currencies that are legal tender in a country today.

    >>> of_territory("DK"), of_territory("HR")
    (('DKK',), ('EUR',))
    """
    history = get_global("territory_currencies").get(territory, ())
    return tuple(code for code, _, end, tender in history if end is None and tender)


@cache
def only_territory(code: str) -> str | None:
    """Return the country whose currency this is, or None if several have it.

    >>> only_territory("SEK"), only_territory("EUR")
    ('SE', None)
    """
    found = [territory for territory in get_global("territory_currencies") if code in of_territory(territory)]
    return found[0] if len(found) == 1 else None


def sharing(text: str) -> tuple[str, ...]:
    """Return the currencies that share a sign or word; none if it means a single one.

    >>> sharing("¥"), sharing("€")
    (('JPY', 'CNY'), ())
    """
    return tuple(_SHARED.get(_stripped(text), "").split())


def is_shared(text: str) -> bool:
    """Return whether several currencies share a sign or word."""
    return _stripped(text) in _SHARED


def code_of(text: str) -> str | None:
    """Return the ISO 4217 code of a text that is known to state a currency, or None.

    >>> code_of("Ft"), code_of("sar"), code_of("Swiss francs"), code_of("items")
    ('HUF', 'SAR', 'CHF', None)
    """
    stripped = _stripped(text)
    if stripped.upper() in _active():
        return stripped.upper()
    return parse(text) or _ALONE.get(stripped) or _ALONE.get(stripped.rstrip("."))


def _stripped(text: str) -> str:
    text = " ".join(plain_text(text).split())
    whole = text.strip(" ()[]:,").casefold()
    return whole if whole in _ALONE else whole.strip(".")


_CODE = re.compile(r"(?<![A-Za-z])([A-Z]{3})(?![A-Za-z])")
_AMOUNT_AFTER = re.compile(r"\s?-?\d[\d.,' ]{0,20}[.,]\d{2,3}(?!\d)")
_AMOUNT_BEFORE = re.compile(r"\d[.,]\d{2,3}(?:-|,-)?\s?$")
_AMOUNT_END_CHARACTERS = 8
"""Characters that `_AMOUNT_BEFORE` looks at."""
_WORDS = frozenset({"ALL", "TOP", "PEN", "CUP", "MOP", "GEL", "TRY", "SOS", "COP", "MAD", "BAM", "RON", "LAK"})
"""Codes that are words of English too, or first names; in parentheses they may be anything."""


def codes_next_to_amounts(text: str) -> Iterator[re.Match[str]]:
    """Yield a match for each code in capitals next to an amount with decimals.

    The code is group 1.

    Every code of a currency in use today counts here, also those that are words: `ALL 500.00`. A code in parentheses
    counts as next to the amounts that its label or column announces: `Total due (SAR)`.
    """
    for match in _CODE.finditer(text):
        code, (start, end) = match[1], match.span()
        if code not in _active():
            continue
        in_parentheses = text[start - 1 : start] == "(" and text[end : end + 1] == ")" and code not in _WORDS
        before = text[max(0, start - _AMOUNT_END_CHARACTERS) : start]
        if in_parentheses or _AMOUNT_BEFORE.search(before) or _AMOUNT_AFTER.match(text, end):
            yield match


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
    (('EUR', 'euros', 'euro', '\u03b5\u03c5\u03c1\u03c9', '\u03b5\u03c5\u03c1\u03ce', '\u20ac'), '$')
    """
    symbols = {Locale.parse(language).currency_symbols.get(code, code).strip("\u200e") for language in LANGUAGES}
    signs = {character for symbol in symbols for character in symbol if not character.isalnum() and character > " "}
    words = {word for word, found in (_PRINTED | _ALONE).items() if found == code}
    words |= {word for word, found in _SHARED.items() if code in found.split()}
    known = {form.casefold() for form in (code, *symbols, *signs)}
    forms = symbols | signs | {word for word in words if word not in known}
    return (code, *sorted(forms - {code}, key=lambda s: (-len(s), s)))
