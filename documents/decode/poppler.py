"""Render PDFs with Poppler, where it is installed and PDFium fails."""

from __future__ import annotations

import re
import shutil
from typing import Any

import numpy as np
import pdf2image
from pdf2image.exceptions import PDFInfoNotInstalledError, PDFPageCountError, PDFPopplerTimeoutError, PDFSyntaxError

from documents.decode.code_reading import codes_on
from documents.decode.content import PLAIN, WHOLE, PageContent, PageOptions, PictureRegion
from documents.errors import DamagedDocument
from documents.limits import ReadingLimits

MAX_SIDE_PIXELS = 2340
"""Longer side of a rendered page: 200 dpi for A4."""
PAGE_TIMEOUT_SECONDS = 30
"""Time for one page; the document's own deadline ends the whole process."""
_FAILURES = (PDFInfoNotInstalledError, PDFPageCountError, PDFPopplerTimeoutError, PDFSyntaxError, OSError, ValueError)


def is_installed() -> bool:
    """Return whether Poppler's programs can be run."""
    return all(shutil.which(program) for program in ("pdftoppm", "pdfinfo"))


class PopplerFile:
    """An open PDF whose pages are pictures."""

    def __init__(self, data: bytes, limits: ReadingLimits) -> None:
        """Count the pages.

        Raises:
            DamagedDocument: if Poppler cannot parse the file or it has no pages.
        """
        self._data, self._limits = data, limits
        self.page_count = int(self._info().get("Pages", 0))
        if self.page_count < 1:
            raise DamagedDocument("the PDF has no pages: expected at least one.")

    def page(self, number: int, options: PageOptions = PLAIN) -> PageContent:
        """See `PagedFile.page`."""
        try:
            (image,) = pdf2image.convert_from_bytes(
                self._data,
                first_page=number,
                last_page=number,
                size=min(MAX_SIDE_PIXELS, self._limits.side),
                use_cropbox=True,
                timeout=PAGE_TIMEOUT_SECONDS,
            )
        except _FAILURES as error:
            raise DamagedDocument(f"page {number} of the PDF is damaged: it cannot be rendered.") from error
        longest = self._longest_side(number)
        width, height = (side * longest / max(image.size) for side in image.size)
        picture = np.asarray(image.convert("RGB"))
        codes = codes_on(picture, options.all_codes, WHOLE)
        return PageContent(width, height, None, (PictureRegion(WHOLE, picture, image.size),), codes)

    def close(self) -> None:
        """Do nothing: nothing is kept open."""

    def _longest_side(self, number: int) -> float:
        """Return the longer side of a page in points."""
        found = self._info(number)
        sizes = (re.match(r"([\d.]+) x ([\d.]+) pts", str(value)) for name, value in found.items() if "size" in name)
        return max((float(side) for size in sizes if size for side in size.groups()), default=0.0) or float(
            MAX_SIDE_PIXELS
        )

    def _info(self, page: int | None = None) -> dict[str, Any]:
        try:
            pages = {} if page is None else {"first_page": page, "last_page": page}
            found: dict[str, Any] = pdf2image.pdfinfo_from_bytes(self._data, timeout=PAGE_TIMEOUT_SECONDS, **pages)  # type: ignore[arg-type]
        except _FAILURES as error:
            raise DamagedDocument("the PDF is damaged: its structure cannot be parsed. Save it again.") from error
        return found
