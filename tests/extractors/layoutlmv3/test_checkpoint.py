"""Checkpoints in folders, as transformers and PEFT write them; needs the extra `layoutlmv3` and is skipped without it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

pytest.importorskip("torch", reason="the extra 'layoutlmv3' is not installed")
pytest.importorskip("peft")

from extractors.layoutlmv3.checkpoint import Checkpoint, UnusableCheckpoint
from extractors.layoutlmv3.labels import Label
from schemas.pages import Page
from tests.extractors.layoutlmv3 import tiny
from tests.fakes import document
from tests.files import encoded

pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")  # of PEFT's own call


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("checkpoint") / "invoice-numbers"
    tiny.save_checkpoint(
        folder, id2label={0: "O", 1: "B-NUMBER", 2: "I-NUMBER"}, fieldproof_fields={"NUMBER": "invoice_number"}
    )
    return folder


@pytest.fixture(scope="module")
def adapted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("adapter")
    tiny.save_adapter(folder, "microsoft/layoutlmv3-base")
    return folder


@pytest.fixture
def copy(trained: Path, tmp_path: Path) -> Path:
    return shutil.copytree(trained, tmp_path / "copy")


def page_of(words: list[str]) -> Page:
    rows = ["  ".join(words[i : i + 8]) for i in range(0, len(words), 8)]
    return document("\n".join(rows)).pages[0]


def right(checkpoint: Checkpoint, words: list[str], names: list[Label]) -> float:
    """The share of words with the right label."""
    labels = checkpoint.classify(page_of(words))
    assert len(labels) == len(words)
    pairs = zip(labels, words, strict=True)
    return sum(label.label == names[tiny.label_of(word)] for label, word in pairs) / len(words)


NAMED = [Label("", False), Label("NUMBER", True), Label("NUMBER", False)]
UNNAMED = [Label("", False), Label("LABEL_1", True), Label("LABEL_1", False)]


@pytest.mark.parametrize("count", [1, 8, 200])
def test_every_word_of_a_page_of_many_windows(trained: Path, count: int) -> None:
    checkpoint = Checkpoint(trained)
    assert checkpoint.model.name == "invoice-numbers"
    assert checkpoint.fields == {"NUMBER": [("invoice_number",)]}
    assert right(checkpoint, tiny.words(-1, count), NAMED) > 0.95


def test_words_that_are_longer_than_a_window(trained: Path) -> None:
    checkpoint = Checkpoint(trained)
    words = ["abc", "R" + "1" * 200, "#" + "x" * 90, "R12"]
    labels = checkpoint.classify(page_of(words))
    assert [label.label for label in labels] == [NAMED[tiny.label_of(word)] for word in words]
    assert checkpoint.classify(replace(page_of(["a"]), lines=())) == []


def test_an_adapter_and_its_base_model(adapted: Path) -> None:
    """Its labels have no names: none are saved with it."""
    checkpoint = Checkpoint(adapted)
    assert checkpoint.fields == {"LABEL_1": [("invoice_number",)]}
    assert right(checkpoint, tiny.words(-1, 100), UNNAMED) > 0.95


def test_an_adapter_with_a_config(adapted: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(adapted, tmp_path / "adapter")
    tiny.config(id2label={0: "O", 1: "B-TOTAL", 2: "I-TOTAL"}).save_pretrained(folder)
    shutil.move(folder / "base", tmp_path / "elsewhere")
    settings = json.loads((folder / "adapter_config.json").read_text())
    (folder / "adapter_config.json").write_text(json.dumps(settings | {"base_model_name_or_path": "../elsewhere"}))
    checkpoint = Checkpoint(folder)
    assert checkpoint.fields == {"TOTAL": [("TOTAL",)]}
    assert (
        right(checkpoint, tiny.words(-1, 100), [Label("", False), Label("TOTAL", True), Label("TOTAL", False)]) > 0.95
    )


def test_it_looks_at_the_picture(trained: Path, copy: Path) -> None:
    page = page_of(tiny.words(-1, 100))
    checkpoint = Checkpoint(trained)
    assert checkpoint.picture_side == 64
    black, white = (
        checkpoint.classify(replace(page, picture=encoded(Image.new("RGB", (60, 80), ground), "JPEG")))
        for ground in ("black", "white")
    )
    assert checkpoint.classify(page) != black != white
    settings = json.loads((copy / "config.json").read_text())
    (copy / "config.json").write_text(json.dumps(settings | {"visual_embed": False}))
    assert Checkpoint(copy).picture_side == 0


def drop(*names: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        for name in names:
            (folder / name).unlink()

    return change


def say(name: str, **values: object) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        path = folder / name
        path.write_text(json.dumps((json.loads(path.read_text()) if path.exists() else {}) | values))

    return change


def lose_its_head(folder: Path) -> None:
    tiny.network().layoutlmv3.save_pretrained(folder)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(shutil.rmtree, "expected the folder of a LayoutLMv3 checkpoint", id="no-folder"),
        pytest.param(drop("config.json"), "neither config.json", id="no-config"),
        pytest.param(say("config.json", model_type="bert"), "its model_type is 'bert'", id="another-model"),
        pytest.param(lambda f: (f / "config.json").write_text("{"), "is no JSON", id="no-json"),
        pytest.param(drop("tokenizer.json"), "has no tokenizer", id="no-tokenizer"),
        pytest.param(drop("model.safetensors"), "cannot be loaded", id="no-weights"),
        pytest.param(
            lambda f: (f / "model.safetensors").write_bytes(b"x" * 100), "cannot be loaded", id="broken-weights"
        ),
        pytest.param(say("config.json", fieldproof_fields={"NUMBER": 3}), "an object of entities", id="wrong-fields"),
        pytest.param(lose_its_head, "was not trained to label words", id="no-head"),
        pytest.param(
            say("adapter_config.json", base_model_name_or_path=""), "an adapter of ''", id="an-adapter-of-nothing"
        ),
    ],
)
def test_what_cannot_be_used_is_refused(copy: Path, change: Callable[[Path], object], message: str) -> None:
    change(copy)
    with pytest.raises(UnusableCheckpoint, match=message):
        Checkpoint(copy)


def test_an_adapter_without_its_base_model(adapted: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(adapted, tmp_path / "adapter")
    shutil.rmtree(folder / "base")
    with pytest.raises(
        UnusableCheckpoint, match="adapter of 'microsoft/layoutlmv3-base', which is not on this machine"
    ):
        Checkpoint(folder)
