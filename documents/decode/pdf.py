"""Decode PDF pages with PDFium.

A page gives its text layer where that can be trusted, and pictures of what it does not cover.

PDFium supports only one thread at a time; it runs in the decoding process, which has one.
"""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from documents.decode.code_reading import codes_on, without_duplicates
from documents.decode.content import PLAIN, WHOLE, DoubtfulFont, PageContent, PageOptions, PictureRegion, TextLayer
from documents.decode.drawn_codes import drawn_codes
from documents.decode.font_shapes import FontShapes
from documents.decode.pdf_annotations import show_annotations
from documents.decode.pdf_forms import FormFields, form_fields
from documents.decode.pdf_page import MIN_CONTRAST_GREY_LEVELS, bounds_of, rendered, transform_of
from documents.decode.pdf_shapes import drawn_marks
from documents.decode.pdf_text import text_layer
from documents.errors import DamagedDocument, EncryptedDocument
from documents.limits import ReadingLimits
from documents.pictures import Picture
from schemas.geometry import Box, union

SIGNATURE = b"%PDF-"
SIGNATURE_WITHIN_BYTES = 1024
"""Bytes of junk that readers accept before the header (PDF 32000-1, annex H, note 13)."""
RENDER_DPI = 200
"""Small type needs more than a screen's resolution; detection reduces the picture anyway."""
MIN_CHARACTERS = 16
"""A page with fewer characters is a scan with a stamp or a page number, and is read by OCR."""
MIN_SCAN_COVERAGE = 0.5
"""A page of which pictures cover a larger share than this is a scan."""
MIN_CHARACTERS_ON_SCAN = 200
"""On a scan, fewer characters than this are the scanner's stamp rather than the page's text."""
MAX_PICTURES = 100
"""Pictures looked at per page: scans have one picture, or a few strips."""
MIN_REGION_POINTS = (30.0, 8.0)
"""Width and height: smaller pictures are bullets and icons."""
MAX_REGIONS = 8
"""Pictures that are read on a page with text, the largest first."""
MIN_INK_SHARE = 0.002
"""A picture is a background if a smaller share of its pixels, outside known text, differs from their neighbours."""
_POINTS_PER_INCH = 72
"""A PDF's unit of length is the point."""


_NO_PASSWORD = "the PDF is protected by a password: expected it as 'password', got none. Send it with the document."
_WRONG_PASSWORD = "the PDF is protected by a password, and the one in 'password' does not open it. Check the password."


def _opened(data: bytes, password: str | None) -> pdfium.PdfDocument:
    """Open a PDF, without the password if it needs none.

    PDFium refuses any other password than the owner's there.

    Raises:
        pdfium.PdfiumError: if it cannot be opened.
    """
    try:
        return pdfium.PdfDocument(data, password=password)
    except pdfium.PdfiumError as error:
        if password is None or getattr(error, "err_code", None) != pdfium_c.FPDF_ERR_PASSWORD:
            raise
        return pdfium.PdfDocument(data)


class PdfFile:
    """An open PDF."""

    def __init__(self, data: bytes, limits: ReadingLimits, password: str | None = None) -> None:
        """Parse the file's structure.

        Args:
            data: the file.
            limits: bounds on what is read.
            password: opens an encrypted PDF, as user or owner; ignored if it needs none.

        Raises:
            EncryptedDocument: if it needs a password that was not given.
            DamagedDocument: if it cannot be parsed or has no pages.
        """
        self._limits = limits
        self._forms: dict[int, FormFields] = {}
        self._shapes = FontShapes()
        try:
            self._pdf = _opened(data, password)
            self._pdf.init_forms()
            self.page_count = len(self._pdf)
        except pdfium.PdfiumError as error:
            if getattr(error, "err_code", None) == pdfium_c.FPDF_ERR_PASSWORD:
                raise EncryptedDocument(_WRONG_PASSWORD if password else _NO_PASSWORD) from error
            raise DamagedDocument("the PDF is damaged: its structure cannot be parsed. Save it again.") from error
        if self.page_count == 0:
            raise DamagedDocument("the PDF has no pages: expected at least one.")

    def close(self) -> None:
        """Free PDFium's memory."""
        self._pdf.close()

    def decrypted(self) -> bytes:
        """Return the file without its encryption.

        Raises:
            DamagedDocument: if PDFium cannot write it.
        """
        copy = io.BytesIO()
        try:
            self._pdf.save(copy, flags=pdfium_c.FPDF_REMOVE_SECURITY)
        except pdfium.PdfiumError as error:
            raise DamagedDocument("the PDF is damaged: its encryption cannot be removed. Save it again.") from error
        return copy.getvalue()

    def page(self, number: int, options: PageOptions = PLAIN) -> PageContent:
        """See `PagedFile.page`."""
        with self._page(number) as page:
            width, height = page.get_size()
            if width <= 0 or height <= 0:
                raise DamagedDocument(f"page {number} of the PDF has no visible area. Check its crop box.")
            (text, fonts), pictures = self._text(page, options.all_fonts)
            boxes = [WHOLE] if text is None else _worth_reading(pictures, width, height)
            regions = tuple(self._region(page, box) for box in boxes)
            looked_at = [*regions, *(self._region(page, box) for box in _code_boxes(page, text, options.all_codes))]
            drawn = () if text is None else drawn_marks(page, text)
            fonts = tuple(font for font in fonts if font.key not in options.trusted_fonts)
            whole = self._region(page, WHOLE).picture if fonts and text is not None else None
        codes = without_duplicates(code for r in looked_at for code in codes_on(r.picture, options.all_codes, r.box))
        if text is not None:
            regions = tuple(region for region in regions if _shows_more(region, text))
        form = self._forms.get(number, FormFields())
        return PageContent(
            width,
            height,
            text,
            regions,
            codes,
            form.marks + drawn,
            form.entries,
            fonts if whole is not None else (),
            whole,
        )

    def picture(self, number: int, side: int) -> Picture:
        """Render a whole page; shape (height, width, 3), RGB.

        Args:
            number: counted from 1.
            side: pixels along the longer side.

        Raises:
            DamagedDocument: if the page cannot be rendered.
        """
        with self._page(number) as page:
            return rendered(page, side / max(page.get_size()))

    def text_layer(self, number: int) -> tuple[float, float, TextLayer | None]:
        """Return a page's width and height in points, and its text layer if that can be trusted.

        Args:
            number: counted from 1.
        """
        with self._page(number) as page:
            return (*page.get_size(), self._text(page)[0][0])

    def _text(
        self, page: pdfium.PdfPage, all_fonts: bool = False
    ) -> tuple[tuple[TextLayer | None, tuple[DoubtfulFont, ...]], list[Box]]:
        """Return the text layer with its doubtful fonts, and the boxes of pictures.

        The text layer is None if it is missing, garbled, hidden or only a stamp.
        """
        pictures = _pictures(page)
        scanned = sum(box.width * box.height for box in pictures) > MIN_SCAN_COVERAGE
        if scanned and _is_covered(page):
            return (None, ()), pictures
        text, fonts = text_layer(page, self._limits.characters, self._shapes, all_fonts)
        enough = len(text.texts) >= (MIN_CHARACTERS_ON_SCAN if scanned else MIN_CHARACTERS)
        return ((text, fonts) if enough else (None, ())), pictures

    def _region(self, page: pdfium.PdfPage, box: Box) -> PictureRegion:
        """Render a part of the page for OCR."""
        width, height = page.get_size()
        longest = max(width * box.width, height * box.height, 1.0)
        scale = min(RENDER_DPI / _POINTS_PER_INCH, self._limits.side / longest)
        crop = (box.left * width, (1 - box.bottom) * height, (1 - box.right) * width, box.top * height)
        picture = rendered(page, scale, crop)
        return PictureRegion(box, picture, (picture.shape[1], picture.shape[0]))

    @contextmanager
    def _page(self, number: int) -> Iterator[pdfium.PdfPage]:
        """Load a page, with form values, stamps and typed text drawn into its content."""
        try:
            page = self._pdf[number - 1]
            if number not in self._forms:
                self._forms[number] = form_fields(page)  # drawing annotations into the page removes them
            if show_annotations(page):
                page.close()
                page = self._pdf[number - 1]
        except pdfium.PdfiumError as error:
            raise DamagedDocument(f"page {number} of the PDF is damaged: it cannot be loaded.") from error
        try:
            yield page
        except pdfium.PdfiumError as error:
            raise DamagedDocument(f"page {number} of the PDF is damaged: it cannot be read.") from error
        finally:
            page.close()


def _pictures(page: pdfium.PdfPage) -> list[Box]:
    """Return the boxes of pictures on the page as shown, in page fractions."""
    found: list[Box] = []
    to_page = transform_of(page)
    for item in itertools.islice(page.get_objects(filter=[pdfium_c.FPDF_PAGEOBJ_IMAGE], max_depth=4), MAX_PICTURES):
        try:
            left, bottom, right, top = bounds_of(item)
        except pdfium.PdfiumError:
            continue  # a picture without bounds is not visible
        shown = to_page.box(left, top, right, bottom)
        box = Box(*(min(1.0, max(0.0, edge)) for edge in shown))
        if box.width > 0 and box.height > 0:
            found.append(box)
    return found


def _code_boxes(page: pdfium.PdfPage, text: TextLayer | None, all_codes: bool) -> list[Box]:
    """Return the parts of the page, besides its pictures, that may have a code."""
    if text is None:
        return []  # the whole page is a picture
    return [WHOLE] if all_codes else drawn_codes(page)


def _is_covered(page: pdfium.PdfPage) -> bool:
    """Return whether pictures are painted over most of the page's text."""
    texts: list[tuple[float, float]] = []
    covered = 0
    for item in page.get_objects(max_depth=1):
        if item.type == pdfium_c.FPDF_PAGEOBJ_TEXT:
            left, bottom, right, top = item.get_bounds()
            texts.append(((left + right) / 2, (bottom + top) / 2))
        elif item.type == pdfium_c.FPDF_PAGEOBJ_IMAGE:
            left, bottom, right, top = item.get_bounds()
            seen = [(x, y) for x, y in texts if not (left <= x <= right and bottom <= y <= top)]
            covered += len(texts) - len(seen)
            texts = seen
    return covered > len(texts)


def _worth_reading(pictures: Sequence[Box], width: float, height: float) -> list[Box]:
    """Return the largest pictures, touching ones (strips of a logo) merged into one.

    Args:
        pictures: boxes in page fractions.
        width: of the page, in points.
        height: of the page, in points.
    """
    merged: list[Box] = []
    for box in pictures:
        touching = [b for b in merged if _touch(b, box)]
        merged = [b for b in merged if b not in touching] + [union((box, *touching))]
    min_width, min_height = MIN_REGION_POINTS
    large = [b for b in merged if b.width * width >= min_width and b.height * height >= min_height]
    return sorted(large, key=lambda b: -b.width * b.height)[:MAX_REGIONS]


def _shows_more(region: PictureRegion, text: TextLayer) -> bool:
    """Return whether a picture shows anything besides the text layer and a background."""
    green = region.picture[::2, ::2, 1].astype(np.int16)  # half the size is enough to see ink
    height, width = green.shape
    down, across = np.diff(green, axis=0, append=green[-1:]), np.diff(green, axis=1, append=green[:, -1:])
    contrast = np.maximum(np.abs(down), np.abs(across))
    ink = contrast > MIN_CONTRAST_GREY_LEVELS
    corner, size = np.array(region.box[:2]), np.array([region.box.width, region.box.height])
    edges = (text.loose.reshape(-1, 2, 2) - corner) / size * (width, height)
    for (left, top), (right, bottom) in edges.clip(0, (width, height)).astype(int).tolist():
        ink[max(0, top - 1) : bottom + 2, max(0, left - 1) : right + 2] = False
    return float(ink.mean()) > MIN_INK_SHARE


def _touch(a: Box, b: Box) -> bool:
    return a.left <= b.right and b.left <= a.right and a.top <= b.bottom and b.top <= a.bottom
