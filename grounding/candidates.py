"""One proposed value -> every place where it may stand, each with its agreement."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import NamedTuple

from grounding.agreement import STROKES, agreement, match_ratio
from grounding.damaged import damaged_codes
from grounding.page_rows import PageRows
from grounding.search import CUTOFF, MIN_LENGTH, NEXT_BEST, confused, damaged, exact
from grounding.segments import chain
from grounding.symbol_text import Range, SymbolText
from grounding.typed_index import TypedIndex, TypedSpan
from schemas.normalise import booleans
from schemas.normalise.characters import bare, squash

MIN_AGREEMENT = 0.55
"""Below it a place is a coincidence more often than a damaged value."""
GOOD_AGREEMENT = 0.9
"""From here on no other way of searching is tried."""
MAX_EXACT = 400
"""Occurrences of one text; more cannot be told apart."""
CLOSER_LOOK = 60.0
"""rapidfuzz's ratio for a value sought beside its label or hint, where coincidences are rare."""
ANY = 100.0
"""Hits need not be close to the best."""
IDENTIFIER_DIGITS = 0.5
"""Share of digits from which a text is an identifier: another digit makes it another one."""
MAX_IDENTIFIER = 34
"""Characters, the longest IBAN."""


class Candidate(NamedTuple):
    """`spans` of symbol ids in the value's order, the published match `ratio` and the weighed `agreement`."""

    spans: tuple[Range, ...]
    ratio: float
    agreement: float
    digits_agree: bool = True
    as_proposed: bool = True
    """Whether the page writes the value as the proposal does; `14.00` is not how `14` was proposed."""
    written: str = ""
    """The squashed text that the symbols were compared with: the value itself, or its form on the page repaired."""


class Finder:
    """Searches one document for one value after another."""

    def __init__(self, text: SymbolText, index: TypedIndex, rows: PageRows) -> None:
        self._text = text
        self._index = index
        self._rows = rows

    def number(self, value: Decimal, proposed: str) -> list[Candidate]:
        """Where a number stands: by its meaning, else with its digits damaged."""
        return self._typed(self._index.number(value), proposed) or self.damaged_number(value, proposed)

    def damaged_number(self, value: Decimal, proposed: str) -> list[Candidate]:
        """Where a number's digits stand, some as letters or with other marks between them."""
        return self._typed(self._index.damaged_number(value), proposed)

    def date(self, value: datetime.date, proposed: str) -> list[Candidate]:
        """Where a date stands: by its meaning, else with its digits or month damaged."""
        return self._typed(self._index.date(value), proposed) or self.damaged_date(value, proposed)

    def damaged_date(self, value: datetime.date, proposed: str) -> list[Candidate]:
        """Where a date stands with letters for digits or a damaged month."""
        return self._typed(self._index.damaged_date(value), proposed)

    def boolean(self, value: bool) -> list[Candidate]:
        """Where a word or mark with the meaning stands, as a word of its own."""
        spans = [span for form in booleans.written_forms(value) for span in exact(squash(form), self._text, MAX_EXACT)]
        symbols = [self._text.symbols_of_squashed(*span) for span in spans]
        return [Candidate((s,), 1.0, 1.0) for s in symbols if self._is_word(s)]

    def string(self, value: str) -> list[Candidate]:
        """Where a text stands: as it is, with OCR's confusions, with other letters, in several lines."""
        wanted = squash(value)
        needle = bare(wanted)[0]
        found: dict[tuple[Range, ...], Candidate] = {}
        one_word = not any(map(str.isspace, value))
        for span in exact(wanted, self._text, MAX_EXACT):
            self._add(found, wanted, (span,), one_word)
        if not any(self._stands_alone(c.spans[0]) for c in found.values()) and needle:
            places = confused(needle, self._text, MAX_EXACT)
            if wanted.isdecimal():
                places += damaged_codes(wanted, self._text)
            for span in places:
                self._add(found, wanted, (self._with_marks(wanted, span),), one_word)
        if len(needle) >= MIN_LENGTH and not any(c.agreement >= GOOD_AGREEMENT for c in found.values()):
            found |= {c.spans: c for c in self.damaged_string(value)}
            best = max((c.agreement for c in found.values()), default=0.0)
            parts = chain(value, self._text, self._rows) if best < GOOD_AGREEMENT and not one_word else []
            if len(parts) > 1:
                self._add(found, wanted, tuple(parts), one_word)
        return list(found.values())

    def damaged_string(
        self,
        value: str,
        windows: Iterable[Range | None] = (None,),
        least: int = MIN_LENGTH,
        cutoff: float = CUTOFF,
        spread: float = NEXT_BEST,
    ) -> list[Candidate]:
        """Where a text stands with other letters; see `search.damaged`.

        Args:
            windows: parts of `SymbolText.bare`; None is all of it.
            least: letters and digits that the value must have.
            cutoff: the lowest ratio, 0 to 100.
            spread: how far below the best ratio others may be.
        """
        wanted = squash(value)
        needle = bare(wanted)[0]
        found: dict[tuple[Range, ...], Candidate] = {}
        for window in windows if len(needle) >= least else ():
            for span in damaged(needle, self._text, window, cutoff, spread):
                self._add(found, wanted, (self._with_marks(wanted, span),), one_word=" " not in value)
        return list(found.values())

    def string_beside(self, value: str, windows: Iterable[Range]) -> list[Candidate]:
        """Where a text stands damaged beside its label or hint, be it as short as two characters."""
        return self.damaged_string(value, windows, least=2, cutoff=CLOSER_LOOK, spread=ANY)

    def string_anywhere(self, value: str) -> list[Candidate]:
        """Every place that resembles a text, also where better ones stand elsewhere."""
        return self.damaged_string(value, spread=ANY)

    def words(self, value: str, spans: tuple[Range, ...]) -> Candidate | None:
        """The words that the extractor named, if they resemble the value."""
        if not spans:
            return None
        wanted, there = squash(value), self._text.squashed_of(spans)
        score, digits_agree = agreement(wanted, there)
        if score < MIN_AGREEMENT:
            return None
        return Candidate(spans, match_ratio(wanted, there), score, digits_agree, written=wanted)

    def _typed(self, spans: Iterable[TypedSpan], proposed: str) -> list[Candidate]:
        found: dict[Range, Candidate] = {}
        as_proposed = squash(proposed)
        for symbols, written in spans:
            there, repaired = self._text.squashed_of((symbols,)), squash(written)
            if repaired.isalnum():  # marks are no part of a damaged number's or date's meaning
                there = "".join(c for c in there if c.isalnum() or c in STROKES)
            score = agreement(repaired, there).score
            if score >= MIN_AGREEMENT and (symbols not in found or found[symbols].agreement < score):
                ratio = match_ratio(repaired, there)
                found[symbols] = Candidate((symbols,), ratio, score, as_proposed=there == as_proposed, written=repaired)
        return list(found.values())

    def _add(
        self, found: dict[tuple[Range, ...], Candidate], wanted: str, places: tuple[Range, ...], one_word: bool
    ) -> None:
        there = "".join([self._text.squashed[start:end] for start, end in places])
        score, digits_agree = agreement(wanted, there)
        if score < MIN_AGREEMENT:
            return
        spans = tuple(self._text.symbols_of_squashed(*place) for place in places)
        over_lines = self._text.line_of(spans[0][0]) != self._text.line_of(spans[-1][1] - 1)
        if one_word and over_lines and not self._is_divided(spans):  # `to` and `tal` of two cells
            return
        found[spans] = Candidate(spans, match_ratio(wanted, there), score, digits_agree, written=wanted)

    def _is_divided(self, spans: tuple[Range, ...]) -> bool:
        """Whether a word goes on in the next line after a hyphen."""
        ((start, end),) = spans
        return "-" in self._text.glyphs[start:end]

    def _with_marks(self, wanted: str, span: Range) -> Range:
        """The place with the marks around it that the value has too."""
        start, end = span
        squashed = self._text.squashed
        for mark in _marks(wanted):
            if start and squashed[start - 1] == mark:
                start -= 1
        for mark in _marks(wanted[::-1]):
            if squashed[end : end + 1] == mark:
                end += 1
        return start, end

    def _stands_alone(self, symbols: Range) -> bool:
        """Whether the symbols are a word, and no mark joins it to another."""
        text = self._text
        start, end = symbols
        begins = text.starts_word[start] or text.starts_word[start - 1] or not text.glyphs[start - 2].isalnum()
        ends = text.starts_word[end] or text.starts_word[end + 1] or not text.glyphs[end + 1].isalnum()
        return self._is_word(symbols) and bool(begins and ends)

    def _is_word(self, symbols: Range) -> bool:
        text = self._text
        start, end = symbols
        begins = text.starts_word[start] or not text.glyphs[start - 1].isalnum()
        return bool(begins and (text.starts_word[end] or not text.glyphs[end].isalnum()))


def is_identifier(value: str) -> bool:
    """Whether one digit more, less or other makes the text another one: a number, a code, a single word with digits."""
    kept = [c for c in value if c.isalnum()]
    digits = sum(map(str.isdecimal, kept))
    if not digits:
        return False
    return " " not in value or (digits >= IDENTIFIER_DIGITS * len(kept) and len(kept) <= MAX_IDENTIFIER)


def _marks(text: str) -> Iterator[str]:
    """The marks before the first letter or digit, nearest first."""
    marks = []
    for character in text:
        if character.isalnum():
            break
        marks.append(character)
    return iter(reversed(marks))
