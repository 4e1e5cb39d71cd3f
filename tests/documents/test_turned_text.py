"""Text of a PDF is read alike however the page is turned, and its corners turn with it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from benchmarks.turned_files import with_rotate_entry, with_turned_content
from documents.decode.content import placed_words
from documents.decode.pdf import PdfFile
from documents.layout.lines import arrange
from documents.limits import ReadingLimits
from schemas.frames import turn
from schemas.pages import Line
from tests.files import raw_pdf, shown

Turn = Callable[[bytes, int], bytes]
WAYS = [pytest.param(with_rotate_entry, id="rotate-entry"), pytest.param(with_turned_content, id="turned-content")]


def lines_of(data: bytes) -> tuple[Line, ...]:
    width, height, text = PdfFile(data, ReadingLimits()).text_layer(1)
    assert text is not None
    return arrange([(word,) for word in placed_words(text)], width / height)


def texts_of(data: bytes) -> list[str]:
    return [line.text for line in lines_of(data)]


CONTENTS = [
    pytest.param(
        shown("Invoice number 4711", "Total amount 12.50"), ["Invoice number 4711", "Total amount 12.50"], id="plain"
    ),
    pytest.param(
        "BT /F1 12 Tf 1 0 0 1 50 700 Tm (Part) Tj 1 0 0 1 250 700 Tm (Quantity) Tj 1 0 0 1 450 700 Tm (Price) Tj"
        " 1 0 0 1 50 680 Tm (BX-220) Tj 1 0 0 1 250 680 Tm (1200) Tj 1 0 0 1 450 680 Tm (0.84) Tj ET",
        ["Part", "Quantity", "Price", "BX-220", "1200", "0.84"],
        id="cells-set-one-by-one",
    ),
    pytest.param(
        "BT /F1 12 Tf 1 0 0 1 50 760 Tm (N) Tj ET BT /F1 12 Tf 1 0 0 1 58.67 760 Tm (o) Tj ET"
        " BT /F1 12 Tf 1 0 0 1 65.34 760 Tm (. ) Tj ET BT /F1 12 Tf 1 0 0 1 72 760 Tm (2025) Tj ET"
        " BT /F1 12 Tf 1 0 0 1 98.69 760 Tm (-) Tj ET BT /F1 12 Tf 1 0 0 1 102.69 760 Tm (1174) Tj ET"
        + shown("in the year 2025"),
        ["No. 2025-1174", "in the year 2025"],
        id="words-in-pieces",
    ),
    pytest.param(
        "BT /F1 12 Tf 1 0 0 1 50 700 Tm (without) Tj 1 0 0 1 91.7 700 Tm (any) Tj 1 0 0 1 113.9 700 Tm (space) Tj"
        " 1 0 0 1 50 680 Tm (between words) Tj ET",
        ["without any space", "between words"],
        id="words-placed-without-spaces",
    ),
    pytest.param(
        "BT /F1 12 Tf 1 0 0 1 50 700 Tm [(350,)20(000.)-20(00)] TJ 1 0 0 1 50 680 Tm (Rechnung \\(380\\) XY) Tj ET",
        ["350,000.00", "Rechnung (380) XY"],
        id="kerned-amounts-and-brackets",
    ),
]


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("content", "expected"), CONTENTS)
def test_turned_text_reads_like_upright_text(way: Turn, quarters: int, content: str, expected: list[str]) -> None:
    assert texts_of(way(raw_pdf(content), quarters)) == expected


@pytest.mark.parametrize("quarters", [1, 2, 3])
@pytest.mark.parametrize("way", WAYS)
def test_corners_turn_with_the_page(way: Turn, quarters: int) -> None:
    upright = raw_pdf(shown("Invoice number 4711", "Total amount 12.50"))
    for before, after in zip(lines_of(upright), lines_of(way(upright, quarters)), strict=True):
        for one, other in zip(before.words, after.words, strict=True):
            for symbol, turned in zip(one.symbols, other.symbols, strict=True):
                expected = turn(symbol.quad, quarters)
                for point, found in zip(expected, turned.quad, strict=True):
                    assert found == pytest.approx(point, abs=2e-3)


def test_directions_on_one_page_follow_each_other() -> None:
    """Upwards and downwards are told apart, and upright text keeps PDFium's spaces."""
    content = (
        shown("Invoice number 4711", "Total amount 12.50", "Thank you for your order")
        + "BT /F1 9 Tf 0 1 -1 0 30 200 Tm (printed upwards) Tj ET BT /F1 9 Tf 0 -1 1 0 570 600 Tm (and down) Tj ET"
    )
    lines = lines_of(raw_pdf(content))
    assert [line.text for line in lines[:3]] == [
        "Invoice number 4711",
        "Total amount 12.50",
        "Thank you for your order",
    ]
    assert {line.text for line in lines[3:]} == {"printed upwards", "and down"}
