"""Compare OCR engines on the same real pages.

Measures speed, memory, character errors and places of symbols.

Each engine is a process of its own; pages go to one engine after the other, so that all of them meet the same load on
the machine. The other engines are installed into an environment below `build/`.
"""

from __future__ import annotations

import itertools
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

import cv2
import numpy as np
import onnx
import psutil
from PIL import Image

from benchmarks import reading_pages, two_cores
from benchmarks.degradations import DEGRADATIONS
from benchmarks.reading_pages import TruePage
from benchmarks.side_environment import python_with
from benchmarks.text_scores import TextLine, TextScore, score
from documents.ocr.model_files import WEIGHTS, ModelFile
from scripts.server import running_server
from service.evaluation.markdown_tables import table
from training.ocr.networks import joined

FOLDER = Path("build/bench")
ENVIRONMENT = FOLDER / "engines"
PACKAGES = (
    "rapidocr==3.10.0",
    "rapidocr-onnxruntime==1.4.4",
    "onnxruntime==1.31.1",
    "onnx==1.22.0",
    "openvino==2026.4.1",
)
SETS: dict[str, Callable[[], list[TruePage]]] = {
    "receipts": reading_pages.receipts,
    "rendered invoices": reading_pages.renders,
    "scans": reading_pages.scans,
}
PAGES = 20
"""Pages of each set, spread evenly over it: the other engines take several seconds per page."""
LOAD_PAGES = 12
"""Pages of each set in the run under full load."""
TURN = 12
"""Pages that one engine gets at once; fewer would leave a core waiting more often at the end of a turn."""
DEGRADED_PAGES = 8
"""Pages of each of two sets that are degraded in every way."""


class Engine(NamedTuple):
    """An engine with its number of processes under full load.

    Also the number of pages that each process reads at a time.
    """

    title: str
    name: str
    processes: int
    side_by_side: int
    is_own: bool = False


ENGINES = (
    Engine("docwitness", "docwitness", 1, 2, is_own=True),
    Engine("rapidocr 3.10, as installed", "rapidocr", 1, 1),
    Engine("rapidocr 3.10, one process per core", "rapidocr_one_thread", 2, 1),
    Engine("rapidocr-onnxruntime 1.4.4, as installed", "rapidocr_onnxruntime", 1, 1),
    Engine("Tesseract 5 (eng+deu+fra), one process per core", "tesseract", 2, 1),
)


class EngineProcess:
    """A running process of an engine."""

    def __init__(self, engine: Engine, side_by_side: int) -> None:
        python = sys.executable if engine.is_own else str(ENVIRONMENT / "bin" / "python")
        begin = time.perf_counter()
        self._process = subprocess.Popen(
            [python, "benchmarks/engines.py", engine.name, str(side_by_side)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self._whole = psutil.Process(self._process.pid)
        self._answer()
        self.start_up = time.perf_counter() - begin
        self.largest_child = 0
        self.work: dict[str, int] = {}

    def ask(self, paths: Sequence[Path]) -> None:
        """Request the lines of pages, without waiting for them."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"paths": [str(path) for path in paths]}) + "\n")
        self._process.stdin.flush()

    def answer(self) -> list[list[dict[str, Any]]]:
        """Wait for the lines of the requested pages."""
        found = self._answer()
        self.largest_child = max(self.largest_child, found["largest_child"])
        self.work = found["work"]
        pages: list[list[dict[str, Any]]] = found["pages"]
        return pages

    def cpu(self) -> float:
        """Return the seconds of processor time used so far, including children."""
        total = 0.0
        for process in (self._whole, *self._whole.children(recursive=True)):
            times = process.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
        return total

    def peak(self) -> int:
        """Return the sum of the memory high-water marks of all its processes, in bytes."""
        running = sum(_peak(p.pid) for p in (self._whole, *self._whole.children(recursive=True)))
        return running + (0 if self._whole.children() else self.largest_child)

    def stop(self) -> None:
        """Stop the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(30)

    def _answer(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"an engine stopped: {self._process.args!r}")
        return json.loads(line)


def data_is_here() -> bool:
    """Return whether there are pages to read."""
    return reading_pages.DATA.is_dir()


def measure() -> str:
    """Return Markdown with every table."""
    _install()
    pages = {name: _spread(make(), PAGES) for name, make in SETS.items()}
    print("bench: reading, page by page …", flush=True)
    read, work = _page_by_page(pages)
    print("bench: reading under full load …", flush=True)
    load = _full_load(pages)
    print("bench: reading degraded pages …", flush=True)
    degraded = _degraded(pages)
    accented = {name: read[ENGINES[0], name].score.accented for name in SETS}
    sizes = ", ".join(f"{len(p)} {name}" for name, p in pages.items())
    return "\n\n".join(
        [
            f"Command: `make bench`. {sizes}; the truth is annotated (receipts) or the PDF's text layer (the others)."
            " Every page goes to one engine after the other. CER is the character error rate in per cent, ignoring"
            " case and white space; missed lines count in full. Word F is the F1 of the words. Accents is the share of"
            " characters outside ASCII that are right, of "
            + ", ".join(f"{accented[name]} in {name}" for name in SETS if accented[name])
            + ".",
            _quality(read),
            "### Full load on two cores",
            f"{LOAD_PAGES} pages of each set, in turns of {TURN}. Peak memory is the sum of the high-water marks of"
            " all processes; start-up ends when the first page can be sent.",
            _speed(load),
            "### A long document, and the start",
            f"A PDF of {two_cores.PAGES} scanned pages, in a process that may use one core or two, in turns,"
            f" {two_cores.ROUNDS} times each: `python -m benchmarks.two_cores FILE CORES`. The start is that of"
            " `docwitness-server serve`, until it answers for the first time, with the packages' bytecode in place, as"
            " it is from the second start on.",
            _long_document(pages),
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


def _install() -> None:
    """Install the other engines' environment; Tesseract comes from the system."""
    if shutil.which("tesseract") is None:
        raise SystemExit("bench: install tesseract-ocr, tesseract-ocr-deu and tesseract-ocr-fra first")
    python_with(ENVIRONMENT, PACKAGES)


@contextmanager
def _workers(engines: Sequence[Engine]) -> Iterator[dict[Engine, list[EngineProcess]]]:
    with ExitStack() as stack:
        running: dict[Engine, list[EngineProcess]] = {}
        for engine in engines:
            running[engine] = [EngineProcess(engine, engine.side_by_side) for _ in range(engine.processes)]
            for worker in running[engine]:
                stack.callback(worker.stop)
        yield running


def _page_by_page(pages: dict[str, list[TruePage]]) -> tuple[dict[tuple[Engine, str], EngineReading], dict[str, int]]:
    """Return what each engine read in each set, and the pixels that networks received.

    The pixels are those of this project's networks, in total.
    """
    read = {(engine, name): EngineReading() for engine in ENGINES for name in SETS}
    alone = [engine._replace(processes=1, side_by_side=1) for engine in ENGINES]
    with _workers(alone) as running:
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


@dataclass
class Load:
    """Figures of one engine under full load."""

    pages: int = 0
    seconds: float = 0.0
    start_up: float = 0.0
    peak: int = 0


def _full_load(pages: dict[str, list[TruePage]]) -> dict[Engine, Load]:
    chosen = [_spread(group, LOAD_PAGES) for group in pages.values()]
    paths = [page.path for turn in zip(*chosen, strict=True) for page in turn]
    turns = [paths[i : i + TURN] for i in range(0, len(paths), TURN)]
    loads = {engine: Load() for engine in ENGINES}
    with _workers(ENGINES) as running:
        for engine, workers in running.items():
            loads[engine].start_up = workers[0].start_up
        for turn in turns:
            for engine, workers in running.items():
                begin = time.perf_counter()
                for number, worker in enumerate(workers):
                    worker.ask(turn[number :: len(workers)])
                for worker in workers:
                    worker.answer()
                loads[engine].seconds += time.perf_counter() - begin
                loads[engine].pages += len(turn)
        for engine, workers in running.items():
            loads[engine].peak = sum(worker.peak() for worker in workers)
    return loads


def _long_document(pages: dict[str, list[TruePage]]) -> str:
    path = FOLDER / "long.pdf"
    two_cores.compose([page.path for turn in zip(*pages.values(), strict=True) for page in turn], path)
    seconds = two_cores.seconds_by_cores(path)
    one, two = (seconds[cores] for cores in two_cores.CORES)
    rows = [
        (f"{two_cores.PAGES} pages, one core", f"{one:.1f} s", "1.0"),
        (f"{two_cores.PAGES} pages, two cores", f"{two:.1f} s", f"{one / two:.2f}"),
        ("start of the service", f"{_start_up():.1f} s", "–"),
    ]
    return table(("measured", "median", "times as fast as on one core"), rows)


def _start_up() -> float:
    """Return the median seconds of three starts, after one that compiles the modules."""
    bytecode = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str((FOLDER / "bytecode").absolute())}
    seconds = []
    with patch.dict(os.environ, bytecode):
        for _ in range(4):
            with running_server(FOLDER / "start") as server:
                seconds.append(server.start_seconds)
    return statistics.median(seconds[1:])


def _degraded(pages: dict[str, list[TruePage]]) -> str:
    names = ("rendered invoices", "receipts")
    scores = {(way, name): TextScore() for way in DEGRADATIONS for name in names}
    folder = FOLDER / "degraded"
    folder.mkdir(parents=True, exist_ok=True)
    own = ENGINES[0]._replace(side_by_side=1)
    with _workers([own]) as running:
        (worker,) = running[own]
        for name in names:
            for page in _spread(pages[name], DEGRADED_PAGES):
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


def _speed(loads: dict[Engine, Load]) -> str:
    own = loads[ENGINES[0]]
    rows = []
    for engine, load in loads.items():
        rate = 60 * load.pages / load.seconds
        ours = 60 * own.pages / own.seconds
        rows.append(
            (engine.title, f"{rate:.0f}", f"{ours / rate:.1f}", f"{load.peak / 2**20:.0f}", f"{load.start_up:.1f}")
        )
    return table(("engine", "pages per minute", "docwitness is faster by", "peak MiB", "start-up s"), rows)


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


def _spread(group: list[TruePage], wanted: int) -> list[TruePage]:
    """Return `wanted` pages, spread evenly over the list."""
    return [group[i * len(group) // wanted] for i in range(wanted)]


def _peak(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return next((int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM")), 0)
