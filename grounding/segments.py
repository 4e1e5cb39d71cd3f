"""Long values whose parts stand in lines that are not neighbours in reading order: an address beside other columns.

The lines are found inside the value, not the value inside the text: words of the value that stand on the page as they
are name the lines to look at, each of them is laid beside the value, and the parts that follow one another in the value
and stand below one another on the page are chained.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import NamedTuple

from rapidfuzz import fuzz, process
from rapidfuzz.distance import Levenshtein

from grounding.search import CUTOFF
from grounding.symbol_rows import SymbolRows
from grounding.symbol_text import Range, SymbolText
from schemas.normalise.characters import bare, squash

MIN_VALUE = 12
"""Letters and digits of a value that may stand in several places."""
MIN_PART = 3
"""Letters and digits of one part."""
MIN_ANCHOR = 4
"""Letters and digits of a word that names a line to look at."""
MAX_ANCHORS = 12
"""Lines that one word may name; a word that stands everywhere names none."""
MAX_WORDS = 10
"""Of the value, the rarest on the page, that name lines."""
NEAR = 3.0
"""Line heights: so far apart the parts of one value usually stand at most."""
FAR_COST = 0.5
"""Matched characters that each further line height costs..."""
MAX_FAR_COST = 4.0
"""...and at most: much matching text is believed also where tables stand between."""
MAX_SNAP = 2
"""Characters by which a part is made longer to end with a word."""
NEIGHBOURS = 3
"""Rows above and below a named line that are looked at too."""
MIN_DENSITY = 0.6
"""Of a part's characters that must be the value's."""
MAX_OVERLAP = 2
"""Characters of the value that two neighbouring parts may both claim."""


class Part(NamedTuple):
    """`value[start:end]` stands at `found` of `SymbolText.bare`, in one line."""

    start: int
    end: int
    found: Range
    line: int
    matched: int


def chain(value: str, needle: str, text: SymbolText, rows: SymbolRows) -> list[Range]:
    """The parts of the best chain in `SymbolText.squashed`, in the value's order; empty when there is none.

    Args:
        value: as it was proposed, with its spaces.
        needle: its letters and digits alone, as in `SymbolText.bare`.
    """
    if len(needle) < MIN_VALUE or not (named := _named_lines(value, text)):
        return []
    near = _neighbours(named, rows)
    texts = [text.bare[text.bare_line_starts[line] : text.bare_line_starts[line + 1]] for line in near]
    (ratios,) = process.cdist([needle], texts, scorer=fuzz.partial_ratio, score_cutoff=CUTOFF)
    parts: list[Part] = []
    for line, line_text, ratio in zip(near, texts, ratios.tolist(), strict=True):
        if len(line_text) < MIN_PART or not (ratio or line in named):
            continue
        start = text.bare_line_starts[line]
        found = _parts(needle, line_text, start, line) if ratio else _piece(needle, line_text, start, line)
        limits = (start, start + len(line_text))
        parts += [part._replace(found=_snapped(part.found, limits, text)) for part in found]
    best = _best_chain(sorted(parts, key=lambda p: (rows.row_of_line[p.line], p.start)), rows)
    return [(text.bare_at[p.found[0]], text.bare_at[p.found[1] - 1] + 1) for p in best]


def _named_lines(value: str, text: SymbolText) -> set[int]:
    """The lines that hold the rarest words of the value as they are."""
    lines_of_word: list[set[int]] = []
    for word in dict.fromkeys(re.findall(r"\w+", value)):
        anchor = bare(squash(word))[0]
        lines, start = set[int](), text.bare.find(anchor) if len(anchor) >= MIN_ANCHOR else -1
        while start >= 0 and len(lines) <= MAX_ANCHORS:
            lines.add(bisect_right(text.bare_line_starts, start) - 1)
            start = text.bare.find(anchor, start + 1)
        if 0 < len(lines) <= MAX_ANCHORS:
            lines_of_word.append(lines)
    lines_of_word.sort(key=len)
    return set().union(*lines_of_word[:MAX_WORDS])


def _neighbours(named: set[int], rows: SymbolRows) -> list[int]:
    """The lines of the rows of these lines, and of those above and below them, from top to bottom."""
    near = {
        row
        for line in named
        for row in range(rows.row_of_line[line] - NEIGHBOURS, rows.row_of_line[line] + NEIGHBOURS + 1)
        if 0 <= row < len(rows.lines_of_row)
    }
    return [line for row in sorted(near) for line in rows.lines_of_row[row]]


def _parts(needle: str, line: str, offset: int, number: int) -> list[Part]:
    """Where a line stands in the value, at most twice."""
    hit = fuzz.partial_ratio_alignment(line, needle, score_cutoff=CUTOFF)
    if hit is None:
        return []
    places = [(hit.dest_start, hit.dest_end)]
    if len(needle) - hit.dest_end >= len(line):
        again = fuzz.partial_ratio_alignment(line, needle[hit.dest_end :], score_cutoff=CUTOFF)
        if again:
            places.append((hit.dest_end + again.dest_start, hit.dest_end + again.dest_end))
    found = (hit.src_start, hit.src_end)
    parts = [_dense(needle, place, line, found, offset, number) for place in places]
    return [part for part in parts if part]


def _piece(needle: str, line: str, offset: int, number: int) -> list[Part]:
    """The longest common piece of value and line, with what resembles each other beside it."""
    common = max(Levenshtein.editops(line, needle).as_matching_blocks(), key=lambda block: block.size)
    if common.size < MIN_ANCHOR:
        return []
    shift = common.b - common.a
    start, end = max(0, shift), min(len(needle), shift + len(line))
    part = _dense(needle, (start, end), line, (start - shift, end - shift), offset, number)
    return [part] if part else []


def _dense(needle: str, value: Range, line: str, found: Range, offset: int, number: int) -> Part | None:
    script = Levenshtein.editops(needle[slice(*value)], line[slice(*found)])
    blocks = [block for block in script.as_matching_blocks() if block.size]
    if not blocks:
        return None
    first, last = blocks[0], blocks[-1]
    start, end = value[0] + first.a, value[0] + last.a + last.size
    found_start, found_end = found[0] + first.b, found[0] + last.b + last.size
    matched = sum(block.size for block in blocks)
    if matched < MIN_PART or matched < MIN_DENSITY * max(found_end - found_start, end - start):
        return None
    return Part(start, end, (offset + found_start, offset + found_end), number, matched)


def _snapped(found: Range, line: Range, text: SymbolText) -> Range:
    """The place with the last characters of its words, which were misread."""
    start, end = found
    for step in range(1, MAX_SNAP + 1):
        if not text.edge_in_bare(start) and start - step >= line[0] and text.edge_in_bare(start - step):
            start -= step
        if not text.edge_in_bare(end) and end + step <= line[1] and text.edge_in_bare(end + step):
            end += step
    return start, end


def _best_chain(parts: list[Part], rows: SymbolRows) -> list[Part]:
    """The chain with most matched characters, less what its gaps cost; parts come from top to bottom."""
    chains: list[tuple[float, list[Part]]] = []
    for i, part in enumerate(parts):
        best: tuple[float, list[Part]] = (0.0, [])
        for before, (matched, chain_before) in zip(parts[:i], chains, strict=False):
            if before.end <= part.start + MAX_OVERLAP and (cost := _cost(before, part, rows)) is not None:
                best = max(best, (matched - cost, chain_before), key=lambda chain: chain[0])
        chains.append((best[0] + part.matched, [*best[1], part]))
    return max(chains, default=(0.0, []), key=lambda chain: chain[0])[1]


def _cost(before: Part, part: Part, rows: SymbolRows) -> float | None:
    """Of going on below the part before, to the right of it, or on the next page; None elsewhere."""
    above, below = rows.placed[before.line], rows.placed[part.line]
    if below.page != above.page:
        return 0.0 if below.page == above.page + 1 else None
    if rows.row_of_line[before.line] == rows.row_of_line[part.line]:
        return 0.0 if below.left >= above.right else None
    heights = (below.top - above.bottom) / max(1e-6, min(above.height, below.height))
    return min(MAX_FAR_COST, FAR_COST * max(0.0, heights - NEAR))
