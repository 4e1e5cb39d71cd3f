"""Checkpoints in folders, as transformers and PEFT write them; skipped without the extra `layoutlmv3`."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

pytest.importorskip("torch", reason="the extra 'layoutlmv3' is not installed")
pytest.importorskip("peft")

from safetensors.torch import load_file, save_file

from extractors import ExtractorFailed
from extractors.layoutlmv3.checkpoint import Checkpoint, UnusableCheckpoint, places
from extractors.layoutlmv3.tags import TagLabel
from schemas.geometry import Box
from schemas.pages import Page, Word
from tests.extractors.layoutlmv3 import tiny
from tests.fakes import document
from tests.files import encoded

pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")  # of PEFT's own call


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("checkpoint") / "invoice-numbers"
    tiny.save_checkpoint(
        folder, id2label={0: "O", 1: "B-NUMBER", 2: "I-NUMBER"}, docwitness_fields={"NUMBER": "invoice_number"}
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


def right(checkpoint: Checkpoint, words: list[str], names: list[TagLabel]) -> float:
    """Return the share of words with the right label."""
    labels = checkpoint.classify(page_of(words))
    assert len(labels) == len(words)
    pairs = zip(labels, words, strict=True)
    return sum(label.label == names[tiny.label_of(word)] for label, word in pairs) / len(words)


NAMED = [TagLabel("", False), TagLabel("NUMBER", True), TagLabel("NUMBER", False)]
UNNAMED = [TagLabel("", False), TagLabel("LABEL_1", True), TagLabel("LABEL_1", False)]


@pytest.mark.parametrize("count", [1, 8, 200])
def test_every_word_of_a_page_of_many_windows(trained: Path, count: int) -> None:
    checkpoint = Checkpoint(trained)
    assert checkpoint.model.name == "invoice-numbers"
    assert checkpoint.fields == {"NUMBER": [("invoice_number",)]}
    assert right(checkpoint, tiny.words(-1, count), NAMED) > 0.95


def test_the_former_name_of_the_fields(copy: Path) -> None:
    config = json.loads((copy / "config.json").read_text())
    config["fieldproof_fields"] = config.pop("docwitness_fields")
    (copy / "config.json").write_text(json.dumps(config))
    assert Checkpoint(copy).fields == {"NUMBER": [("invoice_number",)]}


def test_the_place_of_a_word_matters(trained: Path) -> None:
    """It must matter for every word, not just the first words or the first window."""
    checkpoint = Checkpoint(trained)
    page = page_of(tiny.words(-1, 100))
    moved = replace(page, lines=(*page.lines[:-1], replace(page.lines[-1], words=_elsewhere(page.lines[-1].words))))
    before, after = checkpoint.classify(page), checkpoint.classify(moved)
    assert before[0] == after[0]
    assert before[-1] != after[-1]


def _elsewhere(words: tuple[Word, ...]) -> tuple[Word, ...]:
    return tuple(replace(word, box=Box(0.9, 0.9, 1.2, 0.95)) for word in words)


def test_words_are_labelled_far_from_a_cut_edge() -> None:
    first = [None, *range(10), None]
    second = [None, *range(6, 16), None]
    found = places([first, second])
    assert [found[word][0] for word in range(16)] == [0] * 8 + [1] * 8
    assert found[7] == (0, 8)
    assert found[8] == (1, 3)
    assert places([[None, 0, 0, 0, None], [None, 0, 0, 1, None]]) == {0: (0, 1), 1: (1, 3)}


def test_from_several_threads(trained: Path) -> None:
    checkpoint = Checkpoint(trained)
    pages = [page_of(tiny.words(seed, 60)) for seed in range(12)]
    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(checkpoint.classify, pages))
    assert together == [checkpoint.classify(page) for page in pages]


def test_too_much_text(trained: Path) -> None:
    checkpoint = Checkpoint(trained)
    with pytest.raises(ExtractorFailed, match="page 1 has too much text"):
        checkpoint.classify(page_of(["1" * 60] * 100))


def test_half_precision(tmp_path: Path) -> None:
    tiny.save_checkpoint(tmp_path, half=True, id2label={0: "O", 1: "B-NUMBER", 2: "I-NUMBER"})
    checkpoint = Checkpoint(tmp_path)
    assert right(checkpoint, tiny.words(-1, 100), NAMED) > 0.95


def test_ten_labels(tmp_path: Path) -> None:
    """From ten labels on, the model has another kind of head."""
    more = {f"B-{name}": number for number, name in enumerate("ABCDEFG", 3)}
    names = {"O": 0, "B-NUMBER": 1, "I-NUMBER": 2} | more
    tiny.save_checkpoint(tmp_path, id2label={number: name for name, number in names.items()}, num_labels=10)
    assert right(Checkpoint(tmp_path), tiny.words(-1, 100), NAMED) > 0.95


def test_words_that_are_longer_than_a_window(trained: Path) -> None:
    checkpoint = Checkpoint(trained)
    words = ["abc", "R" + "1" * 200, "#" + "x" * 90, "R12"]
    labels = checkpoint.classify(page_of(words))
    assert [label.label for label in labels] == [NAMED[tiny.label_of(word)] for word in words]
    assert checkpoint.classify(replace(page_of(["a"]), lines=())) == []


def test_an_adapter_and_its_base_model(adapted: Path) -> None:
    """Its labels have no names, because none are saved with an adapter."""
    checkpoint = Checkpoint(adapted)
    assert checkpoint.fields == {"LABEL_1": [("invoice_number",)]}
    assert right(checkpoint, tiny.words(-1, 100), UNNAMED) > 0.95


def test_a_pickled_adapter(tmp_path: Path) -> None:
    tiny.save_adapter(tmp_path, "x", safe=False)
    assert not list(tmp_path.glob("*.safetensors"))
    assert right(Checkpoint(tmp_path), tiny.words(-1, 100), UNNAMED) > 0.95


def test_an_adapter_of_other_layers(adapted: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(adapted, tmp_path / "adapter")
    path = folder / "adapter_model.safetensors"
    save_file({name.replace("query", "quarry"): weights for name, weights in load_file(path).items()}, path)
    with pytest.raises(UnusableCheckpoint, match="missing adapter keys"):
        Checkpoint(folder)
    path.unlink()
    with pytest.raises(UnusableCheckpoint, match="has no weights: expected adapter_model"):
        Checkpoint(folder)


def test_an_adapter_with_a_config(adapted: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(adapted, tmp_path / "adapter")
    tiny.config(id2label={0: "O", 1: "B-TOTAL", 2: "I-TOTAL"}).save_pretrained(folder)
    shutil.move(folder / "base", tmp_path / "elsewhere")
    settings = json.loads((folder / "adapter_config.json").read_text())
    (folder / "adapter_config.json").write_text(json.dumps(settings | {"base_model_name_or_path": "../elsewhere"}))
    checkpoint = Checkpoint(folder)
    assert checkpoint.fields == {"TOTAL": [("TOTAL",)]}
    assert (
        right(checkpoint, tiny.words(-1, 100), [TagLabel("", False), TagLabel("TOTAL", True), TagLabel("TOTAL", False)])
        > 0.95
    )


def test_the_picture_changes_the_labels(trained: Path, copy: Path) -> None:
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
        pytest.param(shutil.rmtree, "the checkpoint is missing", id="no-folder"),
        pytest.param(drop("config.json"), "expected config.json", id="no-config"),
        pytest.param(
            say("config.json", model_type="bert"), "expected model_type 'layoutlmv3', got 'bert'", id="another-model"
        ),
        pytest.param(lambda f: (f / "config.json").write_text("{"), "is not valid JSON", id="no-json"),
        pytest.param(drop("tokenizer.json"), "has no tokenizer", id="no-tokenizer"),
        pytest.param(drop("model.safetensors"), "cannot be used", id="no-weights"),
        pytest.param(
            lambda f: (f / "model.safetensors").write_bytes(b"x" * 100), "cannot be used", id="broken-weights"
        ),
        pytest.param(lambda f: (f / "config.json").write_text("[]"), "is not a JSON object", id="no-object"),
        pytest.param(say("config.json", id2label={"0": "O", "2": "B"}), "cannot be used", id="gap-in-labels"),
        pytest.param(say("config.json", hidden_size="32"), "cannot be used", id="wrong-type"),
        pytest.param(say("config.json", pad_token_id=None), "cannot be used", id="no-padding"),
        pytest.param(say("config.json", text_embed=False), "cannot be used", id="without-text"),
        pytest.param(lambda f: (f / "tokenizer.json").write_text(""), "cannot be used", id="broken-tokenizer"),
        pytest.param(say("tokenizer_config.json", model_max_length=2), "cannot be used", id="tiny-windows"),
        pytest.param(
            lambda f: tiny.network(vocab_size=300).save_pretrained(f),
            "expected at most 300 tokens, got 355",
            id="another-tokenizer",
        ),
        pytest.param(
            lambda f: (f / "preprocessor_config.json").write_text("{"), "cannot be used", id="broken-preprocessor"
        ),
        pytest.param(say("config.json", docwitness_fields={"B-NUMBER": "x"}), "unknown entity", id="no-entity"),
        pytest.param(say("config.json", docwitness_fields={"NUMBER": 3}), "an object from entities", id="wrong-fields"),
        pytest.param(lose_its_head, "was not trained to label words", id="no-head"),
        pytest.param(
            say("adapter_config.json", base_model_name_or_path=""), "an adapter of ''", id="an-adapter-of-nothing"
        ),
    ],
)
def test_an_unusable_checkpoint_is_refused(copy: Path, change: Callable[[Path], object], message: str) -> None:
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
