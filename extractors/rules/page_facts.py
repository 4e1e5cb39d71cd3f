"""Everything the extractor derives from a document alone, computed once per call."""

from __future__ import annotations

import itertools
import re
from enum import Enum
from functools import cached_property

from extractors.rules.candidates import TypedCandidate, TypedCandidates
from extractors.rules.form_entries import FilledEntries
from extractors.rules.grid import Grid
from extractors.rules.labels import LabelFinder
from extractors.rules.mark_groups import MarkGroup, mark_groups
from extractors.rules.pairs import Pair, find_pairs
from extractors.rules.parties import Parties, Side
from extractors.rules.printed_tables import Table, find_tables
from schemas.normalise.characters import squash
from schemas.own_party import OwnParty
from schemas.pages import Document
from schemas.vocabulary import Kind, meaning

SELF_EVIDENT_KINDS = (Kind.IBAN, Kind.BIC, Kind.REGISTRATION, Kind.EMAIL, Kind.PHONE, Kind.WEBSITE)
"""Kinds of value that identify themselves."""
_UNTIL = re.compile(
    r"[\s,.]*(?:[-–—~]|to|until|through|bis(?: zum)?|au|al?|hasta(?: el)?|tot(?: en met)?|até|do)[\s.:]*", re.IGNORECASE
)
"""The text between the two dates of a period."""
_LABELLED = (*SELF_EVIDENT_KINDS, Kind.DATE, Kind.AMOUNT, Kind.PERCENT, Kind.CODE)
"""Kinds of value that a label without a colon may come right before."""


class PeriodEnd(Enum):
    """Place of a date in a period: `1 May to 31 May` has both."""

    START = "start"
    END = "end"


class PageFacts:
    """A document's grid, typed candidates, labels, parties, tick boxes and filled form fields."""

    def __init__(self, document: Document, locale: str | None = None, own: OwnParty | None = None) -> None:
        """Compute them.

        Args:
            document: the pages.
            locale: a BCP 47 tag that Babel knows; it decides how values are written where the document does not.
            own: the caller, if they said who they are.
        """
        self.document = document
        self.own = own
        self.grid = Grid(document)
        self.candidates = TypedCandidates(self.grid, locale)
        self.entries = FilledEntries(document)
        self.labels = LabelFinder(self.grid, self.entries)

    @cached_property
    def parties(self) -> Parties:
        """The blocks of lines that are names and addresses."""
        return Parties(self.grid, self.candidates, self.own)

    def is_other_registration(self, text: str, of_buyer: bool) -> bool:
        """Return whether a tax number is the caller's while the other party's is asked for."""
        if self.own is None or not self.own.has_vat_id(text):
            return False
        return of_buyer != (self.parties.own_side is not Side.SUPPLIER)

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
    def paired_words(self) -> frozenset[int]:
        """The ids of the words of all pairs, labels and values."""
        return frozenset(word for pair in self.pairs for word in (*pair.label_ids, *pair.value.word_ids))

    @cached_property
    def other_words(self) -> frozenset[str]:
        """The words, folded, that the vocabulary has no meaning for, names of form fields included."""
        labels = (meaning(cell.text) for cell in self.grid.cells)
        entries = (entry.meaning for entry in self.entries.entries)
        return frozenset(word for about in (*labels, *entries) for word in about.others)

    def period_end(self, candidate: TypedCandidate) -> PeriodEnd | None:
        """Return which end of a period a date is, or None if it is printed by itself."""
        found = self._period_ends.get((id(candidate.cell), candidate.start))
        return found[0] if found else None

    def other_end(self, candidate: TypedCandidate) -> TypedCandidate | None:
        """Return the other date of a date's period, or None if it is printed by itself."""
        found = self._period_ends.get((id(candidate.cell), candidate.start))
        return found[1] if found else None

    @cached_property
    def _period_ends(self) -> dict[tuple[int, int], tuple[PeriodEnd, TypedCandidate]]:
        found: dict[tuple[int, int], tuple[PeriodEnd, TypedCandidate]] = {}
        for a, b in itertools.pairwise(self.candidates.by_kind[Kind.DATE]):
            if a.cell is b.cell and _UNTIL.fullmatch(a.cell.text[a.end : b.start]):
                found[id(a.cell), a.start] = PeriodEnd.START, b
                found[id(b.cell), b.start] = PeriodEnd.END, a
        return found

    @cached_property
    def mark_groups(self) -> list[MarkGroup]:
        """The tick boxes and radio buttons, by question."""
        return mark_groups(self.document, self.grid.page_rows)

    @cached_property
    def option_words(self) -> frozenset[int]:
        """The ids of the words of options: labels of marks that belong to a question with several."""
        groups = (group for group in self.mark_groups if len(group.options) > 1)
        return frozenset(word.id for group in groups for option in group.options for word in option.words)
