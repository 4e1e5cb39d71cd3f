"""Turn PDFs by their page entry or by their content, and pictures by their pixels."""

from __future__ import annotations

import io
from collections.abc import Callable

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
from PIL import Image


def with_rotate_entry(data: bytes, quarters: int) -> bytes:
    """Turn the pages of a PDF clockwise by their `/Rotate` entry."""

    def turn(page: pdfium.PdfPage) -> None:
        page.set_rotation((page.get_rotation() + 90 * quarters) % 360)

    return _changed(data, turn)


def with_turned_content(data: bytes, quarters: int) -> bytes:
    """Turn the content of a PDF's pages clockwise; the size of each page is turned with it."""

    def turn(page: pdfium.PdfPage) -> None:
        left, bottom, right, top = page.get_bbox()
        width, height = (top - bottom, right - left) if quarters % 2 else (right - left, top - bottom)
        matrix = [
            (1, 0, 0, 1, -left, -bottom),
            (0, -1, 1, 0, -bottom, right),
            (-1, 0, 0, -1, right, top),
            (0, 1, -1, 0, top, -left),
        ][quarters % 4]
        pdfium_c.FPDFPage_TransFormWithClip(page, pdfium_c.FS_MATRIX(*matrix), pdfium_c.FS_RECTF(0, height, width, 0))
        pdfium_c.FPDFPage_TransformAnnots(page, *matrix)
        page.set_mediabox(0, 0, width, height)
        page.set_cropbox(0, 0, width, height)

    return _changed(data, turn)


def as_turned_picture(data: bytes, quarters: int) -> bytes:
    """Turn the pixels of a picture clockwise; the new file says nothing about its orientation."""
    with Image.open(io.BytesIO(data)) as image:
        turned = image.convert("RGB").rotate(-90 * quarters, expand=True)
    made = io.BytesIO()
    turned.save(made, "PNG", compress_level=1)  # JPEG would change pixels, and thereby what is read
    return made.getvalue()


def _changed(data: bytes, change: Callable[[pdfium.PdfPage], None]) -> bytes:
    document = pdfium.PdfDocument(data)
    try:
        for index in range(len(document)):
            page = document[index]
            change(page)
            page.close()
        made = io.BytesIO()
        document.save(made)
        return made.getvalue()
    finally:
        document.close()
