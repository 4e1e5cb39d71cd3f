"""Everything the extractor derives from a document alone, computed once per call."""

from __future__ import annotations

from functools import cached_property

from extractors.candidates import TypedCandidates
from extractors.form_entries import FilledEntries
from extractors.grid import Grid
from extractors.labels import LabelFinder
from extractors.mark_groups import MarkGroup, mark_groups
from extractors.pairs import Pair, find_pairs
from extractors.parties import Parties
from extractors.printed_tables import Table, find_tables
from schemas.normalise.characters import squash
from schemas.pages import Document
from schemas.vocabulary import Kind, meaning

SELF_EVIDENT_KINDS = (Kind.IBAN, Kind.BIC, Kind.REGISTRATION, Kind.EMAIL, Kind.PHONE, Kind.WEBSITE)
"""Kinds of value that identify themselves."""
_LABELLED = (*SELF_EVIDENT_KINDS, Kind.DATE, Kind.AMOUNT, Kind.PERCENT, Kind.CODE)
"""Kinds of value that a label without a colon may come right before."""


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

    @cached_property
    def parties(self) -> Parties:
        """The blocks of lines that are names and addresses."""
        return Parties(self.grid, self.candidates)

    @cached_property
    def tables(self) -> list[Table]:
        """The printed tables of any kind."""
        return find_tables(self.grid)

    @cached_property
    def pairs(self) -> list[Pair]:
        """The labels outside tables with their values, each pair of texts once, in reading order."""
        in_tables = {cell for table in self.tables for cell in table.cells}
        labelled = [c for kind in _LABELLED for c in self.candidates.by_kind[kind]]
        found = find_pairs(self.grid, labelled, in_tables)
        first = {(squash(pair.label), squash(pair.value.text)): pair for pair in reversed(found)}
        return sorted(first.values(), key=lambda pair: (pair.row, pair.left))

    @cached_property
    def other_words(self) -> frozenset[str]:
        """The words, folded, that the vocabulary has no meaning for, names of form fields included."""
        labels = (meaning(cell.text) for cell in self.grid.cells)
        entries = (entry.meaning for entry in self.entries.entries)
        return frozenset(word for about in (*labels, *entries) for word in about.others)

    @cached_property
    def mark_groups(self) -> list[MarkGroup]:
        """The tick boxes and radio buttons, by question."""
        return mark_groups(self.document, self.grid.page_rows)

    @cached_property
    def option_words(self) -> frozenset[int]:
        """The ids of the words of options: labels of marks that belong to a question with several."""
        groups = (group for group in self.mark_groups if len(group.options) > 1)
        return frozenset(word.id for group in groups for option in group.options for word in option.words)
