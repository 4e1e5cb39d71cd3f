"""One value that is sought -> every place where it may stand, each with its agreement."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from grounding.agreement import STROKES, Agreement, agreement, match_ratio
from grounding.damaged import damaged_codes
from grounding.search import CUTOFF, MIN_LENGTH, NEXT_BEST, confused, exact, similar
from grounding.segments import chain
from grounding.sought import Sought
from grounding.symbol_rows import SymbolRows
from grounding.symbol_text import Range, SymbolText
from grounding.typed_index import TypedIndex, TypedSpan
from schemas.fields import FieldType
from schemas.normalise import booleans, currencies
from schemas.normalise.characters import squash

MIN_AGREEMENT = 0.64
"""Below it a place is a coincidence, whatever else speaks for it."""
GOOD_AGREEMENT = 0.9
"""From here on no other letters are tried."""
FAIR_AGREEMENT = 0.8
"""From here on a text is not sought in several places."""
MAX_FUZZY = 600
"""Letters and digits; a longer text is found with its own letters, OCR's confusions forgiven, or not at all."""
MAX_EXACT = 400
"""Occurrences of one text; more cannot be told apart."""
CLOSER_LOOK = 60.0
"""rapidfuzz's ratio for a value sought beside its label or hint, where coincidences are rare."""
ANY = 100.0
"""Hits need not be close to the best."""


class Candidate(NamedTuple):
    """`spans` of symbol ids in the value's order, the published match `ratio` and the weighed `agreement`."""

    spans: tuple[Range, ...]
    ratio: float
    agreement: float
    digits_agree: bool
    """No digit is lost, added or another one."""
    written: str
    """The squashed text that the symbols were compared with: the value itself, or its form on the page repaired."""
    found: str
    """The squashed text of the symbols."""
    letters_agree: bool = True
    """No letter either, but for those that OCR confuses; of a number, it can hardly be another one."""
    as_proposed: bool = True
    """Whether a number is written as it was proposed, money with two decimals: `14.00` is not how `14` is."""


class Finder:
    """Searches one document for one value after another."""

    def __init__(self, text: SymbolText, index: TypedIndex, rows: SymbolRows) -> None:
        self._text = text
        self._index = index
        self._rows = rows

    def places(self, sought: Sought) -> list[Candidate]:
        """Where the value stands: by its meaning or its letters, damaged only where it does not stand otherwise."""
        if isinstance(sought.value, bool):
            return self._boolean(sought.value)
        if not sought.by_meaning:
            return self._string(sought)
        found = self._typed(
            self._index.places(sought.number, sought.day, percent=sought.kind is FieldType.NUMBER), sought
        )
        if any(self._is_clean(candidate, sought) for candidate in found):
            return found
        found = joined(found, self.damaged(sought))
        return found or self._typed(self._index.opposite_places(sought.number), sought)

    def damaged(self, sought: Sought) -> list[Candidate]:
        """Where it stands with letters for digits, other marks or other letters, also if it stands whole elsewhere."""
        if isinstance(sought.value, bool):
            return []
        if sought.by_meaning:
            return self._typed(self._index.damaged_places(sought.number, sought.day), sought)
        return self._similar(sought, [None], spread=ANY)

    def beside(self, sought: Sought, windows: Iterable[Range]) -> list[Candidate]:
        """Where a text stands damaged in parts of `SymbolText.bare`, be it as short as two characters."""
        return self._similar(sought, windows, least=2, cutoff=CLOSER_LOOK, spread=ANY)

    def words(self, sought: Sought, spans: tuple[Range, ...]) -> Candidate | None:
        """The words that the extractor named, if they resemble a text."""
        there = self._text.squashed_of(spans)
        agreed = agreement(sought.squashed, there)
        return self._candidate(sought, spans, there, agreed) if agreed.score >= MIN_AGREEMENT else None

    def _boolean(self, value: bool) -> list[Candidate]:
        found = []
        for form in map(squash, booleans.written_forms(value)):
            for place in exact(form, self._text, MAX_EXACT):
                span = self._text.symbols_of_squashed(*place)
                if self._is_word(span):
                    found.append(Candidate((span,), 1.0, 1.0, True, form, form))
        return found

    def _currency(self, sought: Sought) -> list[Candidate]:
        """Where a currency's code or one of its symbols stands; letters not inside a word."""
        found: dict[Range, Candidate] = {}
        code = str(sought.value)
        others = {word.text for word in self._text.document.words if currencies.is_code(word.text)} - {code}
        shared = {squash(form) for other in others for form in currencies.written_forms(other)}
        for form in map(squash, currencies.written_forms(code)):
            if form in shared:
                continue  # `$` is no Australian dollar where USD is printed
            for place in exact(form, self._text, MAX_EXACT):
                span = self._text.symbols_of_squashed(*place)
                if span not in found and (not form.isalpha() or not self._touches_letters(span)):
                    is_code = form == sought.squashed
                    found[span] = Candidate((span,), 1.0, 1.0, True, form, form, as_proposed=is_code)
        return list(found.values())

    def _touches_letters(self, span: Range) -> bool:
        text = self._text
        start, end = span
        before = not text.starts_word[start] and text.glyphs[start - 1].isalpha()
        return before or (not text.starts_word[end] and text.glyphs[end].isalpha())

    def _typed(self, spans: Iterable[TypedSpan], sought: Sought) -> list[Candidate]:
        found: dict[Range, Candidate] = {}
        for symbols, written, sure in spans:
            there = self._text.squashed_of((symbols,))
            as_proposed = self._is_as_proposed(there, sought)
            repaired = squash(written)
            if repaired.isalnum():  # a damaged number or date, whose marks mean nothing
                repaired, there = _with_its_marks(repaired, there)
            score = agreement(repaired, there).score
            if score >= MIN_AGREEMENT and (symbols not in found or found[symbols].agreement < score):
                ratio = match_ratio(repaired, there)
                found[symbols] = Candidate((symbols,), ratio, score, True, repaired, there, sure, as_proposed)
        return list(found.values())

    def _is_as_proposed(self, there: str, sought: Sought) -> bool:
        if sought.kind is FieldType.MONEY:
            there = there.rstrip("-)")
            return len(there) > 2 and there[-2:].isalnum() and not there[-3].isalnum()
        return there == squash(sought.proposed)

    def _is_clean(self, candidate: Candidate, sought: Sought) -> bool:
        """Whether a number or date is a word of its own; an amount of money has its cents."""
        return self._is_word(candidate.spans[0]) and (candidate.as_proposed or sought.kind is not FieldType.MONEY)

    def _string(self, sought: Sought) -> list[Candidate]:
        if sought.is_currency:
            return self._currency(sought)
        found: dict[tuple[Range, ...], Candidate] = {}
        for place in exact(sought.squashed, self._text, MAX_EXACT):
            self._add(found, sought, (place,))
        if not any(self._stands_alone(c.spans[0]) for c in found.values()):
            for place in self._confused(sought):
                self._add(found, sought, (place,))
        if len(sought.needle) < MIN_LENGTH or _best(found) >= GOOD_AGREEMENT:
            return list(found.values())
        found |= {c.spans: c for c in self._similar(sought, [None])}
        if not sought.is_one_word and len(sought.needle) <= MAX_FUZZY and _best(found) < FAIR_AGREEMENT:
            parts = chain(sought.proposed, sought.needle, self._text, self._rows)
            if len(parts) > 1:
                self._add(found, sought, tuple(parts))
        return list(found.values())

    def _confused(self, sought: Sought) -> list[Range]:
        places = confused(sought.needle, self._text, MAX_EXACT)
        if sought.squashed.isdecimal():
            places += damaged_codes(sought.squashed, self._text)
        return [self._with_marks(sought.squashed, place) for place in places]

    def _similar(
        self,
        sought: Sought,
        windows: Iterable[Range | None],
        least: int = MIN_LENGTH,
        cutoff: float = CUTOFF,
        spread: float = NEXT_BEST,
    ) -> list[Candidate]:
        """See `search.similar`; `least` is how many letters and digits the value must have."""
        found: dict[tuple[Range, ...], Candidate] = {}
        for window in windows if least <= len(sought.needle) <= MAX_FUZZY else ():
            for place in similar(sought.needle, self._text, window, cutoff, spread):
                self._add(found, sought, (self._with_marks(sought.squashed, place),))
        return list(found.values())

    def _add(self, found: dict[tuple[Range, ...], Candidate], sought: Sought, places: tuple[Range, ...]) -> None:
        there = "".join([self._text.squashed[start:end] for start, end in places])
        agreed = agreement(sought.squashed, there)
        if agreed.score < MIN_AGREEMENT:
            return
        spans = tuple([self._text.symbols_of_squashed(*place) for place in places])
        if sought.is_one_word and not self._is_one_word(spans[0]):
            return
        found[spans] = self._candidate(sought, spans, there, agreed)

    def _candidate(self, sought: Sought, spans: tuple[Range, ...], there: str, agreed: Agreement) -> Candidate:
        ratio = match_ratio(sought.squashed, there)
        return Candidate(spans, ratio, agreed.score, agreed.digits_agree, sought.squashed, there, agreed.letters_agree)

    def _is_one_word(self, span: Range) -> bool:
        """Whether symbols stand in one line or are divided by a hyphen: `to` and `tal` of two cells are no word."""
        start, end = span
        return self._text.line_of(start) == self._text.line_of(end - 1) or "-" in self._text.glyphs[start:end]

    def _with_marks(self, wanted: str, place: Range) -> Range:
        """The place with the marks around it that the value has too."""
        start, end = place
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


def joined(candidates: list[Candidate], more: list[Candidate]) -> list[Candidate]:
    """All of the first, and those of the second that stand elsewhere."""
    known = {c.spans for c in candidates}
    return candidates + [c for c in more if c.spans not in known]


def _with_its_marks(digits: str, there: str) -> tuple[str, str]:
    """A damaged number or date as it was meant to be written there, and what is written.

    Marks are kept where each digit has its place, and left out of both where strange letters or names stand between.

    >>> _with_its_marks("120450", "1,2o4.50")
    ('1,204.50', '1,2o4.50')
    """
    places = [i for i, c in enumerate(there) if c.isalnum() or c in STROKES]
    if len(places) != len(digits):
        return digits, "".join([there[i] for i in places])
    meant = list(there)
    for place, digit in zip(places, digits, strict=True):
        meant[place] = digit
    return "".join(meant), there


def _best(found: dict[tuple[Range, ...], Candidate]) -> float:
    return max((c.agreement for c in found.values()), default=0.0)


def _marks(text: str) -> Iterator[str]:
    """The marks before the first letter or digit, nearest first."""
    marks = []
    for character in text:
        if character.isalnum():
            break
        marks.append(character)
    return iter(reversed(marks))
