"""Bytes -> `Document`: the one public way into this room."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Protocol, runtime_checkable

from documents.errors import NoSuchPage, TooLarge
from documents.images import ImageFile
from documents.layout import arrange
from documents.limits import Limits, select_pages
from documents.ocr import OcrEngine
from documents.pdf import SIGNATURE, SIGNATURE_WITHIN, PdfFile
from schemas.pages import Document, Page, TextSource


@runtime_checkable
class PageReader(Protocol):
    """Anything that turns a file into pages."""

    def read(self, data: bytes, pages: str | None = None) -> Document:
        """The selected pages (`"1-3"`; None for all) of an image or PDF.

        Raises:
            UnreadableDocument: the file or the selection is at fault; the message says what was expected.
        """
        ...


class DocumentReader:
    """Text layers where a PDF has one, OCR everywhere else."""

    def __init__(self, ocr: OcrEngine, limits: Limits | None = None) -> None:
        self._ocr = ocr
        self._limits = limits or Limits()

    def read(self, data: bytes, pages: str | None = None) -> Document:
        """See `PageReader.read`."""
        if SIGNATURE in data[:SIGNATURE_WITHIN]:
            with closing(PdfFile(data, self._limits)) as pdf:
                return Document(tuple(self._pdf_pages(pdf, self._selected(pages, pdf.page_count))))
        image = ImageFile(data, self._limits)
        return Document(tuple(self._image_pages(image, self._selected(pages, image.page_count))))

    def _selected(self, pages: str | None, count: int) -> list[int]:
        try:
            numbers = select_pages(pages, count)
        except ValueError as error:
            raise NoSuchPage(str(error)) from error
        if len(numbers) > self._limits.pages:
            raise TooLarge(
                f"at most {self._limits.pages} pages are read in one call; {len(numbers)} came."
                " Send fewer, or name some in 'pages'"
            )
        return numbers

    def _pdf_pages(self, pdf: PdfFile, numbers: list[int]) -> Iterator[Page]:
        next_id = 0
        for number in numbers:
            width, height = pdf.size(number)
            words, source = pdf.text_layer(number), TextSource.TEXT_LAYER
            if words is None:
                words, source = self._ocr.read(pdf.picture(number)), TextSource.OCR
            page = Page(number, width, height, arrange(words, width / height, next_id), source)
            next_id += len(page.words)
            yield page

    def _image_pages(self, image: ImageFile, numbers: list[int]) -> Iterator[Page]:
        next_id = 0
        for number in numbers:
            picture, (width, height) = image.page(number)
            words = self._ocr.read(picture)
            page = Page(number, width, height, arrange(words, width / height, next_id), TextSource.OCR)
            next_id += len(page.words)
            yield page
