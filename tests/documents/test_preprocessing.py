from __future__ import annotations

import numpy as np
import pytest

from benchmarks.degradations import faded, noisy, unevenly_lit
from documents.ocr.preprocessing import enhanced
from documents.pictures import Picture
from training.samples import invoice


@pytest.fixture(scope="module")
def page() -> Picture:
    return np.asarray(invoice().image)


def test_a_good_page_is_left_alone(page: Picture) -> None:
    better, steps = enhanced(page)
    assert steps == ()
    assert better is page


def test_grain_is_smoothed(page: Picture) -> None:
    better, steps = enhanced(noisy(page)[0])
    assert steps == ("denoise",)
    corner = better[:40, :400].astype(float)
    assert corner.std() < noisy(page)[0][:40, :400].astype(float).std() / 2


def test_faded_print_gets_contrast(page: Picture) -> None:
    better, steps = enhanced(faded(page)[0])
    assert steps == ("grayscale", "clahe")
    before, after = (np.ptp(picture.astype(int)) for picture in (faded(page)[0], better))
    assert after > 1.3 * before


def test_shadows_are_evened_out(page: Picture) -> None:
    assert enhanced(unevenly_lit(page)[0])[1] == ("grayscale", "clahe")


@pytest.mark.parametrize("size", [(1, 1), (3, 900), (900, 3), (40, 40)])
@pytest.mark.parametrize("grey", [0, 255])
def test_tiny_and_blank_pictures(size: tuple[int, int], grey: int) -> None:
    blank = np.full((*size, 3), grey, np.uint8)
    better, _ = enhanced(blank)
    assert better.shape == blank.shape
