"""Load `vocabulary.json`."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from schemas.normalise.characters import fold_text

_LETTERS = str.maketrans({"ß": "ss", "ł": "l", "ø": "o", "æ": "ae", "œ": "oe"})
"""Letters that are not a plain letter with an accent."""
MIN_COMPOUND_PART_LETTERS = 4
"""Compounds are not split at shorter words, which occur inside other words by chance."""


class Vocabulary(NamedTuple):
    """The words of `vocabulary.json`, folded; concepts are the narrow ones."""

    words: dict[str, tuple[str, ...]]
    """Each word with the concepts that it may mean."""
    name_words: dict[str, tuple[str, ...]]
    """The same for words that mean something in the names of fields only."""
    name_codes: dict[str, frozenset[str]]
    """Words in the names of fields that mean several concepts together, or none."""
    phrases: list[tuple[str, frozenset[str]]]
    """Phrases with the concepts that they mean together, longest first."""
    alone: dict[str, frozenset[str]]
    fillers: frozenset[str]
    faint: frozenset[str]
    short_endings: frozenset[str]
    spellings: dict[str, tuple[str, ...]]
    stems: list[str]
    """Words at which a compound may be split, longest first."""
    broader: dict[str, str]
    """Each narrow concept with its broader one."""


@cache
def raw() -> dict[str, Any]:
    """Return the parsed file."""
    data: dict[str, Any] = json.loads(files(__package__).joinpath("vocabulary.json").read_text(encoding="utf-8"))
    return data


@cache
def vocabulary() -> Vocabulary:
    """Return the words of the file in the form in which texts are read."""
    data = raw()
    words: dict[str, list[str]] = {}
    broader: dict[str, str] = {}
    for concept, languages in data["concepts"].items():
        for language, listed in languages.items():
            if language == "broader":
                broader[concept] = listed
                continue
            for word in listed.split():
                if concept not in words.setdefault(word, []):
                    words[word].append(concept)
    name_words: dict[str, list[str]] = {}
    for concept, listed in data["name_words"].items():
        for word in listed.split():
            name_words.setdefault(word, []).append(concept)
    phrases = [(phrase, frozenset(concepts.split())) for phrase, concepts in data["phrases"].items()]
    return Vocabulary(
        words={word: tuple(concepts) for word, concepts in words.items()},
        name_words={word: tuple(concepts) for word, concepts in name_words.items()},
        name_codes={word: frozenset(concepts.split()) for word, concepts in data["name_codes"].items()},
        phrases=sorted(phrases, key=lambda item: -len(item[0])),
        alone={word: frozenset(concepts.split()) for word, concepts in data["alone"].items()},
        fillers=frozenset(data["fillers"].split()),
        faint=frozenset(data["faint"].split()),
        short_endings=frozenset(data["short_endings"].split()),
        spellings={word: tuple(forms.split()) for word, forms in data["spellings"].items()},
        stems=sorted((w for w in words if len(w) >= MIN_COMPOUND_PART_LETTERS and w.isalpha()), key=len, reverse=True),
        broader=broader,
    )


def fold_word(text: str) -> str:
    """Write a text as the vocabulary writes words: lower case, without accents.

    >>> fold_word("Größe"), fold_word("Zapłacono")
    ('grosse', 'zaplacono')
    """
    return fold_text(text).translate(_LETTERS)


def is_faint(concept: str) -> bool:
    """Return whether nearly every field shares the concept.

    Such a concept says little about which field it is.
    """
    return concept in vocabulary().faint
