"""Read bar codes and two-dimensional codes on pictures with ZXing-C++.

It runs in the decoding process, because it is a C++ library that reads hostile pixels.
"""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import zxingcpp

from documents.pictures import Picture
from schemas.codes import Code
from schemas.frames import Pixels
from schemas.geometry import Box, Point, Quad

_PAYMENT_FORMATS = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])
"""Read on every page, because invoices ask for payments in them: 4 ms for a page of 1240 x 1754 pixels. All formats
take ten times as long."""
_ALL_FORMATS = zxingcpp.BarcodeFormats([])
"""ZXing reads every format that it knows if it is given none."""
QUIET_ZONE_PIXELS = 12
"""White border put around each picture: formats ask for a blank margin, which a cropped code lacks."""
MAX_CODES = 100
"""Codes kept per page; sheets of labels have fewer."""
MAX_TEXT_CHARACTERS = 8000
"""Characters kept of one code: a QR code holds at most 7,089 digits (ISO/IEC 18004)."""
_WHITE = 255
MIN_OVERLAP = 0.5
"""Two codes with the same text that overlap by this share of the smaller one are one code, found twice."""


def codes_on(picture: Picture, all_formats: bool, region: Box) -> tuple[Code, ...]:
    """Return the codes on a picture.

    Args:
        picture: pixels of shape (height, width, 3), RGB.
        all_formats: whether to look for every format, or only for those of payments.
        region: the part of the page that the picture shows, in page fractions.

    Returns:
        Codes with their places in page fractions.
    """
    edge = QUIET_ZONE_PIXELS
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    padded = cv2.copyMakeBorder(grey, edge, edge, edge, edge, cv2.BORDER_CONSTANT, value=_WHITE)
    formats = _ALL_FORMATS if all_formats else _PAYMENT_FORMATS
    frame = Pixels(picture.shape[1], picture.shape[0])
    found: list[Code] = []
    for code in zxingcpp.read_barcodes(padded, formats=formats, text_mode=zxingcpp.TextMode.Plain)[:MAX_CODES]:
        at = code.position
        corners = (at.top_left, at.top_right, at.bottom_right, at.bottom_left)
        quad = Quad(*(_on_page(frame.to_fractions(c.x - edge, c.y - edge), region) for c in corners))
        found.append(Code(code.format.name, code.text[:MAX_TEXT_CHARACTERS], quad))
    return tuple(found)


def without_duplicates(codes: Iterable[Code]) -> tuple[Code, ...]:
    """Return the codes without those that were found on two overlapping pictures."""
    kept: list[Code] = []
    for code in codes:
        if not any(code.text == other.text and _overlap(code.quad.box, other.quad.box) for other in kept):
            kept.append(code)
    return tuple(kept[:MAX_CODES])


def _on_page(point: Point, region: Box) -> Point:
    return Point(region.left + point.x * region.width, region.top + point.y * region.height)


def _overlap(a: Box, b: Box) -> bool:
    width = min(a.right, b.right) - max(a.left, b.left)
    height = min(a.bottom, b.bottom) - max(a.top, b.top)
    smaller = min(a.width * a.height, b.width * b.height)
    return width > 0 and height > 0 and width * height >= MIN_OVERLAP * smaller
