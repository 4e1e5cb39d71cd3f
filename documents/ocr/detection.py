"""Find lines of text on a picture with PP-OCR's detector.

The detector gives each pixel a probability; likely pixels get rectangles.

Blank rows and margins are cut out first, because the detector takes as long for paper as for print.

The post-processing follows DB (https://arxiv.org/abs/1911.08947): threshold, contours, smallest rectangles, grown by
area x ratio / perimeter, because the model is trained on shrunk text.
"""

from __future__ import annotations

import bisect
import itertools
import math
from typing import Any

import cv2
import numpy as np
import onnxruntime
from numpy.typing import NDArray

from documents.pictures import Picture

MAX_SIDE_PIXELS = 1280
"""Longer side of the picture that the detector sees: more costs time and finds no more."""
MAX_ENLARGEMENT = 2.0
"""Small pictures are enlarged up to this factor, and no further than `MAX_SIDE_PIXELS`."""
BLOCK_PIXELS = 32
"""Sides are padded to a multiple of this, the product of the model's strides."""
MIN_PIXEL_PROBABILITY = 0.3
"""Threshold of DB: pixels above it are text."""
MIN_BOX_PROBABILITY = 0.5
"""Rectangles with a lower mean probability are dropped."""
GROWTH = 1.6
"""Ratio by which DB's shrunk rectangles are grown."""
MIN_BOX_SIDE_PIXELS = 3.0
"""Rectangles that are thinner on the reduced picture are specks."""
MAX_BOXES = 3000
"""Contours beyond this many are ignored, which bounds the time for a noisy page."""
MIN_TILT_ASPECT = 8.0
"""Lines at least this many heights long keep their own tilt, which varies over a page in perspective."""
MAX_TILT_CORRECTION_RADIANS = math.radians(3)
"""Rectangles turned further from the page's tilt are askew on purpose and stay as they are."""
MIN_KEPT_HEIGHT = 0.7
"""Share of its height that a rectangle keeps at least when its tilt is corrected."""
INK_CONTRAST_GREY_LEVELS = (12.0, 45.0)
"""Bounds of the contrast between neighbours (at half size) that counts as ink: the lower for clean paper, the upper for
noisy paper, and between them `INK_OVER_NOISE`."""
INK_OVER_NOISE = 5.0
"""Ink has this many times the page's median contrast: of 9,155 lines on 171 real pages one is lost by this."""
MIN_INK_PIXELS = 2
"""Half-size rows and columns with fewer ink pixels are blank."""
BLANK_MARGIN_PIXELS = 16
"""Margin kept around ink, because the detector judges by surroundings."""

Corners = NDArray[np.float32]
"""Four points (x, y) in pixels, shape (4, 2), clockwise from the top left."""


class Detector:
    """PP-OCR's detector; safe to use from several threads."""

    def __init__(self, session: onnxruntime.InferenceSession) -> None:
        self._session = session
        self._input = session.get_inputs()[0].name

    def find(self, picture: Picture) -> list[Corners]:
        """Find the rectangles around lines of text.

        Args:
            picture: pixels of shape (height, width, 3), RGB.

        Returns:
            Corners in pixels of `picture`, each (4, 2), clockwise from the top left of the picture, in no order.
        """
        values, condensed = self.network_input(picture)
        probability = self._session.run(None, {self._input: values})[0][0, 0]
        height, width = picture.shape[:2]
        limit = np.array([width - 1, height - 1], np.float32)
        boxes = [_from_top_left(condensed.to_original(box)) for box in _boxes(probability)]
        page_tilt = tilt(boxes)
        return [np.clip(_with_page_tilt(box, page_tilt), 0, limit) for box in boxes]

    def network_input(self, picture: Picture) -> tuple[np.ndarray, CondensedPicture]:
        """Return the picture as the model takes it, and the mapping back to the original.

        Args:
            picture: pixels of shape (height, width, 3), RGB.

        Returns:
            Values from -1 to 1 of shape (1, 3, height, width), BGR, and the condensed picture that they were made from.
        """
        scale = _scale(*picture.shape[:2])
        method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        size = (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale)))
        reduced = np.asarray(cv2.resize(picture, size, interpolation=method), np.uint8)
        condensed = CondensedPicture(reduced, scale)
        values = cv2.dnn.blobFromImage(condensed.picture, 1 / 127.5, mean=(127.5, 127.5, 127.5), swapRB=True)
        return np.asarray(values), condensed


def tilt(boxes: list[Corners]) -> float:
    """Return the angle of most text in radians, clockwise.

    It is the median over horizontal lines, weighted by their length; 0 without such lines.
    """
    runs = np.array([box[1] - box[0] for box in boxes], np.float32).reshape(-1, 2)
    horizontal = runs[np.abs(runs[:, 0]) > np.abs(runs[:, 1])]
    if not len(horizontal):
        return 0.0
    angles = np.arctan2(horizontal[:, 1], horizontal[:, 0])
    order = np.argsort(angles)
    weights = np.cumsum(np.linalg.norm(horizontal[order], axis=1))
    return float(angles[order][np.searchsorted(weights, weights[-1] / 2)])


def start_at(corners: Corners, first: int) -> Corners:
    """Return the same rectangle, beginning at its corner number `first`."""
    return np.ascontiguousarray(np.roll(corners, -first, axis=0))


def _with_page_tilt(box: Corners, page_tilt: float) -> Corners:
    """Give a short rectangle the page's tilt: few letters say little about their direction."""
    run, fall = box[1] - box[0], box[3] - box[0]
    width, height = float(np.linalg.norm(run)), float(np.linalg.norm(fall))
    off = page_tilt - math.atan2(run[1], run[0])
    if not height < width < MIN_TILT_ASPECT * height or abs(off) > MAX_TILT_CORRECTION_RADIANS:
        return box
    cos, sin = math.cos(page_tilt), math.sin(page_tilt)
    along = np.array([cos, sin], np.float32) * (width / 2)
    kept_height = max(height - width * abs(math.sin(off)), height * MIN_KEPT_HEIGHT)
    across = np.array([-sin, cos], np.float32) * (kept_height / 2)
    corners = (-along - across, along - across, along + across, across - along)
    return np.asarray(box.mean(axis=0) + np.array(corners), np.float32)


class CondensedPicture:
    """A picture without its blank rows and margins, padded to whole blocks."""

    def __init__(self, picture: Picture, scale: float) -> None:
        """Cut out the blank parts.

        Args:
            picture: pixels of shape (height, width, 3), RGB.
            scale: pixels of `picture` per pixel of the original that it was resized from.
        """
        self._scale = scale
        bands, (self._left, right) = _inked(picture)
        heights = [end - start for start, end in bands]
        self._ends = list(itertools.accumulate(heights))
        self._shifts = [
            start - (end - height) for (start, _), end, height in zip(bands, self._ends, heights, strict=True)
        ]
        kept = np.concatenate([picture[start:end, self._left : right] for start, end in bands])
        down, across = (-side % BLOCK_PIXELS for side in kept.shape[:2])
        self.picture = np.asarray(cv2.copyMakeBorder(kept, 0, down, 0, across, cv2.BORDER_REPLICATE), np.uint8)

    def to_original(self, box: Corners) -> Corners:
        """Map corners in pixels of the condensed picture to pixels of the original, before scaling."""
        band = min(bisect.bisect(self._ends, float(box[:, 1].mean())), len(self._shifts) - 1)
        return (box + np.array([self._left, self._shifts[band]], np.float32)) / np.float32(self._scale)


def _inked(picture: Picture) -> tuple[list[tuple[int, int]], tuple[int, int]]:
    """Find what is not blank, margins included.

    Returns:
        (start, end) of each band of rows, and of all columns together, in pixels.
    """
    height, width = picture.shape[:2]
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, (math.ceil(width / 2), math.ceil(height / 2)), interpolation=cv2.INTER_AREA)
    contrast = cv2.morphologyEx(small, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    low, high = INK_CONTRAST_GREY_LEVELS
    ink = contrast > min(high, max(low, INK_OVER_NOISE * float(np.median(contrast))))
    rows = _runs(ink.sum(axis=1) >= MIN_INK_PIXELS, height) or [(0, height)]
    columns = _runs(ink.sum(axis=0) >= MIN_INK_PIXELS, width) or [(0, width)]
    return rows, (columns[0][0], columns[-1][1])


def _runs(inked: np.ndarray, limit: int) -> list[tuple[int, int]]:
    """Return runs of inked rows (or columns), widened by the margin, in pixels of the picture.

    Args:
        inked: one flag per row of the half-size picture.
        limit: rows of the whole picture.
    """
    runs: list[tuple[int, int]] = []
    for row in np.flatnonzero(inked).tolist():
        start, end = max(0, 2 * row - BLANK_MARGIN_PIXELS), min(limit, 2 * row + 2 + BLANK_MARGIN_PIXELS)
        if runs and start <= runs[-1][1]:
            runs[-1] = (runs[-1][0], end)
        else:
            runs.append((start, end))
    return runs


def _scale(height: int, width: int) -> float:
    return min(MAX_ENLARGEMENT, MAX_SIDE_PIXELS / max(height, width))


def _boxes(probability: Any) -> list[Corners]:
    """Return grown rectangles around the likely pixels of a map of shape (height, width)."""
    mask = cv2.dilate((probability > MIN_PIXEL_PROBABILITY).astype(np.uint8), np.ones((2, 2), np.uint8))
    contours, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    found: list[Corners] = []
    for contour in contours[:MAX_BOXES]:
        center, (width, height), angle = cv2.minAreaRect(contour)
        if min(width, height) < MIN_BOX_SIDE_PIXELS:
            continue
        corners = cv2.boxPoints((center, (width, height), angle))
        if _mean_inside(probability, corners) < MIN_BOX_PROBABILITY:
            continue
        growth = width * height * GROWTH / (width + height)
        found.append(np.asarray(cv2.boxPoints((center, (width + growth, height + growth), angle)), np.float32))
    return found


def _mean_inside(probability: Any, corners: Any) -> float:
    height, width = probability.shape
    left, top = np.maximum(0, np.floor(corners.min(axis=0))).astype(int)
    right = min(width - 1, math.ceil(corners[:, 0].max()))
    bottom = min(height - 1, math.ceil(corners[:, 1].max()))
    if right < left or bottom < top:
        return 0.0
    inside = np.zeros((bottom - top + 1, right - left + 1), np.uint8)
    cv2.fillPoly(inside, [(corners - (left, top)).astype(np.int32)], 1)
    return float(cv2.mean(probability[top : bottom + 1, left : right + 1], inside)[0])


def _from_top_left(box: Corners) -> Corners:
    """Order a rectangle's corners clockwise, so that the first side is the most rightward one.

    The two leftmost corners would not do: of a tall rectangle that is tilted a little, both are at one end.
    """
    sides = np.roll(box, -1, axis=0) - box
    if sides[0, 0] * sides[1, 1] < sides[0, 1] * sides[1, 0]:  # anticlockwise, as y points down
        box = box[::-1]
        sides = np.roll(box, -1, axis=0) - box
    rightward = sides[:, 0] / np.linalg.norm(sides, axis=1)
    return start_at(box.astype(np.float32), int(rightward.argmax()))
