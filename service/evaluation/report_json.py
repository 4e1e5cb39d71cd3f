"""Write an evaluation as JSON, for programs."""

from __future__ import annotations

from dataclasses import asdict
from importlib.metadata import version
from typing import Any

import msgspec

from service.contract.render import cell_json, path_text
from service.evaluation.evaluation_summary import EvaluationSummary
from service.evaluation.figures import CellCounts, RowCounts, acceptances, count_cells
from service.evaluation.judging import JudgedCell

_encoder = msgspec.json.Encoder(decimal_format="number")


def report_json(summary: EvaluationSummary) -> bytes:
    """Return the report's figures, every mistake (worst first) and every judged cell."""
    arrays = {
        name: _rows_json(rows) | {"columns": _by_name(summary.by_column(name))} for name, rows in summary.rows().items()
    }
    content = {
        "version": version("docwitness-server"),
        "schema": summary.schema.model_dump(mode="json", include={"fields"}, exclude_none=True),
        "schema_source": summary.schema_source,
        "locale": summary.locale,
        "documents": len(summary.evaluation.documents),
        "failed": [{"document": document.name, "reason": document.failure} for document in summary.failed],
        "without_truth": summary.evaluation.without_truth,
        "without_document": summary.evaluation.without_document,
        "median_seconds": summary.median_seconds,
        "overall": {
            "fields": _counts_json(count_cells(summary.single_cells)),
            "line_cells": _counts_json(count_cells(summary.line_cells)),
            "rows": _rows_json(summary.all_rows),
            "right_place": count_cells(summary.cells).right_place,
        },
        "fields": _by_name(summary.by_field()),
        "arrays": arrays,
        "confidence": [line._asdict() for line in acceptances(summary.cells)],
        "mistakes": [_cell_json(cell) for cell in summary.mistakes],
        "cells": [_cell_json(cell) for cell in summary.cells],
    }
    return msgspec.json.format(_encoder.encode(content), indent=2) + b"\n"


def _by_name(groups: dict[str, list[JudgedCell]]) -> dict[str, dict[str, Any]]:
    return {name: _counts_json(count_cells(cells)) for name, cells in groups.items()}


def _counts_json(c: CellCounts) -> dict[str, Any]:
    shares = {"precision": c.precision, "recall": c.recall, "f1": c.f1, "close_f1": c.close_f1}
    return {"n": c.n, **asdict(c), **shares, "invention_rate": c.invention_rate, "right_place": c.right_place}


def _rows_json(rows: RowCounts) -> dict[str, Any]:
    return {**asdict(rows), "f1": rows.f1, "exact_f1": rows.exact_f1}


def _cell_json(judged: JudgedCell) -> dict[str, Any]:
    return {
        "document": judged.document,
        "field": path_text(judged.path),
        "verdict": judged.verdict,
        "expected": judged.expected,
        "right_place": judged.right_place,
        "answered": cell_json(judged.cell) if judged.cell else None,
    }
