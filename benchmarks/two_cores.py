"""Time the reading of one long scan on one core and on two.

`python -m benchmarks.two_cores FILE CORES` is one run. Each run is a process of its own that may use only that many
cores, and reads that many pages at a time.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack, closing
from pathlib import Path

from PIL import Image

from documents import DocumentReader, ReadingLimits, ReadingOptions
from documents.ocr import model_files
from documents.ocr.paddle import PaddleOcr

PAGES = 30
"""Pages of the document, more than the service reads in one call by default."""
ROUNDS = 3
"""Runs on each number of cores, in turns; the table has their medians."""
CORES = (1, 2)
_MAX_SECONDS = 3600.0
"""Longer than the slowest machine takes; the service's own limit would end the run."""


def compose(pictures: Sequence[Path], path: Path) -> None:
    """Write a PDF whose pages are `PAGES` of the pictures, in turn."""
    with ExitStack() as stack:
        opened = [stack.enter_context(Image.open(p)) for p in (list(pictures) * PAGES)[:PAGES]]
        first, *others = (image.convert("RGB") for image in opened)
        first.save(path, "PDF", save_all=True, append_images=others, resolution=150)


def seconds_by_cores(path: Path) -> dict[int, float]:
    """Return the median seconds for reading a PDF, by the number of cores.

    Raises:
        SystemExit: if this machine has too few cores.
    """
    if len(os.sched_getaffinity(0)) < max(CORES):
        raise SystemExit(f"bench: expected at least {max(CORES)} cores, got {len(os.sched_getaffinity(0))}")
    taken: dict[int, list[float]] = {cores: [] for cores in CORES}
    for _ in range(ROUNDS):
        for cores, seconds in taken.items():
            command = [sys.executable, "-m", "benchmarks.two_cores", str(path), str(cores)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            seconds.append(float(done.stdout))
    return {cores: statistics.median(seconds) for cores, seconds in taken.items()}


def main(path: str, cores: int) -> None:
    """Read a document after its first pages, which warm up, and print the seconds."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])
    data = Path(path).read_bytes()
    limits = ReadingLimits(pages=PAGES, seconds=_MAX_SECONDS)
    with closing(DocumentReader(PaddleOcr(model_files.load()), limits, workers=cores)) as reader:
        reader.read(data, ReadingOptions(f"1-{2 * cores}"))
        begin = time.perf_counter()
        reader.read(data)
        print(time.perf_counter() - begin)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
