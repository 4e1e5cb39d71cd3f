"""Read one line of text: cut it out, score its characters, and decode them."""

from __future__ import annotations

import itertools
import math
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from documents.ocr.detection import Corners
from documents.ocr.model_files import Recogniser
from documents.pictures import Picture

LINE_HEIGHT_PIXELS = 48
"""Height of a line that the model was trained on."""
WIDTH_STEP_PIXELS = 8
"""Widths are rounded up to a multiple of this, so that the runtime sees few different shapes."""
MAX_LINE_WIDTH_PIXELS = 3200
"""Longer lines are squeezed to this width, which bounds the time for one line."""
FIRST_SYMBOL_MARGIN_STEPS = 1.5
"""A line's first symbol begins at most this many steps of the model after the line's start, measured on drawn pages."""
MIN_TALL_RATIO = 1.5
"""A rectangle this many times taller than wide holds text that runs downwards or upwards."""


class RecognisedSymbol(NamedTuple):
    """One character: its text, positions along the line (0 to 1), and confidence (0 to 1)."""

    text: str
    start: float
    middle: float
    """Middle of the steps in which the character was read."""
    end: float
    confidence: float


class RecognisedLine(NamedTuple):
    """Characters in reading order, spaces included, and their mean confidence, 0 for none."""

    symbols: tuple[RecognisedSymbol, ...]
    confidence: float
    grey: NDArray[np.uint8]
    """The line that was read, cut out upright: grey levels of shape (48, width)."""


def is_tall(corners: Corners) -> bool:
    """Return whether the text runs along the rectangle's vertical sides."""
    width, height = _size(corners)
    return height >= MIN_TALL_RATIO * width


def tallness(corners: Corners) -> float:
    """Return the rectangle's height divided by its width."""
    width, height = _size(corners)
    return height / width


def input_width(corners: Corners) -> int:
    """Return the width in pixels that a line has as input of the network."""
    width, height = _size(corners)
    steps = math.ceil(LINE_HEIGHT_PIXELS * width / height / WIDTH_STEP_PIXELS)
    return min(MAX_LINE_WIDTH_PIXELS, max(WIDTH_STEP_PIXELS, steps * WIDTH_STEP_PIXELS))


def network_input(picture: Picture, corners: Corners) -> np.ndarray:
    """Return one line as the model takes it.

    Args:
        picture: pixels of shape (height, width, 3), RGB.
        corners: pixels, clockwise from the text's own top left.

    Returns:
        Shape (1, 3, 48, width), BGR, values from -1 to 1.
    """
    return _input(_crop(picture, corners))


def recognise(picture: Picture, corners: Corners, recogniser: Recogniser) -> RecognisedLine:
    """Read one line.

    Args:
        picture: pixels of shape (height, width, 3), RGB.
        corners: pixels, clockwise from the text's own top left.
        recogniser: the model to read with.
    """
    crop = _crop(picture, corners)
    symbols = _decode(recogniser.probabilities(_input(crop)), recogniser.alphabet)
    confidence = sum(s.confidence for s in symbols) / len(symbols) if symbols else 0.0
    return RecognisedLine(symbols, confidence, np.asarray(cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY), np.uint8))


def _input(crop: Picture) -> np.ndarray:
    return np.asarray(cv2.dnn.blobFromImage(crop, 1 / 127.5, mean=(127.5, 127.5, 127.5), swapRB=True))


def _size(corners: Corners) -> tuple[float, float]:
    """Return width and height in pixels: the longer of two opposite sides, at least 1."""
    top_left, top_right, bottom_right, bottom_left = corners
    width = max(np.linalg.norm(top_right - top_left), np.linalg.norm(bottom_right - bottom_left))
    height = max(np.linalg.norm(bottom_left - top_left), np.linalg.norm(bottom_right - top_right))
    return max(1.0, float(width)), max(1.0, float(height))


def _crop(picture: Picture, corners: Corners) -> Picture:
    """Cut out the line upright, `LINE_HEIGHT_PIXELS` high.

    A line more than twice as high is cut out in its own size first and then averaged; others are interpolated once.

    Args:
        picture: pixels of shape (height, width, 3), RGB.
        corners: pixels, clockwise from the text's own top left.
    """
    width, height = _size(corners)
    target = (input_width(corners), LINE_HEIGHT_PIXELS)
    is_large = height > 2 * LINE_HEIGHT_PIXELS
    size = (round(width), round(height)) if is_large else target
    frame = np.array([[0, 0], [size[0], 0], [size[0], size[1]]], np.float32)
    transform = cv2.getAffineTransform(np.ascontiguousarray(corners[:3]), frame)
    method = cv2.INTER_LINEAR if is_large else cv2.INTER_CUBIC
    crop = cv2.warpAffine(picture, transform, size, flags=method, borderMode=cv2.BORDER_REPLICATE)
    if size != target:
        crop = cv2.resize(crop, target, interpolation=cv2.INTER_AREA)
    return np.asarray(crop, np.uint8)


def _decode(probabilities: np.ndarray, alphabet: list[str]) -> tuple[RecognisedSymbol, ...]:
    """Decode CTC greedily: a run of one class is one symbol, blanks separate symbols.

    A symbol extends half-way to its neighbours.

    Args:
        probabilities: shape (steps, classes).
        alphabet: the character of each class; class 0 is the blank.
    """
    steps = len(probabilities)
    classes = probabilities.argmax(axis=1)
    changes = (np.flatnonzero(np.diff(classes)) + 1).tolist()
    runs = [r for r in zip([0, *changes], [*changes, steps], strict=True) if classes[r[0]] != 0]
    if not runs:
        return ()
    centers = [(start + end) / 2 / steps for start, end in runs]
    middles = [(a + b) / 2 for a, b in itertools.pairwise(centers)]
    lead = (centers[1] - centers[0]) / 2 if len(runs) > 1 else 0.5
    tail = (centers[-1] - centers[-2]) / 2 if len(runs) > 1 else 0.5
    first = max(0.0, min(centers[0] - lead, FIRST_SYMBOL_MARGIN_STEPS / steps))
    edges = [first, *middles, min(1.0, centers[-1] + tail)]
    scores = [float(probabilities[start:end, classes[start]].max()) for start, end in runs]
    return tuple(
        RecognisedSymbol(alphabet[classes[start]], edges[i], centers[i], edges[i + 1], scores[i])
        for i, (start, _) in enumerate(runs)
    )
