"""Names of countries and their ISO 3166 codes, from the CLDR (Babel)."""

from __future__ import annotations

from functools import cache

from babel import Locale
from babel.core import get_global

from schemas.normalise.characters import fold_text

LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt", "pl", "cs", "da", "fi", "nb", "sv")
"""Languages whose names of countries are known; where two share a name, the first language's meaning counts."""
_ALSO = {
    "usa": "US", "u.s.a": "US", "us": "US", "u.s": "US", "united states of america": "US", "uk": "GB", "u.k": "GB",
    "england": "GB", "scotland": "GB", "wales": "GB", "great britain": "GB", "uae": "AE", "holland": "NL",
    "brd": "DE", "prc": "CN", "schweiz": "CH", "tschechien": "CZ",
}  # fmt: skip
"""Names that people write and the CLDR does not have."""


def code_of(text: str) -> str | None:
    """Return the ISO 3166-1 alpha-2 code of a country's name or code, or None.

    A code counts only in capitals.

    >>> code_of("Deutschland"), code_of("FRA"), code_of("U.K."), code_of("it"), code_of("Berlin")
    ('DE', 'FR', 'GB', None, None)
    """
    bare = text.strip(" .,()")
    if bare.isupper() and bare in _codes():
        return _codes()[bare]
    return _names().get(_folded(bare))


def is_name(text: str) -> bool:
    """Return whether a text is nothing but the name of a country.

    A code is none: `CA` may be a state's.
    """
    return _folded(text) in _names()


def _folded(text: str) -> str:
    return fold_text(text).strip(" .,()")


@cache
def _codes() -> dict[str, str]:
    """Return alpha-2 and alpha-3 codes -> alpha-2 codes."""
    two = {code: code for code in map(str, Locale("en").territories) if len(code) == 2 and code.isalpha()}
    aliases = {str(code): found for code, found in get_global("territory_aliases").items()}
    three = {code: found[0] for code, found in aliases.items() if len(code) == 3 and code.isalpha() and len(found) == 1}
    return two | {code: meant for code, meant in three.items() if meant in two}


@cache
def _names() -> dict[str, str]:
    """Return folded names -> codes."""
    names = dict(_ALSO)
    for language in LANGUAGES:
        for code, name in Locale(language).territories.items():
            if str(code) in _codes():
                names.setdefault(_folded(name), str(code))
    return names
