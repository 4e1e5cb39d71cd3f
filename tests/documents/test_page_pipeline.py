"""Pages of a document are read side by side, a few at a time, and returned in order."""

from __future__ import annotations

import io
import threading
from contextlib import closing

from PIL import Image

from documents import DocumentReader
from documents.ocr.ocr_engine import OcrResult
from documents.pictures import Picture
from documents.placed import PlacedWord
from documents.reader import MAX_PAGES_PER_WORKER
from schemas.deadline import Deadline
from schemas.geometry import Box, quad_of
from schemas.pages import Preprocessing, Symbol

WAIT_SECONDS = 20.0
"""Longer than a busy machine takes to read the pages; a right reader does not wait at all."""
WORKERS = 2


def tiff(pages: int) -> bytes:
    """Return a TIFF whose pages are as many pixels wide as their number times ten."""
    first, *others = (Image.new("RGB", (10 * (number + 1), 40), "white") for number in range(pages))
    buffer = io.BytesIO()
    first.save(buffer, "TIFF", save_all=True, append_images=others)
    return buffer.getvalue()


class SlowFirstPage:
    """An engine that finishes the first page when a later page has been read, or after a while."""

    def __init__(self, until: int, patience_seconds: float) -> None:
        self._until, self._patience_seconds = until, patience_seconds
        self._reached = threading.Event()
        self.overtook = False
        self.read_pages: list[int] = []

    def read(self, picture: Picture, deadline: Deadline | None = None) -> OcrResult:
        number = picture.shape[1] // 10
        if number == 1:
            self.overtook = self._reached.wait(self._patience_seconds)
        self.read_pages.append(number)
        if number == self._until:
            self._reached.set()
        quad = quad_of(Box(0.4, 0.4, 0.6, 0.45))
        word = PlacedWord((Symbol(str(number), quad, 0.9),), quad)
        return OcrResult([[word]], Preprocessing((picture.shape[1], 40), (picture.shape[1], 40)))


def test_a_slow_page_does_not_keep_the_other_threads_waiting() -> None:
    engine = SlowFirstPage(MAX_PAGES_PER_WORKER * WORKERS + 1, WAIT_SECONDS)
    with closing(DocumentReader(engine, workers=WORKERS)) as reader:
        pages = reader.read(tiff(8)).pages
    assert engine.overtook
    assert [page.text for page in pages] == [str(number) for number in range(1, 9)]


def test_only_a_few_pages_are_decoded_ahead_of_a_slow_one() -> None:
    engine = SlowFirstPage(MAX_PAGES_PER_WORKER * WORKERS + 2, patience_seconds=0.5)
    with closing(DocumentReader(engine, workers=WORKERS)) as reader:
        pages = reader.read(tiff(8)).pages
    assert not engine.overtook
    assert [page.text for page in pages] == [str(number) for number in range(1, 9)]


def test_documents_share_the_pages_in_memory() -> None:
    engine = SlowFirstPage(MAX_PAGES_PER_WORKER * WORKERS // 2 + 2, patience_seconds=0.5)
    with closing(DocumentReader(engine, workers=WORKERS)) as reader, reader._open:  # as if another one were being read
        pages = reader.read(tiff(8)).pages
    assert not engine.overtook
    assert [page.text for page in pages] == [str(number) for number in range(1, 9)]
