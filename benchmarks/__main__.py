"""Run measurements and write docs/benchmarks.md: `python -m benchmarks [NAME…]`.

All of them run by default.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks import (
    ablation,
    absurd_fields,
    any_schema,
    box_fit,
    composed,
    extraction,
    field_names,
    grounding,
    long_documents,
    reading,
    reading_speed,
    reliability,
    reported_cases,
    round_trip,
    service,
    text_layers,
    tick_marks,
    turned,
)
from benchmarks.report import Report, uncommitted

DOCUMENT = Path("docs/benchmarks.md")


MEASUREMENTS = {
    "extraction": extraction,
    "grounding": grounding,  # keeps the read documents for the next two
    "confidence": reliability,
    "ablation": ablation,
    "field-names": field_names,
    "round-trip": round_trip,
    "absurd-fields": absurd_fields,
    "composed": composed,
    "reading": reading,
    "reading-speed": reading_speed,
    "box-fit": box_fit,
    "reported-cases": reported_cases,
    "any-schema": any_schema,
    "marks": tick_marks,
    "text-layers": text_layers,
    "turned": turned,
    "service": service,
    "long-documents": long_documents,
}
WITHOUT_DOCUMENTS = ("composed", "marks", "service", "long-documents")


def main(names: Sequence[str]) -> None:
    """Run the named measurements from the project's root."""
    if changed := uncommitted(DOCUMENT):
        sys.exit(
            f"bench: expected a clean working tree, got changes in {', '.join(changed)}. Commit them first, so that"
            " the figures name a commit that holds what was measured."
        )
    report = Report(DOCUMENT)
    chosen = names or tuple(MEASUREMENTS)
    if not set(chosen) <= set(WITHOUT_DOCUMENTS) and not extraction.data_is_here():
        sys.exit(
            f"bench: the real documents are missing, expected in {extraction.DATA}. Nothing was measured or written."
        )
    for name in chosen:
        report.write(name, MEASUREMENTS[name].measure())
    print(f"bench: wrote {DOCUMENT}")


if __name__ == "__main__":
    main(sys.argv[1:])
