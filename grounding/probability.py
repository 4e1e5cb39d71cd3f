"""Probability that a place, and the value at it, is right: two logistic models.

The first model uses what grounding saw and says whether the value is at this place. The second uses the extractor's and
the reader's own scores and says whether a value at this place is the field's. Their product is the cell's confidence.
`python -m training.fit_confidence` fits the weights; docs/benchmarks.md says how reliable they are on other documents.
"""

from __future__ import annotations

import json
import math
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from schemas.results import Evidence

MIN_CHANCE = 0.01
"""Added before taking a logarithm: nothing counts as more certain than one in a hundred."""
MAX_VETOED_PROBABILITY = 0.3
"""Maximum probability of a value whose digits differ on the page."""
MAX_RIVALLED_CHARACTERS = 6
"""A longer text found in several places is printed several times, and each place is right."""
LONG_TEXT_CHARACTERS = 24
"""Length beyond which a longer text says no more about a place."""


class LogisticWeights(NamedTuple):
    """The weights of the two models, in the order of `place_features` and `value_features`."""

    place: tuple[float, ...]
    value: tuple[float, ...]


@cache
def weights() -> LogisticWeights:
    """Return the fitted weights that ship with this package."""
    data = json.loads((files("grounding") / "confidence.json").read_text(encoding="utf-8"))
    return LogisticWeights(tuple(data["place"]), tuple(data["value"]))


def place_features(evidence: Evidence, length: int) -> tuple[float, ...]:
    """Return the features of the place model, shape (10,).

    Args:
        evidence: what grounding saw at the place.
        length: characters of the squashed value.
    """
    doubt = math.log(max(0.0, 1 - evidence.agreement) + MIN_CHANCE)
    shortness = 1 / math.sqrt(length)
    supported = float(evidence.hint > 0 or evidence.label or evidence.row)
    rivals = math.log1p(evidence.rivals) * (1 - supported) * (length <= MAX_RIVALLED_CHARACTERS)
    return (
        1.0,
        doubt,
        doubt * math.log2(min(LONG_TEXT_CHARACTERS, length)),
        shortness,
        supported,
        supported * doubt,
        rivals * (1 - evidence.by_meaning),
        rivals * evidence.by_meaning,
        float(evidence.doubtful),
        float(evidence.by_meaning),
    )


def value_features(score: float, read: float, by_meaning: bool, in_row: bool) -> tuple[float, ...]:
    """Return the features of the value model, shape (5,).

    Args:
        score: the extractor's score, from 0 to 1.
        read: mean confidence of the reader in the symbols, from 0 to 1.
        by_meaning: whether the value is a number, a date or a boolean.
        in_row: whether it is in a row of an array, whose scores mean something else than those of single fields.
    """
    return 1.0, _logit(score), math.log(max(0.0, 1 - read) + MIN_CHANCE), float(by_meaning), float(in_row)


def place_probability(evidence: Evidence, length: int) -> float:
    """Return the probability that the value is at this place.

    Args:
        evidence: what grounding saw at the place.
        length: characters of the squashed value.
    """
    probability = _logistic(weights().place, place_features(evidence, length))
    return probability if evidence.digits_agree else min(MAX_VETOED_PROBABILITY, probability)


def value_probability(
    evidence: Evidence, score: float, read: float, in_row: bool, fitted: LogisticWeights | None = None
) -> float:
    """Return the probability that the value and its place are both right.

    Args:
        evidence: what grounding saw, with the place's probability.
        score: the extractor's score, from 0 to 1.
        read: mean confidence of the reader in the symbols, from 0 to 1.
        in_row: whether the value is in a row of an array.
        fitted: weights to use instead of those that ship with this package.
    """
    value = (fitted or weights()).value
    return evidence.probability * _logistic(value, value_features(score, read, evidence.by_meaning, in_row))


def _logit(probability: float) -> float:
    inside = min(1 - MIN_CHANCE, max(MIN_CHANCE, probability))
    return math.log(inside / (1 - inside))


def _logistic(weights: tuple[float, ...], features: tuple[float, ...]) -> float:
    return 1 / (1 + math.exp(-sum(w * s for w, s in zip(weights, features, strict=True))))
