"""Read drawn pages in another script than Latin: whole lines with their digits, either way up."""

from __future__ import annotations

import pytest
from PIL import Image, ImageDraw, ImageFont

from documents import DocumentReader
from documents.ocr import model_files
from documents.ocr.paddle import PaddleOcr
from tests.contract.vendors.drawing import quota_invoice
from tests.files import encoded


@pytest.mark.parametrize("rows", [("888 000 111", "808 118 001"), ("11.11  1.10", "111  8.08")])
def test_a_page_of_digits_is_not_turned(rows: tuple[str, ...]) -> None:
    reader = DocumentReader(PaddleOcr(model_files.load()))
    image = Image.new("RGB", (600, 80 * len(rows) + 60), "white")
    for number, row in enumerate(rows):
        font = ImageFont.load_default(44)
        ImageDraw.Draw(image).text((40, 40 + 80 * number), row, "black", font)
    (page,) = reader.read(encoded(image)).pages
    reader.close()
    assert page.preprocessing is not None
    assert page.preprocessing.orientation == 0
    assert "".join(page.text.split()) == "".join("".join(rows).split())


@pytest.mark.parametrize("style", [0, 1, 2])
@pytest.mark.parametrize("turn", [0, 180])
def test_a_page_of_chinese_and_digits(style: int, turn: int) -> None:
    reader = DocumentReader(PaddleOcr(model_files.load()))
    image = quota_invoice(style=style).rotate(turn)
    assert isinstance(image, Image.Image)
    text = "".join(reader.read(encoded(image)).pages[0].text.split())
    reader.close()
    for part in ("广东省国家税务局通用定额发票", "发票代码", "144031506211", "发票号码", "91234561", "壹佰元整"):
        assert part in text
