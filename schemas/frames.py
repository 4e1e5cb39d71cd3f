"""Convert coordinates between pixels, page fractions, the grid of answers and pictures.

A picture may be as stored, turned or tilted.

All packages use fractions of the upright page as the sender sees it (see `schemas.geometry`) and convert them only with
this module. Corners keep their order: they follow the text.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

from schemas.geometry import Box, Point, Quad, quad_of

GRID = 1000
"""Coordinates of answers are integers from 0 to this in both directions of the page."""


class GridBox(NamedTuple):
    """A box in integers from 0 to 1000 of the page, origin top-left."""

    xmin: int
    ymin: int
    xmax: int
    ymax: int


class GridPoint(NamedTuple):
    """A point in integers from 0 to 1000 of the page, origin top-left."""

    x: int
    y: int


def to_grid(fraction: float) -> int:
    """Return the nearest grid line, rounding halves up, never outside the page."""
    return min(GRID, max(0, math.floor(fraction * GRID + 0.5)))


def grid_box(box: Box) -> GridBox:
    """Convert a box in page fractions to the grid."""
    return GridBox(to_grid(box.left), to_grid(box.top), to_grid(box.right), to_grid(box.bottom))


def grid_vertices(quad: Quad) -> tuple[GridPoint, ...]:
    """Convert the four corners to the grid, clockwise from the text's own top-left corner."""
    return tuple(GridPoint(to_grid(p.x), to_grid(p.y)) for p in quad)


def from_grid(box: GridBox) -> Box:
    """Convert a grid box to page fractions; `grid_box` gives it back exactly."""
    return Box(box.xmin / GRID, box.ymin / GRID, box.xmax / GRID, box.ymax / GRID)


class Pixels(NamedTuple):
    """The size of a picture in pixels."""

    width: float
    height: float

    def to_fractions(self, x: float, y: float) -> Point:
        """Convert pixels to page fractions."""
        return Point(x / self.width, y / self.height)

    def from_fractions(self, point: Point) -> tuple[float, float]:
        """Convert page fractions to pixels, as (x, y)."""
        return point.x * self.width, point.y * self.height


def turn(quad: Quad, quarters: int) -> Quad:
    """Turn corners with their page by a number of quarters clockwise.

    The negative number undoes it.
    """
    for _ in range(quarters % 4):
        quad = Quad(*(Point(1 - p.y, p.x) for p in quad))
    return quad


class Orientation(NamedTuple):
    """Change from a stored picture to the seen one: mirrored, then turned clockwise.

    Mirroring exchanges left and right.
    """

    mirrored: bool = False
    quarters: int = 0

    def to_seen(self, quad: Quad) -> Quad:
        """Convert corners on the picture as stored to the picture as seen."""
        return turn(_mirrored(quad) if self.mirrored else quad, self.quarters)

    def to_stored(self, quad: Quad) -> Quad:
        """Convert corners on the picture as seen to the picture as stored."""
        back = turn(quad, -self.quarters)
        return _mirrored(back) if self.mirrored else back


EXIF = {
    1: Orientation(),
    2: Orientation(mirrored=True),
    3: Orientation(quarters=2),
    4: Orientation(mirrored=True, quarters=2),
    5: Orientation(mirrored=True, quarters=3),
    6: Orientation(quarters=1),
    7: Orientation(mirrored=True, quarters=1),
    8: Orientation(quarters=3),
}
"""The values of the EXIF orientation tag (Exif 2.32, tag 0x0112)."""


def _mirrored(quad: Quad) -> Quad:
    return Quad(*(Point(1 - p.x, p.y) for p in quad))


class Tilted(NamedTuple):
    """The frame of tilted text: distances along and across its lines, in page heights."""

    cos: float
    sin: float
    aspect: float
    """Page width divided by page height; without it angles in page fractions would be distorted."""

    @classmethod
    def by(cls, radians: float, aspect: float) -> Tilted:
        """Return the frame of lines that run to the right and downwards by an angle.

        Args:
            radians: the angle.
            aspect: page width divided by page height.
        """
        return cls(math.cos(radians), math.sin(radians), aspect)

    def to_lines(self, point: Point) -> tuple[float, float]:
        """Convert a point of the page to (along, across)."""
        x = point.x * self.aspect
        return x * self.cos + point.y * self.sin, point.y * self.cos - x * self.sin

    def to_page(self, along: float, across: float) -> Point:
        """Convert a point of this frame to page fractions."""
        return Point((along * self.cos - across * self.sin) / self.aspect, along * self.sin + across * self.cos)


def quad_around(quads: Iterable[Quad], aspect: float) -> Quad:
    """Return the smallest rectangle around text, turned as the text is.

    Args:
        quads: the corners of the symbols, at least one.
        aspect: page width divided by page height in pixels.
    """
    corners = list(quads)
    top_lefts, top_rights, _, bottom_lefts = zip(*corners, strict=True)
    (lefts, tops), (rights, tops_right), (lefts_below, bottoms) = (
        zip(*points, strict=True) for points in (top_lefts, top_rights, bottom_lefts)
    )
    if tops == tops_right and lefts == lefts_below and lefts[0] <= rights[0] and tops[0] <= bottoms[0]:
        return quad_of(Box(min(lefts), min(tops), max(rights), max(bottoms)))  # upright, by far the most frequent
    x = sum(q.top_right.x - q.top_left.x + q.bottom_right.x - q.bottom_left.x for q in corners) * aspect
    y = sum(q.top_right.y - q.top_left.y + q.bottom_right.y - q.bottom_left.y for q in corners)
    lines = Tilted.by(math.atan2(y, x), aspect)
    alongs, acrosses = zip(*(lines.to_lines(p) for q in corners for p in q), strict=True)
    start, end, top, bottom = min(alongs), max(alongs), min(acrosses), max(acrosses)
    return Quad(
        lines.to_page(start, top), lines.to_page(end, top), lines.to_page(end, bottom), lines.to_page(start, bottom)
    )
