"""Put together the marks of a page's form, drawings, pictures and text, with their labels."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterable, Sequence
from statistics import median
from typing import NamedTuple

from schemas.frames import Tilted, quad_around
from schemas.geometry import Box, Quad
from schemas.marks import (
    CHECKS,
    CROSSES,
    EMPTY_BOXES,
    EMPTY_CIRCLES,
    SOLID_BOXES,
    SOLID_CIRCLES,
    TICK_CHARACTERS,
    TICKED_BOXES,
    TICKED_CIRCLES,
    Mark,
    MarkShape,
    MarkState,
)
from schemas.pages import Line, Symbol, Word

MAX_RIGHT_GAP_HEIGHTS = 2.5
"""Gap between a box and the label after it, in heights of the label."""
MAX_LEFT_GAP_HEIGHTS = 4.0
"""Gap between a label and the box after it, if other options follow in the row."""
MAX_WORD_GAP_HEIGHTS = 1.0
"""A wider gap ends a label; the gap that ends a line is the same."""
MAX_OFFSET_HEIGHTS = 0.6
"""Distance between the middles of a box and its label, in the larger height of the two."""
MIN_SHARED_AREA = 0.3
"""Marks that share more than this of the smaller one are one mark, seen twice."""
MAX_SIZE_DIFFERENCE, MAX_INDENT_DIFFERENCE = 0.15, 0.25
"""Largest differences in size and start between options on a page, in heights of one."""
LEFT_CLOSER = 0.5
"""Labels are left of their boxes if their gaps are less than this share of those to the right."""
_SYMBOLS = EMPTY_BOXES | TICKED_BOXES | EMPTY_CIRCLES | TICKED_CIRCLES | SOLID_BOXES | SOLID_CIRCLES | CHECKS | CROSSES
_IN_SQUARE_BRACKETS = TICK_CHARACTERS - frozenset("+")
"""Ticks between square brackets; `[+]` opens a list."""
_IN_ROUND_BRACKETS = _IN_SQUARE_BRACKETS - frozenset("vV")
"""Ticks between round brackets; `(v)` is a number of a list."""
_BRACKETS = re.compile(
    rf"(?<!\S)(\[\s*([{''.join(sorted(_IN_SQUARE_BRACKETS))}]?)\s*\]"
    rf"|\(\s*([{''.join(sorted(_IN_ROUND_BRACKETS))}]?)\s*\))(?=\s|$|[^\W\d_])"
)
"""`[ ]`, `[x]`, `( )` and `(x)` as words of their own, or directly before a label."""
_FORMULA = frozenset("=≤≥∈+/")
_SURE, _FAIR, _UNSURE = 0.97, 0.9, 0.5
"""Probabilities that a mark set as characters is one, and that its state is right."""


class _Placed(NamedTuple):
    """A word or mark in the frame of the page's lines, in page heights."""

    start: float
    end: float
    top: float
    bottom: float

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2

    @property
    def height(self) -> float:
        return self.bottom - self.top


class _Label(NamedTuple):
    """A word that may belong to a label."""

    word: Word
    place: _Placed


class _TextMark(NamedTuple):
    """A mark that is set as characters."""

    mark: Mark
    kind: str
    """The family of characters: `box`, `circle`, `solid box`, `solid circle`, `check`, `cross`, `[` or `(`."""
    place: _Placed
    begins_row: bool
    """True if nothing precedes it in its row."""


def page_marks(found: Sequence[Mark], lines: Sequence[Line], aspect: float) -> tuple[Mark, ...]:
    """Return all marks of a page with their labels, from top to bottom.

    Args:
        found: the marks of its form, its drawings and its pictures, the surest kind first.
        lines: its text.
        aspect: page width divided by page height.
    """
    if not found and not any(_may_hold_mark(line.text) for line in lines):
        return ()
    direction = _direction(lines, aspect)
    frame = Tilted.by(direction, aspect)
    labels = [
        _Label(word, _placed(word.symbols[0].quad, word.symbols[-1].quad, frame))
        for line in lines
        for word in line.words
    ]
    rows = _rows(labels)
    marks: list[Mark] = []
    for mark in itertools.chain(found, _text_marks(rows, frame, aspect)):
        if not any(_shared(mark.quad.box, other.quad.box) > MIN_SHARED_AREA for other in marks):
            marks.append(mark)
    if not marks:
        return ()
    turned = [mark._replace(quad=_turned(mark.quad, direction, aspect)) for mark in marks]
    return tuple(_labelled(turned, labels, frame))


def _may_hold_mark(text: str) -> bool:
    """Return whether a line has a character that shows a mark, or brackets that may be one."""
    brackets = "[" in text or "(" in text
    return (brackets and (bool(_BRACKETS.search(text)) or text[-1] in "[(")) or not _SYMBOLS.isdisjoint(text)


def _direction(lines: Sequence[Line], aspect: float) -> float:
    """Return the direction of most text in radians, clockwise from rightwards."""
    angles: list[tuple[float, int]] = []
    for line in lines:
        for word in line.words:
            (ax, ay), (bx, by), *_ = word.symbols[len(word.symbols) // 2].quad
            angles.append((math.atan2(by - ay, (bx - ax) * aspect), len(word.symbols)))
    if not angles:
        return 0.0
    weights = [0, 0, 0, 0]
    for angle, weight in angles:
        weights[round(angle / (math.pi / 2)) % 4] += weight
    most = weights.index(max(weights)) * math.pi / 2
    return most + median(off for angle, _ in angles if abs(off := math.remainder(angle - most, math.tau)) < math.pi / 4)


def _placed(first: Quad, last: Quad, frame: Tilted) -> _Placed:
    along, across = zip(*(frame.to_lines(p) for p in (*first, *last)), strict=True)
    return _Placed(min(along), max(along), min(across), max(across))


def _rows(labels: Sequence[_Label]) -> list[list[_Label]]:
    """Group words by their height on the page, each row from start to end."""
    rows: list[list[_Label]] = []
    for label in sorted(labels, key=lambda item: item.place.middle):
        last = rows[-1] if rows else None
        if last and abs(last[-1].place.middle - label.place.middle) < 0.5 * min(
            last[-1].place.height, label.place.height
        ):
            last.append(label)
        else:
            rows.append([label])
    for row in rows:
        row.sort(key=lambda item: item.place.start)
    return rows


def _text_marks(rows: Sequence[Sequence[_Label]], frame: Tilted, aspect: float) -> list[Mark]:
    """Return the marks that are set as characters and have the form of options."""
    found = [mark for row in rows for mark in _of_row(row, frame, aspect)]
    kinds = {kind: [m for m in found if m.kind == kind] for kind in {m.kind for m in found}}
    kept: list[Mark] = []
    for item in found:
        mark = _accepted(item, kinds)
        if mark is not None:
            kept.append(mark)
    return kept


def _accepted(item: _TextMark, kinds: dict[str, list[_TextMark]]) -> Mark | None:
    """Return a mark if its kind has the form of options on the page, with its final state."""
    mark, kind = item.mark, item.kind
    if kind == "circle" and not kinds.get("solid circle") and not _has_partner(item, kinds["circle"], in_row=True):
        chosen = any(m.mark.state is MarkState.TICKED for m in kinds["circle"])
        return mark if chosen else None  # circles before the lines of a list are bullets
    if kind in ("solid box", "solid circle"):
        empty = kinds.get(kind.removeprefix("solid "), [])
        return mark if _has_partner(item, empty) or _is_set_as_option(item, empty) else None
    if kind == "(" and not _has_partner(item, kinds["("]):
        return None  # one pair of round brackets is a note or a formula
    if kind == "cross" and "check" in kinds:
        return mark._replace(state=MarkState.UNCLEAR, confidence=_UNSURE)  # it may mean no
    return mark


def _has_partner(item: _TextMark, others: Sequence[_TextMark], *, in_row: bool = False) -> bool:
    """Return whether another mark is in the same row, or near in the same column."""
    place = item.place
    for other in others:
        if other is item:
            continue
        if abs(other.place.middle - place.middle) < 0.5 * place.height:
            return True
        near = abs(other.place.middle - place.middle) < 4 * place.height
        if not in_row and near and abs(other.place.start - place.start) < place.height:
            return True
    return False


def _is_set_as_option(item: _TextMark, empty: Sequence[_TextMark]) -> bool:
    """Return whether a solid character is an option as the empty ones are, not a bullet."""
    place = item.place
    alike = [
        other.place for other in empty if abs(other.place.height - place.height) < MAX_SIZE_DIFFERENCE * place.height
    ]
    return any(
        not item.begins_row or abs(other.start - place.start) < MAX_INDENT_DIFFERENCE * place.height for other in alike
    )


def _of_row(row: Sequence[_Label], frame: Tilted, aspect: float) -> list[_TextMark]:
    """Return what may be marks in a row of words."""
    symbols: list[Symbol | None] = []
    text = ""
    for index, label in enumerate(row):
        if index:
            gap = label.place.start - row[index - 1].place.end
            spaces = "  " if gap > 2 * label.place.height else " "
            text += spaces
            symbols += [None] * len(spaces)
        for symbol in label.word.symbols:
            text += symbol.text
            symbols += [symbol] * len(symbol.text)
    found: list[_TextMark] = []
    if not any(c in text for c in "[(") and _SYMBOLS.isdisjoint(text):
        return found
    spans: list[tuple[int, int, str, MarkState, float]] = []
    if not any(c in _FORMULA for c in text):
        matches = list(_BRACKETS.finditer(text))
        for match in matches:
            if "  " in match[0] or not any(c.isalpha() for c in text[: match.start()] + text[match.end() :]):
                continue
            round_ones = match[0][0] == "("
            if round_ones and len(matches) < 2 and not _begins_option(text, match.start(), match.end()):
                continue
            state = MarkState.TICKED if match[2] or match[3] else MarkState.EMPTY
            spans.append((match.start(), match.end(), match[0][0], state, _FAIR if round_ones else _SURE))
    taken = {i for start, end, *_ in spans for i in range(start, end)}
    for index, character in enumerate(text):
        if character in _SYMBOLS and index not in taken and (family := _of_symbol(text, index)):
            spans.append((index, index + 1, *family))
    for start, end, kind, state, sure in spans:
        quads = [s.quad for s in symbols[start:end] if s is not None]
        probability = min([sure, *(s.confidence for s in symbols[start:end] if s is not None)])
        quad = quad_around(quads, aspect)
        found.append(
            _TextMark(Mark(quad, state, MarkShape.TEXT, probability), kind, _placed(quad, quad, frame), not start)
        )
    return found


def _begins_option(text: str, start: int, end: int) -> bool:
    """Return whether round brackets precede a word, at a row's start or after a wide gap."""
    before, after = text[:start].rstrip(), text[end:].lstrip()
    label = bool(after) and after[0].isalpha()
    alone = not before or text[:start].endswith("  ") or before[-1] in ":?"
    return (label and alone) or (not after and bool(before) and before[-1].isalpha())


def _of_symbol(text: str, index: int) -> tuple[str, MarkState, float] | None:
    """Return a character's kind, state and probability; None if it is in a word or alone."""
    character = text[index]
    before, after = text[index - 1] if index else " ", text[index + 1] if index + 1 < len(text) else " "
    if not before.isspace() and before not in _SYMBOLS and not before.isalpha():
        return None
    if before.isalpha() and not after.isspace():
        return None
    if not any(c.isalnum() for c in text):
        return None
    for characters, kind, state, sure in _FAMILIES:
        if character in characters:
            if kind == "check" and character == "√" and after.isdigit():
                return None  # a root
            return kind, state, sure
    return None


_FAMILIES = (
    (EMPTY_BOXES, "box", MarkState.EMPTY, _SURE),
    (TICKED_BOXES, "box", MarkState.TICKED, _SURE),
    (EMPTY_CIRCLES, "circle", MarkState.EMPTY, _SURE),
    (TICKED_CIRCLES, "circle", MarkState.TICKED, _SURE),
    (SOLID_BOXES, "solid box", MarkState.TICKED, _FAIR),
    (SOLID_CIRCLES, "solid circle", MarkState.TICKED, _FAIR),
    (CHECKS, "check", MarkState.TICKED, _FAIR),
    (CROSSES, "cross", MarkState.TICKED, _FAIR),
)


def _turned(quad: Quad, direction: float, aspect: float) -> Quad:
    """Return the corners clockwise from the top left of text that runs in a direction."""
    (ax, ay), (bx, by), *_ = quad
    own = math.atan2(by - ay, (bx - ax) * aspect)
    steps = round(math.remainder(direction - own, math.tau) / (math.pi / 2)) % 4
    return Quad(*quad[steps:], *quad[:steps])


def _labelled(marks: Sequence[Mark], labels: Sequence[_Label], frame: Tilted) -> list[Mark]:
    """Return the marks with their labels, in reading order."""
    placed = sorted(((_placed(m.quad, m.quad, frame), m) for m in marks), key=lambda item: item[0].middle)
    words = [label for label in labels if not _is_on_mark(label, placed)]
    rows: list[list[tuple[_Placed, Mark]]] = []
    for place, mark in placed:
        if rows and abs(rows[-1][0][0].middle - place.middle) < 0.5 * min(rows[-1][0][0].height, place.height):
            rows[-1].append((place, mark))
        else:
            rows.append([(place, mark)])
    made: list[Mark] = []
    votes: list[bool | None] = []
    found: list[tuple[Mark, list[_Label], list[_Label]]] = []
    for row in rows:
        row.sort(key=lambda item: item[0].start)
        sides = _sides(row, words)
        votes.append(_is_left(sides))
        found += [(mark, left, right) for (_, mark), (left, right, *_) in zip(row, sides, strict=True)]
    counted = [vote for vote in votes if vote is not None]
    usually_left = sum(counted) * 2 > len(counted) if counted else False
    position = 0
    for row, vote in zip(rows, votes, strict=True):
        for mark, left, right in found[position : position + len(row)]:
            is_left = usually_left if vote is None else vote
            label = (left or right) if is_left else (right or left)
            made.append(mark._replace(label_ids=tuple(item.word.id for item in label)))
        position += len(row)
    return made


def _is_on_mark(label: _Label, marks: Iterable[tuple[_Placed, Mark]]) -> bool:
    """Return whether a word is printed in a mark, or is the mark."""
    place = label.place
    along = (place.start + place.end) / 2
    if all(c in _SYMBOLS or c in "[]()xX×*" for c in label.word.text):
        height = place.height
        return any(
            p.start - 0.3 * height <= along <= p.end + 0.3 * height and abs(p.middle - place.middle) < height
            for p, _ in marks
        )
    return any(p.start <= along <= p.end and p.top <= place.middle <= p.bottom for p, _ in marks)


def _sides(
    row: Sequence[tuple[_Placed, Mark]], words: Sequence[_Label]
) -> list[tuple[list[_Label], list[_Label], float, float]]:
    """Return the words before and after each mark of a row, and the gaps to them in heights."""
    first = row[0][0]
    in_row = sorted(
        (
            w
            for w in words
            if abs(w.place.middle - first.middle) <= MAX_OFFSET_HEIGHTS * max(w.place.height, first.height)
        ),
        key=lambda w: w.place.start,
    )
    sides: list[tuple[list[_Label], list[_Label], float, float]] = []
    for index, (place, _) in enumerate(row):
        low = row[index - 1][0].end if index else -math.inf
        high = row[index + 1][0].start if index + 1 < len(row) else math.inf
        slack = 0.3 * place.height
        before = [w for w in in_row if low - slack <= w.place.start and w.place.end <= place.start + slack]
        after = [w for w in in_row if place.end - slack <= w.place.start and w.place.end <= high + slack]
        right, right_gap = _run(after, place.end, forwards=True)
        left, left_gap = _run(before[::-1], place.start, forwards=False)
        sides.append((left[::-1], right, left_gap, right_gap))
    return sides


def _run(words: Sequence[_Label], edge: float, *, forwards: bool) -> tuple[list[_Label], float]:
    """Return the words that follow an edge closely, and the gap to the first in its heights."""
    run: list[_Label] = []
    first_gap = math.inf
    for word in words:
        gap = (word.place.start - edge if forwards else edge - word.place.end) / max(word.place.height, 1e-6)
        if not run:
            if gap > (MAX_RIGHT_GAP_HEIGHTS if forwards else math.inf):
                break
            first_gap = gap
        elif gap > MAX_WORD_GAP_HEIGHTS:
            break
        run.append(word)
        edge = word.place.end if forwards else word.place.start
    return run, max(0.0, first_gap)


def _is_left(sides: Sequence[tuple[list[_Label], list[_Label], float, float]]) -> bool | None:
    """Return whether labels are before the boxes of a row; None if the row does not show it."""
    if all(not right for _, right, *_ in sides):
        return True
    lefts = [gap for left, _, gap, _ in sides if left]
    rights = [gap for _, right, _, gap in sides if right]
    if len(lefts) == len(sides) and max(lefts) <= MAX_LEFT_GAP_HEIGHTS and len(rights) < len(sides):
        return True
    if len(rights) < len(sides):
        return False
    if len(lefts) == len(sides) and sum(lefts) < LEFT_CLOSER * sum(rights):
        return True
    return None if len(sides) == 1 and lefts else False


def _shared(a: Box, b: Box) -> float:
    """Return the shared area as a share of the smaller box."""
    across, down = min(a.right, b.right) - max(a.left, b.left), min(a.bottom, b.bottom) - max(a.top, b.top)
    if across <= 0 or down <= 0:
        return 0.0
    return across * down / max(min(a.width * a.height, b.width * b.height), 1e-12)
