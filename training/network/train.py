"""Train the network on composed pages.

    python -m training.network.train OUT --samples 200000 [--minutes 90] [--device cuda] [--workers 14]

Training resumes from OUT/checkpoint.pt if that file exists. Every sample is a new page; none is seen twice. A line is
added to OUT/log.jsonl every half minute, and the held-out families are measured at every checkpoint.
"""

from __future__ import annotations

import argparse
import json
import math
import multiprocessing as mp
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from extractors.trained.network.encoding import EncodedWords, FieldPrompt, WordPieces, encode_fields, encode_words
from training.network.architecture import FieldNetworkModule, minilm_folder
from training.synthetic import compose, requested_fields

MAX_WORDS = 480
"""Maximum words of a page, as in one window of the extractor."""
POOL = 128
"""Number of samples sorted by length before they are cut into batches, so that little is padding."""
WARM_UP = 200
"""Steps in which the learning rate rises to its maximum."""
RATE, NEW_RATE = 4e-4, 1e-3
"""Learning rates of the weights that come from MiniLM and of the new ones."""


class EncodedPage(NamedTuple):
    """One encoded page with its fields.

    `spans[f]` lists the occurrences of field f, each as word numbers.
    """

    words: Any
    fields: Any
    spans: list[list[list[int]]]
    many: list[bool]


def encoded_page(rng: random.Random, vocabulary: WordPieces, *, held_out: bool = False) -> EncodedPage:
    """Compose a page and encode it with the fields requested of it."""
    while True:
        document = compose(rng, held_out=held_out)
        requested = requested_fields(rng, document)
        count = min(len(document.page.texts), MAX_WORDS)
        if not requested or count < 3:
            continue
        words = encode_words(document.page, vocabulary)
        words = EncodedWords(words.pieces[:count], words.features[:count], words.boxes[:count])
        fields = encode_fields([FieldPrompt(a.name, a.type, a.about, a.parent) for a in requested], vocabulary)
        spans = [[[i for i in span if i < count] for span in a.spans if span[0] < count] for a in requested]
        return EncodedPage(words, fields, spans, [a.many for a in requested])


def batches(seed: int, tokens: int, vocabulary: WordPieces) -> Iterator[list[EncodedPage]]:
    """Yield lists of samples of about `tokens` positions each, without end."""
    rng = random.Random(seed)
    while True:
        pool = sorted((encoded_page(rng, vocabulary) for _ in range(POOL)), key=_positions)
        cut: list[list[EncodedPage]] = [[]]
        for sample in pool:
            if cut[-1] and (len(cut[-1]) + 1) * _positions(sample) > tokens:
                cut.append([])
            cut[-1].append(sample)
        rng.shuffle(cut)
        yield from cut


def _positions(sample: EncodedPage) -> int:
    return len(sample.words.pieces) + len(sample.fields.names)


class TrainingBatch(NamedTuple):
    """The inputs of the network, and their targets."""

    inputs: dict[str, Tensor]
    begins: Tensor
    belongs: Tensor
    word_mask: Tensor
    field_mask: Tensor
    many: Tensor


def collate(samples: list[EncodedPage]) -> TrainingBatch:
    """Pad samples to one batch and mark the targets."""
    size = len(samples)
    words = max(len(s.words.pieces) for s in samples)
    fields = max(len(s.fields.names) for s in samples)

    def stack(arrays: list[Any], length: int) -> Tensor:
        first = arrays[0]
        out = np.zeros((size, length, *first.shape[1:]), first.dtype)
        for row, array in enumerate(arrays):
            out[row, : len(array)] = array
        return torch.from_numpy(out)

    word_mask, field_mask = torch.zeros(size, words), torch.zeros(size, fields)
    begins, belongs = torch.zeros(size, fields, words), torch.zeros(size, fields, words)
    many = torch.zeros(size, fields, dtype=torch.bool)
    for row, sample in enumerate(samples):
        word_mask[row, : len(sample.words.pieces)] = 1
        field_mask[row, : len(sample.fields.names)] = 1
        for number, spans in enumerate(sample.spans):
            many[row, number] = sample.many[number]
            for span in spans:
                begins[row, number, span[0]] = 1
                belongs[row, number, span] = 1
    inputs = {
        "word_pieces": stack([s.words.pieces for s in samples], words),
        "word_features": stack([s.words.features for s in samples], words),
        "word_boxes": stack([s.words.boxes for s in samples], words),
        "names": stack([s.fields.names for s in samples], fields),
        "abouts": stack([s.fields.abouts for s in samples], fields),
        "parents": stack([s.fields.parents for s in samples], fields),
        "field_features": stack([s.fields.features for s in samples], fields),
        "mask": torch.cat([field_mask, word_mask], 1),
    }
    return TrainingBatch(inputs, begins, belongs, word_mask, field_mask, many)


def loss_of(scores: Tensor, batch: TrainingBatch) -> Tensor:
    """Compute the loss of a batch.

    It adds the choice among the words and "nowhere" (logit 0) to the question, for each word, whether it belongs.
    """
    there = batch.word_mask[:, None]
    begin = scores[..., 0].masked_fill(there == 0, -1e4)
    nowhere = torch.zeros_like(begin[..., :1])
    everything = torch.logsumexp(torch.cat([begin, nowhere], -1), -1)
    right = torch.logsumexp(begin.masked_fill(batch.begins == 0, -1e4), -1)
    present = batch.begins.sum(-1) > 0
    choice = everything - torch.where(present, right, torch.zeros_like(right))
    weight = torch.tensor(2.0, device=scores.device)  # a word that belongs weighs as much as two that do not
    each = F.binary_cross_entropy_with_logits(begin.clamp(min=-30), batch.begins, reduction="none", pos_weight=weight)
    each = (each * there).sum(-1) / batch.begins.sum(-1).clamp(min=1).sqrt()
    begin_loss = torch.where(batch.many, each, choice + 0.15 * each)
    inside = F.binary_cross_entropy_with_logits(scores[..., 1], batch.belongs, reduction="none", pos_weight=weight)
    inside_loss = (inside * there).sum(-1) / batch.belongs.sum(-1).clamp(min=1).sqrt()
    return ((begin_loss + 0.4 * inside_loss) * batch.field_mask).sum() / batch.field_mask.sum()


class ValidationScore(NamedTuple):
    """Scores of the network on validation pages, each from 0 to 1.

    Shares of right beginnings and of absent fields left empty; F1 of the beginnings of cells, and of words.
    """

    values: float
    absent: float
    cells: float
    belongs: float


@torch.no_grad()
def measure(network: FieldNetworkModule, samples: list[list[EncodedPage]], device: str) -> ValidationScore:
    """Measure the network on groups of samples."""
    right = total = empty = absent = cells_right = cells = inside_right = inside = 0.0
    for group in samples:
        batch = collate(group)
        scores = network(**{k: v.to(device) for k, v in batch.inputs.items()}).float().cpu()
        begin = scores[..., 0].masked_fill(batch.word_mask[:, None] == 0, -1e4)
        best, at = begin.max(-1)
        present = (batch.begins.sum(-1) > 0) & (batch.field_mask > 0)
        single = ~batch.many & (batch.field_mask > 0)
        hit = batch.begins.gather(-1, at.unsqueeze(-1)).squeeze(-1) > 0
        chosen = best > 0
        right += float((hit & chosen & present & single).sum())
        total += float((present & single).sum())
        empty += float((~chosen & ~present & single).sum())
        absent += float((~present & single).sum())
        columns = (batch.many & (batch.field_mask > 0)).unsqueeze(-1) & (batch.word_mask[:, None] > 0)
        agree = ((begin > 0) & (batch.begins > 0) & columns).sum()
        cells_right += 2 * float(agree)
        cells += float(((begin > 0) & columns).sum() + ((batch.begins > 0) & columns).sum())
        counted = present.unsqueeze(-1) & (batch.word_mask[:, None] > 0)
        belongs = (scores[..., 1] > 0) & counted
        inside_right += 2 * float((belongs & (batch.belongs > 0)).sum())
        inside += float(belongs.sum() + ((batch.belongs > 0) & counted).sum())
    return ValidationScore(
        right / max(total, 1), empty / max(absent, 1), cells_right / max(cells, 1), inside_right / max(inside, 1)
    )


def _feed(seed: int, tokens: int, queue: mp.Queue[list[EncodedPage]]) -> None:
    torch.set_num_threads(1)
    for batch in batches(seed, tokens, read_vocabulary()):
        queue.put(batch)


def read_vocabulary() -> WordPieces:
    """Read MiniLM's vocabulary of word pieces."""
    return WordPieces((minilm_folder() / "vocab.txt").read_text(encoding="utf-8").splitlines())


def validation(seed: int, count: int, *, held_out: bool) -> list[list[EncodedPage]]:
    """Compose `count` samples in groups of eight, sorted by length."""
    rng, vocabulary = random.Random(seed), read_vocabulary()
    samples = [encoded_page(rng, vocabulary, held_out=held_out) for _ in range(count)]
    samples.sort(key=_positions)
    return [samples[i : i + 8] for i in range(0, count, 8)]


def train(
    out: Path, *, samples: int, minutes: float, device: str, workers: int, tokens: int, threads: int, seed: int
) -> None:
    """Train for `samples` pages or `minutes`, whichever ends first.

    The learning rate falls to zero by then.
    """
    out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(seed)
    torch.set_num_threads(threads)
    network = FieldNetworkModule()
    network.start_from_minilm(minilm_folder())
    network.to(device)
    fresh = [p for n, p in network.named_parameters() if not n.startswith("encoder.encoder") and p.requires_grad]
    known = {id(p) for p in fresh}
    old = [p for p in network.parameters() if p.requires_grad and id(p) not in known]
    optimiser = torch.optim.AdamW(
        [{"params": old, "lr": RATE}, {"params": fresh, "lr": NEW_RATE}], weight_decay=0.01, betas=(0.9, 0.98)
    )
    done = step = 0
    spent = 0.0
    checkpoint = out / "checkpoint.pt"
    if checkpoint.exists():
        state = torch.load(checkpoint, map_location=device, weights_only=True)
        network.load_state_dict(state["network"], strict=False)
        optimiser.load_state_dict(state["optimiser"])
        done, step, spent = state["done"], state["step"], state["seconds"]
    queue: mp.Queue[list[EncodedPage]] = mp.Queue(8 * workers)
    for worker in range(workers):
        mp.Process(target=_feed, args=(seed * 1000 + worker + 7919 * step, tokens, queue), daemon=True).start()
    seen, unseen = validation(1, 160, held_out=False), validation(2, 160, held_out=True)
    kind = torch.bfloat16
    start, mean = time.monotonic() - spent, 0.0
    last_saved = last_said = time.monotonic()
    network.train()
    while True:
        share = max(done / samples, (time.monotonic() - start) / 60 / minutes)
        if share >= 1:
            break
        group = queue.get()
        batch = collate(group)
        factor = min(1.0, (step + 1) / WARM_UP) * (0.5 * (1 + math.cos(math.pi * share)) * 0.98 + 0.02)
        for parameters, rate in zip(optimiser.param_groups, (RATE, NEW_RATE), strict=True):
            parameters["lr"] = rate * factor
        batch = TrainingBatch({k: v.to(device) for k, v in batch.inputs.items()}, *(t.to(device) for t in batch[1:]))
        with torch.autocast(device, dtype=kind):
            scores = network(**batch.inputs)
        loss = loss_of(scores.float(), batch)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        done, step = done + len(group), step + 1
        mean = float(loss.detach()) if step == 1 or mean == 0 else 0.98 * mean + 0.02 * float(loss.detach())
        now = time.monotonic()
        if now - last_said > 30:
            last_said = now
            _log(
                out,
                {
                    "step": step,
                    "samples": done,
                    "loss": round(mean, 4),
                    "seconds": round(now - start),
                    "queue": queue.qsize(),
                },
            )
        if now - last_saved > 600:
            last_saved = now
            _save(checkpoint, network, optimiser, done, step, now - start)
            network.eval()
            _log(
                out,
                {
                    "samples": done,
                    "seen": measure(network, seen, device)._asdict(),
                    "unseen": measure(network, unseen, device)._asdict(),
                },
            )
            network.train()
    _save(checkpoint, network, optimiser, done, step, time.monotonic() - start)
    network.eval()
    _log(
        out,
        {
            "samples": done,
            "seen": measure(network, seen, device)._asdict(),
            "unseen": measure(network, unseen, device)._asdict(),
            "end": True,
        },
    )


def _log(out: Path, entry: dict[str, Any]) -> None:
    with (out / "log.jsonl").open("a") as file:
        file.write(json.dumps(entry) + "\n")


def _save(
    path: Path, network: FieldNetworkModule, optimiser: torch.optim.Optimizer, done: int, step: int, seconds: float
) -> None:
    state = {k: v for k, v in network.state_dict().items() if k != "pieces.weight"}
    temporary = path.with_suffix(".tmp")
    torch.save(
        {"network": state, "optimiser": optimiser.state_dict(), "done": done, "step": step, "seconds": seconds},
        temporary,
    )
    temporary.replace(path)


def main() -> None:
    """Train as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--samples", type=int, default=200_000)
    parser.add_argument("--minutes", type=float, default=math.inf)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--workers", type=int, default=1, help="processes that make pages")
    parser.add_argument("--tokens", type=int, default=0, help="positions a batch; 0: 2,000 on a CPU, 24,000 on a GPU")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    tokens = given.tokens or (2000 if given.device == "cpu" else 24_000)
    train(
        given.out,
        samples=given.samples,
        minutes=given.minutes,
        device=given.device,
        workers=given.workers,
        tokens=tokens,
        threads=given.threads,
        seed=given.seed,
    )


if __name__ == "__main__":
    main()
