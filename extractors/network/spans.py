"""Scores of words -> spans: where the layout model believes values stand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from extractors.network.encoding import Floats

MAX_GAP_WORDS = 14
"""Words of other text that may stand between two words of one value: blocks side by side are read row by row."""
MAX_SPAN_WORDS = 60
"""Words; the longest descriptions and addresses are shorter."""
SURE_BEGIN_LOGIT = 3.0
"""From this logit on a word begins the same value once more: it is printed again."""


class WordSpan(NamedTuple):
    """Words of the document that a value stands in.

    `begin` is the logit that it begins there, `belongs` the mean logit of its words.
    """

    words: tuple[int, ...]
    begin: float
    belongs: float


def likeliest_spans(begins: Floats, belongs: Floats, most: int, least: float) -> list[WordSpan]:
    """The spans of a single value, the likeliest first; each begins at another word with a logit of at least `least`.

    Args:
        begins: logits of one field, shape (words,).
        belongs: likewise.
    """
    order = np.argsort(-begins)[:most]
    return [_from(int(i), begins, belongs, stop=SURE_BEGIN_LOGIT) for i in order if begins[i] >= least]


def column_spans(begins: Floats, belongs: Floats, threshold: float = 0.0) -> list[WordSpan]:
    """The spans of a column, in reading order: one begins wherever the logit is above the threshold."""
    return [_from(int(i), begins, belongs, stop=threshold) for i in np.flatnonzero(begins > threshold)]


def _from(start: int, begins: Floats, belongs: Floats, stop: float) -> WordSpan:
    """The words that belong to the value from `start` on, up to one that begins another with a logit above `stop`."""
    words = [start]
    last = min(len(begins), start + MAX_SPAN_WORDS * 3)
    for i in range(start + 1, last):
        if i - words[-1] > MAX_GAP_WORDS or len(words) >= MAX_SPAN_WORDS or begins[i] > stop:
            break
        if belongs[i] > 0:
            words.append(i)
    return WordSpan(tuple(words), float(begins[start]), float(np.mean(belongs[words])))


def begin_probability(begins: Floats, words: Sequence[int]) -> float:
    """The probability that the value begins with one of the words, "nowhere" being logit 0."""
    top = max(0.0, float(begins.max(initial=0.0)))
    exponents = np.exp(begins - top)
    return float(exponents[list(words)].sum() / (exponents.sum() + np.exp(-top)))
