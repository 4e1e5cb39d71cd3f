"""Degrade pictures of pages as scanners and cameras do, and say where each point moved.

The matrix times a point (x, y, 1) in pixels of the original page is the point's place in the degraded picture.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np

from documents.pictures import Picture

Degraded = tuple[Picture, Any]
"""A picture, and the 3 x 3 matrix of where its points moved."""


def turned(picture: Picture, quarters: int) -> Degraded:
    """Turn the picture clockwise by quarter turns."""
    height, width = picture.shape[:2]
    matrix = {
        1: [[0, -1, height], [1, 0, 0], [0, 0, 1]],
        2: [[-1, 0, width], [0, -1, height], [0, 0, 1]],
        3: [[0, 1, 0], [-1, 0, width], [0, 0, 1]],
    }[quarters]
    return np.ascontiguousarray(np.rot90(picture, -quarters)), np.array(matrix, np.float64)


def skewed(picture: Picture, degrees: float) -> Degraded:
    """Turn the picture clockwise on a larger sheet, so that nothing is cut off."""
    height, width = picture.shape[:2]
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    across, down = width * cos + height * abs(sin), height * cos + width * abs(sin)
    matrix = np.array(
        [
            [cos, -sin, across / 2 - width / 2 * cos + height / 2 * sin],
            [sin, cos, down / 2 - width / 2 * sin - height / 2 * cos],
            [0, 0, 1],
        ]
    )
    return _warped(picture, matrix, (round(across), round(down)))


def in_perspective(picture: Picture, strength: float = 0.08) -> Degraded:
    """Distort the picture as if photographed from below and from one side, on a darker table."""
    height, width = picture.shape[:2]
    before = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    across, down = strength * width, strength * height
    after = before + np.array([[across, down], [-across, down / 2], [across / 2, -down / 3], [0, 0]], np.float32)
    matrix = cv2.getPerspectiveTransform(before, after.astype(np.float32))
    return _warped(picture, matrix, (width, height), (90, 100, 110))


def unevenly_lit(picture: Picture) -> Degraded:
    """Cast a shadow from one corner, where a quarter of the light is left."""
    height, width = picture.shape[:2]
    across, down = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    light = 0.25 + 0.75 * np.clip((across + down) / 1.3, 0, 1)
    return (picture * light[:, :, None]).astype(np.uint8), np.eye(3)


def noisy(picture: Picture) -> Degraded:
    """Add noise with a standard deviation of 25 grey levels."""
    grain = np.random.default_rng(0).normal(0, 25, picture.shape)
    return (picture + grain).clip(0, 255).astype(np.uint8), np.eye(3)


def faded(picture: Picture) -> Degraded:
    """Reduce the contrast to a fifth, as on old thermal paper."""
    return (225 - (255 - picture.astype(np.float32)) * 0.2).astype(np.uint8), np.eye(3)


def coarse(picture: Picture, share: float = 0.5) -> Degraded:
    """Reduce the resolution to a share of it: 75 dpi for a page of 150."""
    small = cv2.resize(picture, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8), np.diag([share, share, 1.0])


def _warped(
    picture: Picture, matrix: Any, size: tuple[int, int], ground: tuple[int, ...] = (255, 255, 255)
) -> Degraded:
    warped = cv2.warpPerspective(picture, matrix, size, flags=cv2.INTER_CUBIC, borderValue=ground)
    return np.asarray(warped, np.uint8), matrix


DEGRADATIONS: dict[str, Callable[[Picture], Degraded]] = {
    "as it is": lambda p: (p, np.eye(3)),
    "turned 90°": lambda p: turned(p, 1),
    "turned 180°": lambda p: turned(p, 2),
    "turned 270°": lambda p: turned(p, 3),
    "skewed 3°": lambda p: skewed(p, 3),
    "skewed -6°": lambda p: skewed(p, -6),
    "skewed 10°": lambda p: skewed(p, 10),
    "in perspective": in_perspective,
    "unevenly lit": unevenly_lit,
    "noisy": noisy,
    "faded": faded,
    "half resolution": coarse,
}
