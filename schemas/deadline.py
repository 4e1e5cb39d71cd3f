"""Reasons to stop the work on a document: its time is up, or its caller is gone.

A deadline is ambient: whoever starts the work sets it for its own thread with `within`, and loops that can take long
call `checkpoint`. That keeps it out of the signatures of every function in between.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class WorkStopped(Exception):
    """Base class of the reasons to stop work on a document before it is done."""


class TookTooLong(WorkStopped):
    """The deadline has passed."""


class CallerGone(WorkStopped):
    """Nobody waits for the answer any more."""


_gone: ContextVar[threading.Event | None] = ContextVar("gone", default=None)
_current: ContextVar[Deadline | None] = ContextVar("deadline", default=None)


class Deadline:
    """A time limit that starts when it is made, for one document."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._end = time.monotonic() + seconds
        self._gone = _gone.get()

    def extend(self, seconds: float) -> None:
        """Let the time limit be this many seconds from its start, unless it is longer already."""
        if seconds > self._seconds:
            self._end += seconds - self._seconds
            self._seconds = seconds

    def postpone(self, seconds: float) -> None:
        """Leave out of account seconds that were spent waiting for others."""
        self._end += seconds

    def remaining_seconds(self) -> float:
        """Return the seconds left, never negative."""
        return max(0.0, self._end - time.monotonic())

    def check(self) -> None:
        """Do nothing while there is time left and the caller waits.

        Raises:
            TookTooLong: if the deadline has passed.
            CallerGone: if nobody waits for the answer any more.
        """
        if time.monotonic() > self._end:
            raise self.error()
        if self._gone is not None and self._gone.is_set():
            raise CallerGone("the caller closed the connection before the answer was ready")

    def error(self) -> TookTooLong:
        """Return the error to raise when the deadline has passed."""
        return TookTooLong(
            f"the document takes too long: expected at most {self._seconds:g} seconds, got more."
            " Send fewer pages or fields, or a smaller picture."
        )


@contextmanager
def within(deadline: Deadline) -> Iterator[None]:
    """Hold the work of the block, in this thread, to a deadline."""
    token = _current.set(deadline)
    try:
        yield
    finally:
        _current.reset(token)


@contextmanager
def while_waited_for(gone: threading.Event) -> Iterator[None]:
    """Let deadlines that are made in the block, in this thread, end when the event is set."""
    token = _gone.set(gone)
    try:
        yield
    finally:
        _gone.reset(token)


def current_deadline() -> Deadline | None:
    """Return the deadline that holds in this thread, or None."""
    return _current.get()


def checkpoint() -> None:
    """Check the deadline that holds in this thread, if there is one.

    Raises:
        TookTooLong: if it has passed.
        CallerGone: if nobody waits for the answer any more.
    """
    if (deadline := _current.get()) is not None:
        deadline.check()
