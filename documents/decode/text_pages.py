"""Set plain text on pages, so that its values have places like those of any other document.

A page is A4 and every character has a cell of one grid, as on a line printer. Only text that begins with a byte order
mark is taken for text: without one, any bytes without control characters would look like it.
"""

from __future__ import annotations

import codecs
import textwrap
import unicodedata
from collections.abc import Iterator

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from documents.decode.content import PLAIN, PageContent, PageOptions, TextLayer
from documents.errors import DamagedDocument, TooLarge
from documents.limits import ReadingLimits
from documents.pictures import Picture

BYTE_ORDER_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
"""Encoding of a text by the bytes it begins with (Unicode 16.0, section 23.8)."""
WIDTH_POINTS, HEIGHT_POINTS = 595.0, 842.0
"""Size of a page: A4."""
COLUMNS, ROWS = 100, 60
"""Characters across and lines down a page. Wider lines are wrapped: mail programs wrap at 72 to 78 characters, and a
table of ten columns fits into 100."""
MARGIN_POINTS = 36.0
"""Half an inch on each side."""
TAB_COLUMNS = 8
"""Distance of tab stops, as on a terminal."""
CELL_POINTS = ((WIDTH_POINTS - 2 * MARGIN_POINTS) / COLUMNS, (HEIGHT_POINTS - 2 * MARGIN_POINTS) / ROWS)
"""Width and height of one character's cell: 5.2 and 12.8, the shape of 9-point type with normal leading."""
INK_CELL_SHARE = (0.25, 0.8)
"""Top and bottom of the ink within a cell's height; the rest is the gap between lines."""
_WIDE = ("W", "F")
"""East Asian widths that take two cells (Unicode Standard Annex #11)."""


def is_text(data: bytes) -> bool:
    """Return whether the bytes begin with a byte order mark and are no markup."""
    mark = next((mark for mark in BYTE_ORDER_MARKS if data.startswith(mark)), None)
    return mark is not None and not data[len(mark) :].lstrip(b"\0 \t\r\n").startswith(b"<")


def encoded_text(text: str) -> bytes:
    """Return text as the bytes that `TextFile` reads.

    In UTF-16 nothing in the text looks like another format, such as the header lines of a forwarded e-mail.
    """
    return text.encode("utf-16", errors="replace")


class TextFile:
    """A plain text, set on pages."""

    def __init__(self, data: bytes, limits: ReadingLimits) -> None:
        """Decode the text and divide it into pages; a form feed begins a new one.

        Raises:
            DamagedDocument: if the text is not in the encoding that its byte order mark names, or has no characters.
            TooLarge: if there are more characters than all pages may have.
        """
        self._limits = limits
        encoding = next(encoding for mark, encoding in BYTE_ORDER_MARKS.items() if data.startswith(mark))
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError as error:
            raise DamagedDocument(
                f"the text is damaged: its byte order mark says {encoding.removesuffix('-sig').upper()}, but it is not."
                " Save it again."
            ) from error
        if len(text) > (most := limits.characters * limits.pages):
            raise TooLarge(f"the text is too long: expected at most {most:,} characters, got {len(text):,}. Split it.")
        self._pages = list(_paged(text))
        if not self._pages:
            raise DamagedDocument("the text is empty: expected at least one character, got only spaces.")
        self.page_count = len(self._pages)

    def page(self, number: int, options: PageOptions = PLAIN) -> PageContent:  # noqa: ARG002 - text has neither codes nor fonts
        """See `PagedFile.page`."""
        return PageContent(WIDTH_POINTS, HEIGHT_POINTS, _text_layer(self._pages[number - 1]), ())

    def picture(self, number: int, side: int) -> Picture:
        """Draw a page; shape (height, width, 3), RGB.

        Args:
            number: counted from 1.
            side: pixels along the longer side.
        """
        scale = side / HEIGHT_POINTS
        image = Image.new("RGB", (max(1, round(WIDTH_POINTS * scale)), side), "white")
        width, height = (points * scale for points in CELL_POINTS)
        font, draw = ImageFont.load_default(max(1.0, height * 0.7)), ImageDraw.Draw(image)
        for row, line in enumerate(self._pages[number - 1]):
            top = MARGIN_POINTS * scale + row * height
            for column, symbol in _cells(line):
                draw.text((MARGIN_POINTS * scale + column * width, top), symbol, "black", font)
        return np.asarray(image)

    def close(self) -> None:
        """Do nothing: nothing is kept open."""


def _paged(text: str) -> Iterator[list[str]]:
    """Yield the lines of each page that is not blank."""
    for sheet in text.split("\f"):
        lines = [wrapped for line in sheet.splitlines() for wrapped in _wrapped(line)]
        for start in range(0, len(lines), ROWS):
            page = lines[start : start + ROWS]
            if any(line.strip() for line in page):
                yield page


def _wrapped(line: str) -> list[str]:
    """Return a line as lines of at most `COLUMNS` cells without control characters."""
    shown = "".join(c for c in line.expandtabs(TAB_COLUMNS) if unicodedata.category(c) not in ("Cc", "Cf")).rstrip()
    if sum(_cell_count(c) for c in shown) <= COLUMNS:
        return [shown]
    columns = COLUMNS // 2 if any(_cell_count(c) > 1 for c in shown) else COLUMNS
    return textwrap.wrap(shown, columns, drop_whitespace=True, break_on_hyphens=False) or [""]


def _text_layer(lines: list[str]) -> TextLayer:
    """Return the characters of a page with the boxes of their cells."""
    texts: list[str] = []
    starts: list[int] = []
    cells: list[tuple[int, int, int]] = []
    for row, line in enumerate(lines):
        end = -1
        for column, symbol in _cells(line):
            if column != end:
                starts.append(len(texts))
            width = _cell_count(symbol[0])
            texts.append(symbol)
            cells.append((column, row, width))
            end = column + width
    columns, rows, widths = np.array(cells, dtype=float).reshape(-1, 3).T
    across, down = CELL_POINTS[0] / WIDTH_POINTS, CELL_POINTS[1] / HEIGHT_POINTS
    left, top = MARGIN_POINTS / WIDTH_POINTS + columns * across, MARGIN_POINTS / HEIGHT_POINTS + rows * down
    loose = np.stack([left, top, left + widths * across, top + down], axis=1)
    tight = loose.copy()
    tight[:, 1], tight[:, 3] = (top + share * down for share in INK_CELL_SHARE)
    return TextLayer(tuple(texts), tuple(starts), tight, loose, (0,) * len(texts))


def _cells(line: str) -> Iterator[tuple[int, str]]:
    """Yield column and text of each symbol except spaces; marks stay with their letter.

    >>> list(_cells("a b"))
    [(0, 'a'), (2, 'b')]
    """
    column, pending = 0, ""
    start = 0
    for character in line:
        if pending and unicodedata.combining(character):
            pending += character
            continue
        if pending:
            yield start, pending
        start, pending = column, "" if character.isspace() else character
        column += _cell_count(character)
    if pending:
        yield start, pending


def _cell_count(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in _WIDE else 1
