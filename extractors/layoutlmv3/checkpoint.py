"""Label a page's words with a LayoutLMv3 checkpoint, or a PEFT adapter of one, in a folder.

https://huggingface.co/docs/transformers/model_doc/layoutlmv3,
https://huggingface.co/docs/peft/tutorial/peft_model_config
"""

from __future__ import annotations

import io
import json
import os
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

os.environ["HF_HUB_OFFLINE"] = "1"  # read by the next imports: nothing is downloaded, and no server is contacted

import torch
import transformers
from peft import PeftModel
from peft.utils import load_peft_weights
from PIL import Image
from transformers import (
    LayoutLMv3Config,
    LayoutLMv3ForTokenClassification,
    LayoutLMv3ImageProcessorPil,
    LayoutLMv3Tokenizer,
)

from extractors.errors import ExtractorFailed
from extractors.layoutlmv3.tags import OUTSIDE, WordLabel, fields_of, parsed
from extractors.protocol import Model
from schemas.geometry import Box, quad_of
from schemas.pages import Page, Symbol, TextSource, make_line, make_word

FIELDS = "docwitness_fields"
"""Key in a checkpoint's `config.json` that maps its entities to fields of a schema."""
_FORMER_FIELDS = "fieldproof_fields"  # checkpoints prepared before the product was renamed have this key
STRIDE_TOKENS = 128
"""Tokens that two adjacent windows of a page share, so that each word is seen in context."""
BATCH_WINDOWS = 4
"""Windows computed at a time, which bounds the memory used."""
MAX_WINDOWS = 50
"""Maximum windows of one page; a full page has three or four."""
MAX_WORD_CHARACTERS = 100
"""Longer words are cut; only a word's first token is labelled."""
GRID = 1000
"""Boxes are whole numbers from 0 to this, as LayoutLMv3 expects them."""
MAX_QUOTED_CHARACTERS = 100
"""Error messages quote no more of a config, to stay readable."""
_PICTURE_SCALE = 2
"""Requested pictures are this many times as large as the model's own, because they are reduced once more."""
_ADAPTER = "adapter_config.json"
_ADAPTER_WEIGHTS = ("adapter_model.safetensors", "adapter_model.bin")
_HEADS = ("classifier.weight", "classifier.out_proj.weight")


class UnusableCheckpoint(ValueError):
    """A folder does not hold a usable checkpoint; the message says what is missing."""


class Checkpoint:
    """A loaded checkpoint. Safe to use from several threads."""

    def __init__(self, folder: Path) -> None:
        """Load the checkpoint, and label one word to check that it works.

        Args:
            folder: `config.json`, weights and the tokenizer's files; or an adapter's `adapter_config.json` and weights.
                The adapter's base model is at its `base_model_name_or_path`, relative to this folder, or in the
                subfolder `base`.

        Raises:
            UnusableCheckpoint: if a file is missing, belongs to another model, or was not trained.
        """
        transformers.utils.logging.set_verbosity_error()
        transformers.utils.logging.disable_progress_bar()
        torch.set_num_threads(1)  # one core per page, as for reading; threads that wait for a busy core cost the most
        try:
            self._load(folder)
            self.classify(_specimen())
        except UnusableCheckpoint:
            raise
        except Exception as error:  # odd files make these libraries raise errors of any type
            raise UnusableCheckpoint(f"'{folder}' cannot be used: {type(error).__name__}: {error}") from error

    def _load(self, folder: Path) -> None:
        base = _base_of(folder)
        adapter = _adapter_weights(folder) if base != folder else {}
        config = _config(folder, base, adapter)
        device = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
        self._network = _network(folder, base, config, adapter).to(device).eval()
        self._tokenizer = _tokenizer(folder, base)
        if len(self._tokenizer) > config.vocab_size:
            raise UnusableCheckpoint(
                f"the tokenizer in '{folder}' does not match the model: expected at most {config.vocab_size} tokens,"
                f" got {len(self._tokenizer)}. Use the tokenizer the model was trained with."
            )
        self._longest = min(self._tokenizer.model_max_length, config.max_position_embeddings - config.pad_token_id - 1)
        self._pictures = _picture_processor(folder, base, config.input_size) if config.visual_embed else None
        self._labels = parsed([config.id2label[i] for i in range(config.num_labels)])
        self.model = Model(folder.resolve().name, device)
        self.picture_side = _PICTURE_SCALE * config.input_size if config.visual_embed else 0
        try:
            self.fields = fields_of(self._labels, _fields_by_entity(config))
        except ValueError as error:
            raise UnusableCheckpoint(f"'{FIELDS}' in config.json: {error}") from error

    def classify(self, page: Page) -> list[WordLabel]:
        """Return the likeliest label of each of the page's words.

        A word gets the label of its first token, as these models are trained. Long pages are read in overlapping
        windows.

        Raises:
            ExtractorFailed: if the page has too much text.
        """
        words = page.words
        if not words:
            return []
        boxes = [[min(GRID, max(0, round(side * GRID))) for side in word.box] for word in words]
        encoded = self._tokenizer(
            [word.text[:MAX_WORD_CHARACTERS] for word in words],
            boxes=boxes,
            truncation=True,
            padding=True,
            max_length=self._longest,
            stride=min(STRIDE_TOKENS, self._longest // 4),
            return_overflowing_tokens=True,
            return_tensors="pt",
        )
        windows = [encoded.word_ids(i) for i in range(len(encoded["input_ids"]))]
        if len(windows) > MAX_WINDOWS:
            raise ExtractorFailed(
                f"page {page.number} has too much text: expected at most {MAX_WINDOWS} windows of the model,"
                f" got {len(windows)}. Send a page with less text."
            )
        chances = self._chances(encoded, page.picture)
        labels = [WordLabel(OUTSIDE, 1.0)] * len(words)
        for word, (window, token) in places(windows).items():
            best = int(chances[window][token].argmax())
            labels[word] = WordLabel(self._labels[best], float(chances[window][token][best]))
        return labels

    def _chances(self, encoded: Mapping[str, torch.Tensor], picture: bytes | None) -> torch.Tensor:
        """Return probabilities of shape (windows, tokens, labels)."""
        given = {name: encoded[name] for name in ("input_ids", "attention_mask", "bbox")}
        pixels = self._pixels(picture)
        tokens = given["input_ids"].shape[1]
        found = []
        for start in range(0, len(given["input_ids"]), BATCH_WINDOWS):
            batch = {
                name: values[start : start + BATCH_WINDOWS].to(self.model.device) for name, values in given.items()
            }
            if pixels is not None:
                batch["pixel_values"] = pixels.expand(len(batch["input_ids"]), -1, -1, -1)
            with torch.inference_mode():
                found.append(self._network(**batch).logits[:, :tokens].softmax(-1).cpu())
        return torch.cat(found)

    def _pixels(self, picture: bytes | None) -> torch.Tensor | None:
        if self._pictures is None or picture is None:
            return None
        with Image.open(io.BytesIO(picture)) as image:
            pixels: torch.Tensor = self._pictures(image.convert("RGB"), return_tensors="pt")["pixel_values"]
        return pixels.to(self.model.device)


def places(windows: Sequence[Sequence[int | None]]) -> dict[int, tuple[int, int]]:
    """Return each word's window and first token, where the word is farthest from a cut edge.

    Args:
        windows: the words of each window's tokens; None for special tokens, one of which comes first.

    >>> places([[None, 0, 1, 1, 2, None], [None, 1, 2, 3, None]])
    {0: (0, 1), 1: (0, 2), 2: (1, 2), 3: (1, 3)}
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


def _specimen() -> Page:
    """Return a page with one word and a picture, to try a checkpoint on."""
    buffer = io.BytesIO()
    Image.new("RGB", (60, 80), "white").save(buffer, "JPEG")
    line = make_line((make_word(0, (Symbol("1", quad_of(Box(0.1, 0.1, 0.2, 0.2)), 1.0),)),))
    return Page(1, 60, 80, (line,), TextSource.OCR, picture=buffer.getvalue())


def _base_of(folder: Path) -> Path:
    """Return the folder of the whole model.

    Raises:
        UnusableCheckpoint: if there is none.
    """
    if not folder.is_dir():
        raise UnusableCheckpoint(f"the checkpoint is missing: expected a folder at '{folder}', got none. Set its path.")
    if not (folder / _ADAPTER).exists():
        if not (folder / "config.json").exists():
            raise UnusableCheckpoint(
                f"'{folder}' is not a checkpoint: expected config.json (a checkpoint) or {_ADAPTER} (an adapter),"
                " got neither. Choose another folder."
            )
        return folder
    name = str(_json(folder / _ADAPTER).get("base_model_name_or_path") or "")
    for base in (folder / "base", folder / name):
        if base != folder and (base / "config.json").exists():
            return base
    raise UnusableCheckpoint(
        f"the base model is missing: '{folder}' is an adapter of '{name}', which is not on this machine."
        f" Put that model's folder at '{folder / 'base'}'."
    )


def _adapter_weights(folder: Path) -> dict[str, torch.Tensor]:
    if not any((folder / name).exists() for name in _ADAPTER_WEIGHTS):
        raise UnusableCheckpoint(
            f"the adapter in '{folder}' has no weights: expected {' or '.join(_ADAPTER_WEIGHTS)}, got neither."
            " Add its weights."
        )
    weights: dict[str, torch.Tensor] = load_peft_weights(str(folder), device="cpu")
    return weights


def _config(folder: Path, base: Path, adapter: Mapping[str, torch.Tensor]) -> LayoutLMv3Config:
    """Return the checkpoint's config, or its base model's with the adapter's number of labels."""
    own = folder if (folder / "config.json").exists() else base
    kind = _json(own / "config.json").get("model_type")
    if kind != "layoutlmv3":
        raise UnusableCheckpoint(
            f"'{own}' holds another model: expected model_type 'layoutlmv3', got '{kind}'. Choose a LayoutLMv3 model."
        )
    config: LayoutLMv3Config = LayoutLMv3Config.from_pretrained(own, local_files_only=True)
    if own != folder and (heads := [weights for name, weights in adapter.items() if name.endswith(_HEADS)]):
        config.num_labels = len(heads[0])
    return config


def _network(folder: Path, base: Path, config: LayoutLMv3Config, adapter: Mapping[str, torch.Tensor]) -> Any:
    network, info = LayoutLMv3ForTokenClassification.from_pretrained(
        base,
        config=config,
        dtype=torch.float32,
        local_files_only=True,
        output_loading_info=True,
        ignore_mismatched_sizes=base != folder,
    )
    untrained = {*info["missing_keys"], *(name for name, *_ in info["mismatched_keys"])}
    if base != folder:
        with warnings.catch_warnings():
            warnings.filterwarnings("error", message="Found missing adapter keys")
            network = PeftModel.from_pretrained(network, folder, local_files_only=True).merge_and_unload()
        if any(name.endswith(_HEADS) for name in adapter):
            untrained = {name for name in untrained if "classifier." not in name}
    if untrained:
        raise UnusableCheckpoint(
            f"'{folder}' was not trained to label words: weights are missing for {', '.join(sorted(untrained))}."
            " Train it for token classification."
        )
    return network


def _tokenizer(folder: Path, base: Path) -> Any:
    for place in (folder, base):
        if any((place / name).exists() for name in ("tokenizer.json", "vocab.json")):
            return LayoutLMv3Tokenizer.from_pretrained(place, local_files_only=True)
    raise UnusableCheckpoint(
        f"'{base}' has no tokenizer: expected tokenizer.json, or vocab.json and merges.txt, got neither. Add it."
    )


def _picture_processor(folder: Path, base: Path, side: int) -> Any:
    stated = {"apply_ocr": False, "do_resize": True, "size": {"height": side, "width": side}}
    for place in (folder, base):
        if any((place / name).exists() for name in ("preprocessor_config.json", "processor_config.json")):
            return LayoutLMv3ImageProcessorPil.from_pretrained(place, local_files_only=True, **stated)
    return LayoutLMv3ImageProcessorPil(**stated)


def _fields_by_entity(config: LayoutLMv3Config) -> dict[str, str | list[str]]:
    """Return fields by entity, as the checkpoint's config states them.

    Raises:
        UnusableCheckpoint: if the config states them in another form.
    """
    stated = getattr(config, FIELDS, getattr(config, _FORMER_FIELDS, {}))
    if not isinstance(stated, dict) or not all(
        isinstance(names, str) or (isinstance(names, list) and all(isinstance(name, str) for name in names))
        for names in stated.values()
    ):
        raise UnusableCheckpoint(
            f"'{FIELDS}' in config.json is invalid: expected an object from entities to field names or lists of them,"
            f" got {json.dumps(stated, default=str)[:MAX_QUOTED_CHARACTERS]}. Correct it."
        )
    return stated


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UnusableCheckpoint(f"'{path}' is not valid JSON: {error}. Correct the file.") from error
    if not isinstance(found, dict):
        raise UnusableCheckpoint(
            f"'{path}' is not a JSON object: expected an object, got {type(found).__name__}. Correct the file."
        )
    return found
