"""Load the OCR models in `weights/`: PP-OCRv6, see `weights/MODEL_CARD.md`.

Processors that multiply 8-bit numbers exactly get the 8-bit detector and Latin recogniser, others the float ones.
"""

from __future__ import annotations

import logging
import platform
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

import numpy as np
import onnxruntime

_log = logging.getLogger(__name__)

WEIGHTS = Path(__file__).with_name("weights")
"""Folder of the model files; `training.ocr` builds them."""
ALPHABET_KEY = "alphabet"
"""Metadata entry of the models that score characters: one character per line, in the order of the classes from 1."""


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


def load(folder: Path = WEIGHTS, *, eight_bit: bool | None = None) -> Models:
    """Load the detector and the Latin recogniser.

    Args:
        folder: where the model files are.
        eight_bit: whether to load the 8-bit models; None for what suits this processor.
    """
    if eight_bit is None:
        eight_bit = has_8_bit_products()
        if not eight_bit:
            _log.warning("this processor has no 8-bit products (VNNI): using the float OCR models, which are slower")
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


def has_8_bit_products() -> bool:
    """Return whether this processor multiplies 8-bit numbers without overflow.

    Those with VNNI do, and 64-bit ARM. Others add pairs of products in 16 bits, which saturates, and gain little speed.
    """
    if platform.machine().lower() in ("arm64", "aarch64"):
        return True
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return False
    return "avx512_vnni" in flags or "avx_vnni" in flags


def session(model: Path | bytes) -> onnxruntime.InferenceSession:
    """Return an inference session with one thread.

    Pages are read side by side, which is faster than several threads within one page.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.enable_mem_pattern = False  # every line has another width, so remembered patterns would only accumulate
    return onnxruntime.InferenceSession(
        model if isinstance(model, bytes) else str(model), options, providers=["CPUExecutionProvider"]
    )


def _recogniser(folder: Path, *files: ModelFile) -> Recogniser:
    networks = tuple(session(folder / name) for name in files)
    characters = networks[-1].get_modelmeta().custom_metadata_map[ALPHABET_KEY]
    return Recogniser(networks, ["", *characters.split("\n")])
