"""Pages with drawn tick boxes and radio buttons, and filled form fields, from text."""

from __future__ import annotations

import re
from dataclasses import replace

from schemas.geometry import Box, quad_of
from schemas.marks import FormEntry, Mark, MarkShape, MarkState
from schemas.pages import Document, Word
from tests.fakes import CHARACTER, ROW, document

STATES = {"☐": MarkState.EMPTY, "☑": MarkState.TICKED, "◪": MarkState.UNCLEAR}
SHAPES = {"○": MarkState.EMPTY, "◉": MarkState.TICKED}


def marked(text: str, *, side: str = "right", confidence: float = 0.98, names: tuple[str, ...] = ()) -> Document:
    """A page from text in which each box or circle is a mark without a character; see `tests.fakes.document`.

    Args:
        text: `☐` and `○` are empty, `☑` and `◉` ticked, and `◪` is unclear.
        side: `right` if labels, up to two spaces, follow their marks, `left` if they come before; `none` for no labels.
        confidence: the probability that each state is right.
        names: names of form fields, in the order of the marks.
    """
    every = "".join(STATES | SHAPES)
    page = document(re.sub(f"[{every}]", " ", text)).pages[0]
    marks: list[Mark] = []
    for row, line in enumerate(text.strip("\n").split("\n")):
        top = 0.02 + row * ROW
        for match in re.finditer(f"[{every}]", line):
            left = match.start() * CHARACTER
            box = Box(left, top, left + CHARACTER, top + 0.012)
            words = [word for word in page.words if abs(word.box.top - top) < ROW / 4]
            state = (STATES | SHAPES)[match[0]]
            shape = MarkShape.CIRCLE if match[0] in SHAPES else MarkShape.BOX
            name = names[len(marks)] if names else ""
            marks.append(Mark(quad_of(box), state, shape, confidence, _label(words, box, side), name))
    return Document((replace(page, marks=tuple(marks)),))


def _label(words: list[Word], box: Box, side: str) -> tuple[int, ...]:
    """The ids of the words that follow a box, or come before it, without a gap of two characters."""
    found: list[Word] = []
    if side == "right":
        end = box.right
        for word in words:
            if word.box.left >= end - 1e-9 and word.box.left - end < 1.5 * CHARACTER:
                found.append(word)
                end = word.box.right
    elif side == "left":
        found = [word for word in words if 0 <= box.left - word.box.right + 1e-9 < 1.5 * CHARACTER]
    return tuple(word.id for word in found)


def filled(page: Document, **entries: str) -> Document:
    """The page with form fields around texts of one line or several, by the fields' names."""
    (only,) = page.pages
    made = []
    for name, text in entries.items():
        wanted = text.split()
        texts = [word.text for word in only.words]
        start = next(i for i in range(len(texts)) if texts[i : i + len(wanted)] == wanted)
        boxes = [word.box for word in only.words[start : start + len(wanted)]]
        box = Box(
            min(b.left for b in boxes),
            min(b.top for b in boxes),
            max(b.right for b in boxes),
            max(b.bottom for b in boxes),
        )
        made.append(FormEntry(name, quad_of(box)))
    return Document((replace(only, form_entries=tuple(made)),))
