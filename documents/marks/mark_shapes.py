"""Find what may be tick boxes and radio buttons on a reduced picture.

Each connected piece of ink of a box's size is searched for the four sides of a square, or for a circle; pen strokes may
cross the border and leave the box, and join it with the next one.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from documents.marks.reduced_picture import COSINES, SINES, Candidate, Frame, Ink
from documents.placed import PlacedWord
from schemas.marks import MarkShape

MIN_SIDE_LINES, MAX_SIDE_LINES = 0.42, 1.9
"""Sides of tick boxes in heights of a line as OCR finds it, which is about 1.3 type sizes."""
MAX_PIECE_LINES = 2.8
"""Sides of a piece of ink with a box in it: pens reach beyond the border."""
MAX_PIECES = 1500
"""Pieces of ink looked at per page, which bounds the time for noise."""
MAX_SIDES_RATIO_ON_PICTURES = 1.3
"""A tick box is at most this much longer one way than the other."""
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
MIN_GAP_LINES = 0.14
"""Blank space that is left and right of a box at least: letters of a word are closer."""
MIN_CIRCLE_GAP_LINES = 0.19
"""Blank space on both sides of a circle, over its whole height: between an O and the next letter there is less."""
MIN_OVERSHOOT_SIDES = 0.12
"""A pen leaves a box if it reaches farther beyond it than this."""
MAX_STEM_SIDES, MAX_PEN_SIDES = 0.8, 0.9
"""Letters with a circle, such as b and d, reach at most this far beyond it, and pens little farther; what is farther
out is the next circle of a column, or the next letter."""
MIN_STEM_SIDES, MIN_PEN_SIDES = 0.5, 0.05
"""Ink that reaches farther than the first beyond a circle, but in one direction alone, is the rest of a letter or digit
such as b or 8; a pen that reaches so far also leaves the circle sideways by the second."""
MAX_CHORD_SIDES = 0.85
"""A square that is smaller than its piece of ink by more than this may be made of strokes within a circle."""
MAX_JOINED = 5
"""Boxes or circles in one piece of ink: those of a column may touch, or a pen joins them."""
MIN_CROSSED_LINES = 0.7
"""Pieces of ink smaller than this are not searched for a box that a pen crosses."""
MAX_SEARCHED_PIECES = 60
"""Pieces of ink per page that are searched for a crossed box, the slowest step."""
MAX_HOLLOW_INK = 0.75
"""Share of ink just inside a circle on the reduced picture: a pen adds to it, a disc is all ink."""
MAX_LETTER_SHARE = 0.1
"""Share of a piece of ink's place that is read as letters, at most."""


def candidates(ink: Ink, frame: Frame, words: Sequence[PlacedWord]) -> list[Candidate]:
    """Return what may be squares and circles.

    Args:
        ink: the reduced picture.
        frame: the same, with its scale.
        words: what OCR read on the picture.
    """
    _, labels, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8, ltype=cv2.CV_32S)
    line = frame.line
    width, height = stats[:, 2], stats[:, 3]
    shorter = np.minimum(width, height)
    along, across = (width, height) if frame.quarters % 2 == 0 else (height, width)
    fits = (shorter >= MIN_SIDE_LINES * line) & (along <= MAX_PIECE_LINES * line) & (along <= 2.2 * across)
    fits &= (across <= MAX_JOINED * MAX_SIDE_LINES * line) & (across <= (MAX_JOINED + 0.2) * along)
    fits[0] = False
    pieces = np.flatnonzero(fits)
    if not len(pieces):
        return []
    mask = frame.letters(words)
    left, top, width, height = (stats[pieces, i] for i in range(4))
    read = cv2.integral(mask)
    right, bottom = left + width, top + height
    letters = read[bottom, right] - read[top, right] - read[bottom, left] + read[top, left]
    outside = letters <= MAX_LETTER_SHARE * width * height
    pieces = pieces[outside][:MAX_PIECES]
    boxes = stats[pieces, :4].astype(np.int64)
    sums = np.asarray(cv2.integral(ink), np.int64)
    free_left, free_right = _blank_sides(sums, boxes, frame, MIN_GAP_LINES, 0.25)
    alone = np.logical_and(*_blank_sides(sums, boxes, frame, MIN_CIRCLE_GAP_LINES, 0.0))
    square, ring = _border_ink(ink, sums, boxes)
    small = boxes[:, 2:].max(axis=1) <= MAX_SIDE_LINES * line
    even = boxes[:, 2:].max(axis=1) <= MAX_SIDES_RATIO_ON_PICTURES * boxes[:, 2:].min(axis=1)
    plain = free_left & free_right & small & even
    in_column = boxes[:, 2] < boxes[:, 3] if frame.quarters % 2 == 0 else boxes[:, 3] < boxes[:, 2]
    found: list[Candidate] = []
    searched = 0
    for index in np.flatnonzero(free_left | free_right).tolist():
        x, y, across, down = boxes[index].tolist()
        if plain[index] and square[index] >= MIN_SIDE_INK:
            round_too = bool(alone[index] and ring[index] >= MIN_RING_INK)
            found.append(Candidate(x, y, x + across, y + down, MarkShape.BOX, 0.0, round_too))
        elif plain[index] and alone[index] and ring[index] >= MIN_RING_INK:
            found.append(Candidate(x, y, x + across, y + down, MarkShape.CIRCLE, 0.0))
        elif max(across, down) >= MIN_CROSSED_LINES * line and searched < MAX_SEARCHED_PIECES:
            piece = int(pieces[index])
            patch = (labels[y : y + down, x : x + across] == piece).view(np.uint8)
            if not _has_hole(patch):
                continue
            searched += 1
            for shape in _crossed(patch, line, bool(alone[index])):
                # without a pen that leaves it, a box is alone between the words; letters of a word are not
                penned = MIN_OVERSHOOT_SIDES <= shape.overshoot <= MAX_PEN_SIDES
                joined = shape.overshoot > MAX_PEN_SIDES
                stacked = in_column[index] and (alone[index] or shape.shape is MarkShape.BOX)
                if penned or (stacked if joined else alone[index]):
                    found.append(shape.moved(x, y))
    return _without_rows(found)


def _has_hole(patch: Ink) -> bool:
    """Return whether ink encloses paper, as a border does."""
    around = cv2.copyMakeBorder(1 - patch, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=(1,))
    return cv2.connectedComponents(around, connectivity=4)[0] > 2


def _crossed(patch: Ink, line: float, alone: bool) -> list[Candidate]:
    """Return the squares and circles in one piece of ink, which a pen or blur may have joined.

    Strokes within a circle can look like the sides of a smaller square; then both are returned, the larger first.

    Args:
        patch: the piece of ink on the reduced picture.
        line: height of most lines.
        alone: whether there is paper on both sides; then a small circle may be full of a pen's ink.
    """
    left = patch.copy()
    found: list[Candidate] = []
    for _ in range(MAX_JOINED):
        square = _square(left, line)
        shapes = [] if square is None else [square]
        if square is None or square.side < MAX_CHORD_SIDES * min(left.shape):
            circle = _circle(left, line, 1.0 if alone else MAX_HOLLOW_INK)
            shapes += [] if circle is None else [circle]
        if not shapes:
            break
        shapes.sort(key=lambda shape: -shape.side)
        found += shapes
        largest = shapes[0]
        left[round(largest.top) : round(largest.bottom), round(largest.left) : round(largest.right)] = 0
        if left.sum() < MIN_SIDE_INK * 4 * MIN_SIDE_LINES * line:
            break
    return found


def _blank_sides(
    sums: NDArray[np.int64], boxes: NDArray[np.int64], frame: Frame, lines: float, share: float
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


def _border_ink(ink: Ink, sums: NDArray[np.int64], boxes: NDArray[np.int64]) -> tuple[np.ndarray, np.ndarray]:
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
        x = left[:, None] + (width[:, None] - 1) / 2 + (width[:, None] / 2 - inset) * COSINES
        y = top[:, None] + (height[:, None] - 1) / 2 + (height[:, None] / 2 - inset) * SINES
        inked = spread[
            (y + 0.75).astype(int).clip(0, ink.shape[0] - 1), (x + 0.75).astype(int).clip(0, ink.shape[1] - 1)
        ]
        shares.append(inked.mean(axis=1))
    return np.min(sides, axis=0), np.max(shares, axis=0)


def _square(patch: Ink, line: float) -> Candidate | None:
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
    return Candidate(x0, y0, x1 + 1, y1 + 1, MarkShape.BOX, beyond, may_be_circle=beyond <= MAX_STEM_SIDES)


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


def _circle(patch: Ink, line: float, most_inside: float) -> Candidate | None:
    """Find a circle that is drawn nearly all around.

    Args:
        patch: the piece of ink on the reduced picture.
        line: height of most lines.
        most_inside: share of ink at most just inside the circle.
    """
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
        x = (circles[:, :1] + radii * COSINES).round().astype(int) + 3
        y = (circles[:, 1:2] + radii * SINES).round().astype(int) + 3
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
    if _ink_inside(patch, cx, cy, radius) > most_inside:
        return None
    sideways = max(cx - radius, across - 1 - cx - radius) / (2 * radius)
    lengthways = max(cy - radius, down - 1 - cy - radius) / (2 * radius)
    beyond = max(sideways, lengthways)
    if MIN_STEM_SIDES < beyond <= MAX_PEN_SIDES and min(sideways, lengthways) < MIN_PEN_SIDES:
        return None
    return Candidate(cx - radius, cy - radius, cx + radius + 1, cy + radius + 1, MarkShape.CIRCLE, max(0.0, beyond))


def _ink_inside(patch: Ink, x: float, y: float, radius: float) -> float:
    """Return the share of ink just inside a circle's line."""
    inner = radius * 0.78
    across = (x + inner * COSINES).round().astype(int).clip(0, patch.shape[1] - 1)
    down = (y + inner * SINES).round().astype(int).clip(0, patch.shape[0] - 1)
    return float(patch[down, across].mean())


def _outline(patch: Ink) -> Ink:
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
    count = 30
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


def _without_rows(found: list[Candidate]) -> list[Candidate]:
    """Drop boxes that nearly touch others on both sides: such rows are for one letter per box."""
    kept: list[Candidate] = []
    for box in found:
        before = after = False
        for other in found:
            if abs(other.top - box.top) > 0.3 * box.side or abs(other.side - box.side) > 0.2 * box.side:
                continue
            before |= -0.1 * box.side < box.left - other.right < 0.5 * box.side
            after |= -0.1 * box.side < other.left - box.right < 0.5 * box.side
        if not (before and after):
            kept.append(box)
    return kept
