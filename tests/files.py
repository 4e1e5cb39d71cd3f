"""Documents made on the spot: pictures of text, PDFs with and without a text layer."""

from __future__ import annotations

import io
import re

from fpdf import FPDF
from PIL import Image, ImageDraw, ImageFont


def picture(text: str = "Invoice 4711", size: tuple[int, int] = (600, 200), mode: str = "RGB") -> Image.Image:
    """Black text on white."""
    image = Image.new("RGB", size, "white")
    ImageDraw.Draw(image).text((40, 80), text, "black", ImageFont.load_default(40))
    return image.convert(mode)


def encoded(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    """The bytes of an image file."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def pdf(*pages: str, password: str | None = None, rotation: int = 0) -> bytes:
    """A4 pages of 12 pt Helvetica; lines 10 mm apart, cells (after two or more spaces) 80 mm, both from 20 mm."""
    made = FPDF()
    if password:
        made.set_encryption(owner_password=password, user_password=password)
    made.set_font("Helvetica", size=12)
    for text in pages:
        made.add_page()
        for row, line in enumerate(text.split("\n")):
            for column, cell in enumerate(re.split(r" {2,}", line)):
                if cell:
                    made.text(20 + 80 * column, 20 + 10 * row, cell)
    if rotation:
        for page in made.pages.values():
            page.rotate = rotation  # type: ignore[attr-defined]
    return bytes(made.output())


def scanned_pdf(text: str = "Invoice 4711") -> bytes:
    """A page that is nothing but a picture."""
    return encoded(picture(text, (800, 1100)), "PDF", resolution=100)
