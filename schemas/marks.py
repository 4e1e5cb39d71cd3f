"""Tick boxes, radio buttons and filled form fields of a page."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from schemas.geometry import Quad


class MarkState(StrEnum):
    """The state of a tick box or radio button."""

    EMPTY = "empty"
    TICKED = "ticked"
    UNCLEAR = "unclear"


class MarkShape(StrEnum):
    """The form of a mark: a drawn box or circle, or characters such as `[x]`."""

    BOX = "box"
    CIRCLE = "circle"
    TEXT = "text"


class Mark(NamedTuple):
    """One tick box or radio button."""

    quad: Quad
    """The box or circle itself, in page fractions, clockwise from the top left of the text next to it."""
    state: MarkState
    shape: MarkShape
    confidence: float
    """Probability that the state is right, 0 to 1; 1 if a form's own data say so."""
    label_ids: tuple[int, ...] = ()
    """Ids of the words of the label next to it, in reading order."""
    name: str = ""
    """The name of the form field that it belongs to, if the file has one; radio buttons of one group share it."""


class FormEntry(NamedTuple):
    """A form field with its filled text, for which the field's name serves as a label."""

    name: str
    """The field's name or, if the form has one, its text for readers (PDF 32000-1, 12.7.3.1, `TU`)."""
    quad: Quad
    """The field, in page fractions."""


EMPTY_BOXES = frozenset("☐□◻▢❏❐❑❒⬜\uf06f\uf0a8\uf0a3\uf071\uf072")
"""Characters that show an empty box; those from U+F04F, here and below, are what PDFium gives for Wingdings."""
TICKED_BOXES = frozenset("☑☒⊠⊡🗹🗵🗷⌧\uf0fe\uf0fd\uf052\uf053\uf054\uf078")
EMPTY_CIRCLES = frozenset("○◯⭘❍\uf0a1")
TICKED_CIRCLES = frozenset("◉⦿◎⊙⊗🔘\uf0a4")
SOLID_BOXES, SOLID_CIRCLES = frozenset("■◼∎▪⬛\uf06e"), frozenset("●⬤•\uf06c")
"""Filled squares and circles: chosen options next to empty ones, and bullets otherwise."""
CHECKS, CROSSES = frozenset("✓✔√\uf0fc\uf050"), frozenset("✗✘✕✖\uf0fb\uf04f")
TICK_CHARACTERS = CHECKS | CROSSES | TICKED_BOXES | SOLID_BOXES | SOLID_CIRCLES | frozenset("xX×vV*+")
"""Characters that tick the box they are printed in."""
