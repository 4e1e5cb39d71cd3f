"""Test the build of the OCR models; needs the extra `training`, which holds the models that it starts from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest

pytest.importorskip("rapidocr", reason="the extra 'training' is not installed")

from documents.ocr import model_files
from documents.ocr.model_files import WEIGHTS, ModelFile
from training.ocr import networks
from training.ocr.build import MAX_ERROR_INCREASE_PERCENT, build
from training.ocr.networks import joined, latin_only, split, trained_recogniser

pytestmark = pytest.mark.slow
LINE = np.random.default_rng(3).uniform(-1, 1, (1, 3, 48, 320)).astype(np.float32)


def test_building_again_gives_the_files_that_ship(tmp_path: Path) -> None:
    compared = build(tmp_path)
    assert compared.error_percent <= compared.float_error_percent + MAX_ERROR_INCREASE_PERCENT
    different = [name for name in ModelFile if (tmp_path / name).read_bytes() != (WEIGHTS / name).read_bytes()]
    # calibration runs the float models, whose last bits depend on the processor: the 8-bit files may differ by that
    assert set(different) <= {ModelFile.DETECTOR_8_BIT, ModelFile.LATIN_8_BIT}
    picture = np.random.default_rng(3).uniform(-1, 1, (1, 3, 320, 320)).astype(np.float32)
    shipped, built = model_files.load(eight_bit=True), model_files.load(tmp_path, eight_bit=True)
    name = shipped.detector.get_inputs()[0].name
    (expected,), (found,) = (pair.detector.run(None, {name: picture}) for pair in (shipped, built))
    assert found == pytest.approx(expected, abs=0.02)
    assert built.latin.probabilities(LINE) == pytest.approx(shipped.latin.probabilities(LINE), abs=0.02)
    assert built.latin.alphabet == shipped.latin.alphabet


def test_body_and_head_give_exactly_the_scores_of_the_whole_network() -> None:
    whole = trained_recogniser()
    network = model_files.session(whole.model.SerializeToString())
    (expected,) = network.run(None, {network.get_inputs()[0].name: LINE})
    shipped = model_files.load_multilingual()
    assert shipped.alphabet == whole.alphabet
    np.testing.assert_array_equal(shipped.probabilities(LINE), expected[0])


def test_latin_head_scores_are_those_of_the_whole_network_renormalised() -> None:
    whole = trained_recogniser()
    latin = latin_only(whole)
    (scores,) = _run(whole.model)
    kept = [
        i for i, c in enumerate(whole.alphabet) if i == 0 or c == " " or c in networks.LATIN | set(networks.FULL_WIDTH)
    ]
    renormalised = scores[:, kept] / scores[:, kept].sum(axis=1, keepdims=True)
    found = model_files.load(eight_bit=False).latin
    assert found.alphabet == latin.alphabet
    assert found.probabilities(LINE) == pytest.approx(renormalised, abs=1e-4)


def test_split_networks_can_be_joined_again() -> None:
    (expected,), (found,) = _run(trained_recogniser().model), _run(joined(*split(trained_recogniser().model)))
    np.testing.assert_allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize("name", [networks.DETECTOR, networks.RECOGNISER])
def test_other_sources_than_the_pinned_ones_are_refused(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setitem(networks.SOURCE_SHA256, name, "0" * 64)
    with pytest.raises(networks.BuildError, match=r"expected SHA-256 0{64}, got .* Install rapidocr 3.10.0"):
        networks.trained_detector() if name == networks.DETECTOR else networks.trained_recogniser()


def _run(model: onnx.ModelProto) -> list[np.ndarray]:
    network = model_files.session(model.SerializeToString())
    scores: np.ndarray = network.run(None, {network.get_inputs()[0].name: LINE})[0]
    return list(scores)
