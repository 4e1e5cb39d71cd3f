"""The network at run time: one pass per window of a page scores every word for every field."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from typing import NamedTuple

import numpy as np
import onnxruntime

from extractors.trained.network.encoding import (
    MAX_WORDS,
    OVERLAP_WORDS,
    BoxTuple,
    EncodedWords,
    FieldPrompt,
    Floats,
    WordPieces,
    encode_fields,
    encode_words,
)
from schemas.deadline import checkpoint
from schemas.pages import Document, Page

WEIGHTS = "weights.onnx"
MAX_FIELDS_PER_PASS = 64
"""Maximum fields in one pass; more take further passes, with each column in the same pass as its array."""


@dataclass(frozen=True)
class PageArrays:
    """A page's words as the network reads them."""

    texts: Sequence[str]
    boxes: Sequence[BoxTuple]
    starts: Sequence[bool]


def words_of(page: Page) -> PageArrays:
    """Return a page's words as the network reads them, in reading order."""
    texts: list[str] = []
    boxes: list[BoxTuple] = []
    starts: list[bool] = []
    for line in page.lines:
        for index, word in enumerate(line.words):
            texts.append(word.text or " ")
            boxes.append((word.box.left, word.box.top, word.box.right, word.box.bottom))
            starts.append(index == 0)
    return PageArrays(texts, boxes, starts)


class Scores(NamedTuple):
    """Logits, each of shape (fields, words of the document).

    `begins` says that a value of the field begins with the word, where 0 stands for "nowhere"; `belongs` says that the
    word is part of a value.
    """

    begins: Floats
    belongs: Floats


class FieldNetwork:
    """The network's ONNX session. Safe to call from several threads."""

    def __init__(self, weights: Path | None = None, threads: int = 1) -> None:
        """Load the weights and the vocabulary.

        Args:
            weights: an ONNX file made by `training.network.export`; the one that ships by default.
            threads: maximum threads for one pass.
        """
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        if weights is None:
            with as_file(files(__package__).joinpath(WEIGHTS)) as path:
                self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        else:
            self._session = onnxruntime.InferenceSession(str(weights), options, providers=["CPUExecutionProvider"])
        pieces = self._session.get_modelmeta().custom_metadata_map["vocabulary"]
        self._vocabulary = WordPieces(pieces.split("\n"))

    def scores(self, document: Document, fields: Sequence[FieldPrompt]) -> Scores:
        """Score all words for all fields.

        Long pages are read in overlapping windows, long schemas in several passes.
        """
        count = len(document.words)
        begins = np.full((len(fields), count), -20.0, np.float32)
        belongs = np.full((len(fields), count), -20.0, np.float32)
        parts = [(numbers, encode_fields(prompts, self._vocabulary)) for numbers, prompts in _portions(fields)]
        first = 0
        for page in document.pages:
            length = len(page.words)
            if length:
                words = encode_words(words_of(page), self._vocabulary)
                for numbers, encoded in parts:
                    for window, kept in windows(length):
                        checkpoint()
                        logits = self._run(_cut(words, window), encoded._asdict())
                        inner = slice(kept.start - window.start, kept.stop - window.start)
                        target = slice(first + kept.start, first + kept.stop)
                        begins[numbers, target] = logits[:, inner, 0]
                        belongs[numbers, target] = logits[:, inner, 1]
            first += length
        return Scores(begins, belongs)

    def _run(self, words: EncodedWords, fields: dict[str, object]) -> Floats:
        logits: Floats = self._session.run(
            None,
            {
                "word_pieces": words.pieces,
                "word_features": words.features,
                "word_boxes": words.boxes,
                "names": fields["names"],
                "abouts": fields["abouts"],
                "parents": fields["parents"],
                "field_features": fields["features"],
            },
        )[0]
        return logits


def windows(length: int) -> Iterator[tuple[slice, slice]]:
    """Yield windows of a page's words, each with the words whose scores count.

    Words near a cut edge count in the neighbouring window.

    >>> [(w.start, w.stop, k.start, k.stop) for w, k in windows(600)]
    [(0, 480, 0, 456), (432, 600, 456, 600)]
    """
    start = 0
    while True:
        end = min(length, start + MAX_WORDS)
        last = end == length
        yield (
            slice(start, end),
            slice(start + OVERLAP_WORDS // 2 if start else 0, end if last else end - OVERLAP_WORDS // 2),
        )
        if last:
            return
        start = end - OVERLAP_WORDS


def _cut(words: EncodedWords, window: slice) -> EncodedWords:
    return EncodedWords(words.pieces[window], words.features[window], words.boxes[window])


def _portions(fields: Sequence[FieldPrompt]) -> Iterator[tuple[list[int], list[FieldPrompt]]]:
    """Yield up to `MAX_FIELDS_PER_PASS` fields at a time, arrays together with their columns."""
    groups: list[list[int]] = []
    for number, field in enumerate(fields):
        if field.parent >= 0:
            groups[-1].append(number)
        else:
            groups.append([number])
    portion: list[int] = []
    for group in groups:
        if portion and len(portion) + len(group) > MAX_FIELDS_PER_PASS:
            yield portion, _renumbered(fields, portion)
            portion = []
        portion += group
    if portion:
        yield portion, _renumbered(fields, portion)


def _renumbered(fields: Sequence[FieldPrompt], numbers: Sequence[int]) -> list[FieldPrompt]:
    place = {number: index for index, number in enumerate(numbers)}
    return [fields[n]._replace(parent=place.get(fields[n].parent, -1)) for n in numbers]
