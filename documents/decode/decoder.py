"""Run the decoding process, which opens one caller's file at a time and sends its pages.

`documents.decode.sandbox` starts it.

Decoders of images and PDFs are large C libraries that read hostile bytes. In a process of their own, a crash or an
endless loop harms nothing else.
"""

from __future__ import annotations

import os
import shutil
import sys
import threading
import time
import traceback
from multiprocessing.connection import Connection
from typing import Any

from documents.decode import poppler, transfer
from documents.decode.content import PageContent, PagedFile
from documents.decode.images import ImageFile
from documents.decode.pdf import SIGNATURE, SIGNATURE_WITHIN_BYTES, PdfFile
from documents.decode.poppler import PopplerFile
from documents.errors import DamagedDocument, UnreadableDocument
from documents.limits import ReadingLimits
from documents.pictures import Picture


class AnyFile:
    """An open image or PDF; Poppler takes over PDFs that PDFium cannot open or render."""

    def __init__(self, data: bytes, limits: ReadingLimits) -> None:
        """Open the file.

        Raises:
            UnreadableDocument: if it is neither an image nor a PDF, or is damaged.
        """
        self._data, self._limits = data, limits
        self._is_pdf = SIGNATURE in data[:SIGNATURE_WITHIN_BYTES]
        self._file: PagedFile
        try:
            self._file = PdfFile(data, limits) if self._is_pdf else ImageFile(data, limits)
        except DamagedDocument:
            if not self.has_second_renderer:
                raise
            self._file = PopplerFile(data, limits)
        self.page_count = self._file.page_count

    @property
    def has_second_renderer(self) -> bool:
        """True if Poppler can render the pages too."""
        return self._is_pdf and poppler.is_installed()

    def page(self, number: int) -> PageContent:
        """See `PagedFile.page`."""
        try:
            return self._file.page(number)
        except DamagedDocument:
            if not self.has_second_renderer:
                raise
            return self.second_rendering(number)

    def picture(self, number: int, side: int) -> Picture:
        """Return the picture of a whole page, of shape (height, width, 3), RGB.

        Args:
            number: counted from 1.
            side: pixels along the longer side for a page of a PDF; images keep their size.

        Raises:
            DamagedDocument: if the page cannot be rendered.
        """
        if not isinstance(self._file, PdfFile):
            return self._file.page(number).regions[0].picture
        try:
            return self._file.picture(number, side)
        except DamagedDocument:
            if not self.has_second_renderer:
                raise
            return self.second_rendering(number).regions[0].picture

    def second_rendering(self, number: int) -> PageContent:
        """Return the page as Poppler renders it."""
        return PopplerFile(self._data, self._limits).page(number)

    def close(self) -> None:
        """Free the file's memory."""
        self._file.close()


def serve(connection: Connection) -> None:
    """Send "ready", then answer calls until the other side is gone.

    A call is (method, arguments); its answer is (result, None) or (None, error).
    """
    connection.send("ready")
    file: AnyFile | None = None
    while True:
        answer: tuple[Any, Exception | None]
        try:
            method, arguments = connection.recv()
        except EOFError:
            return
        try:
            if method == "open":
                file = AnyFile(*arguments)
                answer = (file.page_count, file.has_second_renderer), None
            elif method == "close":
                if file is not None:
                    file.close()
                file, answer = None, (None, None)
            elif file is None:
                raise RuntimeError("no file is open")
            else:
                answer = getattr(file, method)(*arguments), None
        except UnreadableDocument as error:
            answer = None, type(error)(str(error))  # without its cause, which may not be picklable
        except MemoryError:
            answer = (
                None,
                DamagedDocument("decoding the document takes too much memory. Send fewer pages, or a smaller picture."),
            )
        except Exception as error:  # a bug: reported without its message, which may repeat the document
            place = traceback.extract_tb(error.__traceback__)[-1]
            answer = None, RuntimeError(f"{type(error).__name__} at {place.filename}:{place.lineno} in {place.name}")
        transfer.send(connection, answer)


def _limit_memory(limit: int) -> None:
    """Limit this process's address space to a number of bytes."""
    try:
        import resource  # noqa: PLC0415  # not available on every system
    except ImportError:
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    allowed = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
    resource.setrlimit(resource.RLIMIT_AS, (allowed, hard))


def _exit_with(parent: int, folder: str) -> None:
    """Exit when the service does, even if a decoder never returns, and remove temporary files."""
    while os.getppid() == parent:
        time.sleep(1)
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(1)


if __name__ == "__main__":
    _socket, _memory, _folder = sys.argv[1:]
    threading.Thread(target=_exit_with, args=(os.getppid(), _folder), daemon=True).start()
    _limit_memory(int(_memory))
    serve(Connection(int(_socket)))
    shutil.rmtree(_folder, ignore_errors=True)
