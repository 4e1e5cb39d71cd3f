"""The moment by which a document must be read."""

from __future__ import annotations

import time

from documents.errors import TookTooLong


class Deadline:
    """A time limit that starts when it is made."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._end = time.monotonic() + seconds

    def extend(self, seconds: float) -> None:
        """Let the time limit be this many seconds from its start, unless it is longer already."""
        if seconds > self._seconds:
            self._end += seconds - self._seconds
            self._seconds = seconds

    def remaining_seconds(self) -> float:
        """Return the seconds left, never negative."""
        return max(0.0, self._end - time.monotonic())

    def check(self) -> None:
        """Do nothing while there is time left.

        Raises:
            TookTooLong: if the deadline has passed.
        """
        if time.monotonic() > self._end:
            raise self.error()

    def error(self) -> TookTooLong:
        """Return the error to raise when the deadline has passed."""
        return TookTooLong(
            f"reading the document takes too long: expected at most {self._seconds:g} seconds, got more."
            " Send fewer pages, or a smaller picture."
        )
