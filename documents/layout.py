"""Words in any order -> lines in reading order.

Works in the text's own frame: the page's median tilt is taken out before rows are formed, so a skewed scan reads like a
straight one. Text that runs in another direction (a note along the margin) follows after the page's main text.
"""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from dataclasses import dataclass, field
from statistics import median
from typing import NamedTuple

from schemas.geometry import Quad
from schemas.pages import Line, Symbol, Word, make_line, make_word

CELL_GAP = 1.0
"""A gap wider than this many line heights separates two lines (columns, table cells); ordinary spaces are about 0.3."""
SAME_ROW = 0.5
"""Words belong to one row when their middles are closer than this share of the smaller height."""
MAX_WORD = 100
MAX_LINE = 300
"""Symbols: more than any word and line of print, and a bound for everything that searches a line."""
ROWS_IN_REACH = 6
"""Only this many of the latest rows can still take a word: side-by-side blocks interleave by a few rows at most."""


class PlacedWord(NamedTuple):
    """A word before it has a place in the reading order.

    `quad` spans the full height of the line of type, also where the symbols' own boxes are as small as a dot's.
    """

    symbols: tuple[Symbol, ...]
    quad: Quad


class _Placed(NamedTuple):
    """A word in the deskewed frame; units are page heights."""

    word: PlacedWord
    start: float
    end: float
    middle: float
    height: float


@dataclass
class _Row:
    middle: float
    height: float
    words: list[_Placed] = field(default_factory=list)

    def takes(self, word: _Placed) -> bool:
        small, large = sorted((word.height, self.height))
        reach = SAME_ROW * small if small > 0.5 * large else 0.35 * large
        return abs(word.middle - self.middle) < reach

    def add(self, word: _Placed) -> None:
        self.words.append(word)
        self.middle += (word.middle - self.middle) / len(self.words)
        self.height = median(w.height for w in self.words)


def arrange(words: list[PlacedWord], aspect: float, first_id: int = 0) -> tuple[Line, ...]:
    """Lines from top to bottom and left to right, word ids counting up from `first_id`.

    Args:
        aspect: page width divided by page height.
    """
    directions: dict[int, list[PlacedWord]] = defaultdict(list)
    for word in itertools.chain.from_iterable(map(_cut, words)):
        directions[round(_angle(word.quad, aspect) / (math.pi / 2)) % 4].append(word)
    lines: list[Line] = []
    for quarter, group in sorted(directions.items(), key=lambda item: -len(item[1])):
        for row in _rows(group, aspect, quarter * math.pi / 2):
            for cell in _cells(row):
                lines.append(_line(cell, first_id))
                first_id += len(cell)
    return tuple(lines)


def _cut(word: PlacedWord) -> list[PlacedWord]:
    """A word, in pieces if it is longer than any word (rules drawn with dashes)."""
    if len(word.symbols) <= MAX_WORD:
        return [word]
    pieces = (word.symbols[i : i + MAX_WORD] for i in range(0, len(word.symbols), MAX_WORD))
    return [PlacedWord(piece, _around(piece[0].quad, piece[-1].quad)) for piece in pieces]


def _around(first: Quad, last: Quad) -> Quad:
    return Quad(first.top_left, last.top_right, last.bottom_right, first.bottom_left)


def _angle(quad: Quad, aspect: float) -> float:
    """Direction of the text in radians, clockwise from rightwards."""
    return math.atan2(quad.top_right.y - quad.top_left.y, (quad.top_right.x - quad.top_left.x) * aspect)


def _rows(words: list[PlacedWord], aspect: float, direction: float) -> list[list[_Placed]]:
    """Words that run roughly in one direction, grouped by their baseline, each row from its start to its end."""
    wide = [w for w in words if len(w.symbols) > 2] or words
    tilt = direction + median(math.remainder(_angle(w.quad, aspect) - direction, math.tau) for w in wide)
    cos, sin = math.cos(tilt), math.sin(tilt)
    placed = [_place(word, aspect, cos, sin) for word in words]
    rows: list[_Row] = []
    for word in sorted(placed, key=lambda w: (w.middle, w.start)):
        near = [row for row in rows[-ROWS_IN_REACH:] if row.takes(word)]
        row = min(near, key=lambda r: abs(r.middle - word.middle)) if near else _Row(word.middle, word.height)
        if not near:
            rows.append(row)
        row.add(word)
    rows.sort(key=lambda row: row.middle)
    return [sorted(row.words, key=lambda w: w.start) for row in rows]


def _place(word: PlacedWord, aspect: float, cos: float, sin: float) -> _Placed:
    along = [p.x * aspect * cos + p.y * sin for p in word.quad]
    across = [p.y * cos - p.x * aspect * sin for p in word.quad]
    top, bottom = (across[0] + across[1]) / 2, (across[2] + across[3]) / 2
    return _Placed(word, min(along), max(along), (top + bottom) / 2, max(bottom - top, 1e-6))


def _cells(row: list[_Placed]) -> list[list[_Placed]]:
    """A row cut where the gap is wider than a space can be, or where a line would be longer than any print."""
    cells: list[list[_Placed]] = []
    length = 0
    for word in row:
        length += len(word.word.symbols)
        if (
            cells
            and length <= MAX_LINE
            and word.start - cells[-1][-1].end <= CELL_GAP * min(word.height, cells[-1][-1].height)
        ):
            cells[-1].append(word)
        else:
            cells.append([word])
            length = len(word.word.symbols)
    return cells


def _line(cell: list[_Placed], first_id: int) -> Line:
    words: list[Word] = [make_word(first_id + i, placed.word.symbols) for i, placed in enumerate(cell)]
    return make_line(tuple(words))
