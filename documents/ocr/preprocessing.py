"""What helps a bad picture to be read, applied only to pictures that are bad in that way.

Each step was measured on good and on degraded pages: on good ones none helps and most do harm, so each has a condition
that 168 of 171 real pages do not meet. The models read colour, skew and moderate perspective as they come; lines are
cut out straight one by one, so a skewed page is not turned as a whole.
"""

from __future__ import annotations

import cv2
import numpy as np

from documents.decode.pictures import Picture

STATISTICS_SIDE = 640
"""Longest side in pixels of the picture that contrast and light are measured on."""
FADED = 50.0
"""Grey levels between paper and the darkest hundredth: 171 real pages have 54 and more but for one with 39;
pages made faded have 47 and less."""
UNEVEN = 0.55
"""Light on the paper's darkest twentieth to its brightest: 171 real pages have 0.66 and more but for
two scans with black borders."""
PAPER_PATCH = 25
"""Pixels, at that size: larger than any stroke, so the brightest of each patch is paper."""
NOISE = 8.0
"""Grey levels (standard deviation): 171 real pages have 2.5 and less, grainy ones 9 and more."""
NOISE_SIDE = 800
"""Pixels: the grain is measured on a square in the middle."""
SMOOTHING = (5, 60.0, 3.0)
"""Diameter in pixels, and how far apart grey levels and pixels may be that are made one."""
_CLAHE_CLIP, _CLAHE_TILES = 2.0, (8, 8)


def improved(picture: Picture) -> tuple[Picture, tuple[str, ...]]:
    """The picture as it is best read, of the same size, and the names of the steps that were applied."""
    steps: list[str] = []
    if _noise(picture) > NOISE:
        picture = np.asarray(cv2.bilateralFilter(picture, *SMOOTHING), np.uint8)
        steps.append("denoise")
    if _is_faded_or_uneven(picture):
        lightness = cv2.cvtColor(picture, cv2.COLOR_RGB2LAB)[:, :, 0]
        equal = cv2.createCLAHE(_CLAHE_CLIP, _CLAHE_TILES).apply(lightness)
        picture = np.asarray(cv2.cvtColor(equal, cv2.COLOR_GRAY2RGB), np.uint8)
        steps += ["grayscale", "clahe"]
    return picture, tuple(steps)


def _noise(picture: Picture) -> float:
    """Standard deviation of the grain in grey levels, told by the flat parts of the picture's middle.

    The mask is blind to edges of first and second order (Immerkær, Fast Noise Variance Estimation, 1996); the median
    instead of the mean leaves print out.
    """
    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
    top, left = (max(0, (side - NOISE_SIDE) // 2) for side in picture.shape[:2])
    middle = cv2.cvtColor(picture[top : top + NOISE_SIDE, left : left + NOISE_SIDE], cv2.COLOR_RGB2GRAY)
    response = np.abs(cv2.filter2D(middle, cv2.CV_32F, kernel))
    return float(np.median(response)) / 0.6745 / 6


def _is_faded_or_uneven(picture: Picture) -> bool:
    height, width = picture.shape[:2]
    scale = min(1.0, STATISTICS_SIDE / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.cvtColor(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2LAB)[:, :, 0]
    paper = cv2.dilate(small, np.ones((PAPER_PATCH, PAPER_PATCH), np.uint8))
    ink = np.percentile(paper.astype(np.int16) - small, 99)
    dark, bright = np.percentile(paper, (5, 95))
    return bool(ink < FADED or dark < UNEVEN * bright)
