"""Boxes move with a page that is turned, scaled or padded, and symbols lie within words, words within lines."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import closing

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from documents import DocumentReader
from documents.decode.content import placed_words
from documents.decode.pdf import PdfFile
from documents.layout.lines import arrange
from documents.limits import ReadingLimits
from documents.ocr.detection import BLOCK_PIXELS, CondensedPicture
from documents.ocr.ocr_engine import OcrResult
from documents.pictures import Picture
from documents.placed import PlacedWord
from schemas.deadline import Deadline
from schemas.frames import turn
from schemas.geometry import Box, Point, Quad, quad_of
from schemas.pages import Line, Preprocessing, Symbol
from tests.files import encoded, raw_pdf, shown

SIZE = (320, 240)
EXIF = {0: 1, 1: 6, 2: 3, 3: 8}
"""The value of EXIF's orientation for the quarter turns clockwise that a viewer applies."""


class Ink:
    """An engine that reads all dark pixels as one symbol."""

    def read(self, picture: Picture, deadline: Deadline | None = None) -> OcrResult:
        height, width = picture.shape[:2]
        rows, columns = np.nonzero(picture.mean(axis=2) < 128)
        box = Box(columns.min() / width, rows.min() / height, (columns.max() + 1) / width, (rows.max() + 1) / height)
        word = PlacedWord((Symbol("x", quad_of(box), 1.0),), quad_of(box))
        return OcrResult([[word]], Preprocessing((width, height), (width, height)))


@pytest.fixture(scope="module")
def reader() -> Iterator[DocumentReader]:
    with closing(DocumentReader(Ink())) as made:
        yield made


@st.composite
def marks(draw: st.DrawFn) -> tuple[int, int, int, int]:
    """Draw a dark rectangle on a page of `SIZE`: left, top, right, bottom in pixels."""
    left, top = draw(st.integers(0, SIZE[0] - 20)), draw(st.integers(0, SIZE[1] - 20))
    return left, top, left + draw(st.integers(8, 20)), top + draw(st.integers(8, 20))


def found(reader: DocumentReader, image: Image.Image, quarters: int = 0) -> Box:
    exif = Image.Exif()
    exif[0x0112] = EXIF[quarters]
    (word,) = reader.read(encoded(image, exif=exif)).words
    return word.box


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    mark=marks(),
    quarters=st.integers(0, 3),
    scale=st.sampled_from([1, 2, 3]),
    padding=st.tuples(*[st.integers(0, 90)] * 4),
)
def test_boxes_move_with_the_page(
    reader: DocumentReader, mark: tuple[int, int, int, int], quarters: int, scale: int, padding: tuple[int, ...]
) -> None:
    page = Image.new("RGB", SIZE, "white")
    page.paste("black", mark)
    left, top, right, bottom = padding
    width, height = SIZE[0] * scale + left + right, SIZE[1] * scale + top + bottom
    changed = Image.new("RGB", (width, height), "white")
    changed.paste(page.resize((SIZE[0] * scale, SIZE[1] * scale), Image.Resampling.NEAREST), (left, top))
    x0, y0, x1, y1 = (scale * edge for edge in mark)
    expected = Box((x0 + left) / width, (y0 + top) / height, (x1 + left) / width, (y1 + top) / height)
    turned = turn(quad_of(expected), quarters).box
    assert found(reader, changed, quarters) == pytest.approx(turned, abs=1e-9)


@given(
    st.lists(st.floats(0, 1), min_size=4, max_size=4),
    st.integers(0, 3),
)
def test_four_quarter_turns_change_nothing_and_corners_keep_their_order(edges: list[float], quarters: int) -> None:
    left, right = sorted(edges[:2])
    top, bottom = sorted(edges[2:])
    quad = quad_of(Box(left, top, right, bottom))
    there = turn(quad, quarters)
    for before, after in zip(quad, turn(there, 4 - quarters), strict=True):
        assert after == pytest.approx(before)
    assert turn(quad, 1).top_left == pytest.approx(Point(1 - top, left))


@given(
    bands=st.lists(st.tuples(st.integers(0, 900), st.integers(4, 30)), min_size=1, max_size=6),
    left=st.integers(0, 300),
    scale=st.sampled_from([0.5, 1.0, 1.7]),
)
def test_boxes_on_a_condensed_picture_map_back_to_the_original(
    bands: list[tuple[int, int]], left: int, scale: float
) -> None:
    page = np.full((1000, 400, 3), 255, np.uint8)
    for top, height in bands:
        page[top : top + height, left : left + 60] = 0
    condensed = CondensedPicture(page, scale)
    assert all(side % BLOCK_PIXELS == 0 for side in condensed.picture.shape[:2])
    assert (condensed.picture == 0).sum() == (page == 0).sum()
    rows, columns = np.nonzero(condensed.picture[:, :, 0] == 0)
    for y, x in itertools.islice(zip(rows.tolist(), columns.tolist(), strict=True), 0, None, 97):
        box = np.array([[x, y], [x + 1, y], [x + 1, y + 1], [x, y + 1]], np.float32)
        back = condensed.to_original(box) * scale
        assert page[round(float(back[0][1])), round(float(back[0][0])), 0] == 0


def assert_nested(lines: tuple[Line, ...]) -> None:
    for line in lines:
        for word in line.words:
            assert _holds(line.box, word.box)
            for symbol in word.symbols:
                assert _holds(word.box, symbol.box)


def _holds(outer: Box, inner: Box) -> bool:
    return (
        outer.left <= inner.left <= inner.right <= outer.right
        and outer.top <= inner.top <= inner.bottom <= outer.bottom
    )


@st.composite
def placed_lines(draw: st.DrawFn) -> list[list[PlacedWord]]:
    """Draw lines of words anywhere, in any direction."""
    lines = []
    for _ in range(draw(st.integers(0, 12))):
        x, y = draw(st.floats(0, 0.8)), draw(st.floats(0, 0.95))
        quarters = draw(st.integers(0, 3))
        words = []
        for length in draw(st.lists(st.integers(1, 8), min_size=1, max_size=4)):
            quads = [
                turn(quad_of(Box(x + 0.01 * i, y, x + 0.01 * (i + 1), y + 0.012)), quarters) for i in range(length)
            ]
            symbols = tuple(Symbol("x", quad, 0.9) for quad in quads)
            whole = Quad(quads[0].top_left, quads[-1].top_right, quads[-1].bottom_right, quads[0].bottom_left)
            words.append(PlacedWord(symbols, whole))
            x += 0.01 * length + draw(st.floats(0.002, 0.05))
        lines.append(words)
    return lines


@given(placed_lines(), st.sampled_from([0.6, 1.0, 1.5]))
def test_symbols_lie_in_their_word_and_words_in_their_line(lines: list[list[PlacedWord]], aspect: float) -> None:
    made = arrange(lines, aspect)
    assert_nested(made)
    assert sum(len(w.symbols) for ln in made for w in ln.words) == sum(len(w.symbols) for ln in lines for w in ln)
    ids = [w.id for ln in made for w in ln.words]
    assert ids == list(range(len(ids)))  # single characters at even distances are joined, as in boxes of a form


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_symbols_lie_in_their_word_on_pages_of_a_pdf(rotation: int) -> None:
    data = raw_pdf(shown("Invoice number 4711", "Total 12.50"), page=f"/Rotate {rotation} /CropBox [20 300 580 790]")
    page = PdfFile(data, ReadingLimits()).page(1)
    assert page.text is not None
    lines = arrange([[word] for word in placed_words(page.text)], page.width / page.height)
    assert_nested(lines)
    assert [line.text for line in lines] == ["Invoice number 4711", "Total 12.50"]
