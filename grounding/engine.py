"""Proposals + pages -> cells: finds every value on the page, chooses the occurrence, or says that it is not there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from grounding.agreement import edits
from grounding.arrays import CellPlaces, assign, weight_of
from grounding.candidates import Candidate, Finder, is_identifier
from grounding.choice import MIN_LABEL, SHORT, SHORT_CODE, Context, Judge, Scored
from grounding.confidence import place_probability, value_probability
from grounding.labels import Labels
from grounding.page_rows import PageRows
from grounding.symbol_text import Range, SymbolText
from grounding.typed_index import TypedIndex
from schemas.fields import FieldType
from schemas.normalise import booleans, dates, numbers
from schemas.normalise.characters import squash
from schemas.pages import Document
from schemas.results import CERTAIN_RATIO, Cell, Edit, Evidence, FieldPath, Place, Proposal, Status, Value, not_found

ACCEPTED_AGREEMENT = 0.8
"""From here on a place is taken for the value's without looking for a better one."""
AS_GOOD = 0.05
"""Places whose scores are this close cannot be told apart."""
MAX_ALTERNATIVES = 10
"""Other places that are reported."""
_NUMERIC = (FieldType.NUMBER, FieldType.INTEGER, FieldType.MONEY)


def ground(document: Document, proposals: Sequence[Proposal], locale: str | None = None) -> list[Cell]:
    """One cell for each proposal, in the same order.

    Args:
        document: the pages that were read.
        proposals: values in any written form. Their word ids raise an occurrence's score and never exclude another.
            The cells of an array's row are placed together, in the order of the rows.
        locale: BCP 47; settles the order of day and month where the page does not (`en-US`, `de`).
    """
    return Grounder(document, locale).cells(proposals)


class Reading(NamedTuple):
    """A value that a proposal can mean, and where it may stand, best first."""

    value: Value | date
    places: list[Scored]
    context: Context


class Grounder:
    """Searches one document; everything that depends on the document alone is computed once."""

    def __init__(self, document: Document, locale: str | None = None) -> None:
        self._text = SymbolText(document)
        self._index = TypedIndex(self._text, locale)
        self._rows = PageRows(self._text)
        self._labels = Labels(self._text, self._rows)
        self._finder = Finder(self._text, self._index, self._rows)
        self._judge = Judge(self._text, self._rows, self._labels)

    def cells(self, proposals: Sequence[Proposal]) -> list[Cell]:
        """See `ground`."""
        arrays: dict[str | int, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
        answers: dict[int, Cell] = {}
        for number, proposal in enumerate(proposals):
            row = _row_of(proposal.path)
            if row is None:
                answers[number] = self.cell(proposal)
            else:
                arrays[proposal.path[0]][row].append(number)
        for records in arrays.values():
            in_order = [records[row] for row in sorted(records)]
            cells = self._array([[proposals[n] for n in record] for record in in_order])
            for record, row_cells in zip(in_order, cells, strict=True):
                answers |= zip(record, row_cells, strict=True)
        return [answers[number] for number in range(len(proposals))]

    def cell(self, proposal: Proposal) -> Cell:
        """The proposal's value with the best of its places, or `not_found`."""
        reading = self._read(proposal)
        return self._cell(proposal, reading, reading.places[0]) if reading else not_found(proposal.path)

    def _array(self, records: list[list[Proposal]]) -> list[list[Cell]]:
        found: dict[tuple[FieldType, str, tuple[int, ...]], Reading | None] = {}
        readings: list[list[Reading | None]] = []
        for record in records:
            readings.append([])
            for proposal in record:
                key = (proposal.type, proposal.text, proposal.word_ids)
                if key not in found:
                    found[key] = self._thorough(proposal, self._read(proposal))
                readings[-1].append(found[key])
        places = [
            [_cell_places(p, reading) for p, reading in zip(record, row, strict=True)]
            for record, row in zip(records, readings, strict=True)
        ]
        cells: list[list[Cell]] = []
        for record, row, chosen in zip(records, readings, assign(places, self._rows), strict=True):
            cells.append(
                [
                    self._cell(proposal, reading, place, self._is_in_row(place, chosen))
                    if reading and place
                    else not_found(proposal.path)
                    for proposal, reading, place in zip(record, row, chosen, strict=True)
                ]
            )
        return cells

    def _is_in_row(self, place: Scored, record: list[Scored | None]) -> bool:
        """Whether another cell of the record stands in the same row."""
        row = self._rows.row_of(place.candidate.spans[0][0])
        others = [p.candidate.spans[0][0] for p in record if p and p is not place]
        return any(self._rows.row_of(start) == row for start in others)

    def _read(self, proposal: Proposal) -> Reading | None:
        """The likeliest value that stands on the page."""
        for value in self._values(proposal):
            context = self._context(proposal, value)
            if places := self._places(proposal, value, context):
                return Reading(value, places, context)
        return None

    def _thorough(self, proposal: Proposal, reading: Reading | None) -> Reading | None:
        """With damaged places beside sound ones: what a row holds otherwise says which of them is meant."""
        if reading is None or _is_confirmed(reading.places):
            return reading
        value, places, context = reading
        candidates = _with([s.candidate for s in places], self._damaged(proposal, value))
        return Reading(value, self._judge.ranked(candidates, context), context)

    def _in_usual_form(self, proposal: Proposal, candidates: list[Candidate]) -> list[Candidate]:
        """Money is written with two decimals, whatever the proposal looks like."""
        if proposal.type is not FieldType.MONEY:
            return candidates
        return [c._replace(as_proposed=self._has_cents(c)) for c in candidates]

    def _has_cents(self, candidate: Candidate) -> bool:
        there = self._text.squashed_of(candidate.spans).rstrip("-)")
        return len(there) > 2 and there[-2:].isalnum() and not there[-3].isalnum()

    def _damaged(self, proposal: Proposal, value: Value | date) -> list[Candidate]:
        if isinstance(value, bool):
            return []
        if isinstance(value, date):
            return self._finder.damaged_date(value, proposal.text)
        if proposal.type in _NUMERIC and isinstance(value, int | Decimal):
            return self._in_usual_form(proposal, self._finder.damaged_number(Decimal(value), proposal.text))
        return self._finder.string_anywhere(str(value))

    def _values(self, proposal: Proposal) -> list[Value | date]:
        """The typed values that the proposal's text can mean, the likeliest on this page first."""
        text = proposal.text.strip()
        match proposal.type:
            case FieldType.DATE:
                day = _iso_date(text) or dates.parse(text, self._index.day_first)
                return [day] if day else []
            case FieldType.NUMBER | FieldType.INTEGER | FieldType.MONEY:
                readings = self._number_readings(text)
                return [v for r in dict.fromkeys(readings[:3]) if (v := _typed_number(r, proposal.type)) is not None]
            case FieldType.BOOLEAN:
                truth = booleans.parse(text)
                return [] if truth is None else [truth]
            case FieldType.ENUM:
                return [v for v in proposal.values if squash(v) == squash(text)]
            case _:
                return [" ".join(text.split())] if text else []

    def _number_readings(self, text: str) -> list[Decimal]:
        whole, _, decimals = text.partition(".")
        if whole.isascii() and whole.isdecimal() and (not decimals or (decimals.isdecimal() and len(decimals) != 3)):
            return [Decimal(text)] if len(text) <= numbers.MAX_DIGITS else []
        likeliest = numbers.parse(text, self._index.decimal_mark)
        if likeliest is None:
            return []
        return [likeliest, *(r for span in numbers.find(text) for r in span.readings)]

    def _context(self, proposal: Proposal, value: Value | date) -> Context:
        by_meaning = isinstance(value, date | bool) or proposal.type in _NUMERIC
        label = proposal.path[-1] if len(proposal.path) == 1 else ""
        return Context(
            hint=self._text.spans_of_words(proposal.word_ids),
            labels=(label,) if isinstance(label, str) and label else (),
            by_meaning=by_meaning,
            identifier=not by_meaning and is_identifier(str(value)),
            is_date=isinstance(value, date),
            length=len(squash(str(value))),
        )

    def _places(self, proposal: Proposal, value: Value | date, context: Context) -> list[Scored]:
        finder = self._finder
        if isinstance(value, bool):
            candidates = finder.boolean(value)
        elif isinstance(value, date):
            candidates = finder.date(value, proposal.text)
        elif proposal.type in _NUMERIC and isinstance(value, int | Decimal):
            candidates = self._in_usual_form(proposal, finder.number(Decimal(value), proposal.text))
        else:
            candidates = finder.string(str(value))
            if named := finder.words(str(value), context.hint):
                candidates = [c for c in candidates if c.spans != named.spans] + [named]
        ranked = self._judge.ranked(candidates, context)
        if context.by_meaning and ranked and not any(self._is_clean(s, proposal) for s in ranked):
            ranked = self._judge.ranked(_with(candidates, self._damaged(proposal, value)), context)
        if not (context.hint or context.labels) or any(_is_supported(s) for s in ranked):
            return ranked
        closer = self._closer(proposal, value, context, bool(ranked))
        return self._judge.ranked(_with([s.candidate for s in ranked], closer), context) if closer else ranked

    def _is_clean(self, scored: Scored, proposal: Proposal) -> bool:
        """Whether a number or date ends where its word ends; an amount of money has its cents."""
        return not scored.edge and (scored.candidate.as_proposed or proposal.type is not FieldType.MONEY)

    def _closer(self, proposal: Proposal, value: Value | date, context: Context, found: bool) -> list[Candidate]:
        """Damaged places near the hint or label, when the places found are not."""
        if context.by_meaning:
            return self._damaged(proposal, value) if found and context.length <= SHORT_CODE else []
        windows = self._hint_windows(context.hint)
        if context.length <= MAX_LABELLED or not found:
            windows += self._labels.windows(context.labels)
        return self._finder.string_beside(str(value), windows)

    def _hint_windows(self, hint: tuple[Range, ...]) -> list[Range]:
        rows = {self._rows.row_of(start) for start, _ in hint}
        starts = self._text.bare_line_starts
        return [(starts[line], starts[line + 1]) for row in rows for line in self._rows.lines_of_row[row]]

    def _cell(self, proposal: Proposal, reading: Reading, best: Scored, in_row: bool = False) -> Cell:
        value = reading.value
        candidate = best.candidate
        place = self._text.place(candidate.spans)
        evidence = self._evidence(best, reading, in_row)
        certain = candidate.ratio >= CERTAIN_RATIO and candidate.digits_agree and not evidence.doubtful
        symbols = [self._text.symbols[i] for i in place.symbol_ids]
        read = sum(s.confidence for s in symbols) / len(symbols)
        return Cell(
            path=proposal.path,
            value=value.isoformat() if isinstance(value, date) else value,
            raw_text=place.text,
            match_ratio=round(candidate.ratio, 4),
            status=Status.GROUNDED if certain and evidence.digits_agree else Status.UNCERTAIN,
            place=place,
            confidence=round(value_probability(evidence.probability, proposal.score, read), 4),
            evidence=evidence,
            alternatives=self._alternatives(best, reading.places),
        )

    def _evidence(self, best: Scored, reading: Reading, in_row: bool) -> Evidence:
        _, ranked, context = reading
        as_good = [s for s in ranked if s.score >= best.score - AS_GOOD and not _overlap(s.candidate, best.candidate)]
        evidence = Evidence(
            agreement=round(best.agreement, 4),
            digits_agree=best.digits_agree,
            hint=round(best.hint, 4),
            label=round(best.label, 4),
            row=in_row,
            rivals=len(as_good),
            doubtful=not in_row and self._is_doubtful(best, context),
            by_meaning=context.by_meaning,
            edits=self._edits(best.candidate),
            probability=0.0,
        )
        return evidence._replace(probability=round(place_probability(evidence, context.length), 4))

    def _edits(self, candidate: Candidate) -> tuple[Edit, ...]:
        if candidate.ratio == 1.0:
            return ()
        return edits(candidate.written, self._text.squashed_of(candidate.spans))

    def _is_doubtful(self, best: Scored, context: Context) -> bool:
        """Whether so short a text stands away from its hint, or from words that name it elsewhere on the page."""
        if context.length > SHORT or context.by_meaning or best.hint or best.label >= MIN_LABEL:
            return False
        return bool(best.edge or context.hint or self._labels.windows(context.labels))

    def _alternatives(self, best: Scored, ranked: list[Scored]) -> tuple[Place, ...]:
        others = [
            s.candidate
            for s in ranked
            if s is not best and s.candidate.ratio >= CERTAIN_RATIO and not _overlap(s.candidate, best.candidate)
        ]
        return tuple(self._text.place(c.spans) for c in others[:MAX_ALTERNATIVES])


MAX_LABELLED = 12
"""Characters; the label of a longer text is looked for only when it is not found otherwise."""


def _row_of(path: FieldPath) -> int | None:
    return path[1] if len(path) > 2 and isinstance(path[1], int) else None


def _cell_places(proposal: Proposal, reading: Reading | None) -> CellPlaces:
    places = reading.places if reading else []
    return CellPlaces(proposal.path[2:], places, weight_of(squash(proposal.text)), _is_confirmed(places))


def _is_confirmed(places: list[Scored]) -> bool:
    """Whether the best place is where the extractor saw the value."""
    return bool(places) and places[0].hint >= HINTED and _is_accepted(places[0])


HINTED = 0.2
"""Half of a place's symbols are those of the hint."""


def _with(candidates: list[Candidate], more: list[Candidate]) -> list[Candidate]:
    known = {c.spans for c in candidates}
    return candidates + [c for c in more if c.spans not in known]


def _is_accepted(scored: Scored) -> bool:
    return scored.digits_agree and scored.agreement >= ACCEPTED_AGREEMENT


def _is_supported(scored: Scored) -> bool:
    return _is_accepted(scored) and (scored.hint > 0 or scored.label >= MIN_LABEL)


def _overlap(a: Candidate, b: Candidate) -> bool:
    return any(s < y and x < e for s, e in a.spans for x, y in b.spans)


def _iso_date(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None


def _typed_number(number: Decimal, kind: FieldType) -> Decimal | int | None:
    """Money keeps its decimals as written, other numbers lose trailing zeros; None for an integer with a fraction."""
    whole = number.to_integral_value()
    if kind is FieldType.MONEY:
        return number
    if kind is FieldType.INTEGER:
        return int(whole) if number == whole else None
    return whole if number == whole else number.normalize()
