"""Test the pictures of pages, for extractors that look at them."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import closing

import numpy as np
import pytest
from PIL import Image

from documents import DocumentReader, ReadingLimits, ReadingOptions
from documents.decode.content import PLAIN, WHOLE, PageContent, PictureRegion
from documents.decode.decoder import AnyFile
from documents.decode.pdf import PdfFile
from documents.decode.sandbox import OpenFile
from documents.errors import DamagedDocument
from documents.lying_fonts import FontVerdicts
from documents.reader import _rendered
from schemas.deadline import Deadline
from tests.documents.test_pdf import InkOcr, OneWordOcr, TwoRenderings
from tests.files import encoded, pdf, picture, scanned_pdf


@pytest.fixture(scope="module")
def reader() -> Iterator[DocumentReader]:
    with closing(DocumentReader(OneWordOcr())) as reader:
        yield reader


def opened(jpeg: bytes | None) -> Image.Image:
    assert jpeg is not None
    image = Image.open(io.BytesIO(jpeg))
    assert image.format == "JPEG"
    return image


def ink(image: Image.Image) -> tuple[float, float, float, float]:
    """Return the box around dark pixels in page fractions: left, top, right, bottom."""
    left, top, right, bottom = image.convert("L").point(lambda v: 255 * (v < 128)).getbbox() or (0, 0, 0, 0)
    return left / image.width, top / image.height, right / image.width, bottom / image.height


@pytest.mark.parametrize(
    ("data", "size"),
    [
        pytest.param(encoded(picture()), (300, 100), id="image"),
        pytest.param(pdf("Invoice 4711"), (212, 300), id="text-layer"),
        pytest.param(scanned_pdf(), (218, 300), id="scan"),
        pytest.param(encoded(picture(size=(150, 100))), (150, 100), id="never-larger"),
    ],
)
def test_a_page_of_each_kind(reader: DocumentReader, data: bytes, size: tuple[int, int]) -> None:
    (page,) = reader.read(data, ReadingOptions(picture_side=300)).pages
    assert opened(page.picture).size == size
    alone = reader.first_page(data, picture_side=300)
    assert (alone.picture, alone.lines, alone.width, alone.source) == (page.picture, (), page.width, page.source)
    assert reader.read(data).pages[0].picture is None
    assert reader.first_page(data).picture is None


def test_pictures_are_upright_as_the_boxes_are(reader: DocumentReader) -> None:
    image = picture("I", size=(400, 200))
    turned = encoded(image.transpose(Image.Transpose.ROTATE_90), "JPEG", exif=_turned_clockwise())
    found = ink(opened(reader.first_page(turned, 400).picture))
    assert found == pytest.approx(ink(image), abs=0.02)
    quarter = opened(reader.first_page(pdf("Invoice 4711", rotation=90), 400).picture)
    assert quarter.size == (400, 283)


def test_each_page_has_its_own_picture(reader: DocumentReader) -> None:
    pages = reader.read(pdf("One", "Two  lines\nof text"), ReadingOptions(picture_side=300)).pages
    assert pages[0].picture != pages[1].picture


def test_the_picture_is_the_rendering_that_was_read() -> None:
    ink = np.asarray(picture(size=(300, 400)))
    with closing(DocumentReader(InkOcr())) as reader:
        (page,) = reader._pages(TwoRenderings(ink), [1], 100, PLAIN, FontVerdicts())  # type: ignore[arg-type]
    assert np.asarray(opened(page.picture)).min() < 100


def test_the_second_renderer_draws_pages_that_the_first_cannot(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a second renderer, the page has no picture but is read all the same."""

    def fail(*_: object) -> None:
        raise DamagedDocument("cannot be rendered")

    monkeypatch.setattr(PdfFile, "picture", fail)
    monkeypatch.setattr("documents.decode.poppler.is_installed", lambda: False)
    with closing(AnyFile(pdf("Invoice number 4711 of today"), ReadingLimits())) as file:
        assert _rendered(file, 1, 300) is None  # type: ignore[arg-type]
        other = PageContent(30, 40, None, (PictureRegion(WHOLE, np.zeros((40, 30, 3), np.uint8), (30, 40)),))
        monkeypatch.setattr("documents.decode.poppler.is_installed", lambda: True)
        monkeypatch.setattr(file, "second_rendering", lambda _: other)
        assert opened(_rendered(file, 1, 300)).size == (30, 40)  # type: ignore[arg-type]


def test_pages_are_read_even_if_their_renderer_crashes(monkeypatch: pytest.MonkeyPatch) -> None:
    def break_down(file: OpenFile, *_: int) -> None:
        file._process.stop()
        file._process.call(Deadline(5), "picture", 1, 300)

    monkeypatch.setattr(OpenFile, "picture", break_down)
    with closing(DocumentReader(OneWordOcr())) as reader:
        pages = reader.read(
            pdf("Invoice number 4711 of today", "The second page of it"), ReadingOptions(picture_side=300)
        ).pages
    assert [page.picture for page in pages] == [None, None]
    assert [len(page.words) for page in pages] == [5, 5]


def _turned_clockwise() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif.tobytes()
