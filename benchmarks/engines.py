"""Run one OCR engine as a process: `python engines.py NAME`.

It reads one request per line and writes one answer per line.

The process runs in any environment that has the engine; only the engine `docwitness` imports this project. A request is
`{"paths": [...]}`, an answer the lines of the pages with boxes in pixels of the page as displayed.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

Line = dict[str, Any]
"""A line's `text`, `box` (left, top, right, bottom) and, if the engine reports them, `symbols` as (text, box) pairs."""
Engine = Callable[[str], list[Line]]


WORK = {"detector": 0, "recogniser": 0}
"""Number of pixels that this project's networks have received so far."""


class _Counted:
    """A session that counts the pixels it receives."""

    def __init__(self, session: Any, name: str) -> None:
        self._session, self._name = session, name
        self.get_inputs = session.get_inputs

    def run(self, outputs: None, feed: dict[str, Any]) -> Any:
        (values,) = feed.values()
        WORK[self._name] += values.shape[2] * values.shape[3]
        return self._session.run(outputs, feed)


def docwitness(side_by_side: int) -> Engine:
    """Return this project's reader, as the service assembles it."""
    from documents import DocumentReader
    from documents.ocr import model_files
    from documents.ocr.paddle import PaddleOcr
    from schemas.frames import quad_around

    found = model_files.load()
    first, *others = found.latin.networks  # on a float pair, the alphabet's part is not counted
    latin = found.latin._replace(networks=(_Counted(first, "recogniser"), *others))
    pair = model_files.Models(_Counted(found.detector, "detector"), latin)
    reader = DocumentReader(PaddleOcr(pair), workers=side_by_side)

    def read(path: str) -> list[Line]:
        (page,) = reader.read(Path(path).read_bytes()).pages

        def box(b: Any) -> list[float]:
            return [b.left * page.width, b.top * page.height, b.right * page.width, b.bottom * page.height]

        def corners(line: Any) -> list[tuple[float, float]]:
            quad = quad_around((s.quad for word in line.words for s in word.symbols), page.aspect)
            return [(p.x * page.width, p.y * page.height) for p in quad]

        return [
            {
                "text": line.text,
                "box": box(line.box),
                "symbols": [(s.text, box(s.box)) for word in line.words for s in word.symbols],
                "corners": corners(line),
            }
            for line in page.lines
        ]

    return read


def rapidocr(_side_by_side: int) -> Engine:
    """Return RapidOCR with its defaults."""
    return _rapidocr({})


def rapidocr_one_thread(_side_by_side: int) -> Engine:
    """Return RapidOCR with one thread in the model, for one process per core."""
    return _rapidocr({"EngineConfig.onnxruntime.intra_op_num_threads": 1})


def _rapidocr(params: dict[str, Any]) -> Engine:
    package: Any = importlib.import_module("rapidocr")
    package.RapidOCR.__init__.__globals__["logger"].setLevel("ERROR")
    engine = package.RapidOCR(params=params)

    def read(path: str) -> list[Line]:
        found = engine(path)
        return [_line(text, box) for text, box in zip(found.txts or (), found.boxes if found.txts else (), strict=True)]

    return read


def rapidocr_onnxruntime(_side_by_side: int) -> Engine:
    """Return the older package of the RapidOCR project with its defaults."""
    engine = importlib.import_module("rapidocr_onnxruntime").RapidOCR()

    def read(path: str) -> list[Line]:
        found, _ = engine(path)
        return [_line(text, box) for box, text, _score in found or ()]

    return read


def tesseract(_side_by_side: int) -> Engine:
    """Return Tesseract's command line with one thread and three languages."""
    environment = os.environ | {"OMP_THREAD_LIMIT": "1"}

    def read(path: str) -> list[Line]:
        with tempfile.TemporaryDirectory() as folder:
            command = ["tesseract", path, f"{folder}/page", "-l", "eng+deu+fra", "--psm", "4", "tsv"]
            subprocess.run(command, env=environment, check=True, capture_output=True)
            rows = [row.split("\t") for row in Path(f"{folder}/page.tsv").read_text("utf-8").splitlines()[1:]]
        lines: dict[tuple[str, ...], list[tuple[str, list[float]]]] = {}
        for row in rows:
            if row[0] == "5" and row[11].strip():
                left, top, width, height = map(float, row[6:10])
                lines.setdefault(tuple(row[1:5]), []).append((row[11], [left, top, left + width, top + height]))
        return [
            {"text": " ".join(t for t, _ in words), "box": _around([b for _, b in words])} for words in lines.values()
        ]

    return read


def _line(text: str, corners: Any) -> Line:
    xs, ys = [float(p[0]) for p in corners], [float(p[1]) for p in corners]
    return {"text": text, "box": [min(xs), min(ys), max(xs), max(ys)]}


def _around(boxes: list[list[float]]) -> list[float]:
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return [min(lefts), min(tops), max(rights), max(bottoms)]


ENGINES = {made.__name__: made for made in (docwitness, rapidocr, rapidocr_one_thread, rapidocr_onnxruntime, tesseract)}


def main(name: str, side_by_side: int) -> None:
    """Answer until standard input ends."""
    answers, sys.stdout = sys.stdout, sys.stderr  # output that engines print is not an answer
    read = ENGINES[name](side_by_side)
    print(json.dumps("ready"), file=answers, flush=True)
    with ThreadPoolExecutor(side_by_side) as pool:
        for request in sys.stdin:
            pages = list(pool.map(read, json.loads(request)["paths"]))
            children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
            answer = {"pages": pages, "largest_child": children, "work": WORK}
            print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    sys.path.insert(0, os.getcwd())
    main(sys.argv[1], int(sys.argv[2]))
