"""Reduce the HTML of an e-mail to text; the cells of a table stay below each other."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from documents.decode.text_pages import COLUMNS

MAX_DEPTH = 100
"""Elements open at the same time: mail programs nest tables some twenty deep; the rest is hostile."""
CELL_GAP = 2
"""Spaces between the columns of a table: reading order then takes them for separate cells."""
MAX_SPAN_COLUMNS = 20
"""Columns that one cell may span; no table that fits on a page has more."""
_SECTIONS = ["address", "article", "aside", "blockquote", "center", "div", "footer", "header", "main", "section"]
_BLOCKS = ["dd", "dl", "dt", "figure", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "ul"]
_BREAKS = frozenset([*_SECTIONS, *_BLOCKS])
"""Elements that begin and end a line (HTML standard, section 15.3)."""
_SKIPPED = frozenset(["head", "script", "style", "template", "title", "noscript", "svg", "math", "select", "textarea"])
"""Elements whose text a mail program does not show, or not as the message's text."""
_VOID = frozenset(["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"])
"""Elements without an end (HTML standard, section 13.1.2)."""
_SPACE = re.compile(r"[ \t\r\n\f]+")
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_CID = re.compile(r"""\bcid:([^\s"'<>)]+)""", re.IGNORECASE)

_Lines = list[str]


def html_text(html: str) -> str:
    """Return the text that an HTML message shows.

    >>> html_text("Invoice <b>4711</b><table><tr><td>Total</td><td>9.50</td></tr></table>").splitlines()
    ['Invoice 4711', 'Total  9.50']
    """
    return _reduced(html, hide=True) or _reduced(html, hide=False)  # an element that never ends would hide everything


def referenced_pictures(html: str) -> set[str]:
    """Return the content ids of the pictures that HTML shows within its text (RFC 2392)."""
    return set(_CID.findall(html))


def _reduced(html: str, hide: bool) -> str:
    reducer = _Reducer(hide)
    reducer.feed(html)
    reducer.close()
    lines = [line.rstrip() for line in reducer.lines()]
    text = "\n".join(lines)
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n")


class _Table:
    """Rows of cells of lines; a table within a cell has become lines by the time the cell ends."""

    def __init__(self) -> None:
        self.rows: list[list[_Lines]] = []

    def lines(self) -> _Lines:
        """Return the rows, with their columns below each other if they fit on a page."""
        if all(sum(any(cell) for cell in row) < 2 for row in self.rows):  # the table only places its contents
            return [line for row in self.rows for cell in row for line in cell]
        widths: list[int] = []
        for row in self.rows:
            widths += [0] * (len(row) - len(widths))
            if len(row) < 2:
                continue  # a row of one cell spans the table
            for column, cell in enumerate(row):
                widths[column] = max(widths[column], 0, *(len(line) for line in cell))
        widths = [width + CELL_GAP if width else 0 for width in widths]
        if sum(widths) - CELL_GAP > COLUMNS:
            return [line for row in self.rows for line in _side_by_side(row, None)]
        return [line for row in self.rows for line in _side_by_side(row, widths)]


def _side_by_side(row: list[_Lines], widths: list[int] | None) -> _Lines:
    """Return the lines of a row's cells next to each other.

    Args:
        row: the cells.
        widths: of the columns with their gaps; None for the smallest gaps.
    """
    if len(row) == 1:
        return row[0]
    found = []
    for number in range(max((len(cell) for cell in row), default=0)):
        parts = [cell[number] if number < len(cell) else "" for cell in row]
        if widths is None:
            found.append((" " * CELL_GAP).join(part for part in parts if part))
        else:
            found.append("".join(part.ljust(width) for part, width in zip(parts, widths, strict=False)).rstrip())
    return found


def _span(colspan: str | None) -> int:
    """Return the number of columns that a cell spans."""
    return min(MAX_SPAN_COLUMNS, max(1, int(colspan))) if colspan and colspan.isdecimal() and len(colspan) < 4 else 1


class _Reducer(HTMLParser):
    """Collects lines.

    It keeps a stack of tables and cells, because messages are laid out as tables within tables.
    """

    def __init__(self, hide: bool) -> None:
        super().__init__(convert_charrefs=True)
        self._hide = hide
        self._blocks: list[_Lines] = [[""]]
        """Lines of the document and of each open cell; the last line of each is still growing."""
        self._tables: list[_Table] = []
        self._open_cells: list[int] = []
        """For each open table, the columns that its open cell spans; 0 if none is open."""
        self._unseen: list[str] = []
        """Open elements from the outermost one that is not shown."""
        self._preformatted = 0

    def lines(self) -> _Lines:
        """Return the lines; tables that never ended end here."""
        while self._tables:
            self._end_table()
        return self._blocks[0]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._unseen:
            if tag not in _VOID and len(self._unseen) < MAX_DEPTH:
                self._unseen.append(tag)
            return
        style = next((value or "" for name, value in attrs if name == "style"), "")
        hidden = self._hide and tag not in _VOID and (_HIDDEN.search(style) or any(n == "hidden" for n, _ in attrs))
        if tag in _SKIPPED or hidden:
            self._unseen.append(tag)
        elif tag == "table" and len(self._tables) < MAX_DEPTH:
            self._new_line()
            self._tables.append(_Table())
            self._open_cells.append(0)
        elif tag == "tr" and self._tables:
            self._end_cell()
            self._tables[-1].rows.append([])
        elif tag in ("td", "th") and self._tables:
            self._end_cell()
            self._blocks.append([""])
            self._open_cells[-1] = next((_span(value) for name, value in attrs if name == "colspan"), 1)
        elif tag == "br":
            self._blocks[-1].append("")
        elif tag in _BREAKS:
            self._new_line()
            if tag == "li":
                self._blocks[-1][-1] = "- "
            self._preformatted += tag == "pre"

    def handle_endtag(self, tag: str) -> None:
        if self._unseen:
            if tag in self._unseen:
                del self._unseen[len(self._unseen) - 1 - self._unseen[::-1].index(tag) :]
            return
        if tag == "table" and self._tables:
            self._end_table()
        elif tag in ("td", "th", "tr") and self._tables:
            self._end_cell()
        elif tag in _BREAKS:
            self._new_line()
            if tag == "p":
                self._blocks[-1].append("")
            self._preformatted = max(0, self._preformatted - (tag == "pre"))

    def handle_data(self, data: str) -> None:
        if self._unseen or (self._tables and not self._open_cells[-1] and not data.strip()):
            return
        block = self._blocks[-1]
        if self._preformatted:
            first, *rest = data.splitlines() or [""]
            block[-1] += first
            block += rest
            return
        text = _SPACE.sub(" ", data).replace("\xa0", " ").replace("\u200c", "").replace("\u200b", "")
        block[-1] += text.lstrip(" ") if not block[-1] or block[-1].endswith(" ") else text

    def _new_line(self) -> None:
        block = self._blocks[-1]
        if block[-1].strip():
            block.append("")
        else:
            block[-1] = ""

    def _end_cell(self) -> None:
        if not self._open_cells[-1]:
            return
        cell = [line.rstrip() for line in self._blocks.pop()]
        while cell and not cell[-1]:
            cell.pop()
        while cell and not cell[0]:
            del cell[0]
        table = self._tables[-1]
        if not table.rows:
            table.rows.append([])
        table.rows[-1] += [cell, *([] for _ in range(self._open_cells[-1] - 1))]
        self._open_cells[-1] = 0

    def _end_table(self) -> None:
        self._end_cell()
        self._open_cells.pop()
        block = self._blocks[-1]
        block[-1:] = [*([block[-1]] if block[-1].strip() else []), *self._tables.pop().lines(), ""]
