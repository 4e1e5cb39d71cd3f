"""Makes the 8-bit models once, on drawn pages, and compares them with the float models before they are used."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from rapidfuzz.distance import Levenshtein

from documents.layout.lines import PlacedLine
from documents.ocr import models, recognition
from documents.ocr.detection import Detector
from documents.ocr.models import Models, Recogniser
from documents.ocr.paddle import PaddleOcr
from documents.ocr.quantisation import quantised
from documents.ocr.specimens import Specimen, specimen

TOLERANCE = 0.5
"""The 8-bit pair serves only if its character error rate, in percent, is at most this much higher."""
_CALIBRATION, _COMPARISON = range(5), range(100, 105)
"""Which pages models are calibrated on, and which others they are compared by."""
_LINES = 80
"""Lines whose activations give the recogniser's ranges; five times as many gave the same error rate."""


def prepare(folder: Path, progress: Callable[[str], None] = lambda _step: None) -> bool:
    """Make the models in `folder`, about half a minute of work.

    False when they are there already, or would not be used by this processor.

    Args:
        progress: told each step as it begins.
    """
    files = models.prepared_files(folder)
    if files.verdict.is_file():
        return False
    folder.mkdir(parents=True, exist_ok=True)
    if not models.has_8_bit_products():
        return False
    onnxruntime.set_default_logger_severity(3)  # the tools note each constant that they fold
    progress("1/4 drawing and reading pages to calibrate on")
    as_trained = models.float_models()
    pictures, lines = _inputs(as_trained)
    progress("2/4 quantising the detector")
    detector = quantised(onnx.load(str(models.DETECTOR)), pictures)
    progress("3/4 quantising the recogniser")
    pruned, alphabet = models.latin_recogniser()
    latin = quantised(pruned, lines, float_from="AveragePool")  # its attention is small: 8 bits are no faster there
    progress("4/4 comparing them with the float models")
    _write(files.detector, detector.SerializeToString())
    _write(files.latin, latin.SerializeToString())
    _write(files.alphabet, json.dumps(alphabet).encode())
    made = Models(models.session(str(files.detector)), Recogniser(models.session(str(files.latin)), alphabet))
    pages = [specimen(seed) for seed in _COMPARISON]
    before, after = error_rate(as_trained, pages), error_rate(made, pages)
    verdict = {"accepted": after <= before + TOLERANCE, "error_percent": after, "float_error_percent": before}
    _write(files.verdict, json.dumps(verdict).encode())
    return True


def error_rate(pair: Models, pages: Sequence[Specimen]) -> float:
    """Wrong, missing and additional characters in percent, spaces aside."""
    engine = PaddleOcr(pair)
    edits = characters = 0
    for page in pages:
        read = engine.read(page.picture).lines
        for text, box in page.texts:
            expected = text.replace(" ", "")
            found = "".join(
                symbol.text
                for line in sorted(read, key=_left)
                for word in line
                for symbol in word.symbols
                if box.left <= symbol.box.center.x <= box.right and box.top <= symbol.box.center.y <= box.bottom
            )
            characters += len(expected)
            edits += Levenshtein.distance(expected, found)
    return 100 * edits / characters


def _left(line: PlacedLine) -> float:
    return line[0].quad.box.left


def _inputs(pair: Models) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """What detector and recogniser are fed with on the calibration pages."""
    pictures: list[np.ndarray] = []
    lines: list[np.ndarray] = []
    finder = Detector(pair.detector)
    for seed in _CALIBRATION:
        picture = specimen(seed).picture
        pictures.append(finder.prepared(picture)[0])
        lines += [recognition.prepared(picture, corners) for corners in finder.find(picture)]
    chosen = np.random.default_rng(0).permutation(len(lines))[:_LINES]
    return pictures, [lines[i] for i in chosen]


def _write(path: Path, data: bytes) -> None:
    """All of the file or nothing: several processes may start at once."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.stem)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
    os.chmod(name, 0o644)  # prepared by one user (an image's build), read by another
    os.replace(name, path)
