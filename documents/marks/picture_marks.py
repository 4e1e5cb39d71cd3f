"""Find tick boxes and radio buttons on the picture of a page, and judge their states.

The page is reduced so that all type has one height, turned by the tilt of its lines and made black and white. Each
connected piece of ink of a box's size is searched for the four sides of a square, or for a circle; pen strokes may
cross the border and leave the box. What lies inside is judged on the full picture.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from statistics import median
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from documents.pictures import Picture
from documents.placed import PlacedLine, PlacedWord, word_of
from schemas.geometry import Point, Quad
from schemas.marks import Mark, MarkShape, MarkState
from schemas.pages import Symbol

LINE_HEIGHT_PIXELS = 20.0
"""Height of most lines on the reduced picture: at it, borders are one or two pixels wide, and a page takes
milliseconds."""
MIN_SIDE_LINES, MAX_SIDE_LINES = 0.42, 1.9
"""Sides of tick boxes in heights of a line as OCR finds it, which is about 1.3 type sizes."""
MAX_PIECE_LINES = 2.8
"""Sides of a piece of ink with a box in it: pens reach beyond the border."""
MAX_PIECES = 1500
"""Pieces of ink looked at per page, which bounds the time for noise."""
MAX_SIDES_RATIO_ON_PICTURES = 1.3
"""A tick box is at most this much longer one way than the other."""
MAX_CIRCLE_RATIO = 1.15
"""A circle is at most this much longer one way than the other; the digit 0 is narrower."""
MIN_SIDE_INK = 0.88
"""Share of a side that must be drawn."""
MIN_CORNER_PIXELS = 2
"""Ink in the 3 x 3 pixels at each corner of a square; letters such as D and B are round there."""
MAX_EDGES = 10
"""Rows and columns of a piece of ink that are tried as sides."""
MIN_RING_INK = 0.9
"""Share of a circle that must be drawn."""
MIN_CROSSED_RING_INK = 0.82
"""Share of a circle that must be drawn where a pen crosses it; the full picture decides."""
CONTRAST_GREY_LEVELS = 18
"""Ink is at least this much darker than the mean of its surroundings."""
SURROUNDINGS_LINES = 2.6
"""Side of the surroundings in line heights: larger than a filled box."""
MIN_GAP_LINES = 0.14
"""Blank space that is left and right of a box at least: letters of a word are closer."""
FILLED_INK = 0.92
"""Share of ink inside from which a shape is a solid square or disc."""
MIN_CIRCLE_GAP_LINES = 0.19
"""Blank space on both sides of a circle, over its whole height: between an O and the next letter there is less."""
MAX_LETTER_GAP_SIDES = 0.8
"""A circle that follows another mark in this many of its sides is a letter O: options have labels between them."""
MAX_SIDE_DIFFERENCE, MAX_FILLED_DIFFERENCE = 0.12, 0.2
"""Difference between the sides of options of one kind, relative to them; solid shapes lose more by blur."""
MIN_OVERSHOOT_SIDES = 0.12
"""A pen leaves a box if it reaches farther beyond it than this."""
MIN_CROSSED_LINES = 0.7
"""Pieces of ink smaller than this are not searched for a box that a pen crosses."""
MAX_SEARCHED_PIECES = 60
"""Pieces of ink per page that are searched for a crossed box, the slowest step."""
MIN_TILT_RADIANS = math.radians(0.4)
"""Less tilt does not hide the sides of a square."""
PATCH_PIXELS = 36
"""Side of a box on the patch on which it is judged."""
SLACK_PIXELS = 5
"""Distance on the patch between a line and where it was seen on the reduced picture."""
MIN_STRAIGHT_INK = 0.85
"""Share of each line of a square that is drawn within two pixels of the patch."""
BULGE_PIXELS, MAX_BULGE_INK = 3, 0.25
"""Distance beyond a side of a square on the patch, and the share of ink at most along a line there."""
CORNER_PIXELS, MIN_CORNER_INK = 6, 4
"""Side of each corner of a square on the patch, and the ink in it: lines may not quite meet, but letters are round."""
MAX_ROUGHNESS_PIXELS = 1.6
"""Deviation of a circle's line on the patch."""
MIN_PLAIN_ROUND_SHARE, MIN_CROSSED_ROUND_SHARE = 0.9, 0.55
"""Share of directions in which nothing is printed farther out, for circles without and with a pen that leaves them."""
MIN_ROUND_SHARE = 0.9
"""Share of directions in which a circle's line is found near its radius; pens that leave it take the rest."""
INNER_SHARE = 0.24
"""Share of the side that is left out at each edge when the inside is judged, for the border and its blur."""
MIN_TICKED_INK, MIN_SPECK_INK = 0.055, 0.02
"""Share of ink inside that makes a tick, and that makes the state unclear."""
MIN_FAINT_INK = 0.1
"""Share of grey inside that makes the state unclear."""
MIN_LABEL_LINES = 0.5
"""Length of the shortest label beyond its box, in line heights."""
MAX_CIRCLE_GAP_LINES, MAX_BOX_GAP_LINES = 1.2, 8.0
"""Gap between a circle or box and the nearest word of its row, in line heights: an `O` alone in a table's cell is
farther from others."""
MAX_LETTER_LINES = 0.65
"""Width of a letter's part of the line in line heights; wider parts may hold a box that OCR read over."""
MIN_LETTER_PIXELS = 3
"""Narrowest part of a line, in pixels of the reduced picture, that can hold a letter."""
MIN_LETTER_INK = 0.08
"""Share of ink on a part of the line from which a letter is printed there."""
JUNK = frozenset(
    "oO0QD□口ロ〇○◯◎⊙☐☑☒回囗区凶图8Cc[](){}|/\\IlJjLUuVvXxYyZzKkNMWMB@&√✓✔×✗✘●•■*@®©.,'\"-_~^¤日因曰田巳已%"
)
"""Characters that OCR reads where a box or circle is drawn."""
_PATCH_AREA = (2 * PATCH_PIXELS) ** 2
_PAPER_RANK, _DARK_RANK = int(0.85 * _PATCH_AREA), int(0.03 * _PATCH_AREA)
"""Ranks of the pixels of a patch, from dark to light, that show the grey levels of paper and ink."""
_SHIFTS = (
    (0.0, 0.0),
    (-2.0, 0.0),
    (2.0, 0.0),
    (0.0, -2.0),
    (0.0, 2.0),
    (-2.0, -2.0),
    (2.0, -2.0),
    (-2.0, 2.0),
    (2.0, 2.0),
)
_Ink = NDArray[np.uint8]
_CIRCLE_STEPS = 40
_ANGLES = np.linspace(0, 2 * math.pi, _CIRCLE_STEPS, endpoint=False)
_COSINES, _SINES = np.cos(_ANGLES), np.sin(_ANGLES)


class PictureMarks(NamedTuple):
    """The marks of a picture, and its lines without what was read in their place."""

    marks: tuple[Mark, ...]
    lines: list[PlacedLine]


class _Found(NamedTuple):
    """A square or circle, in pixels of the reduced and straightened picture."""

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
        return max(self.right - self.left, self.bottom - self.top)


def find_on_picture(picture: Picture, lines: list[PlacedLine]) -> PictureMarks:
    """Find the marks of a picture on which lines were read.

    Args:
        picture: pixels of shape (height, width, 3), RGB.
        lines: as OCR read them, in fractions of the picture.

    Returns:
        Marks without labels, in fractions of the picture, and the lines without what OCR read in their place.
    """
    height, width = picture.shape[:2]
    words = [word for line in lines for word in line]
    frame = _Frame.of(words, width, height)
    if frame is None:
        return PictureMarks((), lines)
    grey = np.asarray(cv2.extractChannel(picture, 1), np.uint8)
    ink = frame.ink(grey)
    judged = [j for f in _without_rows(_shapes(ink, frame, words)) if (j := _judged(grey, frame, f))]
    corners = frame.to_reduced(np.array([word.quad for word in words]))
    spans = np.concatenate([corners.min(axis=1), corners.max(axis=1)], axis=1)
    judged = [j for j in judged if _is_near_text(j[0], spans, frame)]
    judged = [j for j in judged if not _begins_label(j[0], [other for other, *_ in judged])]
    kept = [j for j in judged if _has_siblings(j[0], [other for other, *_ in judged])]
    marks = tuple(Mark(frame.quad(f), state, f.shape, sure) for f, state, sure in kept)
    return PictureMarks(marks, _separated(lines, [f for f, *_ in kept], ink, frame) if marks else lines)


def _is_near_text(found: _Found, spans: NDArray[np.float64], frame: _Frame) -> bool:
    """Return whether there is a label in reach of a shape.

    Args:
        found: the shape.
        spans: left, top, right and bottom of each word in pixels of the reduced picture.
        frame: the reduced picture.
    """
    axis = frame.quarters % 2
    edges = (found.left, found.top, found.right, found.bottom)
    middle = (edges[1 - axis] + edges[3 - axis]) / 2
    row = spans[(spans[:, 1 - axis] < middle) & (spans[:, 3 - axis] > middle)]
    # OCR may have read the box as part of its label, but a word that is only the box is not a label
    after = row[row[:, 2 + axis] > edges[2 + axis] + MIN_LABEL_LINES * frame.line]
    before = row[row[:, axis] < edges[axis] - MIN_LABEL_LINES * frame.line]
    gaps = (*(after[:, axis] - edges[2 + axis]).tolist(), *(edges[axis] - before[:, 2 + axis]).tolist())
    reach = MAX_CIRCLE_GAP_LINES if found.shape is MarkShape.CIRCLE else MAX_BOX_GAP_LINES
    return any(gap <= reach * frame.line for gap in gaps)


def _begins_label(found: _Found, others: Sequence[_Found]) -> bool:
    """Return whether a circle is the letter O at the start of another mark's label."""
    return found.shape is MarkShape.CIRCLE and any(
        0 <= found.left - other.right < MAX_LETTER_GAP_SIDES * found.side
        and other.top < found.bottom
        and found.top < other.bottom
        for other in others
    )


def _has_siblings(found: _Found, others: Sequence[_Found]) -> bool:
    """Return whether others of its kind and size on the page show that a shape is a mark.

    A circle alone is a letter or a logo, and a shape that is filled is a bullet unless an empty one has its size.
    """
    reach = MAX_FILLED_DIFFERENCE if found.inside >= FILLED_INK else MAX_SIDE_DIFFERENCE
    alike = [
        o for o in others if o is not found and o.shape is found.shape and abs(o.side - found.side) < reach * found.side
    ]
    if found.inside >= FILLED_INK:
        return any(o.inside < FILLED_INK for o in alike)
    return found.shape is MarkShape.BOX or bool(alike)


class _Frame(NamedTuple):
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
    def of(cls, words: Sequence[PlacedWord], width: int, height: int) -> _Frame | None:
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

    def ink(self, grey: _Ink) -> _Ink:
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

    def quad(self, found: _Found) -> Quad:
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

    def letters(self, words: Iterable[PlacedWord]) -> _Ink:
        """Return a mask of the middles of letters that OCR is sure about."""
        mask = np.zeros((self.size[1], self.size[0]), np.uint8)
        symbols = [s for word in words for s in word.symbols if s.text.isalnum() and s.text not in JUNK]
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


def _shapes(ink: _Ink, frame: _Frame, words: Sequence[PlacedWord]) -> list[_Found]:
    """Return what may be squares and circles, from the top to the bottom."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8, ltype=cv2.CV_32S)
    line = frame.line
    width, height = stats[:, 2], stats[:, 3]
    shorter, longer = np.minimum(width, height), np.maximum(width, height)
    fits = (shorter >= MIN_SIDE_LINES * line) & (longer <= MAX_PIECE_LINES * line) & (longer <= 2.2 * shorter)
    fits[0] = False
    pieces = np.flatnonzero(fits)
    if not len(pieces):
        return []
    mask = frame.letters(words)
    left, top, width, height = (stats[pieces, i] for i in range(4))
    outside = mask[top + height // 2, left + width // 2] == 0
    pieces = pieces[outside][:MAX_PIECES]
    boxes = stats[pieces, :4].astype(np.int64)
    sums = np.asarray(cv2.integral(ink), np.int64)
    free_left, free_right = _blank_sides(sums, boxes, frame, MIN_GAP_LINES, 0.25)
    alone = np.logical_and(*_blank_sides(sums, boxes, frame, MIN_CIRCLE_GAP_LINES, 0.0))
    square, ring = _border_ink(ink, sums, boxes)
    small = boxes[:, 2:].max(axis=1) <= MAX_SIDE_LINES * line
    even = boxes[:, 2:].max(axis=1) <= MAX_SIDES_RATIO_ON_PICTURES * boxes[:, 2:].min(axis=1)
    plain = free_left & free_right & small & even
    found: list[_Found] = []
    searched = 0
    for index in np.flatnonzero(free_left | free_right).tolist():
        x, y, across, down = boxes[index].tolist()
        if plain[index] and square[index] >= MIN_SIDE_INK:
            round_too = bool(alone[index] and ring[index] >= MIN_RING_INK)
            found.append(_Found(x, y, x + across, y + down, MarkShape.BOX, 0.0, round_too))
        elif plain[index] and alone[index] and ring[index] >= MIN_RING_INK:
            found.append(_Found(x, y, x + across, y + down, MarkShape.CIRCLE, 0.0))
        elif max(across, down) >= MIN_CROSSED_LINES * line and searched < MAX_SEARCHED_PIECES:
            searched += 1
            piece = int(pieces[index])
            patch = (labels[y : y + down, x : x + across] == piece).view(np.uint8)
            shape = _square(patch, line) or _ring(patch, line)
            # without a pen that leaves it, a box is alone between the words; letters of a word are not
            if shape is not None and (shape.overshoot >= MIN_OVERSHOOT_SIDES or alone[index]):
                found.append(
                    shape._replace(
                        left=shape.left + x, top=shape.top + y, right=shape.right + x, bottom=shape.bottom + y
                    )
                )
    return found


def _blank_sides(
    sums: NDArray[np.int64], boxes: NDArray[np.int64], frame: _Frame, lines: float, share: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return whether there is paper before and after each piece, in the direction of the text.

    Args:
        sums: integral of the ink.
        boxes: left, top, width and height of each piece.
        frame: the reduced picture.
        lines: length of the blank space in line heights.
        share: share of the piece's height that is left out above and below.
    """
    gap = max(2, round(lines * frame.line))
    left, top, width, height = boxes.T
    right, bottom = left + width, top + height

    def ink(x0: np.ndarray, y0: np.ndarray, x1: np.ndarray, y1: np.ndarray) -> np.ndarray:
        x0, x1 = x0.clip(0, sums.shape[1] - 1), x1.clip(0, sums.shape[1] - 1)
        y0, y1 = y0.clip(0, sums.shape[0] - 1), y1.clip(0, sums.shape[0] - 1)
        return np.asarray(sums[y1, x1] - sums[y0, x1] - sums[y1, x0] + sums[y0, x0])

    if frame.quarters % 2:
        inset = (share * width).astype(int)
        before = ink(left + inset, top - gap, right - inset, top)
        after = ink(left + inset, bottom, right - inset, bottom + gap)
    else:
        inset = (share * height).astype(int)
        before = ink(left - gap, top + inset, left, bottom - inset)
        after = ink(right, top + inset, right + gap, bottom - inset)
    return before == 0, after == 0


def _border_ink(ink: _Ink, sums: NDArray[np.int64], boxes: NDArray[np.int64]) -> tuple[np.ndarray, np.ndarray]:
    """Return the shares of ink along the bounds of each piece and along the ellipse within them.

    Args:
        ink: the reduced picture.
        sums: its integral.
        boxes: left, top, width and height of each piece.
    """
    left, top, width, height = boxes.T
    right, bottom = left + width, top + height

    def band(x0: np.ndarray, y0: np.ndarray, x1: np.ndarray, y1: np.ndarray) -> np.ndarray:
        return np.asarray(sums[y1, x1] - sums[y0, x1] - sums[y1, x0] + sums[y0, x0])

    sides = (
        band(left, top, right, top + 2) / width,
        band(left, bottom - 2, right, bottom) / width,
        band(left, top, left + 2, bottom) / height,
        band(right - 2, top, right, bottom) / height,
    )
    spread = cv2.dilate(ink, np.ones((2, 2), np.uint8))
    shares = []
    for inset in (0.6, 1.2):
        x = left[:, None] + (width[:, None] - 1) / 2 + (width[:, None] / 2 - inset) * _COSINES
        y = top[:, None] + (height[:, None] - 1) / 2 + (height[:, None] / 2 - inset) * _SINES
        inked = spread[
            (y + 0.75).astype(int).clip(0, ink.shape[0] - 1), (x + 0.75).astype(int).clip(0, ink.shape[1] - 1)
        ]
        shares.append(inked.mean(axis=1))
    return np.min(sides, axis=0), np.max(shares, axis=0)


def _square(patch: _Ink, line: float) -> _Found | None:
    """Find the largest square whose four sides and corners are drawn."""
    down, across = patch.shape
    smallest = MIN_SIDE_LINES * line
    # a side may be a little crooked: a pixel counts as drawn if one of its neighbours across the side is
    vertical, horizontal = patch.copy(), patch.copy()
    vertical[:, 1:] |= patch[:, :-1]
    vertical[:, :-1] |= patch[:, 1:]
    horizontal[1:] |= patch[:-1]
    horizontal[:-1] |= patch[1:]
    columns, rows = _edges(vertical.sum(axis=0), smallest), _edges(horizontal.sum(axis=1), smallest)
    if len(columns) < 2 or len(rows) < 2:
        return None
    down_sums = np.concatenate([np.zeros((1, across), np.int32), vertical.cumsum(axis=0, dtype=np.int32)])
    across_sums = np.concatenate([np.zeros((down, 1), np.int32), horizontal.cumsum(axis=1, dtype=np.int32)], axis=1)
    pairs = np.array(list(itertools.combinations(columns, 2)))
    others = np.array(list(itertools.combinations(rows, 2)))
    left, right = pairs[:, :1], pairs[:, 1:]
    top, bottom = others[:, 0], others[:, 1]
    width, height = right - left + 1, bottom - top + 1
    shorter, longer = np.minimum(width, height), np.maximum(width, height)
    fits = (shorter >= smallest) & (longer <= MAX_SIDES_RATIO_ON_PICTURES * shorter)
    if not fits.any():
        return None
    sides = np.minimum(
        np.minimum(down_sums[bottom + 1, left] - down_sums[top, left],
                   down_sums[bottom + 1, right] - down_sums[top, right]) / height,
        np.minimum(across_sums[top, right + 1] - across_sums[top, left],
                   across_sums[bottom, right + 1] - across_sums[bottom, left]) / width,
    )  # fmt: skip
    cornered = cv2.boxFilter(patch, -1, (3, 3), normalize=False, borderType=cv2.BORDER_CONSTANT) >= MIN_CORNER_PIXELS
    fits &= cornered[top, left] & cornered[top, right] & cornered[bottom, left] & cornered[bottom, right]
    score = np.where(fits & (sides >= MIN_SIDE_INK), shorter * (0.5 + sides), 0.0)
    at, other = np.unravel_index(int(score.argmax()), score.shape)
    if score[at, other] == 0:
        return None
    x0, x1, y0, y1 = (int(v) for v in (*pairs[at], *others[other]))
    beyond = max(x0, y0, across - 1 - x1, down - 1 - y1) / max(x1 - x0, y1 - y0)
    return _Found(x0, y0, x1 + 1, y1 + 1, MarkShape.BOX, beyond)


def _edges(sums: NDArray[np.int64], smallest: float) -> list[int]:
    """Return the rows or columns that may be sides: the outermost with enough ink, the fullest.

    Args:
        sums: ink of each row or column.
        smallest: ink of the shortest side.
    """
    enough = np.flatnonzero(sums >= smallest * MIN_SIDE_INK).tolist()
    if len(enough) <= MAX_EDGES:
        return enough
    strongest = sorted(enough, key=lambda i: -int(sums[i]))[: MAX_EDGES - 4]
    return sorted({*enough[:2], *enough[-2:], *strongest})


def _ring(patch: _Ink, line: float) -> _Found | None:
    """Find a circle that is drawn nearly all around."""
    down, across = patch.shape
    ys, xs = np.nonzero(_outline(patch))
    if len(xs) < 12:
        return None
    smallest, largest = MIN_SIDE_LINES * line / 2, MAX_SIDE_LINES * line / 2
    guesses = [((across - 1) / 2, (down - 1) / 2, (across + down - 2) / 4)]
    if max(across, down) > 1.12 * min(across, down):
        side = min(across, down)
        half = (side - 1) / 2
        guesses = [
            (half, half, half),
            (across - 1 - half, half, half),
            (half, down - 1 - half, half),
            (across - 1 - half, down - 1 - half, half),
        ]
    guesses += _circles_through(xs, ys, smallest, largest)
    padded = np.pad(patch, 3)
    best: tuple[float, float, float, float] | None = None
    circles = np.array(guesses)
    for radius_change in (0.0, -0.7):
        radii = circles[:, 2:] + radius_change
        x = (circles[:, :1] + radii * _COSINES).round().astype(int) + 3
        y = (circles[:, 1:2] + radii * _SINES).round().astype(int) + 3
        inside = (x >= 1) & (x < across + 5) & (y >= 1) & (y < down + 5)
        x, y = x.clip(1, across + 4), y.clip(1, down + 4)
        drawn = padded[y, x] | padded[y, x - 1] | padded[y, x + 1] | padded[y - 1, x] | padded[y + 1, x]
        share = (drawn & inside).mean(axis=1)
        # a disc is drawn just as well, but so is a smaller circle in it: then nothing is empty between
        for index in np.flatnonzero(share >= MIN_CROSSED_RING_INK).tolist():
            cx, cy, radius = circles[index, 0], circles[index, 1], float(radii[index, 0])
            if smallest <= radius <= largest and (best is None or (share[index], radius) > best[:2]):
                best = float(share[index]), radius, float(cx), float(cy)
    if best is None:
        return None
    _, radius, cx, cy = best
    if not _is_hollow(patch, cx, cy, radius):
        return None
    beyond = max(cx - radius, cy - radius, across - 1 - cx - radius, down - 1 - cy - radius) / (2 * radius)
    return _Found(cx - radius, cy - radius, cx + radius + 1, cy + radius + 1, MarkShape.CIRCLE, max(0.0, beyond))


def _is_hollow(patch: _Ink, x: float, y: float, radius: float) -> bool:
    """Return whether there is mostly paper just inside a circle: its line is thin."""
    inner = radius * 0.78
    across = (x + inner * _COSINES).round().astype(int).clip(0, patch.shape[1] - 1)
    down = (y + inner * _SINES).round().astype(int).clip(0, patch.shape[0] - 1)
    return float(patch[down, across].mean()) <= 0.6


def _outline(patch: _Ink) -> _Ink:
    """Return the first and last ink of each row and column."""
    outer = np.zeros_like(patch)
    rows = np.arange(patch.shape[0])
    columns = np.arange(patch.shape[1])
    outer[rows, patch.argmax(axis=1)] = 1
    outer[rows, patch.shape[1] - 1 - patch[:, ::-1].argmax(axis=1)] = 1
    outer[patch.argmax(axis=0), columns] = 1
    outer[patch.shape[0] - 1 - patch[::-1].argmax(axis=0), columns] = 1
    return outer & patch


def _circles_through(
    xs: NDArray[np.int64], ys: NDArray[np.int64], smallest: float, largest: float
) -> list[tuple[float, float, float]]:
    """Return circles through three points each of an outline."""
    count = 60
    points = np.stack([xs, ys], axis=1).astype(np.float64)
    order = np.argsort(np.arctan2(points[:, 1] - points[:, 1].mean(), points[:, 0] - points[:, 0].mean()))
    points = points[order]
    size = len(points)
    first = np.arange(count) * size // count
    step = np.where(np.arange(count) % 2 == 0, size // 3, size // 5)
    a, b, c = points[first], points[(first + step) % size], points[(first + 2 * step) % size]
    twice = 2 * (a[:, 0] * (b[:, 1] - c[:, 1]) + b[:, 0] * (c[:, 1] - a[:, 1]) + c[:, 0] * (a[:, 1] - b[:, 1]))
    valid = np.abs(twice) > 1e-6
    a, b, c, twice = a[valid], b[valid], c[valid], twice[valid]
    aa, bb, cc = (a**2).sum(axis=1), (b**2).sum(axis=1), (c**2).sum(axis=1)
    x = (aa * (b[:, 1] - c[:, 1]) + bb * (c[:, 1] - a[:, 1]) + cc * (a[:, 1] - b[:, 1])) / twice
    y = (aa * (c[:, 0] - b[:, 0]) + bb * (a[:, 0] - c[:, 0]) + cc * (b[:, 0] - a[:, 0])) / twice
    radius = np.hypot(a[:, 0] - x, a[:, 1] - y)
    fits = (radius >= smallest) & (radius <= largest)
    return list(zip(x[fits].tolist(), y[fits].tolist(), radius[fits].tolist(), strict=True))


def _without_rows(found: list[_Found]) -> list[_Found]:
    """Drop boxes that nearly touch others in their row: such rows are for one letter per box."""
    kept: list[_Found] = []
    for box in found:
        close = 0
        for other in found:
            if other is box or abs(other.top - box.top) > 0.3 * box.side or abs(other.side - box.side) > 0.2 * box.side:
                continue
            gap = max(other.left - box.right, box.left - other.right)
            close += gap < 0.5 * box.side
        if close < 2 and not any(_covers(other, box) for other in found if other is not box):
            kept.append(box)
    return kept


def _covers(outer: _Found, inner: _Found) -> bool:
    """Return whether a box lies in a larger one."""
    return (
        outer.left <= inner.left
        and outer.top <= inner.top
        and inner.right <= outer.right
        and inner.bottom <= outer.bottom
        and outer.side > inner.side
    )


def _judged(grey: _Ink, frame: _Frame, found: _Found) -> tuple[_Found, MarkState, float] | None:
    """Look at a box on the full picture.

    Returns:
        The box with its exact place, its state and the probability that this is right; None if it is not a tick box.
    """
    patch = _patch(grey, frame, found)
    paper, black = (float(v) for v in np.partition(patch.ravel(), (_DARK_RANK, _PAPER_RANK))[[_PAPER_RANK, _DARK_RANK]])
    contrast = paper - black
    if contrast < CONTRAST_GREY_LEVELS:
        return None
    dark = patch < paper - 0.45 * contrast
    place = _square_on_patch(dark) if found.shape is MarkShape.BOX or found.overshoot == 0 else None
    shape = MarkShape.BOX
    if place is None and found.may_be_circle:
        place, shape = _circle_on_patch(dark, found.overshoot > 0), MarkShape.CIRCLE
    if place is None:
        return None
    left, top, right, bottom = place
    inset_x, inset_y = INNER_SHARE * (right - left), INNER_SHARE * (bottom - top)
    rows = slice(round(top + inset_y), round(bottom - inset_y) + 1)
    columns = slice(round(left + inset_x), round(right - inset_x) + 1)
    inside, faint = dark[rows, columns], patch[rows, columns] < paper - 0.2 * contrast
    if shape is MarkShape.CIRCLE:
        ys, xs = np.ogrid[-1 : 1 : inside.shape[0] * 1j, -1 : 1 : inside.shape[1] * 1j]
        disc = ys**2 + xs**2 <= 1.0
        inside, faint = inside[disc], faint[disc]
    share, grey_share = float(inside.mean()), float(faint.mean())
    across, down = (found.right - found.left) / PATCH_PIXELS, (found.bottom - found.top) / PATCH_PIXELS
    if shape is MarkShape.CIRCLE and max(across, down) > MAX_CIRCLE_RATIO * min(across, down):
        return None  # the digit 0
    margin = PATCH_PIXELS // 2
    exact = found._replace(
        left=found.left + (left - margin) * across,
        top=found.top + (top - margin) * down,
        right=found.left + (right + 1 - margin) * across,
        bottom=found.top + (bottom + 1 - margin) * down,
        shape=shape,
        inside=share,
    )
    if shape is MarkShape.CIRCLE and found.overshoot >= MIN_OVERSHOOT_SIDES and share < MIN_TICKED_INK:
        return None  # a pen that leaves a circle ticks it; this is a letter such as b or d
    need = MIN_TICKED_INK * (0.5 if found.overshoot > 0.2 else 1.0)
    if share >= need:
        return exact, MarkState.TICKED, min(0.99, 0.7 + 2.5 * (share - need))
    if share >= MIN_SPECK_INK or grey_share >= MIN_FAINT_INK:
        return exact, MarkState.UNCLEAR, 0.6
    return exact, MarkState.EMPTY, min(0.99, 0.8 + 10 * (MIN_SPECK_INK - share))


def _square_on_patch(dark: NDArray[np.bool_]) -> tuple[int, int, int, int] | None:
    """Return left, top, right and bottom of a square; None if a side is not straight and whole."""
    margin, end = PATCH_PIXELS // 2, PATCH_PIXELS // 2 + PATCH_PIXELS - 1
    # two neighbouring rows together hide a little tilt; letters' curves need more
    rows, columns = dark[1:] | dark[:-1], dark[:, 1:] | dark[:, :-1]
    across, down = rows[:, margin + 2 : end - 1].mean(axis=1), columns[margin + 2 : end - 1].mean(axis=0)
    near, far = slice(margin - SLACK_PIXELS, margin + SLACK_PIXELS), slice(end - SLACK_PIXELS, end + SLACK_PIXELS)
    sides = [across[near], across[far], down[near], down[far]]
    if min(float(side.max()) for side in sides) < MIN_STRAIGHT_INK:
        return None
    top, left = (margin - SLACK_PIXELS + int((side >= MIN_STRAIGHT_INK).argmax()) for side in (sides[0], sides[2]))
    bottom, right = (
        end + SLACK_PIXELS - int((side[::-1] >= MIN_STRAIGHT_INK).argmax()) for side in (sides[1], sides[3])
    )
    # a bulge beyond a side shows a letter such as D or B; a little tilt shows only in the next pixel
    beyond = [across[top - BULGE_PIXELS], across[bottom + BULGE_PIXELS - 1]]
    beyond += [down[left - BULGE_PIXELS], down[right + BULGE_PIXELS - 1]]
    if max(beyond) > MAX_BULGE_INK:
        return None
    reach = CORNER_PIXELS
    corners = (
        dark[top : top + reach, left : left + reach],
        dark[top : top + reach, right - reach + 1 : right + 1],
        dark[bottom - reach + 1 : bottom + 1, left : left + reach],
        dark[bottom - reach + 1 : bottom + 1, right - reach + 1 : right + 1],
    )
    if min(int(corner.sum()) for corner in corners) < MIN_CORNER_INK:
        return None
    return left, top, right, bottom


def _circle_on_patch(dark: NDArray[np.bool_], crossed: bool) -> tuple[int, int, int, int] | None:
    """Return the bounds of a circle; None if it has gaps or is not round.

    Args:
        dark: the patch, with True for ink.
        crossed: whether a pen leaves the circle.
    """
    middle = PATCH_PIXELS - 0.5
    radii = np.arange(PATCH_PIXELS // 2 + SLACK_PIXELS, PATCH_PIXELS // 2 - 3 * SLACK_PIXELS // 2, -0.5)
    best: tuple[float, float, float, float] | None = None
    near = MIN_CROSSED_ROUND_SHARE if crossed else MIN_PLAIN_ROUND_SHARE
    for shift_x, shift_y in _SHIFTS:
        x = (middle + shift_x + radii[:, None] * _COSINES).round().astype(int)
        y = (middle + shift_y + radii[:, None] * _SINES).round().astype(int)
        ring = dark[y, x]
        outer = radii[ring.argmax(axis=0)]
        usual = float(np.sort(outer)[_CIRCLE_STEPS // 2])
        # a pen that crosses the line leads beyond it, but the line is there too
        drawn = float(ring[np.abs(radii - usual) <= MAX_ROUGHNESS_PIXELS].any(axis=0).mean())
        if drawn < MIN_ROUND_SHARE or (np.abs(outer - usual) <= MAX_ROUGHNESS_PIXELS + 0.5).mean() < near:
            continue
        if best is None or drawn > best[0]:
            best = drawn, usual, shift_x, shift_y
        if drawn == 1:
            break
    if best is None:
        return None
    _, radius, right, down = best
    left, top = middle + right - radius, middle + down - radius
    return round(left), round(top), round(left + 2 * radius), round(top + 2 * radius)


def _patch(grey: _Ink, frame: _Frame, found: _Found) -> _Ink:
    """Return the straightened box from the full picture, with a margin of half its side.

    It is stretched to a square.
    """
    margin, side = PATCH_PIXELS // 2, 2 * PATCH_PIXELS
    stretch = np.array([PATCH_PIXELS / (found.right - found.left), PATCH_PIXELS / (found.bottom - found.top)])
    matrix = stretch[:, None] * frame.matrix
    matrix[:, 2] += margin - stretch * (found.left, found.top)
    patch = cv2.warpAffine(grey, matrix, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(patch, np.uint8)


class _Span(NamedTuple):
    """A symbol's part of its line, in pixels of the reduced picture along the line."""

    symbol: Symbol
    low: float
    high: float


def _separated(lines: list[PlacedLine], marks: Sequence[_Found], ink: _Ink, frame: _Frame) -> list[PlacedLine]:
    """Separate what OCR read from the marks between the words.

    OCR takes a box for a letter, or reads over it, so that two labels become one word and the letter next to the box
    gets its place. Words are divided at a mark, the letter's place is cut off there, and a character in whose place
    nothing but the mark is printed is removed.
    """
    upright = frame.quarters % 2 == 0
    axis = 0 if upright else 1
    boxes = np.array([(f.left, f.top, f.right, f.bottom) for f in marks])
    result: list[PlacedLine] = []
    for line in lines:
        corners = frame.to_reduced(np.array([p for word in line for p in word.quad]))
        low, high = corners.min(axis=0), corners.max(axis=0)
        middles = (boxes[:, :2] + boxes[:, 2:]) / 2
        on_line = (middles[:, 1 - axis] > low[1 - axis]) & (middles[:, 1 - axis] < high[1 - axis])
        on_line &= (boxes[:, axis] < high[axis]) & (boxes[:, 2 + axis] > low[axis])
        if not on_line.any():
            result.append(line)
            continue
        words = [part for word in line for part in _divided(word, boxes[on_line], ink, frame, axis)]
        if words:
            result.append(words)
    return result


def _divided(word: PlacedWord, boxes: NDArray[np.float64], ink: _Ink, frame: _Frame, axis: int) -> list[PlacedWord]:
    """Divide a word at the marks in it."""
    corners = frame.to_reduced(np.array([s.quad for s in word.symbols]))
    lows, highs = corners[:, :, axis].min(axis=1), corners[:, :, axis].max(axis=1)
    spans = [_Span(*item) for item in zip(word.symbols, lows.tolist(), highs.tolist(), strict=True)]
    backwards = frame.quarters >= 2
    groups: list[list[_Span]] = [[]]
    for span in spans:
        hit = next((b for b in boxes if min(span.high, b[2 + axis]) - max(span.low, b[axis]) > 1.0), None)
        if hit is None:
            previous = groups[-1][-1] if groups[-1] else None
            if previous is not None and _is_between(previous, span, boxes, axis):
                groups.append([])
            groups[-1].append(span)
            continue
        before, after = (span.low, float(hit[axis])), (float(hit[2 + axis]), span.high)
        if backwards:
            before, after = after, before
        inked = [_has_ink(ink, part, hit, axis) for part in (before, after)]
        if inked[0] and not inked[1]:
            groups[-1].append(_trimmed(span, *before, backwards))
            groups.append([])
        elif inked[1]:
            groups.append([_trimmed(span, *after, backwards)])
        elif span.symbol.text not in JUNK:
            groups[-1].append(span)
    return [word_of([s.symbol for s in group]) for group in groups if group]


def _is_between(first: _Span, second: _Span, boxes: NDArray[np.float64], axis: int) -> bool:
    """Return whether a mark lies between two symbols."""
    low, high = sorted(((first.low + first.high) / 2, (second.low + second.high) / 2))
    middles = (boxes[:, axis] + boxes[:, 2 + axis]) / 2
    return bool(((middles > low) & (middles < high)).any())


def _has_ink(ink: _Ink, part: tuple[float, float], box: NDArray[np.float64], axis: int) -> bool:
    """Return whether anything is printed on a part of the line next to a mark."""
    start, end = round(part[0]) + 1, round(part[1]) - 1
    if end - start < MIN_LETTER_PIXELS:
        return False
    rows, columns = slice(int(box[1]), int(box[3])), slice(max(0, start), end)
    if axis:
        rows, columns = columns, slice(int(box[0]), int(box[2]))
    patch = ink[rows, columns]
    return patch.size > 0 and float(patch.mean()) >= MIN_LETTER_INK


def _trimmed(span: _Span, low: float, high: float, backwards: bool) -> _Span:
    """Return a symbol with only a part of its place."""
    length = max(span.high - span.low, 1e-6)
    start, end = (low - span.low) / length, (high - span.low) / length
    if backwards:
        start, end = 1 - end, 1 - start
    quad = span.symbol.quad.part(max(0.0, start), min(1.0, end))
    return _Span(span.symbol._replace(quad=quad), low, high)
