"""Read a file into a `Document`: the one entry point of this package."""

from __future__ import annotations

import copy
import itertools
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np

from documents.decode.content import WHOLE, PageContent, PageOptions, PictureRegion, TextLayer, on_page, placed_words
from documents.decode.email_parts import EmailPart
from documents.decode.sandbox import OpenFile, Sandbox
from documents.errors import DamagedDocument, NoSuchPage, TooLarge
from documents.layout.lines import arrange
from documents.limits import ReadingLimits
from documents.lying_fonts import FontVerdicts, LineReader
from documents.marks.page_marks import page_marks
from documents.marks.picture_marks import find_on_picture
from documents.ocr.ocr_engine import OcrEngine, OcrResult
from documents.page_selection import select_pages
from documents.pictures import jpeg
from documents.placed import PlacedLine
from documents.reading_options import DEFAULT, ReadingOptions
from schemas.codes import Code
from schemas.deadline import Deadline
from schemas.geometry import Point, union
from schemas.marks import Mark
from schemas.pages import Document, Page, Preprocessing, TextSource

MIN_SYMBOLS = 16
"""A PDF page with fewer recognised symbols may have been rendered wrongly."""
WAIT_SECONDS = 1.0
"""Time after which a wait for pages looks at the deadline again, and whether the reader has been closed."""
MIN_DIFFERENCE_GREY_LEVELS = 2.0
"""Mean difference above which two renderings of a page show different things."""

MAX_PAGES_PER_WORKER = 2
"""Pages in memory per thread, shared by the documents that are read at the same time. Pages are returned in order, and
with fewer the other threads would run out of work while one page takes long."""


@runtime_checkable
class PageReader(Protocol):
    """Anything that turns a file into pages."""

    def read(self, data: bytes, options: ReadingOptions = DEFAULT) -> Document:
        """Read the selected pages of an image, a PDF or an office file.

        Args:
            data: the file.
            options: which pages to read, and how.

        Raises:
            ReceivedEmail: if the file is an e-mail; see `email_parts`.
            UnreadableDocument: if the file or the page selection is invalid.
        """
        ...

    def email_parts(self, data: bytes) -> list[EmailPart] | None:
        """Take an e-mail apart into its body and attachments; None for any other file.

        Args:
            data: the file.

        Raises:
            UnreadableDocument: if the e-mail is damaged, too large, or has nothing that can be read.
        """
        ...

    def first_page(self, data: bytes, picture_side: int = 0) -> Page:
        """Return the first page without reading its text.

        Args:
            data: the file.
            picture_side: maximum pixels along the longer side of the page's picture; 0 for no picture.

        Raises:
            UnreadableDocument: if the file is invalid.
        """
        ...


@runtime_checkable
class TextChecker(Protocol):
    """A reader that can compare all fonts of a text layer with what the pages show."""

    def read_checked(self, data: bytes, options: ReadingOptions = DEFAULT) -> Document | None:
        """Read a document again, but compare every font with the page; None if none lies.

        Args:
            data: the file.
            options: as for `PageReader.read`.

        Raises:
            UnreadableDocument: if the file or the page selection is invalid.
        """
        ...


class _ReadPage(NamedTuple):
    """A page whose lines are not yet in reading order."""

    content: PageContent
    lines: list[PlacedLine]
    source: TextSource
    preprocessing: Preprocessing | None
    picture: bytes | None = None
    marks: tuple[Mark, ...] = ()
    """Without labels, the surest kind first."""


class _OpenDocuments:
    """Counts the documents that are being read, each for the duration of a block."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.count = 0

    def __enter__(self) -> None:
        with self._lock:
            self.count += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self.count -= 1


class DocumentReader:
    """A reader that takes a PDF's text layer where there is one, and OCR elsewhere.

    It is safe to use from several threads.
    """

    def __init__(self, ocr: OcrEngine, limits: ReadingLimits | None = None, workers: int = 1) -> None:
        """Start the threads; decoding processes start when they are needed.

        Args:
            ocr: engine that reads pictures.
            limits: bounds on one document; None for the defaults.
            workers: pages read at the same time, of one document or several, and files open at the same time.
        """
        self._ocr = ocr
        self._limits = limits or ReadingLimits()
        self._workers = workers
        self._sandbox = Sandbox(workers, self._limits)
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="page")
        self._open = _OpenDocuments()

    def with_limits(self, limits: ReadingLimits) -> DocumentReader:
        """Return a reader with other limits that shares the processes and threads of this one.

        The limit of memory stays that of the processes.

        Close this one when neither is needed any more.
        """
        other = copy.copy(self)
        other._limits = limits
        return other

    def read(self, data: bytes, options: ReadingOptions = DEFAULT) -> Document:
        """See `PageReader.read`."""
        return self._read(data, options, PageOptions(options.all_codes), FontVerdicts())

    def read_checked(self, data: bytes, options: ReadingOptions = DEFAULT) -> Document | None:
        """See `TextChecker.read_checked`."""
        if not isinstance(self._ocr, LineReader):
            return None
        verdicts = FontVerdicts()
        with self._sandbox.open(data, self._limits, options.password) as file:
            numbers = self._selected(options.pages, file.page_count)
            file.deadline.extend(self._limits.seconds_per_page * len(numbers))
            for number in numbers:
                content = file.page(number, PageOptions(trusted_fonts=verdicts.sound, all_fonts=True))
                if content.doubtful_fonts:
                    self._threads.submit(verdicts.checked, content, self._ocr, file.deadline).result()
        if not verdicts.lying:
            return None
        return self._read(data, options, PageOptions(options.all_codes, all_fonts=True), verdicts, file.deadline)

    def _read(
        self,
        data: bytes,
        options: ReadingOptions,
        page_options: PageOptions,
        verdicts: FontVerdicts,
        deadline: Deadline | None = None,
    ) -> Document:
        picture_side = options.picture_side
        with self._sandbox.open(data, self._limits, options.password, deadline) as file:
            numbers = self._selected(options.pages, file.page_count)
            file.deadline.extend(self._limits.seconds_per_page * len(numbers))
            with self._open:
                read = list(self._pages(file, numbers, picture_side, page_options, verdicts))
            if picture_side:  # last, so that a page that crashes its renderer is read all the same
                read = [
                    page._replace(picture=page.picture or _rendered(file, n, picture_side))
                    for n, page in zip(numbers, read, strict=True)
                ]
        made: list[Page] = []
        next_id = 0
        for number, page in zip(numbers, read, strict=True):
            file.deadline.check()
            width, height = page.content.width, page.content.height
            lines = arrange(page.lines, width / height, next_id)
            made.append(
                Page(
                    number,
                    width,
                    height,
                    lines,
                    page.source,
                    page.preprocessing,
                    page.picture,
                    marks=page_marks(page.marks, lines, width / height),
                    form_entries=page.content.form_entries,
                    codes=page.content.codes,
                )
            )
            next_id += len(made[-1].words)
        return Document(tuple(made))

    def email_parts(self, data: bytes) -> list[EmailPart] | None:
        """See `PageReader.email_parts`."""
        return self._sandbox.email_parts(data, self._limits)

    def first_page(self, data: bytes, picture_side: int = 0) -> Page:
        """See `PageReader.first_page`."""
        with self._sandbox.open(data, self._limits) as file:
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
                f"the document has too many pages: expected at most {self._limits.pages},"
                f" got {len(numbers)}. {self._limits.advice_on_pages}"
            )
        return numbers

    def _pages(
        self, file: OpenFile, numbers: list[int], picture_side: int, options: PageOptions, verdicts: FontVerdicts
    ) -> Iterator[_ReadPage]:
        """Read pages in order.

        Only a few are in memory at a time, because pictures are large and other callers wait.
        """
        waiting: deque[tuple[int, Future[_ReadPage]]] = deque()
        deadline = file.deadline

        def first() -> _ReadPage:
            page = self._checked(file, *waiting.popleft(), options, deadline)
            picture = _own_picture(page.content, picture_side)
            content = page.content._replace(text=None, regions=(), doubtful_fonts=(), whole=None)
            return page._replace(content=content, picture=picture)

        try:
            for number in numbers:
                while len(unfinished := [future for _, future in waiting if not future.done()]) > self._workers:
                    wait(unfinished, WAIT_SECONDS, FIRST_COMPLETED)
                    deadline.check()
                while waiting and (waiting[0][1].done() or len(waiting) > self._pages_in_memory()):
                    yield first()
                content = file.page(number, options._replace(trusted_fonts=verdicts.sound))
                earlier = verdicts.latest
                future = self._threads.submit(self._page, content, deadline, verdicts, earlier)
                if content.doubtful_fonts:
                    verdicts.latest = future
                waiting.append((number, future))
            while waiting:
                yield first()
        finally:
            for _, future in waiting:
                future.cancel()

    def _pages_in_memory(self) -> int:
        """Return how many pages a document may have in memory while this many documents are open."""
        return MAX_PAGES_PER_WORKER * self._workers // self._open.count

    def _page(
        self,
        content: PageContent,
        deadline: Deadline,
        verdicts: FontVerdicts | None = None,
        earlier: Future[_ReadPage] | None = None,
    ) -> _ReadPage:
        if content.text is None:
            (region,) = content.regions
            result = self._ocr.read(region.picture, deadline)
            preprocessing = result.preprocessing._replace(original_size=region.size)
            found = find_on_picture(region.picture, _outside_codes(result.lines, content.codes))
            marks = content.marks + found.marks
            return _ReadPage(content, found.lines, TextSource.OCR, preprocessing, marks=marks)
        text, lines = content.text, list[PlacedLine]()
        if content.doubtful_fonts and verdicts is not None and isinstance(self._ocr, LineReader):
            while earlier is not None and not earlier.done():
                wait([earlier], WAIT_SECONDS)  # so that the verdicts do not depend on which page is read first
                deadline.check()
            text, lines = verdicts.checked(content, self._ocr, deadline)
        lines += [(word,) for word in placed_words(text)]
        for region in content.regions:
            read = _outside_codes(_region_lines(self._ocr.read(region.picture, deadline), region), content.codes)
            lines += [line for line in read if not _is_in_text_layer(line, content.text)]
        return _ReadPage(content, lines, TextSource.TEXT_LAYER, None, marks=content.marks)

    def _checked(
        self, file: OpenFile, number: int, future: Future[_ReadPage], options: PageOptions, deadline: Deadline
    ) -> _ReadPage:
        """Return a page; if almost nothing was read on a rendered one, try the second renderer."""
        page = future.result()
        if page.source is not TextSource.OCR or not file.has_second_renderer or _symbol_count(page) >= MIN_SYMBOLS:
            return page
        try:
            other = file.second_rendering(number, options)
        except DamagedDocument:
            return page  # a blank page is not an error
        if not _differ(page.content.regions[0], other.regions[0]):
            return page
        other = other._replace(marks=page.content.marks, form_entries=page.content.form_entries)
        again = self._threads.submit(self._page, other, deadline).result()
        return again if _symbol_count(again) > _symbol_count(page) else page


def _own_picture(content: PageContent, side: int) -> bytes | None:
    """Encode the picture of the whole page that was read; None if there is none."""
    whole = next((region.picture for region in content.regions if region.box == WHOLE), None)
    return None if whole is None or not side else jpeg(whole, side)


def _rendered(file: OpenFile, number: int, side: int) -> bytes | None:
    """Render a page that has a text layer and encode it; None if it cannot be rendered."""
    try:
        return jpeg(file.picture(number, side), side) if side else None
    except DamagedDocument:
        return None


def _region_lines(result: OcrResult, region: PictureRegion) -> list[PlacedLine]:
    """Map lines from fractions of a region to fractions of the page."""
    if region.box == WHOLE:
        return result.lines
    return [[on_page(word, region.box) for word in line] for line in result.lines]


def _outside_codes(lines: list[PlacedLine], codes: Sequence[Code]) -> list[PlacedLine]:
    """Return the lines without those that OCR found in the modules of codes."""
    boxes = [code.quad.box for code in codes]
    middles = [union(word.quad.box for word in line).center if boxes else Point(0, 0) for line in lines]
    return [
        line
        for line, at in zip(lines, middles, strict=True)
        if not any(b.left < at.x < b.right and b.top < at.y < b.bottom for b in boxes)
    ]


def _is_in_text_layer(line: PlacedLine, text: TextLayer) -> bool:
    """Return whether the text layer has characters where a line was read."""
    box = union(word.quad.box for word in line)
    middles = (text.tight[:, :2] + text.tight[:, 2:]) / 2
    inside = (middles >= (box.left, box.top)) & (middles <= (box.right, box.bottom))
    return bool(inside.all(axis=1).any())


def _symbol_count(page: _ReadPage) -> int:
    return sum(len(word.symbols) for word in itertools.chain.from_iterable(page.lines))


def _differ(a: PictureRegion, b: PictureRegion) -> bool:
    """Return whether two renderings of a page show different things.

    Their grey levels are compared on a coarse grid.
    """
    first, second = (region.picture[::8, ::8].mean(axis=2) for region in (a, b))
    down, across = (min(sides) for sides in zip(first.shape, second.shape, strict=True))
    return float(np.abs(first[:down, :across] - second[:down, :across]).mean()) > MIN_DIFFERENCE_GREY_LEVELS
