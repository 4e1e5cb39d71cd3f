"""Show an extraction as a table for people, or as CSV."""

from __future__ import annotations

import csv
import io
from typing import Any

from rich.table import Table
from rich.text import Text

from docwitness._models import Cell, Extraction

_STYLES = {"grounded": "green", "uncertain": "yellow", "not_found": "dim"}
COLUMNS = ("field", "value", "raw_text", "page", "xmin", "ymin", "xmax", "ymax", "match_ratio", "status", "confidence")


def table_of(result: Extraction[Any], title: str, *, absent: bool = True) -> Table:
    """List each cell with value, text on the page, page, box and match ratio.

    Args:
        result: the extraction.
        title: title of the table.
        absent: whether to also list the fields that were not found.
    """
    table = Table(title=title, title_justify="left", show_edge=False, pad_edge=False)
    table.add_column("field", overflow="fold", min_width=18)
    table.add_column("value", overflow="fold")
    table.add_column("on the page", overflow="fold")
    for name in ("page", "box (0-1000)", "match"):
        table.add_column(name, justify="right", no_wrap=True)
    for name, cell in result.cells():
        if absent or cell.status != "not_found":
            table.add_row(*_row(name, cell))
    return table


def _row(name: str, cell: Cell) -> tuple[Text, ...]:
    style = _STYLES[cell.status]
    if cell.status == "not_found" or cell.bbox is None:
        return (Text(name, style), Text("not found", style), Text(), Text(), Text(), Text("0.00", style))
    box = cell.bbox
    return (
        Text(name),
        Text(str(cell.value), "bold"),
        Text(cell.raw_text or ""),
        Text(str(cell.page)),
        Text(f"{box.xmin},{box.ymin} {box.xmax},{box.ymax}"),
        Text(f"{cell.match_ratio:.2f}", style),
    )


def csv_of(result: Extraction[Any]) -> str:
    """Return a header and one line per cell."""
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(COLUMNS)
    for name, cell in result.cells():
        box = cell.bbox.model_dump().values() if cell.bbox else ("",) * 4
        writer.writerow(
            (name, cell.value, cell.raw_text, cell.page, *box, cell.match_ratio, cell.status, cell.confidence)
        )
    return lines.getvalue()
