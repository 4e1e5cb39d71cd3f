"""Label-value pairs: a label before its value in one cell, left of it, or above it.

A label is recognised by a colon, by words of the vocabulary, or by a value next to or below it that nobody prints as a
label. Any one of the three is enough, so pages in any language can be read.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Set
from itertools import pairwise
from typing import NamedTuple

from extractors.rules.candidates import TypedCandidate
from extractors.rules.grid import Grid, GridCell, Row
from extractors.rules.printed import (
    Printed,
    could_be_label,
    ends_in_colon,
    has_digit,
    is_currency,
    is_known_label,
    is_prose,
    is_typed,
    joined,
    part_of,
    starts_with_colon,
    without_colon,
)
from schemas.normalise.currencies import SIGNS
from schemas.vocabulary import Kind, meaning

MAX_GAP_PAGE_WIDTHS = 0.6
"""Maximum gap between a label and the value to its right."""
MAX_PLAIN_GAP_PAGE_WIDTHS = 0.25
"""The same for a label without a colon whose words are unknown, which needs to be closer."""
MAX_DROP_LINE_HEIGHTS = 2.5
"""Maximum drop from a label to the value below it."""
MAX_LINE_GAP_LINE_HEIGHTS = 0.9
"""Maximum gap between two lines of one value."""
MAX_MORE_LINES = 5
"""A postal address has at most this many lines after its first."""
ALIGNED_PAGE_WIDTHS = 0.01
"""Edges of one block differ by less than this."""
MIN_HEADING_HEIGHT_RATIO = 1.6
"""A heading is at least this much taller than the text below it; boxes fit the ink, so letters alone reach 1.4."""
MAX_WORDS_BEFORE = 4
"""Maximum words right before a value in the same cell that can be its label without a colon."""

_COLON = re.compile(r"(?:(?<=[^\s\d])|(?<=\s))[:：](?!//)|(?<=\d)[:：](?=\s|$)")
_IN_BRACKETS = re.compile(r"\([^)]*\)")
_SEPARATES = " ,;/|·•-–"
_PARTIES = frozenset({"buyer", "seller", "ship", "billing"})


class Pair(NamedTuple):
    """A printed label without its colon, and its value.

    `row` is the label's row in the grid and `left` its left edge in page widths; `score` is from 0 to 1. `label_ids`
    are the ids of the label's words.
    """

    label: str
    value: Printed
    row: int
    left: float
    score: float
    label_ids: tuple[int, ...]


def find_pairs(grid: Grid, candidates: Iterable[TypedCandidate], taken: Set[GridCell]) -> list[Pair]:
    """Return all pairs of a document in reading order.

    Args:
        grid: the document's cells.
        candidates: typed texts, for labels without a colon in the same cell.
        taken: cells that are part of a table.
    """
    return _PairFinder(grid, list(candidates), set(taken)).find()


class _PairFinder:
    def __init__(self, grid: Grid, candidates: list[TypedCandidate], used: set[GridCell]) -> None:
        self._grid = grid
        self._candidates = candidates
        self._used = used
        self._pairs: list[Pair] = []
        self._of_cells: dict[int, list[tuple[GridCell, GridCell]]] = defaultdict(list)
        """Labels and values of the pairs made of two cells, by the label's row."""
        self._one_line: set[GridCell] = set()
        """Values in a row of values; what is below such a value is something else."""
        self._of_labels = {
            number
            for number, row in enumerate(grid.rows)
            if len(row.cells) > 2 and all(could_be_label(c.text) and not has_digit(c.text) for c in row.cells)
        }
        """Rows of labels alone, whose values are below."""
        self._cell_of = {word.id: cell for cell in grid.cells for word in cell.line.words}

    def find(self) -> list[Pair]:
        for cell in self._grid.cells:
            if cell not in self._used:
                self._within(cell)
        for row in self._grid.rows:
            self._side_by_side(row, self._is_named)
        self._aligned_pairs()
        for rows in (self._grid.rows, self._grid.rows[::-1]):  # a block may be recognised by any of its rows
            for row in rows:
                self._stacked(row)
        for row in self._grid.rows:
            self._side_by_side(row, self._is_next_to_typed)
        self._aligned_pairs()
        self._before_typed()
        return sorted((self._extended(pair) for pair in self._pairs), key=lambda p: (p.row, p.left))

    def _add(self, label: Printed, value: Printed, row: int, score: float) -> bool:
        text = without_colon(label.text)
        if not value.words or not any(c.isalnum() for c in value.text) or not any(c.isalpha() for c in text):
            return False
        self._pairs.append(Pair(text, value, row, label.left, score, label.word_ids))
        return True

    def _add_cells(self, label: GridCell, value: GridCell, score: float, wraps: bool = True) -> None:
        if self._add(part_of(label), part_of(value), label.row, score):
            self._used |= {label, value}
            self._of_cells[label.row].append((label, value))
            if not wraps:
                self._one_line.add(value)

    def _within(self, cell: GridCell) -> None:
        """Read `Label: value Label: value` in one cell; a label without a value is left for later."""
        colons = _colons(cell.text)
        starts = [
            self._label_start(cell.text, before + 1, at) for before, at in zip([-1, *colons], colons, strict=False)
        ]
        ends = [*starts[1:], len(cell.text)] if starts else []
        for start, colon, end in zip(starts, colons, ends, strict=True):
            label, value = part_of(cell, start, colon), part_of(cell, colon + 1, end)
            fits = could_be_label(label.text) and not is_prose(value.text) and not ends_in_colon(value.text)
            if label.words and fits and self._add(label, value, cell.row, 0.9):
                self._used.add(cell)

    def _label_start(self, text: str, start: int, colon: int) -> int:
        """Return where the label before a colon begins; the text before it is another's value."""
        words = list(re.finditer(r"\S+", text[start:colon]))
        first = len(words)
        while first and not has_digit(words[first - 1][0]) and words[first - 1][0] not in "|·•-–,;":
            first -= 1
        if start == 0:  # `Invoice INV-1 Customer: C-2`
            return words[first].start() if first < len(words) else 0
        if first == 0 and words:  # all letters: the first word is a value, and the label takes its known words
            first = len(words) - 1
            while first > 1 and is_known_label(text[start + words[first - 1].start() : colon]):
                first -= 1
        return start + words[first].start() if first < len(words) else colon

    def _side_by_side(self, row: Row, is_pair: Callable[[GridCell, GridCell], bool]) -> None:
        """Pair cells from right to left: the label is the cell next to the value."""
        cells = [c for c in row.cells if c.text.strip(" :：")]
        at = len(cells) - 1
        while at > 0:
            label, value = cells[at - 1], cells[at]
            with_currency = at > 1 and is_currency(label.text)
            if with_currency:
                label = cells[at - 2]
            free = label not in self._used and value not in self._used
            fits = could_be_label(label.text) and not is_prose(value.text) and not ends_in_colon(value.text)
            if free and fits and is_pair(label, value):
                self._add_cells(label, value, 0.8)
                at -= 1 + with_currency
            at -= 1

    def _is_named(self, label: GridCell, value: GridCell) -> bool:
        """Return whether a colon or known words name the label."""
        if value.left - label.right > MAX_GAP_PAGE_WIDTHS:
            return False
        row = self._grid.rows[value.row].cells
        if (
            ends_in_colon(label.text)
            or starts_with_colon(value.text)
            or starts_with_colon(row[row.index(value) - 1].text)
        ):
            return True
        heading = label.height > MIN_HEADING_HEIGHT_RATIO * value.height
        return (
            value.row not in self._of_labels
            and not heading
            and is_known_label(label.text)
            and not is_known_label(value.text)
        )

    def _is_next_to_typed(self, label: GridCell, value: GridCell) -> bool:
        row = self._grid.rows[value.row].cells
        more = row[row.index(value) + 1 :]
        is_record = bool(more) and is_typed(more[0].text)
        near = value.left - label.right < MAX_PLAIN_GAP_PAGE_WIDTHS
        return near and not is_record and not has_digit(label.text) and is_typed(value.text)

    def _aligned_pairs(self) -> None:
        """Pair two cells aligned with a pair right above or below, or completing a row of pairs."""
        for rows in (self._grid.rows, self._grid.rows[::-1]):
            for row in rows:
                for label, value in pairwise(row.cells):
                    fits = could_be_label(label.text) and not has_digit(label.text) and not is_known_label(value.text)
                    text = not is_prose(value.text) and not ends_in_colon(value.text)
                    free = label not in self._used and value not in self._used
                    if free and fits and text and (self._is_aligned(label, value, 1) or self._completes(row, label)):
                        self._add_cells(label, value, 0.6)

    def _completes(self, row: Row, label: GridCell) -> bool:
        """Return whether the label begins a pair in a row of pairs, one of which is known."""
        labels = row.cells[::2]
        known = self._of_cells.get(labels[0].row, ())
        is_pairs = len(row.cells) % 2 == 0 and any(other is place for other, _ in known for place in labels)
        return is_pairs and any(label is place for place in labels)

    def _is_aligned(self, label: GridCell, value: GridCell, reach: int) -> bool:
        """Return whether a pair at most `reach` rows away has the same left edges."""
        return any(
            other.page == label.page
            and (other_value.row == other.row or other_value in self._one_line)
            and other_value.row - other.row == value.row - label.row
            and abs(other.left - label.left) < ALIGNED_PAGE_WIDTHS
            and abs(other_value.left - value.left) < ALIGNED_PAGE_WIDTHS
            and abs(other.middle - label.middle) < reach * MAX_DROP_LINE_HEIGHTS * self._grid.line_height
            for row in range(label.row - reach, label.row + reach + 1)
            if row != label.row
            for other, other_value in self._of_cells.get(row, ())
        )

    def _before_typed(self) -> None:
        """Read `Tel. 030 123456`: known words right before a typed text in the same cell."""
        by_cell: dict[GridCell, list[TypedCandidate]] = {}
        for candidate in self._candidates:
            by_cell.setdefault(candidate.cell, []).append(candidate)
        for cell, found in by_cell.items():
            end = 0
            for candidate in sorted(found, key=lambda c: (c.start, -c.end)):
                if cell in self._used or candidate.start < end:
                    continue
                label = part_of(cell, end, candidate.start)
                text = label.text.strip(_SEPARATES)
                near = label.text.rstrip(_SEPARATES[1:]) == label.text
                if near and is_known_label(text) and len(text.split()) <= MAX_WORDS_BEFORE and _is_whole(candidate):
                    value = Printed(candidate.text, candidate.words)
                    self._pairs.append(Pair(text, value, cell.row, label.left, 0.8, label.word_ids))
                end = candidate.end

    def _stacked(self, row: Row) -> None:
        """Pair labels with the values below them; labels of unknown words need others next to them."""
        labels = [c for c in row.cells if c not in self._used and could_be_label(c.text)]
        found = [(label, value) for label in labels if (value := self._below(label)) is not None]
        known = sum(is_known_label(label.text) for label, _ in found)
        typed = sum(is_typed(value.text) for _, value in found)
        no_address = len(found) > 2 and all(is_typed(v.text) or not has_digit(v.text) for _, v in found)
        of_parties = any(meaning(label.text).concepts & _PARTIES for label, _ in found)  # over addresses of many lines
        like_fields = known or typed or not any(has_digit(value.text) for _, value in found)  # rather than addresses
        in_block = like_fields and all(self._is_aligned(label, value, 2) for label, value in found)
        is_row = len(found) > 1 and (
            in_block or 2 * known >= len(found) or 2 * typed > len(found) or (no_address and typed > 0)
        )
        for label, value in found:
            right = next((c for c in self._grid.rows[value.row].cells if c.left > value.right), None)
            is_label = right is not None and is_typed(right.text) and all(right is not v for _, v in found)
            if value in self._used or (is_label and not is_typed(value.text)):
                continue
            if ends_in_colon(label.text):
                fits = True
            elif label.height > MIN_HEADING_HEIGHT_RATIO * value.height:
                fits = False
            elif is_known_label(label.text):
                fits = is_typed(value.text) or known >= 2 or is_row or bool(meaning(label.text).concepts & _PARTIES)
            else:
                fits = is_row and not has_digit(label.text)
            if fits:
                self._add_cells(label, value, 0.7, wraps=ends_in_colon(label.text) or of_parties)

    def _below(self, label: GridCell) -> GridCell | None:
        """Return the nearest cell below a label, if it can be its value."""
        for row in self._grid.rows[label.row + 1 : label.row + 4]:
            if row.page != label.page:
                return None
            for cell in row.cells:
                if cell.overlap(label) > 0.2 and cell.top > label.middle:
                    near = cell.top - label.bottom < MAX_DROP_LINE_HEIGHTS * min(label.height, self._grid.line_height)
                    is_label = ends_in_colon(cell.text) or (is_known_label(cell.text) and not ends_in_colon(label.text))
                    free = cell not in self._used and not is_prose(cell.text) and not is_label
                    return cell if near and free else None
        return None

    def _extended(self, pair: Pair) -> Pair:
        """Add the lines right below a text that continue it."""
        parts = [pair.value]
        first = self._cell_of[pair.value.words[0].id]
        if is_typed(pair.value.text) or first in self._one_line:
            return pair
        for more in self._lines_below(first, pair.value.left):
            parts.append(part_of(more))
            self._used.add(more)
            if len(parts) > MAX_MORE_LINES:
                break
        return pair._replace(value=joined(parts))

    def _lines_below(self, cell: GridCell, left: float) -> Iterator[GridCell]:
        row = cell.row + 1
        while row < len(self._grid.rows):
            more = next((c for c in self._grid.rows[row].cells if abs(c.left - left) < ALIGNED_PAGE_WIDTHS), None)
            if more is None and row == cell.row + 1 and row + 1 < len(self._grid.rows):
                row += 1  # a line of the neighbouring column comes between
                continue
            if more is None or more in self._used or more.page != cell.page or not self._goes_with(cell, more):
                return
            yield more
            cell, row = more, more.row + 1

    def _goes_with(self, cell: GridCell, more: GridCell) -> bool:
        gap = more.top - cell.bottom
        alike = 1 / MIN_HEADING_HEIGHT_RATIO < more.height / cell.height < MIN_HEADING_HEIGHT_RATIO
        labels = _COLON.search(more.text) or is_known_label(more.text) or is_prose(more.text)
        return alike and gap < MAX_LINE_GAP_LINE_HEIGHTS * cell.height and not labels


def _colons(text: str) -> list[int]:
    """Return where colons end labels: not in brackets, times, URLs or a value (`urn:a:b`)."""
    outside = _IN_BRACKETS.sub(lambda m: "_" * len(m[0]), text)
    found: list[int] = []
    for match in _COLON.finditer(outside):
        if not found or not outside[match.end() : match.end() + 1].strip():
            found.append(match.start())
    return found


def _is_whole(candidate: TypedCandidate) -> bool:
    """Return whether nothing continues the candidate, as `days` continues `30 days`."""
    if candidate.kind not in (Kind.CODE, Kind.AMOUNT, Kind.PERCENT, Kind.DATE):
        return True
    rest = candidate.cell.text[candidate.end :].strip(f" %{SIGNS}")
    return (not rest or rest[0] in _SEPARATES or is_currency(rest)) and not is_prose(candidate.cell.text)
