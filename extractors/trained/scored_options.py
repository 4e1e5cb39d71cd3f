"""Options with the probability that they are their field's value."""

from __future__ import annotations

import math
from typing import NamedTuple

from extractors.trained.options import Option

MIN_ACCEPTED_PROBABILITY = 0.45
"""A little below one half, where precision and recall balance to the best F1."""
_MIN_PROBABILITY = 1e-4
"""Probabilities are kept this far from 0 and 1 before their logarithms are added."""


class ScoredOption(NamedTuple):
    """An option with the probability that it is its field's value."""

    option: Option
    probability: float

    @property
    def log_odds(self) -> float:
        """Log odds relative to those of the least probable accepted answer, which has 0."""
        return _logit(self.probability) - _logit(MIN_ACCEPTED_PROBABILITY)

    def raised(self, log_odds: float) -> ScoredOption:
        """Return the option with log odds added to its probability."""
        return self._replace(probability=1 / (1 + math.exp(-(_logit(self.probability) + log_odds))))


def _logit(probability: float) -> float:
    inside = min(1 - _MIN_PROBABILITY, max(_MIN_PROBABILITY, probability))
    return math.log(inside / (1 - inside))
