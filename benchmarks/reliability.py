"""Whether the confidence means what it says: of cells that claim 0.9, nine in ten should be right."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from pathlib import Path

from benchmarks.grounding_cases import page_of, proposal_of, verdict
from benchmarks.grounding_documents import READ
from benchmarks.proposed_cells import Example, examples
from grounding import ground
from grounding.confidence import value_probability, weights
from service.evaluation.tables import table
from training.confidence import value_weights

EDGES = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.01)
SHARES = (0.3, 0.5, 0.7, 0.9)
Claim = tuple[float, bool]
"""What was claimed, and whether it is right."""


def measure_reliability(files: Sequence[Path]) -> str:
    """Markdown; `files` are grounding cases that nothing was fitted on."""
    places, values = _places(files), _values(list(examples(READ)))
    ranked = sorted(values, reverse=True)
    curve = [(f"{share:.0%}", _right(ranked[: int(share * len(ranked))])) for share in SHARES]
    return "\n\n".join(
        [
            '### Confidence <a id="confidence"></a>',
            f"`python -m training.confidence` fits two logistic models. The first says whether a value stands at a"
            f" place; it was fitted on grounding cases of other pages and seeds, and is measured here on the"
            f" {len(places)} places that were found for the cases above. Mean difference between claim and truth, by"
            f" the bins below: {_error(places):.3f}.",
            _bins(places),
            f"The second says whether it is the field's value, from the extractor's score and the reader's confidence;"
            f" a cell's `confidence` is their product. Measured on the {len(values)} cells with a known truth that the"
            f" extractor proposes on the real documents, each half of them (by source) with weights fitted on the"
            f" other; the weights that ship are fitted on both. Mean difference: {_error(values):.3f}.",
            _bins(values),
            "Of the most confident cells so many are right:",
            table(("share of cells", "right"), curve),
        ]
    )


def _places(files: Sequence[Path]) -> list[Claim]:
    claims: list[Claim] = []
    for file in files:
        data = json.loads(file.read_text(encoding="utf-8"))
        for raw in data["pages"]:
            page = page_of(raw)
            cases = [case for case in data["cases"] if case["page"] == raw["id"]]
            for case, cell in zip(cases, ground(page.document, [proposal_of(c, page) for c in cases]), strict=True):
                if cell.place and cell.evidence and cell.evidence.digits_agree:
                    right = verdict(raw["text"], case, page.spans(cell.place.symbol_ids)) == "right"
                    claims.append((cell.evidence.probability, right))
    return claims


def _values(found: Sequence[Example]) -> list[Claim]:
    claims: list[Claim] = []
    for half in (0, 1):
        fitted = weights()._replace(value=tuple(value_weights(e for e in found if e.half != half)))
        measured = [e for e in found if e.half == half]
        claims += [(value_probability(e.evidence, e.score, e.read, fitted), e.right) for e in measured]
    return claims


def _bins(claims: Sequence[Claim]) -> str:
    rows = []
    for low, high in itertools.pairwise(EDGES):
        here = [claim for claim in claims if low <= claim[0] < high]
        if here:
            rows.append((f"{low:g} to {min(high, 1):g}", len(here), sum(c for c, _ in here) / len(here), _right(here)))
    return table(("confidence", "cells", "mean claim", "right"), rows)


def _right(claims: Sequence[Claim]) -> float:
    return sum(right for _, right in claims) / len(claims)


def _error(claims: Sequence[Claim]) -> float:
    """Expected calibration error: |mean claim - share of right ones|, weighed by the cells of each bin."""
    total = 0.0
    for low, high in itertools.pairwise(EDGES):
        here = [claim for claim in claims if low <= claim[0] < high]
        total += abs(sum(claim - right for claim, right in here))
    return total / len(claims)
