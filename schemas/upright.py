"""Turn pages so that their text runs to the right, and map places back to the pages as sent.

Rows, columns, labels and tables mean the same only in the frame of the text itself. A page whose text runs in several
directions becomes several pages here: one for each direction. Only a note of a few lines stays on the page.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from schemas.frames import turn
from schemas.geometry import Box, Point, union
from schemas.page_rows import line_angle
from schemas.pages import Document, Line, Page, Symbol, Word
from schemas.results import Cell, Place, Region

TurnPicture = Callable[[bytes, int], bytes]
"""Turns an encoded picture by a number of quarters clockwise."""


MAX_NOTE_LINES = 3
"""Lines across the page's others that are a note along the margin; a table has more."""
MAX_NOTE_SHARE = 0.25
"""Share of a page's symbols that a note has at most."""


class SentPage(NamedTuple):
    """The page as sent that an upright page was made of."""

    number: int
    """Its position in the document as sent, from 1."""
    quarters: int
    """Quarter turns clockwise from the upright page to the page as sent."""


class UprightDocument(NamedTuple):
    """A document whose text runs to the right on every page.

    Words and symbols have the ids that they have in the document as sent.
    """

    document: Document
    """Its pages have different numbers: the first one made of a page has that page's, others follow the last page's."""
    origins: Mapping[int, SentPage]
    """The page as sent for each page number; empty if the document is as it was sent."""

    def as_sent(self, cells: Sequence[Cell]) -> list[Cell]:
        """Return cells found on the upright pages with their places on the pages as sent."""
        return [self._cell_as_sent(cell) for cell in cells] if self.origins else list(cells)

    def _cell_as_sent(self, cell: Cell) -> Cell:
        alternatives = tuple(map(self._place_as_sent, cell.alternatives))
        return replace(cell, place=cell.place and self._place_as_sent(cell.place), alternatives=alternatives)

    def _place_as_sent(self, place: Place) -> Place:
        number, quarters = self.origins[place.page]
        regions = tuple(map(self.region_as_sent, place.regions))
        return replace(place, page=number, quad=turn(place.quad, quarters), regions=regions)

    def region_as_sent(self, region: Region) -> Region:
        """Return a part of an upright page as it is on the page as sent."""
        if not self.origins:
            return region
        number, quarters = self.origins[region.page]
        return Region(number, turn(region.quad, quarters))


class _Direction(NamedTuple):
    """Consecutive lines of a page that run in one direction."""

    quarters: int
    """Quarter turns clockwise from rightwards."""
    lines: tuple[Line, ...]


def upright(document: Document, turn_picture: TurnPicture | None = None) -> UprightDocument:
    """Return the document with every page turned so that its text runs to the right.

    A document whose text does so already is returned as it is.

    Args:
        document: the pages as sent.
        turn_picture: turns the pages' pictures; without it, turned pages have none.
    """
    directions = [_directions(page) for page in document.pages]
    if all(len(parts) == 1 and parts[0].quarters == 0 for parts in directions):
        return UprightDocument(document, {})
    numbers = itertools.count(max(page.number for page in document.pages) + 1)
    pages: list[Page] = []
    origins: dict[int, SentPage] = {}
    for page, parts in zip(document.pages, directions, strict=True):
        for index, part in enumerate(_pages_of(page, parts, turn_picture)):
            number = next(numbers) if index else page.number
            origins[number] = SentPage(page.number, parts[index].quarters)
            pages.append(replace(part, number=number))
    return UprightDocument(Document(tuple(pages)), origins)


def _directions(page: Page) -> list[_Direction]:
    """Return the page's lines by direction, in reading order; at least one direction.

    Readers put directions one after another. Where they alternate all the same, word ids could not stay as they are,
    and all lines count as running in the direction that most symbols have. A note of a few lines stays with the lines
    before it: alone, its words would have no context, and `PageRows` gives it rows of its own.
    """
    quarters = [_quarters(line, page.aspect) for line in page.lines]
    if not any(quarters):
        return [_Direction(0, page.lines)]
    runs = [
        _Direction(quarter, tuple(line for line, _ in run))
        for quarter, run in itertools.groupby(zip(page.lines, quarters, strict=True), key=lambda pair: pair[1])
    ]
    if len({run.quarters for run in runs}) == len(runs):
        return _with_notes(runs)
    weights = [0] * 4
    for run in runs:
        weights[run.quarters] += _symbol_count(run.lines)
    return [_Direction(weights.index(max(weights)), page.lines)]


def _with_notes(runs: Sequence[_Direction]) -> list[_Direction]:
    """Join each note with the direction before it."""
    most = MAX_NOTE_SHARE * sum(_symbol_count(run.lines) for run in runs)
    joined: list[_Direction] = []
    for run in runs:
        if joined and len(run.lines) <= MAX_NOTE_LINES and _symbol_count(run.lines) <= most:
            joined[-1] = _Direction(joined[-1].quarters, joined[-1].lines + run.lines)
        else:
            joined.append(run)
    return joined


def _symbol_count(lines: Sequence[Line]) -> int:
    return sum(len(word.symbols) for line in lines for word in line.words)


def _quarters(line: Line, aspect: float) -> int:
    """Return the direction of a line in quarter turns clockwise from rightwards, 0 to 3."""
    first, last = line.words[0].symbols[0].quad, line.words[-1].symbols[-1].quad
    level = first.top_left.y == first.top_right.y and last.top_left.y == last.top_right.y
    if level and first.top_left.x < first.top_right.x and last.top_left.x < last.top_right.x:
        return 0  # by far the most frequent
    return round(line_angle(line, aspect) / (math.pi / 2)) % 4


def _pages_of(page: Page, parts: Sequence[_Direction], turn_picture: TurnPicture | None) -> list[Page]:
    """Return one upright page for each direction.

    Marks, form entries and codes go to the page of the text next to them, the picture to the first page: it shows the
    others' text too.
    """
    owner = _owner(page, parts)
    pages = []
    for index, (quarters, lines) in enumerate(parts):
        width, height = (page.height, page.width) if quarters % 2 else (page.width, page.height)
        picture = page.picture if not index else None
        if picture and quarters:
            picture = turn_picture(picture, -quarters) if turn_picture else None
        pages.append(
            replace(
                page,
                width=width,
                height=height,
                lines=tuple(_turned(line, -quarters) for line in lines) if quarters else lines,
                picture=picture,
                marks=tuple(
                    mark._replace(quad=turn(mark.quad, -quarters))
                    for mark in page.marks
                    if owner(mark.quad.box) == index
                ),
                form_entries=tuple(
                    entry._replace(quad=turn(entry.quad, -quarters))
                    for entry in page.form_entries
                    if owner(entry.quad.box) == index
                ),
                codes=tuple(
                    code._replace(quad=turn(code.quad, -quarters))
                    for code in page.codes
                    if owner(code.quad.box) == index
                ),
            )
        )
    return pages


def _owner(page: Page, parts: Sequence[_Direction]) -> Callable[[Box], int]:
    """Return a function from a box to the index of the direction that the nearest line runs in."""

    def nearest(box: Box) -> int:
        if len(parts) == 1:
            return 0
        distances = [min(_distance(line.box, box.center, page.aspect) for line in part.lines) for part in parts]
        return distances.index(min(distances))

    return nearest


def _distance(box: Box, point: Point, aspect: float) -> float:
    """Return the distance of a point from a box in page heights."""
    across = max(box.left - point.x, point.x - box.right, 0.0) * aspect
    return math.hypot(across, max(box.top - point.y, point.y - box.bottom, 0.0))


def _turned(line: Line, quarters: int) -> Line:
    words = tuple(_turned_word(word, quarters) for word in line.words)
    return Line(words, line.text, union(word.box for word in words))


def _turned_word(word: Word, quarters: int) -> Word:
    symbols = tuple(Symbol(s.text, turn(s.quad, quarters), s.confidence) for s in word.symbols)
    return Word(word.id, symbols, word.text, union(s.box for s in symbols))
