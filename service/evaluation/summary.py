"""An evaluation in the groups that are reported."""

from __future__ import annotations

import statistics
from dataclasses import dataclass

from schemas.fields import FieldType, Schema
from service.evaluation.figures import RowTally, tally_rows, worst
from service.evaluation.run import Evaluation, Outcome
from service.evaluation.scoring import JudgedCell


@dataclass(frozen=True)
class Summary:
    """An evaluation with what it was made with; `schema_source` says in words where the schema came from."""

    evaluation: Evaluation
    schema: Schema
    schema_source: str
    locale: str | None

    @property
    def failed(self) -> list[Outcome]:
        return [outcome for outcome in self.evaluation.outcomes if outcome.failure is not None]

    @property
    def median_seconds(self) -> float | None:
        """Of the documents that did not fail."""
        seconds = [outcome.seconds for outcome in self.evaluation.outcomes if outcome.seconds is not None]
        return statistics.median(seconds) if seconds else None

    @property
    def cells(self) -> list[JudgedCell]:
        return [cell for outcome in self.evaluation.outcomes for cell in outcome.judgement.cells]

    @property
    def single_cells(self) -> list[JudgedCell]:
        """Those of fields that have one value."""
        return [cell for cell in self.cells if len(cell.path) == 1]

    @property
    def line_cells(self) -> list[JudgedCell]:
        """Those of the arrays' rows."""
        return [cell for cell in self.cells if len(cell.path) > 1]

    @property
    def mistakes(self) -> list[JudgedCell]:
        """Worst first, of the documents that did not fail."""
        failed = {outcome.document for outcome in self.failed}
        return worst(cell for cell in self.cells if cell.document not in failed)

    @property
    def all_rows(self) -> RowTally:
        return tally_rows(rows for outcome in self.evaluation.outcomes for rows in outcome.judgement.rows.values())

    def by_field(self) -> dict[str, list[JudgedCell]]:
        """Single fields that the truth mentions, in the schema's order."""
        groups: dict[str, list[JudgedCell]] = {field.name: [] for field in self.schema.fields}
        for cell in self.single_cells:
            groups[str(cell.path[0])].append(cell)
        return {name: cells for name, cells in groups.items() if cells}

    def by_column(self, array: str) -> dict[str, list[JudgedCell]]:
        """Columns of an array that the truth mentions, in the schema's order."""
        columns = next(field.children or () for field in self.schema.fields if field.name == array)
        groups: dict[str, list[JudgedCell]] = {column.name: [] for column in columns}
        for cell in self.line_cells:
            if cell.path[0] == array:
                groups[str(cell.path[-1])].append(cell)
        return {name: cells for name, cells in groups.items() if cells}

    def rows(self) -> dict[str, RowTally]:
        """Arrays that the truth mentions, in the schema's order."""
        arrays = [field.name for field in self.schema.fields if field.type is FieldType.ARRAY]
        judged = [outcome.judgement.rows for outcome in self.evaluation.outcomes]
        return {
            name: tally_rows(r[name] for r in judged if name in r) for name in arrays if any(name in r for r in judged)
        }

    def silent(self) -> list[str]:
        """Fields of the schema that the truth never mentions."""
        spoken = self.by_field().keys() | self.rows().keys()
        return [field.name for field in self.schema.fields if field.name not in spoken]
