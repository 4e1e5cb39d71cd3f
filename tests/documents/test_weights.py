"""Test the OCR models that ship."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from documents.ocr import model_files
from documents.ocr.model_files import WEIGHTS, ModelFile, Recogniser


def test_files_match_their_recorded_hashes() -> None:
    rows = (line.split("  ") for line in (WEIGHTS / "SHA256SUMS").read_text(encoding="ascii").splitlines())
    recorded = {name: digest for digest, name in rows}
    assert recorded == {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in WEIGHTS.glob("*.onnx")}
    assert set(recorded) == set(ModelFile)


@pytest.mark.parametrize(
    ("eight_bit", "expected"),
    [
        pytest.param(True, {ModelFile.DETECTOR_8_BIT, ModelFile.LATIN_8_BIT}, id="8-bit"),
        pytest.param(
            False,
            {ModelFile.DETECTOR_FLOAT, ModelFile.RECOGNISER_BODY_FLOAT, ModelFile.LATIN_HEAD_FLOAT},
            id="float",
        ),
    ],
)
def test_only_the_requested_models_are_loaded(
    monkeypatch: pytest.MonkeyPatch, eight_bit: bool, expected: set[ModelFile]
) -> None:
    opened: set[str] = set()
    session = model_files.session

    def opening(path: Path) -> onnxruntime.InferenceSession:
        opened.add(path.name)
        return session(path)

    monkeypatch.setattr(model_files, "session", opening)
    model_files.load(eight_bit=eight_bit)
    assert opened == expected


@pytest.mark.parametrize(
    ("recogniser", "known", "unknown"),
    [
        pytest.param(model_files.load(eight_bit=True).latin, "Aé€ß", "元", id="latin-8-bit"),
        pytest.param(model_files.load(eight_bit=False).latin, "Aé€ß", "元", id="latin-float"),
        pytest.param(model_files.load_multilingual(), "Aé€ß元", "\n", id="multilingual"),
    ],
)
def test_alphabet_has_a_character_for_each_class(recogniser: Recogniser, known: str, unknown: str) -> None:
    probabilities = recogniser.probabilities(np.zeros((1, 3, 48, 64), np.float32))
    assert probabilities.shape[1] == len(recogniser.alphabet)
    assert probabilities.sum(axis=1) == pytest.approx(1, abs=1e-4)
    assert recogniser.alphabet[0] == ""
    assert set(known) <= set(recogniser.alphabet)
    assert unknown not in recogniser.alphabet
    assert all(len(character) == 1 for character in recogniser.alphabet[1:])
