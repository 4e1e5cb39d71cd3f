"""Words in any order -> lines in reading order.

Works in the text's own frame: the page's median tilt is taken out before rows are formed, so a skewed scan reads like a
straight one. Text that runs in another direction (a note along the margin) follows after the page's main text.
"""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import NamedTuple

from documents.layout.columns import Cell, in_columns
from schemas.frames import Tilted
from schemas.geometry import Quad
from schemas.pages import Line, Symbol, make_line, make_word

CELL_GAP = 1.0
"""A gap wider than this many line heights separates two lines (columns, table cells); ordinary spaces are about 0.3."""
SAME_ROW = 0.5
"""Text belongs to one row when the middles, each prolonged to the other, are closer than this share of the smaller
height."""
SMALL = 0.5
"""Text smaller than this share of its neighbour's height (a raised note, small print beside a title)..."""
SAME_ROW_SMALL = 0.35
"""...belongs to its row when it is no further from the middle than this share of the larger height."""
LONG = 4.0
"""Only text longer than this many heights tells its own tilt; shorter text has the page's."""
MAX_WORD = 100
MAX_LINE = 300
"""Symbols: more than any word and line of print, and a bound for everything that searches a line."""
ROWS_IN_REACH = 6
"""Only this many of the latest rows can still take text: side-by-side blocks interleave by a few rows at most."""

FAR = 2.0
"""Heights: text further from a row's latest piece is not of this row, however the page is warped."""
PIECES_IN_REACH = 12
"""And only so many of a row's latest pieces are looked at: they come nearly in their order."""


class PlacedWord(NamedTuple):
    """A word before it has a place in the reading order.

    `quad` spans the full height of the line of type, also where the symbols' own boxes are as small as a dot's.
    """

    symbols: tuple[Symbol, ...]
    quad: Quad


PlacedLine = Sequence[PlacedWord]
"""Words that are known to stand on one line, in their order; a single word where nothing is known."""


class _Placed(NamedTuple):
    """A word in the deskewed frame; units are page heights."""

    word: PlacedWord
    start: float
    end: float
    middle: float
    height: float


class _Piece(NamedTuple):
    """Words on one line; `slope` is what is left of their tilt."""

    words: list[_Placed]
    start: float
    end: float
    middle: float
    height: float
    slope: float

    def middle_at(self, position: float) -> float:
        return self.middle + self.slope * (position - (self.start + self.end) / 2)


@dataclass
class _Row:
    pieces: list[_Piece] = field(default_factory=list)

    def distance(self, piece: _Piece) -> float:
        """How far the piece stands from the row, in its neighbour's heights; infinite when it is not of this row."""
        last = self.pieces[-1]
        if abs(last.middle - piece.middle) > FAR * (last.height + piece.height):
            return math.inf
        near = last
        if len(self.pieces) > 1:
            near = min(self.pieces[-PIECES_IN_REACH:], key=lambda p: max(p.start - piece.end, piece.start - p.end))
        between = (max(near.start, piece.start) + min(near.end, piece.end)) / 2
        apart = abs(near.middle_at(between) - piece.middle_at(between))
        small, large = sorted((near.height, piece.height))
        reach = SAME_ROW * small if small > SMALL * large else SAME_ROW_SMALL * large
        return apart / large if apart < reach else math.inf

    @property
    def middle(self) -> float:
        return sum(p.middle for p in self.pieces) / len(self.pieces)


def arrange(lines: Iterable[PlacedLine], aspect: float, first_id: int = 0) -> tuple[Line, ...]:
    """Lines from top to bottom and left to right, columns of prose one after the other.

    Args:
        lines: what is known to belong together.
        aspect: page width divided by page height.
        first_id: of the first word; the others count up from it.
    """
    directions: dict[int, list[PlacedLine]] = defaultdict(list)
    for line in itertools.chain.from_iterable(map(_cut, lines)):
        directions[round(_angle(line[0].quad, aspect) / (math.pi / 2)) % 4].append(line)
    made: list[Line] = []
    for quarter, group in sorted(directions.items(), key=lambda item: -len(item[1])):
        rows = [_cells(row) for row in _rows(group, aspect, quarter * math.pi / 2)]
        for cell in in_columns(rows):
            words = [make_word(first_id + i, placed.word.symbols) for i, placed in enumerate(cell.words)]
            made.append(make_line(tuple(words)))
            first_id += len(words)
    return tuple(made)


def _cut(line: PlacedLine) -> list[PlacedLine]:
    """A line; if a word is longer than any word (rules drawn with dashes), in pieces."""
    if all(len(word.symbols) <= MAX_WORD for word in line):
        return [line] if line else []
    pieces = ((word.symbols[i : i + MAX_WORD] for i in range(0, len(word.symbols), MAX_WORD)) for word in line)
    return [[PlacedWord(p, _around(p[0].quad, p[-1].quad))] for p in itertools.chain.from_iterable(pieces)]


def _around(first: Quad, last: Quad) -> Quad:
    return Quad(first.top_left, last.top_right, last.bottom_right, first.bottom_left)


def _angle(quad: Quad, aspect: float) -> float:
    """Direction of the text in radians, clockwise from rightwards."""
    return math.atan2(quad.top_right.y - quad.top_left.y, (quad.top_right.x - quad.top_left.x) * aspect)


def _rows(lines: Sequence[PlacedLine], aspect: float, direction: float) -> list[list[_Placed]]:
    """Text that runs roughly in one direction, grouped by its baseline, each row from its start to its end."""
    wide = [w for line in lines for w in line if len(w.symbols) > 2] or [w for line in lines for w in line]
    tilt = direction + median(math.remainder(_angle(w.quad, aspect) - direction, math.tau) for w in wide)
    frame = Tilted.by(tilt, aspect)
    pieces = [_piece([_place(word, frame) for word in line]) for line in lines]
    rows: list[_Row] = []
    for piece in sorted(pieces, key=lambda p: (p.middle, p.start)):
        reach = rows[-ROWS_IN_REACH:]
        distances = [row.distance(piece) for row in reach]
        closest = min(distances, default=math.inf)
        if math.isinf(closest):
            rows.append(_Row([piece]))
        else:
            reach[distances.index(closest)].pieces.append(piece)
    rows.sort(key=lambda row: row.middle)
    return [sorted((w for p in row.pieces for w in p.words), key=lambda w: w.start) for row in rows]


def _place(word: PlacedWord, frame: Tilted) -> _Placed:
    along, across = zip(*map(frame.to_lines, word.quad), strict=True)
    top, bottom = (across[0] + across[1]) / 2, (across[2] + across[3]) / 2
    return _Placed(word, min(along), max(along), (top + bottom) / 2, max(bottom - top, 1e-6))


def _piece(words: list[_Placed]) -> _Piece:
    first, last = words[0], words[-1]
    start, end = min(w.start for w in words), max(w.end for w in words)
    height = median(w.height for w in words)
    run = (last.start + last.end - first.start - first.end) / 2
    slope = (last.middle - first.middle) / run if run > LONG * height else 0.0
    return _Piece(words, start, end, sum(w.middle for w in words) / len(words), height, slope)


def _cells(row: list[_Placed]) -> list[Cell[_Placed]]:
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
    return [_cell(words) for words in cells]


def _cell(words: list[_Placed]) -> Cell[_Placed]:
    text = " ".join("".join(s.text for s in w.word.symbols) for w in words)
    height = max(w.height for w in words)
    middle = sum(w.middle for w in words) / len(words)
    return Cell(words, text, words[0].start, max(w.end for w in words), middle, height)
