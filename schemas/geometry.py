"""The coordinate system and the vertex order that every package uses.

Coordinates are fractions of the page as the sender sees it (EXIF orientation applied): origin top-left, x to the right,
y downwards, 0 to 1; `schemas.frames` converts them to other frames and back. Corners always go clockwise from the
*text's own* top-left corner, so the first edge of a quadrilateral is the direction in which the text is read.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Point(NamedTuple):
    """A point in fractions of the page's width and height."""

    x: float
    y: float


class Box(NamedTuple):
    """An axis-aligned box in page fractions; left <= right, top <= bottom."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """Fraction of the page width."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Fraction of the page height."""
        return self.bottom - self.top

    @property
    def center(self) -> Point:
        """The middle of the box."""
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

    def part(self, start: float, end: float) -> Quad:
        """Return the part from `start` to `end`, both fractions of the text's length."""

        def between(a: Point, b: Point, share: float) -> Point:
            return Point(a.x + (b.x - a.x) * share, a.y + (b.y - a.y) * share)

        return Quad(
            between(self.top_left, self.top_right, start),
            between(self.top_left, self.top_right, end),
            between(self.bottom_left, self.bottom_right, end),
            between(self.bottom_left, self.bottom_right, start),
        )

    def rows(self, top: float, bottom: float) -> Quad:
        """Return the part from `top` to `bottom`, both fractions of the text's height."""
        turned = Quad(self.bottom_left, self.top_left, self.top_right, self.bottom_right).part(1 - bottom, 1 - top)
        return Quad(turned.top_right, turned.bottom_right, turned.bottom_left, turned.top_left)


def quad_of(box: Box) -> Quad:
    """Return the corners of a box around upright text."""
    return Quad(
        Point(box.left, box.top),
        Point(box.right, box.top),
        Point(box.right, box.bottom),
        Point(box.left, box.bottom),
    )


def union(boxes: Iterable[Box]) -> Box:
    """Return the smallest box around all boxes.

    Raises:
        ValueError: if there is no box.
    """
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return Box(min(lefts), min(tops), max(rights), max(bottoms))
