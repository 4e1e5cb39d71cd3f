"""Set the text of a page in columns of characters, as it is placed on the page."""

from __future__ import annotations

from statistics import median

from docwitness._models import TextLine, TextPage

GRID = 1000
"""Boxes are in thousandths of the page."""
MAX_COLUMNS = 240
"""Characters of a row at most, so that small print does not make all rows endless."""
MIN_ROW_OVERLAP = 0.5
"""Lines that overlap vertically by this share of the lower one's height are in one row."""
BLANK_ROW_HEIGHTS = 1.0
"""A vertical gap of more than this many heights of a line becomes a blank row."""


def layout_of(page: TextPage) -> str:
    """Return the page's text with columns and gaps where the page has them.

    Every line begins at the column that its left edge has on the page, or after the line before it.
    """
    widths = [(line.bbox.xmax - line.bbox.xmin) / len(line.text) for line in page.lines if line.text]
    character = max(GRID / MAX_COLUMNS, median(widths or [GRID / MAX_COLUMNS]))
    rows: list[list[TextLine]] = []
    for line in sorted(page.lines, key=lambda line: (line.bbox.ymin + line.bbox.ymax, line.bbox.xmin)):
        if rows and _is_next_to(rows[-1][0], line):
            rows[-1].append(line)
        else:
            rows.append([line])
    text: list[str] = []
    for number, row in enumerate(rows):
        if number and _gap(rows[number - 1], row) > BLANK_ROW_HEIGHTS:
            text.append("")
        text.append(_row(row, character))
    return "\n".join(text)


def _is_next_to(first: TextLine, line: TextLine) -> bool:
    shared = min(first.bbox.ymax, line.bbox.ymax) - max(first.bbox.ymin, line.bbox.ymin)
    return shared >= MIN_ROW_OVERLAP * max(1, min(_height(first), _height(line)))


def _gap(above: list[TextLine], below: list[TextLine]) -> float:
    bottom, top = max(line.bbox.ymax for line in above), min(line.bbox.ymin for line in below)
    return (top - bottom) / max(1, *(_height(line) for line in below))


def _row(lines: list[TextLine], character: float) -> str:
    row = ""
    for line in sorted(lines, key=lambda line: line.bbox.xmin):
        column = round(line.bbox.xmin / character)
        row = row.ljust(column if not row else max(column, len(row) + 2)) + line.text
    return row


def _height(line: TextLine) -> int:
    return line.bbox.ymax - line.bbox.ymin
