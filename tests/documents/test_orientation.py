"""Pictures that say little about how they are turned are recognised in all four turns."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from documents.layout.lines import arrange
from documents.ocr import model_files
from documents.ocr.ocr_engine import OcrResult
from documents.ocr.paddle import PaddleOcr
from documents.pictures import Picture

Cells = list[tuple[int, int, str]]
"""Left and top in pixels, and the text."""


def sparse_receipt() -> Cells:
    """Its longest lines are rules and a number."""
    rows = [("Espresso", "2.40"), ("Tea", "1.90"), ("Cake", "3.80"), ("Total", "8.10")]
    cells = [(60, 100 + 40 * row, text) for row, (text, _) in enumerate(rows)]
    cells += [(520, 100 + 40 * row, price) for row, (_, price) in enumerate(rows)]
    return [*cells, (60, 50, "-" * 44), (60, 280, "=" * 38), (60, 330, "0049 1774 2266 0418 7713 0021 44")]


def amounts() -> Cells:
    """Hardly a letter."""
    values = np.random.default_rng(0).integers(100, 99_999, (10, 4)) / 100
    cells = [
        (60 + 200 * column, 90 + 45 * row, f"{values[row, column]:.2f}") for row in range(10) for column in range(4)
    ]
    return [(60, 40, "Qty"), (260, 40, "Net"), (460, 40, "Tax"), (660, 40, "Sum"), *cells]


def comb() -> Cells:
    """A form with one character in each box."""
    words = ("MUSTERMANN", "ERIKA", "HEIDESTRASSE", "17", "KOELN", "51147")
    boxes = [(220 + 48 * i, 100 + 60 * row, letter) for row, word in enumerate(words) for i, letter in enumerate(word)]
    return [(60, 40, "Please fill in block letters"), (60, 100, "Name"), *boxes]


def columns_of_characters() -> Cells:
    """A table whose cells have one or two characters, so that no rectangle is long."""
    rows = [(str(row + 1), "ABCDEFGH"[row % 8] + "x", str(row % 5 + 1), str(row * 7 % 9)) for row in range(14)]
    cells = [
        (60 + 120 * column, 110 + 40 * row, text) for row, texts in enumerate(rows) for column, text in enumerate(texts)
    ]
    return [(60, 40, "Delivery note"), *cells]


def two_words() -> Cells:
    """The detector finds two lines, and `Total` is read upside down as well."""
    return [(60, 60, "Total"), (300, 60, "12.50")]


def drawn(cells: Cells) -> Picture:
    size = max(x for x, _, _ in cells) + 320, max(y for _, y, _ in cells) + 100
    image = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(image)
    for x, y, text in cells:
        draw.text((x, y), text, "black", ImageFont.load_default(26))
    return np.asarray(image)


PAGES = [
    pytest.param(page, id=page.__name__) for page in (sparse_receipt, amounts, comb, columns_of_characters, two_words)
]


@pytest.fixture(scope="module")
def engine() -> PaddleOcr:
    return PaddleOcr(model_files.load())


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
@pytest.mark.parametrize("page", PAGES)
def test_all_turns_of_a_page_are_recognised(engine: PaddleOcr, page: Callable[[], Cells], quarters: int) -> None:
    if page is columns_of_characters and quarters % 2:
        pytest.skip("a quarter turn of a page without a word longer than two characters is not recognised")
    picture = np.ascontiguousarray(np.rot90(drawn(page()), -quarters))
    read = engine.read(picture)
    assert read.preprocessing.orientation == 90 * quarters
    height, width = picture.shape[:2]
    way = {0: (1, 0), 1: (0, 1), 2: (-1, 0), 3: (0, -1)}[quarters]
    for line in arrange(read.lines, width / height):
        first = line.words[0].symbols[0].quad
        reading = (first.top_right.x - first.top_left.x, first.top_right.y - first.top_left.y)
        assert reading[0] * way[0] + reading[1] * way[1] > 0, line.text


def test_a_tilted_page_is_read_alike_in_every_turn(engine: PaddleOcr) -> None:
    rng = np.random.default_rng(1)
    cells = [(20, 20 + 24 * row, f"Item {row}: {rng.integers(10**6)} x {row / 7:.2f}") for row in range(12)]
    page = np.asarray(Image.fromarray(drawn(cells)).rotate(8, fillcolor="white"))
    read = [engine.read(np.ascontiguousarray(np.rot90(page, -quarters))) for quarters in range(4)]
    assert [result.preprocessing.orientation for result in read] == [0, 90, 180, 270]
    assert all(words_of(result) == words_of(read[0]) for result in read)


def words_of(read: OcrResult) -> list[str]:
    return sorted("".join(symbol.text for symbol in word.symbols) for line in read.lines for word in line)
