"""Measure what each part of the extractor is worth by taking one out at a time.

All runs are on the same documents: those that nothing was fitted on. Nothing is fitted anew without a part, so the
figures say what the extractor that ships loses, not what a smaller one could reach.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

import numpy as np

from benchmarks.extraction import DATA, score
from benchmarks.grounding_documents import READ, RealDocument, real_documents
from benchmarks.predictions import prediction
from extractors import FieldExtractor
from extractors.plan import PlannedField
from extractors.rules.page_facts import PageFacts
from extractors.rules.scoring import ScoredText
from extractors.rules.values import pick_by_rules
from extractors.trained.choosing import is_self_evident
from extractors.trained.context import ExtractionContext
from extractors.trained.features import NAMES
from extractors.trained.network.encoding import FieldPrompt, Floats
from extractors.trained.network.field_network import FieldNetwork, Scores
from extractors.trained.scorer import Scorer
from schemas.fields import Schema
from schemas.pages import Document
from schemas.vocabulary import Meaning, concepts
from service.evaluation.markdown_tables import table
from training.ranker.truths import is_fitted

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


def _nothing(*_: object) -> list[Any]:
    return []


def _self_evident_only(facts: PageFacts, fields: Sequence[PlannedField]) -> dict[str, ScoredText]:
    return pick_by_rules(facts, [field for field in fields if is_self_evident(field)])


def _picks_of_rules(context: ExtractionContext, fields: Sequence[PlannedField], *_: object) -> dict[str, ScoredText]:
    return pick_by_rules(context.facts, fields)


def _unknown_words(tokens: Sequence[str], name_tokens: frozenset[str]) -> Meaning:
    """Read a text of the page as if no word were known; names of fields keep their meaning."""
    return _MEANING(tokens, name_tokens) if name_tokens else Meaning(frozenset(), frozenset(tokens))


_MEANING = concepts._meaning


class Variant(NamedTuple):
    """An extractor without some of its parts."""

    replaced: Mapping[str, Callable[..., Any]] = {}
    """Functions to replace, by their full names, and their replacements."""
    build: Callable[[], FieldExtractor] = FieldExtractor

    @contextmanager
    def extractor(self) -> Iterator[FieldExtractor]:
        """Make the extractor, with functions replaced for the duration of the block."""
        concepts.meaning.cache_clear()
        with ExitStack() as patches:
            for name, function in self.replaced.items():
                patches.enter_context(patch(name, function))
            yield self.build()
        concepts.meaning.cache_clear()


_PRINTED_TABLES = {"extractors.trained.arrays.table_rows": _nothing}
_PRINTED_LISTS = {"extractors.trained.arrays.typed_list": _nothing, "extractors.trained.arrays.listed_items": _nothing}
_TABLES_BY_NETWORK = {"extractors.trained.arrays.network_rows": _nothing}
VARIANTS = {
    "all parts": Variant(),
    "the network alone": Variant(
        {
            "extractors.trained.choosing.pick_by_rules": _self_evident_only,
            "extractors.trained.options.labelled_texts": _nothing,
            "extractors.trained.options.scored_candidates": _nothing,
            "extractors.trained.options._party_options": _nothing,
            **_PRINTED_TABLES,
            **_PRINTED_LISTS,
        },
        lambda: FieldExtractor(scorer=MutedScorer(_RULES)),
    ),
    "the rules alone": Variant(
        {"extractors.trained.field_extractor.choose_values": _picks_of_rules, **_TABLES_BY_NETWORK},
        lambda: FieldExtractor(model=SilentNetwork()),
    ),
    "without the network's opinion of options": Variant(build=lambda: FieldExtractor(model=SilentNetwork())),
    "without labels as evidence": Variant(build=lambda: FieldExtractor(scorer=MutedScorer(_RULES))),
    "without form and place as evidence": Variant(build=lambda: FieldExtractor(scorer=MutedScorer(_SHAPE))),
    "without the rules' picks": Variant({"extractors.trained.choosing.pick_by_rules": _self_evident_only}),
    "without texts at labels": Variant({"extractors.trained.options.labelled_texts": _nothing}),
    "without spans of the network": Variant({"extractors.trained.options.likeliest_spans": _nothing}),
    "without rules for parties": Variant(
        {"extractors.trained.options._party_options": _nothing, "extractors.rules.values._pick_party": lambda *_: None}
    ),
    "without known words on pages": Variant({"schemas.vocabulary.concepts._meaning": _unknown_words}),
    "without the joint choice": Variant(build=lambda: FieldExtractor(joint=False)),
    "without printed tables": Variant(_PRINTED_TABLES),
    "without printed lists": Variant(_PRINTED_LISTS),
    "without tables of the network": Variant(_TABLES_BY_NETWORK),
}


def measure() -> str:
    """Run the measurement and return it as Markdown."""
    requested = json.loads((DATA / "schemas" / "plain.json").read_text(encoding="utf-8"))
    schema = Schema(fields=requested["fields"])
    fitted = {truth["id"] for path in (DATA / "dev").rglob("*.gt.json") if is_fitted(truth := _json(path))}
    documents = [real for real in real_documents(READ) if real.name not in fitted]
    rows = []
    for name, variant in VARIANTS.items():
        print(f"bench: extraction {name} …", flush=True)
        figures: list[float | None] = []
        start = time.process_time()
        with variant.extractor() as extractor:
            for kind in ("invoice", "scan", "receipt"):
                chosen = [d for d in documents if d.kind == kind]
                folder = FOLDER / name.replace(" ", "-") / kind
                scores = _scores(extractor, chosen, schema, folder)
                figures.append(scores["header"]["f1"])
                if kind == "invoice":
                    absent = scores["header"]["hallucination_rate"]
                    figures += [absent, scores["line_cells"]["f1"], scores["fields"]["line_items.rows"]["f1"]]
        pages = sum(len(real.document.pages) for real in documents)
        rows.append((name, *figures, f"{(time.process_time() - start) / pages * 1000:.0f}"))
    counts = {kind: sum(real.kind == kind for real in documents) for kind in ("invoice", "scan", "receipt")}
    header = (
        "",
        "PDF, header F1",
        "values for absent fields",
        "line cells F1",
        "rows F1",
        "scans, header F1",
        "receipts, header F1",
        "CPU ms per page",
    )
    return "\n\n".join(
        [
            "## What the parts of extraction are worth",
            "Command: `python -m benchmarks ablation`, on the documents that nothing was fitted on:"
            f" {counts['invoice']} invoices as PDF, {counts['scan']} scans, {counts['receipt']} receipts. One part is"
            " taken out at a time, and nothing is fitted anew without it. The time is that of extraction and grounding"
            " for the 17 fields and tables of the plain schema, without reading.",
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


def _json(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found
