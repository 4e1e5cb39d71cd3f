"""PP-OCRv6 on ONNX Runtime: lines are found, each is read once, doubtful ones again upside down and in all scripts."""

from __future__ import annotations

import math
import threading
from collections.abc import Collection, Iterable
from typing import NamedTuple

import numpy as np

from documents.decode.pictures import Picture
from documents.layout.lines import PlacedLine, PlacedWord
from documents.ocr import models
from documents.ocr.detection import Corners, Detector, tilt
from documents.ocr.engine import Deadline, OcrResult
from documents.ocr.models import Models, Recogniser
from documents.ocr.preprocessing import improved
from documents.ocr.recognition import ReadLine, ReadSymbol, is_tall, read, turned, width
from schemas.frames import Pixels, turn
from schemas.geometry import Quad
from schemas.pages import Preprocessing, Symbol

MIN_CONFIDENCE = 0.5
"""Lines that are read with less certainty are specks and logos more often than text."""
DOUBTFUL = 0.8
"""Lines below this are read again, upside down and in all scripts; sure ones are seldom wrong in either respect."""
SAMPLE = 5
"""Long lines by which a page is judged to stand upside down."""
UPRIGHT = 0.95
"""A page whose sample is read more surely stands upright: upside down, at most 0.84 was seen on 86 real pages."""
BETTER_BY = 0.1
"""A second reading must be this much surer to be believed."""
FOREIGN = 0.2
"""A page of whose sample at least this share of the letters is of another script than Latin is read in all scripts: of
a line that holds digits too, the Latin model leaves the rest out, and is sure of it."""
LAST_LATIN = "\u024f"


class _Upright(NamedTuple):
    """A page turned upright."""

    picture: Picture
    found: list[Corners]
    """Rectangles around lines."""
    quarters: int
    """By how many quarter turns clockwise it stood."""
    recogniser: Recogniser
    """The one for most of the page."""
    read: dict[int, ReadLine]
    """Lines that it has read already, by their index."""


class PaddleOcr:
    """All threads share one set of models."""

    def __init__(self, pair: Models) -> None:
        self._detector = Detector(pair.detector)
        self._latin = pair.latin
        self._all_scripts: Recogniser | None = None
        self._lock = threading.Lock()

    def read(self, picture: Picture, deadline: Deadline | None = None) -> OcrResult:
        """See `OcrEngine.read`."""
        original = (picture.shape[1], picture.shape[0])
        picture, steps = improved(picture)
        page = self._upright(picture, self._detector.find(picture), deadline)
        height, width = page.picture.shape[:2]
        frame = Pixels(width, height)
        lines: list[PlacedLine] = []
        for corners, line in self._lines(page, deadline):
            if line.confidence >= MIN_CONFIDENCE:
                quad = Quad(*(frame.to_fractions(float(x), float(y)) for x, y in corners))
                lines.append(_words(turn(quad, page.quarters), line))
        angle = round(math.degrees(tilt(page.found)), 2)
        report = Preprocessing(original, (width, height), 90 * page.quarters, angle, steps)
        return OcrResult(lines, report)

    def _upright(self, picture: Picture, found: list[Corners], deadline: Deadline | None) -> _Upright:
        """Turn the page as most of its text runs; a few long lines tell whether it stands upside down."""
        quarters = 0
        if sum(map(is_tall, found)) > len(found) / 2:
            picture, quarters = np.ascontiguousarray(np.rot90(picture)), 1
            found = self._detector.find(picture)  # it finds lines better that lie
        lying = [i for i, corners in enumerate(found) if not is_tall(corners)]
        sample = sorted(lying, key=lambda i: width(found[i]))[-SAMPLE:]
        recogniser = self._latin
        lines = {i: read(picture, found[i], recogniser) for i in sample}
        sureness = _surely_read(lines.values())
        # a single line without a letter is a logo or a number: it does not tell how a page stands
        if sureness < UPRIGHT and (sureness or len(sample) > 1):
            recogniser, lines, others = self._both_ways(picture, {i: found[i] for i in sample}, lines, deadline)
            if _reads_better(others.values(), lines.values()):
                limit = np.array([picture.shape[1], picture.shape[0]], np.float32)
                found = [turned(limit - corners, 2) for corners in found]
                return _Upright(np.ascontiguousarray(np.rot90(picture, 2)), found, quarters + 2, recogniser, others)
        return _Upright(picture, found, quarters, recogniser, lines)

    def _both_ways(
        self, picture: Picture, sample: dict[int, Corners], latin: dict[int, ReadLine], deadline: Deadline | None
    ) -> tuple[Recogniser, dict[int, ReadLine], dict[int, ReadLine]]:
        """The recogniser for a page, and the sample as it reads it upright and upside down."""

        def all_read(lines: dict[int, Corners], recogniser: Recogniser) -> dict[int, ReadLine]:
            if deadline is not None:
                deadline.check()
            return {i: read(picture, corners, recogniser) for i, corners in lines.items()}

        flipped = {i: turned(corners, 2) for i, corners in sample.items()}
        multilingual = self._multilingual()
        upright, upside = all_read(sample, multilingual), all_read(flipped, multilingual)
        best = max(upright, upside, key=lambda lines: _surely_read(lines.values()))
        if _foreign_share(best.values()) >= FOREIGN and _surely_read(best.values()) >= DOUBTFUL:
            return multilingual, upright, upside
        return self._latin, latin, all_read(flipped, self._latin)

    def _lines(self, page: _Upright, deadline: Deadline | None) -> list[tuple[Corners, ReadLine]]:
        """Every line with its corners from its own top-left."""
        lines: list[tuple[Corners, ReadLine]] = []
        upright = [turned(corners, 1) if is_tall(corners) else corners for corners in page.found]
        for index in sorted(range(len(upright)), key=lambda i: width(upright[i])):  # like widths use memory again
            if deadline is not None:
                deadline.check()
            corners = upright[index]
            line = page.read.get(index) or read(page.picture, corners, page.recogniser)
            if line.confidence < DOUBTFUL:
                corners, line = self._second_reading(page, corners, line)
            lines.append((corners, line))
        return lines

    def _second_reading(self, page: _Upright, corners: Corners, line: ReadLine) -> tuple[Corners, ReadLine]:
        """A doubtful line, read upside down or by the other model if that is surer of it."""
        flipped = turned(corners, 2)
        second = self._multilingual() if page.recogniser is self._latin else self._latin
        for where, recogniser in ((flipped, page.recogniser), (corners, second)):
            other = read(page.picture, where, recogniser)
            if other.confidence > line.confidence + BETTER_BY:
                corners, line = where, other
        return corners, line

    def _multilingual(self) -> Recogniser:
        """Loaded when it is first needed: most pages are Latin throughout."""
        with self._lock:
            if self._all_scripts is None:
                self._all_scripts = models.multilingual_recogniser()
            return self._all_scripts


def _surely_read(lines: Iterable[ReadLine]) -> float:
    """Mean confidence in letters: digits and rules are read upside down just as surely. 0 where there are none."""
    letters = [symbol.confidence for line in lines for symbol in line.symbols if symbol.text.isalpha()]
    return sum(letters) / len(letters) if letters else 0.0


def _reads_better(upside: Collection[ReadLine], upright: Collection[ReadLine]) -> bool:
    """Whether a page stands upside down. Where nothing upright is a letter, one digit misread as one proves nothing."""
    symbols = [symbol.text for line in upside for symbol in line.symbols]
    if not _surely_read(upright) and sum(map(str.isalpha, symbols)) < len(symbols) / 2:
        return False
    return _surely_read(upside) > _surely_read(upright)


def _foreign_share(lines: Iterable[ReadLine]) -> float:
    """Of the letters, those of other scripts than Latin."""
    letters = [symbol.text for line in lines for symbol in line.symbols if symbol.text.isalpha()]
    return sum(letter > LAST_LATIN for letter in letters) / len(letters) if letters else 0.0


def _words(quad: Quad, line: ReadLine) -> list[PlacedWord]:
    """Split a line at its spaces; every symbol gets the slice of the line's rectangle where it was read."""
    words: list[PlacedWord] = []
    group: list[ReadSymbol] = []
    for symbol in (*line.symbols, ReadSymbol(" ", 1.0, 1.0, 1.0)):
        if not symbol.text.isspace():
            group.append(symbol)
        elif group:
            symbols = tuple(Symbol(s.text, quad.part(s.start, s.end), s.confidence) for s in group)
            words.append(PlacedWord(symbols, quad.part(group[0].start, group[-1].end)))
            group = []
    return words
