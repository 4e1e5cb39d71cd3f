"""Reduce the picture of a page for the search for marks, and place on it what was read.

The page is reduced so that all type has one height, turned by the tilt of its lines and made black and white.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from statistics import median
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from documents.placed import PlacedWord
from schemas.geometry import Point, Quad
from schemas.marks import MarkShape

LINE_HEIGHT_PIXELS = 20.0
"""Height of most lines on the reduced picture: at it, borders are one or two pixels wide."""
CONTRAST_GREY_LEVELS = 18
"""Ink is at least this much darker than the mean of its surroundings."""
SURROUNDINGS_LINES = 2.6
"""Side of the surroundings in line heights: larger than a filled box."""
MIN_TILT_RADIANS = math.radians(0.4)
"""Less tilt does not hide the sides of a square."""
MAX_LETTER_LINES = 0.65
"""Width of a letter's part of the line in line heights; wider parts may hold a box that OCR read over."""
MISREAD_MARKS = frozenset(
    "oO0QD□口ロ〇○◯◎⊙☐☑☒回囗区凶图8Cc[](){}|/\\IlJjLUuVvXxYyZzKkNMWMB@&√✓✔×✗✘●•■*@®©.,'\"-_~^¤日因曰田巳已%"
)
"""Characters that OCR reads where a box or circle is drawn."""
Ink = NDArray[np.uint8]
CIRCLE_STEPS = 40
_ANGLES = np.linspace(0, 2 * math.pi, CIRCLE_STEPS, endpoint=False)
COSINES, SINES = np.cos(_ANGLES), np.sin(_ANGLES)


class Candidate(NamedTuple):
    """A square or circle that may be a mark, in pixels of the reduced and straightened picture."""

    left: float
    top: float
    right: float
    bottom: float
    shape: MarkShape
    overshoot: float
    """Distance to which a pen reaches beyond it, in sides."""
    may_be_circle: bool = True
    """True if it is round enough on the reduced picture and no letter is close."""
    inside: float = 0.0
    """Share of ink inside."""

    @property
    def side(self) -> float:
        """Length of the longer side."""
        return max(self.right - self.left, self.bottom - self.top)

    def moved(self, x: float, y: float) -> Candidate:
        """Return the shape elsewhere."""
        return self._replace(left=self.left + x, top=self.top + y, right=self.right + x, bottom=self.bottom + y)


class Frame(NamedTuple):
    """The reduced and straightened picture."""

    scale: float
    matrix: NDArray[np.float64]
    """From pixels of the picture to pixels of the reduced one, shape (2, 3)."""
    inverse: NDArray[np.float64]
    size: tuple[int, int]
    """Width and height of the reduced picture."""
    picture_size: tuple[int, int]
    line: float
    """Height of most lines in pixels of the reduced picture."""
    quarters: int
    """Direction of most text in quarter turns clockwise."""

    @classmethod
    def of(cls, words: Sequence[PlacedWord], width: int, height: int) -> Frame | None:
        """Return the frame in which most words are straight; None without words."""
        heights: list[float] = []
        angles: list[float] = []
        quarters = [0, 0, 0, 0]
        for word in words:
            if len(word.symbols) < 2:
                continue
            (ax, ay), (bx, by), _, (dx, dy) = word.quad
            angle = math.atan2((by - ay) * height, (bx - ax) * width)
            quarters[round(angle / (math.pi / 2)) % 4] += len(word.symbols)
            angles.append(math.remainder(angle, math.pi / 2))
            heights.append(math.hypot((dx - ax) * width, (dy - ay) * height))
        if not heights:
            return None
        line = median(heights)
        if line < 6:
            return None
        tilt = median(angles)
        scale = min(1.0, LINE_HEIGHT_PIXELS / line)
        if abs(tilt) < MIN_TILT_RADIANS:
            tilt = 0.0
        cos, sin = scale * math.cos(-tilt), scale * math.sin(-tilt)
        corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64)
        turned = corners @ np.array([[cos, sin], [-sin, cos]])
        low = turned.min(axis=0)
        across, down = np.ceil(turned.max(axis=0) - low).astype(int)
        matrix = np.array([[cos, -sin, -low[0]], [sin, cos, -low[1]]])
        inverse = np.asarray(cv2.invertAffineTransform(matrix), np.float64)
        size = (max(1, int(across)), max(1, int(down)))
        return cls(scale, matrix, inverse, size, (width, height), line * scale, quarters.index(max(quarters)))

    def ink(self, grey: Ink) -> Ink:
        """Return the reduced picture with 1 for ink and 0 for paper."""
        if self.matrix[0, 1] == 0:
            small = cv2.resize(grey, self.size, interpolation=cv2.INTER_AREA) if self.scale < 1 else grey
        else:
            half = self.scale <= 0.6
            source = cv2.resize(grey, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA) if half else grey
            matrix = self.matrix.copy()
            matrix[:, :2] *= 2 if half else 1
            small = cv2.warpAffine(source, matrix, self.size, flags=cv2.INTER_LINEAR, borderValue=(255,))
        block = int(SURROUNDINGS_LINES * self.line) | 1
        ink = cv2.adaptiveThreshold(
            small, 1, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, block, CONTRAST_GREY_LEVELS
        )
        return np.asarray(ink, np.uint8)

    def quad(self, found: Candidate) -> Quad:
        """Return a square's corners in fractions of the picture, clockwise from its text's top left."""
        corners = np.array(
            [
                (found.left, found.top),
                (found.right, found.top),
                (found.right, found.bottom),
                (found.left, found.bottom),
            ]
        )
        points = corners @ self.inverse[:, :2].T + self.inverse[:, 2]
        width, height = self.picture_size
        made = [Point(min(1.0, max(0.0, x / width)), min(1.0, max(0.0, y / height))) for x, y in points.tolist()]
        return Quad(*made[self.quarters :], *made[: self.quarters])

    def letters(self, words: Iterable[PlacedWord]) -> Ink:
        """Return a mask of the middles of letters that OCR is sure about."""
        mask = np.zeros((self.size[1], self.size[0]), np.uint8)
        symbols = [s for word in words for s in word.symbols if s.text.isalnum() and s.text not in MISREAD_MARKS]
        if not symbols:
            return mask
        corners = np.array([(s.quad.top_left, s.quad.top_right, s.quad.bottom_left) for s in symbols])
        points = self.to_reduced(corners)
        start, along, across = points[:, 0], points[:, 1] - points[:, 0], points[:, 2] - points[:, 0]
        # a letter next to an unread box has the box in its part of the line, which is wide then
        ordinary = np.hypot(along[:, 0], along[:, 1]) <= MAX_LETTER_LINES * self.line
        near, far = start + 0.25 * along + 0.1 * across, start + 0.75 * along + 0.9 * across
        low = np.minimum(near, far)[ordinary].round().astype(int).clip(0)
        high = np.maximum(near, far)[ordinary].round().astype(int).clip(0) + 1
        for (left, top), (right, bottom) in zip(low.tolist(), high.tolist(), strict=True):
            mask[top:bottom, left:right] = 1
        return mask

    def to_reduced(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Convert fractions of the picture, shape (..., 2), to pixels of the reduced picture."""
        return np.asarray(points * self.picture_size @ self.matrix[:, :2].T + self.matrix[:, 2])
