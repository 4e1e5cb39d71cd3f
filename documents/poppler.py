"""Poppler as the second opinion on a PDF: what PDFium cannot open or render is rendered by pdftoppm, if installed."""

from __future__ import annotations

import shutil
from typing import Any

import numpy as np
import pdf2image
from pdf2image.exceptions import PDFInfoNotInstalledError, PDFPageCountError, PDFPopplerTimeoutError, PDFSyntaxError

from documents.content import WHOLE, PageContent, PictureRegion
from documents.errors import DamagedDocument
from documents.limits import Limits

RENDER_DPI = 200
SECONDS = 30
"""For one page; the document's own deadline ends the whole process."""
_FAILURES = (PDFInfoNotInstalledError, PDFPageCountError, PDFPopplerTimeoutError, PDFSyntaxError, OSError, ValueError)


def is_installed() -> bool:
    """Whether Poppler's programs can be run."""
    return all(shutil.which(program) for program in ("pdftoppm", "pdfinfo"))


class PopplerFile:
    """An opened PDF whose pages are pictures."""

    def __init__(self, data: bytes, limits: Limits) -> None:
        """Count the pages.

        Raises:
            DamagedDocument: Poppler cannot parse it either.
        """
        self._data, self._limits = data, limits
        try:
            found: dict[str, Any] = pdf2image.pdfinfo_from_bytes(data, timeout=SECONDS)
            self.page_count = int(found["Pages"])
        except (*_FAILURES, KeyError) as error:
            raise DamagedDocument("the file begins like a PDF but cannot be parsed") from error

    def page(self, number: int) -> PageContent:
        """See `PagedFile.page`."""
        try:
            (image,) = pdf2image.convert_from_bytes(
                self._data,
                dpi=RENDER_DPI,
                first_page=number,
                last_page=number,
                use_cropbox=True,
                timeout=SECONDS,
            )
        except _FAILURES as error:
            raise DamagedDocument(f"page {number} of the PDF cannot be rendered") from error
        width, height = (side * 72 / RENDER_DPI for side in image.size)
        image.thumbnail((self._limits.side, self._limits.side))
        return PageContent(width, height, None, (PictureRegion(WHOLE, np.asarray(image.convert("RGB"))),))

    def close(self) -> None:
        """Nothing is held."""
