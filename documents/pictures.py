"""The one form in which pictures pass through this room."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
"""Pixels of shape (height, width, 3), RGB."""
