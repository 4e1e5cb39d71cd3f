"""Probability that an option is a field's value: boosted trees, as ONNX."""

from __future__ import annotations

from importlib.resources import files

import numpy as np
import onnxruntime

from extractors.trained.network.encoding import Floats

WEIGHTS = "scorer.onnx"


class Scorer:
    """The trees fitted by `training.ranker.fit`. Safe to call from several threads."""

    def __init__(self, weights: bytes | None = None) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        data = weights or files(__package__).joinpath(WEIGHTS).read_bytes()
        self._session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])

    def probabilities(self, features: Floats) -> Floats:
        """Return each option's probability, shape (options,), from shape (options, features)."""
        if not len(features):
            return np.zeros(0, np.float32)
        found: Floats = self._session.run(["probabilities"], {"features": features})[0][:, 0]
        return found
