"""Compare the speed and memory of OCR engines; time a long document and the start."""

from __future__ import annotations

import os
import statistics
import time
from dataclasses import dataclass
from unittest.mock import patch

from benchmarks import two_cores
from benchmarks.engine_processes import ENGINES, FOLDER, Engine, install, read_pages, running_engines, spread
from benchmarks.reading_pages import TruePage
from scripts.server import running_server
from service.evaluation.markdown_tables import table

LOAD_PAGES = 12
"""Pages of each set in the run under full load."""
TURN = 12
"""Pages that one engine gets at once; fewer would leave a core waiting more often at the end of a turn."""


def measure() -> str:
    """Return Markdown with every table."""
    install()
    pages = read_pages()
    print("bench: reading under full load …", flush=True)
    load = _full_load(pages)
    return "\n\n".join(
        [
            "### Full load on two cores",
            f"Command: `python -m benchmarks reading-speed`. {LOAD_PAGES} pages of each set, in turns of {TURN}. Peak"
            " memory is the sum of the high-water marks of all processes; start-up ends when the first page can be"
            " sent.",
            _speed(load),
            "### A long document, and the start",
            f"A PDF of {two_cores.PAGES} scanned pages, in a process that may use one core or two, in turns,"
            f" {two_cores.ROUNDS} times each: `python -m benchmarks.two_cores FILE CORES`. The start is that of"
            " `docwitness-server serve`, until it answers for the first time, with the packages' bytecode in place, as"
            " it is from the second start on.",
            _long_document(pages),
        ]
    )


@dataclass
class Load:
    """Figures of one engine under full load."""

    pages: int = 0
    seconds: float = 0.0
    start_up: float = 0.0
    peak: int = 0


def _full_load(pages: dict[str, list[TruePage]]) -> dict[Engine, Load]:
    chosen = [spread(group, LOAD_PAGES) for group in pages.values()]
    paths = [page.path for turn in zip(*chosen, strict=True) for page in turn]
    turns = [paths[i : i + TURN] for i in range(0, len(paths), TURN)]
    loads = {engine: Load() for engine in ENGINES}
    with running_engines(ENGINES) as running:
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
