"""The extractor that ships: typed candidates and labels in many languages, a layout model, one scorer over both."""

from __future__ import annotations

from extractors.arrays import rows_of
from extractors.choosing import choose_values
from extractors.evidence import Evidence
from extractors.layout.model import LayoutModel
from extractors.scorer import Scorer
from extractors.scoring import Choice
from schemas.fields import Field, FieldType, Schema
from schemas.pages import Document
from schemas.results import FieldPath, Proposal


class FieldExtractor:
    """Implements `Extractor` for any schema."""

    def __init__(self, model: LayoutModel | None = None, scorer: Scorer | None = None) -> None:
        self._model = model or LayoutModel()
        self._scorer = scorer or Scorer()

    def propose(self, document: Document, schema: Schema, locale: str | None = None) -> list[Proposal]:  # noqa: ARG002
        """See `Extractor.propose`. Values are proposed as they are written, so the locale is grounding's matter."""
        if not document.words:
            return []
        evidence = Evidence(document, schema.fields, self._model)
        proposals: list[Proposal] = []
        chosen = choose_values(evidence, schema.fields, self._scorer)
        for field in schema.fields:
            if field.type is FieldType.ARRAY:
                children = {child.name: child for child in field.children or ()}
                for number, row in enumerate(rows_of(evidence.reading, field)):
                    proposals += [_proposal((field.name, number, n), children[n], c) for n, c in row.items()]
            elif choice := chosen.get(field.name):
                proposals.append(_proposal((field.name,), field, choice))
        return proposals


def _proposal(path: FieldPath, field: Field, choice: Choice) -> Proposal:
    return Proposal(path, field.type, choice.text, choice.word_ids, choice.score, field.values or ())
