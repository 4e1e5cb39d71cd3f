"""Run the decoding process, which opens one caller's file at a time and sends its pages.

`documents.decode.sandbox` starts it.

Decoders of images and PDFs are large C libraries that read hostile bytes. In a process of their own, a crash or an
endless loop harms nothing else.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import threading
import time
from multiprocessing.connection import Connection
from typing import Any

from documents.decode import office, poppler, transfer
from documents.decode.content import PLAIN, PageContent, PagedFile, PageOptions
from documents.decode.email_parts import EmailPart, ReceivedEmail, email_parts, is_email
from documents.decode.failures import DecoderFailure, as_caller_sees_it, traced
from documents.decode.file_types import is_pdf
from documents.decode.images import ImageFile
from documents.decode.pdf import PdfFile
from documents.decode.poppler import PopplerFile
from documents.decode.text_pages import TextFile, is_text
from documents.errors import DamagedDocument, UnreadableDocument
from documents.limits import ReadingLimits
from documents.pictures import Picture


class AnyFile:
    """An open image, PDF, office file or text.

    Poppler takes over PDFs that PDFium cannot open or render.
    """

    def __init__(self, data: bytes, limits: ReadingLimits, password: str | None = None) -> None:
        """Open the file.

        Args:
            data: the file.
            limits: bounds on what is read.
            password: opens an encrypted PDF; ignored if the file needs none.

        Raises:
            ReceivedEmail: if it is an e-mail, which has no pages of its own.
            UnreadableDocument: if it is in no format that is read, or is damaged.
        """
        if is_email(data):  # before PDFs, whose signature may be inside an attachment near the beginning
            raise ReceivedEmail
        if kind := office.office_format(data):
            data = office.converted(data, kind)
        self._data, self._limits, self._password = data, limits, password
        self._is_pdf = is_pdf(data)
        self._file: PagedFile
        try:
            if self._is_pdf:
                self._file = PdfFile(data, limits, password)
            else:
                self._file = TextFile(data, limits) if is_text(data) else ImageFile(data, limits)
        except DamagedDocument:
            if not self.has_second_renderer:
                raise
            self._file = PopplerFile(data, limits)
        self.page_count = self._file.page_count

    @property
    def has_second_renderer(self) -> bool:
        """True if Poppler can render the pages too."""
        return self._is_pdf and poppler.is_installed()

    def page(self, number: int, options: PageOptions = PLAIN) -> PageContent:
        """See `PagedFile.page`."""
        try:
            return self._file.page(number, options)
        except DamagedDocument:
            if not self.has_second_renderer:
                raise
            return self.second_rendering(number, options)

    def picture(self, number: int, side: int) -> Picture:
        """Return the picture of a whole page, of shape (height, width, 3), RGB.

        Args:
            number: counted from 1.
            side: pixels along the longer side for a page of a PDF; images keep their size.

        Raises:
            DamagedDocument: if the page cannot be rendered.
        """
        if isinstance(self._file, TextFile):
            return self._file.picture(number, side)
        if not isinstance(self._file, PdfFile):
            return self._file.page(number).regions[0].picture
        try:
            return self._file.picture(number, side)
        except DamagedDocument:
            if not self.has_second_renderer:
                raise
            return self.second_rendering(number).regions[0].picture

    def second_rendering(self, number: int, options: PageOptions = PLAIN) -> PageContent:
        """Return the page as Poppler renders it.

        Poppler gets a decrypted copy rather than the password: other users of the machine can read its command line.
        """
        if self._password and isinstance(self._file, PdfFile):
            self._data, self._password = self._file.decrypted(), None
        return PopplerFile(self._data, self._limits).page(number, options)

    def close(self) -> None:
        """Free the file's memory."""
        self._file.close()


def parts_of(data: bytes, limits: ReadingLimits) -> list[EmailPart] | None:
    """Return the parts of an e-mail; None for any other file.

    Raises:
        UnreadableDocument: if it is damaged, too large, or has nothing that can be read.
    """
    return email_parts(data, limits) if is_email(data) else None


def serve(connection: Connection) -> None:
    """Send "ready", then answer calls until the other side is gone.

    A call is (method, arguments); its answer is (result, error, failure), each None if there is none. The failure is
    the decoder's own error, for the log.
    """
    connection.send("ready")
    file: AnyFile | None = None
    while True:
        answer: tuple[Any, Exception | None]
        failure: DecoderFailure | None = None
        try:
            method, arguments = connection.recv()
        except EOFError:
            return
        try:
            if method == "email_parts":
                answer = parts_of(*arguments), None
            elif method == "open":
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
            if error.__cause__ is not None:
                failure = DecoderFailure(traced(error.__cause__), is_expected=True)
            answer = None, type(error)(str(error))  # without its cause, which may not be picklable
        except MemoryError:
            answer = (
                None,
                DamagedDocument("decoding the document takes too much memory. Send fewer pages, or a smaller picture."),
            )
        except Exception as error:  # reported without its message, which may repeat the document
            failure = DecoderFailure(traced(error), is_expected=False)
            answer = None, as_caller_sees_it(error)
        transfer.send(connection, (*answer, failure))


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
    """Exit when the service does, even if a decoder hangs, with all that it started and wrote."""
    while os.getppid() == parent:
        time.sleep(1)
    shutil.rmtree(folder, ignore_errors=True)
    if os.getpgrp() == os.getpid():  # Poppler and LibreOffice run in the group of this process
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


if __name__ == "__main__":
    _socket, _memory, _folder = sys.argv[1:]
    threading.Thread(target=_exit_with, args=(os.getppid(), _folder), daemon=True).start()
    _limit_memory(int(_memory))
    serve(Connection(int(_socket)))
    shutil.rmtree(_folder, ignore_errors=True)
