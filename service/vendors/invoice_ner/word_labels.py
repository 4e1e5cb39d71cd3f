"""Find invoice numbers by a LayoutLMv3 checkpoint that was taught them."""

from __future__ import annotations

from typing import NamedTuple

from extractors.layoutlmv3 import LayoutLMv3Extractor
from extractors.layoutlmv3.tags import spans
from schemas.fields import Field
from schemas.pages import Document
from service.pipeline.pipeline import Pipeline


class WordVerdict(NamedTuple):
    """A checkpoint's verdict on one word."""

    is_part: bool
    """The word is part of an invoice number."""
    begins: bool
    """The word is the first of its number."""
    confidence: float
    """The probability of this verdict."""


class NumberByCheckpoint(NamedTuple):
    """The invoice number that a checkpoint has found, and its verdict on every word."""

    word_ids: tuple[int, ...]
    """The words of the likeliest number; empty if there is none."""
    verdicts: list[WordVerdict]
    """One for each word of the document, in reading order."""


def taught_checkpoint(pipeline: Pipeline, field: Field) -> LayoutLMv3Extractor | None:
    """Return the pipeline's checkpoint that was taught a field, or None without one."""
    checkpoints = (one for one in pipeline.choices.values() if isinstance(one, LayoutLMv3Extractor))
    return next((one for one in checkpoints if one.entities_of(field)), None)


def find_by_checkpoint(checkpoint: LayoutLMv3Extractor, document: Document, field: Field) -> NumberByCheckpoint:
    """Label every word, and choose the value with the highest mean probability.

    Args:
        checkpoint: was taught the field.
        document: the words that the caller has read.
        field: the invoice number.

    Raises:
        ExtractorFailed: if labelling takes longer than it may.
    """
    entities = checkpoint.entities_of(field)
    labelled = checkpoint.label_words(document)
    values = [value for value in spans(labelled) if value.entity in entities]
    best = max(values, key=lambda value: value.confidence, default=None)
    first_words = {value.word_ids[0] for value in values}
    verdicts = [
        WordVerdict(label.label.entity in entities, word in first_words, label.confidence) for word, label in labelled
    ]
    return NumberByCheckpoint(best.word_ids if best else (), verdicts)
