"""Find a long value whose parts are in lines apart, as an address next to other columns.

Lines are looked for in the value, not the value in the text. Words of the value that are printed unchanged name the
lines to look at. Each line is aligned with the value, and the segments that follow one another in the value and run
down the page are chained.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import NamedTuple

from rapidfuzz import fuzz, process
from rapidfuzz.distance import Levenshtein

from grounding.search import CUTOFF_RATIO
from grounding.symbol_rows import SymbolRows
from grounding.symbol_text import Range, SymbolText
from schemas.normalise.characters import bare, squash

MIN_VALUE_CHARACTERS = 12
"""A shorter value is not looked for in several places."""
MIN_SEGMENT_CHARACTERS = 3
"""Minimum letters and digits of one segment."""
MIN_ANCHOR_CHARACTERS = 4
"""Minimum letters and digits of a word that names a line to look at."""
MAX_LINES_PER_WORD = 12
"""A word that is in more lines than this names none of them."""
MAX_ANCHOR_WORDS = 10
"""Maximum words of the value that name lines; the rarest on the page are taken."""
NEAR_LINE_HEIGHTS = 3.0
"""Segments of one value are usually no farther apart than this."""
COST_PER_FAR_LINE_HEIGHT = 0.5
"""Cost of each further line height, in matched characters."""
MAX_FAR_COST_CHARACTERS = 4.0
"""Maximum of that cost, so that much matching text is accepted across a table."""
MAX_SNAP_CHARACTERS = 2
"""Characters by which a segment may grow to end with a word."""
NEIGHBOUR_ROWS = 3
"""Rows above and below a named line that are looked at too."""
MIN_DENSITY = 0.6
"""Minimum share of a segment's characters that must match the value."""
MAX_OVERLAP_CHARACTERS = 2
"""Characters of the value that two adjacent segments may both claim."""


class ValueSegment(NamedTuple):
    """A part of the value, `value[start:end]`, at `found` of `SymbolText.bare`, in one line."""

    start: int
    end: int
    found: Range
    line: int
    matched: int


def chain(value: str, needle: str, text: SymbolText, rows: SymbolRows) -> list[Range]:
    """Return the best chain's ranges in `SymbolText.squashed`, in the value's order.

    Empty if there is none.

    Args:
        value: the value as proposed, with its spaces.
        needle: the value's letters and digits alone, as in `SymbolText.bare`.
        text: the document's text.
        rows: the document's rows.
    """
    if len(needle) < MIN_VALUE_CHARACTERS or not (named := _named_lines(value, text)):
        return []
    near = _neighbours(named, rows)
    texts = [text.bare[text.bare_line_starts[line] : text.bare_line_starts[line + 1]] for line in near]
    (ratios,) = process.cdist([needle], texts, scorer=fuzz.partial_ratio, score_cutoff=CUTOFF_RATIO)
    parts: list[ValueSegment] = []
    for line, line_text, ratio in zip(near, texts, ratios.tolist(), strict=True):
        if len(line_text) < MIN_SEGMENT_CHARACTERS or not (ratio or line in named):
            continue
        start = text.bare_line_starts[line]
        found = _parts(needle, line_text, start, line) if ratio else _piece(needle, line_text, start, line)
        limits = (start, start + len(line_text))
        parts += [part._replace(found=_snapped(part.found, limits, text)) for part in found]
    best = _best_chain(sorted(parts, key=lambda p: (rows.row_of_line[p.line], p.start)), rows)
    return [(text.bare_at[p.found[0]], text.bare_at[p.found[1] - 1] + 1) for p in best]


def _named_lines(value: str, text: SymbolText) -> set[int]:
    """Return the lines that hold the rarest words of the value, printed unchanged."""
    lines_of_word: list[set[int]] = []
    for word in dict.fromkeys(re.findall(r"\w+", value)):
        anchor = bare(squash(word))[0]
        lines, start = set[int](), text.bare.find(anchor) if len(anchor) >= MIN_ANCHOR_CHARACTERS else -1
        while start >= 0 and len(lines) <= MAX_LINES_PER_WORD:
            lines.add(bisect_right(text.bare_line_starts, start) - 1)
            start = text.bare.find(anchor, start + 1)
        if 0 < len(lines) <= MAX_LINES_PER_WORD:
            lines_of_word.append(lines)
    lines_of_word.sort(key=len)
    return set().union(*lines_of_word[:MAX_ANCHOR_WORDS])


def _neighbours(named: set[int], rows: SymbolRows) -> list[int]:
    """Return the lines in the named lines' rows and in the rows around them, from top to bottom."""
    near = {
        row
        for line in named
        for row in range(rows.row_of_line[line] - NEIGHBOUR_ROWS, rows.row_of_line[line] + NEIGHBOUR_ROWS + 1)
        if 0 <= row < len(rows.lines_of_row)
    }
    return [line for row in sorted(near) for line in rows.lines_of_row[row]]


def _parts(needle: str, line: str, offset: int, number: int) -> list[ValueSegment]:
    """Return where a line matches in the value, at most twice."""
    hit = fuzz.partial_ratio_alignment(line, needle, score_cutoff=CUTOFF_RATIO)
    if hit is None:
        return []
    places = [(hit.dest_start, hit.dest_end)]
    if len(needle) - hit.dest_end >= len(line):
        again = fuzz.partial_ratio_alignment(line, needle[hit.dest_end :], score_cutoff=CUTOFF_RATIO)
        if again:
            places.append((hit.dest_end + again.dest_start, hit.dest_end + again.dest_end))
    found = (hit.src_start, hit.src_end)
    parts = [_dense(needle, place, line, found, offset, number) for place in places]
    return [part for part in parts if part]


def _piece(needle: str, line: str, offset: int, number: int) -> list[ValueSegment]:
    """Return the longest common piece of value and line, extended by what is similar next to it."""
    common = max(Levenshtein.editops(line, needle).as_matching_blocks(), key=lambda block: block.size)
    if common.size < MIN_ANCHOR_CHARACTERS:
        return []
    shift = common.b - common.a
    start, end = max(0, shift), min(len(needle), shift + len(line))
    part = _dense(needle, (start, end), line, (start - shift, end - shift), offset, number)
    return [part] if part else []


def _dense(needle: str, value: Range, line: str, found: Range, offset: int, number: int) -> ValueSegment | None:
    script = Levenshtein.editops(needle[slice(*value)], line[slice(*found)])
    blocks = [block for block in script.as_matching_blocks() if block.size]
    if not blocks:
        return None
    first, last = blocks[0], blocks[-1]
    start, end = value[0] + first.a, value[0] + last.a + last.size
    found_start, found_end = found[0] + first.b, found[0] + last.b + last.size
    matched = sum(block.size for block in blocks)
    if matched < MIN_SEGMENT_CHARACTERS or matched < MIN_DENSITY * max(found_end - found_start, end - start):
        return None
    return ValueSegment(start, end, (offset + found_start, offset + found_end), number, matched)


def _snapped(found: Range, line: Range, text: SymbolText) -> Range:
    """Extend the place by the misread last characters of its words."""
    start, end = found
    for step in range(1, MAX_SNAP_CHARACTERS + 1):
        if not text.edge_in_bare(start) and start - step >= line[0] and text.edge_in_bare(start - step):
            start -= step
        if not text.edge_in_bare(end) and end + step <= line[1] and text.edge_in_bare(end + step):
            end += step
    return start, end


def _best_chain(parts: list[ValueSegment], rows: SymbolRows) -> list[ValueSegment]:
    """Return the chain with the most matched characters, minus the cost of its gaps.

    `parts` are in order from top to bottom; takes O(len(parts)²) time.
    """
    chains: list[tuple[float, list[ValueSegment]]] = []
    for i, part in enumerate(parts):
        best: tuple[float, list[ValueSegment]] = (0.0, [])
        for before, (matched, chain_before) in zip(parts[:i], chains, strict=False):
            if before.end <= part.start + MAX_OVERLAP_CHARACTERS and (cost := _cost(before, part, rows)) is not None:
                best = max(best, (matched - cost, chain_before), key=lambda chain: chain[0])
        chains.append((best[0] + part.matched, [*best[1], part]))
    return max(chains, default=(0.0, []), key=lambda chain: chain[0])[1]


def _cost(before: ValueSegment, part: ValueSegment, rows: SymbolRows) -> float | None:
    """Return the cost of continuing below, to the right or on the next page; None elsewhere."""
    above, below = rows.placed[before.line], rows.placed[part.line]
    if below.page != above.page:
        return 0.0 if below.page == above.page + 1 else None
    if rows.row_of_line[before.line] == rows.row_of_line[part.line]:
        return 0.0 if below.left >= above.right else None
    heights = (below.top - above.bottom) / max(1e-6, min(above.height, below.height))
    return min(MAX_FAR_COST_CHARACTERS, COST_PER_FAR_LINE_HEIGHT * max(0.0, heights - NEAR_LINE_HEIGHTS))
