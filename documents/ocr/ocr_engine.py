"""The interface between the reader and an OCR engine."""

from __future__ import annotations

from typing import NamedTuple, Protocol, runtime_checkable

from documents.pictures import Picture
from documents.placed import PlacedLine
from schemas.deadline import Deadline
from schemas.pages import Preprocessing


class OcrResult(NamedTuple):
    """Lines in any order, and what was done to the picture before it was read.

    Coordinates are fractions of the picture as it was received.
    """

    lines: list[PlacedLine]
    preprocessing: Preprocessing


@runtime_checkable
class OcrEngine(Protocol):
    """An engine that reads one picture; safe to call from several threads."""

    def read(self, picture: Picture, deadline: Deadline | None = None) -> OcrResult:
        """Read all text on a picture.

        Args:
            picture: pixels of shape (height, width, 3), RGB.
            deadline: when to give up; None for never.

        Raises:
            TookTooLong: if the deadline passed.
        """
        ...
