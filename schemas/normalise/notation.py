"""The conventions of one document, from its own text and the caller's locale."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache, cached_property

from babel import Locale, UnknownLocaleError
from babel.core import get_global

from schemas.normalise import currencies, dates, numbers
from schemas.normalise.characters import LINE_BREAK, fold_text
from schemas.normalise.dates import DateHints

MIN_LANGUAGE_LETTERS = 60
"""The language of a text with fewer letters is a guess: names of people and firms outweigh its other words."""
MAX_LANGUAGE_CHARACTERS = 4_000
"""Characters that the language is identified from; more do not change it and take longer."""

_JAPANESE = re.compile("[\u3041-\u3096\u30a1-\u30fa]|円|消費税|税込|株式会社|㈱|令和|平成|御中")
"""Kana, or words of Japanese invoices in characters that Chinese has too."""
_SCRIPTS = (
    ("ja", _JAPANESE), ("ko", re.compile("[\uac00-\ud7a3]")), ("zh", re.compile("[\u4e00-\u9fff]")),
    ("th", re.compile("[\u0e01-\u0e2e]")), ("el", re.compile("[\u03b1-\u03c9]{3}")),
    ("he", re.compile("[\u05d0-\u05ea]{2}")),
)  # fmt: skip
"""Scripts that are written in one language, in the order in which they decide."""
_AMERICAN_ADDRESS = re.compile(r"\b[A-Z]{2}\.?,? \d{5}(?:-\d{4})?\b")
"""A state and its ZIP code: `Xenia, OH 45385`."""
_AMERICAN_PLACES = frozenset(
    {
        *("AL", "AK", "AZ", "AR", "CA", "CO", "CT", "DE", "FL", "GA", "HI", "ID", "IL", "IN", "IA", "KS", "KY", "LA"),
        *("ME", "MD", "MA", "MI", "MN", "MS", "MO", "MT", "NE", "NV", "NH", "NJ", "NM", "NY", "NC", "ND", "OH", "OK"),
        *("OR", "PA", "RI", "SC", "SD", "TN", "TX", "UT", "VT", "VA", "WA", "WV", "WI", "WY", "DC", "PR"),
    }
)
_DAY_FIRST_SIGNS = re.compile(r"\b(?:GST|VAT|ABN|RM|S\$|A\$|R\$|EUR)\b|€|£|\d,\d\d\b")
"""Signs of a country that writes the day first: its taxes and currencies, and decimal commas."""


class Notation:
    """A document's way of writing values; each fact is computed when it is first needed."""

    def __init__(self, texts: Sequence[str], locale: str | None = None) -> None:
        """Keep the text and the locale; each fact is computed when it is first needed.

        Args:
            texts: the text of the document, in any pieces.
            locale: a BCP 47 tag that Babel knows; it decides where the text does not.
        """
        self._texts = texts
        self._locale = Locale.parse(locale.replace("-", "_")) if locale else None

    @cached_property
    def printed_decimal_mark(self) -> str | None:
        """The mark before the cents of most amounts.

        None if no cents are printed, or both marks come before them equally often.
        """
        return numbers.decimal_mark(list(self._texts))

    @cached_property
    def decimal_mark(self) -> str | None:
        """The mark before the cents of most amounts, else the locale's; None if neither is known."""
        locale = str(self._locale) if self._locale else None
        return self.printed_decimal_mark or numbers.decimal_mark_of(locale)

    @cached_property
    def day_first(self) -> bool | None:
        """True if dates in digits have the day before the month; None if nothing says so.

        The document's unambiguous dates decide, then the locale, then the country that currencies, taxes and addresses
        name, then the language.
        """
        settled = dates.settled_day_first(list(self._texts))
        if settled is not None:
            return settled
        if self._locale:
            return dates.day_first_in(self._locale)
        if _DAY_FIRST_SIGNS.search(self._text):
            return True
        if "$" in self._text or "USD" in self._text or self._has_american_address:
            return False
        if self.territory:
            return _of_territory(self.territory)
        language = self._language
        return None if language in {None, "en"} else dates.day_first_in(Locale.parse(str(language)))

    @cached_property
    def date_hints(self) -> DateHints:
        """Facts that single dates need to be read; the language is not identified for them."""
        return DateHints(self._written_languages, self.is_japanese)

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """ISO 639 codes of the document's language, the likeliest first.

        The text is identified if nothing else gives the language.
        """
        return self._sure_languages or ((self._language,) if self._language else ())

    @cached_property
    def is_japanese(self) -> bool:
        """True if the document is Japanese, by its script or locale."""
        return "ja" in self._written_languages

    @cached_property
    def yen(self) -> bool | None:
        """True if amounts are yen, so that `88,000-` is positive; None if each one's sign decides."""
        if self.is_japanese or "円" in self._text or re.search(r"\bJPY\b", self._text):
            return True
        return False if "zh" in self._written_languages else None

    @cached_property
    def territory(self) -> str | None:
        """ISO 3166-1 code of the country that the locale, a currency or an address names, or None."""
        if self._locale and self._locale.territory:
            return str(self._locale.territory)
        return self._territory_of_currency or self._named_territory

    @cached_property
    def currencies(self) -> tuple[str, ...]:
        """ISO 4217 codes of the printed codes and unshared signs, the most frequent first."""
        found = Counter(
            code
            for match in currencies.pattern().finditer(self._text)
            if not currencies.is_shared(match[0]) and (code := currencies.parse(match[0]))
        )
        found.update(match[1] for match in currencies.codes_next_to_amounts(self._text))
        return tuple(code for code, _ in found.most_common())

    def currency(self, written: str) -> str | None:
        """Return the ISO 4217 code of a sign, word or code on this document, or None.

        Signs that several currencies share mean the one that is also printed as a code, else the country's.

        >>> Notation(["Total ¥ 88.00", "发票"]).currency("¥"), Notation(["Pris 88 kr"], "da-DK").currency("kr")
        ('CNY', 'DKK')
        """
        shared = currencies.sharing(written)
        if not shared:
            return currencies.code_of(written)
        printed = next((code for code in self.currencies if code in shared), None)
        return printed or self._local_currency(shared) or shared[0]

    def _local_currency(self, shared: Sequence[str]) -> str | None:
        """Return the one of some currencies that is used in the document's country, or None.

        Without a country, that of the language counts.
        """
        territories = [self.territory] if self.territory else [_home_of(language) for language in self.languages]
        local = {code for territory in territories if territory for code in currencies.of_territory(territory)}
        return next((code for code in shared if code in local), None)

    @cached_property
    def _text(self) -> str:
        return LINE_BREAK.join(self._texts)

    @cached_property
    def _has_american_address(self) -> bool:
        return any(match[0][:2] in _AMERICAN_PLACES for match in _AMERICAN_ADDRESS.finditer(self._text))

    @cached_property
    def _territory_of_currency(self) -> str | None:
        countries = [country for code in self.currencies if (country := currencies.only_territory(code))]
        return countries[0] if countries and len(set(countries)) == 1 else None

    @cached_property
    def _named_territory(self) -> str | None:
        """The country that a line, or the end of a line after a comma, consists of."""
        names = _territories()
        for line in re.split(rf"[{LINE_BREAK}\n]", self._text):
            if code := names.get(fold_text(line.rpartition(",")[2]).strip(" .")):
                return code
        return None

    @cached_property
    def _sure_languages(self) -> tuple[str, ...]:
        """The languages that follow from locale, script or currency, without reading words."""
        if self._written_languages:
            return self._written_languages
        country = self._territory_of_currency
        spoken = str(Locale.parse(f"und_{country}").language) if country else "en"
        return (spoken,) if spoken != "en" else ()

    @cached_property
    def _written_languages(self) -> tuple[str, ...]:
        """The language of the locale or of the script, which are quickly known."""
        if self._locale:
            return (str(self._locale.language),)
        if not self._text.isascii():
            folded = fold_text(self._text) if re.search("[\u0370-\u03ff]", self._text) else self._text
            for language, script in _SCRIPTS:
                if script.search(folded):
                    return (language,)
        return ()

    @cached_property
    def _language(self) -> str | None:
        """The language of the text, as the identifier says; None for a short text."""
        if self._sure_languages:
            return self._sure_languages[0]
        sample = self._text.replace(LINE_BREAK, "\n")[:MAX_LANGUAGE_CHARACTERS]
        if sum(map(str.isalpha, sample)) < MIN_LANGUAGE_LETTERS:
            return None
        import py3langid  # noqa: PLC0415 - its model takes half a second and 100 MB, and few documents need it

        return str(py3langid.classify(sample)[0])


@cache
def _of_territory(territory: str) -> bool | None:
    try:
        return dates.day_first_in(Locale.parse(f"und_{territory}"))
    except (UnknownLocaleError, ValueError):
        return None


@cache
def _home_of(language: str) -> str | None:
    """Return the country where a language is mostly spoken, by the CLDR's likely subtags."""
    likely = get_global("likely_subtags").get(language)
    return likely.rpartition("_")[2] if likely else None


@cache
def _territories() -> dict[str, str]:
    """Map the folded English names of countries to ISO 3166-1 codes."""
    names = Locale.parse("en").territories
    return {fold_text(name): code for code, name in names.items() if len(code) == 2 and code.isalpha()}
