"""Rows of an array by the network's scores of where rows and cells begin."""

from __future__ import annotations

import bisect
import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from extractors.plan import PlannedField
from extractors.rules.printed import NUMERIC
from extractors.rules.scoring import ScoredRow, ScoredText
from extractors.trained.context import ExtractionContext
from extractors.trained.network.encoding import Floats
from extractors.trained.network.spans import WordSpan, column_spans
from schemas.normalise.characters import plain_text

MIN_BEGIN_LOGIT = 0.0
"""Minimum logit of the first word of a row or cell; 0 is an even chance."""


_SPACED_NUMBER = re.compile(r"-?\d{1,3}(?: \d{3})+(?:[.,]\d{1,4})?-?")
"""A whole line with groups of three digits: the words `86` and `500` of 86 500 are not two cells."""


@dataclass
class NetworkRow:
    """One row while its cells are collected: spans by column name."""

    first: int
    """Index of its first word."""
    cells: dict[str, WordSpan] = field(default_factory=dict)


def network_rows(context: ExtractionContext, array: PlannedField) -> list[ScoredRow]:
    """Return the rows in page order with the cells found; empty if the network sees no table."""
    columns = array.columns
    if not columns:
        return []
    spans = {c.name: column_spans(*_column_logits(context, columns, c), MIN_BEGIN_LOGIT) for c in columns}
    starts = [int(i) for i in np.flatnonzero(context.begins(array) > MIN_BEGIN_LOGIT)]
    if not starts:
        starts = _starts_of_cells(spans)
    rows = [NetworkRow(start) for start in starts]
    numeric = {c.name for c in columns if c.type in NUMERIC}
    spaced = _spaced_numbers(context)
    for name, found in spans.items():
        for span in _of_whole_numbers(found, spaced) if name in numeric else found:
            row = _row_of(context, rows, span)
            if row is None:
                continue
            known = row.cells.get(name)
            if known is None or span.begin > known.begin:
                row.cells[name] = span
    return [{name: _choice(context, span) for name, span in row.cells.items()} for row in rows if row.cells]


def _spaced_numbers(context: ExtractionContext) -> dict[int, tuple[int, ...]]:
    """Map each word of a line that is one number with spaces to all words of that line."""
    lines = (line for page in context.document.pages for line in page.lines)
    numbers = [tuple(w.id for w in line.words) for line in lines if _SPACED_NUMBER.fullmatch(plain_text(line.text))]
    return {word: words for words in numbers for word in words}


def _of_whole_numbers(spans: Sequence[WordSpan], spaced: dict[int, tuple[int, ...]]) -> Iterator[WordSpan]:
    """Yield spans, extended to the whole number, without those that begin within one."""
    for span in spans:
        words = spaced.get(span.words[0], span.words)
        if words[0] == span.words[0]:
            yield span if words == span.words else span._replace(words=words)


def _column_logits(
    context: ExtractionContext, columns: Sequence[PlannedField], column: PlannedField
) -> tuple[Floats, Floats]:
    """Return a column's logits, suppressed where another column scores the word higher."""
    begins, belongs = context.begins(column), context.belongs(column)
    others = [context.belongs(c) for c in columns if c is not column]
    if not others:
        return begins, belongs
    claimed = np.max(others, axis=0) > belongs
    return np.where(claimed, -20.0, begins), np.where(claimed, -20.0, belongs)


def _starts_of_cells(spans: dict[str, list[WordSpan]]) -> list[int]:
    """Return where the column with the most cells begins its cells."""
    longest = max(spans.values(), key=len, default=[])
    return [span.words[0] for span in longest]


def _row_of(context: ExtractionContext, rows: Sequence[NetworkRow], span: WordSpan) -> NetworkRow | None:
    """Return the last row that begins before the cell, or the next row on the cell's line."""
    place = bisect.bisect_right(rows, span.words[0], key=lambda row: row.first)
    if place < len(rows) and _same_line(context, rows[place].first, span.words[0]):
        return rows[place]
    return rows[place - 1] if place else None


def _same_line(context: ExtractionContext, a: int, b: int) -> bool:
    """Return whether two words share a line; a wrapped cell of one row has several."""
    one, other = context.document.words[a].box, context.document.words[b].box
    shared = min(one.bottom, other.bottom) - max(one.top, other.top)
    return context.document.page_of_word[a] == context.document.page_of_word[b] and shared > 0.4 * min(
        one.height, other.height
    )


def _choice(context: ExtractionContext, span: WordSpan) -> ScoredText:
    words = context.document.words
    lines = itertools.groupby(span.words, key=lambda i: context.line_of_word[i])
    text = " ".join(" ".join(words[i].text for i in group) for _, group in lines)
    chance = 1 / (1 + np.exp(-min(span.begin, 6.0)))
    return ScoredText(text.strip(" ,;|"), span.words, float(chance))
