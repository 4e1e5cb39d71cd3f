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


def raw_pdf(
    content: str,
    *,
    page: str = "",
    resources: str = "",
    font: str = "/Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding",
    objects: tuple[str, ...] = (),
    root: str = "",
) -> bytes:
    """A PDF of one page, 600 x 800 points, written by hand: what no library would write can be tested.

    Args:
        content: operators; the font is `/F1`.
        page: more entries of the page's dictionary.
        resources: more entries of its resources.
        font: entries of the font's dictionary.
        objects: more objects, numbered from 6.
        root: more entries of the catalogue.
    """
    bodies = (
        f"<< /Type /Catalog /Pages 2 0 R {root} >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R {page}"
        f" /Resources << /Font << /F1 5 0 R >> {resources} >> >>",
        stream(content),
        f"<< {font} >>",
        *objects,
    )
    made = b"%PDF-1.7\n"
    offsets = []
    for number, body in enumerate(bodies, 1):
        offsets.append(len(made))
        made += f"{number} 0 obj\n{body}\nendobj\n".encode("latin-1")
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    end = f"xref\n0 {len(bodies) + 1}\n0000000000 65535 f \n{table}trailer\n<< /Size {len(bodies) + 1} /Root 1 0 R >>\n"
    return made + f"{end}startxref\n{len(made)}\n%%EOF".encode()


def stream(content: str, entries: str = "") -> str:
    """A stream object's body."""
    return f"<< /Length {len(content)} {entries} >>\nstream\n{content}\nendstream"


def shown(*lines: str, mode: int = 0, colour: str = "0 g", top: int = 740) -> str:
    """Operators for lines of 12 pt text, 20 points apart."""
    text = " ".join(f"1 0 0 1 50 {top - 20 * row} Tm ({line}) Tj" for row, line in enumerate(lines))
    return f"\nBT /F1 12 Tf {mode} Tr {colour} {text} ET\n"
