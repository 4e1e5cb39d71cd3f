"""Facts about a document and a schema, computed once per call before any value is chosen."""

from __future__ import annotations

from extractors.plan import ExtractionPlan, PlannedField
from extractors.rules.page_facts import PageFacts
from extractors.trained.field_prompts import prompts_of
from extractors.trained.network.encoding import Floats
from extractors.trained.network.field_network import FieldNetwork
from schemas.own_party import OwnParty
from schemas.pages import Document


class ExtractionContext:
    """The facts of a document and the network's scores of its words for each field of a schema."""

    def __init__(
        self,
        document: Document,
        plan: ExtractionPlan,
        model: FieldNetwork,
        locale: str | None = None,
        own: OwnParty | None = None,
    ) -> None:
        """Score the words of a document.

        Args:
            document: the pages.
            plan: the fields of the schema.
            model: the network that scores the words.
            locale: a BCP 47 tag that Babel knows; it decides how values are written where the document does not.
            own: the caller, if they said who they are.
        """
        self.document = document
        self.facts = PageFacts(document, locale, own)
        self._scores = model.scores(document, prompts_of(plan))
        lines = [line for page in document.pages for line in page.lines]
        self.line_of_word = [number for number, line in enumerate(lines) for _ in line.words]

    def begins(self, field: PlannedField) -> Floats:
        """Return the logits that a value of the field begins with each word, shape (words,)."""
        begins: Floats = self._scores.begins[field.number]
        return begins

    def belongs(self, field: PlannedField) -> Floats:
        """Return the logits that each word is part of a value of the field, shape (words,)."""
        belongs: Floats = self._scores.belongs[field.number]
        return belongs
