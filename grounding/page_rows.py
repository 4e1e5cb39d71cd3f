"""Lines as they stand beside and below each other: the rows of every page, also of a tilted one."""

from __future__ import annotations

import math
from functools import cached_property
from statistics import median
from typing import NamedTuple

from grounding.symbol_text import SymbolText
from schemas.frames import Tilted
from schemas.pages import Line, Page

MIN_OVERLAP = 0.5
"""Of the lower height: lines that overlap so far vertically stand in one row."""
MIN_LINE_LENGTH = 6
"""Symbols; shorter lines say little about a page's tilt."""


class Placed(NamedTuple):
    """A line in page heights, turned so that the page's lines run to the right."""

    page: int
    left: float
    right: float
    top: float
    bottom: float

    @property
    def height(self) -> float:
        return self.bottom - self.top


class PageRows:
    """Rows are numbered through the document, from top to bottom."""

    def __init__(self, text: SymbolText) -> None:
        self._text = text
        self.symbol_count = len(text.symbols)

    @cached_property
    def _frames(self) -> list[Tilted]:
        return [Tilted.by(_tilt(page), page.aspect) for page in self._text.document.pages]

    @cached_property
    def placed(self) -> list[Placed]:
        """Each line of the document."""
        pages = zip(self._text.document.pages, self._frames, strict=True)
        return [line for index, (page, frame) in enumerate(pages) for line in _placed(index, page, frame)]

    @cached_property
    def row_of_line(self) -> list[int]:
        """For each line of the document the number of its row."""
        rows = [0] * len(self.placed)
        row, bottom, height, page = -1, 0.0, 0.0, -1
        for line in sorted(range(len(self.placed)), key=lambda i: (self.placed[i].page, _center(self.placed[i]))):
            at = self.placed[line]
            overlap = bottom - at.top
            if at.page != page or overlap < MIN_OVERLAP * min(height, at.height):
                row, bottom, height, page = row + 1, at.bottom, at.height, at.page
            rows[line] = row
        return rows

    @cached_property
    def lines_of_row(self) -> list[list[int]]:
        """For each row its lines from left to right."""
        lines: list[list[int]] = [[] for _ in range(max(self.row_of_line, default=-1) + 1)]
        for line, row in enumerate(self.row_of_line):
            lines[row].append(line)
        for row_lines in lines:
            row_lines.sort(key=lambda i: self.placed[i].left)
        return lines

    def row_of(self, symbol_id: int) -> int:
        """The number of the symbol's row."""
        return self.row_of_line[self._text.line_of(symbol_id)]

    def has_words_at(self, row: int, left: float, right: float) -> bool:
        """Whether a word of the row stands between two distances along its lines."""
        text = self._text
        for line in self.lines_of_row[row]:
            for word in range(text.first_word_of_line[line], text.first_word_of_line[line + 1]):
                extent = self.extent_of(text.first_symbol_of_word[word], text.first_symbol_of_word[word + 1])
                if extent[0] < right and left < extent[1]:
                    return True
        return False

    def extent_of(self, start: int, end: int) -> tuple[float, float]:
        """From where to where along their line the symbols from `start` to `end` stand, in page heights."""
        frame = self._frames[self.placed[self._text.line_of(start)].page]
        first, last = self._text.symbols[start].quad, self._text.symbols[end - 1].quad
        return frame.to_lines(first.top_left)[0], frame.to_lines(last.top_right)[0]

    def center_of(self, start: int, end: int) -> float:
        """The middle of `extent_of`."""
        left, right = self.extent_of(start, end)
        return (left + right) / 2


def _center(line: Placed) -> float:
    return (line.top + line.bottom) / 2


def _placed(index: int, page: Page, frame: Tilted) -> list[Placed]:
    placed = []
    for line in page.lines:
        if frame.sin == 0 and frame.cos == 1:
            box = line.box
            placed.append(Placed(index, box.left * page.aspect, box.right * page.aspect, box.top, box.bottom))
            continue
        corners = [p for word in line.words for symbol in (word.symbols[0], word.symbols[-1]) for p in symbol.quad]
        along, across = zip(*map(frame.to_lines, corners), strict=True)
        placed.append(Placed(index, min(along), max(along), min(across), max(across)))
    return placed


def _tilt(page: Page) -> float:
    """Radians by which the page's lines are turned clockwise, by the median of those that are long enough, if any."""
    long = [line for line in page.lines if len(line.text) >= MIN_LINE_LENGTH]
    return median([_angle(line, page.aspect) for line in long or page.lines] or [0.0])


def _angle(line: Line, aspect: float) -> float:
    first, last = line.words[0].symbols[0].quad, line.words[-1].symbols[-1].quad
    return math.atan2(last.top_right.y - first.top_left.y, (last.top_right.x - first.top_left.x) * aspect)
