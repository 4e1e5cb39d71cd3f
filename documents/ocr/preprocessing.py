"""Improve pictures that are hard to read.

Each step was measured on good and on degraded pages: on good ones none helps and most do harm, so each is applied only
under a condition that 168 of 171 real pages do not meet. The models read colour, skew and moderate perspective without
help; lines are cut out straight one by one, so a skewed page is not rotated as a whole.
"""

from __future__ import annotations

import cv2
import numpy as np

from documents.pictures import Picture

STATISTICS_SIDE_PIXELS = 640
"""Longer side of the reduced picture on which contrast and light are measured."""
MIN_CONTRAST_GREY_LEVELS = 50.0
"""Difference between paper and the darkest hundredth below which a page is faded: 171 real pages have 54 and more,
except for one with 39; pages that were faded on purpose have 47 and less."""
MIN_LIGHT_RATIO = 0.55
"""Light on the paper's darkest twentieth divided by its brightest, below which the light is uneven: 171 real pages have
0.66 and more, except for two scans with black borders."""
PAPER_PATCH_PIXELS = 25
"""Side of a patch of the reduced picture: larger than any stroke, so the brightest pixel of each patch is paper."""
MAX_NOISE_GREY_LEVELS = 8.0
"""Standard deviation above which a page is grainy: 171 real pages have 2.5 and less, grainy ones 9 and more."""
NOISE_SIDE_PIXELS = 800
"""Side of the square in the middle of the picture on which grain is measured."""
_BILATERAL_DIAMETER_PIXELS = 5
"""Diameter of the pixels averaged around each; the filter's time grows with its square."""
_BILATERAL_GREY_LEVELS, _BILATERAL_DISTANCE_PIXELS = 60.0, 3.0
"""Standard deviations of the filter: how far apart grey levels and pixels are still averaged."""
_CLAHE_CLIP, _CLAHE_TILES = 2.0, (8, 8)
"""Limit of a tile's contrast, and the number of tiles across and down, as in OpenCV's tutorial."""


def enhanced(picture: Picture) -> tuple[Picture, tuple[str, ...]]:
    """Return an improved picture of the same size, and the names of the applied steps."""
    steps: list[str] = []
    if _noise(picture) > MAX_NOISE_GREY_LEVELS:
        smooth = cv2.bilateralFilter(
            picture, _BILATERAL_DIAMETER_PIXELS, _BILATERAL_GREY_LEVELS, _BILATERAL_DISTANCE_PIXELS
        )
        picture = np.asarray(smooth, np.uint8)
        steps.append("denoise")
    if _is_faded_or_uneven(picture):
        lightness = cv2.cvtColor(picture, cv2.COLOR_RGB2LAB)[:, :, 0]
        equal = cv2.createCLAHE(_CLAHE_CLIP, _CLAHE_TILES).apply(lightness)
        picture = np.asarray(cv2.cvtColor(equal, cv2.COLOR_GRAY2RGB), np.uint8)
        steps += ["grayscale", "clahe"]
    return picture, tuple(steps)


def _noise(picture: Picture) -> float:
    """Return the standard deviation of the grain in the picture's middle, in grey levels.

    The mask is blind to edges of first and second order (Immerkær, Fast Noise Variance Estimation, 1996); taking the
    median instead of the mean ignores print.
    """
    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
    top, left = (max(0, (side - NOISE_SIDE_PIXELS) // 2) for side in picture.shape[:2])
    middle = cv2.cvtColor(picture[top : top + NOISE_SIDE_PIXELS, left : left + NOISE_SIDE_PIXELS], cv2.COLOR_RGB2GRAY)
    response = np.abs(cv2.filter2D(middle, cv2.CV_32F, kernel))
    return float(np.median(response)) / 0.6745 / 6  # the median of |normal| is 0.6745 sigma; the mask's norm is 6


def _is_faded_or_uneven(picture: Picture) -> bool:
    height, width = picture.shape[:2]
    scale = min(1.0, STATISTICS_SIDE_PIXELS / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.cvtColor(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2LAB)[:, :, 0]
    paper = cv2.dilate(small, np.ones((PAPER_PATCH_PIXELS, PAPER_PATCH_PIXELS), np.uint8))
    contrast = np.percentile(paper.astype(np.int16) - small, 99)
    dark, bright = np.percentile(paper, (5, 95))
    return bool(contrast < MIN_CONTRAST_GREY_LEVELS or dark < MIN_LIGHT_RATIO * bright)
