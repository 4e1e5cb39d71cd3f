"""Everything the extractor derives from a document alone, computed once per call."""

from __future__ import annotations

from extractors.candidates import TypedCandidates
from extractors.grid import Grid
from extractors.labels import LabelFinder
from extractors.parties import Parties
from schemas.pages import Document


class PageFacts:
    """A document's grid, typed candidates, labels and parties."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.grid = Grid(document)
        self.candidates = TypedCandidates(self.grid)
        self.labels = LabelFinder(self.grid)
        self.parties = Parties(self.grid, self.candidates)
