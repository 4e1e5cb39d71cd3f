"""Group an evaluation's cells and rows as they are reported."""

from __future__ import annotations

import statistics
from dataclasses import dataclass

from schemas.fields import FieldType, Schema
from service.evaluation.figures import RowCounts, count_rows, worst
from service.evaluation.judging import JudgedCell
from service.evaluation.run import EvaluatedDocument, Evaluation


@dataclass(frozen=True)
class EvaluationSummary:
    """An evaluation with its schema and locale.

    `schema_source` says in words where the schema is from.
    """

    evaluation: Evaluation
    schema: Schema
    schema_source: str
    locale: str | None

    @property
    def failed(self) -> list[EvaluatedDocument]:
        """Documents without an answer."""
        return [document for document in self.evaluation.documents if document.failure is not None]

    @property
    def median_seconds(self) -> float | None:
        """Median time of the documents that did not fail."""
        seconds = [document.seconds for document in self.evaluation.documents if document.seconds is not None]
        return statistics.median(seconds) if seconds else None

    @property
    def cells(self) -> list[JudgedCell]:
        """All judged cells."""
        return [cell for document in self.evaluation.documents for cell in document.judged.cells]

    @property
    def single_cells(self) -> list[JudgedCell]:
        """Cells of fields that have one value."""
        return [cell for cell in self.cells if len(cell.path) == 1]

    @property
    def line_cells(self) -> list[JudgedCell]:
        """Cells of the arrays' rows."""
        return [cell for cell in self.cells if len(cell.path) > 1]

    @property
    def mistakes(self) -> list[JudgedCell]:
        """Mistakes in documents that did not fail, worst first."""
        failed = {document.name for document in self.failed}
        return worst(cell for cell in self.cells if cell.document not in failed)

    @property
    def all_rows(self) -> RowCounts:
        """Rows of all arrays together."""
        return count_rows(rows for document in self.evaluation.documents for rows in document.judged.rows.values())

    def by_field(self) -> dict[str, list[JudgedCell]]:
        """Group the cells of single fields that the truth mentions, in the schema's order."""
        groups: dict[str, list[JudgedCell]] = {field.name: [] for field in self.schema.fields}
        for cell in self.single_cells:
            groups[str(cell.path[0])].append(cell)
        return {name: cells for name, cells in groups.items() if cells}

    def by_column(self, array: str) -> dict[str, list[JudgedCell]]:
        """Group the cells of an array by the columns that the truth mentions, in the schema's order."""
        columns = next(field.children or () for field in self.schema.fields if field.name == array)
        groups: dict[str, list[JudgedCell]] = {column.name: [] for column in columns}
        for cell in self.line_cells:
            if cell.path[0] == array:
                groups[str(cell.path[-1])].append(cell)
        return {name: cells for name, cells in groups.items() if cells}

    def rows(self) -> dict[str, RowCounts]:
        """Count the rows of each array that the truth mentions, in the schema's order."""
        arrays = [field.name for field in self.schema.fields if field.type is FieldType.ARRAY]
        judged = [document.judged.rows for document in self.evaluation.documents]
        return {
            name: count_rows(r[name] for r in judged if name in r) for name in arrays if any(name in r for r in judged)
        }

    def unmentioned(self) -> list[str]:
        """List the fields of the schema that the truth never mentions."""
        mentioned = self.by_field().keys() | self.rows().keys()
        return [field.name for field in self.schema.fields if field.name not in mentioned]
