"""Place values that a tick box or radio button gives: the box, together with its label."""

from __future__ import annotations

from dataclasses import replace

from grounding.agreement import match_ratio
from grounding.symbol_text import SymbolText
from schemas.fields import FieldType
from schemas.frames import quad_around
from schemas.normalise import booleans
from schemas.normalise.characters import squash
from schemas.results import CERTAIN_RATIO, Cell, Evidence, Place, Proposal, Region, Status, Value, not_found


def marked_cell(text: SymbolText, proposal: Proposal, mark: Region) -> Cell:
    """Return the cell of a value that a mark gives.

    Its place is the mark and the words of its label, which are not looked for anywhere else; without a label it is the
    mark alone, and nothing is printed there. Its confidence is the proposal's score, times the match ratio, times the
    mean confidence of the label's symbols. The value is found by its meaning, so the label is compared with itself,
    except for an enum, whose permitted value may be printed with other letters.

    Args:
        text: the document's text.
        proposal: the value, with the ids of the label's words.
        mark: the tick box or radio button.
    """
    value = _value(proposal)
    if value is None:
        return not_found(proposal.path)
    spans = text.spans_of_words(proposal.word_ids)
    place = _place(text, spans, mark) if spans else Place(mark.page, mark.quad, "", (), (mark,))
    found = text.squashed_of(spans)
    written = squash(str(value)) if spans and _is_spelled(proposal, place.text) else found
    ratio = match_ratio(written, found) if spans else 1.0
    read = [text.symbols[i].confidence for i in place.symbol_ids]
    confidence = proposal.score * ratio * (sum(read) / len(read) if read else 1.0)
    certain = not proposal.doubtful and ratio >= CERTAIN_RATIO
    return Cell(
        path=proposal.path,
        value=value,
        raw_text=place.text or None,
        match_ratio=round(ratio, 4),
        status=Status.GROUNDED if certain else Status.UNCERTAIN,
        place=place,
        confidence=round(confidence, 4),
        evidence=_evidence(proposal, written, found, ratio, confidence),
    )


def _value(proposal: Proposal) -> Value | None:
    if proposal.type is FieldType.BOOLEAN:
        return booleans.parse(proposal.text)
    wanted = squash(proposal.text)
    return next((value for value in proposal.values if squash(value) == wanted), None)


def _is_spelled(proposal: Proposal, label: str) -> bool:
    """Return whether a label states an enum's value in the same letters, if misread ones."""
    if proposal.type is not FieldType.ENUM:
        return False
    return booleans.answer(label) is None or squash(label) == squash(proposal.text)


def _place(text: SymbolText, spans: tuple[tuple[int, int], ...], mark: Region) -> Place:
    """Return the place of a label and its mark: around both on one page, else around the label.

    The mark is always the first region.
    """
    label = text.place(spans)
    if label.page != mark.page:
        return replace(label, regions=(mark, *label.regions))
    aspect = next(page.aspect for page in text.document.pages if page.number == mark.page)
    quad = quad_around([*(region.quad for region in label.regions if region.page == mark.page), mark.quad], aspect)
    return replace(label, quad=quad, regions=(mark, *label.regions))


def _evidence(proposal: Proposal, written: str, found: str, ratio: float, confidence: float) -> Evidence:
    return Evidence(
        agreement=round(ratio, 4),
        digits_agree=True,
        hint=0.0,
        label=0.0,
        row=False,
        rivals=0,
        doubtful=proposal.doubtful,
        by_meaning=proposal.type is FieldType.BOOLEAN,
        written=written,
        found=found,
        edits=(),
        probability=round(confidence, 4),
    )
