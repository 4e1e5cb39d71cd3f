"""Where text stands on a picture: PP-OCR's detector gives each pixel a probability, the likely ones get rectangles.

The post-processing follows DB (https://arxiv.org/abs/1911.08947): threshold, contours, smallest rectangles, grown by
area x ratio / perimeter, because the model is trained on shrunk text.
"""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np
import onnxruntime
from numpy.typing import NDArray

from documents.images import Picture

MAX_SIDE = 1280
"""Pixels: more costs time and finds no more."""
MIN_SIDE = 736
"""Pixels: small pictures are enlarged to this, as the model was trained."""
BLOCK = 32
"""The model's strides multiply to this."""
PIXEL_THRESHOLD = 0.3
BOX_THRESHOLD = 0.5
GROWTH = 1.6
MIN_BOX = 3.0
"""Pixels of the reduced picture: smaller ones are specks."""
MAX_BOXES = 3000

Corners = NDArray[np.float32]
"""Four points (x, y) in pixels, shape (4, 2), clockwise from top-left."""


class Detector:
    """Safe to use from several threads."""

    def __init__(self, session: onnxruntime.InferenceSession) -> None:
        self._session = session
        self._input = session.get_inputs()[0].name

    def find(self, picture: Picture) -> list[Corners]:
        """Rectangles around lines of text, in pixels of `picture`, in no order."""
        height, width = picture.shape[:2]
        scale = _scale(height, width)
        down, across = (max(BLOCK, round(side * scale / BLOCK) * BLOCK) for side in (height, width))
        method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        reduced = cv2.resize(picture, (across, down), interpolation=method)
        values = cv2.dnn.blobFromImage(reduced, 1 / 127.5, mean=(127.5, 127.5, 127.5), swapRB=True)
        probability = self._session.run(None, {self._input: values})[0][0, 0]
        factor = np.array([width / across, height / down], np.float32)
        limit = np.array([width - 1, height - 1], np.float32)
        return [_ordered(np.clip(box * factor, 0, limit)) for box in _boxes(probability)]


def _scale(height: int, width: int) -> float:
    longest, shortest = max(height, width), min(height, width)
    if longest > MAX_SIDE:
        return MAX_SIDE / longest
    return min(max(1.0, MIN_SIDE / shortest), MAX_SIDE / longest)


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
