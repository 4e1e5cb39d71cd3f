"""How PDFium shows a page: its pixels, and the way from the page's own space to fractions of what is seen."""

from __future__ import annotations

import ctypes
import math
from typing import NamedTuple

import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from documents.decode.pictures import Picture
from documents.errors import DamagedDocument
from schemas.geometry import Box, Point

MIN_CONTRAST = 24
"""Grey levels between neighbours, or within a word's box: less is nothing to see."""


def rendered(page: pdfium.PdfPage, scale: float, crop: tuple[float, float, float, float] = (0, 0, 0, 0)) -> Picture:
    """Pixels of a page, or of what is left when `crop` (left, bottom, right, top in points) is cut off.

    Raises:
        DamagedDocument: PDFium cannot render it.
    """
    try:
        bitmap = page.render(scale=scale, crop=crop, rev_byteorder=True)
    except (pdfium.PdfiumError, ValueError) as error:
        raise DamagedDocument("a page of the PDF cannot be rendered") from error
    image: Picture = bitmap.to_numpy()
    picture = np.repeat(image, 3, axis=2) if image.shape[2] == 1 else image[:, :, :3].copy()
    bitmap.close()
    return picture


class Transform(NamedTuple):
    """Points of the PDF's own page space -> fractions of the page as shown (crop box and rotation applied)."""

    origin: Point
    per_x: Point
    per_y: Point
    aspect: float

    def point(self, x: float, y: float) -> Point:
        return Point(
            self.origin.x + x * self.per_x.x + y * self.per_y.x, self.origin.y + x * self.per_x.y + y * self.per_y.y
        )

    def box(self, left: float, top: float, right: float, bottom: float) -> Box:
        a, b = self.point(left, top), self.point(right, bottom)
        return Box(min(a.x, b.x), min(a.y, b.y), max(a.x, b.x), max(a.y, b.y))

    def boxes(self, points: np.ndarray) -> np.ndarray:
        """Shape (n, 4): left, top, right, bottom in points, each way up -> the same in page fractions."""
        per_x, per_y, origin = (np.array(v) for v in (self.per_x, self.per_y, self.origin))
        first = origin + points[:, :1] * per_x + points[:, 1:2] * per_y
        second = origin + points[:, 2:3] * per_x + points[:, 3:4] * per_y
        return np.hstack([np.minimum(first, second), np.maximum(first, second)])

    def quarter(self, angle: float) -> int:
        """Angle of a glyph in page space (radians, counter-clockwise) -> its direction as shown."""
        x, y = math.cos(angle), math.sin(angle)
        shown_x = (x * self.per_x.x + y * self.per_y.x) * self.aspect
        shown_y = x * self.per_x.y + y * self.per_y.y
        return round(math.atan2(shown_y, shown_x) / (math.pi / 2)) % 4


def transform_of(page: pdfium.PdfPage) -> Transform:
    """PDFium maps single points to whole device pixels; three points on a huge device give the exact affine map."""
    width, height = page.get_size()
    device, reach = 1_000_000, 1000.0

    def shown(x: float, y: float) -> Point:
        across, down = ctypes.c_int(), ctypes.c_int()
        pdfium_c.FPDF_PageToDevice(page, 0, 0, device, device, 0, x, y, across, down)
        return Point(across.value / device, down.value / device)

    origin, right, up = shown(0, 0), shown(reach, 0), shown(0, reach)
    return Transform(
        origin,
        Point((right.x - origin.x) / reach, (right.y - origin.y) / reach),
        Point((up.x - origin.x) / reach, (up.y - origin.y) / reach),
        width / height,
    )
