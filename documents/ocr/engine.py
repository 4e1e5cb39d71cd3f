"""What the reader asks of an OCR engine."""

from __future__ import annotations

import time
from typing import NamedTuple, Protocol, runtime_checkable

from documents.decode.pictures import Picture
from documents.errors import TookTooLong
from documents.layout.lines import PlacedLine
from schemas.pages import Preprocessing


class Deadline:
    """A moment by which a document must be read."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds, never negative."""
        return max(0.0, self._end - time.monotonic())

    def check(self) -> None:
        """Raise `TookTooLong` when it has passed."""
        if time.monotonic() > self._end:
            raise self.missed()

    def missed(self) -> TookTooLong:
        """The error for whoever stops."""
        return TookTooLong(
            f"the document takes longer to read than the {self._seconds:g} seconds that one may take;"
            " send fewer pages, or a smaller picture"
        )


class OcrResult(NamedTuple):
    """Lines in any order, coordinates in fractions of the picture as it was given; and what was done to it."""

    lines: list[PlacedLine]
    preprocessing: Preprocessing


@runtime_checkable
class OcrEngine(Protocol):
    """Reads one picture; safe to call from several threads."""

    def read(self, picture: Picture, deadline: Deadline | None = None) -> OcrResult:
        """All text of the picture.

        Raises:
            TookTooLong: the deadline passed.
        """
        ...
