"""A LayoutLMv3 of some ten thousand weights that learns words' first letters within seconds."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, TaskType, get_peft_model
from tokenizers import pre_tokenizers
from transformers import LayoutLMv3Config, LayoutLMv3ForTokenClassification, LayoutLMv3Tokenizer

LONGEST = 64
"""Tokens per window; a token is a letter."""
_ALPHABET = sorted(pre_tokenizers.ByteLevel.alphabet())
_MERGED = [letter for letter in _ALPHABET if letter.isascii()]
_SPECIAL = ("<s>", "<pad>", "</s>", "<unk>", "<mask>")


def label_of(word: str) -> int:
    """Return the label to learn: 1 for `R`, which begins a value, 2 for `#`, which continues it, else 0."""
    return {"R": 1, "#": 2}.get(word[0], 0)


def words(seed: int, count: int) -> list[str]:
    """Return random words of one to six letters."""
    rng = random.Random(seed)
    return [rng.choice("RR##abcXYZ129:") + "".join(rng.choices("R#ab19", k=rng.randrange(6))) for _ in range(count)]


def config(**more: Any) -> LayoutLMv3Config:
    sizes = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 64}
    picture = {"input_size": 32, "patch_size": 16}
    boxes = {"coordinate_size": 6, "shape_size": 4}
    texts = {"vocab_size": len(_vocabulary()), "max_position_embeddings": LONGEST + 2}
    return LayoutLMv3Config(**(sizes | picture | boxes | texts | more))


def network(**more: Any) -> LayoutLMv3ForTokenClassification:
    """Return an untrained network with the same weights each time."""
    torch.manual_seed(1)
    return LayoutLMv3ForTokenClassification(config(**({"num_labels": 3} | more)))


def save_tokenizer(folder: Path) -> None:
    merges = [("Ġ", letter) for letter in _MERGED]  # so that a word's first token holds its first letter
    LayoutLMv3Tokenizer(vocab=_vocabulary(), merges=merges, model_max_length=LONGEST).save_pretrained(folder)


def teach(learner: Any, folder: Path) -> None:
    """Train the trainable weights, with the tokenizer in a folder."""
    tokenizer = LayoutLMv3Tokenizer.from_pretrained(folder)
    optimiser = torch.optim.AdamW([p for p in learner.parameters() if p.requires_grad], lr=1e-2)
    torch.set_num_threads(1)
    rng = random.Random(1)
    learner.train()
    for step in range(150):
        texts = [words(step * 8 + i, 10) for i in range(8)]
        encoded = tokenizer(
            texts,
            boxes=[[_box(rng) for _ in text] for text in texts],
            word_labels=[[label_of(word) for word in text] for text in texts],
            padding=True,
            truncation=True,
            return_tensors="pt",
        )
        loss = learner(**encoded).loss
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    learner.eval()


def save_checkpoint(folder: Path, half: bool = False, **more: Any) -> None:
    """Save a whole model."""
    save_tokenizer(folder)
    learner = network(**more)
    teach(learner, folder)
    (learner.bfloat16() if half else learner).save_pretrained(folder)


def save_adapter(folder: Path, base: str, safe: bool = True) -> None:
    """Save a LoRA adapter, and its base model with an untrained head in the subfolder `base`.

    Args:
        base: what the adapter says its base model is.
        safe: as `safetensors`, otherwise as PyTorch pickles weights.
    """
    learner = network()
    save_tokenizer(folder / "base")
    learner.layoutlmv3.save_pretrained(folder / "base")
    lora = LoraConfig(task_type=TaskType.TOKEN_CLS, r=8, target_modules=["query", "value", "dense"])
    adapted = get_peft_model(learner, lora)
    teach(adapted, folder / "base")
    adapted.peft_config["default"].base_model_name_or_path = base
    # or else PEFT asks the hub whether embeddings are to be saved
    adapted.save_pretrained(folder, save_embedding_layers=False, safe_serialization=safe)


def _box(rng: random.Random) -> list[int]:
    left, top = rng.randrange(900), rng.randrange(900)
    return [left, top, left + rng.randrange(1, 100), top + 12]


def _vocabulary() -> dict[str, int]:
    return {token: i for i, token in enumerate([*_SPECIAL, *_ALPHABET, *(f"Ġ{letter}" for letter in _MERGED)])}
