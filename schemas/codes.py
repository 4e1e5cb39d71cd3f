"""Bar codes and two-dimensional codes of a page."""

from __future__ import annotations

from typing import NamedTuple

from schemas.geometry import Quad


class Code(NamedTuple):
    """One bar code or two-dimensional code."""

    format: str
    """The symbology, such as `QRCode` or `EAN13`."""
    text: str
    """The content, decoded as text."""
    quad: Quad
    """The code, in page fractions, clockwise from its own top left."""
