"""Judge squares and circles: which are tick boxes or radio buttons, and which are ticked."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from documents.marks.mark_shapes import MAX_STEM_SIDES, MIN_OVERSHOOT_SIDES
from documents.marks.reduced_picture import CIRCLE_STEPS, CONTRAST_GREY_LEVELS, COSINES, SINES, Candidate, Frame, Ink
from schemas.marks import MarkShape, MarkState

MAX_CIRCLE_RATIO = 1.15
"""A circle is at most this much longer one way than the other; the digit 0 is narrower."""
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
_TOWARDS_ROWS = np.abs(COSINES) < 0.42, np.abs(SINES) < 0.42
"""Directions on a circle to the rows above and below, for text that runs along the picture and for text across it."""


def _sides() -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return rows and columns of the pixels across a square's sides, shape (across, along)."""
    margin, end = PATCH_PIXELS // 2, PATCH_PIXELS // 2 + PATCH_PIXELS - 1
    slack = np.arange(-SLACK_PIXELS, SLACK_PIXELS)[:, None]
    along = np.arange(margin, end + 1)[None]
    across = [np.broadcast_to(side + slack, (len(slack), along.shape[1])) for side in (margin, end)]
    lengthwise = np.broadcast_to(along, across[0].shape)
    return np.hstack([*across, lengthwise, lengthwise]), np.hstack([lengthwise, lengthwise, *across])


def _ring() -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return rows and columns of the pixels across a circle's line, shape (across, along)."""
    radii = np.arange(PATCH_PIXELS // 2 - SLACK_PIXELS, PATCH_PIXELS // 2 + SLACK_PIXELS)[:, None]
    middle = PATCH_PIXELS - 0.5
    return (middle + radii * SINES).round().astype(np.int64), (middle + radii * COSINES).round().astype(np.int64)


_SIDES, _RING = _sides(), _ring()


class Judged(NamedTuple):
    """A mark on the reduced picture."""

    found: Candidate
    """With its exact place and shape."""
    state: MarkState
    confidence: float
    """Probability that it is a mark, and in this state."""


def judge(grey: Ink, frame: Frame, found: Candidate) -> Judged | None:
    """Look at a box on the full picture.

    Args:
        grey: the full picture.
        frame: the reduced one.
        found: the box on the reduced picture.

    Returns:
        The mark; None if the box is none.
    """
    patch = _patch(grey, frame, found)
    paper, black = (float(v) for v in np.partition(patch.ravel(), (_DARK_RANK, _PAPER_RANK))[[_PAPER_RANK, _DARK_RANK]])
    contrast = paper - black
    if contrast < CONTRAST_GREY_LEVELS:
        return None
    dark = patch < paper - 0.45 * contrast
    # a border may be lighter than what fills it
    place = None
    if found.shape is MarkShape.BOX or found.overshoot == 0:
        place = _square_on_patch(patch < paper - 0.45 * (paper - _level(patch, _SIDES)))
    shape = MarkShape.BOX
    if place is None and found.may_be_circle:
        place = _circle_on_patch(
            patch < paper - 0.45 * (paper - _level(patch, _RING)),
            found.overshoot > 0,
            _TOWARDS_ROWS[frame.quarters % 2],
        )
        shape = MarkShape.CIRCLE
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
    if (
        shape is MarkShape.CIRCLE
        and MIN_OVERSHOOT_SIDES <= found.overshoot <= MAX_STEM_SIDES
        and share < MIN_TICKED_INK
    ):
        return None  # a pen that leaves a circle ticks it; this is a letter such as b or d
    need = MIN_TICKED_INK * (0.5 if found.overshoot > 0.2 else 1.0)
    if share >= need:
        return Judged(exact, MarkState.TICKED, min(0.99, 0.7 + 2.5 * (share - need)))
    if share >= MIN_SPECK_INK or grey_share >= MIN_FAINT_INK:
        return Judged(exact, MarkState.UNCLEAR, 0.6)
    return Judged(exact, MarkState.EMPTY, min(0.99, 0.8 + 10 * (MIN_SPECK_INK - share)))


def _level(patch: Ink, border: tuple[NDArray[np.int64], NDArray[np.int64]]) -> float:
    """Return the grey level of a border on a patch: the median of the darkest pixels across it."""
    return float(np.median(patch[border].min(axis=0)))


def _square_on_patch(dark: NDArray[np.bool_]) -> tuple[int, int, int, int] | None:
    """Return left, top, right and bottom of a square; None if a side is not straight and whole."""
    margin, end = PATCH_PIXELS // 2, PATCH_PIXELS // 2 + PATCH_PIXELS - 1
    # two neighbouring rows together hide a little tilt; letters' curves need more
    rows, columns = dark[1:] | dark[:-1], dark[:, 1:] | dark[:, :-1]
    across, down = rows[:, margin + 2 : end - 1].mean(axis=1), columns[margin + 2 : end - 1].mean(axis=0)
    top, bottom = _outer_edge(across, margin, -1), _outer_edge(across, end, 1)
    left, right = _outer_edge(down, margin, -1), _outer_edge(down, end, 1)
    if top is None or bottom is None or left is None or right is None:
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


def _outer_edge(ink: NDArray[np.float64], seen: int, outwards: int) -> int | None:
    """Return the outermost row or column of a side; None if it is not drawn or bulges.

    Args:
        ink: share of ink in each pair of neighbouring rows or columns of the patch.
        seen: where the side was on the reduced picture.
        outwards: -1 or 1, the direction away from the middle of the box.
    """
    near = range(seen - SLACK_PIXELS, seen + SLACK_PIXELS)
    drawn = [at for at in near if ink[at] >= MIN_STRAIGHT_INK]
    if not drawn:
        return None
    at = min(drawn, key=lambda i: abs(i - seen))
    while ink[at + outwards] >= MIN_STRAIGHT_INK:
        at += outwards
        if abs(at - seen) > SLACK_PIXELS:
            break
    # a bulge beyond a side shows a letter such as D or B; a little tilt shows only in the next pixel
    beyond = [float(ink[at + step * outwards]) for step in range(1, BULGE_PIXELS + 1)]
    if min(beyond) > MAX_BULGE_INK:
        return None
    return at + (outwards > 0)


def _circle_on_patch(
    dark: NDArray[np.bool_], crossed: bool, towards_rows: NDArray[np.bool_]
) -> tuple[int, int, int, int] | None:
    """Return the bounds of a circle; None if it has gaps or is not round.

    Args:
        dark: the patch, with True for ink.
        crossed: whether a pen leaves the circle.
        towards_rows: the directions in which other rows of text are.
    """
    middle = PATCH_PIXELS - 0.5
    radii = np.arange(PATCH_PIXELS // 2 + SLACK_PIXELS, PATCH_PIXELS // 2 - 3 * SLACK_PIXELS // 2, -0.5)
    best: tuple[float, float, float, float] | None = None
    near = MIN_CROSSED_ROUND_SHARE if crossed else MIN_PLAIN_ROUND_SHARE
    for shift_x, shift_y in _SHIFTS:
        x = (middle + shift_x + radii[:, None] * COSINES).round().astype(int)
        y = (middle + shift_y + radii[:, None] * SINES).round().astype(int)
        ring = dark[y, x]
        outer = radii[ring.argmax(axis=0)]
        usual = float(np.sort(outer)[CIRCLE_STEPS // 2])
        # a pen that crosses the line leads beyond it, but the line is there too
        in_line = ring[np.abs(radii - usual) <= MAX_ROUGHNESS_PIXELS].any(axis=0)
        drawn = float(in_line.mean())
        if drawn < MIN_ROUND_SHARE:
            continue
        # above and below, the next circle of a column may touch this one
        if ((np.abs(outer - usual) <= MAX_ROUGHNESS_PIXELS + 0.5) | (in_line & towards_rows)).mean() < near:
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


def _patch(grey: Ink, frame: Frame, found: Candidate) -> Ink:
    """Return the straightened box from the full picture, with a margin of half its side.

    It is stretched to a square.
    """
    margin, side = PATCH_PIXELS // 2, 2 * PATCH_PIXELS
    stretch = np.array([PATCH_PIXELS / (found.right - found.left), PATCH_PIXELS / (found.bottom - found.top)])
    matrix = stretch[:, None] * frame.matrix
    matrix[:, 2] += margin - stretch * (found.left, found.top)
    patch = cv2.warpAffine(grey, matrix, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(patch, np.uint8)
