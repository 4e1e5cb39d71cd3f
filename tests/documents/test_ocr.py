"""The real engine on drawn pages: slow, so few."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from documents import DocumentReader, PaddleOcr, prepare_models
from documents.images import Picture
from training.samples import receipt

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> PaddleOcr:
    return PaddleOcr(tmp_path_factory.mktemp("models"))


def blank(height: int, width: int) -> Picture:
    return np.full((height, width, 3), 255, np.uint8)


def test_words_lie_on_their_truth(engine: PaddleOcr) -> None:
    sample = receipt()
    words = engine.read(np.asarray(sample.image))
    found = {"".join(s.text for s in word.symbols): word.quad.box for word in words}
    for field in ("total_net", "total_tax", "line_items[2].total_amount"):
        truth = sample.truth[field]
        box = found[truth.value]
        assert truth.box.left - 0.02 < box.center.x < truth.box.right + 0.02
        assert truth.box.top - 0.02 < box.center.y < truth.box.bottom + 0.02
    assert "Café" in found


def test_symbols_lie_in_their_word_from_left_to_right(engine: PaddleOcr) -> None:
    for word in engine.read(np.asarray(receipt().image)):
        assert len(word.symbols) >= 1
        lefts = [symbol.box.left for symbol in word.symbols]
        assert lefts == sorted(lefts)
        for symbol in word.symbols:
            assert 0.0 <= symbol.confidence <= 1.0
            assert word.quad.box.left - 1e-6 <= symbol.box.left < symbol.box.right <= word.quad.box.right + 1e-6


@pytest.mark.parametrize("size", [(40, 40), (3, 900), (900, 3), (1, 1), (600, 400)])
def test_pages_without_text_have_no_words(engine: PaddleOcr, size: tuple[int, int]) -> None:
    assert engine.read(blank(*size)) == []


def test_the_reader_gives_lines(engine: PaddleOcr) -> None:
    from tests.files import encoded

    document = DocumentReader(engine).read(encoded(receipt().image))
    texts = [line.text for line in document.pages[0].lines]
    assert texts[0] == "Corner Café"
    assert "TOTAL" in texts
    assert texts[texts.index("TOTAL") + 1].endswith("23.30")


def test_models_are_prepared_once(tmp_path: Path) -> None:
    assert prepare_models(tmp_path / "new" / "models")
    made = {path: path.stat().st_mtime_ns for path in (tmp_path / "new" / "models").iterdir()}
    assert sorted(path.suffix for path in made) == [".json", ".onnx"]
    assert not prepare_models(tmp_path / "new" / "models")
    assert {path: path.stat().st_mtime_ns for path in made} == made


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_turned_pages_are_read_and_their_boxes_lie_on_the_turned_page(engine: PaddleOcr, quarters: int) -> None:
    sample = receipt()
    picture = np.ascontiguousarray(np.rot90(np.asarray(sample.image), -quarters))  # clockwise
    words = engine.read(picture)
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
