"""Measure whether confidence is a probability.

Of cells with 0.9, nine in ten should be right.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

from benchmarks.extraction import DATA, FOLDER
from benchmarks.grounding_cases import page_of, proposal_of, verdict
from benchmarks.grounding_documents import READ
from benchmarks.predictions import KINDS
from benchmarks.proposed_cells import Example, examples
from grounding import ground
from grounding.probability import value_probability, weights
from scripts.server import running_server
from service.evaluation.markdown_tables import table
from training.fit_confidence import value_weights

EDGES = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.01)
"""Bounds of the bins of confidence; the last lies above 1, so that its bin includes 1."""
SHARES = (0.3, 0.5, 0.7, 0.8, 0.9, 1.0)
"""Shares of the most confident cells whose precision is shown."""
PRECISIONS = (0.95, 0.97, 0.98, 0.99, 0.995)
"""Precisions for which the share of cells is shown."""
SURE_CLAIM = 0.9
"""Confidence from which many callers accept a value without looking."""
Claim = tuple[float, bool]
"""A claimed probability, and whether the cell is right."""


def measure_places(files: Sequence[Path]) -> str:
    """Return Markdown on the confidence of places.

    It comes from grounding cases that nothing was fitted on.
    """
    places = _places(files)
    return "\n\n".join(
        [
            "### Probability of a place",
            f"`python -m training.fit_confidence` fits two logistic models. The first gives the probability that a"
            f" value is printed at a place. It was fitted on grounding cases of other pages and seeds, and is measured"
            f" here on the {len(places)} places found for the cases above. The mean difference between claim and truth"
            f" over the bins below is {_error(places):.3f}.",
            _bins(places),
        ]
    )


def measure() -> str:
    """Return Markdown on the confidence of cells on real documents."""
    by_kind = _values(list(examples(READ)))
    values = [claim for claims in by_kind.values() for claim in claims]
    ranked = sorted(values, reverse=True)
    counts = {share: int(share * len(ranked)) for share in SHARES}
    curve = [(f"{share:.0%}", ranked[count - 1][0], _right(ranked[:count])) for share, count in counts.items()]
    accepted = [(f"{precision:.1%}", f"{_accepted(ranked, precision):.1%}") for precision in PRECISIONS]
    return "\n\n".join(
        [
            f"A cell's `confidence` is the probability of its place times the probability of its value, which follows"
            f" from the extractor's score and the reader's confidence; the checks raise or lower the product. It is"
            f" measured on the {len(values)} cells with a known truth that the extractor proposes on the real"
            f" documents, each half of them (by source) with weights fitted on the other half; the weights that ship"
            f" are fitted on both. The mean difference between claim and truth over the bins is {_error(values):.3f}.",
            _bins(values),
            "By kind of document. Other kinds are 126 documents with their callers' own schemas, among them contracts,"
            " filings, policies and CVs; nothing was fitted on them, and the weights are those that ship.",
            _kinds({KINDS[kind]: claims for kind, claims in by_kind.items()} | {"other kinds": _of_other_kinds()}),
            _diagram(values),
            "Share of right cells among the most confident:",
            table(("share of cells", "confidence from", "right"), curve),
            _curve(ranked),
            "Share of cells that can be accepted without review at a given precision:",
            table(("precision", "share of cells"), accepted),
        ]
    )


def _diagram(claims: Sequence[Claim]) -> str:
    """Return a Mermaid chart of the share of right cells by tenths of the claims.

    The claims are drawn next to it.
    """
    tenths = [sorted(claims)[i * len(claims) // 10 : (i + 1) * len(claims) // 10] for i in range(10)]
    claimed = [f"{sum(claim for claim, _ in tenth) / len(tenth):.2f}" for tenth in tenths]
    right = [f"{_right(tenth):.2f}" for tenth in tenths]
    title = "Reliability: right (bars) and claimed (line), by tenths of the cells"
    return _chart(title, [str(i) for i in range(1, 11)], f"bar [{', '.join(right)}]", f"line [{', '.join(claimed)}]")


def _curve(ranked: Sequence[Claim]) -> str:
    """Return a Mermaid chart of the precision of the most confident cells by their share."""
    shares = range(5, 101, 5)
    right = [f"{_right(ranked[: share * len(ranked) // 100]):.3f}" for share in shares]
    return _chart(
        "Precision by share of cells accepted, in per cent", list(map(str, shares)), f"line [{', '.join(right)}]"
    )


def _chart(title: str, labels: Sequence[str], *series: str) -> str:
    lines = ["xychart-beta", f'    title "{title}"', f"    x-axis [{', '.join(labels)}]", "    y-axis 0 --> 1"]
    return "\n".join(["```mermaid", *lines, *(f"    {one}" for one in series), "```"])


def _accepted(ranked: Sequence[Claim], precision: float) -> float:
    """Return the largest share of the most confident cells that is precise enough.

    Its precision is at least `precision`.
    """
    best = right = 0
    for count, (_, is_right) in enumerate(ranked, 1):
        right += is_right
        if right >= precision * count:
            best = count
    return best / len(ranked)


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


def _values(found: Sequence[Example]) -> dict[str, list[Claim]]:
    """Return the claims by kind of document.

    Each half is judged with weights fitted on the other.
    """
    claims: dict[str, list[Claim]] = {kind: [] for kind in KINDS}
    for half in (0, 1):
        fitted = weights()._replace(value=tuple(value_weights(e for e in found if e.half != half)))
        measured = [e for e in found if e.half == half]
        for example in measured:
            chance = value_probability(example.evidence, example.score, example.read, example.in_row, fitted)
            claims[example.kind].append((chance * example.odds / (chance * example.odds + 1 - chance), example.right))
    return claims


def _of_other_kinds() -> list[Claim]:
    """Send documents of other kinds to the service, and return its claims."""
    spec = spec_from_file_location("cases", DATA / "cases.py")
    assert spec is not None
    assert spec.loader is not None
    cases = module_from_spec(spec)
    spec.loader.exec_module(cases)
    claims: list[Claim] = []

    def put(kind: str, _name: str, _truth: object, found: dict[str, Any] | None) -> None:
        if found and found.get("value") is not None:
            claims.append((found["confidence"], kind == "right"))

    with running_server(FOLDER / "server", calls_per_minute="0") as server:
        for path in sorted((DATA / "anyschema").glob("*.json")):
            case = json.loads(path.read_text(encoding="utf-8"))
            status, answer = cases.post(server.url, server.key, str(path.parent / case["document"]), case["fields"])
            if status == HTTPStatus.OK:
                cases.judge(case["fields"], case["values"], answer["data"], put)
    return claims


def _kinds(claims: Mapping[str, Sequence[Claim]]) -> str:
    rows = []
    for kind, here in claims.items():
        sure = [claim for claim in here if claim[0] >= SURE_CLAIM]
        rows.append(
            (
                kind,
                len(here),
                sum(claim for claim, _ in here) / len(here),
                _right(here),
                _error(here),
                f"{len(sure) / len(here):.0%}",
                _right(sure) if sure else "–",
            )
        )
    header = (
        "documents",
        "cells",
        "mean claim",
        "right",
        "mean difference",
        "claimed at 0.9 or more",
        "of these right",
    )
    return table(header, rows)


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
    """Return the expected calibration error: |mean claim - share right|.

    It is weighted by the cells in each bin.
    """
    total = 0.0
    for low, high in itertools.pairwise(EDGES):
        here = [claim for claim in claims if low <= claim[0] < high]
        total += abs(sum(claim - right for claim, right in here))
    return total / len(claims)
