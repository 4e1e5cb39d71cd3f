"""Turn the network's scores of words into the spans of words that are values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from extractors.trained.network.encoding import Floats

MAX_GAP_WORDS = 14
"""Maximum words of other text between two words of one value; blocks side by side are read row by row."""
MAX_SPAN_WORDS = 60
"""Maximum words of a value; the longest descriptions and addresses are shorter."""
SURE_BEGIN_LOGIT = 3.0
"""From this logit on, a word begins the same value again, because it is printed twice."""


class WordSpan(NamedTuple):
    """Words of the document that form a value.

    `begin` is the logit that the value begins with the first word, `belongs` the mean logit of all its words.
    """

    words: tuple[int, ...]
    begin: float
    belongs: float


def likeliest_spans(begins: Floats, belongs: Floats, most: int, least: float) -> list[WordSpan]:
    """Return the spans of a single value, the likeliest first, each with another first word.

    Args:
        begins: logits that the field's value begins with a word, shape (words,).
        belongs: logits that a word is part of the field's value, shape (words,).
        most: maximum number of spans.
        least: minimum logit of a span's first word.
    """
    order = np.argsort(-begins)[:most]
    return [_from(int(i), begins, belongs, stop=SURE_BEGIN_LOGIT) for i in order if begins[i] >= least]


def column_spans(begins: Floats, belongs: Floats, threshold: float = 0.0) -> list[WordSpan]:
    """Return a column's spans in reading order, one for each logit above the threshold."""
    return [_from(int(i), begins, belongs, stop=threshold) for i in np.flatnonzero(begins > threshold)]


def _from(start: int, begins: Floats, belongs: Floats, stop: float) -> WordSpan:
    """Return the value's words from `start` up to a word that begins another one above `stop`."""
    words = [start]
    last = min(len(begins), start + MAX_SPAN_WORDS * 3)
    for i in range(start + 1, last):
        if i - words[-1] > MAX_GAP_WORDS or len(words) >= MAX_SPAN_WORDS or begins[i] > stop:
            break
        if belongs[i] > 0:
            words.append(i)
    return WordSpan(tuple(words), float(begins[start]), float(np.mean(belongs[words])))


def begin_probability(begins: Floats, words: Sequence[int]) -> float:
    """Return the probability that the value begins with one of the words.

    It is a softmax over all words, where "nowhere" has logit 0.
    """
    top = max(0.0, float(begins.max(initial=0.0)))
    exponents = np.exp(begins - top)
    return float(exponents[list(words)].sum() / (exponents.sum() + np.exp(-top)))
