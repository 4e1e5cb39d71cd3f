"""Proposals + pages -> cells: finds every value on the page, chooses the occurrence, or says that it is not there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from grounding.agreement import edits
from grounding.arrays import CellPlaces, assign, weight_of
from grounding.candidates import Candidate, Finder, joined
from grounding.choice import MIN_LABEL, SHORT, SHORT_CODE, Context, Judge, Scored
from grounding.confidence import place_probability, value_probability
from grounding.printed_labels import PrintedLabels
from grounding.sought import Sought, read
from grounding.symbol_rows import SymbolRows
from grounding.symbol_text import Range, SymbolText
from grounding.typed_index import TypedIndex
from schemas.fields import FieldType
from schemas.normalise.characters import squash
from schemas.pages import Document, TextSource
from schemas.results import CERTAIN_RATIO, Cell, Evidence, Place, Proposal, Status, not_found

AS_GOOD = 0.05
"""Places whose scores are this close cannot be told apart."""
MAX_LABELLED = 12
"""Characters; the label of a longer text is looked for only when it is not found otherwise."""
MIN_PROBABILITY = 0.5
"""A text with other letters that is rather another one is not called grounded."""
SHORT_AMOUNT = 6
"""Characters of an amount of money with its cents, up to 999.00."""
MAX_ALTERNATIVES = 10
"""Other places that are reported."""


def ground(
    document: Document, proposals: Sequence[Proposal], locale: str | None = None, explain: bool = False
) -> list[Cell]:
    """One cell for each proposal, in the same order.

    Args:
        document: the pages that were read.
        proposals: values in any written form. Their word ids raise an occurrence's score and never exclude another.
            The cells of an array's row are placed together, in the order of the rows.
        locale: BCP 47; settles the order of day and month where the page does not (`en-US`, `de`).
        explain: also say where else a value stands and what differs from it where it was found.
    """
    return Grounder(document, locale, explain).cells(proposals)


class Found(NamedTuple):
    """A value that a proposal can mean, and where it may stand, best first, at least one place."""

    sought: Sought
    places: list[Scored]
    context: Context


class Grounder:
    """Searches one document; everything that depends on the document alone is computed once."""

    def __init__(self, document: Document, locale: str | None = None, explain: bool = False) -> None:
        self._explain = explain
        self._text = SymbolText(document)
        self._index = TypedIndex(self._text, locale)
        self._rows = SymbolRows(self._text)
        self._labels = PrintedLabels(self._text, self._rows)
        self._finder = Finder(self._text, self._index, self._rows)
        self._judge = Judge(self._text, self._rows, self._labels)

    def prepare(self) -> None:
        """Build now what is otherwise built when the first value needs it."""
        self._index.prepare()
        self._text.prepare()

    def cells(self, proposals: Sequence[Proposal]) -> list[Cell]:
        """See `ground`."""
        arrays: dict[tuple[str, ...], dict[tuple[int, ...], list[int]]] = defaultdict(lambda: defaultdict(list))
        answers: dict[int, Cell] = {}
        for number, proposal in enumerate(proposals):
            rows = tuple(part for part in proposal.path if isinstance(part, int))
            names = tuple(part for part in proposal.path[:-1] if isinstance(part, str))
            if rows:
                arrays[names][rows].append(number)
            else:
                answers[number] = self.cell(proposal)
        for records in arrays.values():  # the inner rows of all outer ones are one table
            in_order = [records[row] for row in sorted(records)]
            cells = self._array([[proposals[n] for n in record] for record in in_order])
            for record, row_cells in zip(in_order, cells, strict=True):
                answers |= zip(record, row_cells, strict=True)
        return [answers[number] for number in range(len(proposals))]

    def cell(self, proposal: Proposal) -> Cell:
        """The proposal's value with the best of its places, or `not_found`."""
        found = self._find(proposal)
        return self._cell(proposal, found, found.places[0]) if found else not_found(proposal.path)

    def _array(self, records: list[list[Proposal]]) -> list[list[Cell]]:
        known: dict[tuple[FieldType, str, tuple[int, ...], tuple[str, ...]], Found | None] = {}
        found: list[list[Found | None]] = []
        for record in records:
            found.append([])
            for proposal in record:
                key = (proposal.type, proposal.text, proposal.word_ids, proposal.values)
                if key not in known:
                    known[key] = self._find(proposal, in_row=True)
                found[-1].append(known[key])
        places = [
            [_cell_places(proposal, cell) for proposal, cell in zip(record, row, strict=True)]
            for record, row in zip(records, found, strict=True)
        ]
        return [
            self._row(record, row, chosen)
            for record, row, chosen in zip(records, found, assign(places, self._rows), strict=True)
        ]

    def _row(self, record: list[Proposal], row: list[Found | None], chosen: list[Scored | None]) -> list[Cell]:
        numbers = [self._rows.row_of(place.candidate.spans[0][0]) for place in chosen if place]
        cells = []
        for proposal, found, place in zip(record, row, chosen, strict=True):
            if found and place:
                in_row = numbers.count(self._rows.row_of(place.candidate.spans[0][0])) > 1
                cells.append(self._cell(proposal, found, place, in_row))
            else:
                cells.append(not_found(proposal.path))
        return cells

    def _find(self, proposal: Proposal, in_row: bool = False) -> Found | None:
        """The likeliest of its values that stands on the page.

        Args:
            in_row: also damaged places beside sound ones; what a row holds otherwise says which of them is meant.
        """
        label = proposal.path[-1] if len(proposal.path) == 1 else None
        context = Context(
            hint=self._text.spans_of_words(proposal.word_ids),
            labels=(label,) if isinstance(label, str) and label else (),
        )
        for sought in read(proposal, self._index):
            if places := self._places(sought, context):
                if in_row and not places[0].is_confirmed:
                    candidates = joined([p.candidate for p in places], self._finder.damaged(sought))
                    places = self._judge.ranked(candidates, sought, context)
                return Found(sought, places, context)
        return None

    def _places(self, sought: Sought, context: Context) -> list[Scored]:
        candidates = self._finder.places(sought)
        if context.hint and not sought.by_meaning and (named := self._finder.words(sought, context.hint)):
            candidates = joined([named], candidates)
        ranked = self._judge.ranked(candidates, sought, context)
        if not (context.hint or context.labels) or any(place.is_supported for place in ranked):
            return ranked
        closer = self._closer(sought, context, bool(ranked))
        return self._judge.ranked(joined(candidates, closer), sought, context) if closer else ranked

    def _closer(self, sought: Sought, context: Context, found: bool) -> list[Candidate]:
        """Damaged places near the hint or label, when the places found are not."""
        if sought.by_meaning:
            return self._finder.damaged(sought) if found and len(sought.squashed) <= SHORT_CODE else []
        windows = self._hint_windows(context.hint)
        if len(sought.squashed) <= MAX_LABELLED or not found:
            windows += self._labels.windows(context.labels)
        return self._finder.beside(sought, windows)

    def _hint_windows(self, hint: tuple[Range, ...]) -> list[Range]:
        rows = {self._rows.row_of(start) for start, _ in hint}
        starts = self._text.bare_line_starts
        return [(starts[line], starts[line + 1]) for row in rows for line in self._rows.lines_of_row[row]]

    def _cell(self, proposal: Proposal, found: Found, best: Scored, in_row: bool = False) -> Cell:
        candidate = best.candidate
        place = self._text.place(candidate.spans)
        evidence = self._evidence(best, found, in_row)
        certain = self._is_certain(best, found.sought, evidence)
        certainties = [self._text.symbols[i].confidence for i in place.symbol_ids]
        read_confidence = sum(certainties) / len(certainties)
        return Cell(
            path=proposal.path,
            value=found.sought.value,
            raw_text=place.text,
            match_ratio=round(candidate.ratio, 4),
            status=Status.GROUNDED if certain else Status.UNCERTAIN,
            place=place,
            confidence=round(value_probability(evidence, proposal.score, read_confidence), 4),
            evidence=evidence,
            alternatives=self._alternatives(best, found.places) if self._explain else (),
        )

    def _is_certain(self, best: Scored, sought: Sought, evidence: Evidence) -> bool:
        """Whether the value may be called grounded: nothing that matters differs, and nothing speaks for chance."""
        candidate = best.candidate
        if candidate.ratio < CERTAIN_RATIO or not (candidate.digits_agree and evidence.digits_agree):
            return False
        if evidence.doubtful or (candidate.ratio < 1.0 and evidence.probability < MIN_PROBABILITY):
            return False
        if sought.by_meaning:
            return candidate.letters_agree
        if not sought.is_identifier:
            return not _lacks_a_word(sought, candidate)
        if self._is_text_layer(candidate):  # where nothing was misread
            return best.stands_alone and _letters(candidate.written) == _letters(candidate.found)
        return best.stands_alone and candidate.letters_agree

    def _is_text_layer(self, candidate: Candidate) -> bool:
        line = self._text.line_of(candidate.spans[0][0])
        return self._text.document.pages[self._text.page_of_line(line)].source is TextSource.TEXT_LAYER

    def _evidence(self, best: Scored, found: Found, in_row: bool) -> Evidence:
        least = best.score - AS_GOOD
        rivals = [p for p in found.places if p is not best and p.score >= least and not p.overlaps(best)]
        written, there = best.candidate.written, best.candidate.found
        evidence = Evidence(
            agreement=round(best.agreement, 4),
            digits_agree=best.digits_agree,
            hint=round(best.hint, 4),
            label=round(best.label, 4),
            row=in_row,
            rivals=0 if found.sought.is_currency else len(rivals),
            doubtful=not in_row and self._is_doubtful(best, found),
            by_meaning=found.sought.by_meaning,
            written=written,
            found=there,
            edits=edits(written, there) if self._explain and written != there else (),
            probability=0.0,
        )
        probability = place_probability(evidence, len(found.sought.squashed))
        return evidence._replace(probability=round(probability, 4))

    def _is_doubtful(self, best: Scored, found: Found) -> bool:
        """Whether so short a value stands there by chance: away from its hint and from the words that name it."""
        sought, _, context = found
        if best.hint or best.label >= MIN_LABEL:
            return False
        if sought.kind is FieldType.BOOLEAN:
            return len(best.candidate.written) == 1 and best.candidate.written.isalnum()  # an `x` or `1` is anything
        if sought.kind is FieldType.MONEY and not best.candidate.as_proposed and self._index.decimal_mark:
            return len(sought.squashed) <= SHORT_AMOUNT  # `10` is no 10.00 on a page that prints cents
        if sought.by_meaning or sought.is_currency or len(sought.squashed) > SHORT:
            return False
        return bool(best.edge or context.hint or self._labels.windows(context.labels))

    def _alternatives(self, best: Scored, places: list[Scored]) -> tuple[Place, ...]:
        others = [p for p in places if p.candidate.ratio >= CERTAIN_RATIO and p.digits_agree and not p.overlaps(best)]
        return tuple(self._text.place(p.candidate.spans) for p in others[:MAX_ALTERNATIVES])


def _lacks_a_word(sought: Sought, candidate: Candidate) -> bool:
    """Whether a whole word of the value is not there: `Service` is no `Service B`."""
    if sought.is_one_word or candidate.ratio == 1.0:
        return False
    lost = [(e.position, e.position + len(e.value)) for e in edits(candidate.written, candidate.found) if not e.found]
    start = 0
    for word in sought.proposed.split():
        end = start + len(squash(word))
        if any(map(str.isalnum, word)) and any(a <= start and end <= b for a, b in lost):
            return True
        start = end
    return False


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text))


def _cell_places(proposal: Proposal, found: Found | None) -> CellPlaces:
    if found is None:
        return CellPlaces(str(proposal.path[-1]), [], 0.0, confirmed=False)
    return CellPlaces(
        str(proposal.path[-1]), found.places, weight_of(found.sought.squashed), found.places[0].is_confirmed
    )
