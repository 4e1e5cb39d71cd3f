"""Arrange words in any order into lines in reading order.

The page's median tilt is taken out before rows are formed, so a skewed scan reads like a straight one. Text that runs
in another direction (a note along the margin) follows after the page's main text.
"""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import NamedTuple

from documents.layout.bidi import logical
from documents.layout.columns import RowSegment, in_columns
from documents.layout.combs import MIN_CHARACTERS, CombCharacter, comb_words, is_character
from documents.layout.joined_words import join_raised_cents, with_plain_cents, words_with_amounts_joined
from documents.placed import PlacedLine, PlacedWord, word_of
from schemas.frames import Tilted
from schemas.geometry import Quad
from schemas.pages import Line, make_line, make_word

MAX_SPACE_HEIGHTS = 1.0
"""A gap wider than this many line heights separates two lines (columns, table cells); ordinary spaces are about 0.3."""
MAX_OFFSET_SHARE = 0.5
"""Two texts belong to one row when their middles, each prolonged to the other, are closer than this share of the
smaller height."""
SMALL_TEXT_SHARE = 0.5
"""Text smaller than this share of its neighbour's height is a raised note, or small print next to a title."""
MAX_SMALL_TEXT_OFFSET_SHARE = 0.35
"""Small text belongs to its neighbour's row when it is closer to the middle than this share of the larger height."""
MIN_TILT_LENGTH_HEIGHTS = 4.0
"""Only text longer than this many heights shows its own tilt; shorter text gets the page's."""
MAX_WORD_SYMBOLS = 100
"""Longer than any printed word; longer ones (rules drawn with dashes) are cut."""
MAX_LINE_SYMBOLS = 300
"""Longer than any printed line; a bound for everything that searches a line."""
ROWS_IN_REACH = 6
"""Latest rows that can still take text: side-by-side blocks interleave by a few rows at most."""
MAX_ROW_DRIFT_HEIGHTS = 2.0
"""Text further from a row's latest fragment than this many heights is not in that row, however warped the page is."""
FRAGMENTS_IN_REACH = 12
"""Latest fragments of a row that are searched for the nearest: they arrive nearly in order."""


class _DeskewedWord(NamedTuple):
    """A word in the deskewed frame, in page heights."""

    word: PlacedWord
    start: float
    end: float
    middle: float
    height: float
    continues: bool = False
    """True if it is in the same comb field as the word before it, however wide the gap between them is."""


class _Fragment(NamedTuple):
    """Words known to be on one line, in page heights.

    `slope` is the tilt that they have left in the deskewed frame.
    """

    words: list[_DeskewedWord]
    start: float
    end: float
    middle: float
    height: float
    slope: float

    def middle_at(self, position: float) -> float:
        return self.middle + self.slope * (position - (self.start + self.end) / 2)


@dataclass
class _Row:
    fragments: list[_Fragment] = field(default_factory=list)

    def distance(self, fragment: _Fragment) -> float:
        """Return how far the fragment is from the row; infinite if it is not in this row.

        The unit is the larger height of the fragment and its nearest neighbour in the row.
        """
        last = self.fragments[-1]
        if abs(last.middle - fragment.middle) > MAX_ROW_DRIFT_HEIGHTS * (last.height + fragment.height):
            return math.inf
        near = last
        if len(self.fragments) > 1:
            latest = self.fragments[-FRAGMENTS_IN_REACH:]
            near = min(latest, key=lambda f: max(f.start - fragment.end, fragment.start - f.end))
        between = (max(near.start, fragment.start) + min(near.end, fragment.end)) / 2
        apart = abs(near.middle_at(between) - fragment.middle_at(between))
        small, large = sorted((near.height, fragment.height))
        is_small = small <= SMALL_TEXT_SHARE * large
        reach = MAX_SMALL_TEXT_OFFSET_SHARE * large if is_small else MAX_OFFSET_SHARE * small
        return apart / large if apart < reach else math.inf

    @property
    def middle(self) -> float:
        return sum(f.middle for f in self.fragments) / len(self.fragments)


def arrange(lines: Iterable[PlacedLine], aspect: float, first_id: int = 0) -> tuple[Line, ...]:
    """Return lines from top to bottom and left to right, columns of prose one after the other.

    Within a line, words and symbols are in the order in which they are read.

    Args:
        lines: words that are known to belong together, in page fractions.
        aspect: page width divided by page height.
        first_id: id of the first word; the others count up from it.
    """
    directions: dict[int, list[PlacedLine]] = defaultdict(list)
    pieces = [piece for line in lines for piece in _cut(line)]
    for line in join_raised_cents(pieces, aspect):
        directions[round(_angle(line[0].quad, aspect) / (math.pi / 2)) % 4].append(line)
    made: list[Line] = []
    for quarter, group in sorted(directions.items(), key=lambda item: -len(item[1])):
        rows = [_segments(_with_combs_joined(row)) for row in _rows(group, aspect, quarter * math.pi / 2)]
        for segment in in_columns(rows):
            in_order = logical(words_with_amounts_joined([deskewed.word for deskewed in segment.words], aspect))
            words = [make_word(first_id + i, symbols) for i, symbols in enumerate(in_order)]
            made.append(make_line(tuple(words)))
            first_id += len(words)
    return tuple(with_plain_cents(made))


def _cut(line: PlacedLine) -> list[PlacedLine]:
    """Return the line, or if one of its words is too long, all of its words one by one, cut."""
    if all(len(word.symbols) <= MAX_WORD_SYMBOLS for word in line):
        return [line] if line else []
    starts = ((word, range(0, len(word.symbols), MAX_WORD_SYMBOLS)) for word in line)
    pieces = [word.symbols[i : i + MAX_WORD_SYMBOLS] for word, indices in starts for i in indices]
    return [[PlacedWord(piece, _around(piece[0].quad, piece[-1].quad))] for piece in pieces]


def _around(first: Quad, last: Quad) -> Quad:
    return Quad(first.top_left, last.top_right, last.bottom_right, first.bottom_left)


def _angle(quad: Quad, aspect: float) -> float:
    """Return the direction of the text in radians, clockwise from rightwards."""
    return math.atan2(quad.top_right.y - quad.top_left.y, (quad.top_right.x - quad.top_left.x) * aspect)


def _rows(lines: Sequence[PlacedLine], aspect: float, direction: float) -> list[list[_DeskewedWord]]:
    """Group text by its baseline; each row runs from its start to its end.

    `schemas.page_rows` groups the lines that result from this, once the reading order is known.

    Args:
        lines: text that runs roughly in one direction.
        aspect: page width divided by page height.
        direction: radians, clockwise from rightwards.
    """
    wide = [w for line in lines for w in line if len(w.symbols) > 2] or [w for line in lines for w in line]
    tilt = direction + median(math.remainder(_angle(w.quad, aspect) - direction, math.tau) for w in wide)
    frame = Tilted.by(tilt, aspect)
    fragments = [_fragment([_deskewed(word, frame) for word in line]) for line in lines]
    rows: list[_Row] = []
    for fragment in sorted(fragments, key=lambda f: (f.middle, f.start)):
        reach = rows[-ROWS_IN_REACH:]
        distances = [row.distance(fragment) for row in reach]
        closest = min(distances, default=math.inf)
        if math.isinf(closest):
            rows.append(_Row([fragment]))
        else:
            reach[distances.index(closest)].fragments.append(fragment)
    rows.sort(key=lambda row: row.middle)
    return [sorted((w for f in row.fragments for w in f.words), key=lambda w: w.start) for row in rows]


def _deskewed(word: PlacedWord, frame: Tilted) -> _DeskewedWord:
    along, across = zip(*map(frame.to_lines, word.quad), strict=True)
    top, bottom = (across[0] + across[1]) / 2, (across[2] + across[3]) / 2
    return _DeskewedWord(word, min(along), max(along), (top + bottom) / 2, max(bottom - top, 1e-6))


def _fragment(words: list[_DeskewedWord]) -> _Fragment:
    first, last = words[0], words[-1]
    start, end = min(w.start for w in words), max(w.end for w in words)
    height = median(w.height for w in words)
    run = (last.start + last.end - first.start - first.end) / 2
    slope = (last.middle - first.middle) / run if run > MIN_TILT_LENGTH_HEIGHTS * height else 0.0
    return _Fragment(words, start, end, sum(w.middle for w in words) / len(words), height, slope)


def _with_combs_joined(row: list[_DeskewedWord]) -> list[_DeskewedWord]:
    """Return the row with the characters of each comb field joined into words."""
    if sum(is_character(word.word) for word in row) < MIN_CHARACTERS:
        return row
    made: list[_DeskewedWord] = []
    for single, stretch in itertools.groupby(enumerate(row), key=lambda item: is_character(item[1].word)):
        items = list(stretch)
        made += _joined(row, [index for index, _ in items]) if single else [word for _, word in items]
    return made


def _joined(row: list[_DeskewedWord], indices: Sequence[int]) -> list[_DeskewedWord]:
    """Join the characters of a stretch of a row."""
    characters = []
    for i in indices:
        text = "".join(symbol.text for symbol in row[i].word.symbols)
        characters.append(CombCharacter(i, text, row[i].start, row[i].end, row[i].height))
    fields = comb_words(characters)
    made: dict[int, _DeskewedWord] = {}
    dropped: set[int] = set()
    for groups in fields:
        dropped |= set(range(groups[0][0], groups[-1][-1] + 1))  # with borders between the characters
        for number, group in enumerate(groups):
            parts = [row[i] for i in group]
            middle = sum(part.middle for part in parts) / len(parts)
            height = max(part.height for part in parts)
            symbols = [symbol for part in parts for symbol in part.word.symbols]
            whole = word_of(symbols, parts[0].word.quad, parts[-1].word.quad)
            made[group[0]] = _DeskewedWord(whole, parts[0].start, parts[-1].end, middle, height, number > 0)
    return [made.get(i, row[i]) for i in indices if i in made or i not in dropped]


def _segments(row: list[_DeskewedWord]) -> list[RowSegment[_DeskewedWord]]:
    """Cut a row where a gap is too wide for a space, or where a line would become too long."""
    segments: list[list[_DeskewedWord]] = []
    length = 0
    for word in row:
        length += len(word.word.symbols)
        if (
            segments
            and length <= MAX_LINE_SYMBOLS
            and (
                word.continues
                or word.start - segments[-1][-1].end <= MAX_SPACE_HEIGHTS * min(word.height, segments[-1][-1].height)
            )
        ):
            segments[-1].append(word)
        else:
            segments.append([word])
            length = len(word.word.symbols)
    return [_segment(words) for words in segments]


def _segment(words: list[_DeskewedWord]) -> RowSegment[_DeskewedWord]:
    text = " ".join("".join(s.text for s in w.word.symbols) for w in words)
    height = max(w.height for w in words)
    middle = sum(w.middle for w in words) / len(words)
    return RowSegment(words, text, words[0].start, max(w.end for w in words), middle, height)
