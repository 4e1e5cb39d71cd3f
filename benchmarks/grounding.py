"""`python -m benchmarks.grounding CASES.json --answers OUT.json`: writes where the values of the cases were found."""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from pathlib import Path

from benchmarks.grounding_cases import Answer, Case, answers


def run(cases: Path) -> dict[str, Answer]:
    """The answers to a file of cases."""
    data = json.loads(cases.read_text(encoding="utf-8"))
    of_page: dict[str, list[Case]] = defaultdict(list)
    for case in data["cases"]:
        of_page[case["page"]].append(case)
    found: dict[str, Answer] = {}
    for page in data["pages"]:
        found |= answers(page, of_page[page["id"]])
    return found


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description="Ground cases of a file.")
    parser.add_argument("cases", type=Path)
    parser.add_argument("--answers", type=Path, required=True)
    options = parser.parse_args()
    options.answers.write_text(json.dumps(run(options.cases)), encoding="utf-8")


if __name__ == "__main__":
    main()
