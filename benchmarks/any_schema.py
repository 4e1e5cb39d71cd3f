"""Measure documents of other kinds, with the fields that their callers asked for, over HTTP.

They are not part of this project; they are expected next to it.
"""

from __future__ import annotations

import json
from collections import Counter

from benchmarks.extraction import DATA
from benchmarks.reported_cases import COUNTS, counts_over_http
from service.evaluation.markdown_tables import table

DOCUMENTS = DATA / "anyschema"


def measure() -> str:
    """Run the measurement and return its table as Markdown."""
    found = counts_over_http(DOCUMENTS)
    by_kind: dict[str, list[Counter[str]]] = {}
    for name, counts in found.items():
        kind = json.loads((DOCUMENTS / f"{name}.json").read_text(encoding="utf-8"))["kind"]
        by_kind.setdefault(kind, []).append(Counter({count: counts[count] for count in COUNTS}))
    sums = {kind: sum(each, Counter[str]()) for kind, each in by_kind.items()}
    rows = [[kind, len(by_kind[kind]), *_figures(counts)] for kind, counts in sorted(sums.items())]
    shares = [share for counts in sums.values() if (share := _share(counts)) is not None]
    rows.append(["mean of the kinds", len(found), *["–"] * len(COUNTS), f"{sum(shares) / len(shares):.3f}"])
    return "\n\n".join(
        [
            "Command: `python -m benchmarks any-schema`. A value is right, wrong, missed (nothing where something is)"
            " or invented (something where nothing is). The share is that of right values among those that are there.",
            table(["kind", "documents", *COUNTS, "share of right values"], rows),
        ]
    )


def _figures(counts: Counter[str]) -> list[str]:
    share = _share(counts)
    return [*(str(counts[count]) for count in COUNTS), "–" if share is None else f"{share:.3f}"]


def _share(counts: Counter[str]) -> float | None:
    wanted = counts["right"] + counts["wrong"] + counts["missed"]
    return counts["right"] / wanted if wanted else None
