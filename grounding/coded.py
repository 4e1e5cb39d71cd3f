"""Place values that a code states and that are printed nowhere else: the code itself."""

from __future__ import annotations

from grounding.targets import Target
from schemas.results import Cell, Evidence, Place, Proposal, Region, Status


def coded_cell(proposal: Proposal, target: Target, code: Region) -> Cell:
    """Return the cell of a value that only a code states.

    No text is compared, because the code states the value exactly: its `raw_text` is the value as the code has it. It
    is uncertain if the code may state something else than the field asks for.

    Args:
        proposal: the value.
        target: the typed value that the proposal means.
        code: the code's place.
    """
    squashed = target.squashed
    evidence = Evidence(
        agreement=1.0,
        digits_agree=True,
        hint=0.0,
        label=0.0,
        row=False,
        rivals=0,
        doubtful=proposal.doubtful,
        by_meaning=target.by_meaning,
        written=squashed,
        found=squashed,
        edits=(),
        probability=round(proposal.score, 4),
    )
    place = Place(code.page, code.quad, proposal.text, (), (code,))
    return Cell(
        path=proposal.path,
        value=target.value,
        raw_text=proposal.text,
        match_ratio=1.0,
        status=Status.UNCERTAIN if proposal.doubtful else Status.GROUNDED,
        place=place,
        confidence=round(proposal.score, 4),
        evidence=evidence,
    )
