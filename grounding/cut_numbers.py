"""Recognise a number that may be a part of a longer one, printed with a gap."""

from __future__ import annotations

from collections.abc import Sequence

from grounding.symbol_text import Range, SymbolText
from schemas.normalise.split_numbers import Split, split_number


def is_cut(spans: Sequence[Range], text: SymbolText) -> bool:
    """Return whether the word before or after a number may belong to the same number.

    Args:
        spans: the symbols of the number.
        text: the document's text.
    """
    first, last = text.word_of(spans[0][0]), text.word_of(spans[-1][1] - 1)
    line = text.line_of(spans[0][0])
    start, end = text.first_word_of_line[line : line + 2]

    def word(number: int) -> str:
        return text.document.words[number].text if start <= number < end else ""

    return any(
        split_number(word(left), word(left + 1), word(left - 1), word(left + 2)) is not Split.NONE
        for left in (first - 1, last)
    )
