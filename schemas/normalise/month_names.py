"""Month names of every language of the CLDR, from a table that `training.month_names` builds.

Names are compared without case, accents and points. Few mean different months in different languages: `listopad` is
October in Croatian and November in Polish.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, NamedTuple

from schemas.normalise.characters import fold_text

MIN_LATIN_LETTERS = 3
"""A shorter name in Latin letters is more often another word; in other scripts one letter can be a name."""
MAX_NAME_CHARACTERS = 40
"""Length of the longest text between a day and a year that may be a month; the longest name has 31 characters."""
MAX_NAME_WORDS = 8
"""Words of the longest name."""

_WORD = re.compile(r"[^\s.,/،()\-:;|'’·\u200b-\u200f]+")
"""A word of a name; marks between words do not matter."""
_BEFORE = frozenset(
    {
        *(
            "st",
            "nd",
            "rd",
            "th",
            "er",
            "re",
            "eme",
            "e",
            "a",
            "o",
            "º",
            "ª",
            "°",
            "de",
            "del",
            "della",
            "di",
            "d",
            "of",
            "den",
        ),
        *(
            "la",
            "ta",
            "p",
            "paivana",
            "go",
            "го",
            "е",
            "ое",
            "ko",
            "eko",
            "m",
            "ж",
            "թ",
            "წლის",
            "mh",
            "оны",
            "ed",
            "i",
        ),
    }
)
"""Folded words between a day or a year and the month: `5th of`, `5-го`, `2025 m.` (Lithuanian)."""
_AFTER = frozenset(
    {
        *(
            "de",
            "del",
            "of",
            "l",
            "any",
            "di",
            "do",
            "dal",
            "dl",
            "da",
            "u",
            "su",
            "go",
            "г",
            "год",
            "года",
            "р",
            "рік",
            "року",
            "year",
        ),
        *("m", "thn", "tahun", "nam", "թ", "թվ", "ж", "พ", "ศ", "ค"),
    }
)
"""Folded words between the month and the year: `mayo de`, `de l'any`, `พ.ศ.`."""
_ENDINGS = ("aren", "ren", "ak", "k", "i", "ын")
"""Endings of Basque, Hungarian and Mongolian months in dates: `martxoaren 5a`, `márciusi`, `сарын`."""
_PREFIX = "ב"
"""Hebrew `in`, which dates write before the month."""


class MonthReading(NamedTuple):
    """One month that a name can mean."""

    number: int
    """1 to 12."""
    languages: frozenset[str]
    """ISO 639 codes of the languages in which it means this; empty if it means no other month anywhere."""


def key(name: str) -> str:
    """Return a name as it is compared: folded words without the prepositions before it.

    >>> key("Sept."), key("d'abril"), key("MÄRZ"), key("มี.ค.")
    ('sept', 'abril', 'marz', 'มี ค')
    """
    words = _words(name)
    while len(words) > 1 and words[0] in _BEFORE:
        del words[0]
    return " ".join(words)


@cache
def common() -> dict[str, int]:
    """Return the number of each folded name and abbreviation of the most frequent languages, from 1."""
    return {name: number for number, names in _parts("common") for name in names}


@cache
def common_names(number: int) -> tuple[str, ...]:
    """Return the folded names and abbreviations of a month in the most frequent languages."""
    return tuple(name for name, month in common().items() if month == number)


@lru_cache(maxsize=20_000)
def readings(text: str) -> tuple[MonthReading, ...]:
    """Return the months that a text means, which may have the small words of a date around the name.

    The reading of the more frequent language comes first.

    >>> [r.number for r in readings("de mayo de")], [r.number for r in readings("listopada")], readings("pieces of")
    ([5], [11, 10], ())
    """
    words = _words(text)
    if not 0 < len(words) <= MAX_NAME_WORDS:
        return ()
    ends = [len(words)]
    while ends[-1] > 1 and words[ends[-1] - 1] in _AFTER:
        ends.append(ends[-1] - 1)
    for start in range(len(words)):
        for end in ends:
            if start < end and (found := _named(" ".join(words[start:end]))):
                return found
        if words[start] not in _BEFORE:
            break
    return ()


def spoken_in(found: tuple[MonthReading, ...], languages: Sequence[str]) -> tuple[MonthReading, ...]:
    """Return the readings of the first of some languages that has any, or else all readings.

    Args:
        found: the readings of one name.
        languages: ISO 639 codes, the likeliest first.
    """
    for language in languages:
        if fitting := tuple(reading for reading in found if language in reading.languages):
            return fitting
    return found


def _words(text: str) -> list[str]:
    return _WORD.findall(fold_text(text).replace("ı", "i"))


def _named(name: str) -> tuple[MonthReading, ...]:
    table = _table()
    if name in table:
        return table[name]
    stems = [name.removesuffix(ending) for ending in _ENDINGS if name.endswith(ending)]
    if name.startswith(_PREFIX):
        stems.append(name.removeprefix(_PREFIX))
    if len(name) == 4:  # an abbreviation of four letters: `sept`, `juni`
        stems.append(name[:3])
    return next((table[stem] for stem in stems if len(stem) >= MIN_LATIN_LETTERS and stem in table), ())


@cache
def _table() -> dict[str, tuple[MonthReading, ...]]:
    table: dict[str, tuple[MonthReading, ...]] = {
        name: (MonthReading(number, frozenset()),)
        for part in ("others", "common")
        for number, names in _parts(part)
        for name in names
    }
    for name, meanings in _data()["ambiguous"].items():
        found = [MonthReading(int(number), frozenset(codes.split())) for number, codes in meanings.items()]
        table[name] = tuple(sorted(found, key=lambda reading: reading.number != common().get(name)))
    return table


def _parts(part: str) -> list[tuple[int, list[str]]]:
    return [(int(number), names.split("|")) for number, names in _data()[part].items()]


@cache
def _data() -> dict[str, dict[str, Any]]:
    text = (files("schemas.normalise") / "month_names.json").read_text(encoding="utf-8")
    return json.loads(text)  # type: ignore[no-any-return]
