"""Where text stands on a picture: PP-OCR's detector gives each pixel a probability, the likely ones get rectangles.

Blank rows and margins are cut out first: the detector costs the same for paper as for print.

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

from documents.decode.pictures import Picture

MAX_SIDE = 1280
"""Pixels: more costs time and finds no more."""
ENLARGE = 2.0
"""Small pictures are enlarged up to this, and no further than the size above."""
BLOCK = 32
"""The model's strides multiply to this."""
PIXEL_THRESHOLD = 0.3
BOX_THRESHOLD = 0.5
GROWTH = 1.6
MIN_BOX = 3.0
"""Pixels of the reduced picture: smaller ones are specks."""
MAX_BOXES = 3000
SHORT = 8.0
"""Heights: longer lines tell their own tilt, which differs over a page in perspective."""
MAX_OFF = math.radians(3)
"""Boxes that are turned further from the page's tilt stand askew on purpose."""
MIN_HEIGHT = 0.7
"""Share of its height that a box keeps when it is tilted."""
INK_CONTRAST = (12.0, 45.0)
"""Grey levels between neighbours (at half size) that are ink: at least on clean paper, at most on noisy paper..."""
INK_OVER_NOISE = 5.0
"""...in between, so many times the page's median contrast. Of 9,155 lines on 171 real pages one is lost by this."""
INK_PIXELS = 2
"""Rows with fewer are blank."""
BLANK_MARGIN = 16
"""Pixels that are kept around ink: the detector judges by surroundings."""

Corners = NDArray[np.float32]
"""Four points (x, y) in pixels, shape (4, 2), clockwise from top-left."""


class Detector:
    """Safe to use from several threads."""

    def __init__(self, session: onnxruntime.InferenceSession) -> None:
        self._session = session
        self._input = session.get_inputs()[0].name

    def find(self, picture: Picture) -> list[Corners]:
        """Rectangles around lines of text, in pixels of `picture`, in no order."""
        values, fold = self.prepared(picture)
        probability = self._session.run(None, {self._input: values})[0][0, 0]
        height, width = picture.shape[:2]
        limit = np.array([width - 1, height - 1], np.float32)
        boxes = [_ordered(fold.unfolded(box)) for box in _boxes(probability)]
        page = tilt(boxes)
        return [np.clip(_tilted(box, page), 0, limit) for box in boxes]

    def prepared(self, picture: Picture) -> tuple[np.ndarray, Fold]:
        """The picture as the model takes it, shape (1, 3, height, width), and the way back."""
        scale = _scale(*picture.shape[:2])
        method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        size = (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale)))
        reduced = np.asarray(cv2.resize(picture, size, interpolation=method), np.uint8)
        fold = Fold(reduced, scale)
        values = cv2.dnn.blobFromImage(fold.picture, 1 / 127.5, mean=(127.5, 127.5, 127.5), swapRB=True)
        return np.asarray(values), fold


def tilt(boxes: list[Corners]) -> float:
    """The angle of most text in radians, clockwise: the median over lines that lie, weighted by their length."""
    runs = np.array([box[1] - box[0] for box in boxes], np.float32).reshape(-1, 2)
    lying = runs[np.abs(runs[:, 0]) > np.abs(runs[:, 1])]
    if not len(lying):
        return 0.0
    angles = np.arctan2(lying[:, 1], lying[:, 0])
    order = np.argsort(angles)
    weights = np.cumsum(np.linalg.norm(lying[order], axis=1))
    return float(angles[order][np.searchsorted(weights, weights[-1] / 2)])


def _tilted(box: Corners, page: float) -> Corners:
    """A short box with the page's tilt: the smallest rectangle around few letters says little about their direction."""
    run, fall = box[1] - box[0], box[3] - box[0]
    width, height = float(np.linalg.norm(run)), float(np.linalg.norm(fall))
    off = page - math.atan2(run[1], run[0])
    if not height < width < SHORT * height or abs(off) > MAX_OFF:
        return box
    cos, sin = math.cos(page), math.sin(page)
    along = np.array([cos, sin], np.float32) * (width / 2)
    across = np.array([-sin, cos], np.float32) * (max(height - width * abs(math.sin(off)), height * MIN_HEIGHT) / 2)
    corners = (-along - across, along - across, along + across, across - along)
    return np.asarray(box.mean(axis=0) + np.array(corners), np.float32)


class Fold:
    """A picture without its blank rows and margins, padded to whole blocks."""

    def __init__(self, picture: Picture, scale: float) -> None:
        self._scale = scale
        bands, (self._left, right) = _inked(picture)
        heights = [end - start for start, end in bands]
        self._ends = list(itertools.accumulate(heights))
        self._shifts = [
            start - (end - height) for (start, _), end, height in zip(bands, self._ends, heights, strict=True)
        ]
        kept = np.concatenate([picture[start:end, self._left : right] for start, end in bands])
        down, across = (-side % BLOCK for side in kept.shape[:2])
        self.picture = np.asarray(cv2.copyMakeBorder(kept, 0, down, 0, across, cv2.BORDER_REPLICATE), np.uint8)

    def unfolded(self, box: Corners) -> Corners:
        """Corners on the folded picture -> on the picture before it was scaled and folded."""
        band = min(bisect.bisect(self._ends, float(box[:, 1].mean())), len(self._shifts) - 1)
        return (box + np.array([self._left, self._shifts[band]], np.float32)) / np.float32(self._scale)


def _inked(picture: Picture) -> tuple[list[tuple[int, int]], tuple[int, int]]:
    """Where anything is, margins included: (start, end) of each band of rows, and of the columns."""
    height, width = picture.shape[:2]
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, (math.ceil(width / 2), math.ceil(height / 2)), interpolation=cv2.INTER_AREA)
    contrast = cv2.morphologyEx(small, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    low, high = INK_CONTRAST
    ink = contrast > min(high, max(low, INK_OVER_NOISE * float(np.median(contrast))))
    rows = _runs(ink.sum(axis=1) >= INK_PIXELS, height) or [(0, height)]
    columns = _runs(ink.sum(axis=0) >= INK_PIXELS, width) or [(0, width)]
    return rows, (columns[0][0], columns[-1][1])


def _runs(inked: np.ndarray, limit: int) -> list[tuple[int, int]]:
    """Where half-size rows (or columns) carry ink, widened by the margin, in rows of the whole picture."""
    runs: list[tuple[int, int]] = []
    for row in np.flatnonzero(inked).tolist():
        start, end = max(0, 2 * row - BLANK_MARGIN), min(limit, 2 * row + 2 + BLANK_MARGIN)
        if runs and start <= runs[-1][1]:
            runs[-1] = (runs[-1][0], end)
        else:
            runs.append((start, end))
    return runs


def _scale(height: int, width: int) -> float:
    return min(ENLARGE, MAX_SIDE / max(height, width))


def _boxes(probability: Any) -> list[Corners]:
    """Grown rectangles around the likely pixels, in pixels of the probability map."""
    mask = cv2.dilate((probability > PIXEL_THRESHOLD).astype(np.uint8), np.ones((2, 2), np.uint8))
    contours, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    found: list[Corners] = []
    for contour in contours[:MAX_BOXES]:
        center, (width, height), angle = cv2.minAreaRect(contour)
        if min(width, height) < MIN_BOX:
            continue
        corners = cv2.boxPoints((center, (width, height), angle))
        if _mean_inside(probability, corners) < BOX_THRESHOLD:
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


def _ordered(box: Corners) -> Corners:
    """Clockwise from the corner that is top-left on the page."""
    by_x = box[np.argsort(box[:, 0], kind="stable")]
    left, right = by_x[:2], by_x[2:]
    top_left, bottom_left = left[np.argsort(left[:, 1], kind="stable")]
    top_right, bottom_right = right[np.argsort(right[:, 1], kind="stable")]
    return np.array([top_left, top_right, bottom_right, bottom_left], np.float32)
