"""Fit grounding/confidence.json: `python -m training.fit_confidence [CASES.json…]`.

The weights for places come from grounding cases (see `benchmarks.grounding_cases`), the weights for values from what
the extractor proposes on real documents. The figures in docs/benchmarks.md were measured on other cases, and on the
half of the documents that their weights were not fitted on.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.grounding_cases import page_of, proposal_of, verdict
from benchmarks.proposed_cells import Example, examples
from grounding import ground
from grounding.probability import place_features, value_features
from schemas.normalise.characters import squash

WEIGHTS = Path("grounding/confidence.json")
PENALTY = 0.01
"""Factor of the squared weights in the loss: enough to keep them finite where the data are separable."""
STEPS = 60
"""Iterations of Newton's method, which converges long before."""


def fit(
    features: Sequence[Sequence[float]], right: Sequence[bool], importance: Sequence[float] | None = None
) -> list[float]:
    """Return the weights of a logistic regression, rounded to four decimals.

    Args:
        features: one row of features per example.
        right: the outcome of each example.
        importance: the weight of each example in the loss; all the same if None.
    """
    x, y = np.array(features), np.array(right, float)
    share = np.ones(len(y)) if importance is None else np.array(importance)
    weights = np.zeros(x.shape[1])
    for _ in range(STEPS):
        probability = 1 / (1 + np.exp(-x @ weights))
        gradient = x.T @ (share * (probability - y)) + PENALTY * weights
        curvature = (x * (share * probability * (1 - probability))[:, None]).T @ x + PENALTY * np.eye(len(weights))
        weights -= np.linalg.solve(curvature, gradient)
    return [round(float(w), 4) for w in weights]


def place_examples(files: Iterable[Path]) -> tuple[list[tuple[float, ...]], list[bool]]:
    """Return features and outcomes of every place proposed for the cases.

    Vetoed places are left out.
    """
    features: list[tuple[float, ...]] = []
    right: list[bool] = []
    for file in files:
        data: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        for raw in data["pages"]:
            page = page_of(raw)
            cases = [case for case in data["cases"] if case["page"] == raw["id"]]
            cells = ground(page.document, [proposal_of(case, page) for case in cases])
            for case, cell in zip(cases, cells, strict=True):
                if cell.evidence and cell.place and cell.evidence.digits_agree:
                    features.append(place_features(cell.evidence, len(squash(str(cell.value)))))
                    right.append(verdict(raw["text"], case, page.spans(cell.place.symbol_ids)) == "right")
    return features, right


def value_weights(found: Iterable[Example]) -> list[float]:
    """Fit the value model on cells whose truth is known; kinds of documents count alike."""
    cells = list(found)
    of_kind = Counter(cell.kind for cell in cells)
    return fit(
        [value_features(e.score, e.read, e.evidence.by_meaning, e.in_row) for e in cells],
        [e.right for e in cells],
        [len(cells) / (len(of_kind) * of_kind[e.kind]) for e in cells],
    )


def main() -> None:
    """Parse the command line, fit, and write the file."""
    parser = argparse.ArgumentParser(description="Fit the confidence of grounding.")
    parser.add_argument(
        "cases", type=Path, nargs="*", help="files of grounding cases; without any, places keep their weights"
    )
    parser.add_argument("--cache", type=Path, help="folder in which read documents are kept between runs")
    options = parser.parse_args()
    fitted = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    if options.cases:
        features, right = place_examples(options.cases)
        fitted["place"] = fit(features, right)
        print(f"places: {len(right)} examples, {sum(right) / len(right):.1%} right")
    found = list(examples(options.cache))
    fitted["value"] = value_weights(found)
    WEIGHTS.write_text(json.dumps(fitted) + "\n", encoding="utf-8")
    print(f"values: {len(found)} examples, {sum(e.right for e in found) / len(found):.1%} right")


if __name__ == "__main__":
    main()
