"""A network and a scorer with fixed scores, for tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from extractors.trained.features import NAMES
from extractors.trained.network.encoding import FieldPrompt, Floats
from extractors.trained.network.field_network import FieldNetwork, Scores
from extractors.trained.scorer import Scorer
from schemas.pages import Document
from tests.fakes import word_ids

SURE_LOGIT, ABSENT_LOGIT = 5.0, -8.0


class FixedNetwork(FieldNetwork):
    """Scores the given texts as the values of their fields; each must be printed on the page once."""

    def __init__(self, values: Mapping[str, Sequence[str]]) -> None:
        self._values = values

    def scores(self, document: Document, fields: Sequence[FieldPrompt]) -> Scores:
        begins = np.full((len(fields), len(document.words)), ABSENT_LOGIT, np.float32)
        belongs = begins.copy()
        for row, field in enumerate(fields):
            for text in self._values.get(field.name, ()):
                ids = word_ids(document, text)
                begins[row, ids[0]] = SURE_LOGIT
                belongs[row, list(ids)] = SURE_LOGIT
        return Scores(begins, belongs)


class ByFeature(Scorer):
    """Returns one of the features as the probability."""

    def __init__(self, name: str) -> None:
        self._column = NAMES.index(name)

    def probabilities(self, features: Floats) -> Floats:
        return features[:, self._column]
