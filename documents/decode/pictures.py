"""The one form in which pictures pass through this room, and the one in which they leave it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
"""Pixels of shape (height, width, 3), RGB."""

_QUALITY = 90


def jpeg(picture: Picture, side: int) -> bytes:
    """A picture as a file, reduced to at most `side` pixels along its longer side."""
    height, width = picture.shape[:2]
    if (scale := side / max(height, width)) < 1:
        size = max(1, round(width * scale)), max(1, round(height * scale))
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    _, encoded = cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return encoded.tobytes()
