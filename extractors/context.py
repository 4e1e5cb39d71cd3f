"""Facts about a document and a schema, computed once per call before any value is chosen."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from extractors.network.encoding import FieldPrompt, Floats
from extractors.network.field_network import FieldNetwork
from extractors.page_facts import PageFacts
from extractors.scoring import ScoredText
from extractors.totals import pick_totals
from schemas.fields import Field
from schemas.pages import Document

NamesPath = tuple[str, ...]
"""A field's names from the outermost in: `("line_items", "quantity")`."""


class ExtractionContext:
    """The facts of a document and the network's scores of its words for each field of a schema."""

    def __init__(
        self, document: Document, fields: Sequence[Field], model: FieldNetwork, locale: str | None = None
    ) -> None:
        """Score the words of a document.

        Args:
            document: the pages.
            fields: the fields of the schema.
            model: the network that scores the words.
            locale: a BCP 47 tag that Babel knows; it decides how values are written where the document does not.
        """
        self.document = document
        self.facts = PageFacts(document, locale)
        self._numbers: dict[NamesPath, int] = {}
        prompts: list[FieldPrompt] = []
        self._add(fields, (), -1, prompts)
        self._scores = model.scores(document, prompts)
        lines = [line for page in document.pages for line in page.lines]
        self.line_of_word = [number for number, line in enumerate(lines) for _ in line.words]

    @cached_property
    def totals(self) -> dict[str, ScoredText]:
        """Net, tax and gross as the rules alone pick them, by role name."""
        return pick_totals(self.facts)

    def _add(self, fields: Sequence[Field], prefix: NamesPath, parent: int, prompts: list[FieldPrompt]) -> None:
        for field in fields:
            about = field.description or ""
            if field.values:
                about = f"{about} {', '.join(field.values)}".strip()
            path = (*prefix, field.name)
            self._numbers[path] = len(prompts)
            prompts.append(FieldPrompt(field.name, field.type.value, about, parent))
            if field.children:
                self._add(field.children, path, self._numbers[path], prompts)

    def begins(self, path: NamesPath) -> Floats:
        """Return the logits that a value of the field begins with each word, shape (words,)."""
        begins: Floats = self._scores.begins[self._numbers[path]]
        return begins

    def belongs(self, path: NamesPath) -> Floats:
        """Return the logits that each word is part of a value of the field, shape (words,)."""
        belongs: Floats = self._scores.belongs[self._numbers[path]]
        return belongs
