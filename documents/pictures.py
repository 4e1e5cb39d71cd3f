"""The type of all pictures in this package, and their encoding as JPEG."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
"""Pixels of shape (height, width, 3), RGB."""

_JPEG_QUALITY = 90
"""On OpenCV's scale from 0 to 100, whose default is 95."""


def jpeg(picture: Picture, side: int) -> bytes:
    """Encode a picture as JPEG, reduced to at most `side` pixels along its longer side."""
    height, width = picture.shape[:2]
    if (scale := side / max(height, width)) < 1:
        size = max(1, round(width * scale)), max(1, round(height * scale))
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    bgr = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
    _, encoded = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    return encoded.tobytes()


def turned_jpeg(encoded: bytes, quarters: int) -> bytes:
    """Turn a picture that `jpeg` made by a number of quarters clockwise."""
    pixels = np.asarray(cv2.imdecode(np.frombuffer(encoded, np.uint8), cv2.IMREAD_COLOR))
    turned = np.ascontiguousarray(np.rot90(pixels, -quarters))
    _, again = cv2.imencode(".jpg", turned, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    return again.tobytes()
