"""Proposals + pages -> cells: find each value, choose its place, or report it missing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from grounding.agreement import edits
from grounding.array_rows import CellPlaces, assign_places, weight_of
from grounding.coded import coded_cell
from grounding.cut_numbers import is_cut
from grounding.marked import marked_cell
from grounding.place_candidates import PlaceCandidate, PlaceFinder, merged
from grounding.printed_labels import PrintedLabels
from grounding.probability import place_probability, value_probability
from grounding.ranking import (
    CHANCE_TEXT_CHARACTERS,
    MIN_LABEL_SUPPORT,
    SHORT_CODE_CHARACTERS,
    PlaceRanker,
    ScoredPlace,
    TargetContext,
)
from grounding.symbol_rows import SymbolRows
from grounding.symbol_text import Range, SymbolText
from grounding.targets import Target, read_targets
from grounding.typed_index import TypedIndex
from schemas.deadline import checkpoint
from schemas.fields import FieldType
from schemas.normalise.characters import squash
from schemas.pages import Document, TextSource
from schemas.results import CERTAIN_RATIO, Cell, Evidence, Place, Proposal, Status, not_found

RIVAL_SCORE_MARGIN = 0.05
"""Places whose scores differ by no more than this cannot be distinguished."""
MAX_LABELLED_CHARACTERS = 12
"""The label of a longer text is looked for only if the text is not found otherwise."""
MIN_GROUNDED_PROBABILITY = 0.5
"""Below this, a text with other letters is probably another one, so it is not reported as grounded."""
SHORT_AMOUNT_CHARACTERS = 6
"""Length of an amount with cents up to `999.00`; a shorter whole number may be a count instead."""
MAX_ALTERNATIVES = 10
"""Maximum number of other places reported for one value."""


def ground(
    document: Document, proposals: Sequence[Proposal], locale: str | None = None, explain: bool = False
) -> list[Cell]:
    """Return one cell for each proposal, in the same order.

    Args:
        document: the pages that were read.
        proposals: values in any written form. Their word ids raise the score of places on those words and never exclude
            other places. The cells of an array's row are placed together, in the order of the rows.
        locale: a BCP 47 tag such as `en-US` or `de`; it decides the order of day and month, and the decimal mark, where
            the pages do not.
        explain: whether to report the value's other places and the edits between the value and the text.
    """
    return Grounder(document, locale, explain).cells(proposals)


class FoundValue(NamedTuple):
    """A value that a proposal can mean, with its places, best first; there is at least one."""

    target: Target
    places: list[ScoredPlace]
    context: TargetContext


class Grounder:
    """Grounds proposals on one document; what depends on the document alone is computed once."""

    def __init__(self, document: Document, locale: str | None = None, explain: bool = False) -> None:
        self._explain = explain
        self._text = SymbolText(document)
        self._index = TypedIndex(self._text, locale)
        self._rows = SymbolRows(self._text)
        self._labels = PrintedLabels(self._text, self._rows)
        self._finder = PlaceFinder(self._text, self._index, self._rows)
        self._ranker = PlaceRanker(self._text, self._rows, self._labels)

    def prepare(self) -> None:
        """Build all indexes now instead of at the first value that needs them."""
        self._index.prepare()
        self._text.prepare()

    def cells(self, proposals: Sequence[Proposal]) -> list[Cell]:
        """Return one cell for each proposal, in the same order; see `ground`."""
        arrays: dict[tuple[str, ...], dict[tuple[int, ...], list[int]]] = defaultdict(lambda: defaultdict(list))
        answers: dict[int, Cell] = {}
        for number, proposal in enumerate(proposals):
            rows = tuple(part for part in proposal.path if isinstance(part, int))
            names = tuple(part for part in proposal.path[:-1] if isinstance(part, str))
            if rows:
                arrays[names][rows].append(number)
            else:
                answers[number] = self.cell(proposal)
        for records in arrays.values():  # the inner rows of all outer rows form one table
            in_order = [records[row] for row in sorted(records)]
            cells = self._array([[proposals[n] for n in record] for record in in_order])
            for record, row_cells in zip(in_order, cells, strict=True):
                answers |= zip(record, row_cells, strict=True)
        return [answers[number] for number in range(len(proposals))]

    def cell(self, proposal: Proposal) -> Cell:
        """Return the proposal's value with its best place, or a `not_found` cell."""
        if proposal.mark is not None:
            return marked_cell(self._text, proposal, proposal.mark)
        found = self._find(proposal)
        if found:
            return self._cell(proposal, found, found.places[0])
        targets = read_targets(proposal, self._index) if proposal.code else []
        return (
            coded_cell(proposal, targets[0], proposal.code) if targets and proposal.code else not_found(proposal.path)
        )

    def _array(self, records: list[list[Proposal]]) -> list[list[Cell]]:
        known: dict[tuple[FieldType, str, tuple[int, ...], tuple[str, ...]], FoundValue | None] = {}
        found: list[list[FoundValue | None]] = []
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
            for record, row, chosen in zip(records, found, assign_places(places, self._rows), strict=True)
        ]

    def _row(
        self, record: list[Proposal], row: list[FoundValue | None], chosen: list[ScoredPlace | None]
    ) -> list[Cell]:
        numbers = [self._rows.row_of(place.candidate.spans[0][0]) for place in chosen if place]
        cells = []
        for proposal, found, place in zip(record, row, chosen, strict=True):
            if found and place:
                in_row = numbers.count(self._rows.row_of(place.candidate.spans[0][0])) > 1
                cells.append(self._cell(proposal, found, place, in_row))
            else:
                cells.append(not_found(proposal.path))
        return cells

    def _find(self, proposal: Proposal, in_row: bool = False) -> FoundValue | None:
        """Return the likeliest of the proposal's values that is on the page, or None.

        Args:
            proposal: the proposal to look for.
            in_row: whether to add damaged places even if intact ones are found; the rest of the row decides between
                them.
        """
        checkpoint()
        label = proposal.path[-1] if len(proposal.path) == 1 else None
        context = TargetContext(
            hint=self._text.spans_of_words(proposal.word_ids),
            labels=(label,) if isinstance(label, str) and label else (),
        )
        for target in read_targets(proposal, self._index):
            if places := self._places(target, context):
                if in_row and not places[0].is_confirmed:
                    candidates = merged([p.candidate for p in places], self._finder.damaged(target))
                    places = self._ranker.ranked(candidates, target, context)
                return FoundValue(target, places, context)
        return None

    def _places(self, target: Target, context: TargetContext) -> list[ScoredPlace]:
        candidates = self._finder.places(target, context.hint)
        if context.hint and not target.by_meaning and (named := self._finder.words(target, context.hint)):
            candidates = merged([named], candidates)
        ranked = self._ranker.ranked(candidates, target, context)
        if not (context.hint or context.labels) or any(place.is_supported for place in ranked):
            return ranked
        closer = self._damaged_nearby(target, context, bool(ranked))
        return self._ranker.ranked(merged(candidates, closer), target, context) if closer else ranked

    def _damaged_nearby(self, target: Target, context: TargetContext, found: bool) -> list[PlaceCandidate]:
        """Return damaged places near the hint or the label, for when the places found are elsewhere."""
        if target.by_meaning:
            return self._finder.damaged(target) if found and len(target.squashed) <= SHORT_CODE_CHARACTERS else []
        windows = self._hint_windows(context.hint)
        if len(target.squashed) <= MAX_LABELLED_CHARACTERS or not found:
            windows += self._labels.windows(context.labels)
        return self._finder.near(target, windows)

    def _hint_windows(self, hint: tuple[Range, ...]) -> list[Range]:
        rows = {self._rows.row_of(start) for start, _ in hint}
        starts = self._text.bare_line_starts
        return [(starts[line], starts[line + 1]) for row in rows for line in self._rows.lines_of_row[row]]

    def _cell(self, proposal: Proposal, found: FoundValue, best: ScoredPlace, in_row: bool = False) -> Cell:
        candidate = best.candidate
        place = self._text.place(candidate.spans)
        evidence = self._evidence(best, found, in_row)
        certain = self._is_certain(best, found.target, evidence)
        certainties = [self._text.symbols[i].confidence for i in place.symbol_ids]
        read_confidence = sum(certainties) / len(certainties)
        probability = value_probability(evidence, proposal.score, read_confidence, len(proposal.path) > 1)
        if found.target.readings:
            probability /= len(found.target.readings)
        return Cell(
            path=proposal.path,
            value=found.target.value,
            raw_text=place.text,
            match_ratio=round(candidate.ratio, 4),
            status=Status.GROUNDED if certain else Status.UNCERTAIN,
            place=place,
            confidence=round(probability, 4),
            evidence=evidence,
            alternatives=self._alternatives(best, found.places) if self._explain else (),
            readings=found.target.readings,
        )

    def _is_certain(self, best: ScoredPlace, target: Target, evidence: Evidence) -> bool:
        """Return whether the value may be reported as grounded.

        No difference may matter, and nothing may suggest a coincidence.
        """
        candidate = best.candidate
        if target.readings:
            return False
        if candidate.ratio < CERTAIN_RATIO or not (candidate.digits_agree and evidence.digits_agree):
            return False
        if evidence.doubtful or (candidate.ratio < 1.0 and evidence.probability < MIN_GROUNDED_PROBABILITY):
            return False
        if target.by_meaning:
            return candidate.letters_agree and not (target.number is not None and is_cut(candidate.spans, self._text))
        if not target.is_identifier:
            return not _lacks_a_word(target, candidate)
        if self._is_text_layer(candidate):  # where no letter was misread
            return best.stands_alone and _letters(candidate.written) == _letters(candidate.found)
        return best.stands_alone and candidate.letters_agree

    def _is_text_layer(self, candidate: PlaceCandidate) -> bool:
        line = self._text.line_of(candidate.spans[0][0])
        return self._text.document.pages[self._text.page_of_line(line)].source is TextSource.TEXT_LAYER

    def _evidence(self, best: ScoredPlace, found: FoundValue, in_row: bool) -> Evidence:
        least = best.score - RIVAL_SCORE_MARGIN
        rivals = [p for p in found.places if p is not best and p.score >= least and not p.overlaps(best)]
        written, there = best.candidate.written, best.candidate.found
        evidence = Evidence(
            agreement=round(best.agreement, 4),
            digits_agree=best.digits_agree,
            hint=round(best.hint, 4),
            label=round(best.label, 4),
            row=in_row,
            rivals=0 if found.target.is_currency else len(rivals),
            doubtful=not in_row and self._is_doubtful(best, found),
            by_meaning=found.target.by_meaning,
            written=written,
            found=there,
            edits=edits(written, there) if self._explain and written != there else (),
            probability=0.0,
        )
        probability = place_probability(evidence, len(found.target.squashed))
        return evidence._replace(probability=round(probability, 4))

    def _is_doubtful(self, best: ScoredPlace, found: FoundValue) -> bool:
        """Return whether so short a value is probably a coincidence, far from hint and label."""
        target, _, context = found
        if best.hint or best.label >= MIN_LABEL_SUPPORT:
            return False
        if target.kind is FieldType.BOOLEAN:
            return (
                len(best.candidate.written) == 1 and best.candidate.written.isalnum()
            )  # an `x` or `1` may be anything
        prints_cents = self._index.notation.printed_decimal_mark is not None
        if target.kind is FieldType.MONEY and not best.candidate.as_proposed and prints_cents:
            return len(target.squashed) <= SHORT_AMOUNT_CHARACTERS  # `10` is not 10.00 on a page that prints cents
        if target.by_meaning or target.is_currency or len(target.squashed) > CHANCE_TEXT_CHARACTERS:
            return False
        return bool(best.edge or context.hint or self._labels.windows(context.labels))

    def _alternatives(self, best: ScoredPlace, places: list[ScoredPlace]) -> tuple[Place, ...]:
        others = [p for p in places if p.candidate.ratio >= CERTAIN_RATIO and p.digits_agree and not p.overlaps(best)]
        return tuple(self._text.place(p.candidate.spans) for p in others[:MAX_ALTERNATIVES])


def _lacks_a_word(target: Target, candidate: PlaceCandidate) -> bool:
    """Return whether a whole word of the value is missing: `Service` is not `Service B`."""
    if target.is_one_word or candidate.ratio == 1.0:
        return False
    lost = [(e.position, e.position + len(e.value)) for e in edits(candidate.written, candidate.found) if not e.found]
    start = 0
    for word in target.proposed.split():
        end = start + len(squash(word))
        if any(map(str.isalnum, word)) and any(a <= start and end <= b for a, b in lost):
            return True
        start = end
    return False


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text))


def _cell_places(proposal: Proposal, found: FoundValue | None) -> CellPlaces:
    if found is None:
        return CellPlaces(str(proposal.path[-1]), [], 0.0, confirmed=False)
    return CellPlaces(
        str(proposal.path[-1]), found.places, weight_of(found.target.squashed), found.places[0].is_confirmed
    )
