"""Bytes -> `Document`: the one public way into this room."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np

from documents.decode.content import WHOLE, PageContent, PictureRegion, TextLayer, placed_words, within
from documents.decode.pictures import jpeg
from documents.decode.sandbox import OpenFile, Sandbox
from documents.errors import DamagedDocument, NoSuchPage, TooLarge
from documents.layout.lines import PlacedLine, arrange
from documents.limits import Limits, select_pages
from documents.ocr.engine import Deadline, OcrEngine, OcrResult
from schemas.geometry import union
from schemas.pages import Document, Page, Preprocessing, TextSource

NEARLY_NOTHING = 16
"""Symbols: a PDF page that is read as less may have been rendered wrongly."""
DIFFERENT = 2.0
"""Mean difference in grey levels between two renderings that do not show the same."""


@runtime_checkable
class PageReader(Protocol):
    """Anything that turns a file into pages."""

    def read(self, data: bytes, pages: str | None = None, picture_side: int = 0) -> Document:
        """The selected pages (`"1-3"`; None for all) of an image or PDF.

        Args:
            picture_side: most pixels along the longer side of the pages' pictures; 0 for no pictures.

        Raises:
            UnreadableDocument: the file or the selection is at fault; the message says what was expected.
        """
        ...

    def first_page(self, data: bytes, picture_side: int = 0) -> Page:
        """The first page, whose text is not read.

        Args:
            picture_side: see `read`.

        Raises:
            UnreadableDocument: the file is at fault.
        """
        ...


class _ReadPage(NamedTuple):
    """Lines of a page before they have a place in the reading order."""

    content: PageContent
    lines: list[PlacedLine]
    source: TextSource
    preprocessing: Preprocessing | None
    picture: bytes | None = None


class DocumentReader:
    """Text layers where a PDF has one, OCR everywhere else. Safe to use from several threads."""

    def __init__(self, ocr: OcrEngine, limits: Limits | None = None, workers: int = 1) -> None:
        """Args:
        ocr: reads pictures.
        limits: bounds on one document.
        workers: pages that are read at the same time, of one document or several, and files that are open.
        """
        self._ocr = ocr
        self._limits = limits or Limits()
        self._workers = workers
        self._sandbox = Sandbox(workers, self._limits)
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="page")

    def read(self, data: bytes, pages: str | None = None, picture_side: int = 0) -> Document:
        """See `PageReader.read`."""
        deadline = Deadline(self._limits.seconds)
        with self._sandbox.open(data, deadline) as file:
            numbers = self._selected(pages, file.page_count)
            read = list(self._pages(file, numbers, picture_side, deadline))
            if picture_side:  # last: a page that brings its renderer down was read all the same
                read = [
                    page._replace(picture=page.picture or _rendered(file, n, picture_side))
                    for n, page in zip(numbers, read, strict=True)
                ]
        made: list[Page] = []
        next_id = 0
        for number, page in zip(numbers, read, strict=True):
            deadline.check()
            width, height = page.content.width, page.content.height
            lines = arrange(page.lines, width / height, next_id)
            made.append(Page(number, width, height, lines, page.source, page.preprocessing, page.picture))
            next_id += len(made[-1].words)
        return Document(tuple(made))

    def first_page(self, data: bytes, picture_side: int = 0) -> Page:
        """See `PageReader.first_page`."""
        with self._sandbox.open(data, Deadline(self._limits.seconds)) as file:
            page = file.page(1)
            picture = _own_picture(page, picture_side) or _rendered(file, 1, picture_side)
        source = TextSource.TEXT_LAYER if page.text else TextSource.OCR
        return Page(1, page.width, page.height, (), source, picture=picture)

    def close(self) -> None:
        """Stop the decoding processes and the threads."""
        self._threads.shutdown(cancel_futures=True)
        self._sandbox.close()

    def _selected(self, pages: str | None, count: int) -> list[int]:
        try:
            numbers = select_pages(pages, count)
        except ValueError as error:
            raise NoSuchPage(str(error)) from error
        if len(numbers) > self._limits.pages:
            raise TooLarge(
                f"at most {self._limits.pages} pages are read in one call; {len(numbers)} came."
                " Send fewer, or name some in 'pages'"
            )
        return numbers

    def _pages(self, file: OpenFile, numbers: list[int], picture_side: int, deadline: Deadline) -> Iterator[_ReadPage]:
        """All pages in order. Few of them wait at a time: pictures are large, and other callers wait too."""
        waiting: deque[tuple[int, Future[_ReadPage]]] = deque()

        def first() -> _ReadPage:
            page = self._checked(file, *waiting.popleft(), deadline)
            picture = _own_picture(page.content, picture_side)
            return page._replace(content=page.content._replace(text=None, regions=()), picture=picture)

        try:
            for number in numbers:
                if len(waiting) > self._workers:
                    yield first()
                waiting.append((number, self._threads.submit(self._page, file.page(number), deadline)))
            while waiting:
                yield first()
        finally:
            for _, future in waiting:
                future.cancel()

    def _page(self, content: PageContent, deadline: Deadline) -> _ReadPage:
        if content.text is None:
            (region,) = content.regions
            result = self._ocr.read(region.picture, deadline)
            done = result.preprocessing._replace(original_size=region.size)
            return _ReadPage(content, result.lines, TextSource.OCR, done)
        lines: list[PlacedLine] = [(word,) for word in placed_words(content.text)]
        for region in content.regions:
            read = _on_page(self._ocr.read(region.picture, deadline), region)
            lines += [line for line in read if not _is_known(line, content.text)]
        return _ReadPage(content, lines, TextSource.TEXT_LAYER, None)

    def _checked(self, file: OpenFile, number: int, future: Future[_ReadPage], deadline: Deadline) -> _ReadPage:
        """A page; if next to nothing was read of a rendered one, the second renderer is asked."""
        page = future.result()
        if page.source is not TextSource.OCR or not file.has_second_renderer or _symbols(page) >= NEARLY_NOTHING:
            return page
        try:
            other = file.rendered_again(number)
        except DamagedDocument:
            return page  # a blank page is no error
        if not _differ(page.content.regions[0], other.regions[0]):
            return page
        again = self._threads.submit(self._page, other, deadline).result()
        return again if _symbols(again) > _symbols(page) else page


def _own_picture(content: PageContent, side: int) -> bytes | None:
    """Of a page that came as a picture, or was rendered to be read."""
    whole = next((region.picture for region in content.regions if region.box == WHOLE), None)
    return None if whole is None or not side else jpeg(whole, side)


def _rendered(file: OpenFile, number: int, side: int) -> bytes | None:
    """Of a page that has text of its own; None where it cannot be rendered."""
    try:
        return jpeg(file.picture(number, side), side) if side else None
    except DamagedDocument:
        return None


def _on_page(result: OcrResult, region: PictureRegion) -> list[PlacedLine]:
    if region.box == WHOLE:
        return result.lines
    return [[within(word, region.box) for word in line] for line in result.lines]


def _is_known(line: PlacedLine, text: TextLayer) -> bool:
    """Whether the text layer has characters where a line was read."""
    box = union(word.quad.box for word in line)
    middles = (text.tight[:, :2] + text.tight[:, 2:]) / 2
    inside = (middles >= (box.left, box.top)) & (middles <= (box.right, box.bottom))
    return bool(inside.all(axis=1).any())


def _symbols(page: _ReadPage) -> int:
    return sum(len(word.symbols) for word in itertools.chain.from_iterable(page.lines))


def _differ(a: PictureRegion, b: PictureRegion) -> bool:
    """Whether two renderings of a page show different things, by their grey levels on a coarse grid."""
    first, second = (region.picture[::8, ::8].mean(axis=2) for region in (a, b))
    down, across = (min(sides) for sides in zip(first.shape, second.shape, strict=True))
    return float(np.abs(first[:down, :across] - second[:down, :across]).mean()) > DIFFERENT
