"""Everything the extractor derives from a document alone, computed once per call."""

from __future__ import annotations

from functools import cached_property

from extractors.candidates import TypedCandidates
from extractors.form_entries import FilledEntries
from extractors.grid import Grid
from extractors.labels import LabelFinder
from extractors.mark_groups import MarkGroup, mark_groups
from extractors.parties import Parties
from schemas.pages import Document


class PageFacts:
    """A document's grid, typed candidates, labels, parties, tick boxes and filled form fields."""

    def __init__(self, document: Document, locale: str | None = None) -> None:
        """Compute them.

        Args:
            document: the pages.
            locale: a BCP 47 tag that Babel knows; it decides how values are written where the document does not.
        """
        self.document = document
        self.grid = Grid(document)
        self.candidates = TypedCandidates(self.grid, locale)
        self.entries = FilledEntries(document)
        self.labels = LabelFinder(self.grid, self.entries)
        self.parties = Parties(self.grid, self.candidates)

    @cached_property
    def mark_groups(self) -> list[MarkGroup]:
        """The tick boxes and radio buttons, by question."""
        return mark_groups(self.document, self.grid.page_rows)

    @cached_property
    def option_words(self) -> frozenset[int]:
        """The ids of the words of options: labels of marks that belong to a question with several."""
        groups = (group for group in self.mark_groups if len(group.options) > 1)
        return frozenset(word.id for group in groups for option in group.options for word in option.words)
