"""Texts with a form of their own, such as IBANs: found, checked, and written in one way.

Each format is checked by a library that knows it; postcodes, for which none is known, by their form. A number whose
check digits alone are wrong still has its form: a digit may be misread, which is for the checks of `checks` to report.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import time
from typing import NamedTuple
from urllib.parse import urlsplit

import email_validator
import phonenumbers
from stdnum import bic, get_cc_module, iban
from stdnum.eu import vat
from stdnum.exceptions import InvalidChecksum, ValidationError

from schemas.fields import TextFormat
from schemas.normalise import countries, currencies, ibans
from schemas.normalise.characters import plain_text

EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
WEBSITE = re.compile(
    r"(?<![@\w.])(?:https?://)?(?:www\.[\w-]+(?:\.[\w-]+)+|[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:com|org|net|io|eu|de|fr|es|it|nl|be|at|ch|pl|pt|uk|us|biz|info)(?![\w@]))(?:/\S*)?",
    re.IGNORECASE,
)
_URL = re.compile(rf"(?<![@\w.])https?://[^\s<>\"]+|{WEBSITE.pattern}", re.IGNORECASE)
PHONE = re.compile(
    r"(?<![\w.,/-])(?:\+|\(|0|1-)[\d(][\d\s()./-]{5,18}\d(?![\w])|(?<![\w.,/-])\d{3}[-.\s]\d{3}[-.\s]\d{4}(?!\w)"
)
TIME = re.compile(r"(?<![\d:])(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)?(?:\s?[AaPp]\.?[Mm]\.?)?(?![\d:])")
BIC = re.compile(r"(?<![A-Z0-9])[A-Z]{4}\s?[A-Z]{2}\s?[A-Z0-9]{2}(?:\s?[A-Z0-9]{3})?(?![A-Za-z0-9])")
_VAT = re.compile(r"(?<![A-Za-z0-9])[A-Z]{0,3}[\s-]?[A-Z0-9](?:[\s./-]?[A-Z0-9]){5,14}(?![A-Za-z0-9])")
_POSTCODE = re.compile(
    r"""(?:[A-Z]{1,2}-)?(?:\d{3,7}|\d{3}\ \d{2,3}|\d{2}[ -]\d{3}|\d{3}-\d{3,4}|\d{4}-\d{3}|\d{5}-\d{3,4}
    |\d{4}\ ?[A-Z]{2}                                                  # Utrecht
    |[A-Z]{1,2}\d[A-Z\d]?\ ?\d[A-Z]{2}                                # London
    |[A-Z]\d[A-Z]\ ?\d[A-Z]\d                                         # Ottawa
    |[A-Z]\d[\dW]\ ?[A-Z\d]{4})                                       # Dublin
    """,
    re.VERBOSE,
)
"""The forms of postcodes: https://en.wikipedia.org/wiki/List_of_postal_codes."""
_WORDS = re.compile(r"[^\s,;|()]+(?: [^\s,;|()]+)*")
_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)?")
MAX_COUNTRY_WORDS = 5
"""Maximum words of a country's name."""
MIN_PHONE_DIGITS, MAX_PHONE_DIGITS = 6, 15
"""Digits of a telephone number without its country; an international one is checked by its country's rules."""
_PREFIXES_OF_VAT = {"EL": "gr", "XI": "gb", "CHE": "ch"}
"""Prefixes of VAT numbers that are not the country's code."""
_OTHER_VAT = ("pl", "nl", "no", "in", "es", "fr", "it", "au", "ch")
"""Countries whose numbers are printed without a prefix, too."""


class FormattedText(NamedTuple):
    """A text in its format at `text[start:end]`, and its value as programs write it."""

    start: int
    end: int
    value: str


def read(form: TextFormat, text: str) -> str | None:
    """Return the value of a text as programs write it, or None if it does not have the format.

    IBANs, BICs and VAT numbers lose their spaces, countries become ISO 3166 codes, currencies ISO 4217 codes, and times
    ISO 8601; other values stay as they are printed.

    >>> read(TextFormat.IBAN, "DE89 3704 0044 0532 0130 00"), read(TextFormat.BIC, "IBAN GB82")
    ('DE89370400440532013000', None)
    >>> read(TextFormat.COUNTRY, "Schweiz"), read(TextFormat.TIME, "2:05 pm"), read(TextFormat.PHONE, "total")
    ('CH', '14:05', None)
    """
    return _READERS[form](" ".join(plain_text(text).split()))


def find(form: TextFormat, text: str) -> Iterator[FormattedText]:
    """Yield the values of a format within a longer text, from left to right."""
    plain = plain_text(text)
    if form is TextFormat.COUNTRY:
        yield from _countries_in(plain)
        return
    for match in _PATTERNS[form].finditer(plain):
        pieces = match[0].split(" ")
        for count in range(len(pieces), 0, -1):  # the last group may be the next word
            written = " ".join(pieces[:count]).rstrip(".,;")
            if value := read(form, written):
                yield FormattedText(match.start(), match.start() + len(written), value)
                break


def narrowed(form: TextFormat, text: str) -> tuple[str, str] | None:
    """Return a text that has a format, and its value; or the only part of the text that has it.

    None if no part has the format, or several have.

    >>> narrowed(TextFormat.EMAIL, "E-mail: a@b.example"), narrowed(TextFormat.EMAIL, "Main Street")
    (('a@b.example', 'a@b.example'), None)
    """
    if value := read(form, text):
        return text, value
    found = list(find(form, text))
    if len({part.value for part in found}) != 1:
        return None
    return text[found[0].start : found[0].end], found[0].value


def _iban(text: str) -> str | None:
    compact = iban.compact(text)
    if not ibans.has_form(compact):
        return None
    try:
        return compact if iban.is_valid(compact[:2] + iban.calc_check_digits(compact) + compact[4:]) else None
    except ValidationError:
        return None


def _bic(text: str) -> str | None:
    is_label = text.startswith("IBAN ")  # `IBAN GB82` has the form of a BIC
    return bic.compact(text) if text.isupper() and bic.is_valid(text) and not is_label else None


def _vat_id(text: str) -> str | None:
    compact = re.sub(r"[\W_]", "", text).upper()
    if not any(map(str.isdigit, compact)):
        return None
    prefix = next((p for p in (compact[:3], compact[:2]) if p in _PREFIXES_OF_VAT), compact[:2])
    if prefix.isalpha():
        country = _PREFIXES_OF_VAT.get(prefix, prefix.lower())
        if _has_form_of_vat(country, compact) or (prefix == "EU" and vat.is_valid(compact)):
            return compact
    return compact if any(_is_valid_vat(country, compact) for country in _OTHER_VAT) else None


def _has_form_of_vat(country: str, number: str) -> bool:
    module = get_cc_module(country, "vat")
    try:
        return bool(module and module.validate(number))
    except InvalidChecksum:
        return True
    except ValidationError:
        return False


def _is_valid_vat(country: str, number: str) -> bool:
    module = get_cc_module(country, "vat")
    return bool(module and module.is_valid(number))


def _email(text: str) -> str | None:
    try:
        email_validator.validate_email(text, check_deliverability=False)
    except email_validator.EmailNotValidError:
        return None
    return text


def _phone(text: str) -> str | None:
    digits = sum(map(str.isdecimal, text))
    if re.search(r"[^\d\s()./+–-]", text) or not MIN_PHONE_DIGITS <= digits <= MAX_PHONE_DIGITS:
        return None
    if not text.startswith(("+", "00")):
        return text
    try:
        number = phonenumbers.parse("+" + text.lstrip("+0").replace("(0)", ""), None)
    except phonenumbers.NumberParseException:
        return None
    return text if phonenumbers.is_possible_number(number) else None


def _url(text: str) -> str | None:
    host = urlsplit(text if "://" in text else f"//{text}").hostname or ""
    known = re.fullmatch(r"(?:[\w-]+\.)+[^\W\d_]{2,}", host) is not None
    return text if known and " " not in text and "@" not in text else None


def _time(text: str) -> str | None:
    match = re.fullmatch(r"(\d{1,2})[:.h](\d{2})(?:[:.](\d{2}))?(?:\s?([AaPp])\.?[Mm]\.?|\s?(?:h|Uhr))?", text)
    if match is None:
        return None
    hour, minute, second, half = match.groups()
    at = int(hour) % 12 + 12 * (half in "Pp") if half else int(hour)
    try:
        read_time = time(at, int(minute), int(second or 0))
    except ValueError:
        return None
    return read_time.isoformat("seconds" if second else "minutes")


def _postcode(text: str) -> str | None:
    return text if _POSTCODE.fullmatch(text) else None


def _countries_in(text: str) -> Iterator[FormattedText]:
    for part in _WORDS.finditer(text):
        words = list(re.finditer(r"\S+", part[0]))
        at = 0
        while at < len(words):
            count = min(MAX_COUNTRY_WORDS, len(words) - at)
            while count:
                start, end = words[at].start(), words[at + count - 1].end()
                code = countries.code_of(part[0][start:end])
                if code and (end - start > 3 or count == len(words)):  # `IN` and `US` are words, too
                    yield FormattedText(part.start() + start, part.start() + end, code)
                    break
                count -= 1
            at += max(1, count)


_READERS: dict[TextFormat, Callable[[str], str | None]] = {
    TextFormat.IBAN: _iban,
    TextFormat.BIC: _bic,
    TextFormat.VAT_ID: _vat_id,
    TextFormat.EMAIL: _email,
    TextFormat.PHONE: _phone,
    TextFormat.URL: _url,
    TextFormat.CURRENCY: currencies.parse,
    TextFormat.COUNTRY: countries.code_of,
    TextFormat.TIME: _time,
    TextFormat.POSTCODE: _postcode,
}
_PATTERNS: dict[TextFormat, re.Pattern[str]] = {
    TextFormat.IBAN: ibans.PRINTED_LOOSELY,
    TextFormat.BIC: BIC,
    TextFormat.VAT_ID: _VAT,
    TextFormat.EMAIL: EMAIL,
    TextFormat.PHONE: PHONE,
    TextFormat.URL: _URL,
    TextFormat.CURRENCY: currencies.pattern(),
    TextFormat.TIME: TIME,
    TextFormat.POSTCODE: re.compile(r"(?<![^\W_])(?=[^\W_]*\d)[A-Z0-9]{2,8}(?:[ -][A-Z0-9]{2,4})?(?![^\W_])"),
}
