"""Proposals + pages -> cells: finds every value on the page, chooses the occurrence, or says that it is not there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from grounding.search import MIN_RATIO, agreement, find
from grounding.symbol_text import SymbolText
from grounding.typed_index import TypedIndex
from schemas.fields import FieldType
from schemas.normalise import booleans, dates, numbers
from schemas.normalise.characters import DIGIT_LOOKALIKES, squash
from schemas.pages import Document
from schemas.results import CERTAIN_RATIO, Cell, Place, Proposal, Status, Value, not_found

INSIDE_WORD_PENALTY = 0.15
"""For each end that cuts a word: `12.00` inside `112.00`."""
TOUCHING_PENALTY = 0.1
"""For each end that touches a mark which may continue the value: `4` in `4/05`, `100` in `100.00`."""
HINT_BONUS = 0.4
"""For an occurrence on the words that the extractor named."""
HINT_EDITS = 0.5
"""Of a text, the bonus is at most worth this many edits: a hint never outweighs a different text."""
SAME_FORM_BONUS = 0.05
"""For a number that is also written like the value: `14` rather than `14.00`."""
MIN_REPAIRED_RATIO = 0.5
"""Of a number with look-alike letters: up to half of its characters; its meaning is what was found by."""
MAX_ALTERNATIVES = 10
"""Other places that are reported."""
_NUMERIC = (FieldType.NUMBER, FieldType.INTEGER, FieldType.MONEY)


class Candidate(NamedTuple):
    """One occurrence: `ratio` is the published match ratio, `score` what occurrences are chosen by."""

    symbol_ids: tuple[int, ...]
    ratio: float
    score: float


def ground(document: Document, proposals: Sequence[Proposal], locale: str | None = None) -> list[Cell]:
    """One cell for each proposal, in the same order.

    Args:
        document: the pages that were read.
        proposals: values in any written form. Their word ids raise an occurrence's score and never exclude another.
        locale: BCP 47; settles the order of day and month where the page does not (`en-US`, `de`).
    """
    engine = Grounder(document, locale)
    return [engine.cell(proposal) for proposal in proposals]


class Grounder:
    """Searches one document; everything that depends on the document alone is computed once."""

    def __init__(self, document: Document, locale: str | None = None) -> None:
        self._text = SymbolText(document)
        self._index = TypedIndex(self._text, locale)

    def cell(self, proposal: Proposal) -> Cell:
        """The proposal's value with the best of its places, or `not_found`."""
        for value in self._values(proposal):
            if candidates := self._candidates(proposal, value):
                return self._cell(proposal, value, candidates)
        return not_found(proposal.path)

    def _cell(self, proposal: Proposal, value: Value | date, candidates: list[Candidate]) -> Cell:
        ranked = sorted(candidates, key=lambda c: (-c.score, c.symbol_ids[0]))
        best = ranked[0]
        place = self._text.place(best.symbol_ids)
        certain = best.ratio >= CERTAIN_RATIO and self._digits_agree(proposal, value, place.text)
        return Cell(
            path=proposal.path,
            value=value.isoformat() if isinstance(value, date) else value,
            raw_text=place.text,
            match_ratio=round(best.ratio, 4),
            status=Status.GROUNDED if certain else Status.UNCERTAIN,
            place=place,
            confidence=round(self._confidence(proposal, best, certain), 4),
            alternatives=self._alternatives(ranked),
        )

    def _values(self, proposal: Proposal) -> list[Value | date]:
        """The typed values that the proposal's text can mean, the likeliest on this page first."""
        text = proposal.text.strip()
        match proposal.type:
            case FieldType.DATE:
                day = dates.parse(text, self._index.day_first)
                return [day] if day else []
            case FieldType.NUMBER | FieldType.INTEGER | FieldType.MONEY:
                likeliest = numbers.parse(text, self._index.decimal_mark)
                if likeliest is None:
                    return []
                readings = [likeliest, *(r for span in numbers.find(text) for r in span.readings)]
                return [v for r in dict.fromkeys(readings[:3]) if (v := _typed_number(r, proposal.type)) is not None]
            case FieldType.BOOLEAN:
                truth = booleans.parse(text)
                return [] if truth is None else [truth]
            case FieldType.ENUM:
                return [v for v in proposal.values if squash(v) == squash(text)]
            case _:
                return [" ".join(text.split())] if text else []

    def _candidates(self, proposal: Proposal, value: Value | date) -> list[Candidate]:
        hinted = self._text.symbols_of_words(proposal.word_ids)
        hint = frozenset(hinted)
        found: dict[tuple[int, ...], float] = {}
        as_written: set[tuple[int, ...]] = set()

        def add(symbol_ids: tuple[int, ...], ratio: float, at_least: float = MIN_RATIO) -> None:
            if symbol_ids and ratio >= at_least:
                found[symbol_ids] = max(ratio, found.get(symbol_ids, 0.0))

        if isinstance(value, date):
            for span in self._index.date(value):
                add(span.symbol_ids, 1.0)
        elif proposal.type in _NUMERIC and isinstance(value, int | Decimal):
            for span in self._index.number(Decimal(value)):
                there = squash(self._text.text_of(span.symbol_ids))
                add(span.symbol_ids, agreement(squash(span.written), there), MIN_REPAIRED_RATIO)
                if there == squash(proposal.text):
                    as_written.add(span.symbol_ids)
        elif isinstance(value, bool):
            for form in booleans.written_forms(value):
                for hit in find(squash(form), self._text):
                    add(self._text.symbols_of_span(hit.start, hit.end), hit.ratio)
        else:
            wanted = squash(str(value))
            add(hinted, agreement(wanted, squash(self._text.text_of(hinted))))
            one_word = " " not in str(value)
            for hit in find(wanted, self._text):
                symbol_ids = self._text.symbols_of_span(hit.start, hit.end)
                if not (one_word and self._text.runs_over_lines(symbol_ids)):  # "to" and "tal" of two cells
                    add(symbol_ids, hit.ratio)
        by_meaning = isinstance(value, date | bool) or proposal.type in _NUMERIC
        return [
            Candidate(ids, ratio, self._score(ids, ratio, hint, by_meaning) + SAME_FORM_BONUS * (ids in as_written))
            for ids, ratio in found.items()
        ]

    def _score(self, symbol_ids: tuple[int, ...], ratio: float, hint: frozenset[int], by_meaning: bool) -> float:
        score = ratio - self._edge_penalty(symbol_ids[0], -1) - self._edge_penalty(symbol_ids[-1], 1)
        if hint:
            bonus = HINT_BONUS if by_meaning else min(HINT_BONUS, HINT_EDITS / len(symbol_ids))
            score += bonus * len(hint.intersection(symbol_ids)) / len(symbol_ids)
        return score

    def _edge_penalty(self, symbol_id: int, step: int) -> float:
        """What speaks against an occurrence that ends here, looking at the neighbours on that side."""
        text = self._text
        neighbour, beyond = symbol_id + step, symbol_id + 2 * step
        if not 0 <= neighbour < len(text.symbols) or text.word_of[neighbour] != text.word_of[symbol_id]:
            return 0.0
        mark = text.symbols[neighbour].text
        if mark.isalnum():
            same_kind = mark.isdigit() == text.symbols[symbol_id].text.isdigit()
            return INSIDE_WORD_PENALTY if same_kind else INSIDE_WORD_PENALTY / 3
        continues = 0 <= beyond < len(text.symbols) and text.word_of[beyond] == text.word_of[symbol_id]
        if mark in ".,/-" and continues and text.symbols[beyond].text.isalnum():
            return TOUCHING_PENALTY
        return 0.0

    def _digits_agree(self, proposal: Proposal, value: Value | date, found: str) -> bool:
        """A digit replaced, lost or added makes another number; letters that look like digits are forgiven."""
        if isinstance(value, date) or proposal.type in _NUMERIC:
            return True  # equal by meaning already
        wanted, there = squash(str(value)), squash(found)
        if not any(c.isdigit() for c in wanted):
            return True
        return _digits(wanted) == _digits(there) or _digits(wanted.translate(DIGIT_LOOKALIKES)) == _digits(
            there.translate(DIGIT_LOOKALIKES)
        )

    def _confidence(self, proposal: Proposal, best: Candidate, certain: bool) -> float:
        """Product of the extractor's, the reader's and the match's certainty; halved where the match is doubtful."""
        read = sum(self._text.symbols[i].confidence for i in best.symbol_ids) / len(best.symbol_ids)
        return min(1.0, max(0.0, proposal.score)) * read * best.ratio * (1.0 if certain else 0.5)

    def _alternatives(self, ranked: list[Candidate]) -> tuple[Place, ...]:
        taken = set(ranked[0].symbol_ids)
        others = [c for c in ranked[1:] if c.ratio >= CERTAIN_RATIO and not taken.intersection(c.symbol_ids)]
        return tuple(self._text.place(c.symbol_ids) for c in others[:MAX_ALTERNATIVES])


def _digits(text: str) -> str:
    return "".join(c for c in text if c.isdigit())


def _typed_number(number: Decimal, kind: FieldType) -> Decimal | int | None:
    """Money keeps its decimals as written, other numbers lose trailing zeros; None for an integer with a fraction."""
    whole = number.to_integral_value()
    if kind is FieldType.MONEY:
        return number
    if kind is FieldType.INTEGER:
        return int(whole) if number == whole else None
    return whole if number == whole else number.normalize()
