"""Which of a value's places is meant: word boundaries, the extractor's hint, the words that name the field."""

from __future__ import annotations

import re
from typing import NamedTuple

from grounding.candidates import Candidate
from grounding.printed_labels import PrintedLabels
from grounding.sought import Sought
from grounding.symbol_rows import SymbolRows
from grounding.symbol_text import Range, SymbolText

INSIDE_WORD_PENALTY = 0.15
"""For each end that cuts a word: `12.00` inside `112.00`."""
BESIDE_OTHER_KIND_PENALTY = 0.05
"""For each end at which a letter touches a digit: a currency or a unit."""
TOUCHING_PENALTY = 0.1
"""For each end that touches a mark which may continue the value: `4` in `4/05`, `100` in `100.00`."""
HINT_BONUS = 0.4
"""For an occurrence on the words that the extractor named."""
NEXT_WORD_BONUS = 0.25
"""For an occurrence right beside these words: a hint may be a word off."""
SAME_ROW_BONUS = 0.15
"""For an occurrence in the row of these words."""
LABEL_BONUS = 0.3
"""For an occurrence beside the words that name the field."""
MAX_EDITS = 0.9
"""Of a text, hint and label are together worth less than one edit: they never outweigh a different text."""
SAME_FORM_BONUS = 0.05
"""For a number that is also written like the value: `14` rather than `14.00`."""
ONE_PLACE_BONUS = 0.02
"""For a text in one piece."""
OTHER_DIGITS_PENALTY = 1.0
"""A place with other digits is chosen only when there is none with the value's."""
MIN_LABEL = 0.5
"""From here on the words beside a place name the field."""
_YEAR_AND_TIME = re.compile(r"(?:19|20)\d\d[0-2]?\d:[0-5]\d")
"""Where a time touches a year, the year's digits do not go on."""
MAX_LABELLED = 100
"""Places of one value beside which its label is looked for; what stands oftener is told apart by row or hint."""
FEW_LETTERS = 0.35
"""Up to here what the label and the words share is chance."""
STROKE_MARKS = "|!"
"""Marks that OCR takes for a digit or letter."""
DIGIT_LETTERS = "oOQDlIi|!zZsSbBgq"
"""Single letters beside digits that are rather another digit misread than a unit."""
LOST_SPACE = 5
"""Characters: around a longer text, what touches it is rather a lost space than a longer word."""
SHORT_CODE = 4
"""Characters: a code as short as this is another one where digits follow after a mark, as in 14/05."""
GOOD = 0.8
"""Agreement from which a place is taken for the value's."""
SHORT = 3
"""Characters: so short a text stands by chance anywhere and needs its hint or label."""


class Edge(NamedTuple):
    """What touches an occurrence on one side."""

    penalty: float = 0.0
    digit: bool = False
    """The value's digits go on."""
    misread_digit: bool = False
    """A single letter that looks like one more digit."""
    digits_after_mark: bool = False


class Context(NamedTuple):
    """What is known of a value beside its text."""

    hint: tuple[Range, ...] = ()
    """The symbols of the words that the extractor named."""
    labels: tuple[str, ...] = ()
    """What the field is called."""


class Scored(NamedTuple):
    """A candidate with what speaks for it. `agreement` is the candidate's less what its edges cost."""

    candidate: Candidate
    score: float
    agreement: float
    digits_agree: bool
    stands_alone: bool
    """No digits follow after a mark, as those of 7042-1."""
    edge: float
    hint: float
    label: float

    @property
    def is_good(self) -> bool:
        """Whether no better place needs to be looked for."""
        return self.digits_agree and self.agreement >= GOOD

    @property
    def is_supported(self) -> bool:
        """Whether it is good, and where the extractor saw the value or beside the words that name the field."""
        return self.is_good and (self.hint > 0 or self.label >= MIN_LABEL)

    @property
    def is_confirmed(self) -> bool:
        """Whether it is good, and most of it is where the extractor saw the value."""
        return self.is_good and self.hint >= HINT_BONUS / 2

    def overlaps(self, other: Scored) -> bool:
        """Whether the places share a symbol."""
        return any(a < d and c < b for a, b in self.candidate.spans for c, d in other.candidate.spans)


class Judge:
    """Scores the candidates of one document."""

    def __init__(self, text: SymbolText, rows: SymbolRows, labels: PrintedLabels) -> None:
        self._text = text
        self._rows = rows
        self._labels = labels

    def ranked(self, candidates: list[Candidate], sought: Sought, context: Context) -> list[Scored]:
        """Best first; among equals the first in the document."""
        only = len(candidates) == 1 and len(sought.squashed) > SHORT
        labels = not only and len(candidates) <= MAX_LABELLED
        scored = [self._scored(candidate, sought, context, look_for_label=labels) for candidate in candidates]
        return sorted(scored, key=lambda s: (-s.score, s.candidate.spans[0]))

    def _scored(self, candidate: Candidate, sought: Sought, context: Context, look_for_label: bool) -> Scored:
        first, last = candidate.spans[0][0], candidate.spans[-1][1]
        left, right = self._edge(first, -1), self._edge(last - 1, 1)
        edge = left.penalty + right.penalty
        if sought.is_identifier and len(sought.squashed) <= SHORT_CODE:
            edge *= 2  # what touches so short a code rather belongs to it
        goes_on = _goes_on((left, right), sought) or (sought.is_identifier and self._is_a_part(candidate.spans))
        hint = self._hint(candidate.spans, context.hint) if context.hint else 0.0
        label = self._labels.support(context.labels, first) if look_for_label and context.labels else 0.0
        bonus = hint + LABEL_BONUS * max(0.0, label - FEW_LETTERS) / (1 - FEW_LETTERS)
        if not sought.by_meaning:
            bonus = min(bonus, MAX_EDITS / len(sought.squashed))
        score = candidate.agreement - edge + bonus
        if candidate.as_proposed:
            score += SAME_FORM_BONUS
        if len(candidate.spans) == 1:
            score += ONE_PLACE_BONUS
        vetoed = goes_on or ((sought.is_identifier or sought.by_meaning) and not candidate.digits_agree)
        agreement = max(0.0, candidate.agreement - edge * min(1.0, LOST_SPACE / len(sought.squashed)))
        alone = not (left.digits_after_mark or right.digits_after_mark)
        return Scored(candidate, score - OTHER_DIGITS_PENALTY * vetoed, agreement, not vetoed, alone, edge, hint, label)

    def _is_a_part(self, spans: tuple[Range, ...]) -> bool:
        """Whether a code that is printed in groups goes on with another group of digits."""
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
        beside = abs(self._text.word_of(hint[-1][1] - 1) - self._text.word_of(spans[0][0])) == 1
        return NEXT_WORD_BONUS if beside else SAME_ROW_BONUS

    def _edge(self, symbol_id: int, step: int) -> Edge:
        """What speaks against an occurrence that ends at this symbol; `step` leads away from it."""
        text = self._text
        boundary = symbol_id if step < 0 else symbol_id + 1
        if text.starts_word[boundary]:
            return Edge()
        own, mark = text.glyphs[symbol_id], text.glyphs[symbol_id + step]
        last = bool(text.starts_word[boundary + step])
        if step > 0 and _YEAR_AND_TIME.match(text.glyphs, symbol_id - 3):
            return Edge()
        if mark.isalnum() or mark in STROKE_MARKS:
            if mark.isdecimal() == own.isdecimal():
                return Edge(INSIDE_WORD_PENALTY, digit=mark.isdecimal())
            misread = own.isdecimal() and last and mark in DIGIT_LETTERS
            return Edge(INSIDE_WORD_PENALTY if misread else BESIDE_OTHER_KIND_PENALTY, misread_digit=misread)
        if last or mark not in ".,/-:" or not (beyond := text.glyphs[symbol_id + 2 * step]).isalnum():
            return Edge()
        return Edge(TOUCHING_PENALTY, digits_after_mark=own.isdecimal() and beyond.isdecimal())


def _goes_on(edges: tuple[Edge, Edge], sought: Sought) -> bool:
    """Whether there are more digits than the value has, which makes it another one."""
    if any(edge.digit for edge in edges):
        return True
    if sought.day:
        return any(edge.misread_digit for edge in edges)
    short_code = sought.is_identifier and len(sought.squashed) <= SHORT_CODE
    return short_code and any(edge.digits_after_mark for edge in edges)
