"""Render pages with PDFium, and map PDF page space to fractions of the page as shown."""

from __future__ import annotations

import ctypes
import math
from typing import NamedTuple

import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from documents.errors import DamagedDocument
from documents.pictures import Picture
from schemas.geometry import Box, Point

MIN_CONTRAST_GREY_LEVELS = 24
"""Smaller differences between neighbours, or within a word's box, are invisible."""


def rendered(page: pdfium.PdfPage, scale: float, crop: tuple[float, float, float, float] = (0, 0, 0, 0)) -> Picture:
    """Render a page, or a part of it; shape (height, width, 3), RGB.

    Args:
        page: the page.
        scale: pixels per point.
        crop: points to cut off at the left, bottom, right and top.

    Raises:
        DamagedDocument: if PDFium cannot render it.
    """
    try:
        bitmap = page.render(scale=scale, crop=crop, rev_byteorder=True)
    except (pdfium.PdfiumError, ValueError) as error:
        raise DamagedDocument("a page of the PDF is damaged: it cannot be rendered.") from error
    image: Picture = bitmap.to_numpy()
    picture = np.repeat(image, 3, axis=2) if image.shape[2] == 1 else image[:, :, :3].copy()
    bitmap.close()
    return picture


def bounds_of(item: pdfium.PdfObject) -> tuple[float, float, float, float]:
    """Return left, bottom, right and top in page space.

    PDFium gives them in the space of the containing form.

    Raises:
        pdfium.PdfiumError: if the object has no bounds.
    """
    bounds: tuple[float, float, float, float] = item.get_bounds()
    form = item.container
    while form is not None:
        bounds = form.get_matrix().on_rect(*bounds)
        form = form.container
    return bounds


class Transform(NamedTuple):
    """An affine map from the PDF's page space, in points, to fractions of the page as shown.

    A page is shown with its crop box and rotation applied.
    """

    origin: Point
    """Image of (0, 0)."""
    per_x: Point
    """Image of one point to the right, relative to the origin."""
    per_y: Point
    """Image of one point upwards, relative to the origin."""
    aspect: float
    """Width of the page as shown divided by its height."""

    def point(self, x: float, y: float) -> Point:
        """Map one point."""
        return Point(
            self.origin.x + x * self.per_x.x + y * self.per_y.x, self.origin.y + x * self.per_x.y + y * self.per_y.y
        )

    def box(self, left: float, top: float, right: float, bottom: float) -> Box:
        """Map a box."""
        a, b = self.point(left, top), self.point(right, bottom)
        return Box(min(a.x, b.x), min(a.y, b.y), max(a.x, b.x), max(a.y, b.y))

    def boxes(self, points: np.ndarray) -> np.ndarray:
        """Map boxes of shape (N, 4).

        Args:
            points: two opposite corners each, x, y, x, y, in any order.

        Returns:
            Left, top, right, bottom in page fractions.
        """
        per_x, per_y, origin = (np.array(v) for v in (self.per_x, self.per_y, self.origin))
        first = origin + points[:, :1] * per_x + points[:, 1:2] * per_y
        second = origin + points[:, 2:3] * per_x + points[:, 3:4] * per_y
        return np.hstack([np.minimum(first, second), np.maximum(first, second)])

    def quarter(self, angle: float) -> int:
        """Return the direction of a glyph as shown: quarter turns clockwise from rightwards.

        Args:
            angle: in page space, radians clockwise, as `FPDFText_GetCharAngle` gives it.
        """
        x, y = math.cos(angle), -math.sin(angle)
        shown_x = (x * self.per_x.x + y * self.per_y.x) * self.aspect
        shown_y = x * self.per_x.y + y * self.per_y.y
        return round(math.atan2(shown_y, shown_x) / (math.pi / 2)) % 4


def transform_of(page: pdfium.PdfPage) -> Transform:
    """Return the map of a page.

    PDFium maps points to whole device pixels, so three points on a huge device give the map with enough precision.
    """
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
