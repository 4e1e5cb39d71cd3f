"""Split the names of fields into words."""

from __future__ import annotations

import re
from functools import lru_cache

from schemas.vocabulary.data import fold_word, vocabulary

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


def _is_known(word: str) -> bool:
    return fold_word(word) in vocabulary().words
