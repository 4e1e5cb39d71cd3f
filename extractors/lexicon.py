"""What words on a page and in a schema are about, across languages.

`lexicon.json` lists for each concept the words that mean it, by language, phrases whose meaning is not the sum of
their words ("balance due"), words that mean something only when they stand alone ("To:"), and fillers. Words are
compared without case and accents; compounds are taken apart (`Rechnungsnummer` -> invoice, number).
"""

from __future__ import annotations

import json
import re
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple

from schemas.normalise.characters import fold_text

MIN_STEM = 4
"""Shorter words are too often found inside others by chance to take compounds apart at them."""
_SHORT_TAILS = frozenset({"nr", "no", "id", "tag", "art"})
_LINKS = ("", "s", "n", "en", "es", "e")
"""Letters that join the parts of German and Dutch compounds."""


class Meaning(NamedTuple):
    """`concepts` of a text, and the folded words that belong to none."""

    concepts: frozenset[str]
    others: frozenset[str]


class _Lexicon(NamedTuple):
    words: dict[str, frozenset[str]]
    phrases: list[tuple[str, frozenset[str]]]
    alone: dict[str, frozenset[str]]
    fillers: frozenset[str]
    longest_first: list[str]


@cache
def _lexicon() -> _Lexicon:
    data = json.loads(files(__package__).joinpath("lexicon.json").read_text(encoding="utf-8"))
    words: dict[str, set[str]] = {}
    for concept, languages in data["concepts"].items():
        for listed in languages.values():
            for word in listed.split():
                words.setdefault(word, set()).add(concept)
    phrases = [(phrase, frozenset(concepts.split())) for phrase, concepts in data["phrases"].items()]
    phrases.sort(key=lambda item: -len(item[0]))
    stems = sorted((w for w in words if len(w) >= MIN_STEM and w.isalpha()), key=len, reverse=True)
    alone = {word: frozenset(concepts.split()) for word, concepts in data["alone"].items()}
    return _Lexicon(
        {w: frozenset(c) for w, c in words.items()}, phrases, alone, frozenset(data["fillers"].split()), stems
    )


@lru_cache(maxsize=20_000)
def meaning(text: str) -> Meaning:
    """What a label, a field's name or a description is about.

    >>> sorted(meaning("Rechnungsnummer:").concepts), sorted(meaning("serial_number").others)
    (['invoice', 'number'], ['serial'])
    """
    lexicon = _lexicon()
    if re.fullmatch(r"[a-z]+(?:[A-Z][a-z0-9]+)+", text):  # an identifier in camel case
        text = re.sub(r"([A-Z])", r" \1", text)
    tokens = _tokens(text)
    if len(tokens) == 1 and tokens[0] in lexicon.alone:
        return Meaning(lexicon.alone[tokens[0]], frozenset())
    rest = f" {' '.join(tokens)} "
    concepts: set[str] = set()
    for phrase, about in lexicon.phrases:
        if f" {phrase} " in rest:
            concepts |= about
            rest = rest.replace(f" {phrase} ", " ")
    others: set[str] = set()
    for token in rest.split():
        known = _word(token, lexicon)
        concepts |= known
        if known and token not in lexicon.words:  # "Vertrags-Nr." is about more than a number
            parts = [p for p in re.split(r"[./-]", token) if len(p) >= MIN_STEM and p.isalpha()]
            others |= {p for p in parts if p not in lexicon.fillers and not _word(p, lexicon)}
        if not known and len(token) > 1 and token not in lexicon.fillers and any(c.isalpha() for c in token):
            others.add(_without_umlauts(token))
    return Meaning(frozenset(concepts), frozenset(others))


def _tokens(text: str) -> list[str]:
    folded = fold_text(text).replace("ß", "ss").replace("n°", "no ").replace("nº", "no ").replace(".-", "-")
    folded = re.sub(r"(?<!\w)(?:\w\.)+\w?(?!\w)", lambda m: m[0].replace(".", ""), folded)  # T.V.A. -> TVA
    pieces = re.split(r"'s\b|[^\w.#%/'-]+|_|'(?=\w{3})", folded)
    return [token for token in (piece.strip(".-/'") for piece in pieces) if token]


def _word(token: str, lexicon: _Lexicon) -> frozenset[str]:
    if token in lexicon.words:
        return lexicon.words[token]
    parts = [p for p in re.split(r"[./-]", token) if p]
    if len(parts) > 1:
        return frozenset().union(*(_word(p, lexicon) for p in parts))
    if token.endswith("s") and token[:-1] in lexicon.words and len(token) > MIN_STEM:
        return lexicon.words[token[:-1]]
    found = _compound(token, lexicon) if len(token) > MIN_STEM + 2 else frozenset[str]()
    if not found and (plain := _without_umlauts(token)) != token:
        return _word(plain, lexicon)
    return found


def _without_umlauts(token: str) -> str:
    """`groesse` -> `grosse`, as `Größe` is folded."""
    return re.sub("ae|oe|ue", lambda match: match[0][0], token)


@lru_cache(maxsize=20_000)
def _split(token: str) -> tuple[str, str] | None:
    for stem in _lexicon().longest_first:
        if token.startswith(stem):
            for link in _LINKS:
                tail = token[len(stem) + len(link) :]
                long_enough = len(tail) >= MIN_STEM or tail in _SHORT_TAILS
                if long_enough and token[len(stem) :].startswith(link) and tail in _lexicon().words:
                    return stem, tail
    return None


def _compound(token: str, lexicon: _Lexicon) -> frozenset[str]:
    parts = _split(token)
    return lexicon.words[parts[0]] | lexicon.words[parts[1]] if parts else frozenset()
