"""Test that a font's text is read from the picture if its ToUnicode map gives other characters than the page shows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from documents.decode.pdf import PdfFile
from documents.limits import ReadingLimits
from documents.lying_fonts import shows_other_text
from documents.ocr import model_files
from documents.ocr.paddle import PaddleOcr
from documents.reader import DocumentReader
from schemas.geometry import Box, quad_of
from schemas.pages import Symbol
from tests.font_maps import mapped_pdf, placed_texts

ROWS = ("Rent for June 2025", "715.00", "143.96", "858.20", "INV-44178", "18/06/2025", "Total 1,204.39")
CONTENT = placed_texts(*((50.0, 740.0 - 20 * row, text) for row, text in enumerate(ROWS)))
TURNED = dict(zip("0123456789", "3487612950", strict=True))
"""A map that gives another digit for each."""
SWAPPED = {"2": "5", "5": "3", "3": "2"}
"""Digits without holes, whose outlines do not give the map away."""


@pytest.fixture(scope="module")
def reader() -> Iterator[DocumentReader]:
    made = DocumentReader(PaddleOcr(model_files.load()))
    yield made
    made.close()


def doubtful(data: bytes) -> int:
    return len(PdfFile(data, ReadingLimits()).page(1).doubtful_fonts)


def test_a_map_with_other_digits_is_doubtful_and_a_sound_one_is_not() -> None:
    assert doubtful(mapped_pdf(CONTENT, TURNED)) == 1
    assert doubtful(mapped_pdf(CONTENT, {digit: digit for digit in TURNED})) == 0


def test_text_is_read_from_the_picture_where_the_map_lies(reader: DocumentReader) -> None:
    page = reader.read(mapped_pdf(CONTENT, TURNED)).pages[0]
    assert page.text.split("\n") == list(ROWS)
    amount = next(word for word in page.words if word.text == "715.00")
    assert amount.box.left * 600 == pytest.approx(50, abs=3)
    assert amount.box.bottom * 800 == pytest.approx(80, abs=5)


def test_a_sound_text_layer_stays_as_it_is(reader: DocumentReader) -> None:
    data = mapped_pdf(CONTENT, {digit: digit for digit in TURNED})
    page = reader.read(data).pages[0]
    assert page.text.split("\n") == list(ROWS)
    assert all(symbol.confidence == 1 for word in page.words for symbol in word.symbols)
    assert reader.read_checked(data) is None


def test_outlines_alone_do_not_show_every_lie_but_a_check_of_all_fonts_does(reader: DocumentReader) -> None:
    rows = ("2532.35", "5325.22", "3255.53", "INV-52335", "235")
    data = mapped_pdf(placed_texts(*((50.0, 740.0 - 20 * i, text) for i, text in enumerate(rows))), SWAPPED)
    assert reader.read(data).pages[0].text.split("\n")[0] == "5325.23"
    checked = reader.read_checked(data)
    assert checked is not None
    assert checked.pages[0].text.split("\n") == list(rows)


def symbols(text: str, confidence: float = 0.99) -> list[Symbol]:
    return [Symbol(character, quad_of(Box(0, 0, 1, 1)), confidence) for character in text]


@pytest.mark.parametrize(
    ("claimed", "read", "confidence", "expected"),
    [
        pytest.param("048.33 476.33 181.33", "715.00 143.00 858.00", 0.99, True, id="other-digits"),
        pytest.param("048.33 476.33 181.33", "715.00 143.00 858.00", 0.7, False, id="unsure-reading"),
        pytest.param("715.00 143.00 858.00", "715.00 143.00 858.00", 0.99, False, id="same"),
        pytest.param("715.00 143.00 858.00", "7l5.OO l43.OO B5B.OO", 0.99, False, id="look-alikes"),
        pytest.param("715.00 143.00 858.00", "715.00 943.62 858.00", 0.99, False, id="one-word-under-a-stamp"),
        pytest.param("715.00 143.00 858.00", "775.00 743.00 858.00", 0.99, False, id="one-character-misread"),
        pytest.param("715.00 143.00 858.00", "71500 14300 85800", 0.99, False, id="marks-not-read"),
        pytest.param("715.00 143.00 858.00", "", 0.99, False, id="nothing-read"),
    ],
)
def test_comparing_a_sample(claimed: str, read: str, confidence: float, expected: bool) -> None:
    words = claimed.split()
    others = read.split() or [""] * len(words)
    sample = [symbols(word, confidence) for word in others]
    assert shows_other_text([symbols(word) for word in words], sample) is expected
