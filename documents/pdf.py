"""PDF pages: the text layer with a box for every character, and pictures of pages.

PDFium may be used by one thread at a time only, so everything that touches it holds one lock.
"""

from __future__ import annotations

import ctypes
import itertools
import math
import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from documents.errors import DamagedDocument, EncryptedDocument, TooLarge
from documents.images import Picture
from documents.layout import PlacedWord
from documents.limits import Limits
from schemas.geometry import Box, Point, Quad, quad_of, union
from schemas.pages import Symbol

SIGNATURE = b"%PDF-"
SIGNATURE_WITHIN = 1024
"""Readers accept junk before the header up to this many bytes (PDF 32000-1, annex H, note 13)."""
RENDER_DPI = 200
"""Small type needs more than a screen shows; detection reduces the picture anyway."""
MIN_CHARACTERS = 16
"""A page with fewer is a scan with a stamp or a page number: it is read by OCR."""
MAX_PICTURE_SHARE = 0.5
"""A page that one picture covers further than this is a scan..."""
MIN_CHARACTERS_ON_PICTURE = 200
"""...whose few characters are a scanner's stamp rather than its text."""
MAX_PICTURES = 100
"""More are looked at in vain: scans have one, or a few strips."""
MAX_GARBLED = 0.05
"""Share of private-use and unmapped characters from which on a text layer cannot be trusted."""
WORD_GAP = 0.25
"""Characters further apart than this many type heights are separate words, space or no space."""

_lock = threading.Lock()
_POINTS_PER_INCH = 72
_HYPHENS = {0x02: "-", 0xFFFE: "-", 0x00AD: "-"}
"""What PDFium gives for a hyphen at the end of a line."""


class _Character(NamedTuple):
    text: str
    tight: Box
    loose: Box
    quarter: int
    """Direction of the text in quarter turns, clockwise from rightwards."""


class PdfFile:
    """An opened PDF."""

    def __init__(self, data: bytes, limits: Limits) -> None:
        """Parse the file's structure.

        Raises:
            EncryptedDocument: it needs a password.
            DamagedDocument: it cannot be parsed, or has no pages.
        """
        self._limits = limits
        with _lock:
            try:
                self._pdf = pdfium.PdfDocument(data)
                self.page_count = len(self._pdf)
            except pdfium.PdfiumError as error:
                if getattr(error, "err_code", None) == pdfium_c.FPDF_ERR_PASSWORD:
                    raise EncryptedDocument("the PDF is protected by a password; send it without one") from error
                raise DamagedDocument("the file begins like a PDF but cannot be parsed") from error
        if self.page_count == 0:
            raise DamagedDocument("the PDF has no pages")

    def close(self) -> None:
        """Free PDFium's memory."""
        with _lock:
            self._pdf.close()

    def size(self, number: int) -> tuple[float, float]:
        """Width and height in points of page `number`, rotation applied.

        Raises:
            DamagedDocument: the page cannot be loaded, or nothing of it is visible.
        """
        with _lock, self._page(number) as page:
            width, height = page.get_size()
        if width <= 0 or height <= 0:
            raise DamagedDocument(f"page {number} of the PDF has no visible area")
        return width, height

    def text_layer(self, number: int) -> list[PlacedWord] | None:
        """The words of page `number`, from 1, or None when its text layer is missing, garbled, or only a stamp.

        Raises:
            TooLarge: the page has more characters than the limit.
        """
        with _lock, self._page(number) as page:
            characters = _characters(page, self._limits.characters)
            pictured = _picture_share(page)
        visible = [c for group in characters for c in group]
        garbled = sum(1 for c in visible if c.text == "\ufffd" or unicodedata.category(c.text[0]) in ("Co", "Cn"))
        needed = MIN_CHARACTERS_ON_PICTURE if pictured > MAX_PICTURE_SHARE else MIN_CHARACTERS
        if len(visible) < needed or garbled > MAX_GARBLED * len(visible):
            return None
        return [_word(group) for group in characters]

    def picture(self, number: int) -> Picture:
        """Page `number`, from 1, rendered for OCR."""
        with _lock, self._page(number) as page:
            scale = min(RENDER_DPI / _POINTS_PER_INCH, self._limits.side / max(*page.get_size(), 1.0))
            try:
                bitmap = page.render(scale=scale, rev_byteorder=True)
            except pdfium.PdfiumError as error:
                raise DamagedDocument(f"page {number} of the PDF cannot be rendered") from error
            image: Picture = bitmap.to_numpy()
            picture = np.repeat(image, 3, axis=2) if image.shape[2] == 1 else image[:, :, :3].copy()
            bitmap.close()
            return picture

    @contextmanager
    def _page(self, number: int) -> Iterator[pdfium.PdfPage]:
        """A loaded page, closed before the lock is released."""
        try:
            page = self._pdf[number - 1]
        except pdfium.PdfiumError as error:
            raise DamagedDocument(f"page {number} of the PDF cannot be loaded") from error
        try:
            yield page
        finally:
            page.close()


def _picture_share(page: pdfium.PdfPage) -> float:
    """How much of the page its largest picture covers, 0 to 1."""
    width, height = page.get_size()
    largest = 0.0
    for item in itertools.islice(page.get_objects(filter=[pdfium_c.FPDF_PAGEOBJ_IMAGE], max_depth=2), MAX_PICTURES):
        left, bottom, right, top = item.get_bounds()
        largest = max(largest, (right - left) * (top - bottom) / (width * height))
    return min(1.0, largest)


def _characters(page: pdfium.PdfPage, most: int) -> list[list[_Character]]:
    """Visible characters grouped to words, in the order of the text layer."""
    text_page = page.get_textpage()
    count = text_page.count_chars()
    if count > most:
        raise TooLarge(f"a page may have at most {most:,} characters; this one has {count:,}")
    to_page = _page_transform(page)
    tight, loose = [ctypes.c_double() for _ in range(4)], pdfium_c.FS_RECTF()
    groups: list[list[_Character]] = []
    apart = True
    for index in range(count):
        code = pdfium_c.FPDFText_GetUnicode(text_page, index)
        text = _HYPHENS.get(code) or _character(code)
        if text.isspace() or not text:
            apart = True
            continue
        left, right, bottom, top = tight
        pdfium_c.FPDFText_GetCharBox(text_page, index, left, right, bottom, top)
        pdfium_c.FPDFText_GetLooseCharBox(text_page, index, loose)
        angle = pdfium_c.FPDFText_GetCharAngle(text_page, index)
        wide = to_page.box(loose.left, loose.top, loose.right, loose.bottom)
        close = to_page.box(left.value, top.value, right.value, bottom.value)
        if close.width <= 0 or close.height <= 0:
            close = wide
        if wide.width <= 0 or wide.height <= 0:
            wide = close
        if close.right <= 0 or close.left >= 1 or close.bottom <= 0 or close.top >= 1 or wide.width <= 0:
            continue  # outside the visible page, or no glyph at all
        character = _Character(text, close, wide, to_page.quarter(angle))
        if apart or _gap(groups[-1][-1], character, to_page.aspect) > WORD_GAP:
            groups.append([])
        groups[-1].append(character)
        apart = False
    return groups


def _character(code: int) -> str:
    if 0xD800 <= code < 0xE000 or code > 0x10FFFF:
        return "\ufffd"
    text = chr(code)
    return "" if unicodedata.category(text) in ("Cc", "Cf") and not text.isspace() else text


class _Transform(NamedTuple):
    """Points of the PDF's own page space -> fractions of the page as shown (crop box and rotation applied)."""

    origin: Point
    per_x: Point
    per_y: Point
    aspect: float

    def point(self, x: float, y: float) -> Point:
        return Point(
            self.origin.x + x * self.per_x.x + y * self.per_y.x, self.origin.y + x * self.per_x.y + y * self.per_y.y
        )

    def box(self, left: float, top: float, right: float, bottom: float) -> Box:
        a, b = self.point(left, top), self.point(right, bottom)
        return Box(min(a.x, b.x), min(a.y, b.y), max(a.x, b.x), max(a.y, b.y))

    def quarter(self, angle: float) -> int:
        """Angle of a glyph in page space (radians, counter-clockwise) -> its direction as shown."""
        x, y = math.cos(angle), math.sin(angle)
        shown_x = (x * self.per_x.x + y * self.per_y.x) * self.aspect
        shown_y = x * self.per_x.y + y * self.per_y.y
        return round(math.atan2(shown_y, shown_x) / (math.pi / 2)) % 4


def _page_transform(page: pdfium.PdfPage) -> _Transform:
    """PDFium maps single points to whole device pixels; three points on a huge device give the exact affine map."""
    width, height = page.get_size()
    device, reach = 1_000_000, 1000.0

    def shown(x: float, y: float) -> Point:
        across, down = ctypes.c_int(), ctypes.c_int()
        pdfium_c.FPDF_PageToDevice(page, 0, 0, device, device, 0, x, y, across, down)
        return Point(across.value / device, down.value / device)

    origin, right, up = shown(0, 0), shown(reach, 0), shown(0, reach)
    return _Transform(
        origin,
        Point((right.x - origin.x) / reach, (right.y - origin.y) / reach),
        Point((up.x - origin.x) / reach, (up.y - origin.y) / reach),
        width / height,
    )


def _gap(before: _Character, after: _Character, aspect: float) -> float:
    """Distance between neighbours in type heights; infinite when they are not on one line."""
    if before.quarter != after.quarter:
        return math.inf
    a, b = before.loose, after.loose
    if before.quarter % 2:
        size, offset = min(a.width, b.width) * aspect, abs(a.center.x - b.center.x) * aspect
        gap = b.top - a.bottom if before.quarter == 1 else a.top - b.bottom
    else:
        size, offset = min(a.height, b.height), abs(a.center.y - b.center.y)
        gap = (b.left - a.right if before.quarter == 0 else a.left - b.right) * aspect
    return math.inf if offset > 0.6 * size or gap < -1.5 * size else gap / size


def _word(group: list[_Character]) -> PlacedWord:
    symbols = tuple(Symbol(c.text, _turned(c.tight, c.quarter), 1.0) for c in group)
    return PlacedWord(symbols, _turned(union(c.loose for c in group), group[0].quarter))


def _turned(box: Box, quarter: int) -> Quad:
    """The box's corners, beginning at the text's own top-left."""
    corners = quad_of(box)
    return Quad(*(corners[(i + quarter) % 4] for i in range(4)))
