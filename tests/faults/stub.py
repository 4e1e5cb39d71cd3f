"""`docwitness-server` with a reader and an extractor that take no time: `python -m tests.faults.stub serve`."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from schemas.pages import Document
from service.cli.main import main
from service.pipeline.assembly import Rooms
from service.settings import Settings
from tests.fakes import FakeExtractor, FakeReader, document

PAGE = document("Invoice no: 4711")
READING_SECONDS = 0.02
"""Long enough that a fault can interrupt it."""


class Reader(FakeReader):
    """Reads the same page from every document, and does not remember the calls."""

    def read(self, data: bytes, pages: str | None = None, picture_side: int = 0) -> Document:
        time.sleep(READING_SECONDS)
        return self.document


@contextmanager
def rooms(_settings: Settings) -> Iterator[Rooms]:
    """Open a reader and an extractor that finds nothing."""
    yield Rooms(Reader(PAGE), FakeExtractor([]))


if __name__ == "__main__":
    main(obj=rooms)
