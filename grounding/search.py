"""Find a text among the symbols: exactly, with OCR confusions, or with a few other letters."""

from __future__ import annotations

from collections.abc import Iterator

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from grounding.symbol_text import Range, SymbolText
from schemas.normalise.characters import PAIR_LOOKALIKES

MIN_LENGTH = 4
"""Minimum letters and digits for a fuzzy search. Shorter values match by chance, so they are found exactly or next
to their label or hint."""
CUTOFF_RATIO = 64.0
"""Minimum rapidfuzz ratio (0 to 100, insert-delete similarity); hits below it are coincidences."""
MAX_HITS = 12
"""Maximum damaged occurrences; more cannot be distinguished anyway."""
SPREAD_POINTS = 12.0
"""Another hit is looked for only if its ratio can be this close to the best one's."""
MIN_LENGTH_SHARE = 0.7
"""Share of the value's length; a shorter stretch of text cannot be the damaged value."""
MAX_REACH_CHARACTERS = 12
"""Maximum distance by which an end may be moved."""
WORD_EDGE_EDITS = 0.4
"""Subtracted from the distance of a place that ends at a word boundary."""
_ENDS = tuple(pair for pair, _ in PAIR_LOOKALIKES)


def exact(value: str, text: SymbolText, limit: int, near: int | None = None) -> list[Range]:
    """Return places in `text.squashed` that equal a value, in the order of the document.

    Args:
        value: the squashed value.
        text: the document's text.
        limit: maximum number of places.
        near: a position in `text.squashed`; half of the places are the nearest before it, half the nearest after it.
    """
    if near is None or not value:
        return list(_all(value, text.squashed, limit))
    found: list[Range] = []
    start = text.squashed.rfind(value, 0, near)
    while start >= 0 and len(found) < limit // 2:
        found.append((start, start + len(value)))
        start = text.squashed.rfind(value, 0, start + len(value) - 1)
    return found[::-1] + list(_all(value, text.squashed, limit // 2, max(0, near - len(value) + 1)))


def confused(needle: str, text: SymbolText, limit: int | None = None) -> list[Range]:
    """Return places in `text.squashed` with the bare value as bare form, at most `limit`."""
    return [_in_squashed(text, start, end) for start, end in _all(needle, text.bare, limit)]


def similar(
    needle: str,
    text: SymbolText,
    window: Range | None = None,
    cutoff: float = CUTOFF_RATIO,
    spread: float = SPREAD_POINTS,
) -> list[Range]:
    """Return the places in `text.squashed` most similar to the bare value, best first.

    rapidfuzz returns one window of the value's own length. The text left and right of it is searched again for more
    hits, and the window's ends are moved to where the Levenshtein distance is smallest.

    Args:
        needle: the bare value.
        text: the document's text.
        window: the part of `text.bare` to search; all of it by default.
        cutoff: the lowest ratio, from 0 to 100.
        spread: how far below the best ratio others may be, in points of the ratio.
    """
    pending = [window or (0, len(text.bare))]
    found: list[tuple[float, Range]] = []
    while pending and len(found) < MAX_HITS:
        low, high = pending.pop()
        if high - low < MIN_LENGTH_SHARE * len(needle):
            continue
        hit = fuzz.partial_ratio_alignment(needle, text.bare[low:high], score_cutoff=cutoff)
        if hit is None or hit.dest_start == hit.dest_end:
            continue
        start, end = low + hit.dest_start, low + hit.dest_end
        pending += [(low, start), (end, high)]
        found.append((hit.score, _trimmed(needle, text, start, end)))
        cutoff = max(cutoff, hit.score - spread)
    found.sort(key=lambda hit: -hit[0])
    return [_in_squashed(text, start, end) for _, (start, end) in found]


def _all(value: str, text: str, limit: int | None, first: int = 0) -> Iterator[Range]:
    start = text.find(value, first) if value else -1
    while start >= 0 and limit != 0:
        yield start, start + len(value)
        start = text.find(value, start + 1)
        limit = limit - 1 if limit is not None else None


def _in_squashed(text: SymbolText, start: int, end: int) -> Range:
    last = text.bare_at[end - 1]
    return text.bare_at[start], last + (2 if text.squashed[last : last + 2] in _ENDS else 1)


def _trimmed(needle: str, text: SymbolText, start: int, end: int) -> Range:
    """Move the window's ends to the smallest distance.

    Ties go to a word boundary, then to the shorter place.
    """
    if needle[-1] == text.bare[end - 1] and text.edge_in_bare(start) == text.edge_in_bare(end) == 1.0:
        return start, end
    reach = min(MAX_REACH_CHARACTERS, max(2, len(needle) // 8))
    haystack = text.bare

    def cost(a: int, b: int, edge: int) -> float:
        return Levenshtein.distance(needle, haystack[a:b]) - WORD_EDGE_EDITS * text.edge_in_bare(edge)

    ends = range(max(start + 1, end - reach), min(len(haystack), end + reach) + 1)
    end = min(ends, key=lambda b: (cost(start, b, b), b))
    starts = range(max(0, start - reach), min(end - 1, start + reach) + 1)
    start = min(starts, key=lambda a: (cost(a, end, a), -a))
    return start, end
