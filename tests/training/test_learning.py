"""Test learning from composed documents; skipped without the extra `training`."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the extra 'training' is not installed")
pytest.importorskip("transformers")
lightgbm = pytest.importorskip("lightgbm")


def test_a_few_steps_lower_the_loss() -> None:
    from training.network.architecture import FieldNetworkModule, minilm_folder
    from training.network.train import batches, collate, loss_of, read_vocabulary

    torch.manual_seed(1)
    network = FieldNetworkModule()
    network.start_from_minilm(minilm_folder())
    batch = collate(next(batches(1, 600, read_vocabulary())))
    optimiser = torch.optim.AdamW([p for p in network.parameters() if p.requires_grad], lr=3e-4)
    losses = []
    for _ in range(4):
        scores = network(**batch.inputs)
        assert scores.shape == (*batch.begins.shape, 2)
        loss = loss_of(scores, batch)
        losses.append(float(loss.detach()))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert losses[-1] < losses[0] - 0.5


def test_padding_changes_nothing() -> None:
    from training.network.architecture import FieldNetworkModule, minilm_folder
    from training.network.train import collate, encoded_page, read_vocabulary

    torch.manual_seed(1)
    network = FieldNetworkModule().eval()
    network.start_from_minilm(minilm_folder())
    samples = [encoded_page(random.Random(seed), read_vocabulary()) for seed in range(3)]
    small = min(samples, key=lambda s: len(s.words.pieces))
    with torch.no_grad():
        together = network(**collate(samples).inputs)[samples.index(small)]
        alone = network(**collate([small]).inputs)[0]
    fields, words = alone.shape[:2]
    assert torch.allclose(together[:fields, :words], alone, atol=1e-3)


def test_the_scorer_says_the_same_in_onnx(tmp_path: Path) -> None:
    from extractors.trained.features import NAMES
    from extractors.trained.scorer import Scorer
    from training.ranker.fit import OptionRows, fit, save

    rng = np.random.default_rng(1)
    features = rng.random((900, len(NAMES)), np.float32)
    right = (features[:, 0] + features[:, 1] > 1).astype(np.float32)
    model = fit(OptionRows(features, right, np.ones(900, np.float32), np.arange(900)))
    save(model, tmp_path / "scorer.onnx")
    found = Scorer((tmp_path / "scorer.onnx").read_bytes()).probabilities(features)
    assert np.allclose(found, model.predict(features), atol=1e-4)
    assert np.mean((found > 0.5) == right) > 0.9
