"""Rows of an array as the layout model sees them: where rows begin, and which words belong to which column."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from extractors.evidence import Evidence, NamesPath
from extractors.network.encoding import Floats
from extractors.network.spans import Span, all_of
from extractors.scoring import Choice, RowOfChoices
from schemas.fields import Field, FieldType

BEGINS = 0.0
"""Logit from which a row or cell begins."""


@dataclass
class ModelRow:
    """One row while its cells are collected: spans by column."""

    first: int
    """Number of its first word."""
    cells: dict[str, Span] = field(default_factory=dict)


def model_rows(evidence: Evidence, array: Field, path: NamesPath) -> list[RowOfChoices]:
    """Rows in page order, each with the cells that were found; none where the model sees no table."""
    columns = [child for child in array.children or () if child.type is not FieldType.ARRAY]
    if not columns:
        return []
    spans = {c.name: all_of(*_of_column(evidence, columns, c, path), BEGINS) for c in columns}
    starts = [int(i) for i in np.flatnonzero(evidence.begins(path) > BEGINS)]
    if not starts:
        starts = _starts_of_cells(spans)
    rows = [ModelRow(start) for start in starts]
    for name, found in spans.items():
        for span in found:
            row = _row_of(evidence, rows, span)
            if row is None:
                continue
            known = row.cells.get(name)
            if known is None or span.begin > known.begin:
                row.cells[name] = span
    return [{name: _choice(evidence, span) for name, span in row.cells.items()} for row in rows if row.cells]


def _of_column(evidence: Evidence, columns: Sequence[Field], column: Field, path: NamesPath) -> tuple[Floats, Floats]:
    """A column's logits where no other column of the array claims the word more."""
    begins, belongs = evidence.begins((*path, column.name)), evidence.belongs((*path, column.name))
    others = [evidence.belongs((*path, c.name)) for c in columns if c is not column]
    if not others:
        return begins, belongs
    claimed = np.max(others, axis=0) > belongs
    return np.where(claimed, -20.0, begins), np.where(claimed, -20.0, belongs)


def _starts_of_cells(spans: dict[str, list[Span]]) -> list[int]:
    """Where the column with most cells begins its cells."""
    longest = max(spans.values(), key=len, default=[])
    return [span.words[0] for span in longest]


def _row_of(evidence: Evidence, rows: Sequence[ModelRow], span: Span) -> ModelRow | None:
    """The last row that begins before the cell, or beside it."""
    before = [row for row in rows if row.first <= span.words[0]]
    if before:
        after = next((row for row in rows if row.first > span.words[0]), None)
        if after and _beside(evidence, after.first, span.words[0]):
            return after
        return before[-1]
    return rows[0] if rows and _beside(evidence, rows[0].first, span.words[0]) else None


def _beside(evidence: Evidence, a: int, b: int) -> bool:
    one, other = evidence.document.words[a].box, evidence.document.words[b].box
    shared = min(one.bottom, other.bottom) - max(one.top, other.top)
    return evidence.document.page_of_word[a] == evidence.document.page_of_word[b] and shared > 0.4 * min(
        one.height, other.height
    )


def _choice(evidence: Evidence, span: Span) -> Choice:
    words = evidence.document.words
    lines = itertools.groupby(span.words, key=lambda i: evidence.line_of_word[i])
    text = " ".join(" ".join(words[i].text for i in group) for _, group in lines)
    chance = 1 / (1 + np.exp(-min(span.begin, 6.0)))
    return Choice(text.strip(" ,;|"), span.words, float(chance))
