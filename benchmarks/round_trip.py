"""Measure whether a suggested schema gets the same answers when it is sent back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import grounding
from benchmarks.grounding_documents import READ, real_documents
from benchmarks.predictions import KINDS
from extractors import FieldExtractor
from extractors.schemaless.discovery import discover
from schemas.normalise.characters import squash
from schemas.pages import Document
from schemas.results import FieldPath, Proposal
from schemas.upright import upright
from service.evaluation.markdown_tables import table


def measure() -> str:
    """Run the measurement and return it as Markdown."""
    extractor = FieldExtractor()
    documents: Counter[str] = Counter()
    counts: Counter[tuple[str, str]] = Counter()
    for real in real_documents(READ):
        documents[real.kind] += 1
        document = upright(real.document).document
        found = discover(document)
        if found.schema is None:
            continue
        suggested = _texts(document, found.proposals)
        again = _texts(document, extractor.propose(document, found.schema))
        for path, text in suggested.items():
            part = "cells of tables" if len(path) > 1 else "single values"
            result = "same" if again.get(path) == text else "other" if path in again else "lost"
            counts[part, result] += 1
            counts[real.kind, result] += 1
    groups = (*KINDS, "single values", "cells of tables")
    rows = [
        (KINDS.get(group, group), documents.get(group, "–"), *_shares([counts[group, r] for r in RESULTS]))
        for group in groups
    ]
    return "\n\n".join(
        [
            "Command: `python -m benchmarks round-trip`. The fields that `autoFields` finds on a page are sent back as"
            " a schema for the same page. A value is the same if its text is, without spaces and punctuation.",
            table(("", "documents", "values", *RESULTS), rows),
        ]
    )


RESULTS = ("same", "other", "lost")


def _shares(counts: list[int]) -> list[str]:
    every = sum(counts)
    return [str(every), *(f"{count / every:.1%}" for count in counts)]


def _texts(document: Document, proposals: list[Proposal]) -> Mapping[FieldPath, str]:
    """Return the values that are grounded, squashed, by path."""
    cells = grounding.ground(document, proposals)
    return {cell.path: squash(cell.raw_text) for cell in cells if cell.raw_text}
