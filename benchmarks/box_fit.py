"""Measure how well the boxes of words that OCR reads fit their ink.

Pages of digital invoices are rendered and read; the boxes of words are compared with those of the text layer. On
receipts, whose lines were annotated by hand, no box may stick out of its line.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from itertools import repeat
from typing import NamedTuple

import numpy as np

from benchmarks.reading_pages import DATA, TruePage, invoices, receipts
from documents.decode.content import placed_words
from documents.decode.images import ImageFile
from documents.decode.pdf import PdfFile
from documents.layout.lines import arrange
from documents.limits import ReadingLimits
from documents.ocr import ink, model_files
from documents.ocr.paddle import PaddleOcr
from documents.ocr.recognition import RecognisedLine
from documents.pictures import Picture
from schemas.geometry import Box
from schemas.pages import Line, Word
from service.evaluation.markdown_tables import table

DPI = (150, 200)
"""Resolutions at which pages are rendered: a screen's and a scanner's."""
MAX_CUT_LETTER_SHARE = 1 / 3
"""A box that leaves out more than this share of its first or last letter cuts it off."""
MAX_OUTSIDE_LINE_HEIGHTS = 0.25
"""A word whose box sticks out of the annotated line by more than this share of the line's height is outside it: the
lines were annotated by hand, some of them a few pixels too tight."""
_POINTS_PER_INCH = 72


class Fit(NamedTuple):
    """A comparison of one word's box with the true one."""

    overlap: float
    """Area of the intersection divided by that of the union."""
    cuts: bool
    """True if it leaves out too much of the letter at either end."""


class _Seconds(threading.local):
    """Processor time of a thread."""

    spent = 0.0


@dataclass
class Clock:
    """Fits boxes to ink and adds up the processor time for that, in several threads."""

    _fitting: _Seconds = field(default_factory=_Seconds)
    page_seconds: list[tuple[float, float]] = field(default_factory=list)
    """For each page, the seconds for fitting boxes and for reading in all."""

    def fit(self, lines: Sequence[RecognisedLine]) -> list[np.ndarray]:
        """Do what `documents.ocr.ink.symbol_boxes` does."""
        begin = time.thread_time()
        boxes = ink.symbol_boxes(lines)
        self._fitting.spent += time.thread_time() - begin
        return boxes

    def read(self, engine: PaddleOcr, picture: Picture) -> tuple[Line, ...]:
        """Read a page, and note what it cost."""
        self._fitting.spent, begin = 0.0, time.thread_time()
        result = engine.read(picture)
        self.page_seconds.append((self._fitting.spent, time.thread_time() - begin))
        return arrange(result.lines, picture.shape[1] / picture.shape[0])

    @property
    def share(self) -> float:
        """Return the share of reading time that fitting takes."""
        fitting, reading = np.array(self.page_seconds).sum(axis=0)
        return float(fitting / reading)


def measure() -> str:
    """Run the measurement and return it as Markdown."""
    clock = Clock()
    models = model_files.load()
    fitted, sliced = PaddleOcr(models, fit=clock.fit), PaddleOcr(models, fit=ink.slices)
    rows = []

    def both(page: tuple[Picture, list[Word]]) -> tuple[list[Fit], list[Fit]]:
        picture, words = page
        aspect = picture.shape[1] / picture.shape[0]
        in_slices = _words(arrange(sliced.read(picture).lines, aspect))
        return compare(words, _words(clock.read(fitted, picture))), compare(words, in_slices)

    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as threads:
        for dpi in DPI:
            compared = zip(*threads.map(both, _rendered(dpi)), strict=True)
            for name, fits in zip(("to the ink", "slices of the line"), compared, strict=True):
                rows.append((f"{dpi} dpi", name, *_figures([fit for page in fits for fit in page])))
        on_receipts = [list(threads.map(_on_receipt, repeat(engine), receipts())) for engine in (fitted, sliced)]
    (count, outside), (_, outside_before) = np.array(on_receipts).sum(axis=1).tolist()
    return "\n\n".join(
        [
            "Command: `python -m benchmarks box-fit`. First pages of digital invoices, one per layout, rendered and"
            " read by OCR; words that were read rightly and in their place are compared with the text layer's. Overlap"
            " is intersection over union. A box cuts a letter if it leaves out more than a third of its first or last"
            " letter. The slices of a line's rectangle, as the recogniser's steps give them, are what the boxes were"
            " fitted from.",
            table(("pages", "boxes", "words", "overlap, median", "overlap, worst 5 %", "cut a letter, %"), rows),
            f"Of {count} words on annotated lines of receipts, {outside} stick out of their line by more than a quarter"
            f" of its height, of the slices {outside_before}. Fitting takes {100 * clock.share:.1f} % of the processor"
            " time for reading.",
        ]
    )


def compare(true: Sequence[Word], read: Sequence[Word]) -> list[Fit]:
    """Compare the boxes of words that have the same text and the same place."""
    fits = []
    for word in true:
        x, y = word.box.center
        same = [w for w in read if w.text == word.text and w.box.left <= x <= w.box.right]
        same = [w for w in same if w.box.top <= y <= w.box.bottom]
        if len(same) == 1:
            fits.append(_fit(word, same[0].box))
    return fits


def _fit(word: Word, box: Box) -> Fit:
    true = word.box
    width = max(0.0, min(true.right, box.right) - max(true.left, box.left))
    height = max(0.0, min(true.bottom, box.bottom) - max(true.top, box.top))
    shared = width * height
    whole = true.width * true.height + box.width * box.height - shared
    first, last = word.symbols[0].box, word.symbols[-1].box
    cut_left = box.left - first.left > MAX_CUT_LETTER_SHARE * first.width
    cut_right = last.right - box.right > MAX_CUT_LETTER_SHARE * last.width
    return Fit(shared / whole, cut_left or cut_right)


def _figures(fits: Sequence[Fit]) -> tuple[str, ...]:
    overlaps = np.array([fit.overlap for fit in fits])
    cut = 100 * sum(fit.cuts for fit in fits) / len(fits)
    return str(len(fits)), f"{np.median(overlaps):.2f}", f"{np.percentile(overlaps, 5):.2f}", f"{cut:.1f}"


def _rendered(dpi: int) -> Iterator[tuple[Picture, list[Word]]]:
    """Yield first pages of digital invoices as pictures, one per layout, with their words."""
    seen = set()
    for _, truth in invoices():
        if truth["layout_cluster"] in seen:
            continue
        with closing(PdfFile((DATA / truth["file"]).read_bytes(), ReadingLimits())) as pdf:
            width, height, text = pdf.text_layer(1)
            if text is None or any(text.quarters):
                continue
            seen.add(truth["layout_cluster"])
            picture = pdf.picture(1, round(max(width, height) * dpi / _POINTS_PER_INCH))
        yield picture, _words(arrange([[word] for word in placed_words(text)], width / height))


def _words(lines: Sequence[Line]) -> list[Word]:
    return [word for line in lines for word in line.words]


def _on_receipt(engine: PaddleOcr, page: TruePage) -> tuple[int, int]:
    """Count the words on annotated lines of a receipt, and those that stick out of their line."""
    count = outside = 0
    with closing(ImageFile(page.path.read_bytes(), ReadingLimits())) as file:
        picture = file.page(1).regions[0].picture
    words = _words(arrange(engine.read(picture).lines, picture.shape[1] / picture.shape[0]))
    for line in page.lines:
        left, top, right, bottom = line.box
        printed = line.text.split()
        for word in words:
            x, y = word.box.center
            if word.text in printed and left < x < right and top < y < bottom:
                limit = MAX_OUTSIDE_LINE_HEIGHTS * (bottom - top)
                count += 1
                outside += top - word.box.top > limit or word.box.bottom - bottom > limit
    return count, outside
