"""Group the tick boxes and radio buttons of a document into questions with their options.

A question is printed before its options in their row, or above them; in a questionnaire, the options may be the headers
of columns of boxes. All lengths are in page heights, in the frame in which the page's lines run to the right.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import NamedTuple

from schemas.frames import Tilted
from schemas.geometry import Quad
from schemas.marks import Mark
from schemas.page_rows import PageRows
from schemas.pages import Document, Page, Word

MAX_ROW_OFFSET_HEIGHTS = 0.6
"""Boxes whose middles differ by less than this many of their heights are in one row."""
MAX_LABEL_GAP_HEIGHTS = 1.6
"""Farthest text next to a box that may be its label, in heights of the box, where the reader of marks found none."""
MAX_QUESTION_GAP_HEIGHTS = 3.5
"""Farthest line above options that may be their question, in heights of that line or of the boxes."""
MAX_WRAP_GAP_HEIGHTS = 0.9
"""Maximum space between two lines of one question, in heights of a line."""
MAX_LIST_GAP_HEIGHTS = 2.2
"""Maximum space between two rows of boxes in one list, in heights of a box."""
MAX_LIST_SHIFT_HEIGHTS = 0.6
"""Maximum distance of the left edges of boxes in one column, in heights of a box."""


class Extent(NamedTuple):
    """The sides of a text or a mark, in page heights."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def height(self) -> float:
        """Page heights."""
        return self.bottom - self.top

    @property
    def middle(self) -> float:
        """Page heights from the top."""
        return (self.top + self.bottom) / 2

    def is_over(self, other: Extent, margin: float = 0.0) -> bool:
        """Return whether the two overlap from left to right, or are closer than a margin."""
        return self.left < other.right + margin and other.left < self.right + margin


class MarkOption(NamedTuple):
    """A mark and the texts that say what it stands for."""

    mark: Mark
    page: int
    """The page's number, from 1."""
    words: tuple[Word, ...]
    """The label next to it."""
    header: str
    """The text right above it, where nothing but other marks is between the two; empty if there is none."""
    at: Extent

    @property
    def label(self) -> str:
        """The label's text."""
        return " ".join(word.text for word in self.words)


@dataclass
class MarkGroup:
    """Marks that answer one question, from top to bottom and left to right."""

    options: list[MarkOption]
    before: list[str] = field(default_factory=list)
    """Texts before the first option in its row, the likeliest question first."""
    above: list[str] = field(default_factory=list)
    """Texts above the options, the likeliest question first; only those right above, if there are texts before."""

    @property
    def name(self) -> str:
        """The name of the form field that all of them belong to, or empty."""
        names = {option.mark.name for option in self.options}
        return names.pop() if len(names) == 1 else ""

    @property
    def at(self) -> Extent:
        """The extent of the marks, without their labels."""
        return _around(option.at for option in self.options)


class _PlacedWord(NamedTuple):
    word: Word
    line: int
    at: Extent


def mark_groups(document: Document, rows: PageRows) -> list[MarkGroup]:
    """Return the groups of a document's marks, page by page."""
    groups: list[MarkGroup] = []
    for index, page in enumerate(document.pages):
        if page.marks:
            groups += _MarkedPage(page, rows.frames[index], document.words).groups()
    return groups


class _MarkedPage:
    """One page with marks.

    Its words are labels, within marks, or free: questions and everything else.
    """

    def __init__(self, page: Page, frame: Tilted, words: Sequence[Word]) -> None:
        self._frame = frame
        placed = [
            _PlacedWord(word, number, self._extent(symbol.quad for symbol in (word.symbols[0], word.symbols[-1])))
            for number, line in enumerate(page.lines)
            for word in line.words
        ]
        extents = [self._extent([mark.quad]) for mark in page.marks]
        within = {p.word.id for p in placed if any(_is_within(p.at, at) for at in extents)}
        labels = {mark: tuple(i for i in mark.label_ids if i not in within) for mark in page.marks}
        taken = within.union(*labels.values())
        self._free = [p for p in placed if p.word.id not in taken]
        options: list[MarkOption] = []
        for mark, at in zip(page.marks, extents, strict=True):
            label = tuple(words[i] for i in labels[mark]) or self._label_next_to(at, extents)
            options.append(MarkOption(mark, page.number, label, "", at))
        taken |= {word.id for option in options for word in option.words}
        self._free = [p for p in self._free if p.word.id not in taken]
        self._lines: dict[int, list[_PlacedWord]] = {}
        for word in self._free:
            self._lines.setdefault(word.line, []).append(word)
        self._extents = {line: _around(w.at for w in words) for line, words in self._lines.items()}
        self._options = [option._replace(header=self._header(option.at)) for option in options]

    def groups(self) -> list[MarkGroup]:
        """Return the groups from top to bottom."""
        made: list[MarkGroup] = []
        above: list[MarkGroup] = []  # the groups of the row before
        for row in _rows(self._options):
            pieces = self._pieces(row)
            for group in pieces:
                if not group.before and (list_above := self._list_above(group, above)):
                    list_above.options += group.options
                else:
                    made.append(group)
            above = [group for group in made if any(o in row for o in group.options)]
        for group in made:
            group.above = self._question_above(group)
        return _by_name(made)

    def _extent(self, quads: Iterable[Quad]) -> Extent:
        along, across = zip(*(self._frame.to_lines(point) for quad in quads for point in quad), strict=True)
        return Extent(min(along), min(across), max(along), max(across))

    def _label_next_to(self, at: Extent, marks: Sequence[Extent]) -> tuple[Word, ...]:
        """Return the words after a mark, up to a wide gap or another mark, else the word before it."""
        reach = MAX_LABEL_GAP_HEIGHTS * at.height
        row = [p for p in self._free if abs(p.at.middle - at.middle) < MAX_ROW_OFFSET_HEIGHTS * at.height]
        after = sorted((p for p in row if p.at.left >= at.right), key=lambda p: p.at.left)
        others = [m.left for m in marks if abs(m.middle - at.middle) < at.height and m.left > at.left]
        stop = min(others, default=float("inf"))
        found: list[_PlacedWord] = []
        end = at.right
        for placed in after:
            other_line = bool(found) and placed.line != found[0].line
            if placed.at.left - end > reach or placed.at.right > stop or other_line:
                break
            found.append(placed)
            end = placed.at.right
        if found:
            return tuple(p.word for p in found)
        before = max((p for p in row if p.at.right <= at.left), key=lambda p: p.at.right, default=None)
        return (before.word,) if before and at.left - before.at.right <= reach else ()

    def _header(self, at: Extent) -> str:
        """Return the free words of the nearest line above a mark that are right above it."""
        over = [p for p in self._free if p.at.bottom <= at.middle and p.at.is_over(at, 0.5 * at.height)]
        lowest = max(over, key=lambda p: p.at.bottom, default=None)
        return " ".join(p.word.text for p in over if lowest and p.line == lowest.line)

    def _pieces(self, row: list[MarkOption]) -> list[MarkGroup]:
        """Divide a row of marks where other text is between them, which begins the next question."""
        height = median(option.at.height for option in row)
        middle = median(option.at.middle for option in row)
        in_row = [p for p in self._free if abs(p.at.middle - middle) < MAX_ROW_OFFSET_HEIGHTS * height]
        pieces: list[MarkGroup] = []
        start = float("-inf")
        for option in sorted(row, key=lambda o: o.at.left):
            between = [p for p in in_row if start <= p.at.left and p.at.right <= option.at.left + 0.5 * height]
            if between and any(character.isalpha() for p in between for character in p.word.text):
                pieces.append(MarkGroup([option], before=self._question_before(between)))
            elif pieces:
                pieces[-1].options.append(option)
            else:
                pieces.append(MarkGroup([option]))
            start = option.at.left
        return pieces

    def _question_before(self, between: Sequence[_PlacedWord]) -> list[str]:
        """Return texts before an option that may be its question, the likeliest first.

        They are the nearest cell's text, that text with the line above or below it, and all the text before the option.
        """
        nearest = max(between, key=lambda p: p.at.right).line
        cell = [p for p in between if p.line == nearest]
        text = " ".join(p.word.text for p in cell)
        texts = [text]
        at = _around(p.at for p in cell)
        for line, other in self._extents.items():
            gap = max(other.top - at.bottom, at.top - other.bottom)
            near = abs(other.left - at.left) < at.height and gap < MAX_WRAP_GAP_HEIGHTS * at.height
            next_to_marks = any(abs(o.middle - other.middle) < 0.5 * at.height for o in self._mark_extents)
            if line != nearest and near and not next_to_marks:
                wrapped = self._text(line)
                texts.append(f"{wrapped} {text}" if other.top < at.top else f"{text} {wrapped}")
        whole = " ".join(p.word.text for p in between)
        return texts if whole == text else [*texts, whole]

    @property
    def _mark_extents(self) -> list[Extent]:
        return [option.at for option in self._options]

    def _question_above(self, group: MarkGroup) -> list[str]:
        """Return texts above a group that may be its question, the likeliest first.

        They are the nearest line, and that line with the one before it if the two are one text.
        """
        at = group.at
        reach = _around([at, *(self._around_words(o.words) for o in group.options if o.words)])
        above = [
            (not extent.is_over(reach), at.top - extent.bottom, line)
            for line, extent in self._extents.items()
            if extent.middle < at.top
            and (not group.before or extent.is_over(reach))
            and extent.left < reach.right
            and at.top - extent.bottom < MAX_QUESTION_GAP_HEIGHTS * max(extent.height, group.options[0].at.height)
        ]
        if not above:
            return []
        _, _, nearest = min(above)
        text, extent = self._text(nearest), self._extents[nearest]
        wrapped = [
            f"{self._text(line)} {text}"
            for line, other in self._extents.items()
            if other.top < extent.top
            and extent.top - other.bottom < MAX_WRAP_GAP_HEIGHTS * extent.height
            and abs(other.left - extent.left) < extent.height
        ]
        return [text, *wrapped]

    def _around_words(self, words: Sequence[Word]) -> Extent:
        return self._extent(symbol.quad for word in words for symbol in (word.symbols[0], word.symbols[-1]))

    def _text(self, line: int) -> str:
        return " ".join(p.word.text for p in self._lines[line])

    def _list_above(self, group: MarkGroup, above: Sequence[MarkGroup]) -> MarkGroup | None:
        """Return the group in the row before that the marks continue, or None.

        They are in its columns then, and have other labels.
        """
        at, height = group.at, group.options[0].at.height
        for candidate in above:
            last = max(option.at.bottom for option in candidate.options)
            aligned = any(
                abs(a.at.left - b.at.left) < MAX_LIST_SHIFT_HEIGHTS * height
                for a in group.options[:1]
                for b in candidate.options
            )
            labels = {option.label.casefold() for option in candidate.options}
            repeated = any(not option.label or option.label.casefold() in labels for option in group.options)
            between = any(
                candidate.at.bottom < extent.middle < at.top and extent.is_over(at, 2 * height)
                for extent in self._extents.values()
            )
            if aligned and not repeated and not between and at.top - last < MAX_LIST_GAP_HEIGHTS * height:
                return candidate
        return None


def _is_within(word: Extent, mark: Extent) -> bool:
    """Return whether the middle of a word is within a mark, as a typed X is in a box."""
    return mark.left <= (word.left + word.right) / 2 <= mark.right and mark.top <= word.middle <= mark.bottom


def _around(extents: Iterable[Extent]) -> Extent:
    lefts, tops, rights, bottoms = zip(*extents, strict=True)
    return Extent(min(lefts), min(tops), max(rights), max(bottoms))


def _rows(options: Sequence[MarkOption]) -> list[list[MarkOption]]:
    """Return the marks row by row from top to bottom."""
    rows: list[list[MarkOption]] = []
    for option in sorted(options, key=lambda o: o.at.middle):
        if rows and option.at.middle - rows[-1][-1].at.middle < MAX_ROW_OFFSET_HEIGHTS * option.at.height:
            rows[-1].append(option)
        else:
            rows.append([option])
    return rows


def _by_name(groups: list[MarkGroup]) -> list[MarkGroup]:
    """Put marks that share a form field's name into one group, whatever is printed between them."""
    named: dict[str, MarkGroup] = {}
    kept: list[MarkGroup] = []
    counts: dict[str, int] = {}
    for group in groups:
        for option in group.options:
            counts[option.mark.name] = counts.get(option.mark.name, 0) + 1
    for group in groups:
        rest = [o for o in group.options if not o.mark.name or counts[o.mark.name] == 1]
        for option in group.options:
            if option in rest:
                continue
            first = named.get(option.mark.name)
            if first is None:
                named[option.mark.name] = first = MarkGroup([], list(group.before), list(group.above))
                kept.append(first)
            first.options.append(option)
        if rest:
            kept.append(MarkGroup(rest, group.before, group.above))
    return kept
