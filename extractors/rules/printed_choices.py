"""Booleans and enums that the page states in words, and options that it only offers.

`Paid: Yes` is an answer. `Yes / No`, or the permitted values one after the other, is a choice that somebody makes with
a pen; without marks next to them, nobody knows which was chosen.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from extractors.plan import PlannedField
from extractors.rules.grid import GridCell
from extractors.rules.labels import is_label
from extractors.rules.page_facts import PageFacts
from extractors.rules.scoring import ScoredText
from schemas.normalise import booleans
from schemas.normalise.characters import fold_text, squash

UNLABELLED_SCORE = 0.6
"""Score of a permitted value that is printed without the field's label."""
_BETWEEN_OPTIONS = re.compile(
    r"[\s/,|;·•&()\[\]_☐□○◯-]*(?:or|and|und|oder|ou|et|o|y|e|of|en|i|lub)?[\s/,|;·•()\[\]_☐□○◯-]*"
)
"""The text between two options of a list: marks, or a word for `or`."""
_NOT_WORDS = re.compile(r"[\W_]+")


class _Occurrence(NamedTuple):
    """A permitted value in a cell, at `start` to `end` of its text."""

    value: str
    start: int
    end: int


def printed_boolean(facts: PageFacts, labelled: Sequence[ScoredText]) -> ScoredText | None:
    """Return the truth value that is printed at the field's label, or None.

    Args:
        facts: the document.
        labelled: the texts at the labels that name the field.
    """
    stated = [c for c in labelled if booleans.parse(c.text) is not None and not _is_offered(facts, c)]
    return max(stated, key=lambda c: c.score, default=None)


def printed_enum(
    facts: PageFacts, field: PlannedField, labelled: Sequence[ScoredText], anywhere: bool
) -> ScoredText | None:
    """Return the permitted value at the field's label, else the largest printed one, or None.

    Args:
        facts: the document.
        field: the enum.
        labelled: the texts at the labels that name the field.
        anywhere: whether a value without the label counts.
    """
    offered = _offered_values(facts, field)
    for choice in sorted(labelled, key=lambda c: -c.score):
        found = list(_occurrences(field, choice.text))
        if found and not _are_alternatives(choice.text, found) and not offered & set(choice.word_ids):
            return ScoredText(found[0].value, choice.word_ids, choice.score)
    largest: tuple[float, ScoredText] | None = None
    for cell in facts.grid.cells if anywhere else ():
        for value, start, end in _occurrences(field, cell.text):
            words = tuple(w.id for w in cell.words_between(start, end))
            size = cell.height + 0.01 * len(value)
            if not offered & set(words) and (largest is None or size > largest[0]):
                largest = size, ScoredText(value, words, UNLABELLED_SCORE)
    return largest[1] if largest else None


def _occurrences(field: PlannedField, text: str) -> Iterator[_Occurrence]:
    """Yield the permitted values in a text from left to right; of two that overlap, the longer."""
    folded = fold_text(text)
    found = [
        _Occurrence(value, match.start(), match.end())
        for value in field.values
        for match in re.finditer(rf"(?<!\w){re.escape(fold_text(value))}(?!\w)", folded)
    ]
    end = 0
    for occurrence in sorted(found, key=lambda o: (o.start, -o.end)):
        if occurrence.start >= end:
            yield occurrence
            end = occurrence.end


def _are_alternatives(text: str, found: Sequence[_Occurrence]) -> bool:
    """Return whether a text offers several values, one after the other."""
    pairs = itertools.pairwise(found)
    return any(a.value != b.value and _BETWEEN_OPTIONS.fullmatch(fold_text(text[a.end : b.start])) for a, b in pairs)


def _offered_values(facts: PageFacts, field: PlannedField) -> set[int]:
    """Return the ids of the words of values that are only offered, in lists or next to marks."""
    offered = set(facts.option_words)
    bare: dict[int, str] = {}
    for number, cell in enumerate(facts.grid.cells):
        found = list(_occurrences(field, cell.text))
        if _are_alternatives(cell.text, found):
            offered |= {w.id for o in found for w in cell.words_between(o.start, o.end)}
        elif len(found) == 1 and _bare(cell.text) == _bare(found[0].value):
            bare[number] = found[0].value
    cells = facts.grid.cells
    for number, value in bare.items():
        cell = cells[number]
        for other, another in bare.items():
            if value != another and _are_neighbours(facts, cell, cells[other]):
                offered |= {w.id for c in (cell, cells[other]) for w in c.line.words}
    return offered


def _bare(text: str) -> str:
    return _NOT_WORDS.sub("", squash(text))


def _are_neighbours(facts: PageFacts, a: GridCell, b: GridCell) -> bool:
    """Return whether two cells are options of one list, in a row or in the lines of a column."""
    if a.page != b.page:
        return False
    if a.row == b.row:
        between = [c for c in facts.grid.rows[a.row].cells if min(a.left, b.left) < c.left < max(a.left, b.left)]
        next_to_mark = all(len(c.text) == 1 for c in between)  # an X in a box
        return next_to_mark and not (_has_own_label(facts, a) and _has_own_label(facts, b))
    upper, lower = (a, b) if a.top < b.top else (b, a)
    aligned = abs(a.left - b.left) < 0.5 * min(a.height, b.height)
    return aligned and abs(a.row - b.row) == 1 and lower.top - upper.bottom < 1.5 * upper.height


def _has_own_label(facts: PageFacts, cell: GridCell) -> bool:
    """Return whether a label is right above a cell, in a row of several labels."""
    above = next((c for c in facts.grid.above(cell, rows=2)), None)
    return above is not None and is_label(above) and len(facts.grid.rows[above.row].cells) > 1


def _is_offered(facts: PageFacts, choice: ScoredText) -> bool:
    """Return whether a yes or no is next to a mark or its opposite."""
    if facts.option_words & set(choice.word_ids):
        return True
    truth = booleans.parse(choice.text)
    cell = next(c for c in facts.grid.cells if any(w.id == choice.word_ids[0] for w in c.line.words))
    row = facts.grid.rows[cell.row].cells
    place = row.index(cell)
    for other in row[max(0, place - 1) : place + 2]:
        opposite = booleans.answer(other.text)
        if (
            opposite is not None
            and opposite is not truth
            and not (_has_own_label(facts, cell) and _has_own_label(facts, other))
        ):
            return True
    below = [c for r in facts.grid.rows[cell.row + 1 : cell.row + 2] for c in r.cells]
    return any(
        (opposite := booleans.answer(c.text)) is not None and opposite is not truth and _are_neighbours(facts, cell, c)
        for c in below
    )
