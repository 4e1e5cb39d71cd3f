"""Files are decoded in processes of their own, which can be stopped; see `documents.decode.decoder`.

This keeps one caller's file from harming another's; it is no wall against a decoder that was taken over.
"""

from __future__ import annotations

import contextlib
import os
import queue
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from documents.decode.content import PageContent
from documents.decode.pictures import Picture
from documents.errors import DamagedDocument, UnreadableDocument
from documents.limits import Limits
from documents.ocr.engine import Deadline

_ROOT = Path(__file__).resolve().parents[2]


START_SECONDS = 60.0
"""A process is there in a fifth of a second; a busy machine takes longer."""
CLOSE_SECONDS = 5.0
"""For closing a file, whatever time its document has left."""


class _Process:
    """One decoding process, the line to it, and its own folder for temporary files.

    Raises:
        RuntimeError: it did not start; the message holds what it printed.
    """

    def __init__(self, memory: int) -> None:
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
                start_new_session=True,  # what it starts (Poppler) is stopped with it
            )
        self._connection = Connection(ours.detach())
        try:
            started = self._connection.poll(START_SECONDS) and self._connection.recv() == "ready"
        except (EOFError, OSError):
            started = False
        if not started:
            printed = (self._folder / "errors").read_text(encoding="utf-8", errors="replace")[-1000:]
            self.stop()
            raise RuntimeError(f"the decoding process did not start: {printed}")

    def call(self, deadline: Deadline, method: str, *arguments: Any) -> Any:
        """The method's result.

        Raises:
            TookTooLong: the deadline passed; the process is stopped.
            DamagedDocument: the process broke down over the file.
            UnreadableDocument: what the method raises.
            RuntimeError: a failure of ours in the process.
        """
        try:
            self._connection.send((method, arguments))
            if not self._connection.poll(deadline.left()):
                self.stop()
                raise deadline.missed()
            result, error = self._connection.recv()
        except (EOFError, OSError):
            self.stop()
            raise DamagedDocument("the document is damaged in a way that breaks its decoder") from None
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
        """End it at once, with what it started and wrote."""
        if self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._connection.close()
        shutil.rmtree(self._folder, ignore_errors=True)


class OpenFile:
    """A file that is open in a decoding process; for one thread at a time."""

    def __init__(self, process: _Process, deadline: Deadline, data: bytes, limits: Limits) -> None:
        self._process, self._deadline = process, deadline
        self.page_count, self.has_second_renderer = process.call(deadline, "open", data, limits)

    def page(self, number: int) -> PageContent:
        """See `PagedFile.page`."""
        content: PageContent = self._process.call(self._deadline, "page", number)
        return content

    def picture(self, number: int, side: int) -> Picture:
        """See `documents.decode.decoder.AnyFile.picture`."""
        picture: Picture = self._process.call(self._deadline, "picture", number, side)
        return picture

    def rendered_again(self, number: int) -> PageContent:
        """The page by the second renderer."""
        content: PageContent = self._process.call(self._deadline, "rendered_again", number)
        return content


class Sandbox:
    """A few decoding processes, started when they are first needed; safe to use from several threads."""

    def __init__(self, processes: int, limits: Limits) -> None:
        self._limits = limits
        self._free: queue.LifoQueue[_Process | None] = queue.LifoQueue()
        for _ in range(processes):
            self._free.put(None)
        self._all: set[_Process] = set()
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def open(self, data: bytes, deadline: Deadline) -> Iterator[OpenFile]:
        """A caller's file, for as long as the block runs.

        Raises:
            UnreadableDocument: it cannot be opened.
        """
        process = self._free.get()
        try:
            if process is None or not process.is_alive:
                process = self._started(process)
            yield OpenFile(process, deadline, data, self._limits)
        finally:
            if process is not None and process.is_alive:
                with contextlib.suppress(UnreadableDocument):  # then it was stopped, and another one will be started
                    process.call(Deadline(CLOSE_SECONDS), "close")
            self._free.put(process)

    def close(self) -> None:
        """Stop all processes."""
        with self._lock:
            for process in self._all:
                process.stop()
            self._all.clear()

    def _started(self, instead_of: _Process | None) -> _Process:
        process = _Process(self._limits.memory)
        with self._lock:
            if instead_of is not None:
                self._all.discard(instead_of)
            self._all.add(process)
        return process
