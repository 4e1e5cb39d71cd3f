"""Composed documents: how fast they are made, and what is asked of them."""

from __future__ import annotations

import random
import time

from service.evaluation.markdown_tables import table
from training.synthetic import FAMILIES, HELD_OUT, compose, requested_fields
from training.synthetic.words import LANGUAGES, pool

PAGES = 2000


def measure() -> str:
    """Markdown."""
    for language in LANGUAGES:
        pool(language)  # made once a process
    rng = random.Random(1)
    words = fields = absent = cells = 0
    start = time.process_time()
    for _ in range(PAGES):
        page = compose(rng)
        asked = requested_fields(rng, page)
        words += len(page.page.texts)
        for item in asked:
            if item.parent >= 0:
                cells += len(item.spans)
            elif item.type != "array":
                fields += 1
                absent += not item.spans
    spent = time.process_time() - start
    rows = [
        ("families, of them never trained on", f"{len(FAMILIES)}, {len(HELD_OUT)}"),
        ("CPU ms a page with its questions, one core", f"{1000 * spent / PAGES:.2f}"),
        ("words a page", words / PAGES),
        ("single fields asked of a page", fields / PAGES),
        ("of them not on the page", f"{absent / fields:.1%}"),
        ("cells asked of a page", cells / PAGES),
    ]
    return "\n\n".join(
        [
            f"Command: `python -m benchmarks composed`; {PAGES} composed pages (seed 1). What is learned from them:"
            " `extractors/layout/MODEL_CARD.md`.",
            table(("", "value"), rows),
        ]
    )
