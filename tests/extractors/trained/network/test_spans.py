"""Spans from the logits of words."""

from __future__ import annotations

import numpy as np
import pytest

from extractors.trained.network.spans import begin_probability, column_spans, likeliest_spans


def _logits(*values: float) -> np.ndarray:
    return np.asarray(values, np.float32)


@pytest.mark.parametrize(
    ("begins", "belongs", "words"),
    [
        pytest.param((-5, 4, -5, -5), (-5, 3, 3, -5), (1, 2), id="two-words"),
        pytest.param((-5, 4, -5, -5, -5), (-5, 3, -4, 3, -5), (1, 3), id="over-another-block"),
        pytest.param((-5, 4, -5, 5), (-5, 3, 3, 3), (3,), id="the-surest-begins"),
        pytest.param((4, -5, 6, -5), (3, 3, 3, 3), (2, 3), id="not-over-the-next-beginning"),
    ],
)
def test_the_likeliest_span(begins: tuple[float, ...], belongs: tuple[float, ...], words: tuple[int, ...]) -> None:
    assert likeliest_spans(_logits(*begins), _logits(*belongs), 3, -3.0)[0].words == words


def test_nothing_is_likely_on_a_page_without_the_value() -> None:
    assert likeliest_spans(_logits(-6, -7), _logits(-6, -6), 3, -5.0) == []


def test_a_distant_word_belongs_to_another_value() -> None:
    begins, belongs = np.full(40, -9.0, np.float32), np.full(40, -9.0, np.float32)
    begins[0] = belongs[0] = belongs[30] = 5.0
    assert likeliest_spans(begins, belongs, 1, 0.0)[0].words == (0,)


def test_cells_of_a_column() -> None:
    found = column_spans(_logits(3, -4, -4, 2, -4), _logits(3, 2, -4, 3, 1))
    assert [span.words for span in found] == [(0, 1), (3, 4)]


def test_cells_below_one_another_are_not_merged() -> None:
    found = column_spans(_logits(3, -4, 2, -4), _logits(9, 9, 9, 9))
    assert [span.words for span in found] == [(0, 1), (2, 3)]


def test_nowhere_takes_part_of_the_probability() -> None:
    assert begin_probability(_logits(0.0), [0]) == pytest.approx(0.5)
    assert begin_probability(_logits(10.0, 10.0), [0]) == pytest.approx(0.5, abs=1e-4)
    assert begin_probability(_logits(-10.0), [0]) == pytest.approx(0.0, abs=1e-4)
