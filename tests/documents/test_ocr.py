"""The real engine on drawn pages: slow, so few."""

from __future__ import annotations

import numpy as np
import pytest

from documents import DocumentReader, RapidOcr
from documents.images import Picture
from training.samples import receipt

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def engine() -> RapidOcr:
    return RapidOcr()


def blank(height: int, width: int) -> Picture:
    return np.full((height, width, 3), 255, np.uint8)


def test_words_lie_on_their_truth(engine: RapidOcr) -> None:
    sample = receipt()
    words = engine.read(np.asarray(sample.image))
    found = {"".join(s.text for s in word.symbols): word.quad.box for word in words}
    for field in ("total_net", "total_tax", "line_items[2].total_amount"):
        truth = sample.truth[field]
        box = found[truth.value]
        assert truth.box.left - 0.02 < box.center.x < truth.box.right + 0.02
        assert truth.box.top - 0.02 < box.center.y < truth.box.bottom + 0.02
    assert "Café" in found


def test_symbols_lie_in_their_word_from_left_to_right(engine: RapidOcr) -> None:
    for word in engine.read(np.asarray(receipt().image)):
        assert len(word.symbols) >= 1
        lefts = [symbol.box.left for symbol in word.symbols]
        assert lefts == sorted(lefts)
        for symbol in word.symbols:
            assert 0.0 <= symbol.confidence <= 1.0
            assert word.quad.box.left - 1e-6 <= symbol.box.left < symbol.box.right <= word.quad.box.right + 1e-6


@pytest.mark.parametrize("size", [(40, 40), (3, 900), (900, 3), (1, 1), (600, 400)])
def test_pages_without_text_have_no_words(engine: RapidOcr, size: tuple[int, int]) -> None:
    assert engine.read(blank(*size)) == []


def test_the_reader_gives_lines(engine: RapidOcr) -> None:
    from tests.files import encoded

    document = DocumentReader(engine).read(encoded(receipt().image))
    texts = [line.text for line in document.pages[0].lines]
    assert texts[0] == "Corner Café"
    assert "TOTAL" in texts
    assert texts[texts.index("TOTAL") + 1].endswith("23.30")
