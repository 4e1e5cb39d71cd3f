"""Build the table of month names of every language from the CLDR (Babel).

`python -m training.month_names` writes `schemas/normalise/month_names.json`. The table ships, because reading it takes
a thousandth of the time that Babel needs to load all of its locales.
"""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import py3langid
from babel import Locale, localedata
from babel.dates import get_month_names

from schemas.normalise import month_names
from schemas.normalise.characters import fold_text

COMMON_LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt", "pl", "sv", "da", "nb", "cs")
"""Languages of the documents that users send most; only their names are looked for in damaged text."""
RARE_SHARE = 20
"""Times more languages in which a meaning must have the name to be the only one: `jan` is also June in Sesotho."""
_CONTEXTS = ("format", "stand-alone")
_WIDTHS = ("wide", "abbreviated")
_NOT_IN_CLDR = {"sept": 9, "mrz": 3, "maerz": 3, "fev": 2, "okt": 10, "dez": 12}
"""Abbreviations that are common although the CLDR lacks them."""
_CASES = {"kuu": ("kuun", "kuussa")}
"""Endings of names -> further endings that dates have: Finnish `maaliskuun 5. päivänä`."""
PATH = Path(month_names.__file__).with_suffix(".json")
"""The file that ships."""


def build() -> dict[str, Any]:
    """Return the table: the common names, all other names, and the names of several months.

    A name that means another month in a language that no language identifier knows keeps its well-known meaning: `mar`
    is March, although it is May in Teso.
    """
    languages_of: dict[str, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    for identifier in localedata.locale_identifiers():
        locale = Locale.parse(identifier)
        for key, number in _names(locale):
            languages_of[key][number].add(locale.language)
    common: dict[str, int] = {}
    for language in COMMON_LANGUAGES:
        for name, number in _printed_names(Locale.parse(language)):
            folded = fold_text(name).strip(".")
            if len(folded) >= month_names.MIN_LATIN_LETTERS and folded.isalpha():
                common.setdefault(folded, number)
    common |= _NOT_IN_CLDR
    known = {language for language, _ in py3langid.rank("")}
    others: dict[int, list[str]] = defaultdict(list)
    ambiguous: dict[str, dict[str, str]] = {}
    for key, meanings in sorted(languages_of.items()):
        likely = {n: found & known for n, found in meanings.items() if found & known} or meanings
        most = max(map(len, likely.values()))
        likely = {n: found for n, found in likely.items() if len(found) * RARE_SHARE > most}
        if len(likely) > 1:
            ambiguous[key] = {str(n): " ".join(sorted(found)) for n, found in sorted(likely.items())}
        elif key not in common:
            others[next(iter(likely))].append(key)
    return {
        "common": {str(n): "|".join(name for name, number in common.items() if number == n) for n in range(1, 13)},
        "others": {str(n): "|".join(others[n]) for n in range(1, 13)},
        "ambiguous": ambiguous,
    }


def _printed_names(locale: Locale) -> list[tuple[str, int]]:
    return [
        (str(name), number)
        for context in _CONTEXTS
        for width in _WIDTHS
        for number, name in get_month_names(width, context, locale).items()  # type: ignore[arg-type]
    ]


def _names(locale: Locale) -> list[tuple[str, int]]:
    """Return the keys of a locale's names; names with digits (`3月`) are dates of another form."""
    found = []
    for name, number in _printed_names(locale):
        names = [name]
        for ending, cases in _CASES.items():
            if name.endswith(ending):
                names += [name.removesuffix(ending) + case for case in cases]
        for key in map(month_names.key, names):
            is_latin = key[:1].isascii()
            long_enough = len(key) >= month_names.MIN_LATIN_LETTERS if is_latin else bool(key)
            if long_enough and not any(c.isdigit() for c in key):
                found.append((key, number))
    return found


if __name__ == "__main__":
    PATH.write_text(json.dumps(build(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
