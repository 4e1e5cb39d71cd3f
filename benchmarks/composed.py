"""Measure how fast documents are composed, and how many fields are requested of them."""

from __future__ import annotations

import random
import time

from service.evaluation.markdown_tables import table
from training.synthetic import FAMILIES, HELD_OUT, compose, requested_fields
from training.synthetic.words import LANGUAGES, pool

PAGES = 2000
"""Composed pages measured."""


def measure() -> str:
    """Run the measurement and return it as Markdown."""
    for language in LANGUAGES:
        pool(language)  # loaded once per process
    rng = random.Random(1)
    words = fields = absent = cells = 0
    start = time.process_time()
    for _ in range(PAGES):
        page = compose(rng)
        requested = requested_fields(rng, page)
        words += len(page.page.texts)
        for item in requested:
            if item.parent >= 0:
                cells += len(item.spans)
            elif item.type != "array":
                fields += 1
                absent += not item.spans
    spent = time.process_time() - start
    rows = [
        ("families, of them never trained on", f"{len(FAMILIES)}, {len(HELD_OUT)}"),
        ("CPU ms per page with its schema, one core", f"{1000 * spent / PAGES:.2f}"),
        ("words per page", words / PAGES),
        ("single fields requested per page", fields / PAGES),
        ("of them not on the page", f"{absent / fields:.1%}"),
        ("cells requested per page", cells / PAGES),
    ]
    return "\n\n".join(
        [
            f"Command: `python -m benchmarks composed`; {PAGES} composed pages (seed 1). The network trained on"
            " them is described in `extractors/trained/network/MODEL_CARD.md`.",
            table(("", "value"), rows),
        ]
    )
