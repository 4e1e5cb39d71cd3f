"""Plain text set on pages: wrapping, pages, places and pictures."""

from __future__ import annotations

import codecs

import numpy as np
import pytest

from documents import DamagedDocument, ReadingLimits, TooLarge
from documents.decode.content import placed_words
from documents.decode.decoder import AnyFile
from documents.decode.text_pages import COLUMNS, ROWS, TextFile, encoded_text, is_text

LIMITS = ReadingLimits()


def words(text: str, page: int = 1) -> list[str]:
    layer = TextFile(encoded_text(text), LIMITS).page(page).text
    assert layer is not None
    return ["".join(s.text for s in word.symbols) for word in placed_words(layer)]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param("Total".encode("utf-8-sig"), True, id="utf-8"),
        pytest.param("Total".encode("utf-16"), True, id="utf-16"),
        pytest.param(b"Total", False, id="no-mark"),
        pytest.param("<invoice>".encode("utf-8-sig"), False, id="xml"),
        pytest.param(codecs.BOM_UTF16_BE + "<invoice>".encode("utf-16-be"), False, id="xml-in-utf-16"),
    ],
)
def test_what_is_a_text(data: bytes, expected: bool) -> None:
    assert is_text(data) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("a  b\nc", ["a", "b", "c"], id="words-and-lines"),
        pytest.param("a\tb", ["a", "b"], id="tab"),
        pytest.param("x" * (COLUMNS + 5), ["x" * COLUMNS, "x" * 5], id="too-wide"),
        pytest.param("ab " * 60, ["ab"] * 60, id="wrapped-between-words"),
        pytest.param("e\u0301te\u0301", ["e\u0301te\u0301"], id="combining-marks"),
        pytest.param("a\u200bb\x07c", ["abc"], id="invisible-characters"),
        pytest.param("日" * 60, ["日" * 50, "日" * 10], id="wide-characters"),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_each_character_has_a_cell_of_the_grid() -> None:
    layer = TextFile(encoded_text(" ab\n  日c"), LIMITS).page(1).text
    assert layer is not None
    left = (layer.loose[:, 0] - 36 / 595) * 595 / 5.23
    assert left.tolist() == pytest.approx([1, 2, 2, 4])
    assert (layer.loose[:, 2] - layer.loose[:, 0])[[0, 2]].tolist() == pytest.approx([5.23 / 595, 2 * 5.23 / 595])
    assert (layer.tight[:, 1] > layer.loose[:, 1]).all()
    assert (layer.tight[:, 3] < layer.loose[:, 3]).all()


def test_pages_end_when_they_are_full_or_at_a_form_feed() -> None:
    file = TextFile(encoded_text("\n".join(f"line{n}" for n in range(ROWS + 1)) + "\flast\f\n"), LIMITS)
    assert file.page_count == 3
    assert words("a\fb", page=2) == ["b"]


def test_a_picture_shows_the_characters_where_their_boxes_are() -> None:
    file = TextFile(encoded_text("\n\n      Total"), LIMITS)
    layer, shown = file.page(1).text, file.picture(1, 842)
    assert layer is not None
    assert shown.shape == (842, 595, 3)
    rows, columns = np.nonzero(shown[:, :, 0] < 128)
    box = layer.loose[0, 0] * 595, layer.loose[0, 1] * 842, layer.loose[-1, 2] * 595, layer.loose[-1, 3] * 842
    assert box[0] - 2 <= columns.min() <= columns.max() <= box[2] + 2
    assert box[1] - 2 <= rows.min() <= rows.max() <= box[3] + 2


@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        pytest.param(codecs.BOM_UTF8 + b"\xff\xfe", DamagedDocument, "says UTF-8", id="not-in-its-encoding"),
        pytest.param(encoded_text(" \n\t"), DamagedDocument, "only spaces", id="blank"),
        pytest.param(encoded_text("x" * 1_000_001), TooLarge, "at most 1,000,000 characters", id="too-long"),
    ],
)
def test_errors(data: bytes, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        TextFile(data, LIMITS)


@pytest.mark.parametrize(
    "text",
    ["From: a@example.org\nSent: today\nTo: b\nSubject: Invoice\n\nHello", "see %PDF-1.4 for it"],
    ids=["forwarded", "pdf"],
)
def test_text_that_looks_like_another_format_stays_text(text: str) -> None:
    file = AnyFile(encoded_text(text), LIMITS)
    layer = file.page(1).text
    assert layer is not None
    assert "".join(layer.texts) == "".join(text.split())
