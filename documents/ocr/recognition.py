"""What a line of text says: one crop a line, CTC decoding that keeps where each symbol was read."""

from __future__ import annotations

import itertools
import math
from typing import NamedTuple

import cv2
import numpy as np

from documents.decode.pictures import Picture
from documents.ocr.detection import Corners
from documents.ocr.models import Recogniser

HEIGHT = 48
"""Pixels: what the model was trained on."""
STEP = 8
"""Widths are rounded up to this, so that the runtime sees few different shapes."""
MAX_WIDTH = 3200
MARGIN = 1.5
"""Steps of the model: a line's first symbol begins no further in, measured on drawn pages."""
TALL = 1.5
"""A rectangle this much higher than wide holds text that runs downwards or upwards."""


class ReadSymbol(NamedTuple):
    """One character; `start` and `end` are positions along the line, 0 to 1."""

    text: str
    start: float
    end: float
    confidence: float


class ReadLine(NamedTuple):
    """Characters from left to right, spaces included. `confidence` is their mean, 0 for nothing."""

    symbols: tuple[ReadSymbol, ...]
    confidence: float


NOTHING = ReadLine((), 0.0)


def is_tall(corners: Corners) -> bool:
    """Whether the text runs along the rectangle's vertical sides."""
    across, down = _sides(corners)
    return down >= TALL * across


def turned(corners: Corners, quarters: int) -> Corners:
    """The same rectangle, beginning at another corner: the text's own top-left."""
    return np.ascontiguousarray(np.roll(corners, -quarters, axis=0))


def width(corners: Corners) -> int:
    """Pixels that the line has when it is `HEIGHT` pixels high, rounded up to `STEP`."""
    across, down = _sides(corners)
    return min(MAX_WIDTH, max(STEP, math.ceil(HEIGHT * across / down / STEP) * STEP))


def prepared(picture: Picture, corners: Corners) -> np.ndarray:
    """One line as the model takes it, shape (1, 3, HEIGHT, width); `corners` begin at the text's own top-left."""
    crop = _crop(picture, corners)
    return np.asarray(cv2.dnn.blobFromImage(crop, 1 / 127.5, mean=(127.5, 127.5, 127.5), swapRB=True))


def read(picture: Picture, corners: Corners, recogniser: Recogniser) -> ReadLine:
    """Read one line; `corners` begin at the text's own top-left."""
    name = recogniser.session.get_inputs()[0].name
    probabilities = recogniser.session.run(None, {name: prepared(picture, corners)})[0][0]
    return _decode(probabilities, recogniser.alphabet)


def _sides(corners: Corners) -> tuple[float, float]:
    """Longer of the two horizontal and of the two vertical sides, in pixels, at least 1."""
    top_left, top_right, bottom_right, bottom_left = corners
    across = max(np.linalg.norm(top_right - top_left), np.linalg.norm(bottom_right - bottom_left))
    down = max(np.linalg.norm(bottom_left - top_left), np.linalg.norm(bottom_right - top_right))
    return max(1.0, float(across)), max(1.0, float(down))


def _crop(picture: Picture, corners: Corners) -> Picture:
    """The line upright, `HEIGHT` pixels high; strong reduction averages, everything else interpolates once."""
    across, down = _sides(corners)
    target = (width(corners), HEIGHT)
    first = (round(across), round(down)) if down > 2 * HEIGHT else target
    frame = np.array([[0, 0], [first[0], 0], [first[0], first[1]]], np.float32)
    transform = cv2.getAffineTransform(np.ascontiguousarray(corners[:3]), frame)
    method = cv2.INTER_LINEAR if down > 2 * HEIGHT else cv2.INTER_CUBIC
    crop = cv2.warpAffine(picture, transform, first, flags=method, borderMode=cv2.BORDER_REPLICATE)
    if first != target:
        crop = cv2.resize(crop, target, interpolation=cv2.INTER_AREA)
    return np.asarray(crop, np.uint8)


def _decode(probabilities: np.ndarray, alphabet: list[str]) -> ReadLine:
    """Greedy CTC: repeated classes are one symbol, blanks part them. A symbol reaches half-way to its neighbours."""
    steps = len(probabilities)
    classes = probabilities.argmax(axis=1)
    changes = (np.flatnonzero(np.diff(classes)) + 1).tolist()
    runs = [r for r in zip([0, *changes], [*changes, steps], strict=True) if classes[r[0]] != 0]
    if not runs:
        return NOTHING
    centers = [(start + end) / 2 / steps for start, end in runs]
    middles = [(a + b) / 2 for a, b in itertools.pairwise(centers)]
    lead = (centers[1] - centers[0]) / 2 if len(runs) > 1 else 0.5
    tail = (centers[-1] - centers[-2]) / 2 if len(runs) > 1 else 0.5
    first = max(0.0, min(centers[0] - lead, MARGIN / steps))
    edges = [first, *middles, min(1.0, centers[-1] + tail)]
    scores = [float(probabilities[start:end, classes[start]].max()) for start, end in runs]
    symbols = tuple(
        ReadSymbol(alphabet[classes[start]], edges[i], edges[i + 1], scores[i]) for i, (start, _) in enumerate(runs)
    )
    return ReadLine(symbols, sum(scores) / len(scores))
