"""Labelled words -> proposals: the surest value of each field, and the rows of arrays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from extractors.layoutlmv3.tags import FieldNames, TaggedSpan, WordLabel, known, spans
from extractors.protocol import Extractor, Model
from schemas.deadline import checkpoint as check_deadline
from schemas.fields import Field, FieldType, Schema
from schemas.own_party import OwnParty
from schemas.pages import Document, Page
from schemas.results import FieldPath, Proposal


class Classifier(Protocol):
    """Labels the words of a page: a `Checkpoint`, or a stand-in for one."""

    model: Model
    picture_side: int

    @property
    def fields(self) -> Mapping[str, Sequence[FieldNames]]:
        """The fields of a schema that each of its entities stands for."""
        ...

    def classify(self, page: Page) -> list[WordLabel]:
        """Return the label of each of `page.words`."""
        ...


class LayoutLMv3Extractor:
    """Implements `Extractor` with a LayoutLMv3 checkpoint.

    Fields that it has no label for are left to another extractor.
    """

    def __init__(self, checkpoint: Classifier, otherwise: Extractor) -> None:
        """Combine a checkpoint with another extractor.

        Args:
            checkpoint: labels the words of each page.
            otherwise: the extractor for fields that the checkpoint has no label for.
        """
        self._checkpoint = checkpoint
        self._otherwise = otherwise
        self.model = checkpoint.model
        self.picture_side = max(checkpoint.picture_side, otherwise.picture_side)

    def propose(
        self, document: Document, schema: Schema, locale: str | None = None, own: OwnParty | None = None
    ) -> list[Proposal]:
        """Propose values; see `Extractor.propose`."""
        entities = {field.name: known(field, self._checkpoint.fields) for field in schema.fields}
        proposals: list[Proposal] = []
        if any(entities.values()):
            found = [span for labelled in self._labelled(document) for span in spans(labelled)]
            for field in schema.fields:
                if field.type is FieldType.ARRAY:
                    proposals += _rows(document, field, entities[field.name], found)
                else:
                    proposals += _value(document, field, entities[field.name], found)
        rest = tuple(field for field in schema.fields if not entities[field.name])
        if rest:
            names = {field.name for field in rest}
            others = self._otherwise.propose(document, schema.model_copy(update={"fields": rest}), locale, own)
            proposals += [proposal for proposal in others if proposal.path[0] in names]
        return proposals

    def entities_of(self, field: Field) -> frozenset[str]:
        """Return the checkpoint's entities that are values of a field.

        Empty if the checkpoint was not taught the field.
        """
        return frozenset(known(field, self._checkpoint.fields))

    def label_words(self, document: Document) -> list[tuple[int, WordLabel]]:
        """Return the id and the label of every word, in reading order."""
        return [item for page in self._labelled(document) for item in page]

    def _labelled(self, document: Document) -> Iterator[list[tuple[int, WordLabel]]]:
        """Yield the ids and labels of each page's words."""
        for page in document.pages:
            check_deadline()
            labels = self._checkpoint.classify(page)
            yield [(word.id, label) for word, label in zip(page.words, labels, strict=True)]


def _value(
    document: Document, field: Field, entities: Iterable[str], found: Sequence[TaggedSpan]
) -> Iterator[Proposal]:
    """Yield the surest of a field's values, if there is one."""
    entities = set(entities)
    values = [
        proposal
        for span in found
        if span.entity in entities and (proposal := _proposal(document, (field.name,), field, span))
    ]
    if values:
        yield max(values, key=lambda proposal: proposal.score)


def _rows(
    document: Document, array: Field, entities: Mapping[str, Sequence[Field]], found: Sequence[TaggedSpan]
) -> Iterator[Proposal]:
    """Yield all values of an array; a row ends where one of its columns repeats."""
    row = -1
    filled: set[str] = set()
    for span in found:
        if span.entity not in entities:
            continue
        columns = entities[span.entity]
        names = {column.name for column in columns}
        if row < 0 or names & filled:
            row += 1
            filled = set()
        filled |= names
        for column in columns:
            if proposal := _proposal(document, (array.name, row, column.name), column, span):
                yield proposal


def _proposal(document: Document, path: FieldPath, field: Field, span: TaggedSpan) -> Proposal | None:
    """Return a proposal for the span, or None if its text is not one of the enum's values."""
    text = " ".join(document.words[word].text for word in span.word_ids)
    if field.values:
        same = next((value for value in field.values if value.casefold() == text.casefold()), None)
        if same is None:
            return None
        text = same
    return Proposal(path, field.type, text, span.word_ids, span.confidence, field.values or (), format=field.format)
