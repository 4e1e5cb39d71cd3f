"""Put the characters of right-to-left lines into the order in which they are shown.

PDFium guesses a logical order for each line of a page: it reverses right-to-left letters and mirrors brackets among
them, but it also reverses the words of lines in which each word is drawn for itself. Sorting the characters by where
they are drawn gives one order for all PDFs, from which `documents.layout.bidi` finds the logical one.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

MAX_BASELINE_SHARE = 0.3
"""Characters belong to one line if their lower edges differ by at most this share of their height."""
SAME_PLACE_SHARE = 0.01
"""Boxes that differ by less than this share of their height are one glyph, such as a ligature."""
_BRACKETS = "()[]{}<>«»‹›"
_MIRRORED = str.maketrans(_BRACKETS, ")(][}{><»«›‹")


class FoundCharacters(NamedTuple):
    """Characters of a page in PDFium's order, without spaces."""

    texts: Sequence[str]
    lines: Sequence[int]
    """The number of PDFium's line for each character."""
    loose: np.ndarray
    """Boxes with the full height of the type, shape (characters, 4): left, top, right, bottom in page fractions."""
    quarters: np.ndarray
    """Direction of each character in quarter turns clockwise."""
    spaced: np.ndarray
    """True where a space is before the character."""


class ShownOrder(NamedTuple):
    """Characters in the order in which they are shown, line by line."""

    order: np.ndarray
    """Positions in `FoundCharacters`."""
    texts: list[str]
    """The texts in that order, with brackets as they are drawn."""
    spaced: np.ndarray
    """True where a space is before the character, in that order."""


def is_right_to_left(character: str) -> bool:
    """Return whether a character is a letter that is written to the left."""
    return not character.isascii() and unicodedata.bidirectional(character[0]) in ("R", "AL")


def shown_order(found: FoundCharacters, kept: np.ndarray, space_lines: Sequence[int], spaces: np.ndarray) -> ShownOrder:
    """Return characters as they are shown; lines without right-to-left letters stay as they are.

    Args:
        found: the characters of the page.
        kept: positions of those to return.
        space_lines: the number of PDFium's line for each space that the file has.
        spaces: the boxes of those spaces, as `FoundCharacters.loose`.
    """
    places = _along(found.loose, found.quarters)
    members: dict[int, list[int]] = defaultdict(list)
    for index in kept.tolist():
        members[found.lines[index]].append(index)
    spaces_of: dict[int, list[int]] = defaultdict(list)
    for space, number in enumerate(space_lines):
        spaces_of[number].append(space)
    order: list[int] = []
    texts, spaced = list(found.texts), found.spaced.copy()
    for number, line in members.items():
        if not any(is_right_to_left(texts[i]) for i in line):
            order += line
            continue
        for index in _mirrored(line, texts, places):
            texts[index] = texts[index].translate(_MIRRORED)
        own_spaces = spaces_of[number]
        turned = _along(spaces[own_spaces], np.full(len(own_spaces), found.quarters[line[0]]))
        middles = np.sort(turned[:, :2].mean(axis=1))
        for group in _on_one_baseline(line, places):
            shown = _left_to_right(group, texts, places)
            before = np.searchsorted(middles, places[shown, :2].mean(axis=1))  # spaces to the left of each character
            spaced[shown] = np.diff(before, prepend=-1) > 0
            order += shown
    return ShownOrder(np.array(order, int), [texts[i] for i in order], spaced[order])


def _along(boxes: np.ndarray, quarters: np.ndarray) -> np.ndarray:
    """Return the start, end, top and bottom of boxes, with their text turned upright.

    Args:
        boxes: shape (N, 4): left, top, right, bottom.
        quarters: direction of the text of each box in quarter turns clockwise.
    """
    left, top, right, bottom = boxes.T
    turned = ((left, right, top, bottom), (top, bottom, -right, -left), (-right, -left, -bottom, -top))
    last = (-bottom, -top, left, right)
    return np.stack([np.choose(quarters, sides) for sides in zip(*turned, last, strict=True)], axis=1)


def _mirrored(line: Sequence[int], texts: Sequence[str], places: np.ndarray) -> list[int]:
    """Return the brackets that PDFium mirrored.

    It mirrors those that follow a right-to-left letter in its order, and those at the start of a line that it reverses.
    """
    letters = {i for i in line if unicodedata.bidirectional(texts[i][0]) in ("L", "R", "AL")}
    reverses = bool(places[line[0], 0] > places[min(letters), 0])
    mirrored: list[int] = []
    for index in line:
        if index in letters:
            reverses = is_right_to_left(texts[index])
        elif reverses and texts[index] in _BRACKETS:
            mirrored.append(index)
    return mirrored


def _on_one_baseline(line: Sequence[int], places: np.ndarray) -> list[list[int]]:
    """Divide a line by the lower edges of its type: it may have raised or lowered parts."""
    groups: list[list[int]] = []
    last = 0.0
    for index in sorted(line, key=lambda i: float(places[i, 3])):
        top, bottom = places[index, 2:].tolist()
        if groups and bottom - last <= MAX_BASELINE_SHARE * (bottom - top):
            groups[-1].append(index)
        else:
            groups.append([index])
        last = bottom
    return groups


def _left_to_right(group: Sequence[int], texts: Sequence[str], places: np.ndarray) -> list[int]:
    """Sort characters by place, but not those of one glyph or the marks on a letter."""
    clusters: list[list[int]] = []
    for index in sorted(group):
        if clusters and clusters[-1][-1] == index - 1:
            moved = float(np.abs(places[index, :2] - places[index - 1, :2]).max())
            same_glyph = moved < SAME_PLACE_SHARE * float(places[index, 3] - places[index, 2])
            if same_glyph or unicodedata.bidirectional(texts[index][0]) == "NSM":
                clusters[-1].append(index)
                continue
        clusters.append([index])
    clusters.sort(key=lambda cluster: float(places[cluster[0], :2].sum()))
    return [index for cluster in clusters for index in cluster]
