"""Pictures -> words, by OCR.

RapidOCR (PP-OCRv6 on ONNX Runtime, models inside its wheel) is used behind the `OcrEngine` protocol. Its per-call
options are written onto the engine that other threads share, so everything is set at construction, and its detector
keeps state while it runs, so each thread borrows an engine of its own.
"""

from __future__ import annotations

import queue
from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
from rapidocr import RapidOCR

from documents.images import Picture
from documents.layout import PlacedWord
from schemas.geometry import Point, Quad
from schemas.pages import Symbol

MIN_LINE_CONFIDENCE = 0.5
"""Lines that are read with less certainty are specks and logos more often than text."""
MAX_SHAPE = 6
"""Longer side over shorter side: the detector enlarges the shorter side, which makes a thin strip a huge picture."""
MIN_SIDE = 32
"""Pixels; the detector works in blocks of this size."""


@runtime_checkable
class OcrEngine(Protocol):
    """Reads one picture; safe to call from several threads."""

    def read(self, picture: Picture) -> list[PlacedWord]:
        """Words in any order, coordinates in fractions of the picture."""
        ...


class RapidOcr:
    """A fixed set of single-threaded engines, one for each worker; a caller waits for a free one."""

    def __init__(self, workers: int = 1) -> None:
        self._engines: queue.SimpleQueue[RapidOCR] = queue.SimpleQueue()
        for _ in range(workers):
            self._engines.put(_engine())

    def warm_up(self) -> None:
        """Load every model now instead of at the first page; takes about a second each."""
        blank = np.full((64, 256, 3), 255, np.uint8)
        engines = [self._engines.get() for _ in range(self._engines.qsize())]
        for engine in engines:
            engine(blank)
            self._engines.put(engine)

    def read(self, picture: Picture) -> list[PlacedWord]:
        """See `OcrEngine.read`."""
        height, width = picture.shape[:2]
        engine = self._engines.get()
        try:
            result: Any = engine(np.ascontiguousarray(_padded(picture)[:, :, ::-1]))  # it expects BGR
        finally:
            self._engines.put(engine)
        if not result.txts:
            return []
        words: list[PlacedWord] = []
        for corners, text, confidence, characters in _lines(result):
            if confidence >= MIN_LINE_CONFIDENCE:
                words += _words(corners / (width, height), text, confidence, characters, (width, height))
        return words


def _padded(picture: Picture) -> Picture:
    """White added on the right and below until the picture has a shape that costs a bounded time."""
    height, width = picture.shape[:2]
    least = max(MIN_SIDE, max(height, width) // MAX_SHAPE)
    down, right = max(0, least - height), max(0, least - width)
    return np.pad(picture, ((0, down), (0, right), (0, 0)), constant_values=255) if down or right else picture


def _engine() -> RapidOCR:
    return RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.text_score": 0.0,
            "Global.return_word_box": True,
            "Global.return_single_char_box": True,
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )


def _lines(result: Any) -> list[tuple[Any, str, float, Sequence[Any]]]:
    """(corners, text, confidence, character boxes) of each line.

    RapidOCR leaves lines without character boxes out of `word_results`; they are matched again by their text.
    """
    found: list[tuple[Any, str, float, Sequence[Any]]] = []
    characters = list(result.word_results or ())
    for corners, text, confidence in zip(result.boxes, result.txts, result.scores, strict=True):
        squeezed = "".join(text.split())
        own = next((c for c in characters[:2] if "".join(str(item[0]) for item in c).replace(" ", "") == squeezed), ())
        if own:
            del characters[: characters.index(own) + 1]
        found.append((np.asarray(corners, float), text, float(confidence), own))
    return found


def _words(
    corners: Any, text: str, confidence: float, characters: Sequence[Any], size: tuple[int, int]
) -> list[PlacedWord]:
    """Split a line at its spaces; every symbol gets the slice of the line's quadrilateral where it was read."""
    quad = Quad(*(Point(float(x), float(y)) for x, y in corners))
    visible = [c for c in text if not c.isspace()]
    marks = [c for c in characters if str(c[0]).strip()]
    if len(marks) == len(visible):
        slices = [_extent(quad, np.asarray(c[2], float) / size) for c in marks]
        scores = [float(c[1]) for c in marks]
    else:  # no box for each symbol: the line divided evenly
        slices = [(i / len(text), (i + 1) / len(text)) for i, c in enumerate(text) if not c.isspace()]
        scores = [confidence] * len(visible)
    words: list[PlacedWord] = []
    position = 0
    for token in text.split():
        part = range(position, position + len(token))
        position += len(token)
        symbols = tuple(Symbol(visible[i], _cut(quad, *slices[i]), scores[i]) for i in part)
        words.append(PlacedWord(symbols, _cut(quad, slices[part[0]][0], slices[part[-1]][1])))
    return words


def _extent(quad: Quad, points: Any) -> tuple[float, float]:
    """Where a symbol begins and ends along the line, 0 at the line's start and 1 at its end."""
    start, end = np.array(quad.top_left), np.array(quad.top_right)
    direction = end - start
    along = ((points - start) @ direction) / max(float(direction @ direction), 1e-12)
    low, high = float(np.clip(along.min(), 0, 1)), float(np.clip(along.max(), 0, 1))
    return (low, high) if high > low else (low, min(1.0, low + 1e-3))


def _cut(quad: Quad, start: float, end: float) -> Quad:
    """The part of a line between two positions along it."""

    def between(a: Point, b: Point, t: float) -> Point:
        return Point(a.x + (b.x - a.x) * t, a.y + (b.y - a.y) * t)

    return Quad(
        between(quad.top_left, quad.top_right, start),
        between(quad.top_left, quad.top_right, end),
        between(quad.bottom_left, quad.bottom_right, end),
        between(quad.bottom_left, quad.bottom_right, start),
    )
