"""Codes on pictures and on PDF pages: content, place, and what OCR leaves out."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

import numpy as np
import pytest
import zxingcpp
from fpdf import FPDF
from PIL import Image

from documents import DocumentReader, ReadingOptions
from documents.decode.content import PageOptions
from documents.decode.images import ImageFile
from documents.decode.pdf import PdfFile
from documents.limits import ReadingLimits
from schemas.codes import Code
from schemas.geometry import Box
from tests.fakes import Blind
from tests.files import encoded, picture

TEXT = "BCD\n002\n1\nSCT\n\nMusterbäckerei\nDE89370400440532013000\nEUR12.3"


def modules(text: str, form: str = "QRCode") -> np.ndarray:
    """The modules of a code, one pixel each, 0 for black."""
    made = zxingcpp.create_barcode(text, getattr(zxingcpp.BarcodeFormat, form))
    image = np.array(zxingcpp.write_barcode_to_image(made, scale=1))
    rows, columns = (np.flatnonzero((image < 128).any(axis=axis)) for axis in (1, 0))
    return image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def on_picture(form: str = "QRCode", text: str = TEXT, quarters: int = 0, scale: int = 4) -> bytes:
    """A page of 1000 x 800 pixels with a code whose top left is at (400, 300)."""
    page = picture(size=(1000, 800))
    code = np.kron(modules(text, form), np.ones((scale, scale), np.uint8))
    page.paste(Image.fromarray(code), (400, 300))
    return encoded(Image.fromarray(np.rot90(np.asarray(page), -quarters)))


def in_pdf(draw: Callable[[FPDF], None]) -> bytes:
    """An A4 page with text and a code of 40 mm, drawn by the caller at (120 mm, 200 mm)."""
    made = FPDF()
    made.set_font("Helvetica", size=12)
    made.add_page()
    made.text(20, 20, "Rechnung 4711 vom 3. Mai 2026")
    made.text(20, 30, "Bitte zahlen Sie mit dem Code.")
    draw(made)
    return bytes(made.output())


def as_image(made: FPDF) -> None:
    made.image(Image.fromarray(np.kron(modules(TEXT), np.ones((6, 6), np.uint8))), 120, 200, 40, 40)


def as_modules(made: FPDF) -> None:
    code = modules(TEXT)
    side = 40 / len(code)
    for row, column in zip(*np.nonzero(code < 128), strict=True):
        made.rect(120 + column * side, 200 + row * side, side, side, style="F")


def as_runs(made: FPDF) -> None:
    code = modules(TEXT) < 128
    side = 40 / len(code)
    for row, line in enumerate(code):
        edges = np.flatnonzero(np.diff(np.concatenate([[0], line.astype(int), [0]])))
        for start, end in edges.reshape(-1, 2):
            made.rect(120 + start * side, 200 + row * side, (end - start) * side, side, style="F")


def as_one_path(made: FPDF) -> None:
    code = modules(TEXT)
    side = 40 / len(code)
    with made.new_path() as path:
        path.style.stroke_color = None
        path.style.fill_color = "#000000"
        for row, column in zip(*np.nonzero(code < 128), strict=True):
            path.rectangle(120 + column * side, 200 + row * side, side, side)


def codes_of_pdf(data: bytes, all_codes: bool = False) -> tuple[Code, ...]:
    return PdfFile(data, ReadingLimits()).page(1, PageOptions(all_codes)).codes


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("QRCode", TEXT),
        ("Code128", "4711-A"),
        ("EAN13", "4006381333931"),
        ("ITF", "12345678"),
        ("Code39", "PO4711"),
        ("DataMatrix", "4711"),
        ("PDF417", "4711 4712"),
        ("Aztec", "4711"),
    ],
)
def test_a_picture_gives_every_format_on_request(form: str, text: str) -> None:
    (code,) = ImageFile(on_picture(form, text), ReadingLimits()).page(1, PageOptions(all_codes=True)).codes
    assert (code.format, code.text) == (form, text)


def test_without_a_request_only_qr_codes_are_read() -> None:
    assert ImageFile(on_picture("EAN13", "4006381333931"), ReadingLimits()).page(1).codes == ()
    assert [c.text for c in ImageFile(on_picture(), ReadingLimits()).page(1).codes] == [TEXT]


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_corners_follow_the_code_on_a_turned_page(quarters: int) -> None:
    (code,) = ImageFile(on_picture(quarters=quarters), ReadingLimits()).page(1).codes
    side = 4 * len(modules(TEXT))
    corners = [(400, 300), (400 + side, 300), (400 + side, 300 + side), (400, 300 + side)]
    for _ in range(quarters):
        width, height = (1000, 800) if _ % 2 == 0 else (800, 1000)
        corners = [(height - y, x) for x, y in corners]
    width, height = (1000, 800) if quarters % 2 == 0 else (800, 1000)
    for point, (x, y) in zip(code.quad, corners, strict=True):
        assert (point.x * width, point.y * height) == pytest.approx((x, y), abs=4)


@pytest.mark.parametrize("draw", [as_image, as_modules, as_runs, as_one_path], ids=lambda draw: draw.__name__)
def test_a_pdf_gives_the_qr_code_however_it_is_drawn(draw: Callable[[FPDF], None]) -> None:
    (code,) = codes_of_pdf(in_pdf(draw))
    assert code.text == TEXT
    box = code.quad.box
    expected = Box(120 / 210, 200 / 297, 160 / 210, 240 / 297)
    assert box == pytest.approx(expected, abs=0.01)


def test_a_pdf_gives_bar_codes_on_request() -> None:
    def bars(made: FPDF) -> None:
        line = modules("4006381333931", "EAN13")[0] < 128
        for column in np.flatnonzero(line):
            made.rect(120 + column * 0.4, 200, 0.4, 15, style="F")

    assert codes_of_pdf(in_pdf(bars)) == ()
    assert [(c.format, c.text) for c in codes_of_pdf(in_pdf(bars), all_codes=True)] == [("EAN13", "4006381333931")]


def test_a_page_without_a_code_has_none() -> None:
    assert codes_of_pdf(in_pdf(lambda made: made.rect(120, 200, 40, 40)), all_codes=True) == ()


def test_the_reader_returns_codes() -> None:
    with closing(DocumentReader(Blind())) as reader:
        assert [c.text for c in reader.read(on_picture()).pages[0].codes] == [TEXT]
        assert [c.text for c in reader.read(in_pdf(as_modules)).pages[0].codes] == [TEXT]
        bars = on_picture("EAN13", "4006381333931")
        assert reader.read(bars).pages[0].codes == ()
        assert len(reader.read(bars, ReadingOptions(all_codes=True)).pages[0].codes) == 1
