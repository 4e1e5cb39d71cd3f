"""Decode files in separate processes, which can be stopped; see `documents.decode.decoder`.

This keeps one caller's file from harming another's. It is not a defence against a decoder that was taken over.
"""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from documents.decode import transfer
from documents.decode.content import PLAIN, PageContent, PageOptions
from documents.decode.email_parts import EmailPart
from documents.errors import DamagedDocument, UnreadableDocument
from documents.limits import ReadingLimits
from documents.pictures import Picture
from schemas.deadline import Deadline, WorkStopped, current_deadline

_log = logging.getLogger(__name__)  # importing structlog takes a third of a decoding process's start
_ROOT = Path(__file__).resolve().parents[2]

START_SECONDS = 60.0
"""Time for a process to start, which takes a fifth of a second, but longer on a busy machine."""
CLOSE_SECONDS = 5.0
"""Time for closing a file, however little its document has left."""


class _Process:
    """One decoding process, the connection to it, and its folder for temporary files."""

    def __init__(self, memory: int) -> None:
        """Start the process.

        Args:
            memory: bytes of address space that it may use.

        Raises:
            RuntimeError: if it did not start; the message holds what it printed.
        """
        self._folder = Path(tempfile.mkdtemp(prefix="docwitness-"))
        ours, theirs = socket.socketpair()
        paths = [str(_ROOT), *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("DOCWITNESS_")}
        with theirs, (self._folder / "errors").open("wb") as errors:
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    "-P",
                    "-m",
                    "documents.decode.decoder",
                    str(theirs.fileno()),
                    str(memory),
                    str(self._folder),
                ],
                pass_fds=[theirs.fileno()],
                env=environment | {"PYTHONPATH": os.pathsep.join(paths), "TMPDIR": str(self._folder)},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                start_new_session=True,  # so that what it starts (Poppler) is stopped with it
            )
        self._connection = Connection(ours.detach())
        try:
            started = self._connection.poll(START_SECONDS) and self._connection.recv() == "ready"
        except (EOFError, OSError):
            started = False
        if not started:
            printed = (self._folder / "errors").read_text(encoding="utf-8", errors="replace")[-1000:]
            self.stop()
            raise RuntimeError(f"the decoding process did not start; it printed: {printed}")

    def call(self, deadline: Deadline, method: str, *arguments: Any) -> Any:
        """Call a method of the open file and return its result.

        Raises:
            TookTooLong: if the deadline passed; the process is stopped.
            DamagedDocument: if the process crashed on the file.
            UnreadableDocument: if the method raised it.
            RuntimeError: if there is a bug in the process.
        """
        try:
            self._connection.send((method, arguments))
            if not self._connection.poll(deadline.remaining_seconds()):
                self.stop()
                raise deadline.error()
            result, error, failure = transfer.receive(self._connection)
        except (EOFError, OSError):
            self.stop()
            raise DamagedDocument("the document is damaged: it crashes its decoder. Save it again.") from None
        if failure is not None:
            level = logging.INFO if failure.is_expected else logging.ERROR
            _log.log(level, "decoder failed: %s", " < ".join(failure.places))
        if error is not None:
            raise error
        return result

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None and not self._connection.closed

    def stop(self) -> None:
        """Kill the process and what it started, and remove what it wrote."""
        if self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._connection.close()
        shutil.rmtree(self._folder, ignore_errors=True)


class OpenFile:
    """A file that is open in a decoding process; for use by one thread at a time."""

    def __init__(
        self, process: _Process, data: bytes, limits: ReadingLimits, password: str | None, deadline: Deadline
    ) -> None:
        """Open the file before the deadline, which holds for all that follows."""
        self._process, self.deadline = process, deadline
        self.page_count, self.has_second_renderer = process.call(self.deadline, "open", data, limits, password)

    def page(self, number: int, options: PageOptions = PLAIN) -> PageContent:
        """See `PagedFile.page`."""
        content: PageContent = self._process.call(self.deadline, "page", number, options)
        return content

    def picture(self, number: int, side: int) -> Picture:
        """See `documents.decode.decoder.AnyFile.picture`."""
        picture: Picture = self._process.call(self.deadline, "picture", number, side)
        return picture

    def second_rendering(self, number: int, options: PageOptions = PLAIN) -> PageContent:
        """Return the page as the second renderer shows it."""
        content: PageContent = self._process.call(self.deadline, "second_rendering", number, options)
        return content


class Sandbox:
    """A pool of decoding processes, started when first needed; safe to use from several threads."""

    def __init__(self, processes: int, limits: ReadingLimits) -> None:
        self._limits = limits
        self._free: queue.LifoQueue[_Process | None] = queue.LifoQueue()
        for _ in range(processes):
            self._free.put(None)
        self._all: set[_Process] = set()
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def open(
        self,
        data: bytes,
        limits: ReadingLimits | None = None,
        password: str | None = None,
        deadline: Deadline | None = None,
    ) -> Iterator[OpenFile]:
        """Open a caller's file for the duration of the block.

        A process that exceeds the deadline is stopped.

        Args:
            data: the file.
            limits: bounds on it, except for memory; None for the sandbox's own.
            password: opens an encrypted PDF.
            deadline: of the document, if it was opened before; None for that of this thread, or else a new one. Waiting
                for a free process does not count.

        Raises:
            UnreadableDocument: if the file cannot be opened.
        """
        limits = limits or self._limits
        deadline = deadline or current_deadline() or Deadline(limits.seconds)
        waiting_since = time.monotonic()
        with self._process() as process:
            deadline.postpone(time.monotonic() - waiting_since)
            deadline.check()
            yield OpenFile(process, data, limits, password, deadline)

    def email_parts(self, data: bytes, limits: ReadingLimits | None = None) -> list[EmailPart] | None:
        """Take an e-mail apart; see `documents.decode.decoder.parts_of`."""
        limits = limits or self._limits
        with self._process() as process:
            parts: list[EmailPart] | None = process.call(Deadline(limits.seconds), "email_parts", data, limits)
            return parts

    @contextlib.contextmanager
    def _process(self) -> Iterator[_Process]:
        """Reserve a process for the duration of the block, and close its file afterwards."""
        process = self._free.get()
        try:
            if process is None or not process.is_alive:
                process = self._start(process)
            yield process
        finally:
            try:
                if process is not None and process.is_alive:
                    # a process that is stopped here is replaced for the next file
                    with contextlib.suppress(UnreadableDocument, WorkStopped):
                        process.call(Deadline(CLOSE_SECONDS), "close")
            except BaseException:
                if process is not None:
                    process.stop()
                raise
            finally:
                self._free.put(process)

    def close(self) -> None:
        """Stop all processes."""
        with self._lock:
            for process in self._all:
                process.stop()
            self._all.clear()

    def _start(self, instead_of: _Process | None) -> _Process:
        process = _Process(self._limits.memory)
        with self._lock:
            if instead_of is not None:
                self._all.discard(instead_of)
            self._all.add(process)
        return process
