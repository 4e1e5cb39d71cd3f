"""Build the files in `documents/ocr/weights`, and compare 8-bit and float models."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import onnx
import onnxruntime
from onnx import ModelProto
from rapidfuzz.distance import Levenshtein

from documents.ocr import model_files
from documents.ocr.detection import Detector
from documents.ocr.model_files import ModelFile, Models
from documents.ocr.paddle import PaddleOcr
from documents.ocr.recognition import network_input
from documents.placed import PlacedLine
from training.ocr.networks import (
    BuildError,
    latin_only,
    split,
    trained_detector,
    trained_recogniser,
    with_alphabet,
)
from training.ocr.quantisation import quantised
from training.ocr.specimens import Specimen, specimen

MAX_ERROR_INCREASE_PERCENT = 0.5
"""The 8-bit pair may have a character error rate at most this much higher than the float pair's."""
CALIBRATION_SEEDS, COMPARISON_SEEDS = range(5), range(100, 105)
"""Seeds of the pages that give the activation ranges, and of others that the models are compared on."""
CALIBRATION_LINES = 80
"""Lines whose activations give the recogniser's ranges; five times as many gave the same error rate."""
HASHES = "SHA256SUMS"
"""Name of the file with the hashes, in the format of `sha256sum --check`."""


class Comparison(NamedTuple):
    """Character error rates of both pairs on the comparison pages, in percent."""

    error_percent: float
    float_error_percent: float


def build(folder: Path) -> Comparison:
    """Write all weights and their hashes into a folder.

    Raises:
        BuildError: if rapidocr's models are missing or unexpected, or the 8-bit pair reads worse than the float pair.
    """
    onnxruntime.set_default_logger_severity(3)  # the quantisation tools log every constant they fold
    folder.mkdir(parents=True, exist_ok=True)
    detector, whole = trained_detector(), trained_recogniser()
    latin = latin_only(whole)
    body, head = split(whole.model)
    _write(folder / ModelFile.DETECTOR_FLOAT, detector)
    _write(folder / ModelFile.RECOGNISER_BODY_FLOAT, body)
    _write(folder / ModelFile.MULTILINGUAL_HEAD_FLOAT, with_alphabet(head, whole.alphabet))
    _write(folder / ModelFile.LATIN_HEAD_FLOAT, with_alphabet(split(latin.model)[1], latin.alphabet))
    float_pair = model_files.load(folder, eight_bit=False)

    pictures, lines = _calibration_inputs(float_pair)
    _write(folder / ModelFile.DETECTOR_8_BIT, quantised(detector, pictures))
    # the attention after the first pooling is small: 8 bits save no time there
    small = quantised(latin.model, lines, float_from="AveragePool")
    _write(folder / ModelFile.LATIN_8_BIT, with_alphabet(small, latin.alphabet))
    _write_hashes(folder)

    pages = [specimen(seed) for seed in COMPARISON_SEEDS]
    compared = Comparison(error_rate(model_files.load(folder, eight_bit=True), pages), error_rate(float_pair, pages))
    if compared.error_percent > compared.float_error_percent + MAX_ERROR_INCREASE_PERCENT:
        raise BuildError(
            f"the 8-bit models read worse than allowed: expected an error rate of at most"
            f" {compared.float_error_percent + MAX_ERROR_INCREASE_PERCENT:.2f}%, got {compared.error_percent:.2f}%."
            " Check the versions of onnx and onnxruntime against constraints.txt."
        )
    return compared


def error_rate(pair: Models, pages: Sequence[Specimen]) -> float:
    """Return wrong, missing and additional characters in percent of those drawn, spaces aside."""
    engine = PaddleOcr(pair)
    edits = characters = 0
    for page in pages:
        read = sorted(engine.read(page.picture).lines, key=_left_edge)
        symbols = [symbol for word in itertools.chain.from_iterable(read) for symbol in word.symbols]
        for text, box in page.texts:
            expected = text.replace(" ", "")
            found = "".join(
                symbol.text
                for symbol in symbols
                if box.left <= symbol.box.center.x <= box.right and box.top <= symbol.box.center.y <= box.bottom
            )
            characters += len(expected)
            edits += Levenshtein.distance(expected, found)
    return 100 * edits / characters


def _left_edge(line: PlacedLine) -> float:
    return line[0].quad.box.left


def _calibration_inputs(pair: Models) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Return the network inputs of detector and recogniser for the calibration pages."""
    pictures: list[np.ndarray] = []
    lines: list[np.ndarray] = []
    detector = Detector(pair.detector)
    for seed in CALIBRATION_SEEDS:
        picture = specimen(seed).picture
        pictures.append(detector.network_input(picture)[0])
        lines += [network_input(picture, corners) for corners in detector.find(picture)]
    chosen = np.random.default_rng(0).permutation(len(lines))[:CALIBRATION_LINES]
    return pictures, [lines[i] for i in chosen]


def _write(path: Path, model: ModelProto) -> None:
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString(deterministic=True))


def _write_hashes(folder: Path) -> None:
    rows = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}" for path in sorted(folder.glob("*.onnx"))]
    (folder / HASHES).write_text("\n".join(rows) + "\n", encoding="ascii")
