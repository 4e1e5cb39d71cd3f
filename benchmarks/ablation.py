"""Measure what each part of the extractor contributes by silencing one part at a time.

All runs are on the same documents. Nothing is fitted anew without the part, so the figures say what the shipped
extractor loses, not what a smaller one could reach.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.extraction import DATA, score
from benchmarks.grounding_documents import READ, RealDocument, real_documents
from benchmarks.predictions import prediction
from extractors import FieldExtractor
from extractors.features import NAMES
from extractors.network.encoding import FieldPrompt, Floats
from extractors.network.field_network import FieldNetwork, Scores
from extractors.scorer import Scorer
from schemas.fields import Schema
from schemas.pages import Document
from service.evaluation.markdown_tables import table

FOLDER = Path("build/bench/ablation")
_RULES = ("rule", "rule_margin", "picked", "fit", "fit_margin")
_SHAPE = ("checked", "two_decimals", "currency", "later_page", "down", "across", "words", "letters", "digits", "height")


class SilentNetwork(FieldNetwork):
    """A network that scores every word as improbable."""

    def scores(self, document: Document, fields: Sequence[FieldPrompt]) -> Scores:
        """Return logits that exclude every word for every field."""
        nothing = np.full((len(fields), len(document.words)), -20.0, np.float32)
        return Scores(nothing, nothing)


class MutedScorer(Scorer):
    """A scorer to which the muted features are all zero."""

    def __init__(self, features: Sequence[str]) -> None:
        super().__init__()
        self._silent = [NAMES.index(name) for name in features]

    def probabilities(self, features: Floats) -> Floats:
        """Score options with the muted features set to zero."""
        features = features.copy()
        features[:, self._silent] = 0.0
        return super().probabilities(features)


VARIANTS: dict[str, Callable[[], FieldExtractor]] = {
    "all parts": FieldExtractor,
    "without the network": lambda: FieldExtractor(model=SilentNetwork()),
    "without vocabulary and labels": lambda: FieldExtractor(scorer=MutedScorer(_RULES)),
    "without form and place": lambda: FieldExtractor(scorer=MutedScorer(_SHAPE)),
    "without the joint choice": lambda: FieldExtractor(joint=False),
}


def measure() -> str:
    """Run the measurement and return it as Markdown."""
    requested = json.loads((DATA / "schemas" / "plain.json").read_text(encoding="utf-8"))
    schema = Schema(fields=requested["fields"])
    documents = list(real_documents(READ))
    rows = []
    for name, build in VARIANTS.items():
        print(f"bench: extraction {name} …", flush=True)
        extractor = build()
        figures: list[float | None] = []
        start = time.process_time()
        for kind in ("invoice", "scan", "receipt"):
            chosen = [d for d in documents if d.kind == kind]
            folder = FOLDER / name.replace(" ", "-") / kind
            scores = _scores(extractor, chosen, schema, folder)
            figures.append(scores["header"]["f1"])
            if kind == "invoice":
                figures += [scores["line_cells"]["f1"], scores["fields"]["line_items.rows"]["f1"]]
        pages = sum(len(real.document.pages) for real in documents)
        rows.append((name, *figures, f"{(time.process_time() - start) / pages * 1000:.0f}"))
    header = (
        "",
        "PDF, header F1",
        "line cells F1",
        "rows F1",
        "scans, header F1",
        "receipts, header F1",
        "CPU ms per page",
    )
    return "\n\n".join(
        [
            "## What the parts of extraction are worth",
            "The same documents with one part silenced at a time, and nothing fitted anew without it. The time is that"
            " of extraction and grounding for the 17 fields and tables of the plain schema, without reading.",
            table(header, rows),
        ]
    )


def _scores(
    extractor: FieldExtractor, documents: Sequence[RealDocument], schema: Schema, folder: Path
) -> dict[str, Any]:
    predictions = folder / "predictions"
    predictions.mkdir(parents=True, exist_ok=True)
    for real in documents:
        answer = prediction(extractor, real.document, schema.fields)
        (predictions / f"{real.name}.json").write_text(json.dumps(answer), encoding="utf-8")
    (folder / "ids.txt").write_text("\n".join(d.name for d in documents), encoding="utf-8")
    return score(folder)
