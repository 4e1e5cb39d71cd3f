"""Make what annotations show part of their page.

Form fields, stamps, and text that was typed onto the page are shown. Comments stay out: a note's text is in a window
that viewers open, and is printed nowhere on the page.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

MAX_ANNOTATIONS = 2000
"""Annotations that are made part of a page, which takes 40 ms: more than the largest forms have. A page with more is
read without any, because the time grows with the square of their number."""
_READABLE = (
    pdfium_c.FPDF_ANNOT_WIDGET,
    pdfium_c.FPDF_ANNOT_FREETEXT,
    pdfium_c.FPDF_ANNOT_STAMP,
)
_COMMENTS = (pdfium_c.FPDF_ANNOT_TEXT, pdfium_c.FPDF_ANNOT_POPUP)
"""Notes and the windows of comments; PDFium draws an icon with letters for a note."""
_EMPTY_TEXT_BYTES = 2
"""Length of an empty string as PDFium returns it: the zero that ends it, in UTF-16."""
_CORNER_POINTS = 1.0
"""Width and height of the part of a page that is drawn to have PDFium make missing appearances."""


def show_annotations(page: pdfium.PdfPage) -> bool:
    """Draw fields, stamps and typed text into the content of a page, and hide notes.

    Typed text without an appearance gets the one that PDFium makes of it, unless the file has a form that names no
    fonts. Hidden annotations stay hidden. A page that PDFium cannot flatten stays as it is.

    Returns:
        True if the page's content has changed: close the page and load it again.
    """
    count = pdfium_c.FPDFPage_GetAnnotCount(page)
    if not 0 < count <= MAX_ANNOTATIONS:
        return False
    readable = lacks_appearance = False
    for index in range(count):
        with _annotation(page, index) as annotation:
            kind = pdfium_c.FPDFAnnot_GetSubtype(annotation) if annotation else None
            if kind in _COMMENTS:
                flags = pdfium_c.FPDFAnnot_GetFlags(annotation)
                pdfium_c.FPDFAnnot_SetFlags(annotation, flags | pdfium_c.FPDF_ANNOT_FLAG_HIDDEN)
            elif kind in _READABLE:
                readable = True
                if kind == pdfium_c.FPDF_ANNOT_FREETEXT:
                    lacks_appearance = lacks_appearance or not _has_appearance(annotation)
    if not readable:
        return False
    if lacks_appearance:
        _make_appearances(page)
    return bool(pdfium_c.FPDFPage_Flatten(page, pdfium_c.FLAT_NORMALDISPLAY) == pdfium_c.FLATTEN_SUCCESS)


def _has_appearance(annotation: pdfium_c.FPDF_ANNOTATION) -> bool:
    length = pdfium_c.FPDFAnnot_GetAP(annotation, pdfium_c.FPDF_ANNOT_APPEARANCEMODE_NORMAL, None, 0)
    return int(length) > _EMPTY_TEXT_BYTES


def _make_appearances(page: pdfium.PdfPage) -> None:
    """Have PDFium make the missing appearances: it does so when it draws any part of a page."""
    width, height = page.get_size()
    if width > _CORNER_POINTS and height > _CORNER_POINTS:
        page.render(scale=1, crop=(0, 0, width - _CORNER_POINTS, height - _CORNER_POINTS)).close()


@contextmanager
def _annotation(page: pdfium.PdfPage, index: int) -> Iterator[pdfium_c.FPDF_ANNOTATION]:
    """Open an annotation; it is null where the list has none."""
    annotation = pdfium_c.FPDFPage_GetAnnot(page, index)
    try:
        yield annotation
    finally:
        if annotation:
            pdfium_c.FPDFPage_CloseAnnot(annotation)
