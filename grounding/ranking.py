"""Rank the places of a value by word boundaries, the extractor's hint and the field's label.

A place's score is its agreement with the value, minus penalties for what touches it, plus bonuses for a hint or a label
nearby. All penalties and bonuses are on the scale of agreement, where 1 is a perfect match.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from grounding.place_candidates import PlaceCandidate
from grounding.printed_labels import PrintedLabels
from grounding.symbol_rows import SymbolRows
from grounding.symbol_text import Range, SymbolText
from grounding.targets import Target

INSIDE_WORD_PENALTY = 0.15
"""Per end that cuts a word, as `12.00` does inside `112.00`; such a match is usually part of another value."""
OTHER_KIND_PENALTY = 0.05
"""Per end where a letter touches a digit; the letters are usually a currency or a unit."""
TOUCHING_PENALTY = 0.1
"""Per end that touches a mark which may continue the value, as in `4` of `4/05` or `100` of `100.00`."""
HINT_BONUS = 0.4
"""Added for a place on the words the extractor named: the strongest support there is."""
NEXT_WORD_BONUS = 0.25
"""Added for a place next to those words; a hint may be off by one word."""
SAME_ROW_BONUS = 0.15
"""Added for a place in the same row as those words."""
LABEL_BONUS = 0.3
"""Added for a place next to the words that name the field."""
MAX_BONUS_EDITS = 0.9
"""Maximum of all bonuses for a text, in edits: below 1, so that they never outweigh a different text."""
SAME_FORM_BONUS = 0.05
"""Added for a number printed the way the value is written: `14` rather than `14.00`."""
ONE_PLACE_BONUS = 0.02
"""Added for a text in one piece; less likely to be a coincidence than scattered parts."""
OTHER_DIGITS_PENALTY = 1.0
"""Larger than all bonuses, so a place with other digits wins only if no place has the value's digits."""
MIN_LABEL_SUPPORT = 0.5
"""Minimum support for saying that the words next to a place name the field."""
_YEAR_AND_TIME = re.compile(r"(?:19|20)\d\d[0-2]?\d:[0-5]\d")
"""A year glued to a time: the time's digits do not continue the year's."""
MAX_LABELLED_PLACES = 100
"""Values with more places are ranked by row or hint alone; looking for labels would take too long."""
CHANCE_LABEL_SUPPORT = 0.35
"""Label support up to this value is a chance resemblance and earns no bonus."""
STROKE_MARKS = "|!"
"""Marks that OCR takes for a digit or a letter."""
DIGIT_LETTERS = "oOQDlIi|!zZsSbBgq"
"""Single letters next to digits that are more likely a misread digit than a unit."""
LOST_SPACE_CHARACTERS = 5
"""In values longer than this, a touching character is more likely a lost space than a longer word."""
SHORT_CODE_CHARACTERS = 4
"""A code this short is a different code if digits follow after a mark, as in `14/05`."""
ACCEPTED_AGREEMENT = 0.8
"""Minimum agreement for taking a place as the value's."""
CHANCE_TEXT_CHARACTERS = 3
"""Texts up to this length occur by chance anywhere, so they need a hint or a label."""


class Boundary(NamedTuple):
    """The result of checking what touches a place on one side."""

    penalty: float = 0.0
    digit: bool = False
    """True if the value's digits continue."""
    misread_digit: bool = False
    """True if it is a single letter that looks like one more digit."""
    digits_after_mark: bool = False


class TargetContext(NamedTuple):
    """A value's context besides its text: the extractor's hint and the field's names."""

    hint: tuple[Range, ...] = ()
    """Symbol ranges of the words the extractor named."""
    labels: tuple[str, ...] = ()
    """Names of the field."""


class ScoredPlace(NamedTuple):
    """A candidate with its score and the parts of the score.

    `agreement` is the candidate's agreement minus what its boundaries cost.
    """

    candidate: PlaceCandidate
    score: float
    agreement: float
    digits_agree: bool
    stands_alone: bool
    """False if digits follow after a mark, as in `7042-1`."""
    edge: float
    hint: float
    label: float

    @property
    def is_good(self) -> bool:
        """True if this place is good enough to stop looking for a better one."""
        return self.digits_agree and self.agreement >= ACCEPTED_AGREEMENT

    @property
    def is_supported(self) -> bool:
        """True if the place is good and is at or near the hint, or next to the label."""
        return self.is_good and (self.hint > 0 or self.label >= MIN_LABEL_SUPPORT)

    @property
    def is_confirmed(self) -> bool:
        """True if the place is good and at least half of it is on the hint, or it is next to it."""
        return self.is_good and self.hint >= HINT_BONUS / 2

    def overlaps(self, other: ScoredPlace) -> bool:
        """Return whether the two places share a symbol."""
        return any(a < d and c < b for a, b in self.candidate.spans for c, d in other.candidate.spans)


class PlaceRanker:
    """Scores the candidates of one document."""

    def __init__(self, text: SymbolText, rows: SymbolRows, labels: PrintedLabels) -> None:
        self._text = text
        self._rows = rows
        self._labels = labels

    def ranked(self, candidates: list[PlaceCandidate], target: Target, context: TargetContext) -> list[ScoredPlace]:
        """Score the candidates and sort them, best first; ties go to the earliest in the document."""
        only = len(candidates) == 1 and len(target.squashed) > CHANCE_TEXT_CHARACTERS
        labels = not only and len(candidates) <= MAX_LABELLED_PLACES
        scored = [self._scored(candidate, target, context, look_for_label=labels) for candidate in candidates]
        return sorted(scored, key=lambda s: (-s.score, s.candidate.spans[0]))

    def _scored(
        self, candidate: PlaceCandidate, target: Target, context: TargetContext, look_for_label: bool
    ) -> ScoredPlace:
        first, last = candidate.spans[0][0], candidate.spans[-1][1]
        left, right = self._boundary(first, -1), self._boundary(last - 1, 1)
        edge = left.penalty + right.penalty
        if target.is_identifier and len(target.squashed) <= SHORT_CODE_CHARACTERS:
            edge *= 2  # what touches such a short code probably belongs to it
        goes_on = _goes_on((left, right), target) or (
            target.is_identifier and self._continues_in_groups(candidate.spans)
        )
        hint = self._hint(candidate.spans, context.hint) if context.hint else 0.0
        label = self._labels.support(context.labels, first) if look_for_label and context.labels else 0.0
        bonus = hint + LABEL_BONUS * max(0.0, label - CHANCE_LABEL_SUPPORT) / (1 - CHANCE_LABEL_SUPPORT)
        if not target.by_meaning:
            bonus = min(bonus, MAX_BONUS_EDITS / len(target.squashed))
        score = candidate.agreement - edge + bonus
        if candidate.as_proposed:
            score += SAME_FORM_BONUS
        if len(candidate.spans) == 1:
            score += ONE_PLACE_BONUS
        vetoed = goes_on or ((target.is_identifier or target.by_meaning) and not candidate.digits_agree)
        agreement = max(0.0, candidate.agreement - edge * min(1.0, LOST_SPACE_CHARACTERS / len(target.squashed)))
        alone = not (left.digits_after_mark or right.digits_after_mark)
        return ScoredPlace(
            candidate, score - OTHER_DIGITS_PENALTY * vetoed, agreement, not vetoed, alone, edge, hint, label
        )

    def _continues_in_groups(self, spans: tuple[Range, ...]) -> bool:
        """Return whether a code printed in groups continues with another group of digits."""
        text = self._text
        first, last = text.word_of(spans[0][0]), text.word_of(spans[-1][1] - 1)
        line = text.line_of(spans[0][0])
        if first >= last or line != text.line_of(spans[-1][1] - 1):
            return False
        begin, end = text.first_word_of_line[line], text.first_word_of_line[line + 1]
        groups = [word for word in (first - 1, last + 1) if begin <= word < end]
        longest = max(len(text.document.words[word].text) for word in range(first, last + 1))
        texts = [text.document.words[word].text for word in groups]
        return any(group.isdecimal() and len(group) <= longest for group in texts)

    def _hint(self, spans: tuple[Range, ...], hint: tuple[Range, ...]) -> float:
        count = sum(end - start for start, end in spans)
        shared = sum(max(0, min(b, d) - max(a, c)) for a, b in spans for c, d in hint)
        if shared:
            return HINT_BONUS * shared / count
        if self._rows.row_of(hint[0][0]) != self._rows.row_of(spans[0][0]):
            return 0.0
        near = abs(self._text.word_of(hint[-1][1] - 1) - self._text.word_of(spans[0][0])) == 1
        return NEXT_WORD_BONUS if near else SAME_ROW_BONUS

    def _boundary(self, symbol_id: int, step: int) -> Boundary:
        """Judge what touches the place at this symbol; `step` (-1 or 1) points away from the place."""
        text = self._text
        boundary = symbol_id if step < 0 else symbol_id + 1
        if text.starts_word[boundary]:
            return Boundary()
        own, mark = text.glyphs[symbol_id], text.glyphs[symbol_id + step]
        last = bool(text.starts_word[boundary + step])
        if step > 0 and _YEAR_AND_TIME.match(text.glyphs, symbol_id - 3):
            return Boundary()
        if mark.isalnum() or mark in STROKE_MARKS:
            if mark.isdecimal() == own.isdecimal():
                return Boundary(INSIDE_WORD_PENALTY, digit=mark.isdecimal())
            misread = own.isdecimal() and last and mark in DIGIT_LETTERS
            return Boundary(INSIDE_WORD_PENALTY if misread else OTHER_KIND_PENALTY, misread_digit=misread)
        if last or mark not in ".,/-:" or not (beyond := text.glyphs[symbol_id + 2 * step]).isalnum():
            return Boundary()
        return Boundary(TOUCHING_PENALTY, digits_after_mark=own.isdecimal() and beyond.isdecimal())


def _goes_on(edges: tuple[Boundary, Boundary], target: Target) -> bool:
    """Return whether the page has more digits than the value, which makes it another value."""
    if any(edge.digit for edge in edges):
        return True
    if target.day:
        return any(edge.misread_digit for edge in edges)
    short_code = target.is_identifier and len(target.squashed) <= SHORT_CODE_CHARACTERS
    return short_code and any(edge.digits_after_mark for edge in edges)
