"""The extractor that ships: candidates and labels, a neural network, one scorer over both."""

from __future__ import annotations

from collections.abc import Iterator

from extractors.plan import ExtractionPlan, PlannedField
from extractors.protocol import Model
from extractors.rules.coded_payments import coded_values
from extractors.rules.quoted_labels import QuotedLabels
from extractors.rules.scoring import ScoredRow, ScoredText
from extractors.trained.arrays import rows_apart, rows_of, rows_within
from extractors.trained.choosing import choose_values
from extractors.trained.context import ExtractionContext
from extractors.trained.network.field_network import FieldNetwork
from extractors.trained.scorer import Scorer
from schemas.fields import Schema
from schemas.own_party import OwnParty
from schemas.pages import Document
from schemas.results import FieldPath, Proposal


class FieldExtractor:
    """Implements `Extractor` for any schema."""

    model = Model("docwitness", "cpu")
    picture_side = 0

    def __init__(self, model: FieldNetwork | None = None, scorer: Scorer | None = None, joint: bool = True) -> None:
        """Load the network and the scorer.

        Args:
            model: the network to use; the one that ships by default.
            scorer: the scorer to use; the one that ships by default.
            joint: whether to choose together the values that depend on one another; False serves to measure the
                difference.
        """
        self._model = model or FieldNetwork()
        self._scorer = scorer or Scorer()
        self._joint = joint

    def propose(
        self, document: Document, schema: Schema, locale: str | None = None, own: OwnParty | None = None
    ) -> list[Proposal]:
        """Propose values as they are printed; see `Extractor.propose`."""
        if not document.words:
            return []
        plan = ExtractionPlan.of(schema.fields)
        context = ExtractionContext(document, plan, self._model, locale, own)
        proposals: list[Proposal] = []
        quoted = QuotedLabels(context.facts, plan)
        chosen = choose_values(context, plan.singles, self._scorer, self._joint) | quoted.values
        chosen |= coded_values(document, plan.singles, chosen)
        arrays = [field for field in plan.fields if field.is_array]
        rows = rows_apart(
            {f.name: quoted.rows[f.name] if f.name in quoted.rows else rows_of(context, f) for f in arrays}
        )
        for field in plan.fields:
            if field.is_array:
                proposals += _rows(context, field, rows[field.name])
            elif choice := chosen.get(field.name):
                proposals.append(_proposal((field.name,), field, choice))
        return proposals


def _rows(context: ExtractionContext, array: PlannedField, rows: list[ScoredRow]) -> Iterator[Proposal]:
    """Yield every cell of an array, including the rows of arrays within it."""
    children = {child.name: child for child in array.children}
    for number, row in enumerate(rows):
        yield from (_proposal((array.name, number, name), children[name], cell) for name, cell in row.items())
    for inner in (child for child in children.values() if child.is_array):
        columns = {child.name: child for child in inner.children}
        for number, found in rows_within(context, inner, rows).items():
            for place, row in enumerate(found):
                path = (array.name, number, inner.name, place)
                yield from (_proposal((*path, name), columns[name], cell) for name, cell in row.items())


def _proposal(path: FieldPath, field: PlannedField, choice: ScoredText) -> Proposal:
    return Proposal(
        path,
        field.type,
        choice.text,
        choice.word_ids,
        choice.score,
        field.values,
        choice.mark,
        choice.doubtful,
        choice.code,
        field.field.format,
    )
