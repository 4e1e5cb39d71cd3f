"""Fit the ranker of options on composed documents, and on any real ones given.

python -m training.ranker.fit [--composed 1500] [--fitted FOLDER] [--halved FOLDER] [--schemas A.json B.json]

All documents of the folders `--fitted` are fitted on; half of those of the folder `--halved`, whose other half is only
measured. The network must not have seen any of them, or the ranker would trust it too much.
"""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import onnx
from lightgbm import Booster, Dataset
from lightgbm import train as boost
from onnx import TensorProto, helper

from extractors.plan import ExtractionPlan
from extractors.rules.values import pick_by_rules
from extractors.trained.choosing import is_named_here, is_self_evident
from extractors.trained.context import ExtractionContext
from extractors.trained.features import NAMES, features_of
from extractors.trained.network.encoding import FieldPrompt, Floats
from extractors.trained.network.field_network import FieldNetwork, Scores
from extractors.trained.options import options_of
from schemas.pages import Document
from training.ranker.truths import LabelledDocument, RealDocuments, composed, same

REAL_WEIGHT = 100.0
"""Weight of a real layout relative to a composed document: real ones are what the ranker is for, and they are few."""


MOST_NOISE = 4.0
"""Largest standard deviation of the noise added to logits of composed pages. The network is surer on them than on real
pages; without noise for every other field, the ranker would learn to trust the network alone."""


class NoisyNetwork(FieldNetwork):
    """The network with noise in the logits of half of all fields."""

    def __init__(self, weights: Path | None = None, threads: int = 1, seed: int = 5) -> None:
        super().__init__(weights, threads)
        self._random = np.random.default_rng(seed)

    def scores(self, document: Document, fields: Sequence[FieldPrompt]) -> Scores:
        """Return the network's scores with noise added to the logits of half of the fields."""
        begins, belongs = super().scores(document, fields)
        deviation = self._random.uniform(0, MOST_NOISE, (len(fields), 1)) * (
            self._random.random((len(fields), 1)) < 0.5
        )
        noise = (self._random.standard_normal(begins.shape) * deviation).astype(np.float32)
        return Scores(begins + noise, belongs + noise)


class OptionRows(NamedTuple):
    """Options of many fields, with what the fit needs to know of each.

    These are features, whether the option is right, its weight, and the number of its field.
    """

    features: Floats
    right: Floats
    weights: Floats
    groups: np.ndarray


def rows_of(truths: Iterable[LabelledDocument], model: FieldNetwork, weight: float) -> OptionRows:
    """Compute the features of every option of every document.

    Args:
        truths: the documents.
        model: the network.
        weight: the weight of a document whose own is 1.
    """
    parts = [(truth.weight, *options) for truth in truths for options in _options(truth, model)]
    return OptionRows(
        np.concatenate([features for _, features, _ in parts]),
        np.concatenate([np.asarray(right, np.float32) for _, _, right in parts]),
        np.concatenate([np.full(len(right), weight * own, np.float32) for own, _, right in parts]),
        np.concatenate([np.full(len(right), number) for number, (_, _, right) in enumerate(parts)]),
    )


def _options(truth: LabelledDocument, model: FieldNetwork) -> Iterator[tuple[Floats, list[float]]]:
    plan = ExtractionPlan.of(truth.fields)
    evidence = ExtractionContext(truth.document, plan, model)
    picks = pick_by_rules(evidence.facts, plan.singles)
    for field in plan.singles:
        if field.name not in truth.right or is_self_evident(field) or not is_named_here(evidence, field):
            continue
        options = options_of(evidence, field, picks.get(field.name))
        if options:
            right = [float(any(same(field.field, o.text, r) for r in truth.right[field.name])) for o in options]
            yield features_of(evidence, field, options), right


TREES = 400
"""Number of boosted trees."""


def fit(rows: OptionRows) -> Booster:
    """Fit boosted trees whose output rises with every feature that is itself a score."""
    rising = {"begin", "chance", "margin", "belongs", "rule", "fit", "picked", "checked"}
    settings = {
        "objective": "binary",
        "learning_rate": 0.06,
        "num_leaves": 15,
        "min_data_in_leaf": 60,
        "lambda_l2": 1.0,
        "monotone_constraints": [int(name in rising) for name in NAMES],
        "seed": 0,
        "deterministic": True,
        "num_threads": 2,
        "verbose": -1,
    }
    return boost(settings, Dataset(rows.features, rows.right, weight=rows.weights), TREES)


def report(name: str, model: Booster, rows: OptionRows) -> None:
    """Print how often the best option of a field is right.

    Also prints how often a field without a right one is left empty.
    """
    chances = np.asarray(model.predict(rows.features))
    right = picked = absent = silent = said = 0
    for _, indices in itertools.groupby(range(len(chances)), key=lambda i: rows.groups[i]):
        group = list(indices)
        best = max(group, key=lambda i: chances[i])
        present = rows.right[group].max() > 0
        right += present
        picked += present and rows.right[best] > 0 and chances[best] >= 0.5
        said += chances[best] >= 0.5
        absent += not present
        silent += not present and chances[best] < 0.5
    print(
        f"{name}: log loss {_log_loss(rows.right, chances):.4f}; of {right} fields with a right option it is chosen for"
        f" {picked / max(right, 1):.3f}; of the answers {picked / max(said, 1):.3f} are right; of {absent} without one"
        f" {silent / max(absent, 1):.3f} are left empty"
    )


def _log_loss(right: Floats, chances: np.ndarray) -> float:
    chances = np.clip(chances, 1e-6, 1 - 1e-6)
    return float(-np.mean(right * np.log(chances) + (1 - right) * np.log(1 - chances)))


def save(model: Booster, to: Path) -> None:
    """Write the trees as ONNX's TreeEnsembleRegressor, so that ONNX Runtime alone can use them."""
    columns: dict[str, Any] = {
        name: []
        for name in (
            "nodes_treeids",
            "nodes_nodeids",
            "nodes_featureids",
            "nodes_values",
            "nodes_modes",
            "nodes_truenodeids",
            "nodes_falsenodeids",
            "target_treeids",
            "target_nodeids",
            "target_ids",
            "target_weights",
        )
    }

    def add(tree: int, node: dict[str, Any], numbers: Iterator[int]) -> int:
        number = next(numbers)
        leaf = "leaf_value" in node
        row = len(columns["nodes_nodeids"])
        for name, value in (
            ("nodes_treeids", tree),
            ("nodes_nodeids", number),
            ("nodes_featureids", 0 if leaf else node["split_feature"]),
            ("nodes_values", 0.0 if leaf else _as_float(node["threshold"])),
            ("nodes_modes", "LEAF" if leaf else "BRANCH_LEQ"),
            ("nodes_truenodeids", 0),
            ("nodes_falsenodeids", 0),
        ):
            columns[name].append(value)
        if leaf:
            for name, value in (
                ("target_treeids", tree),
                ("target_nodeids", number),
                ("target_ids", 0),
                ("target_weights", node["leaf_value"]),
            ):
                columns[name].append(value)
        else:
            columns["nodes_truenodeids"][row] = add(tree, node["left_child"], numbers)
            columns["nodes_falsenodeids"][row] = add(tree, node["right_child"], numbers)
        return number

    for number, tree in enumerate(model.dump_model()["tree_info"]):
        add(number, tree["tree_structure"], itertools.count())
    node = helper.make_node(
        "TreeEnsembleRegressor", ["features"], ["log_odds"], domain="ai.onnx.ml", n_targets=1, **columns
    )
    graph = helper.make_graph(
        [node, helper.make_node("Sigmoid", ["log_odds"], ["probabilities"])],
        "scorer",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, [None, len(NAMES)])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [None, 1])],
    )
    made = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 20), helper.make_opsetid("ai.onnx.ml", 3)], ir_version=10
    )
    onnx.save(made, str(to))
    print(f"{to}: {to.stat().st_size / 1e3:.0f} kB")


def _as_float(threshold: float) -> float:
    """Return the largest float32 not above the threshold.

    float32 features then fall on the same side of it.
    """
    single = np.float32(threshold)
    return float(single if single <= threshold else np.nextafter(single, np.float32(-np.inf)))


def joined(parts: list[OptionRows]) -> OptionRows:
    """Concatenate rows; fields are renumbered so that each keeps a number of its own."""
    offset, groups = 0, []
    for part in parts:
        groups.append(part.groups + offset)
        offset += int(part.groups.max()) + 1
    return OptionRows(
        np.concatenate([p.features for p in parts]),
        np.concatenate([p.right for p in parts]),
        np.concatenate([p.weights for p in parts]),
        np.concatenate(groups),
    )


def main() -> None:
    """Fit, report and write the ranker as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--composed", type=int, default=1500)
    parser.add_argument("--fitted", type=Path, nargs="*", default=[], help="folders of documents with their truth")
    parser.add_argument("--halved", type=Path, help="a folder of documents, half of which are only measured")
    parser.add_argument("--schemas", type=Path, nargs="*", default=[])
    parser.add_argument("--cache", type=Path, help="folder in which read documents are kept between runs")
    parser.add_argument("--weights", type=Path, help="of the network, if not those that ship")
    parser.add_argument("--to", type=Path, default=Path("extractors/trained/scorer.onnx"))
    given = parser.parse_args()
    model = FieldNetwork(given.weights, threads=2)
    source = RealDocuments(given.schemas, given.cache)
    parts = [rows_of(composed(11, given.composed), NoisyNetwork(given.weights, threads=2), 1.0)]
    parts += [rows_of(source.all_of(folder), model, REAL_WEIGHT) for folder in given.fitted]
    if given.halved:
        parts.append(rows_of(source.half_of(given.halved, fitted=True), model, REAL_WEIGHT))
    scorer = fit(joined(parts))
    report("fitted on", scorer, joined(parts))
    report("families never trained on", scorer, rows_of(composed(12, given.composed // 4, held_out=True), model, 1.0))
    if given.halved:
        other = rows_of(source.half_of(given.halved, fitted=False), model, 1.0)
        report("the other half of the real documents", scorer, other)
    save(scorer, given.to)


if __name__ == "__main__":
    main()
