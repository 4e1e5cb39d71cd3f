"""An evaluation in Markdown, for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version

from service.contract.render import path_text
from service.evaluation.figures import acceptances, tally
from service.evaluation.scoring import JudgedCell
from service.evaluation.summary import Summary
from service.evaluation.tables import table

SHOWN = 80
"""Characters of a value in a table."""
LISTED = 100
"""Names in a list of documents."""

_TALLY = ("n", "right", "close", "wrong", "missed", "invented", "precision", "recall", "F1")


def markdown(summary: Summary, worst_cases: int) -> str:
    """Every table; of the mistakes at most `worst_cases`."""
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


def _conditions(summary: Summary) -> str:
    locale = f"locale `{summary.locale}`" if summary.locale else "no locale"
    program = f"docwitness-server {version('docwitness-server')}"
    return f"Made {datetime.now(UTC):%Y-%m-%d} with {program}, {locale}. {_escaped(summary.schema_source)}"


def _overall(summary: Summary) -> str:
    fields, cells = tally(summary.single_cells), tally(summary.line_cells)
    header = ("documents", "failed", "precision", "recall", "F1", "F1 with close", "value for an absent field")
    row = (
        *(len(summary.evaluation.outcomes), len(summary.failed)),
        *(fields.precision, fields.recall, fields.f1, fields.close_f1, fields.invention_rate),
        *(cells.f1, summary.all_rows.f1, tally(summary.cells).right_place, summary.median_seconds),
    )
    return table((*header, "line cells F1", "rows F1", "right place", "s a document (median)"), [row])


def _failed(summary: Summary) -> str:
    if not summary.failed:
        return ""
    failed = table(("document", "reason"), [(_shown(o.document), _shown(o.failure)) for o in summary.failed])
    return f"{failed}\n\nTheir values count as missed."


def _fields(summary: Summary) -> str:
    silent = summary.silent()
    said = f"The truth says nothing about: {', '.join(map(_escaped, silent))}." if silent else ""
    return "\n\n".join(filter(None, (_by_name("field", summary.by_field()), said)))


def _array(summary: Summary, name: str) -> str:
    rows = summary.rows()[name]
    header = ("rows in the truth", "given", "found", "found: F1", "without a mistake", "without a mistake: F1")
    line = (rows.true, rows.given, rows.found, rows.f1, rows.exact, rows.exact_f1)
    return "\n\n".join(filter(None, (table(header, [line]), _by_name("column", summary.by_column(name)))))


def _by_name(kind: str, groups: Mapping[str, Sequence[JudgedCell]]) -> str:
    rows = []
    for name, cells in groups.items():
        t = tally(cells)
        counts = (t.n, t.right, t.close, t.wrong, t.missed, t.invented)
        rows.append((_escaped(name), *counts, t.precision, t.recall, t.f1))
    return table((kind, *_TALLY), rows) if rows else ""


def _confidence(summary: Summary) -> str:
    header = ("accepted from confidence", "cells", "share of cells", "precision", "mistakes among them")
    lines = acceptances(summary.cells)
    return table(header, [(f"{line.threshold:g}", *line[1:]) for line in lines]) if lines[0].accepted else ""


def _worst(summary: Summary, count: int) -> str:
    mistakes = summary.mistakes
    if not mistakes[:count]:
        return ""
    header = ("document", "field", "kind", "expected", "came", "status", "confidence", "text on the page")
    listed = f"{min(count, len(mistakes))} of {len(mistakes)} mistakes in documents that were read."
    return f"{listed}\n\n{table(header, map(_case, mistakes[:count]))}"


def _case(case: JudgedCell) -> tuple[object, ...]:
    cell = case.cell
    came = (_shown(cell.value), cell.status, cell.confidence, _shown(cell.raw_text)) if cell else (None,) * 4
    return (_shown(case.document), _escaped(path_text(case.path)), case.verdict, _shown(case.expected), *came)


def _names(names: Sequence[str]) -> str:
    more = f"\n- and {len(names) - LISTED} more" if len(names) > LISTED else ""
    return "\n".join(f"- {_escaped(name)}" for name in names[:LISTED]) + more


def _shown(value: object) -> str | None:
    """One line of at most `SHOWN` characters."""
    if value is None:
        return None
    text = " ".join(str(value).split())
    return _escaped(text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…")


def _escaped(text: str) -> str:
    """What a document says must not become markup or end a table's cell."""
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace("`", "\\`")
