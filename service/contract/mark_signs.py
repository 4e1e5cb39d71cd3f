"""Write tick boxes into the lines of a page, as `[x]`, `[ ]` and `[?]`, where they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from schemas.geometry import Box
from schemas.marks import Mark, MarkShape, MarkState
from schemas.pages import Line, Page, Symbol, Word, make_line

SIGNS = {MarkState.TICKED: "[x]", MarkState.EMPTY: "[ ]", MarkState.UNCLEAR: "[?]"}
"""The sign of each state; the first two are those of GitHub's task lists."""
SIGN_ID = -1
"""Id of the words that are signs; those of the page count from 0."""
MIN_OVERLAP = 0.5
"""A mark is in a line's row if they overlap vertically by this share of the lower one's height."""


def with_signs(page: Page) -> Page:
    """Return the page with a sign for each of its marks.

    A sign is next to its label, on the side of the mark. A mark without a label becomes a line of its own in its row. A
    mark that is set as characters is replaced by its sign.

    Args:
        page: its text runs to the right.
    """
    if not page.marks:
        return page
    lines = [line for line in (_without_characters(line, page.marks) for line in page.lines) if line is not None]
    for mark in page.marks:
        sign = Word(SIGN_ID, (Symbol(SIGNS[mark.state], mark.quad, mark.confidence),), SIGNS[mark.state], mark.quad.box)
        at = _labelled(lines, mark)
        if at is None:
            lines.insert(_position(lines, mark.quad.box), make_line((sign,)))
        else:
            number, index = at
            words = lines[number].words
            lines[number] = make_line((*words[:index], sign, *words[index:]))
    return replace(page, lines=tuple(lines))


def _without_characters(line: Line, marks: Sequence[Mark]) -> Line | None:
    """Return the line without marks that are set as characters; None if nothing is left."""
    boxes = [mark.quad.box for mark in marks if mark.shape is MarkShape.TEXT]
    if not boxes:
        return line
    words = []
    for word in line.words:
        kept = tuple(symbol for symbol in word.symbols if not any(_contains(box, symbol.box) for box in boxes))
        if len(kept) == len(word.symbols):
            words.append(word)
        elif kept:
            words.append(replace(word, symbols=kept, text="".join(symbol.text for symbol in kept)))
    return make_line(tuple(words)) if words else None


def _contains(outer: Box, inner: Box) -> bool:
    middle = inner.center
    return outer.left <= middle.x <= outer.right and outer.top <= middle.y <= outer.bottom


def _labelled(lines: Sequence[Line], mark: Mark) -> tuple[int, int] | None:
    """Return the line of a mark's label and the index of the word before which its sign belongs."""
    if not mark.label_ids:
        return None
    for number, line in enumerate(lines):
        ids = [word.id for word in line.words]
        if mark.label_ids[0] in ids:
            first = ids.index(mark.label_ids[0])
            if mark.quad.box.center.x <= line.words[first].box.center.x:
                return number, first
            last = max((i for i, word_id in enumerate(ids) if word_id in mark.label_ids), default=first)
            return number, last + 1
    return None


def _position(lines: Sequence[Line], box: Box) -> int:
    """Return where in reading order a line with a box belongs."""
    row = [i for i, line in enumerate(lines) if _share_row(line.box, box)]
    before = [i for i in row if lines[i].box.center.x <= box.center.x]
    if before:
        return before[-1] + 1
    if row:
        return row[0]
    return next((i for i, line in enumerate(lines) if line.box.top >= box.bottom), len(lines))


def _share_row(a: Box, b: Box) -> bool:
    shared = min(a.bottom, b.bottom) - max(a.top, b.top)
    return shared >= MIN_OVERLAP * min(a.height, b.height)
