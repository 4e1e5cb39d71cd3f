"""OCR engines as processes of their own, and the pages that they read.

Pages go to one engine after the other, so that all of them meet the same load on the machine. The other engines are
installed into an environment below `build/`.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import psutil

from benchmarks import reading_pages
from benchmarks.reading_pages import TruePage
from benchmarks.side_environment import python_with

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


def install() -> None:
    """Install the other engines' environment; Tesseract comes from the system."""
    if shutil.which("tesseract") is None:
        raise SystemExit("bench: install tesseract-ocr, tesseract-ocr-deu and tesseract-ocr-fra first")
    python_with(ENVIRONMENT, PACKAGES)


@contextmanager
def running_engines(engines: Sequence[Engine]) -> Iterator[dict[Engine, list[EngineProcess]]]:
    """Start the processes of engines, and stop them at the end."""
    with ExitStack() as stack:
        running: dict[Engine, list[EngineProcess]] = {}
        for engine in engines:
            running[engine] = [EngineProcess(engine, engine.side_by_side) for _ in range(engine.processes)]
            for worker in running[engine]:
                stack.callback(worker.stop)
        yield running


def spread(group: list[TruePage], wanted: int) -> list[TruePage]:
    """Return `wanted` pages, spread evenly over the list."""
    return [group[i * len(group) // wanted] for i in range(wanted)]


def read_pages() -> dict[str, list[TruePage]]:
    """Return the pages of each set that the engines read."""
    return {name: spread(make(), PAGES) for name, make in SETS.items()}


def _peak(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return next((int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM")), 0)
