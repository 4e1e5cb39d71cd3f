"""Measure how well tick boxes and radio buttons are found and judged on composed forms."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
import pypdfium2 as pdfium

from benchmarks.degradations import Degraded, skewed
from benchmarks.mark_forms import (
    MEASURED,
    Look,
    MarkForm,
    MarkKind,
    PlacedMark,
    compose_form,
    compose_plain_page,
    overlap,
)
from documents.marks.picture_marks import find_on_picture
from documents.ocr import model_files
from documents.ocr.ocr_engine import OcrEngine, OcrResult
from documents.ocr.paddle import PaddleOcr
from documents.pictures import Picture
from documents.reader import DocumentReader
from schemas.deadline import Deadline
from schemas.geometry import Box
from schemas.marks import MarkState
from schemas.pages import Document
from service.evaluation.markdown_tables import table

SEED = 40_000
"""Forms for tuning were composed with other seeds and another look."""
MARKS_PER_KIND = 200
"""Marks composed at least of each kind."""
PLAIN_PAGES = 5
"""Pages without marks of each kind."""
MIN_OVERLAP = 0.4
"""Intersection over union from which a found mark is the composed one."""
DPI = (150, 200, 300)
_POINTS_PER_INCH = 72
_WORKERS = 2


class _Source(NamedTuple):
    """A page to read, and the truth about it."""

    name: str
    data: bytes
    marks: list[PlacedMark]


@dataclass
class _Score:
    """Counts over the pages of one kind."""

    pages: int = 0
    marks: int = 0
    found: int = 0
    false: int = 0
    ticked: int = 0
    judged_ticked: int = 0
    right: int = 0
    unclear: int = 0
    labels: int = 0

    def add(self, truth: list[PlacedMark], document: Document) -> None:
        """Compare a page with its truth."""
        left = list(document.pages[0].marks)
        self.pages += 1
        self.marks += len(truth)
        for mark in truth:
            self.ticked += mark.ticked
            best = max(left, key=lambda m: overlap(m.quad.box, mark.box), default=None)
            if best is None or overlap(best.quad.box, mark.box) < MIN_OVERLAP:
                continue
            left.remove(best)
            self.found += 1
            self.unclear += best.state is MarkState.UNCLEAR
            self.judged_ticked += best.state is MarkState.TICKED
            self.right += mark.ticked and best.state is MarkState.TICKED
            label = " ".join(document.words[i].text for i in best.label_ids)
            self.labels += label.replace(" ", "") == mark.label.replace(" ", "")
        self.false += len(left)
        self.judged_ticked += sum(m.state is MarkState.TICKED for m in left)

    def row(self, name: str) -> tuple[str | int | float, ...]:
        """Return a row of the table."""
        return (
            name,
            self.pages,
            self.marks,
            _share(self.found, self.marks),
            _share(self.found, self.found + self.false),
            _share(self.right, self.ticked),
            _share(self.right, self.judged_ticked),
            _share(self.unclear, self.found),
            _share(self.labels, self.found),
        )


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.3f}" if whole else "–"


def measure() -> str:
    """Run the measurement and return it as Markdown."""
    ocr = _Timed(PaddleOcr(model_files.load()))
    reader = DocumentReader(ocr, workers=_WORKERS)
    scores: dict[str, _Score] = {}
    try:
        with ThreadPoolExecutor(_WORKERS) as threads:
            sources = list(_sources(random.Random(SEED), MEASURED))
            for source, document in zip(sources, threads.map(lambda s: reader.read(s.data), sources), strict=True):
                scores.setdefault(source.name, _Score()).add(source.marks, document)
    finally:
        reader.close()
    header = (
        "marks", "pages", "marks on them", "found", "of the found, marks", "ticked: recall", "ticked: precision",
        "unclear", "label exact",
    )  # fmt: skip
    return "\n\n".join(
        [
            f"Command: `python -m benchmarks marks`; composed forms (seed {SEED}) with five styles of ticks, in fonts"
            " and sizes on which nothing was tuned. Scans are grey, tilted by up to 2°, blurred, noisy and"
            f" JPEG-compressed, at {', '.join(map(str, DPI))} dpi. Pages without marks hold prose, tables, bullets and"
            " boxes for single letters; what is found there counts as false.",
            table(header, [score.row(name) for name, score in scores.items()]),
            f"Finding marks on a picture takes {1000 * ocr.seconds / max(ocr.pages, 1):.1f} ms of CPU per page.",
        ]
    )


class _Timed:
    """An OCR engine that also measures the time that marks take on each picture."""

    def __init__(self, ocr: OcrEngine) -> None:
        self._ocr = ocr
        self.seconds = 0.0
        self.pages = 0

    def read(self, picture: Picture, deadline: Deadline | None = None) -> OcrResult:
        """See `OcrEngine.read`."""
        result = self._ocr.read(picture, deadline)
        start = time.thread_time()
        find_on_picture(picture, result.lines)
        self.seconds += time.thread_time() - start
        self.pages += 1
        return result


def _sources(rng: random.Random, look: Look) -> Iterator[_Source]:
    """Compose all pages: each kind in PDFs, boxes and circles also printed and scanned."""
    for kind in MarkKind:
        yield from _until_enough(rng, look, kind, str(kind))
    for kind in (MarkKind.BOX, MarkKind.CIRCLE):
        yield from _until_enough(rng, look, kind, f"{kind}, printed", printed)
        yield from _until_enough(rng, look, kind, f"{kind}, scanned", scanned)
    for _ in range(PLAIN_PAGES):
        plain = compose_plain_page(rng, look)
        yield _Source("no marks", plain.pdf(), [])
        yield _picture("no marks, printed", plain, printed(rng, rendering(plain, rng)))
        yield _picture("no marks, scanned", plain, scanned(rng, rendering(plain, rng)))


def _until_enough(
    rng: random.Random,
    look: Look,
    kind: MarkKind,
    name: str,
    degrade: Callable[[random.Random, Picture], Degraded] | None = None,
) -> Iterator[_Source]:
    """Compose forms until there are enough marks, as PDFs or as degraded pictures."""
    count = 0
    while count < MARKS_PER_KIND:
        form = compose_form(rng, look, kind)
        count += len(form.marks)
        yield (
            _Source(name, form.pdf(), form.marks)
            if degrade is None
            else _picture(name, form, degrade(rng, rendering(form, rng)))
        )


def rendering(form: MarkForm, rng: random.Random) -> Picture:
    """Render a form at one of the resolutions."""
    page = pdfium.PdfDocument(form.pdf())[0]
    picture = page.render(scale=rng.choice(DPI) / _POINTS_PER_INCH, rev_byteorder=True).to_numpy()
    return np.ascontiguousarray(picture[:, :, :3])


def printed(_rng: random.Random, picture: Picture) -> Degraded:
    """Return a picture as it was rendered."""
    return picture, np.eye(3)


def scanned(rng: random.Random, picture: Picture) -> Degraded:
    """Degrade a picture as an office scanner does: grey, tilted, blurred, noisy, compressed."""
    grey = np.asarray(cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB), np.uint8)
    tilted, matrix = skewed(grey, rng.uniform(-2, 2))
    blurred = cv2.GaussianBlur(tilted, (0, 0), rng.uniform(0.5, 1.2)).astype(np.float32)
    grain = np.random.default_rng(rng.randrange(10**6)).normal(0, rng.uniform(2, 8), blurred.shape)
    paper = (blurred * rng.uniform(0.85, 1.0) + grain).clip(0, 255).astype(np.uint8)
    _, encoded = cv2.imencode(".jpg", paper, [cv2.IMWRITE_JPEG_QUALITY, rng.randint(55, 85)])
    return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR), np.uint8), matrix


def _picture(name: str, form: MarkForm, degraded: Degraded) -> _Source:
    """Return a picture as a file, with the truth moved as the picture's points were."""
    picture, matrix = degraded
    height, width = picture.shape[:2]
    corner = np.linalg.inv(matrix) @ (width / 2, height / 2, 1)
    before = (2 * corner[0], 2 * corner[1])  # the middle of the page stays in the middle
    moved: list[PlacedMark] = []
    for mark in form.marks:
        left, top, right, bottom = mark.box
        points = np.array([(left, top, 1), (right, top, 1), (right, bottom, 1), (left, bottom, 1)])
        shown = (points * (*before, 1)) @ matrix.T
        low, high = shown[:, :2].min(axis=0) / (width, height), shown[:, :2].max(axis=0) / (width, height)
        moved.append(mark._replace(box=Box(*low.tolist(), *high.tolist())))
    buffer = cv2.imencode(".png", picture[:, :, ::-1])[1].tobytes()
    return _Source(name, buffer, moved)
