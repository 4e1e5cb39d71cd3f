"""Join characters that are written one to a box, as in comb fields, into words.

Forms print a row of boxes for a number, a name or a date, so that each character lies by itself, about as far from the
next as any other. Letter-spaced headings look the same and are joined too. The boxes themselves are not needed: where a
scan's reading has their borders as strokes between the characters, these are left out.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import NamedTuple

from documents.placed import PlacedWord

MIN_CHARACTERS = 4
"""Fewer characters in a row are columns of a table or initials more often than a word in boxes."""
MAX_PITCH_HEIGHTS = 2.6
"""Maximum distance of two boxes' middles, in heights of the type; boxes are hardly ever wider than high, and columns of
single digits are farther apart."""
MIN_GAP_HEIGHTS = 0.2
"""Minimum space between two characters, in heights of the type; letters of one word are closer."""
PITCH_TOLERANCE = 0.2
"""Share of the pitch by which a step may differ: characters do not lie exactly in the middle of their boxes."""
MAX_STEP_PITCHES = 2.25
"""A longer step than that over one empty box ends the field."""
SEPARATORS = frozenset(".,/-:")
"""Marks that are printed between boxes, or in a narrow box of their own."""
BORDERS = frozenset("|[]¦│")
"""Strokes that a reader of pictures makes of the boxes' borders."""


class CombCharacter(NamedTuple):
    """A word that is a single character, with or without a separator after it: `7` or `7.`.

    Its ends along the row and the height of its type are in one unit, whichever it is.
    """

    number: int
    """The word's position in its row."""
    text: str
    start: float
    end: float
    height: float

    @property
    def middle(self) -> float:
        """The middle between its ends."""
        return (self.start + self.end) / 2


Measure = Callable[[CombCharacter, CombCharacter], float]
_MEASURES: tuple[Measure, ...] = (
    lambda a, b: b.middle - a.middle,  # centred in boxes
    lambda a, b: b.start - a.start,  # at the left of boxes
    lambda a, b: b.start - a.end + 0.5 * a.height,  # letters with equal spaces, and the width of a usual letter
)


def is_character(word: PlacedWord) -> bool:
    """Return whether a word is a single character, with or without a separator after it."""
    first, *rest = word.symbols
    return not rest or (len(rest) == 1 and rest[0].text in SEPARATORS and first.text.isalnum())


def comb_words(row: Sequence[CombCharacter]) -> list[list[list[int]]]:
    """Return the comb fields of a row: each has words, each word the indices of its characters.

    Args:
        row: words of one symbol that follow one another without other words between them, from start to end. A word of
            several symbols ends a field, so the caller passes each stretch between such words by itself.
    """
    found: list[list[list[int]]] = []
    first = 0
    characters = [c for c in row if c.text not in BORDERS]
    while first + MIN_CHARACTERS <= len(characters):
        runs = [_run(characters, first, measure) for measure in _MEASURES]
        groups = max(runs, key=lambda run: (sum(map(len, run)), -len(run)))
        count = sum(map(len, groups))
        if _is_comb(groups):
            found.append([[c.number for c in group] for group in groups])
            first += count
        else:
            first += 1
    return found


def _run(characters: Sequence[CombCharacter], first: int, measure: Measure) -> list[list[CombCharacter]]:
    """Return the characters at one pitch from `first` on.

    They are divided into words where a box is empty or a gap is wider.
    """
    groups = [[characters[first]]]
    steps: list[float] = []
    last = characters[first]  # the last character that is not a separator
    if last.text in SEPARATORS:
        return groups
    for character in characters[first + 1 :]:
        before = groups[-1][-1]
        if character.start - before.end < MIN_GAP_HEIGHTS * min(before.height, character.height) and (
            character.text not in SEPARATORS and before.text not in SEPARATORS
        ):
            break
        if character.text in SEPARATORS:
            if before.text in SEPARATORS or character.start - before.end > MAX_PITCH_HEIGHTS * before.height:
                break
            groups[-1].append(character)
            continue
        step, parted = measure(last, character), before.text[-1] in SEPARATORS
        pitch = sum(steps) / len(steps) if steps else min(step, MAX_PITCH_HEIGHTS * last.height)
        if step > MAX_STEP_PITCHES * pitch or step < (1 - PITCH_TOLERANCE) * pitch:
            break
        if parted or step <= (1 + PITCH_TOLERANCE) * pitch:
            groups[-1].append(character)
        else:
            groups.append([character])
        if not parted and len(groups[-1]) > 1:
            steps.append(step)
        last = character
    if groups[-1][-1].text in SEPARATORS:  # the full stop after a field is not part of it
        groups[-1].pop()
    return [group for group in groups if group]


def _is_comb(groups: Sequence[Sequence[CombCharacter]]) -> bool:
    """Return whether a run is one value, rather than a numbering, single letters, or marks."""
    texts = [c.text for group in groups for c in group if c.text not in SEPARATORS]
    if len(texts) < MIN_CHARACTERS or not all(text[0].isalnum() for text in texts):
        return False
    if 2 * len(groups) > len(texts):  # single characters, each far from the next
        return False
    codes = [ord(text[0]) for text in texts]
    return any(b != a + 1 for a, b in itertools.pairwise(codes))  # "1 2 3 4 5" is a scale to choose from
