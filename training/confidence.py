"""`python -m training.confidence [CASES.json…]`: fits grounding/confidence.json and says how well it fits.

The weights of a place come from grounding cases (see `benchmarks.grounding_cases`), those of a value from what the
extractor proposes on real documents. What docs/benchmarks.md says of them was measured on other cases, and on the half
of the documents on which the weights of that measurement were not fitted.
"""

from __future__ import annotations

import argparse
import json
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
"""Of the weights' squares: enough to keep them finite where the data are separable."""
STEPS = 60
"""Newton's method is done long before."""


def fit(features: Sequence[Sequence[float]], right: Sequence[bool]) -> list[float]:
    """Logistic regression: the weights under which the outcomes are likeliest.

    Args:
        features: one row of features for each example.
        right: the outcome of each.
    """
    x, y = np.array(features), np.array(right, float)
    weights = np.zeros(x.shape[1])
    for _ in range(STEPS):
        probability = 1 / (1 + np.exp(-x @ weights))
        gradient = x.T @ (probability - y) + PENALTY * weights
        curvature = (x * (probability * (1 - probability))[:, None]).T @ x + PENALTY * np.eye(len(weights))
        weights -= np.linalg.solve(curvature, gradient)
    return [round(float(w), 4) for w in weights]


def place_examples(files: Iterable[Path]) -> tuple[list[tuple[float, ...]], list[bool]]:
    """Features and outcomes of every place that was proposed for the cases, vetoed ones left out."""
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
    """The weights of the second model."""
    rows = [(value_features(e.score, e.read, e.evidence.by_meaning), e.right) for e in found]
    return fit([features for features, _ in rows], [right for _, right in rows])


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description="Fit the confidence of grounding.")
    parser.add_argument("cases", type=Path, nargs="*", help="of grounding; without any, places keep their weights")
    parser.add_argument("--cache", type=Path, help="folder that keeps what was read")
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
