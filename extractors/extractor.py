"""The extractor that ships: typed candidates and labels in many languages, a layout model, one scorer over both."""

from __future__ import annotations

from collections.abc import Iterator

from extractors.arrays import rows_of, rows_within
from extractors.choosing import choose_values
from extractors.evidence import Evidence
from extractors.layout.model import LayoutModel
from extractors.protocol import Model
from extractors.scorer import Scorer
from extractors.scoring import Choice
from schemas.fields import Field, FieldType, Schema
from schemas.pages import Document
from schemas.results import FieldPath, Proposal


class FieldExtractor:
    """Implements `Extractor` for any schema."""

    model = Model("docwitness", "cpu")
    picture_side = 0

    def __init__(self, model: LayoutModel | None = None, scorer: Scorer | None = None, joint: bool = True) -> None:
        """
        Args:
            model: the shipped one by default.
            scorer: likewise.
            joint: choose values together that depend on one another; without it one can measure what that is worth.
        """
        self._model = model or LayoutModel()
        self._scorer = scorer or Scorer()
        self._joint = joint

    def propose(self, document: Document, schema: Schema, locale: str | None = None) -> list[Proposal]:  # noqa: ARG002
        """See `Extractor.propose`. Values are proposed as they are written, so the locale is grounding's matter."""
        if not document.words:
            return []
        evidence = Evidence(document, schema.fields, self._model)
        proposals: list[Proposal] = []
        chosen = choose_values(evidence, schema.fields, self._scorer, self._joint)
        for field in schema.fields:
            if field.type is FieldType.ARRAY:
                proposals += _rows(evidence, field)
            elif choice := chosen.get(field.name):
                proposals.append(_proposal((field.name,), field, choice))
        return proposals


def _rows(evidence: Evidence, array: Field) -> Iterator[Proposal]:
    """Every cell of an array, with the rows that its rows hold."""
    children = {child.name: child for child in array.children or ()}
    rows = rows_of(evidence, array, (array.name,))
    for number, row in enumerate(rows):
        yield from (_proposal((array.name, number, name), children[name], cell) for name, cell in row.items())
    for inner in (child for child in children.values() if child.type is FieldType.ARRAY):
        columns = {child.name: child for child in inner.children or ()}
        for number, found in rows_within(evidence, inner, (array.name, inner.name), rows).items():
            for place, row in enumerate(found):
                path = (array.name, number, inner.name, place)
                yield from (_proposal((*path, name), columns[name], cell) for name, cell in row.items())


def _proposal(path: FieldPath, field: Field, choice: Choice) -> Proposal:
    return Proposal(path, field.type, choice.text, choice.word_ids, choice.score, field.values or ())
