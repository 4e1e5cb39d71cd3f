"""Pictures -> words: lines are found, each is read once, doubtful ones again upside down and in all scripts."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Protocol, runtime_checkable

from documents import models
from documents.detection import Corners, Detector
from documents.images import Picture
from documents.layout import PlacedWord
from documents.models import Recogniser
from documents.recognition import ReadLine, ReadSymbol, is_tall, read, turned
from schemas.geometry import Point, Quad
from schemas.pages import Symbol

MIN_CONFIDENCE = 0.5
"""Lines that are read with less certainty are specks and logos more often than text."""
DOUBTFUL = 0.8
"""Lines below this are read again, upside down and in all scripts; sure ones are seldom wrong in either respect."""
BETTER_BY = 0.1
"""A second reading must be this much surer to be believed."""


@runtime_checkable
class OcrEngine(Protocol):
    """Reads one picture; safe to call from several threads."""

    def read(self, picture: Picture) -> list[PlacedWord]:
        """Words in any order, coordinates in fractions of the picture."""
        ...


class PaddleOcr:
    """PP-OCRv6 on ONNX Runtime. All threads share one set of models."""

    def __init__(self, cache: Path) -> None:
        """Load the models.

        Args:
            cache: a folder for what is made of them once; created when missing.
        """
        self._detector = Detector(models.detector())
        self._latin = models.latin_recogniser(cache)
        self._all_scripts: Recogniser | None = None
        self._lock = threading.Lock()

    def read(self, picture: Picture) -> list[PlacedWord]:
        """See `OcrEngine.read`."""
        height, width = picture.shape[:2]
        words: list[PlacedWord] = []
        for corners, line in self._lines(picture):
            if line.confidence >= MIN_CONFIDENCE:
                quad = Quad(*(Point(float(x) / width, float(y) / height) for x, y in corners))
                words += _words(quad, line)
        return words

    def _lines(self, picture: Picture) -> list[tuple[Corners, ReadLine]]:
        """Every line with its corners from its own top-left.

        A line that is read doubtfully may stand upside down. Digits are read either way, so letters decide for the
        whole page: when more of them are turned than upright, every line is.
        """
        upright: list[tuple[Corners, ReadLine]] = []
        upside_down: list[tuple[Corners, ReadLine]] = []
        for found in self._detector.find(picture):
            corners = turned(found, 1) if is_tall(found) else found
            line = read(picture, corners, self._latin)
            if line.confidence < DOUBTFUL:
                other = read(picture, turned(corners, 2), self._latin)
                if other.confidence > line.confidence + BETTER_BY:
                    upside_down.append((turned(corners, 2), other))
                    continue
            upright.append((corners, line))
        if sum(_letters(line) for _, line in upside_down) > sum(_letters(line) for _, line in upright):
            turned_too = (turned(corners, 2) for corners, _ in upright)
            upright = [(corners, read(picture, corners, self._latin)) for corners in turned_too]
        return [self._in_any_script(picture, corners, line) for corners, line in upright + upside_down]

    def _in_any_script(self, picture: Picture, corners: Corners, line: ReadLine) -> tuple[Corners, ReadLine]:
        """The line, read by the multilingual model if that is surer of it."""
        if line.confidence < DOUBTFUL:
            other = read(picture, corners, self._multilingual())
            if other.confidence > line.confidence + BETTER_BY:
                return corners, other
        return corners, line

    def _multilingual(self) -> Recogniser:
        """Loaded when it is first needed: most pages are Latin throughout."""
        with self._lock:
            if self._all_scripts is None:
                self._all_scripts = models.multilingual_recogniser()
            return self._all_scripts


def _letters(line: ReadLine) -> int:
    return sum(symbol.text.isalpha() for symbol in line.symbols)


def _words(quad: Quad, line: ReadLine) -> list[PlacedWord]:
    """Split a line at its spaces; every symbol gets the slice of the line's rectangle where it was read."""
    words: list[PlacedWord] = []
    group: list[ReadSymbol] = []
    for symbol in (*line.symbols, ReadSymbol(" ", 1.0, 1.0, 1.0)):
        if not symbol.text.isspace():
            group.append(symbol)
        elif group:
            symbols = tuple(Symbol(s.text, _cut(quad, s.start, s.end), s.confidence) for s in group)
            words.append(PlacedWord(symbols, _cut(quad, group[0].start, group[-1].end)))
            group = []
    return words


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
