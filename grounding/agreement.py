"""Compare two texts: match ratio, OCR-aware agreement, and the edits between them.

All texts here are squashed: NFKC, case-folded, without white space.
"""

from __future__ import annotations

from typing import NamedTuple

from rapidfuzz.distance import Levenshtein

from schemas.normalise.characters import PAIR_LOOKALIKES, fold
from schemas.results import Edit

CONFUSION_COST_EDITS = 0.3
"""Cost of replacing a character by one that OCR confuses with it."""
MARK_COST_EDITS = 0.2
"""Cost of a lost, added or changed mark, or a changed accent; OCR often misreads marks."""
DIGIT_COST_EDITS = 1.2
"""Cost of a lost, added or changed digit; higher than a letter's, because a digit says more."""

SWAP_REACH_CHARACTERS = 2
"""Two letters that changed places are one slip if they are at most this far apart."""
_PAIRS = (
    "0o 0d 0q 1l 1i 1j 1t 2z 4a 5s 6b 6g 7t 8b 8s 9g 9q il it jl ij ft fl ce co cg ao ae oq od oe uv un vy"
    " nm nh nr hb hn ef pr gq xk ty ln"
)
_CONFUSED = set(_PAIRS.split()) | {pair[::-1] for pair in _PAIRS.split()}
"""Pairs of folded characters that OCR confuses, in both orders. No pair is of two digits."""
STROKES = frozenset("|!/\\[]()")
"""Marks that OCR takes for a 1, an i or an l, and for a 7."""


class Agreement(NamedTuple):
    """The result of comparing a value with a text."""

    score: float
    """1 - (cost of the edits / weight of the value), from 0 to 1."""
    digits_agree: bool
    """True if no digit is lost, added or changed."""
    letters_agree: bool
    """True if no letter is lost, added or changed, apart from letters that OCR confuses."""


def match_ratio(value: str, found: str) -> float:
    """Return 1 - (Levenshtein distance / length of the longer text).

    >>> match_ratio("inv-7042", "inv-7o42")
    0.875
    """
    return Levenshtein.normalized_similarity(value, found)


def edits(value: str, found: str) -> tuple[Edit, ...]:
    """Return the edit script behind `match_ratio`, with adjacent edits joined.

    >>> edits("acme", "acrne")
    (Edit(position=2, value='m', found='rn'),)
    """
    script: list[Edit] = []
    end_of_last = -1
    for _, start, end, found_start, found_end in _steps(value, found):
        edit = Edit(start, value[start:end], found[found_start:found_end])
        if start == end_of_last:
            last = script.pop()
            edit = Edit(last.position, last.value + edit.value, last.found + edit.found)
        script.append(edit)
        end_of_last = end
    return tuple(script)


def agreement(value: str, found: str) -> Agreement:
    """Compare a value with a text, forgiving the characters that OCR confuses.

    Takes O(len(value) * len(found)) time.

    >>> agreement("inv-7042", "inv-7o42")
    Agreement(score=0.9583, digits_agree=True, letters_agree=True)
    >>> agreement("inv-7042", "inv-7052").digits_agree
    False
    """
    if value == found:
        return Agreement(1.0, True, True)
    weight = sum(1.0 if c.isalnum() else MARK_COST_EDITS for c in value) or 1.0
    cost = 0.0
    for pair, one in PAIR_LOOKALIKES:
        apart = abs(value.count(pair) - found.count(pair))
        if apart and (one in value or one in found):
            cost += CONFUSION_COST_EDITS * apart
            value, found = value.replace(pair, one), found.replace(pair, one)
    digits_agree = letters_agree = True
    moved: tuple[str, str, int] | None = None
    for tag, start, end, found_start, found_end in _steps(value, found):
        if tag == "replace":
            for a, b in zip(value[start:end], found[found_start:found_end], strict=True):
                cost += _replacement_cost(a, b)
                if not _are_confused(a, b):
                    digits_agree = digits_agree and not (a.isdecimal() or b.isdecimal())
                    letters_agree = letters_agree and not (a.isalpha() or b.isalpha())
        else:
            for c in value[start:end] + found[found_start:found_end]:
                if moved and moved[0] == c and moved[1] != tag and start - moved[2] <= SWAP_REACH_CHARACTERS:
                    moved = None  # two letters that changed places are one slip
                    continue
                cost += 1.0 if c.isalpha() else DIGIT_COST_EDITS if c.isdecimal() else MARK_COST_EDITS
                digits_agree = digits_agree and not c.isdecimal()
                letters_agree = letters_agree and not c.isalpha()
                moved = c, tag, start
    return Agreement(round(max(0.0, 1 - cost / weight), 4), digits_agree, letters_agree)


def _steps(value: str, found: str) -> list[tuple[str, int, int, int, int]]:
    """Return each difference as (kind, start, end, start in `found`, end in `found`)."""
    return [
        (step.tag, step.src_start, step.src_end, step.dest_start, step.dest_end)
        for step in Levenshtein.opcodes(value, found)
        if step.tag != "equal"
    ]


def _replacement_cost(a: str, b: str) -> float:
    if not a.isalnum() and not b.isalnum():
        return MARK_COST_EDITS
    if _are_confused(a, b):
        return CONFUSION_COST_EDITS
    if a.isdecimal() or b.isdecimal():
        return DIGIT_COST_EDITS
    return 1.0


def _are_confused(a: str, b: str) -> bool:
    if a in STROKES or b in STROKES:
        return (b if a in STROKES else a) in "1ilj7t"
    folded = fold(a) + fold(b)
    return folded[0] == folded[1] or folded in _CONFUSED
