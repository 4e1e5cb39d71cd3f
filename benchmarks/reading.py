"""Compare what OCR engines read on the same pages: characters, words, places of symbols."""

from __future__ import annotations

import itertools
import json
import shutil
import statistics
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
import onnx
from PIL import Image

from benchmarks import reading_pages
from benchmarks.degradations import DEGRADATIONS
from benchmarks.engine_processes import (
    ENGINES,
    ENVIRONMENT,
    FOLDER,
    SETS,
    Engine,
    install,
    read_pages,
    running_engines,
    spread,
)
from benchmarks.reading_pages import TruePage
from benchmarks.text_scores import TextLine, TextScore, score
from documents.ocr.model_files import WEIGHTS, ModelFile
from service.evaluation.markdown_tables import table
from training.ocr.networks import joined

DEGRADED_PAGES = 8
"""Pages of each of two sets that are degraded in every way."""


def data_is_here() -> bool:
    """Return whether there are pages to read."""
    return reading_pages.DATA.is_dir()


def measure() -> str:
    """Return Markdown with every table."""
    install()
    pages = read_pages()
    print("bench: reading, page by page …", flush=True)
    read, work = _page_by_page(pages)
    print("bench: reading degraded pages …", flush=True)
    degraded = _degraded(pages)
    accented = {name: read[ENGINES[0], name].score.accented for name in SETS}
    sizes = ", ".join(f"{len(p)} {name}" for name, p in pages.items())
    return "\n\n".join(
        [
            f"Command: `python -m benchmarks reading`. {sizes}; the truth is annotated (receipts) or the PDF's text"
            " layer (the others)."
            " Every page goes to one engine after the other. CER is the character error rate in per cent, ignoring"
            " case and white space; missed lines count in full. Word F is the F1 of the words. Accents is the share of"
            " characters outside ASCII that are right, of "
            + ", ".join(f"{accented[name]} in {name}" for name in SETS if accented[name])
            + ".",
            _quality(read),
            "### Distance from the floor",
            _floor(read, work),
            "### Degraded pages (docwitness)",
            f"{DEGRADED_PAGES} pages of each of two sets, degraded in one way at a time (benchmarks/degradations.py).",
            degraded,
            "### Places of symbols, against PDFium's",
            _places(read[ENGINES[0], "rendered invoices"]),
        ]
    )


@dataclass
class EngineReading:
    """Result of one engine for one set."""

    score: TextScore = field(default_factory=TextScore)
    cpu: list[float] = field(default_factory=list)
    places: list[tuple[float, float]] = field(default_factory=list)
    """For each rightly read symbol, the distance of centres in heights of its line, and the overlap of boxes."""


def _page_by_page(pages: dict[str, list[TruePage]]) -> tuple[dict[tuple[Engine, str], EngineReading], dict[str, int]]:
    """Return what each engine read in each set, and the pixels that networks received.

    The pixels are those of this project's networks, in total.
    """
    read = {(engine, name): EngineReading() for engine in ENGINES for name in SETS}
    alone = [engine._replace(processes=1, side_by_side=1) for engine in ENGINES]
    with running_engines(alone) as running:
        for name, group in pages.items():
            for page in group:
                for engine, single in zip(ENGINES, alone, strict=True):
                    (worker,) = running[single]
                    before = worker.cpu()
                    worker.ask([page.path])
                    (lines,) = worker.answer()
                    made = read[engine, name]
                    made.cpu.append(worker.cpu() - before)
                    with Image.open(page.path) as image:
                        width, height = image.size
                    made.score.add(score(page.lines, [_line(line, width, height) for line in lines]))
                    if engine.is_own and page.symbols:
                        made.places += _distances(page, lines, width, height)
        work = running[alone[0]][0].work
    return read, work


def _line(line: dict[str, Any], width: float, height: float) -> TextLine:
    left, top, right, bottom = line["box"]
    return TextLine(line["text"], (left / width, top / height, right / width, bottom / height))


def _degraded(pages: dict[str, list[TruePage]]) -> str:
    names = ("rendered invoices", "receipts")
    scores = {(way, name): TextScore() for way in DEGRADATIONS for name in names}
    folder = FOLDER / "degraded"
    folder.mkdir(parents=True, exist_ok=True)
    own = ENGINES[0]._replace(side_by_side=1)
    with running_engines([own]) as running:
        (worker,) = running[own]
        for name in names:
            for page in spread(pages[name], DEGRADED_PAGES):
                with Image.open(page.path) as image:
                    picture = np.asarray(image.convert("RGB"))
                for way, degrade in DEGRADATIONS.items():
                    worse, matrix = degrade(picture)
                    path = folder / "page.png"
                    Image.fromarray(worse).save(path, compress_level=1)
                    worker.ask([path])
                    (lines,) = worker.answer()
                    back = [_line_back(line, matrix, picture.shape) for line in lines]
                    scores[way, name].add(score(page.lines, back))
    rows = [
        (
            way,
            *itertools.chain.from_iterable(
                (f"{scores[way, n].cer:.2f}", f"{scores[way, n].word_f:.1f}") for n in names
            ),
        )
        for way in DEGRADATIONS
    ]
    header = itertools.chain.from_iterable((f"{name}: CER", "word F") for name in names)
    return table(("page", *header), rows)


def _line_back(line: dict[str, Any], matrix: Any, shape: tuple[int, ...]) -> TextLine:
    """Move a line of the degraded picture to its place on the original page."""
    height, width = shape[:2]
    corners = np.array([line["corners"]], np.float32)
    (back,) = cv2.perspectiveTransform(corners, np.linalg.inv(matrix)) / (width, height)
    (left, top), (right, bottom) = back.min(axis=0), back.max(axis=0)
    return TextLine(line["text"], (float(left), float(top), float(right), float(bottom)))


def _quality(read: dict[tuple[Engine, str], EngineReading]) -> str:
    rows = []
    for engine in ENGINES:
        cells: list[str] = []
        for name in SETS:
            made = read[engine, name]
            accents = f"{made.score.accents:.1f}" if made.score.accented else "–"
            cells += [f"{made.score.cer:.2f}", f"{made.score.word_f:.1f}", accents]
        cpu = statistics.mean(itertools.chain.from_iterable(read[engine, name].cpu for name in SETS))
        rows.append((engine.title, *cells, f"{cpu:.2f}"))
    header = itertools.chain.from_iterable((f"{name}: CER", "word F", "accents") for name in SETS)
    return table(("engine", *header, "CPU s per page"), rows)


def _floor(read: dict[tuple[Engine, str], EngineReading], work: dict[str, int]) -> str:
    """Compare the time needed with the processor's peak and with other runtimes.

    At the peak, the time follows from the counted operations.
    """
    folder = FOLDER / "networks"
    folder.mkdir(parents=True, exist_ok=True)
    for source, name in (
        (ModelFile.DETECTOR_8_BIT, "detector-8bit"),
        (ModelFile.LATIN_8_BIT, "recogniser-8bit"),
        (ModelFile.DETECTOR_FLOAT, "detector-float"),
    ):
        shutil.copyfile(WEIGHTS / source, folder / f"{name}.onnx")
    body, head = (onnx.load(WEIGHTS / name) for name in (ModelFile.RECOGNISER_BODY_FLOAT, ModelFile.LATIN_HEAD_FLOAT))
    onnx.save(joined(body, head), folder / "recogniser-float.onnx")
    command = [str(ENVIRONMENT / "bin" / "python"), "benchmarks/runtimes.py", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    cost = json.loads(done.stdout.splitlines()[-1])
    seconds = [s for name in SETS for s in read[ENGINES[0], name].cpu]
    pixels, columns = (work["detector"] / len(seconds), work["recogniser"] / 48 / len(seconds))
    counted = pixels * cost["operations_a_pixel"] + columns * cost["operations_a_column"]
    floor, needed = counted / cost["peak_8_bits"], statistics.mean(seconds)
    rows = [(part, *(f"{1000 * s:.0f}" for s in names.values())) for part, names in cost["seconds"].items()]
    return (
        f"A page is {pixels / 1e6:.2f} million pixels to the detector and {columns:,.0f} columns to the recogniser,"
        f" which makes {counted / 1e9:.0f} billion operations, as counted in their graphs. In a product of matrices of"
        f" 2048 x 2048, one thread of this processor reached {cost['peak_8_bits'] / 1e9:.0f} billion per second in 8"
        f" bits ({cost['peak_float'] / 1e9:.0f} in float): a floor of {floor:.2f} s. A page took {needed:.2f} s in all,"
        f" {needed / floor:.1f} times the floor.\n\n"
        "The same networks by other runtimes, one thread, ms for a page of 1280 x 896 (detector) and for six lines"
        " (recogniser), interleaved; this is why OpenVINO is not offered as an option.\n\n"
        + table(("network", *next(iter(cost["seconds"].values()))), rows)
    )


def _distances(page: TruePage, lines: Sequence[dict[str, Any]], width: int, height: int) -> list[tuple[float, float]]:
    """Return distances and overlaps for symbols found where the same character should be.

    The distance is that of the centres, the overlap that of the boxes.
    """
    found: list[tuple[float, float]] = []
    for line in lines:
        size = (line["box"][3] - line["box"][1]) / height
        for text, (left, top, right, bottom) in line["symbols"]:
            x, y = (left + right) / 2 / width, (top + bottom) / 2 / height
            near = [s for s in page.symbols if s.text == text and abs(_middle(s)[1] - y) < size]
            if not near:
                continue
            best = min(near, key=lambda s: abs(_middle(s)[0] - x))
            distance = abs(_middle(best)[0] - x) * width / (size * height)
            if distance < 1:
                overlap = min(best.box[2], right / width) - max(best.box[0], left / width)
                union = max(best.box[2], right / width) - min(best.box[0], left / width)
                found.append((distance, max(0.0, overlap / union)))
    return found


def _middle(symbol: TextLine) -> tuple[float, float]:
    left, top, right, bottom = symbol.box
    return (left + right) / 2, (top + bottom) / 2


def _places(made: EngineReading) -> str:
    distances, overlaps = (np.array(v) for v in zip(*made.places, strict=True))
    rows = [
        ("distance of centers along the line, in heights of the line", *_quantiles(distances, 95)),
        ("overlap along the line (intersection / union)", *_quantiles(overlaps, 10)),
    ]
    header = (f"{len(distances):,} symbols of the rendered invoices", "median", "worst 5 % (distance), 10 % (overlap)")
    touching = f"{100 * float((overlaps > 0).mean()):.1f} % of the symbols' boxes overlap their glyph."
    return f"{table(header, rows)}\n\n{touching}"


def _quantiles(values: np.ndarray, worst: int) -> list[str]:
    return [f"{value:.3f}" for value in np.percentile(values, (50, worst))]
