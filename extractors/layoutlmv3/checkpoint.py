"""A folder with a `LayoutLMv3ForTokenClassification`, or with a PEFT adapter of one -> a label for each word of a page.

https://huggingface.co/docs/transformers/model_doc/layoutlmv3, https://huggingface.co/docs/peft/tutorial/peft_model_config
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
import transformers
from peft import PeftModel
from PIL import Image
from safetensors import SafetensorError, safe_open
from transformers import (
    LayoutLMv3Config,
    LayoutLMv3ForTokenClassification,
    LayoutLMv3ImageProcessorPil,
    LayoutLMv3Tokenizer,
)

from extractors.layoutlmv3.labels import OUTSIDE, WordLabel, fields_of, parsed
from extractors.protocol import Model
from schemas.pages import Page

FIELDS = "fieldproof_fields"
"""In a checkpoint's `config.json`: which fields of a schema its entities are."""
STRIDE = 128
"""Tokens that two windows of a page share, so that each word is seen with what stands around it."""
BATCH = 4
"""Windows at a time."""
GRID = 1000
_PICTURE = 2
"""Times as large as the model's own are the pictures that are asked for: they are reduced once more."""
_ADAPTER, _ADAPTER_WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
_HEADS = ("classifier.weight", "classifier.out_proj.weight")


class UnusableCheckpoint(ValueError):
    """A folder does not hold what is needed; the message says what that is."""


class Checkpoint:
    """Safe to use from several threads."""

    def __init__(self, folder: Path) -> None:
        """Load it; nothing is fetched.

        Args:
            folder: `config.json`, weights and the tokenizer's files; or an adapter's `adapter_config.json` and weights,
                whose base model lies where its `base_model_name_or_path` says, seen from this folder, or in its
                subfolder `base`.

        Raises:
            UnusableCheckpoint: something of this is missing, is of another model, or was not trained.
        """
        transformers.utils.logging.set_verbosity_error()
        transformers.utils.logging.disable_progress_bar()
        torch.set_num_threads(1)  # a page has one core, as when it is read; threads that wait for a busy core cost most
        base = _base_of(folder)
        config = _config(folder, base)
        try:
            network = _network(folder, base, config)
        except UnusableCheckpoint:
            raise
        except (OSError, RuntimeError, ValueError, KeyError, SafetensorError) as error:
            raise UnusableCheckpoint(f"the weights of '{folder}' cannot be loaded: {error}") from error
        device = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
        self._network = network.to(device).eval()
        self._tokenizer = _tokenizer(folder, base)
        self._longest = min(self._tokenizer.model_max_length, config.max_position_embeddings - config.pad_token_id - 1)
        self._pictures = _picture_processor(folder, base, config.input_size) if config.visual_embed else None
        self._labels = parsed([config.id2label[i] for i in range(config.num_labels)])
        self.model = Model(folder.resolve().name, device)
        self.picture_side = _PICTURE * config.input_size if config.visual_embed else 0
        self.fields = fields_of(self._labels, _told(config))

    def classify(self, page: Page) -> list[WordLabel]:
        """The likeliest label of each word, by its first token, as these models are trained; windows of long pages."""
        words = page.words
        if not words:
            return []
        boxes = [[min(GRID, max(0, round(side * GRID))) for side in word.box] for word in words]
        encoded = self._tokenizer(
            [word.text for word in words],
            boxes=boxes,
            truncation=True,
            padding=True,
            max_length=self._longest,
            stride=min(STRIDE, self._longest // 4),
            return_overflowing_tokens=True,
            return_tensors="pt",
        )
        windows = [encoded.word_ids(i) for i in range(len(encoded["input_ids"]))]
        chances = self._chances(encoded, page.picture)
        labels = [WordLabel(OUTSIDE, 1.0)] * len(words)
        for word, (window, token) in _places(windows).items():
            best = int(chances[window][token].argmax())
            labels[word] = WordLabel(self._labels[best], float(chances[window][token][best]))
        return labels

    def _chances(self, encoded: Mapping[str, torch.Tensor], picture: bytes | None) -> torch.Tensor:
        """Shape (windows, tokens, labels): probabilities."""
        given = {name: encoded[name] for name in ("input_ids", "attention_mask", "bbox")}
        pixels = self._pixels(picture)
        tokens = given["input_ids"].shape[1]
        found = []
        for start in range(0, len(given["input_ids"]), BATCH):
            batch = {name: values[start : start + BATCH].to(self.model.device) for name, values in given.items()}
            if pixels is not None:
                batch["pixel_values"] = pixels.expand(len(batch["input_ids"]), -1, -1, -1)
            with torch.inference_mode():
                found.append(self._network(**batch).logits[:, :tokens].float().softmax(-1).cpu())
        return torch.cat(found)

    def _pixels(self, picture: bytes | None) -> torch.Tensor | None:
        if self._pictures is None or picture is None:
            return None
        with Image.open(io.BytesIO(picture)) as image:
            pixels: torch.Tensor = self._pictures(image.convert("RGB"), return_tensors="pt")["pixel_values"]
        return pixels.to(self.model.device)


def _places(windows: Sequence[Sequence[int | None]]) -> dict[int, tuple[int, int]]:
    """Each word's window and first token there: of the window in which it stands farthest from an edge.

    Args:
        windows: the words of each window's tokens; None for special ones.
    """
    found: dict[int, tuple[int, int]] = {}
    margins: dict[int, int] = {}
    for number, words in enumerate(windows):
        last = max((i for i, word in enumerate(words) if word is not None), default=0)
        for token, word in enumerate(words):
            if word is None or words[token - 1] == word:
                continue
            margin = min(token - 1 if number else last, last - token if number + 1 < len(windows) else last)
            if margin > margins.get(word, -1):
                found[word], margins[word] = (number, token), margin
    return found


def _base_of(folder: Path) -> Path:
    """The folder of the whole model.

    Raises:
        UnusableCheckpoint: there is none.
    """
    if not folder.is_dir():
        raise UnusableCheckpoint(f"expected the folder of a LayoutLMv3 checkpoint; '{folder}' is none")
    if not (folder / _ADAPTER).exists():
        if not (folder / "config.json").exists():
            raise UnusableCheckpoint(f"'{folder}' has neither config.json (a checkpoint) nor {_ADAPTER} (an adapter)")
        return folder
    name = str(_json(folder / _ADAPTER).get("base_model_name_or_path") or "")
    for base in (folder / "base", folder / name):
        if base != folder and (base / "config.json").exists() and _weights(base):
            return base
    raise UnusableCheckpoint(
        f"'{folder}' is an adapter of '{name}', which is not on this machine. Put that model's folder into"
        f" '{folder / 'base'}'"
    )


def _config(folder: Path, base: Path) -> LayoutLMv3Config:
    """The checkpoint's own, or its base model's with as many labels as the adapter has."""
    own = folder if (folder / "config.json").exists() else base
    kind = _json(own / "config.json").get("model_type")
    if kind != "layoutlmv3":
        raise UnusableCheckpoint(f"expected a LayoutLMv3 model in '{own}'; its model_type is '{kind}'")
    config: LayoutLMv3Config = LayoutLMv3Config.from_pretrained(own, local_files_only=True)
    if own != folder and (labels := _adapted_labels(folder)):
        config.num_labels = labels
    return config


def _adapted_labels(folder: Path) -> int | None:
    """How many labels an adapter's own head has."""
    path = folder / _ADAPTER_WEIGHTS
    if not path.exists():
        return None
    with safe_open(path, framework="pt") as weights:
        return next((weights.get_slice(name).get_shape()[0] for name in weights.keys() if name.endswith(_HEADS)), None)  # noqa: SIM118 - it is no mapping


def _network(folder: Path, base: Path, config: LayoutLMv3Config) -> torch.nn.Module:
    network, info = LayoutLMv3ForTokenClassification.from_pretrained(
        base, config=config, local_files_only=True, output_loading_info=True, ignore_mismatched_sizes=base != folder
    )
    untrained = {*info["missing_keys"], *(name for name, *_ in info["mismatched_keys"])}
    if (folder / _ADAPTER).exists():
        network = PeftModel.from_pretrained(network, folder, local_files_only=True).merge_and_unload()
        if _adapted_labels(folder) is not None:
            untrained = {name for name in untrained if "classifier." not in name}
    if untrained:
        raise UnusableCheckpoint(f"'{folder}' was not trained to label words: it has no {', '.join(sorted(untrained))}")
    return network


def _tokenizer(folder: Path, base: Path) -> Any:
    for place in (folder, base):
        if any((place / name).exists() for name in ("tokenizer.json", "vocab.json")):
            return LayoutLMv3Tokenizer.from_pretrained(place, local_files_only=True)
    raise UnusableCheckpoint(f"'{base}' has no tokenizer: tokenizer.json, or vocab.json and merges.txt")


def _picture_processor(folder: Path, base: Path, side: int) -> Any:
    told = {"apply_ocr": False, "size": {"height": side, "width": side}}
    for place in (folder, base):
        if any((place / name).exists() for name in ("preprocessor_config.json", "processor_config.json")):
            return LayoutLMv3ImageProcessorPil.from_pretrained(place, local_files_only=True, **told)
    return LayoutLMv3ImageProcessorPil(**told)


def _told(config: LayoutLMv3Config) -> dict[str, str | list[str]]:
    """Fields by entity, as the checkpoint's config says.

    Raises:
        UnusableCheckpoint: that is of another form.
    """
    told = getattr(config, FIELDS, {})
    if not isinstance(told, dict) or not all(
        isinstance(names, str) or (isinstance(names, list) and all(isinstance(name, str) for name in names))
        for names in told.values()
    ):
        raise UnusableCheckpoint(f"expected '{FIELDS}' in config.json to be an object of entities and names of fields")
    return told


def _weights(folder: Path) -> list[Path]:
    return [*folder.glob("model*.safetensors"), *folder.glob("pytorch_model*.bin")]


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UnusableCheckpoint(f"'{path}' is no JSON") from error
    return found if isinstance(found, dict) else {}
