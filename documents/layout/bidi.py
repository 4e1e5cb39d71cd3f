"""Put a line with right-to-left text into logical order, the order in which it is read.

Unicode's bidirectional algorithm (UAX #9) defines how text in logical order is shown. Pages have the shown order, so
this is its inverse, for the cases that print: letters of both directions, numbers, and what is between them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache

from schemas.pages import Symbol

_RIGHT_TO_LEFT = frozenset(("R", "AL"))
_NUMBER = frozenset(("EN", "AN"))
_NUMBER_RUN = r"(?:(?:(?<![^b])s)?t*(?:(?<!Nb)(?<!N)N{1,3}(?:bN{3})+(?:cN+)?(?!b?N)|N+(?:[cs]N+)*)t*)"
"""A number with its signs, in the classes of `direction_of`; groups of three digits may have spaces between them."""
_RUN_LEFT_TO_RIGHT = re.compile(rf"(?:{_NUMBER_RUN}[bcs]?)?L(?:[^R]*[LN]t*)?|{_NUMBER_RUN}")
"""Letters and numbers that are read to the right."""
_RUN_OF_LETTERS = re.compile("R(?:[^L]*R)?")
_BRACKET_PAIRS = ("()", "[]", "{}", "<>", "«»", "‹›")
_MIRRORED = str.maketrans("".join(_BRACKET_PAIRS), "".join(pair[::-1] for pair in _BRACKET_PAIRS))
"""Brackets and quotation marks that are drawn the other way round within right-to-left text."""

Cluster = tuple[Symbol, ...]
"""A letter and the marks on it, or the letters of one ligature, in logical order."""


def is_right_to_left(text: str) -> bool:
    """Return whether a text has a letter that is written to the left, as in Hebrew."""
    return not text.isascii() and any(direction_of(character) == "R" for character in text)


@cache
def direction_of(character: str) -> str:
    """Return the class of a character, one of `RLNstcbw`.

    `R` and `L` are letters of that direction, `N` digits, `s` plus and minus, which belong to a number on their right,
    `t` currencies and percent signs, which belong to a number on either side (UAX #9, rule W5), `c` marks
    within numbers, such as a point, `b` spaces, and `w` everything else.
    """
    direction = unicodedata.bidirectional(character)
    if direction in _RIGHT_TO_LEFT:
        return "R"
    if direction in _NUMBER:
        return "N"
    return {"L": "L", "ES": "s", "ET": "t", "CS": "c", "WS": "b"}.get(direction, "w")


def logical(words: Sequence[Sequence[Symbol]]) -> list[tuple[Symbol, ...]]:
    """Return the words of one line and their symbols in logical order.

    The line reads from right to left if its first and last letters do; where they differ, if most of its letters do.
    Digits grouped in threes keep the order in which they are shown, because they are one number.

    Args:
        words: as they are shown, from left to right; see `documents.decode.shown_order`.
    """
    if not any(is_right_to_left(symbol.text) for word in words for symbol in word):
        return [tuple(word) for word in words]
    clusters: list[Cluster | None] = []  # None is the space between two words
    for word in words:
        clusters += [None, *_clusters(word)]
    clusters = clusters[1:]
    directions = "".join("b" if c is None else direction_of(c[0].text[:1]) for c in clusters)
    order = (_right_to_left if _reads_to_the_left(directions) else _left_to_right)(clusters, directions)
    made: list[list[Symbol]] = [[]]
    for cluster in order:
        if cluster is None:
            made.append([])
        else:
            made[-1] += cluster
    return [tuple(word) for word in made]


def _reads_to_the_left(directions: str) -> bool:
    letters = [direction for direction in directions if direction in "RL"]
    if letters[0] == letters[-1]:
        return letters[0] == "R"
    return letters.count("R") >= letters.count("L")


def _right_to_left(clusters: Sequence[Cluster | None], directions: str) -> list[Cluster | None]:
    """Reverse a line, but not its numbers and its words of the other direction."""
    order: list[Cluster | None] = []
    end = len(clusters)
    for run in reversed(list(_RUN_LEFT_TO_RIGHT.finditer(directions))):
        start, stop = _with_bracket(clusters, *run.span())
        order += _reversed(clusters[stop:end])
        order += clusters[start:stop]
        end = start
    return order + _reversed(clusters[:end])


def _left_to_right(clusters: Sequence[Cluster | None], directions: str) -> list[Cluster | None]:
    """Reverse the right-to-left words of a line that reads from left to right."""
    order: list[Cluster | None] = []
    end = 0
    for run in _RUN_OF_LETTERS.finditer(directions):
        start, stop = _with_bracket(clusters, *run.span())
        order += clusters[end:start]
        order += _right_to_left(clusters[start:stop], directions[start:stop])
        end = stop
    return order + list(clusters[end:])


def _with_bracket(clusters: Sequence[Cluster | None], start: int, end: int) -> tuple[int, int]:
    """Extend a run by the bracket next to it whose partner is within it."""
    inside = [cluster[0].text for cluster in clusters[start:end] if cluster]
    before, after = (clusters[i] if 0 <= i < len(clusters) else None for i in (start - 1, end))
    for opening, closing in map(tuple, _BRACKET_PAIRS):
        surplus = inside.count(opening) - inside.count(closing)
        if surplus < 0 and before and before[0].text == opening:
            return start - 1, end
        if surplus > 0 and after and after[0].text == closing:
            return start, end + 1
    return start, end


def _reversed(clusters: Sequence[Cluster | None]) -> list[Cluster | None]:
    return [c and tuple(s._replace(text=s.text.translate(_MIRRORED)) for s in c) for c in reversed(clusters)]


def _clusters(word: Sequence[Symbol]) -> list[Cluster]:
    """Group symbols that are drawn as one: marks with their letter, and ligatures."""
    made: list[list[Symbol]] = []
    for symbol in word:
        if made and (unicodedata.bidirectional(symbol.text[:1]) == "NSM" or symbol.quad == made[-1][-1].quad):
            made[-1].append(symbol)
        else:
            made.append([symbol])
    return [tuple(cluster) for cluster in made]
