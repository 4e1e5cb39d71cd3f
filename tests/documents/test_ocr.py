"""Test the real engine on drawn pages; it is slow, so they are few."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw

from documents import DocumentReader
from documents.layout.lines import arrange
from documents.ocr import model_files
from documents.ocr.paddle import PaddleOcr
from documents.pictures import Picture
from documents.placed import PlacedWord
from schemas.deadline import Deadline, TookTooLong
from training.drawing import _font
from training.samples import receipt

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def engine() -> PaddleOcr:
    return PaddleOcr(model_files.load())


def words_of(engine: PaddleOcr, picture: Picture) -> list[PlacedWord]:
    return [word for line in engine.read(picture).lines for word in line]


def blank(height: int, width: int) -> Picture:
    return np.full((height, width, 3), 255, np.uint8)


def test_words_are_found_where_they_were_drawn(engine: PaddleOcr) -> None:
    sample = receipt()
    words = words_of(engine, np.asarray(sample.image))
    found = {"".join(s.text for s in word.symbols): word.quad.box for word in words}
    for field in ("total_net", "total_tax", "line_items[2].total_amount"):
        truth = sample.truth[field]
        box = found[truth.value]
        assert truth.box.left - 0.02 < box.center.x < truth.box.right + 0.02
        assert truth.box.top - 0.02 < box.center.y < truth.box.bottom + 0.02
    assert "Café" in found


def test_symbols_lie_in_their_word_from_left_to_right(engine: PaddleOcr) -> None:
    for word in words_of(engine, np.asarray(receipt().image)):
        assert len(word.symbols) >= 1
        lefts = [symbol.box.left for symbol in word.symbols]
        assert lefts == sorted(lefts)
        for symbol in word.symbols:
            assert 0.0 <= symbol.confidence <= 1.0
            assert word.quad.box.left - 1e-6 <= symbol.box.left < symbol.box.right <= word.quad.box.right + 1e-6


@pytest.mark.parametrize("size", [(40, 40), (3, 900), (900, 3), (1, 4000), (4000, 1), (1, 1), (600, 400)])
def test_pages_without_text_have_no_words(engine: PaddleOcr, size: tuple[int, int]) -> None:
    assert engine.read(blank(*size)).lines == []


def test_the_reader_gives_lines(engine: PaddleOcr) -> None:
    from tests.files import encoded

    with closing(DocumentReader(engine)) as reader:
        document = reader.read(encoded(receipt().image))
    texts = [line.text for line in document.pages[0].lines]
    assert texts[0] == "Corner Café"
    assert "TOTAL" in texts
    assert texts[texts.index("TOTAL") + 1].endswith("23.30")


def test_float_models_read_the_same_words() -> None:
    picture = np.asarray(receipt().image)
    texts = [
        sorted("".join(s.text for s in word.symbols) for word in words_of(PaddleOcr(loaded), picture))
        for loaded in (model_files.load(eight_bit=True), model_files.load(eight_bit=False))
    ]
    assert texts[0] == texts[1]


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_turned_pages_are_read_and_their_boxes_lie_on_the_turned_page(engine: PaddleOcr, quarters: int) -> None:
    sample = receipt()
    picture = np.ascontiguousarray(np.rot90(np.asarray(sample.image), -quarters))  # clockwise
    words = words_of(engine, picture)
    found = {"".join(s.text for s in word.symbols): word.quad for word in words}
    x, y = sample.truth["total_net"].box.center
    expected = {1: (1 - y, x), 2: (1 - x, 1 - y), 3: (y, 1 - x)}[quarters]
    assert found["19.42"].box.center == pytest.approx(expected, abs=0.02)
    quad = found["19.42"]
    reading = (quad.top_right.x - quad.top_left.x, quad.top_right.y - quad.top_left.y)
    direction = {1: (0, 1), 2: (-1, 0), 3: (0, -1)}[quarters]
    assert reading[0] * direction[0] + reading[1] * direction[1] > 0.9 * max(map(abs, reading))


def test_several_threads_share_the_models(engine: PaddleOcr) -> None:
    picture = np.asarray(receipt().image)
    with ThreadPoolExecutor(3) as pool:
        readings = list(pool.map(engine.read, [picture] * 3))
    assert readings[0] == readings[1] == readings[2]


def test_other_scripts_are_read_without_a_switch(engine: PaddleOcr) -> None:
    page = blank(300, 900)
    face = cv2.FontFace("uni")
    for row, text in enumerate(("增值税普通发票", "合计金额 壹佰元整", "Total 100.00")):
        cv2.putText(page, text, (60, 80 + 80 * row), (20, 20, 20), face, 34)
    texts = ["".join(s.text for s in word.symbols) for word in words_of(engine, page)]
    assert "增值税普通发票" in texts
    assert any("壹佰元整" in text for text in texts)
    assert "100.00" in texts


def test_reading_stops_at_its_deadline(engine: PaddleOcr) -> None:
    with pytest.raises(TookTooLong, match="at most 0 seconds"):
        engine.read(np.asarray(receipt().image), Deadline(0))


def test_pages_of_one_document_are_read_side_by_side(engine: PaddleOcr) -> None:
    buffer = io.BytesIO()
    image = receipt().image
    image.save(buffer, "TIFF", save_all=True, append_images=[image.rotate(90, expand=True), image])
    with closing(DocumentReader(engine, workers=2)) as reader:
        pages = reader.read(buffer.getvalue()).pages
    assert [page.number for page in pages] == [1, 2, 3]
    assert pages[0].text == pages[2].text
    assert [page.preprocessing.orientation for page in pages if page.preprocessing] == [0, 270, 0]
    assert "Corner Café" in pages[1].text
    assert [word.id for page in pages for word in page.words] == list(range(sum(len(p.words) for p in pages)))


@pytest.mark.parametrize(
    ("cents_size", "raised", "expected"),
    [
        pytest.param(22, True, "24⁹⁵", id="raised"),
        pytest.param(34, True, "2495", id="as-large-as-the-rest"),
        pytest.param(22, False, "2495", id="small-on-the-line"),
    ],
)
def test_raised_cents_are_told_from_digits_on_the_line(
    engine: PaddleOcr, cents_size: int, raised: bool, expected: str
) -> None:
    image = Image.new("RGB", (700, 200), "white")
    draw = ImageDraw.Draw(image)
    large, small = _font("SourceSansPro", "Regular", 34), _font("SourceSansPro", "Regular", cents_size)
    draw.text((40, 60), "Rye bread", "black", large)
    draw.text((500, 60), "24", "black", large)
    edge = 1 if raised else 3  # the top or the lower edge of both is the same
    top = draw.textbbox((500, 60), "24", font=large)[edge] - draw.textbbox((0, 0), "95", font=small)[edge]
    draw.text((503 + draw.textlength("24", large), top), "95", "black", small)
    lines = arrange(engine.read(np.asarray(image)).lines, 700 / 200)
    amount = next(word for line in lines for word in line.words if word.text[:1] == "2")
    assert amount.verbatim == expected
    assert amount.text == expected.replace("⁹⁵", ".95")
