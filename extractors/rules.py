"""The offline extractor: typed candidates, labels in many languages, blocks and tables; no model, no download."""

from __future__ import annotations

from extractors.arrays import rows_of
from extractors.reading import Reading
from extractors.scoring import Choice
from extractors.values import choose
from schemas.fields import Field, FieldType, Schema
from schemas.pages import Document
from schemas.results import FieldPath, Proposal


class RuleExtractor:
    """Implements `Extractor` for any schema."""

    def propose(self, document: Document, schema: Schema, locale: str | None = None) -> list[Proposal]:  # noqa: ARG002
        """See `Extractor.propose`. Values are proposed as they are written, so the locale is grounding's matter."""
        if not document.words:
            return []
        reading = Reading(document)
        proposals: list[Proposal] = []
        chosen = choose(reading, schema.fields)
        for field in schema.fields:
            if field.type is FieldType.ARRAY:
                children = {child.name: child for child in field.children or ()}
                for number, row in enumerate(rows_of(reading, field)):
                    proposals += [_proposal((field.name, number, n), children[n], c) for n, c in row.items()]
            elif choice := chosen.get(field.name):
                proposals.append(_proposal((field.name,), field, choice))
        return proposals


def _proposal(path: FieldPath, field: Field, choice: Choice) -> Proposal:
    return Proposal(path, field.type, choice.text, choice.word_ids, choice.score, field.values or ())
