"""Load the OCR models in `weights/`: PP-OCRv6, see `weights/MODEL_CARD.md`.

The detector and the Latin recogniser are in 8 bits; the float ones, from which they were made, are for comparison.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

import numpy as np
import onnxruntime

WEIGHTS = Path(__file__).with_name("weights")
"""Folder of the model files; `training.ocr` builds them."""
ALPHABET_KEY = "alphabet"
"""Metadata entry of the models that score characters: one character per line, in the order of the classes from 1."""

EXACT_8_BIT_PRODUCTS = ("session.x64quantprecision", "1")
"""Option of ONNX Runtime: on x86 processors without VNNI, 8-bit products are added in 32 bits. Otherwise they are added
in 16 bits, which overflows: on 10 photographed receipts, 3.8 % of the characters were misread instead of 2.2 %."""


class ModelFile(StrEnum):
    """File names in `WEIGHTS`."""

    DETECTOR_8_BIT = "detector-8bit.onnx"
    LATIN_8_BIT = "latin-8bit.onnx"
    DETECTOR_FLOAT = "detector.onnx"
    RECOGNISER_BODY_FLOAT = "recogniser-body.onnx"
    LATIN_HEAD_FLOAT = "latin-head.onnx"
    MULTILINGUAL_HEAD_FLOAT = "multilingual-head.onnx"


class Recogniser(NamedTuple):
    """A recognition model: networks that run one after the other, and an alphabet."""

    networks: tuple[onnxruntime.InferenceSession, ...]
    """The first takes a line of shape (1, 3, 48, width), the last gives probabilities of shape (1, steps, classes)."""
    alphabet: list[str]
    """The character of each class; class 0 is CTC's blank."""

    def probabilities(self, line: np.ndarray) -> np.ndarray:
        """Score one line.

        Args:
            line: shape (1, 3, 48, width), values from -1 to 1.

        Returns:
            Probabilities of shape (steps, classes); steps run along the line.
        """
        values = line
        for network in self.networks:
            (values,) = network.run(None, {network.get_inputs()[0].name: values})
        scores: np.ndarray = values[0]
        return scores


class Models(NamedTuple):
    """The two models that every page needs."""

    detector: onnxruntime.InferenceSession
    """Takes (1, 3, height, width), gives a text probability per pixel, (1, 1, height, width)."""
    latin: Recogniser
    """Reads Latin script."""


def load(folder: Path = WEIGHTS, *, eight_bit: bool = True) -> Models:
    """Load the detector and the Latin recogniser.

    Args:
        folder: where the model files are.
        eight_bit: whether to load the 8-bit models or the float ones, which are slower.
    """
    if eight_bit:
        return Models(session(folder / ModelFile.DETECTOR_8_BIT), _recogniser(folder, ModelFile.LATIN_8_BIT))
    latin = _recogniser(folder, ModelFile.RECOGNISER_BODY_FLOAT, ModelFile.LATIN_HEAD_FLOAT)
    return Models(session(folder / ModelFile.DETECTOR_FLOAT), latin)


def load_multilingual(folder: Path = WEIGHTS) -> Recogniser:
    """Load the recogniser for all scripts that PP-OCRv6 knows.

    Args:
        folder: where the model files are.
    """
    return _recogniser(folder, ModelFile.RECOGNISER_BODY_FLOAT, ModelFile.MULTILINGUAL_HEAD_FLOAT)


def session(model: Path | bytes) -> onnxruntime.InferenceSession:
    """Return an inference session with one thread.

    Pages are read side by side, which is faster than several threads within one page.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry(*EXACT_8_BIT_PRODUCTS)
    options.enable_mem_pattern = False  # every line has another width, so remembered patterns would only accumulate
    return onnxruntime.InferenceSession(
        model if isinstance(model, bytes) else str(model), options, providers=["CPUExecutionProvider"]
    )


def _recogniser(folder: Path, *files: ModelFile) -> Recogniser:
    networks = tuple(session(folder / name) for name in files)
    characters = networks[-1].get_modelmeta().custom_metadata_map[ALPHABET_KEY]
    return Recogniser(networks, ["", *characters.split("\n")])
