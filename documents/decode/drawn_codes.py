"""Find where shapes on a PDF page may draw a code, so that only this part is rendered."""

from __future__ import annotations

import itertools

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from documents.decode.pdf_page import bounds_of, transform_of
from schemas.geometry import Box, union

MAX_SHAPES = 4000
"""Shapes looked at per page: a QR code of 69 modules a side, the largest of a payment, has about 2,400 black ones."""
MAX_FORM_DEPTH = 4
"""Forms within forms that are looked into."""
MODULE_POINTS = 14.0
"""Longer side of a shape that may be a module or a run of them: a finder pattern has runs of 7 modules, each of 0.7 mm
at most."""
MIN_MODULES = 60
"""Fewer small shapes are bullets and dashes: the smallest QR code has 21 x 21 modules, about half of them black."""
MIN_SEGMENTS = 240
"""A single shape with fewer corners is no code: four corners for each module or run of modules."""
CODE_POINTS = (25.0, 250.0)
"""Bounds of a code's side in points, 9 to 88 mm."""
MAX_STRETCH = 1.3
"""Longer side of a code divided by the shorter one, at most."""
MARGIN_POINTS = 14.0
"""Margin that is rendered around the shapes, for the blank one that codes have and for runs of larger modules."""


def drawn_codes(page: pdfium.PdfPage) -> list[Box]:
    """Return the boxes, in page fractions, in which shapes may draw a code."""
    modules: list[tuple[float, float, float, float]] = []
    found: list[tuple[float, float, float, float]] = []
    shapes = page.get_objects(filter=[pdfium_c.FPDF_PAGEOBJ_PATH], max_depth=MAX_FORM_DEPTH)
    for shape in itertools.islice(shapes, MAX_SHAPES):
        try:
            left, bottom, right, top = bounds = bounds_of(shape)
        except pdfium.PdfiumError:
            continue  # a shape without bounds is not visible
        if max(right - left, top - bottom) <= MODULE_POINTS:
            modules.append(bounds)
        elif _may_be_code(bounds) and pdfium_c.FPDFPath_CountSegments(shape) >= MIN_SEGMENTS:
            found.append(bounds)
    if len(modules) >= MIN_MODULES:
        lefts, bottoms, rights, tops = zip(*modules, strict=True)
        found.append((min(lefts), min(bottoms), max(rights), max(tops)))
    to_page = transform_of(page)
    margin = MARGIN_POINTS
    shown = [
        to_page.box(left - margin, bottom - margin, right + margin, top + margin) for left, bottom, right, top in found
    ]
    visible = [Box(*(min(1.0, max(0.0, edge)) for edge in box)) for box in shown]
    visible = [box for box in visible if box.width > 0 and box.height > 0]
    return [union(visible)] if visible else []


def _may_be_code(bounds: tuple[float, float, float, float]) -> bool:
    left, bottom, right, top = bounds
    short, long = sorted((right - left, top - bottom))
    return CODE_POINTS[0] <= short and long <= min(CODE_POINTS[1], MAX_STRETCH * short)
