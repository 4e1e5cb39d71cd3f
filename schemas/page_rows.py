"""Group the lines of pages into rows: lines printed next to each other.

Tilted pages are handled too.

A table's row is one line for each of its cells, so that the text of a row is spread over several lines.
"""

from __future__ import annotations

import itertools
import math
from functools import cached_property
from statistics import median
from typing import NamedTuple

from schemas.frames import Tilted
from schemas.pages import Document, Line, Page

MAX_LINES_IN_ROW = 100
"""No page has as many cells side by side; more would make the work grow with the square of their number."""
MIN_OVERLAP = 0.5
"""Lines that overlap vertically by this share of the lower line's height are in one row."""
MAX_SHARED_WIDTH = 0.3
"""Lines that share more than this of the narrower line's width are above each other, however tall they are."""
MIN_LINE_SYMBOLS = 6
"""Shorter lines say little about a page's tilt."""


class PlacedLine(NamedTuple):
    """A line in page heights, turned so that the page's lines run to the right.

    `page` is the index of its page, from 0.
    """

    page: int
    left: float
    right: float
    top: float
    bottom: float

    @property
    def height(self) -> float:
        """Page heights."""
        return self.bottom - self.top

    @property
    def middle(self) -> float:
        """Page heights from the top."""
        return (self.top + self.bottom) / 2


class PageRows:
    """The rows of a document, numbered from 0 over all pages, from top to bottom.

    Lines are numbered over all pages in reading order. Everything is computed when it is first needed.
    """

    def __init__(self, document: Document) -> None:
        self._pages = document.pages

    @cached_property
    def frames(self) -> list[Tilted]:
        """For each page the frame in which its lines run to the right."""
        return [Tilted.by(page_tilt(page), page.aspect) for page in self._pages]

    @cached_property
    def placed(self) -> list[PlacedLine]:
        """The place of each line."""
        pages = zip(self._pages, self.frames, strict=True)
        return [line for index, (page, frame) in enumerate(pages) for line in _placed(index, page, frame)]

    @cached_property
    def row_of_line(self) -> list[int]:
        """The number of each line's row.

        A line across the others, such as a note along the margin, is a row of its own after the page's others.
        """
        rows = [0] * len(self.placed)
        lines = [
            (line, page.aspect, frame)
            for page, frame in zip(self._pages, self.frames, strict=True)
            for line in page.lines
        ]
        crosswise = [_is_crosswise(*line) for line in lines]
        number, row = -1, list[PlacedLine]()
        for line in sorted(
            range(len(self.placed)), key=lambda i: (self.placed[i].page, crosswise[i], self.placed[i].middle)
        ):
            at = self.placed[line]
            if not row or crosswise[line] or len(row) == MAX_LINES_IN_ROW or not _continues(row, at):
                number, row = number + 1, []
            row.append(at)
            rows[line] = number
        return rows

    @cached_property
    def lines_of_row(self) -> list[list[int]]:
        """The numbers of each row's lines, from left to right."""
        lines: list[list[int]] = [[] for _ in range(max(self.row_of_line, default=-1) + 1)]
        for line, row in enumerate(self.row_of_line):
            lines[row].append(line)
        for row_lines in lines:
            row_lines.sort(key=lambda i: self.placed[i].left)
        return lines


def _continues(row: list[PlacedLine], line: PlacedLine) -> bool:
    """Return whether a line belongs to a row, by its height and its neighbours.

    It must be at the height of the line closest to it, since rows of a tilted page rise or fall, next to all lines of
    the row and below none.
    """
    if line.page != row[0].page:
        return False
    closest = min(row, key=lambda other: max(other.left - line.right, line.left - other.right))
    if closest.bottom - line.top < MIN_OVERLAP * min(closest.height, line.height):
        return False
    return not any(
        min(line.right, other.right) - max(line.left, other.left)
        > MAX_SHARED_WIDTH * min(line.right - line.left, other.right - other.left)
        for other in row
    )


def _is_crosswise(line: Line, aspect: float, frame: Tilted) -> bool:
    """Return whether a line runs in another direction than the page's lines."""
    quad = line.words[0].symbols[0].quad
    across, down = (quad.top_right.x - quad.top_left.x) * aspect, quad.top_right.y - quad.top_left.y
    if across * frame.cos + down * frame.sin > abs(down * frame.cos - across * frame.sin):
        return False  # by far the most frequent
    off = line_angle(line, aspect) - math.atan2(frame.sin, frame.cos)
    return abs(math.remainder(off, math.tau)) > math.pi / 4


def page_tilt(page: Page) -> float:
    """Return the angle in radians by which the page's lines are turned clockwise.

    This is the median of its longer lines, of those that run in the direction of most symbols: a note along the margin
    must not tilt a page of a few lines.
    """
    angles = [line_angle(line, page.aspect) for line in page.lines]
    directions = [round(angle / (math.pi / 2)) % 4 for angle in angles]
    if len(set(directions)) > 1:
        symbols = [sum(len(word.symbols) for word in line.words) for line in page.lines]
        weights = [sum(itertools.compress(symbols, [d == way for d in directions])) for way in range(4)]
        main = weights.index(max(weights))
        lines = [(line, angle) for line, angle, d in zip(page.lines, angles, directions, strict=True) if d == main]
    else:
        lines = list(zip(page.lines, angles, strict=True))
    long = [angle for line, angle in lines if len(line.text) >= MIN_LINE_SYMBOLS]
    return median(long or [angle for _, angle in lines] or [0.0])


def line_angle(line: Line, aspect: float) -> float:
    """Return the direction of a line in radians, clockwise from rightwards.

    The symbols' own edges are added up: their heights differ, so a line from one top corner to another may be slanted.

    Args:
        line: the line.
        aspect: page width divided by page height.
    """
    quads = [symbol.quad for word in line.words for symbol in (word.symbols[0], word.symbols[-1])]
    along = sum(q.top_right.x - q.top_left.x + q.bottom_right.x - q.bottom_left.x for q in quads)
    down = sum(q.top_right.y - q.top_left.y + q.bottom_right.y - q.bottom_left.y for q in quads)
    return math.atan2(down, along * aspect)


def _placed(index: int, page: Page, frame: Tilted) -> list[PlacedLine]:
    placed = []
    for line in page.lines:
        if frame.sin == 0 and frame.cos == 1:
            box = line.box
            placed.append(PlacedLine(index, box.left * page.aspect, box.right * page.aspect, box.top, box.bottom))
            continue
        corners = [p for word in line.words for symbol in (word.symbols[0], word.symbols[-1]) for p in symbol.quad]
        along, across = zip(*map(frame.to_lines, corners), strict=True)
        placed.append(PlacedLine(index, min(along), max(along), min(across), max(across)))
    return placed
