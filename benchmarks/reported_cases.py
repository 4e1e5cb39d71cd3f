"""Measure documents with which somebody reported a fault, over HTTP.

Each document comes with a schema, the right values, and the counts of the version on which the fault was reported. They
are not part of this project; they are expected next to it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.extraction import DATA, FOLDER
from scripts.server import running_server
from service.evaluation.markdown_tables import table

CASES = DATA / "cases"
COUNTS = ("right", "wrong", "missed", "invented")


def measure() -> str:
    """Run the measurement and return its table as Markdown."""
    now = counts_over_http(CASES)
    before = {path.stem: _recorded(path) for path in sorted(CASES.glob("*.json"))}
    rows = [[name, *_counts(before[name]), *_counts(now[name])] for name in before]
    both = [name for name in before if before[name]]
    rows.append(
        [
            "all that have both",
            *(_sum(before, both, count) for count in COUNTS),
            *(_sum(now, both, c) for c in COUNTS),
        ]
    )
    rows.append(["all", *["–"] * len(COUNTS), *(_sum(now, list(now), count) for count in COUNTS)])
    header = ["document", *(f"{count}, as reported" for count in COUNTS), *(f"{count}, now" for count in COUNTS)]
    return "\n\n".join(
        [
            "Command: `python -m benchmarks reported-cases`. A value is right, wrong, missed (nothing where something"
            " is) or invented (something where nothing is); rows are compared in order. Documents without a report were"
            " composed by a newcomer for kinds of documents that are no invoices.",
            table(header, rows),
        ]
    )


def counts_over_http(documents: Path) -> dict[str, dict[str, int]]:
    """Send a folder's documents to the service and return the counts of each.

    Args:
        documents: a folder of documents, each with its schema and right values in a JSON file of the same name.
    """
    found = FOLDER / f"{documents.name}.json"
    found.parent.mkdir(parents=True, exist_ok=True)
    with running_server(FOLDER / "server", calls_per_minute="0") as server:
        command = [sys.executable, str(DATA / "cases.py"), "--url", server.url, "--key", server.key, "--quiet"]
        subprocess.run([*command, "--json", str(found), str(documents)], check=True, capture_output=True)
    counts: dict[str, dict[str, int]] = json.loads(found.read_text(encoding="utf-8"))["cases"]
    return counts


def _recorded(path: Path) -> dict[str, int]:
    """Return the counts at the time of the report; empty if none are recorded."""
    case: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return next((counts for name, counts in case.items() if name.startswith("at_")), {})


def _counts(counts: dict[str, int]) -> list[str]:
    return [str(counts[count]) if count in counts else "–" for count in COUNTS]


def _sum(counts: dict[str, dict[str, int]], names: list[str], count: str) -> str:
    return str(sum(counts[name][count] for name in names))
