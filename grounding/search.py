"""Where a text stands among the symbols: every exact hit, else the best fuzzy ones."""

from __future__ import annotations

from typing import NamedTuple

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from grounding.symbol_text import SymbolText
from schemas.normalise.characters import DIGIT_LOOKALIKES

MIN_RATIO = 0.7
"""Below this agreement a fuzzy hit is a coincidence more often than a misread value."""
MIN_FUZZY_LENGTH = 4
"""Shorter values match by chance; they are found exactly or not at all."""
MAX_HITS = 12
"""More occurrences than this cannot be told apart anyway."""


class Span(NamedTuple):
    """`squashed[start:end]` of a `SymbolText`, and its agreement with the value."""

    start: int
    end: int
    ratio: float


def agreement(value: str, found: str) -> float:
    """`match_ratio`: 1 - Levenshtein distance / length of the longer text.

    >>> agreement("inv-7042", "inv-7o42")
    0.875
    """
    return Levenshtein.normalized_similarity(value, found)


def find(value: str, text: SymbolText) -> list[Span]:
    """Occurrences of a squashed value; exact beats fuzzy: fuzzy search runs only where nothing equals the value."""
    if not value:
        return []
    exact: list[Span] = []
    start = text.squashed.find(value)
    while start >= 0 and len(exact) < 4 * MAX_HITS:
        exact.append(Span(start, start + len(value), 1.0))
        start = text.squashed.find(value, start + 1)
    return exact or _fuzzy(value, text)


def _fuzzy(value: str, text: SymbolText) -> list[Span]:
    """The best windows, found on the text in which confusable characters are one.

    rapidfuzz gives one window of the value's own length: the text left and right of it is searched again for more, and
    its ends are moved to where the distance is smallest.
    """
    if len(value) < MIN_FUZZY_LENGTH:
        return []
    needle = value.translate(DIGIT_LOOKALIKES)
    cutoff = 100 * MIN_RATIO
    pending, found = [(0, len(text.confusable))], list[Span]()
    while pending and len(found) < MAX_HITS:
        low, high = pending.pop(0)
        if high - low < MIN_RATIO * len(value):
            continue
        window = fuzz.partial_ratio_alignment(needle, text.confusable[low:high], score_cutoff=cutoff)
        if window is None or window.dest_start == window.dest_end:
            continue
        start, end = low + window.dest_start, low + window.dest_end
        pending += [(low, start), (end, high)]
        start, end = _trimmed(needle, text, start, end)
        ratio = agreement(value, text.squashed[start:end])
        if ratio >= MIN_RATIO:
            found.append(Span(start, end, ratio))
    return found


def _trimmed(needle: str, text: SymbolText, start: int, end: int) -> tuple[int, int]:
    """Move the window's ends to the smallest distance; among equals, to the edge of a word."""
    reach = max(2, len(needle) // 6)
    haystack = text.confusable

    def cost(a: int, b: int) -> tuple[int, bool, int]:
        at_edges = text.begins_word(text.owner[a]) and text.ends_word(text.owner[b - 1])
        return Levenshtein.distance(needle, haystack[a:b]), not at_edges, abs(b - a - len(needle))

    ends = range(max(start + 1, end - reach), min(len(haystack), end + reach) + 1)
    end = min(ends, key=lambda b: cost(start, b))
    start = min(range(max(0, start - reach), min(end - 1, start + reach) + 1), key=lambda a: cost(a, end))
    return start, end
