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
    """The box or circle itself, in page fractions, clockwise from the top left of the text beside it."""
    state: MarkState
    shape: MarkShape
    confidence: float
    """Probability that the state is right, 0 to 1; 1 if a form's own data say so."""
    label_ids: tuple[int, ...] = ()
    """Ids of the words of the label beside it, in reading order."""
    name: str = ""
    """The name of the form field that it belongs to, if the file has one; radio buttons of one group share it."""


class FormEntry(NamedTuple):
    """A form field with its filled text, for which the field's name serves as a label."""

    name: str
    """The field's name or, if the form has one, its text for readers (PDF 32000-1, 12.7.3.1, `TU`)."""
    quad: Quad
    """The field, in page fractions."""


TICK_CHARACTERS = frozenset("xX×✕✖✗✘✓✔√vV*•●∎■◼+☑☒\uf0fe\uf0fd\uf0fc\uf0fb\uf052\uf053\uf050\uf04f\uf078")
"""Characters that tick the box they are printed in; those from U+F04F are what PDFium gives for Wingdings' ticks."""
