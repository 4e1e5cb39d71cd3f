"""Test that raised cents and split amounts become one word, and that what only looks like them does not."""

from __future__ import annotations

import pytest

from documents.decode.content import placed_words
from documents.decode.pdf import PdfFile
from documents.layout.lines import arrange
from documents.limits import ReadingLimits
from schemas.pages import Line, Word
from tests.files import raw_pdf, shown

FILLER = shown("The rest of the page has enough text for a layer of its own.", top=100)
WIDTH_POINTS = 600


def lines_of(content: str) -> list[Line]:
    width, height, layer = PdfFile(raw_pdf(content + FILLER), ReadingLimits()).text_layer(1)
    assert layer is not None
    return list(arrange([(word,) for word in placed_words(layer)], width / height))[:-1]


def drawn(*pieces: tuple[str, float, float, float]) -> str:
    """Operators for pieces of text: the text, its start, its height above the line, and its size, in points."""
    texts = " ".join(f"/F1 {size} Tf 1 0 0 1 {x} {700 + lift} Tm ({text}) Tj" for text, x, lift, size in pieces)
    return f"\nBT {texts} ET\n"


def words_of(content: str) -> list[Word]:
    return [word for line in lines_of(content) for word in line.words]


@pytest.mark.parametrize(
    ("pieces", "text", "verbatim"),
    [
        pytest.param([("24", 50, 0, 12), ("95", 64, 4, 8)], "24.95", "24⁹⁵", id="raised-cents"),
        pytest.param([("24", 50, 0, 12), ("95", 65.5, 6, 6)], "24.95", "24⁹⁵", id="small-and-high"),
        pytest.param([("24,", 50, 0, 12), ("95", 67, 4, 8)], "24,95", "24,⁹⁵", id="after-a-comma"),
        pytest.param([("1.024", 50, 0, 12), ("95", 80.5, 4, 8)], "1.024,95", "1.024⁹⁵", id="after-thousands"),
        pytest.param([("$3", 50, 0, 12), ("49", 64, 4, 8)], "$3.49", "$3⁴⁹", id="after-a-currency"),
        pytest.param([("120", 50, 0, 12), ("1", 71, 4, 8)], "1201", "1201", id="a-footnote's-mark"),
        pytest.param([("24", 50, 0, 12), ("95", 64, 0, 8)], "2495", "2495", id="small-but-on-the-line"),
        pytest.param([("24", 50, 0, 12), ("95", 64, 0, 12)], "2495", "2495", id="one-number"),
        pytest.param([("H", 50, 0, 12), ("20", 59, -3, 8)], "H20", "H20", id="lowered-after-a-letter"),
    ],
)
def test_raised_digits(pieces: list[tuple[str, float, float, float]], text: str, verbatim: str) -> None:
    (word,) = words_of(drawn(*pieces))
    assert (word.text, word.verbatim) == (text, verbatim)


def test_the_page_decides_between_point_and_comma() -> None:
    content = drawn(("24", 50, 0, 12), ("95", 64, 4, 8)) + shown("12,50", "8,30", top=600)
    assert [word.text for word in words_of(content)] == ["24,95", "12,50", "8,30"]


def test_raised_cents_of_another_column_stay_there() -> None:
    content = drawn(("24", 50, 0, 12), ("95", 100, 4, 8))
    assert [word.text for word in words_of(content)] == ["24", "95"]


@pytest.mark.parametrize(
    ("pieces", "texts"),
    [
        pytest.param([("$2,904.1", 50, 0, 12), ("5", 103, 0, 12)], ["$2,904.15"], id="a-gap-like-a-space"),
        pytest.param([("1,719.3", 50, 0, 12), ("3", 94, 0, 12)], ["1,719.33"], id="without-a-currency"),
        pytest.param([("05/3", 50, 0, 12), ("1/2025", 77, 0, 12)], ["05/31/2025"], id="a-date"),
        pytest.param([("$2,904.1", 50, 0, 12), ("5", 118, 0, 12)], ["$2,904.1", "5"], id="another-column"),
        pytest.param([("$2,904.1", 50, 0, 12), ("5", 103, 0, 8)], ["$2,904.1", "5"], id="another-size"),
        pytest.param([("4.5", 50, 0, 12), ("3", 70, 0, 12)], ["4.5", "3"], id="two-numbers"),
    ],
)
def test_stray_gaps(pieces: list[tuple[str, float, float, float]], texts: list[str]) -> None:
    words = words_of(drawn(*pieces))
    assert [word.text for word in words] == texts
    assert "".join(word.verbatim for word in words) == "".join(text for text, *_ in pieces)
