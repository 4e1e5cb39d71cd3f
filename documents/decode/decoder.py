"""The decoding process: opens one caller's file at a time and sends its pages. Run by `documents.decode.sandbox`.

Decoders of images and PDFs are large C libraries that read hostile bytes. Here a crash ends, and an endless loop is
ended, in a process that holds nothing else.
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

from documents.decode import poppler
from documents.decode.content import PageContent, PagedFile
from documents.decode.images import ImageFile
from documents.decode.pdf import SIGNATURE, SIGNATURE_WITHIN, PdfFile
from documents.decode.pictures import Picture
from documents.decode.poppler import PopplerFile
from documents.errors import DamagedDocument, UnreadableDocument
from documents.limits import Limits


class AnyFile:
    """An image or a PDF; a PDF that PDFium cannot open or render is given to Poppler."""

    def __init__(self, data: bytes, limits: Limits) -> None:
        """Open it.

        Raises:
            UnreadableDocument: it is neither, or damaged.
        """
        self._data, self._limits = data, limits
        self._is_pdf = SIGNATURE in data[:SIGNATURE_WITHIN]
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
        """Whether pages can also be rendered by Poppler."""
        return self._is_pdf and poppler.is_installed()

    def page(self, number: int) -> PageContent:
        """See `PagedFile.page`."""
        try:
            return self._file.page(number)
        except DamagedDocument:
            if not self.has_second_renderer:
                raise
            return self.rendered_again(number)

    def picture(self, number: int, side: int) -> Picture:
        """The whole page: a PDF's rendered with `side` pixels along its longer side, others as they are.

        Raises:
            DamagedDocument: it cannot be rendered.
        """
        if not isinstance(self._file, PdfFile):
            return self._file.page(number).regions[0].picture
        try:
            return self._file.picture(number, side)
        except DamagedDocument:
            if not self.has_second_renderer:
                raise
            return self.rendered_again(number).regions[0].picture

    def rendered_again(self, number: int) -> PageContent:
        """The page as Poppler renders it."""
        return PopplerFile(self._data, self._limits).page(number)

    def close(self) -> None:
        """Free what the file holds."""
        self._file.close()


def serve(connection: Connection) -> None:
    """Say so, then answer until the other side is gone: (method, arguments) -> (result, None) or (None, error)."""
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
            answer = None, type(error)(str(error))  # without its cause, which may not be sendable
        except MemoryError:
            answer = None, DamagedDocument("decoding the document takes more memory than one may take")
        except Exception as error:  # ours: told without its message, which may repeat the document
            place = traceback.extract_tb(error.__traceback__)[-1]
            answer = None, RuntimeError(f"{type(error).__name__} at {place.filename}:{place.lineno} in {place.name}")
        connection.send(answer)


def _bound_memory(most: int) -> None:
    """No more address space than this many bytes."""
    try:
        import resource  # noqa: PLC0415  # not on every system
    except ImportError:
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(resource.RLIMIT_AS, (allowed, hard))


def _end_with(parent: int, folder: str) -> None:
    """Do not outlive the service, even if a decoder never returns, and leave no temporary files."""
    while os.getppid() == parent:
        time.sleep(1)
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(1)


if __name__ == "__main__":
    _line, _memory, _folder = sys.argv[1:]
    threading.Thread(target=_end_with, args=(os.getppid(), _folder), daemon=True).start()
    _bound_memory(int(_memory))
    serve(Connection(int(_line)))
    shutil.rmtree(_folder, ignore_errors=True)
