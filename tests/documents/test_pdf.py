from __future__ import annotations

import io
from contextlib import closing

import numpy as np
import pytest
from fpdf import FPDF
from PIL import Image

from documents import (
    DamagedDocument,
    DocumentReader,
    EncryptedDocument,
    NoSuchPage,
    ReadingLimits,
    ReadingOptions,
    TooLarge,
)
from documents.decode import poppler
from documents.decode.content import PLAIN, WHOLE, PageContent, PageOptions, PictureRegion
from documents.decode.poppler import PopplerFile
from documents.lying_fonts import FontVerdicts
from documents.ocr.ocr_engine import OcrResult
from documents.pictures import Picture
from documents.placed import PlacedWord
from schemas.deadline import Deadline
from schemas.geometry import Box, quad_of
from schemas.pages import Document, Preprocessing, Symbol, TextSource
from tests.files import encoded, pdf, picture, scanned_pdf

INVOICE = "Invoice number    4711\nTotal amount       12,50"


class OneWordOcr:
    """An engine that reads the same word on every page and counts the pages."""

    def __init__(self) -> None:
        self.shapes: list[tuple[int, ...]] = []

    def read(self, picture: Picture, deadline: Deadline | None = None) -> OcrResult:
        self.shapes.append(picture.shape)
        quad = quad_of(Box(0.4, 0.4, 0.6, 0.45))
        size = (picture.shape[1], picture.shape[0])
        return OcrResult([[PlacedWord((Symbol("x", quad, 0.9),), quad)]], Preprocessing(size, size))


def read(
    data: bytes, pages: str | None = None, ocr: OneWordOcr | None = None, limits: ReadingLimits | None = None
) -> Document:
    with closing(DocumentReader(ocr or OneWordOcr(), limits)) as reader:
        return reader.read(data, ReadingOptions(pages))


def test_text_layer_with_a_box_for_every_symbol() -> None:
    (page,) = read(pdf(INVOICE)).pages
    assert page.source is TextSource.TEXT_LAYER
    assert (round(page.width), round(page.height)) == (595, 842)
    assert [line.text for line in page.lines] == ["Invoice number", "4711", "Total amount", "12,50"]
    first = page.words[0]
    assert first.box.left == pytest.approx(20 / 210, abs=0.003)
    assert first.box.bottom == pytest.approx(20 / 297, abs=0.003)  # the baseline
    assert 0.007 < first.box.height < 0.012
    for symbol in first.symbols:
        assert first.box.left <= symbol.box.left < symbol.box.right <= first.box.right


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_rotated_pages_have_boxes_where_the_reader_sees_them(rotation: int) -> None:
    (page,) = read(pdf(INVOICE, rotation=rotation)).pages
    upright = read(pdf(INVOICE)).pages[0].words[0].box.center
    expected = {
        90: (1 - upright.y, upright.x),
        180: (1 - upright.x, 1 - upright.y),
        270: (upright.y, 1 - upright.x),
    }[rotation]
    assert next(line.text for line in page.lines) == "Invoice number"
    assert page.words[0].box.center == pytest.approx(expected, abs=0.002)
    quad = page.words[0].symbols[0].quad
    along = (quad.top_right.x - quad.top_left.x, quad.top_right.y - quad.top_left.y)
    assert max(range(2), key=lambda i: abs(along[i])) == (rotation // 90) % 2


def test_a_scan_is_read_by_ocr() -> None:
    ocr = OneWordOcr()
    (page,) = read(scanned_pdf(), ocr=ocr).pages
    assert page.source is TextSource.OCR
    assert [word.text for word in page.words] == ["x"]
    assert ocr.shapes[0][2] == 3


def test_pages_and_word_ids_run_through_the_document() -> None:
    found = read(pdf(INVOICE, INVOICE, INVOICE), pages="2-3")
    assert [page.number for page in found.pages] == [2, 3]
    assert [word.id for word in found.words] == list(range(12))
    assert found.page_of_word == (0,) * 6 + (1,) * 6


def test_junk_before_the_header_is_accepted() -> None:
    assert read(b"\n\n" + pdf(INVOICE)).words


@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        pytest.param(pdf(INVOICE, password="secret"), EncryptedDocument, "protected by a password", id="encrypted"),
        pytest.param(b"%PDF-1.7\nnothing else", DamagedDocument, "cannot be parsed", id="only-a-header"),
        pytest.param(pdf(INVOICE)[:400], DamagedDocument, "cannot be", id="truncated"),
    ],
)
def test_pdfs_that_cannot_be_read(data: bytes, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        read(data)


def test_a_stamp_on_a_scan_does_not_hide_the_scan() -> None:
    made = FPDF()
    made.add_page()
    made.image(io.BytesIO(encoded(picture("Invoice 4711", (800, 1100)))), 0, 0, 210, 297)
    made.set_font("Helvetica", size=8)
    made.text(20, 290, "Scanned by a scanner of some kind")
    (page,) = read(bytes(made.output())).pages
    assert page.source is TextSource.OCR


def test_pages_with_too_many_characters_are_refused() -> None:
    with pytest.raises(TooLarge, match="at most 10 characters, got"):
        read(pdf(INVOICE), limits=ReadingLimits(characters=10))


def test_rules_drawn_with_dashes_are_cut_to_lines_of_bounded_length() -> None:
    (page,) = read(pdf("-" * 1000 + " x")).pages
    assert max(len(line.text) for line in page.lines) <= 301


def test_too_many_pages_are_refused_unless_some_are_selected() -> None:
    long = pdf(*[INVOICE] * 3)
    with pytest.raises(TooLarge, match="at most 2, got 3"):
        read(long, limits=ReadingLimits(pages=2))
    assert len(read(long, "1,3", limits=ReadingLimits(pages=2)).pages) == 2


def test_selecting_a_missing_page_is_refused() -> None:
    with pytest.raises(NoSuchPage, match="expected pages 1 to 1"):
        read(pdf(INVOICE), "2")


def test_text_on_a_picture_joins_the_text_layer_unless_it_is_there_already() -> None:
    stripes = encoded(Image.fromarray((np.indices((100, 200))[1] // 10 % 2 * 255).astype(np.uint8)))
    for top, expected in ((100, ["x"]), (8, [])):  # below the text, and around it
        made = FPDF()
        made.add_page()
        made.image(io.BytesIO(stripes), 10, top, 100, 50)
        made.set_font("Helvetica", size=12)
        for row in range(4):
            made.text(20, 20 + 10 * row, "Invoice number 4711 of a text layer")
        (page,) = read(bytes(made.output())).pages
        assert page.source is TextSource.TEXT_LAYER
        assert [word.text for word in page.words if word.text == "x"] == expected
        for word in page.words:
            if word.text == "x":  # in the middle of the picture, as the engine said
                assert word.box.left == pytest.approx((10 + 0.4 * 100) / 210, abs=0.005)
                assert word.box.top == pytest.approx((100 + 0.4 * 50) / 297, abs=0.005)


@pytest.mark.skipif(not poppler.is_installed(), reason="Poppler is not installed")
def test_poppler_renders_a_page_of_the_same_size() -> None:
    content = PopplerFile(pdf(INVOICE), ReadingLimits()).page(1)
    assert (round(content.width), round(content.height)) == (595, 842)
    (region,) = content.regions
    assert max(region.picture.shape) == 2340
    assert region.picture.min() < 60


@pytest.mark.skipif(not poppler.is_installed(), reason="Poppler is not installed")
def test_files_that_poppler_cannot_parse_are_damaged() -> None:
    with pytest.raises(DamagedDocument):
        PopplerFile(b"%PDF-1.7 nothing", ReadingLimits())


class TwoRenderings:
    """A file of one page that PDFium renders blank; `second` is Poppler's rendering."""

    page_count = 1
    has_second_renderer = True
    deadline = Deadline(20)

    def __init__(self, second: Picture | None) -> None:
        self._second = second

    def page(self, number: int, options: PageOptions = PLAIN) -> PageContent:
        return self._content(np.full((400, 300, 3), 255, np.uint8))

    def second_rendering(self, number: int, options: PageOptions = PLAIN) -> PageContent:
        if self._second is None:
            raise DamagedDocument("cannot be rendered")
        return self._content(self._second)

    def _content(self, picture: Picture) -> PageContent:
        return PageContent(300, 400, None, (PictureRegion(WHOLE, picture, (300, 400)),))


class InkOcr(OneWordOcr):
    """An engine that reads a word where there is ink."""

    def read(self, picture: Picture, deadline: Deadline | None = None) -> OcrResult:
        result = super().read(picture, deadline)
        return result if picture.min() < 128 else result._replace(lines=[])


@pytest.mark.parametrize(
    ("second", "words", "readings"),
    [
        pytest.param(np.asarray(picture(size=(300, 400))), 1, 2, id="shows-more"),
        pytest.param(np.full((400, 300, 3), 255, np.uint8), 0, 1, id="shows-the-same"),
        pytest.param(None, 0, 1, id="fails-too"),
    ],
)
def test_pages_that_seem_blank_are_rendered_again(second: Picture | None, words: int, readings: int) -> None:
    ocr = InkOcr()
    with closing(DocumentReader(ocr)) as reader:
        (page,) = reader._pages(TwoRenderings(second), [1], 0, PLAIN, FontVerdicts())  # type: ignore[arg-type]
    assert len(page.lines) == words
    assert len(ocr.shapes) == readings
    assert page.content.regions == ()
