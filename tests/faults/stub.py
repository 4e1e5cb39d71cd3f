"""`docwitness-server` with a pipeline that takes no time: `python -m tests.faults.stub serve`."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from schemas.pages import Document
from service.cli.main import main
from service.pipeline.pipeline import Pipeline
from service.settings import Settings
from tests.fakes import FakeExtractor, FakeReader, document

PAGE = document("Invoice no: 4711")
READING_SECONDS = 0.02
"""Long enough that a fault can interrupt it."""


class Reader(FakeReader):
    """Reads the same page from every document, and does not remember the calls."""

    def read(self, data: bytes, pages: str | None = None, picture_side: int = 0, all_codes: bool = False) -> Document:
        time.sleep(READING_SECONDS)
        return self.document


@contextmanager
def pipeline(_settings: Settings) -> Iterator[Pipeline]:
    """Open a pipeline whose page has none of the requested fields."""
    yield Pipeline(Reader(PAGE), FakeExtractor([]))


if __name__ == "__main__":
    main(obj=pipeline)
