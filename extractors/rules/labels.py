"""A value's labels: words before it, cells to its left, the cell or header above it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from extractors.rules.candidates import TypedCandidate
from extractors.rules.form_entries import FilledEntries
from extractors.rules.grid import LABEL_REACH, Grid, GridCell
from schemas.deadline import checkpoint
from schemas.normalise import numbers
from schemas.vocabulary import Meaning, meaning

MAX_LABEL_WORDS = 8
"""A longer text is a sentence, whose words say little about the value next to it."""

MAX_SENTENCE_WORDS = 14
"""In a longer text before a value, only the words right before the value count."""

MAX_PREFIX_CHARACTERS = 400
"""The farthest text before a value in its line that is read as its label."""

FORM_NAME_TRUST = 0.94
"""Trust in the name of a form field; less than in a printed label right before a value, since designers copy fields."""


class ValueLabel(NamedTuple):
    """A label's meaning, and how surely its position ties it to the value (0 to 1)."""

    meaning: Meaning
    trust: float


class LabelFinder:
    """Finds the labels of values in one document."""

    def __init__(self, grid: Grid, entries: FilledEntries) -> None:
        self._grid = grid
        self._entries = entries
        self._known: dict[TypedCandidate, list[ValueLabel]] = {}

    def of(self, candidate: TypedCandidate) -> list[ValueLabel]:
        """Return all labels of a candidate; meaningful words right before it hide all others."""
        if candidate not in self._known:
            checkpoint()
            entry = self._entries.of(candidate.word_ids)
            named = [ValueLabel(entry.meaning, FORM_NAME_TRUST)] if entry else []
            self._known[candidate] = named + self._find(candidate)
        return self._known[candidate]

    def _find(self, candidate: TypedCandidate) -> list[ValueLabel]:
        prefix = candidate.cell.text[max(0, candidate.start - MAX_PREFIX_CHARACTERS) : candidate.start]
        before = self._inline(prefix)
        if before and (about := meaning(before)).concepts:
            return [ValueLabel(about, 1.0)]
        found = [ValueLabel(meaning(before), 0.95)] if before else []
        sentence = meaning(re.sub(r"\S*\d\S*", " ", prefix))
        if sentence.concepts and len(prefix.split()) <= MAX_SENTENCE_WORDS:
            found.append(ValueLabel(Meaning(sentence.concepts, frozenset()), 0.75))
        found += list(self._left(candidate))
        found += list(self._above(candidate))
        return found

    def _inline(self, before: str) -> str:
        """Return the words between the previous value and this one."""
        words: list[str] = []
        for word in reversed(before.split()):
            if any(c.isdigit() for c in numbers.RATE.sub("", word)):
                break
            words.append(word)
            if len(words) >= MAX_LABEL_WORDS:
                break
        text = " ".join(reversed(words))
        return text if any(c.isalpha() for c in text) else ""

    def _left(self, candidate: TypedCandidate) -> Iterator[ValueLabel]:
        trust = 1.0
        for cell in self._grid.left_of(candidate.cell)[:4]:
            if is_label(cell):
                about = meaning(cell.text)
                yield ValueLabel(about, trust)
                if about.concepts:
                    return
            trust *= 0.88

    def _above(self, candidate: TypedCandidate) -> Iterator[ValueLabel]:
        cell = candidate.cell
        for passed, other in enumerate(self._grid.above(cell)):
            if is_label(other):
                gap = cell.top - other.bottom
                near = passed == 0 and gap < LABEL_REACH * max(cell.height, other.height)
                about = meaning(self._over(candidate, other))
                if about.concepts or near:
                    yield ValueLabel(about, 0.9 if near else 0.75)
                return

    def _over(self, candidate: TypedCandidate, header: GridCell) -> str:
        """Return the header's words right above this value, if the header spans several values."""
        row = self._grid.rows[candidate.cell.row].cells
        if sum(c.overlap(header) > 0.2 for c in row) < 2 or len(header.line.words) < 2:
            return header.text
        left, right = candidate.words[0].box.left, candidate.words[-1].box.right
        words = [w for w in header.line.words if w.box.right > left - 0.02 and w.box.left < right + 0.02]
        return " ".join(w.text for w in words) or header.text


def is_label(cell: GridCell) -> bool:
    """Return whether a cell has more letters than digits and is short enough for a label.

    Digits of a rate ("VAT 20%") do not count.
    """
    return len(cell.line.words) <= MAX_LABEL_WORDS and _is_worded(cell.text)


@lru_cache(maxsize=20_000)
def _is_worded(text: str) -> bool:
    """Return whether a text has over twice as many letters as digits; cached, as cells recur."""
    bare = numbers.RATE.sub("", text)
    return sum(map(str.isalpha, bare)) > 2 * sum(map(str.isdigit, bare))
