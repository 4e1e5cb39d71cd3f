"""`python -m benchmarks`: run every measurement whose data are at hand and write docs/benchmarks.md."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks import extraction
from benchmarks.report import Report

DOCUMENT = Path("docs/benchmarks.md")


def main() -> None:
    """Run from the project's root."""
    report = Report(DOCUMENT)
    if not extraction.data_is_here():
        sys.exit(f"bench: the real documents are not here ({extraction.DATA}); nothing was measured, nothing written")
    report.write("extraction", extraction.measure())
    print(f"bench: wrote {DOCUMENT}")


if __name__ == "__main__":
    main()
