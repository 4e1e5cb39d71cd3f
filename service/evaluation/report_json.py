"""An evaluation in JSON, for programs."""

from __future__ import annotations

from dataclasses import asdict
from importlib.metadata import version
from typing import Any

import msgspec

from service.contract.render import cell_json, path_text
from service.evaluation.figures import RowTally, Tally, acceptances, tally
from service.evaluation.scoring import JudgedCell
from service.evaluation.summary import Summary

_encoder = msgspec.json.Encoder(decimal_format="number")


def report_json(summary: Summary) -> bytes:
    """The report's figures, every mistake (worst first) and every judged cell."""
    arrays = {
        name: _rows_json(rows) | {"columns": _by_name(summary.by_column(name))} for name, rows in summary.rows().items()
    }
    content = {
        "version": version("docwitness-server"),
        "schema": summary.schema.model_dump(mode="json", include={"fields"}, exclude_none=True),
        "schema_source": summary.schema_source,
        "locale": summary.locale,
        "documents": len(summary.evaluation.outcomes),
        "failed": [{"document": outcome.document, "reason": outcome.failure} for outcome in summary.failed],
        "without_truth": summary.evaluation.without_truth,
        "without_document": summary.evaluation.without_document,
        "median_seconds": summary.median_seconds,
        "overall": {
            "fields": _tally_json(tally(summary.single_cells)),
            "line_cells": _tally_json(tally(summary.line_cells)),
            "rows": _rows_json(summary.all_rows),
            "right_place": tally(summary.cells).right_place,
        },
        "fields": _by_name(summary.by_field()),
        "arrays": arrays,
        "confidence": [line._asdict() for line in acceptances(summary.cells)],
        "mistakes": [_cell_json(cell) for cell in summary.mistakes],
        "cells": [_cell_json(cell) for cell in summary.cells],
    }
    return msgspec.json.format(_encoder.encode(content), indent=2) + b"\n"


def _by_name(groups: dict[str, list[JudgedCell]]) -> dict[str, dict[str, Any]]:
    return {name: _tally_json(tally(cells)) for name, cells in groups.items()}


def _tally_json(t: Tally) -> dict[str, Any]:
    shares = {"precision": t.precision, "recall": t.recall, "f1": t.f1, "close_f1": t.close_f1}
    return {"n": t.n, **asdict(t), **shares, "invention_rate": t.invention_rate, "right_place": t.right_place}


def _rows_json(rows: RowTally) -> dict[str, Any]:
    return {**asdict(rows), "f1": rows.f1, "exact_f1": rows.exact_f1}


def _cell_json(judged: JudgedCell) -> dict[str, Any]:
    return {
        "document": judged.document,
        "field": path_text(judged.path),
        "verdict": judged.verdict,
        "expected": judged.expected,
        "right_place": judged.right_place,
        "came": cell_json(judged.cell) if judged.cell else None,
    }
