"""The one coordinate system and the one vertex order that every room uses.

Coordinates are fractions of the page as the sender sees it (EXIF orientation applied): origin top-left, x to the right,
y downwards, 0 to 1. Answers use the integer grid 0 to 1000 of the same frame. Corners always go clockwise from the
*text's own* top-left corner, so the first edge of a quadrilateral is the direction in which the text is read.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

GRID = 1000


class Point(NamedTuple):
    """Fractions of the page's width and height."""

    x: float
    y: float


class Box(NamedTuple):
    """Axis-aligned, in page fractions; left <= right, top <= bottom."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def center(self) -> Point:
        return Point((self.left + self.right) / 2, (self.top + self.bottom) / 2)


class Quad(NamedTuple):
    """Four corners, clockwise from the text's own top-left corner."""

    top_left: Point
    top_right: Point
    bottom_right: Point
    bottom_left: Point

    @property
    def box(self) -> Box:
        """The smallest axis-aligned box around the corners."""
        (ax, ay), (bx, by), (cx, cy), (dx, dy) = self
        return Box(min(ax, bx, cx, dx), min(ay, by, cy, dy), max(ax, bx, cx, dx), max(ay, by, cy, dy))


class GridBox(NamedTuple):
    """Integers 0 to 1000 of the page, origin top-left."""

    xmin: int
    ymin: int
    xmax: int
    ymax: int


class GridPoint(NamedTuple):
    """Integers 0 to 1000 of the page, origin top-left."""

    x: int
    y: int


def quad_of(box: Box) -> Quad:
    """The corners of a box around upright text."""
    return Quad(
        Point(box.left, box.top),
        Point(box.right, box.top),
        Point(box.right, box.bottom),
        Point(box.left, box.bottom),
    )


def turn(quad: Quad, quarters: int) -> Quad:
    """Corners on an upright page -> on the same page turned clockwise by quarter turns. They keep their order."""
    for _ in range(quarters % 4):
        quad = Quad(*(Point(1 - p.y, p.x) for p in quad))
    return quad


def union(boxes: Iterable[Box]) -> Box:
    """The smallest box around all boxes.

    Raises:
        ValueError: there is no box.
    """
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return Box(min(lefts), min(tops), max(rights), max(bottoms))


def quad_around(quads: Iterable[Quad], aspect: float) -> Quad:
    """The smallest rectangle around text, turned as the text is.

    Args:
        quads: the symbols' corners, at least one.
        aspect: page width divided by page height in pixels, without which angles in page fractions would be distorted.
    """
    corners = list(quads)
    top_lefts, top_rights, _, bottom_lefts = zip(*corners, strict=True)
    (lefts, tops), (rights, tops_right), (lefts_below, bottoms) = (
        zip(*points, strict=True) for points in (top_lefts, top_rights, bottom_lefts)
    )
    if tops == tops_right and lefts == lefts_below and lefts[0] <= rights[0] and tops[0] <= bottoms[0]:
        return quad_of(Box(min(lefts), min(tops), max(rights), max(bottoms)))  # upright, by far the most
    direction_x = sum(q.top_right.x - q.top_left.x + q.bottom_right.x - q.bottom_left.x for q in corners) * aspect
    direction_y = sum(q.top_right.y - q.top_left.y + q.bottom_right.y - q.bottom_left.y for q in corners)
    length = math.hypot(direction_x, direction_y)
    cos, sin = (direction_x / length, direction_y / length) if length else (1.0, 0.0)
    along = [p.x * aspect * cos + p.y * sin for q in corners for p in q]
    across = [p.y * cos - p.x * aspect * sin for q in corners for p in q]

    def corner(a: float, c: float) -> Point:
        return Point((a * cos - c * sin) / aspect, a * sin + c * cos)

    start, end, top, bottom = min(along), max(along), min(across), max(across)
    return Quad(corner(start, top), corner(end, top), corner(end, bottom), corner(start, bottom))


def to_grid(fraction: float) -> int:
    """Nearest grid line, halves upwards, never outside the page."""
    return min(GRID, max(0, math.floor(fraction * GRID + 0.5)))


def grid_box(box: Box) -> GridBox:
    return GridBox(to_grid(box.left), to_grid(box.top), to_grid(box.right), to_grid(box.bottom))


def grid_vertices(quad: Quad) -> tuple[GridPoint, ...]:
    """Four points, clockwise from the text's own top-left corner."""
    return tuple(GridPoint(to_grid(p.x), to_grid(p.y)) for p in quad)
