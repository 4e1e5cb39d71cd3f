"""Split the names of fields into words."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from schemas.vocabulary.data import fold_word, raw, vocabulary

_PIECES = re.compile(r"[^\W\d_]+|\d+|[#%№]")
_HUMPS = re.compile(r"(?<=[^\W\d_A-Z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][^\W\d_A-Z])")
"""Between `total` and `Excl` in `totalExcl`, between `VAT` and `Number` in `VATNumber`."""


@lru_cache(maxsize=20_000)
def split_identifier(name: str) -> tuple[str, ...]:
    """Split a field's name at underscores, other marks, digits and capitals.

    Known abbreviations stay whole.

    >>> split_identifier("invoiceTotalExclVAT"), split_identifier("MwSt-Betrag"), split_identifier("UStIdNr")
    (('invoice', 'Total', 'Excl', 'VAT'), ('MwSt', 'Betrag'), ('UStId', 'Nr'))
    """
    words: list[str] = []
    for piece in _PIECES.findall(name):
        humps = _HUMPS.sub(" ", piece).split()
        while humps:
            count = next((n for n in range(len(humps), 1, -1) if _is_known("".join(humps[:n]))), 1)
            words.append("".join(humps[:count]))
            del humps[:count]
    return tuple(words)


def is_english(name: str) -> bool:
    """Return whether every word of a field's name is a known English one.

    >>> is_english("supplier_name"), is_english("fournisseur"), is_english("LFA1-NAME1")
    (True, False, False)
    """
    return all(fold_word(word) in _english_words() for word in split_identifier(name))


@cache
def _english_words() -> frozenset[str]:
    """Return the English words of concepts and of the generator's names of fields."""
    listed = (word for languages in raw()["concepts"].values() for word in languages.get("en", "").split())
    printed = (entry["names"] for part in raw()["printed"].values() for entry in part.values())
    names = (name for names in printed for name in names.split("|"))
    return frozenset(listed) | {fold_word(word) for name in names for word in split_identifier(name)}


def _is_known(word: str) -> bool:
    return fold_word(word) in vocabulary().words
