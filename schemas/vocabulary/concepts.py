"""The meanings of labels on a page and names of fields, across languages.

Words are compared without case and accents, and compounds are split (`Rechnungsnummer` is invoice and number).
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import NamedTuple

from schemas.vocabulary.data import MIN_COMPOUND_PART_LETTERS, fold_word, vocabulary
from schemas.vocabulary.identifiers import split_identifier

MAX_READINGS = 64
"""Readings of one name; a name with more ambiguous words than this is not clear anyway."""
_LINKS = ("", "s", "n", "en", "es", "e")
"""Letters that join the parts of German and Dutch compounds."""

_DATE_PATTERN = re.compile(r"(?<!\w)(?=\S*mm)(?:(?:[dtj]{2}|mm|[yja]{4}|[yja]{2})[./ -]?){3}(?!\w)")
"""The form in which a date is to be written, `dd/mm/yyyy` or `TTMMJJJJ`, which says nothing about its meaning."""

_Alternatives = tuple[frozenset[str], ...]
"""The sets of narrow concepts that a word may mean, one of which it does mean; empty for an unknown word."""


class Meaning(NamedTuple):
    """The broad concepts of a text, and its folded words that mean none."""

    concepts: frozenset[str]
    others: frozenset[str]


@lru_cache(maxsize=20_000)
def meaning(text: str) -> Meaning:
    """Return the meaning of a label or of another text in natural language.

    >>> sorted(meaning("Rechnungsnummer:").concepts), sorted(meaning("Machine serial no.").others)
    (['invoice', 'number'], ['machine', 'serial'])
    """
    return _meaning(_tokens(text), frozenset())


@lru_cache(maxsize=20_000)
def name_meaning(name: str, description: str = "") -> Meaning:
    """Return the meaning of a field's name, or of its name and its description together.

    >>> sorted(name_meaning("totalExclVAT").concepts), sorted(name_meaning("serial_number").others)
    (['net', 'total'], ['serial'])
    """
    words = _name_tokens(name)
    return _meaning([*words, *_tokens(description)], frozenset(words))


@lru_cache(maxsize=20_000)
def name_readings(name: str) -> frozenset[frozenset[str]]:
    """Return every set of narrow concepts that a field's name may mean.

    An unknown word stands for itself.

    A total with or without tax, and the base of a tax, are not taxes.

    >>> sorted(map(sorted, name_readings("tax_rate"))), sorted(map(sorted, name_readings("vat_office")))
    ([['percent', 'tax']], [['office', 'tax']])
    """
    tokens = _name_tokens(name)
    known, others = _read(tokens, frozenset(tokens))
    unknown = others | {token for token in tokens if token.isdigit()}
    readings = {unknown.union(*chosen) for chosen in itertools.islice(itertools.product(*known), MAX_READINGS)}
    return frozenset(r - {"tax"} if r & {"net", "gross", "base"} else r for r in readings)


def _meaning(tokens: Sequence[str], name_tokens: frozenset[str]) -> Meaning:
    known, others = _read(tokens, name_tokens)
    broader = vocabulary().broader
    return Meaning(frozenset(broader.get(c, c) for word in known for sets in word for c in sets), others)


def _read(tokens: Sequence[str], name_tokens: frozenset[str]) -> tuple[list[_Alternatives], frozenset[str]]:
    """Return what each known phrase and word means, and the unknown words."""
    data = vocabulary()
    if len(tokens) == 1 and tokens[0] in data.alone:
        return [(data.alone[tokens[0]],)], frozenset()
    known: list[_Alternatives] = []
    rest = f" {' '.join(tokens)} "
    for phrase, concepts in data.phrases:
        if f" {phrase} " in rest:
            known.append((concepts,))
            rest = rest.replace(f" {phrase} ", " ")
    others: set[str] = set()
    for token in rest.split():
        if token in name_tokens and token not in data.words and token in data.name_words:
            known.append(tuple(frozenset({concept}) for concept in data.name_words[token]))
        elif token in name_tokens and token in data.name_codes:
            known.append((data.name_codes[token],))
        elif found := _alternatives(token):
            known.append(found)
            if token not in data.words:  # "Vertrags-Nr." is about more than a number
                parts = [p for p in re.split(r"[./-]", token) if len(p) >= MIN_COMPOUND_PART_LETTERS and p.isalpha()]
                others |= {p for p in parts if p not in data.fillers and not _alternatives(p)}
        elif len(token) > 1 and token not in data.fillers and any(c.isalpha() for c in token):
            others.add(_without_umlauts(token))
    return known, frozenset(others)


def _name_tokens(name: str) -> list[str]:
    return _tokens(" ".join(split_identifier(name)))


def _tokens(text: str) -> list[str]:
    folded = fold_word(text).replace("n°", "no ").replace("nº", "no ").replace(".-", "-")
    folded = re.sub(r"(?<!\w)(?:\w\.)+\w?(?!\w)", lambda m: m[0].replace(".", ""), folded)  # T.V.A. -> TVA
    folded = _DATE_PATTERN.sub(" ", folded)
    pieces = re.split(r"'s\b|[^\w.#%/'-]+|_|'(?=\w{3})", folded)
    return [token for token in (piece.strip(".-/'") for piece in pieces) if token]


@cache
def _listed(word: str) -> _Alternatives:
    return tuple(frozenset({concept}) for concept in vocabulary().words.get(word, ()))


@lru_cache(maxsize=20_000)
def _alternatives(token: str) -> _Alternatives:
    if listed := _listed(token):
        return listed
    parts = [p for p in re.split(r"[./-]", token) if p]
    if len(parts) > 1:
        return _together([found for part in parts if (found := _alternatives(part))])
    if token.endswith("s") and len(token) > MIN_COMPOUND_PART_LETTERS and (listed := _listed(token[:-1])):
        return listed
    compound = _split_compound(token) if len(token) > MIN_COMPOUND_PART_LETTERS + 2 else None
    if compound:
        return _together([_listed(part) for part in compound])
    plain = _without_umlauts(token)
    return _alternatives(plain) if plain != token else ()


def _together(parts: list[_Alternatives]) -> _Alternatives:
    """Return what several words mean together: one alternative of each."""
    if not parts:
        return ()
    combinations = itertools.islice(itertools.product(*parts), MAX_READINGS)
    return tuple(dict.fromkeys(frozenset[str]().union(*chosen) for chosen in combinations))


def _without_umlauts(token: str) -> str:
    """Return `grosse` for `groesse`, the form to which `Größe` is folded."""
    return re.sub("ae|oe|ue", lambda match: match[0][0], token)


def _split_compound(token: str) -> tuple[str, str] | None:
    """Split a compound into two listed words."""
    data = vocabulary()
    for stem in data.stems:
        if token.startswith(stem):
            for link in _LINKS:
                tail = token[len(stem) + len(link) :]
                long_enough = len(tail) >= MIN_COMPOUND_PART_LETTERS or tail in data.short_endings
                if long_enough and token[len(stem) :].startswith(link) and tail in data.words:
                    return stem, tail
    return None
