"""Write an evaluation as Markdown, for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version

from service.contract.render import path_text
from service.evaluation.evaluation_summary import EvaluationSummary
from service.evaluation.figures import acceptances, count_cells
from service.evaluation.judging import JudgedCell
from service.evaluation.markdown_tables import table

MAX_VALUE_CHARACTERS = 80
"""Longer values are cut so that a table stays readable."""
MAX_LISTED_NAMES = 100
"""Longer lists of documents end with a count of the rest."""

_COUNTS = ("n", "right", "close", "wrong", "missed", "invented", "precision", "recall", "F1")


def markdown(summary: EvaluationSummary, worst_cases: int) -> str:
    """Return the whole report.

    Args:
        summary: the evaluation to report.
        worst_cases: how many mistakes to list at most.
    """
    arrays = (_section(_escaped(name), _array(summary, name)) for name in summary.rows())
    sections = (
        _section("Documents that failed", _failed(summary)),
        _section("Fields", _fields(summary)),
        *arrays,
        _section("Confidence", _confidence(summary)),
        _section("Worst cases", _worst(summary, worst_cases)),
        _section("Documents without truth, skipped", _names(summary.evaluation.without_truth)),
        _section("Truth without a document", _names(summary.evaluation.without_document)),
    )
    return "\n\n".join(("# Evaluation", _conditions(summary), _overall(summary), *filter(None, sections))) + "\n"


def _section(title: str, text: str) -> str:
    return f"## {title}\n\n{text}" if text else ""


def _conditions(summary: EvaluationSummary) -> str:
    locale = f"locale `{summary.locale}`" if summary.locale else "no locale"
    program = f"docwitness-server {version('docwitness-server')}"
    return f"Made {datetime.now(UTC):%Y-%m-%d} with {program}, {locale}. {_escaped(summary.schema_source)}"


def _overall(summary: EvaluationSummary) -> str:
    fields, cells = count_cells(summary.single_cells), count_cells(summary.line_cells)
    header = ("documents", "failed", "precision", "recall", "F1", "F1 with close", "value for an absent field")
    row = (
        *(len(summary.evaluation.documents), len(summary.failed)),
        *(fields.precision, fields.recall, fields.f1, fields.close_f1, fields.invention_rate),
        *(cells.f1, summary.all_rows.f1, count_cells(summary.cells).right_place, summary.median_seconds),
    )
    return table((*header, "line cells F1", "rows F1", "right place", "seconds per document (median)"), [row])


def _failed(summary: EvaluationSummary) -> str:
    if not summary.failed:
        return ""
    failed = table(("document", "reason"), [(_shown(d.name), _shown(d.failure)) for d in summary.failed])
    return f"{failed}\n\nTheir values count as missed."


def _fields(summary: EvaluationSummary) -> str:
    unmentioned = summary.unmentioned()
    note = f"The truth does not mention: {', '.join(map(_escaped, unmentioned))}." if unmentioned else ""
    return "\n\n".join(filter(None, (_by_name("field", summary.by_field()), note)))


def _array(summary: EvaluationSummary, name: str) -> str:
    rows = summary.rows()[name]
    header = ("rows in the truth", "given", "found", "found: F1", "without a mistake", "without a mistake: F1")
    line = (rows.true, rows.given, rows.found, rows.f1, rows.exact, rows.exact_f1)
    return "\n\n".join(filter(None, (table(header, [line]), _by_name("column", summary.by_column(name)))))


def _by_name(kind: str, groups: Mapping[str, Sequence[JudgedCell]]) -> str:
    rows = []
    for name, cells in groups.items():
        c = count_cells(cells)
        counts = (c.n, c.right, c.close, c.wrong, c.missed, c.invented)
        rows.append((_escaped(name), *counts, c.precision, c.recall, c.f1))
    return table((kind, *_COUNTS), rows) if rows else ""


def _confidence(summary: EvaluationSummary) -> str:
    header = ("accepted from confidence", "cells", "share of cells", "precision", "mistakes among them")
    lines = acceptances(summary.cells)
    return table(header, [(f"{line.threshold:g}", *line[1:]) for line in lines]) if lines[0].accepted else ""


def _worst(summary: EvaluationSummary, count: int) -> str:
    mistakes = summary.mistakes
    if not mistakes[:count]:
        return ""
    header = ("document", "field", "kind", "expected", "got", "status", "confidence", "text on the page")
    listed = f"{min(count, len(mistakes))} of {len(mistakes)} mistakes in the documents that could be read."
    return f"{listed}\n\n{table(header, map(_case, mistakes[:count]))}"


def _case(case: JudgedCell) -> tuple[object, ...]:
    cell = case.cell
    got = (_shown(cell.value), cell.status, cell.confidence, _shown(cell.raw_text)) if cell else (None,) * 4
    return (_shown(case.document), _escaped(path_text(case.path)), case.verdict, _shown(case.expected), *got)


def _names(names: Sequence[str]) -> str:
    more = f"\n- and {len(names) - MAX_LISTED_NAMES} more" if len(names) > MAX_LISTED_NAMES else ""
    return "\n".join(f"- {_escaped(name)}" for name in names[:MAX_LISTED_NAMES]) + more


def _shown(value: object) -> str | None:
    """Return the value on one line, cut to `MAX_VALUE_CHARACTERS`."""
    if value is None:
        return None
    text = " ".join(str(value).split())
    return _escaped(text if len(text) <= MAX_VALUE_CHARACTERS else f"{text[: MAX_VALUE_CHARACTERS - 1]}…")


def _escaped(text: str) -> str:
    """Keep a document's text from becoming markup or ending a table's cell."""
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace("`", "\\`")
