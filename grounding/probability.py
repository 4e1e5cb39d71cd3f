"""How likely a place, and the value at it, is right: two logistic models.

The first knows what grounding saw and answers whether the value stands at this place. The second knows what the
extractor and the reader say of themselves and answers whether a value that stands there is the field's; their product
is the cell's confidence. `python -m training.confidence` fits their weights, and docs/benchmarks.md says how far they
can be trusted on other documents.
"""

from __future__ import annotations

import json
import math
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from schemas.results import Evidence

MIN_CHANCE = 0.01
"""Added before a logarithm: nothing is more certain than one in a hundred."""
MAX_VETOED_PROBABILITY = 0.3
"""The most that a value is believed whose digits stand otherwise on the page."""
SHORT_TEXT_CHARACTERS = 6
"""Characters; a longer text that stands in several places is printed several times, and each of them is right."""
LONG_TEXT_CHARACTERS = 24
"""Characters; a longer text says no more about a place."""


class Weights(NamedTuple):
    """Of the two models, in the order of `place_features` and `value_features`."""

    place: tuple[float, ...]
    value: tuple[float, ...]


@cache
def weights() -> Weights:
    """The fitted weights that come with this room."""
    data = json.loads((files("grounding") / "confidence.json").read_text(encoding="utf-8"))
    return Weights(tuple(data["place"]), tuple(data["value"]))


def place_features(evidence: Evidence, length: int) -> tuple[float, ...]:
    """What the first model looks at.

    Args:
        length: characters of the squashed value.
    """
    doubt = math.log(max(0.0, 1 - evidence.agreement) + MIN_CHANCE)
    shortness = 1 / math.sqrt(length)
    supported = float(evidence.hint > 0 or evidence.label or evidence.row)
    rivals = math.log1p(evidence.rivals) * (1 - supported) * (length <= SHORT_TEXT_CHARACTERS)
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


def value_features(score: float, read: float, by_meaning: bool) -> tuple[float, ...]:
    """What the second model looks at.

    Args:
        score: the extractor's, 0 to 1.
        read: the mean confidence of the reader in the symbols, 0 to 1.
        by_meaning: whether it is a number, a date or a truth value.
    """
    return 1.0, _logit(score), math.log(max(0.0, 1 - read) + MIN_CHANCE), float(by_meaning)


def place_probability(evidence: Evidence, length: int) -> float:
    """That the value stands at this place."""
    probability = _logistic(weights().place, place_features(evidence, length))
    return probability if evidence.digits_agree else min(MAX_VETOED_PROBABILITY, probability)


def value_probability(evidence: Evidence, score: float, read: float, fitted: Weights | None = None) -> float:
    """That the value and its place are both right.

    Args:
        evidence: with the probability of the place.
        score: the extractor's, 0 to 1.
        read: the mean confidence of the reader in the symbols, 0 to 1.
        fitted: other weights than those that come with this room.
    """
    value = (fitted or weights()).value
    return evidence.probability * _logistic(value, value_features(score, read, evidence.by_meaning))


def _logit(probability: float) -> float:
    inside = min(1 - MIN_CHANCE, max(MIN_CHANCE, probability))
    return math.log(inside / (1 - inside))


def _logistic(weights: tuple[float, ...], features: tuple[float, ...]) -> float:
    return 1 / (1 + math.exp(-sum(w * s for w, s in zip(weights, features, strict=True))))
