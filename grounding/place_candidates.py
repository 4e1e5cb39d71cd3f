"""Find every place a value may be printed at, with its agreement."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from grounding.agreement import STROKES, Agreement, agreement, match_ratio
from grounding.damaged import damaged_codes
from grounding.search import CUTOFF_RATIO, MIN_LENGTH, SPREAD_POINTS, confused, exact, similar
from grounding.segments import chain
from grounding.symbol_rows import SymbolRows
from grounding.symbol_text import Range, SymbolText
from grounding.targets import Target
from grounding.typed_index import MAX_PLACES_WITH_HINT, TypedIndex, TypedSpan
from schemas.fields import FieldType
from schemas.normalise import booleans, currencies
from schemas.normalise.characters import squash

MIN_AGREEMENT = 0.64
"""Below this agreement a place is a coincidence, whatever else supports it."""
GOOD_AGREEMENT = 0.9
"""From this agreement on, no places with other letters are looked for."""
FAIR_AGREEMENT = 0.8
"""From this agreement on, a text is not looked for in several pieces."""
MAX_FUZZY_CHARACTERS = 600
"""Longer texts are not searched for with other letters than OCR confuses, to bound the time of a search."""
MAX_EXACT_PLACES = 400
"""Maximum occurrences of one text; more cannot be distinguished."""
WINDOW_CUTOFF_RATIO = 60.0
"""Minimum rapidfuzz ratio near a label or hint; lower than elsewhere, because coincidences are rare there."""
ANY_SPREAD_POINTS = 100.0
"""Spread that keeps every hit, however far below the best one."""


class PlaceCandidate(NamedTuple):
    """A place with the ranges of its symbols, its match ratio and its agreement.

    `spans` are ranges of symbol ids in the value's order, `ratio` is the published match ratio, and `agreement`
    forgives OCR confusions; both are from 0 to 1.
    """

    spans: tuple[Range, ...]
    ratio: float
    agreement: float
    digits_agree: bool
    """True if no digit is lost, added or changed."""
    written: str
    """The squashed text the symbols were compared with: the value, or its repaired form on the page."""
    found: str
    """The squashed text of the symbols."""
    letters_agree: bool = True
    """True if no letter is lost, added or changed, apart from OCR confusions; for a number, whether it can hardly be
    another one."""
    as_proposed: bool = True
    """True if the number is printed as proposed, money with two decimals: `14.00` is not how `14` is printed."""


class PlaceFinder:
    """Finds candidates for one value after another in one document."""

    def __init__(self, text: SymbolText, index: TypedIndex, rows: SymbolRows) -> None:
        self._text = text
        self._index = index
        self._rows = rows

    def places(self, target: Target, hint: tuple[Range, ...] = ()) -> list[PlaceCandidate]:
        """Return the places of a value; damaged ones only if no clean one is found.

        Args:
            target: the value.
            hint: the extractor's symbols; see `TypedIndex.places`.
        """
        if isinstance(target.value, bool):
            return self._boolean(target.value)
        if not target.by_meaning:
            return self._string(target, hint)
        found = self._typed(
            self._index.places(target.number, target.day, percent=target.kind is FieldType.NUMBER, hint=hint), target
        )
        if any(self._is_clean(candidate, target) for candidate in found):
            return found
        found = merged(found, self.damaged(target))
        return found or self._typed(self._index.opposite_places(target.number), target)

    def damaged(self, target: Target) -> list[PlaceCandidate]:
        """Return places where the value is damaged: misread digits, other marks or letters.

        They are returned even if the value is also printed intact elsewhere.
        """
        if isinstance(target.value, bool):
            return []
        if target.by_meaning:
            return self._typed(self._index.damaged_places(target.number, target.day), target)
        return self._similar(target, [None], spread=ANY_SPREAD_POINTS)

    def near(self, target: Target, windows: Iterable[Range]) -> list[PlaceCandidate]:
        """Return damaged places of a text of two characters or more in ranges of `SymbolText.bare`."""
        return self._similar(target, windows, least=2, cutoff=WINDOW_CUTOFF_RATIO, spread=ANY_SPREAD_POINTS)

    def words(self, target: Target, spans: tuple[Range, ...]) -> PlaceCandidate | None:
        """Return the extractor's words as a candidate, or None if they do not resemble the text."""
        there = self._text.squashed_of(spans)
        agreed = agreement(target.squashed, there)
        return self._candidate(target, spans, there, agreed) if agreed.score >= MIN_AGREEMENT else None

    def _boolean(self, value: bool) -> list[PlaceCandidate]:
        found = []
        for form in map(squash, booleans.written_forms(value)):
            for place in exact(form, self._text, MAX_EXACT_PLACES):
                span = self._text.symbols_of_squashed(*place)
                if self._is_word(span):
                    found.append(PlaceCandidate((span,), 1.0, 1.0, True, form, form))
        return found

    def _currency(self, target: Target) -> list[PlaceCandidate]:
        """Return the places of a currency's code or symbols; letters do not match inside a word."""
        found: dict[Range, PlaceCandidate] = {}
        code = str(target.value)
        others = {word.text for word in self._text.document.words if currencies.is_code(word.text)} - {code}
        shared = {squash(form) for other in others for form in currencies.written_forms(other)}
        for form in map(squash, currencies.written_forms(code)):
            if form in shared:
                continue  # `$` does not mean Australian dollars where USD is printed
            for place in exact(form, self._text, MAX_EXACT_PLACES):
                span = self._text.symbols_of_squashed(*place)
                if span not in found and (not form.isalpha() or not self._touches_letters(span)):
                    is_code = form == target.squashed
                    found[span] = PlaceCandidate((span,), 1.0, 1.0, True, form, form, as_proposed=is_code)
        return list(found.values())

    def _touches_letters(self, span: Range) -> bool:
        text = self._text
        start, end = span
        before = not text.starts_word[start] and text.glyphs[start - 1].isalpha()
        return before or (not text.starts_word[end] and text.glyphs[end].isalpha())

    def _typed(self, spans: Iterable[TypedSpan], target: Target) -> list[PlaceCandidate]:
        found: dict[Range, PlaceCandidate] = {}
        for symbols, written, sure in spans:
            there = self._text.squashed_of((symbols,))
            as_proposed = self._is_as_proposed(there, target)
            repaired = squash(written)
            if repaired.isalnum():  # a damaged number or date, whose marks mean nothing
                repaired, there = _with_its_marks(repaired, there)
            score = agreement(repaired, there).score
            if score >= MIN_AGREEMENT and (symbols not in found or found[symbols].agreement < score):
                ratio = match_ratio(repaired, there)
                found[symbols] = PlaceCandidate((symbols,), ratio, score, True, repaired, there, sure, as_proposed)
        return list(found.values())

    def _is_as_proposed(self, there: str, target: Target) -> bool:
        if target.kind is FieldType.MONEY:
            there = there.rstrip("-)").removesuffix("cr").removesuffix("dr")
            return len(there) > 2 and there[-2:].isalnum() and not there[-3].isalnum()
        return there == squash(target.proposed)

    def _is_clean(self, candidate: PlaceCandidate, target: Target) -> bool:
        """Return whether a number or date is a word of its own and, if it is money, has its cents."""
        return self._is_word(candidate.spans[0]) and (candidate.as_proposed or target.kind is not FieldType.MONEY)

    def _string(self, target: Target, hint: tuple[Range, ...]) -> list[PlaceCandidate]:
        if target.is_currency:
            return self._currency(target)
        found: dict[tuple[Range, ...], PlaceCandidate] = {}
        near = self._text.squashed_position(hint[0][0]) if hint else None
        for place in exact(target.squashed, self._text, MAX_PLACES_WITH_HINT if hint else MAX_EXACT_PLACES, near):
            self._add(found, target, (place,))
        if not any(self._stands_alone(c.spans[0]) for c in found.values()):
            for place in self._confused(target):
                self._add(found, target, (place,))
        if len(target.needle) < MIN_LENGTH or _best(found) >= GOOD_AGREEMENT:
            return list(found.values())
        found |= {c.spans: c for c in self._similar(target, [None])}
        if not target.is_one_word and len(target.needle) <= MAX_FUZZY_CHARACTERS and _best(found) < FAIR_AGREEMENT:
            parts = chain(target.proposed, target.needle, self._text, self._rows)
            if len(parts) > 1:
                self._add(found, target, tuple(parts))
        return list(found.values())

    def _confused(self, target: Target) -> list[Range]:
        places = confused(target.needle, self._text, MAX_EXACT_PLACES)
        if target.squashed.isdecimal():
            places += damaged_codes(target.squashed, self._text)
        return [self._with_marks(target.squashed, place) for place in places]

    def _similar(
        self,
        target: Target,
        windows: Iterable[Range | None],
        least: int = MIN_LENGTH,
        cutoff: float = CUTOFF_RATIO,
        spread: float = SPREAD_POINTS,
    ) -> list[PlaceCandidate]:
        """Search each window for a target of at least `least` letters and digits.

        See `search.similar`.
        """
        found: dict[tuple[Range, ...], PlaceCandidate] = {}
        for window in windows if least <= len(target.needle) <= MAX_FUZZY_CHARACTERS else ():
            for place in similar(target.needle, self._text, window, cutoff, spread):
                self._add(found, target, (self._with_marks(target.squashed, place),))
        return list(found.values())

    def _add(self, found: dict[tuple[Range, ...], PlaceCandidate], target: Target, places: tuple[Range, ...]) -> None:
        there = "".join([self._text.squashed[start:end] for start, end in places])
        agreed = agreement(target.squashed, there)
        if agreed.score < MIN_AGREEMENT:
            return
        spans = tuple([self._text.symbols_of_squashed(*place) for place in places])
        if target.is_one_word and not self._is_one_word(spans[0]):
            return
        found[spans] = self._candidate(target, spans, there, agreed)

    def _candidate(self, target: Target, spans: tuple[Range, ...], there: str, agreed: Agreement) -> PlaceCandidate:
        ratio = match_ratio(target.squashed, there)
        return PlaceCandidate(
            spans, ratio, agreed.score, agreed.digits_agree, target.squashed, there, agreed.letters_agree
        )

    def _is_one_word(self, span: Range) -> bool:
        """Return whether the symbols are in one line or divided by a hyphen.

        `to` and `tal` of two cells are not a word.
        """
        start, end = span
        return self._text.line_of(start) == self._text.line_of(end - 1) or "-" in self._text.glyphs[start:end]

    def _with_marks(self, wanted: str, place: Range) -> Range:
        """Extend the place by the surrounding marks that the value has too."""
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
        """Return whether the symbols are a whole word that no mark joins to another word."""
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


def merged(candidates: list[PlaceCandidate], more: list[PlaceCandidate]) -> list[PlaceCandidate]:
    """Return the first candidates, then those of the second at other places."""
    known = {c.spans for c in candidates}
    return candidates + [c for c in more if c.spans not in known]


def _with_its_marks(digits: str, there: str) -> tuple[str, str]:
    """Return the intended form of a damaged number or date, and the form printed there.

    Marks are kept if each digit has its place, and dropped from both forms if strange letters or names come between.

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


def _best(found: dict[tuple[Range, ...], PlaceCandidate]) -> float:
    return max((c.agreement for c in found.values()), default=0.0)


def _marks(text: str) -> Iterator[str]:
    """Yield the marks before the first letter or digit, nearest first."""
    marks = []
    for character in text:
        if character.isalnum():
            break
        marks.append(character)
    return iter(reversed(marks))
