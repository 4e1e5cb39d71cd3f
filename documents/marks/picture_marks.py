"""Find tick boxes and radio buttons on the picture of a page, and judge their states."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from documents.marks.divided_words import separated
from documents.marks.mark_judging import Judged, judge
from documents.marks.mark_shapes import candidates
from documents.marks.reduced_picture import Candidate, Frame
from documents.pictures import Picture
from documents.placed import PlacedLine
from schemas.marks import Mark, MarkShape

FILLED_INK = 0.92
"""Share of ink inside from which a shape is a solid square or disc."""
MAX_LETTER_GAP_SIDES = 0.8
"""A circle that follows another mark in this many of its sides is a letter O: options have labels between them."""
MAX_SIDE_DIFFERENCE, MAX_FILLED_DIFFERENCE = 0.12, 0.2
"""Difference between the sides of options of one kind, relative to them; solid shapes lose more by blur."""
MAX_SHARED = 0.4
"""Share of a shape at most that lies in another one: more shows that both are one mark."""
MIN_LABEL_LINES = 0.5
"""Length of the shortest label beyond its box, in line heights."""
MAX_CIRCLE_GAP_LINES, MAX_BOX_GAP_LINES = 1.2, 8.0
"""Gap between a circle or box and the nearest word of its row, in line heights: an `O` alone in a table's cell is
farther from others."""


class PictureMarks(NamedTuple):
    """The marks of a picture, and its lines without what was read in their place."""

    marks: tuple[Mark, ...]
    lines: list[PlacedLine]


def find_on_picture(picture: Picture, lines: list[PlacedLine]) -> PictureMarks:
    """Find the marks of a picture on which lines were read.

    Args:
        picture: pixels of shape (height, width, 3), RGB.
        lines: as OCR read them, in fractions of the picture.

    Returns:
        Marks without labels, in fractions of the picture, and the lines without what OCR read in their place.
    """
    height, width = picture.shape[:2]
    words = [word for line in lines for word in line]
    frame = Frame.of(words, width, height)
    if frame is None:
        return PictureMarks((), lines)
    grey = np.asarray(cv2.extractChannel(picture, 1), np.uint8)
    ink = frame.ink(grey)
    judged = _distinct([one for found in candidates(ink, frame, words) if (one := judge(grey, frame, found))])
    corners = frame.to_reduced(np.array([word.quad for word in words]))
    spans = np.concatenate([corners.min(axis=1), corners.max(axis=1)], axis=1)
    judged = [one for one in judged if _is_near_text(one.found, spans, frame)]
    judged = [one for one in judged if not _begins_label(one.found, [other.found for other in judged])]
    judged = [one for one in judged if _has_siblings(one.found, [other.found for other in judged])]
    marks = tuple(Mark(frame.quad(one.found), one.state, one.found.shape, one.confidence) for one in judged)
    return PictureMarks(marks, separated(lines, [one.found for one in judged], ink, frame) if marks else lines)


def _is_near_text(found: Candidate, spans: NDArray[np.float64], frame: Frame) -> bool:
    """Return whether there is a label in reach of a shape.

    Args:
        found: the shape.
        spans: left, top, right and bottom of each word in pixels of the reduced picture.
        frame: the reduced picture.
    """
    axis = frame.quarters % 2
    edges = (found.left, found.top, found.right, found.bottom)
    middle = (edges[1 - axis] + edges[3 - axis]) / 2
    row = spans[(spans[:, 1 - axis] < middle) & (spans[:, 3 - axis] > middle)]
    # OCR may have read the box as part of its label, but a word that is only the box is not a label
    after = row[row[:, 2 + axis] > edges[2 + axis] + MIN_LABEL_LINES * frame.line]
    before = row[row[:, axis] < edges[axis] - MIN_LABEL_LINES * frame.line]
    gaps = (*(after[:, axis] - edges[2 + axis]).tolist(), *(edges[axis] - before[:, 2 + axis]).tolist())
    reach = MAX_CIRCLE_GAP_LINES if found.shape is MarkShape.CIRCLE else MAX_BOX_GAP_LINES
    return any(gap <= reach * frame.line for gap in gaps)


def _begins_label(found: Candidate, others: Sequence[Candidate]) -> bool:
    """Return whether a circle is the letter O at the start of another mark's label."""
    return found.shape is MarkShape.CIRCLE and any(
        0 <= found.left - other.right < MAX_LETTER_GAP_SIDES * found.side
        and other.top < found.bottom
        and found.top < other.bottom
        for other in others
    )


def _has_siblings(found: Candidate, others: Sequence[Candidate]) -> bool:
    """Return whether others of its kind and size on the page show that a shape is a mark.

    A circle alone is a letter or a logo, and a shape that is filled is a bullet unless an empty one has its size.
    """
    reach = MAX_FILLED_DIFFERENCE if found.inside >= FILLED_INK else MAX_SIDE_DIFFERENCE
    alike = [
        o for o in others if o is not found and o.shape is found.shape and abs(o.side - found.side) < reach * found.side
    ]
    if found.inside >= FILLED_INK:
        return any(o.inside < FILLED_INK for o in alike)
    return found.shape is MarkShape.BOX or bool(alike)


def _distinct(judged: Sequence[Judged]) -> list[Judged]:
    """Drop shapes that lie for the most part in a larger one, squares before circles."""
    kept: list[Judged] = []
    for one in sorted(judged, key=lambda one: (one.found.shape is not MarkShape.BOX, -one.found.side)):
        inner = one.found
        area = (inner.right - inner.left) * (inner.bottom - inner.top)
        for outer in (other.found for other in kept):
            across = min(outer.right, inner.right) - max(outer.left, inner.left)
            down = min(outer.bottom, inner.bottom) - max(outer.top, inner.top)
            if across > 0 and down > 0 and across * down > MAX_SHARED * area:
                break
        else:
            kept.append(one)
    return kept
