"""The OCR engine that ships: PP-OCRv6 on ONNX Runtime.

Lines are found and read once in Latin script; doubtful ones are read again upside down and in all scripts.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from documents.deadline import Deadline
from documents.ocr import model_files
from documents.ocr.detection import Corners, Detector, tilt
from documents.ocr.model_files import Models, Recogniser
from documents.ocr.ocr_engine import OcrResult
from documents.ocr.preprocessing import enhanced
from documents.ocr.raised_digits import Extent, digit_extents
from documents.ocr.recognition import (
    RecognisedLine,
    RecognisedSymbol,
    input_width,
    is_tall,
    recognise,
    start_at,
)
from documents.pictures import Picture
from documents.placed import PlacedLine, PlacedWord
from schemas.frames import Pixels, turn
from schemas.geometry import Quad
from schemas.pages import Preprocessing, Symbol

MIN_CONFIDENCE = 0.5
"""Lines read with less confidence are dropped: they are specks and logos more often than text."""
MIN_SURE_CONFIDENCE = 0.8
"""Lines below this are read again, upside down and in all scripts; others are seldom wrong in either respect."""
SAMPLE_LINES = 5
"""Longest lines, by which a page is judged to be upside down."""
MIN_UPRIGHT_CONFIDENCE = 0.95
"""A page whose sample is read with this confidence is upright: upside down, at most 0.84 was seen on 86 real pages."""
MIN_CONFIDENCE_GAIN = 0.1
"""A second reading must have this much more confidence to replace the first."""
MIN_FOREIGN_SHARE = 0.2
"""A page is read in all scripts if at least this share of its sample's letters is not Latin. Reading line by line would
not do: on a foreign line with digits, the Latin model skips the rest and is confident."""
LAST_LATIN = "\u024f"
"""Last character of Unicode's Latin Extended-B; letters after it belong to other scripts."""


class _OrientedPage(NamedTuple):
    """A picture that was turned upright, with its lines."""

    picture: Picture
    found: list[Corners]
    """Rectangles around lines, in pixels of `picture`, clockwise from the top left."""
    quarters: int
    """Quarter turns clockwise by which the page was turned as received."""
    recogniser: Recogniser
    """The model that suits most of the page."""
    recognised: dict[int, RecognisedLine]
    """Lines that `recogniser` has read already, by their index in `found`."""


class PaddleOcr:
    """An `OcrEngine` whose threads share one set of models."""

    def __init__(self, pair: Models) -> None:
        self._detector = Detector(pair.detector)
        self._latin = pair.latin
        self._all_scripts: Recogniser | None = None
        self._lock = threading.Lock()

    def read(self, picture: Picture, deadline: Deadline | None = None) -> OcrResult:
        """See `OcrEngine.read`."""
        original = (picture.shape[1], picture.shape[0])
        picture, steps = enhanced(picture)
        page = self._oriented(picture, self._detector.find(picture), deadline)
        height, width = page.picture.shape[:2]
        frame = Pixels(width, height)
        lines: list[PlacedLine] = []
        for corners, line in self._lines(page, deadline):
            if line.confidence >= MIN_CONFIDENCE:
                quad = Quad(*(frame.to_fractions(float(x), float(y)) for x, y in corners))
                raised = digit_extents(page.picture, corners, line.symbols)
                lines.append(_words(turn(quad, page.quarters), line, raised))
        angle = round(math.degrees(tilt(page.found)), 2)
        report = Preprocessing(original, (width, height), 90 * page.quarters, angle, steps)
        return OcrResult(lines, report)

    def read_lines(self, picture: Picture, quads: Sequence[Quad], deadline: Deadline | None = None) -> list[PlacedLine]:
        """See `documents.lying_fonts.LineReader.read_lines`."""
        frame = Pixels(picture.shape[1], picture.shape[0])
        lines: list[PlacedLine] = []
        for quad in quads:
            if deadline is not None:
                deadline.check()
            corners = np.array([frame.from_fractions(corner) for corner in quad], np.float32)
            line = recognise(picture, corners, self._latin)
            if line.confidence < MIN_SURE_CONFIDENCE:
                line = max(line, recognise(picture, corners, self._multilingual()), key=lambda read: read.confidence)
            lines.append(_words(quad, line) if line.confidence >= MIN_CONFIDENCE else [])
        return lines

    def _oriented(self, picture: Picture, found: list[Corners], deadline: Deadline | None) -> _OrientedPage:
        """Turn the page as most of its text runs; a few long lines show whether it is upside down."""
        quarters = 0
        if sum(map(is_tall, found)) > len(found) / 2:
            picture, quarters = np.ascontiguousarray(np.rot90(picture)), 1
            found = self._detector.find(picture)  # it finds horizontal lines better
        horizontal = [i for i, corners in enumerate(found) if not is_tall(corners)]
        sample = sorted(horizontal, key=lambda i: input_width(found[i]))[-SAMPLE_LINES:]
        recogniser = self._latin
        lines = {i: recognise(picture, found[i], recogniser) for i in sample}
        confidence = _letter_confidence(lines.values())
        # a single line without a letter is a logo or a number: it does not show which way up a page is
        if confidence < MIN_UPRIGHT_CONFIDENCE and (confidence or len(sample) > 1):
            recogniser, lines, flipped = self._both_ways(picture, {i: found[i] for i in sample}, lines, deadline)
            if _is_upside_down(lines.values(), flipped.values()):
                limit = np.array([picture.shape[1], picture.shape[0]], np.float32)
                found = [start_at(limit - corners, 2) for corners in found]
                upright = np.ascontiguousarray(np.rot90(picture, 2))
                return _OrientedPage(upright, found, quarters + 2, recogniser, flipped)
        return _OrientedPage(picture, found, quarters, recogniser, lines)

    def _both_ways(
        self, picture: Picture, sample: dict[int, Corners], latin: dict[int, RecognisedLine], deadline: Deadline | None
    ) -> tuple[Recogniser, dict[int, RecognisedLine], dict[int, RecognisedLine]]:
        """Return the recogniser that suits the sample, and its readings upright and upside down."""

        def recognise_all(lines: dict[int, Corners], recogniser: Recogniser) -> dict[int, RecognisedLine]:
            if deadline is not None:
                deadline.check()
            return {i: recognise(picture, corners, recogniser) for i, corners in lines.items()}

        flipped = {i: start_at(corners, 2) for i, corners in sample.items()}
        multilingual = self._multilingual()
        upright, upside_down = recognise_all(sample, multilingual), recognise_all(flipped, multilingual)
        best = max(upright, upside_down, key=lambda lines: _letter_confidence(lines.values()))
        is_foreign = _foreign_share(best.values()) >= MIN_FOREIGN_SHARE
        if is_foreign and _letter_confidence(best.values()) >= MIN_SURE_CONFIDENCE:
            return multilingual, upright, upside_down
        return self._latin, latin, recognise_all(flipped, self._latin)

    def _lines(self, page: _OrientedPage, deadline: Deadline | None) -> list[tuple[Corners, RecognisedLine]]:
        """Read every line; corners are clockwise from the text's own top left."""
        lines: list[tuple[Corners, RecognisedLine]] = []
        boxes = [start_at(corners, 1) if is_tall(corners) else corners for corners in page.found]
        # lines of similar width follow each other, so that the runtime reuses its memory
        for index in sorted(range(len(boxes)), key=lambda i: input_width(boxes[i])):
            if deadline is not None:
                deadline.check()
            corners = boxes[index]
            line = page.recognised.get(index) or recognise(page.picture, corners, page.recogniser)
            if line.confidence < MIN_SURE_CONFIDENCE:
                corners, line = self._second_reading(page, corners, line)
            lines.append((corners, line))
        return lines

    def _second_reading(
        self, page: _OrientedPage, corners: Corners, line: RecognisedLine
    ) -> tuple[Corners, RecognisedLine]:
        """Read a doubtful line upside down and with the other model; return the surest reading."""
        flipped = start_at(corners, 2)
        second = self._multilingual() if page.recogniser is self._latin else self._latin
        for where, recogniser in ((flipped, page.recogniser), (corners, second)):
            other = recognise(page.picture, where, recogniser)
            if other.confidence > line.confidence + MIN_CONFIDENCE_GAIN:
                corners, line = where, other
        return corners, line

    def _multilingual(self) -> Recogniser:
        """Return the model for all scripts, loaded when first needed: most pages are Latin."""
        with self._lock:
            if self._all_scripts is None:
                self._all_scripts = model_files.load_multilingual()
            return self._all_scripts


def _letter_confidence(lines: Iterable[RecognisedLine]) -> float:
    """Return the mean confidence of letters, 0 without any.

    Digits and rules are left out because they are read with as much confidence upside down.
    """
    letters = [symbol.confidence for line in lines for symbol in line.symbols if symbol.text.isalpha()]
    return sum(letters) / len(letters) if letters else 0.0


def _is_upside_down(upright: Collection[RecognisedLine], flipped: Collection[RecognisedLine]) -> bool:
    """Compare two readings of a sample.

    Where the upright one has no letters, the flipped one needs mostly letters: one misread digit proves nothing.
    """
    symbols = [symbol.text for line in flipped for symbol in line.symbols]
    if not _letter_confidence(upright) and sum(map(str.isalpha, symbols)) < len(symbols) / 2:
        return False
    return _letter_confidence(flipped) > _letter_confidence(upright)


def _foreign_share(lines: Iterable[RecognisedLine]) -> float:
    """Return the share of letters that are not Latin."""
    letters = [symbol.text for line in lines for symbol in line.symbols if symbol.text.isalpha()]
    return sum(letter > LAST_LATIN for letter in letters) / len(letters) if letters else 0.0


def _words(quad: Quad, line: RecognisedLine, extents: Mapping[int, Extent] | None = None) -> list[PlacedWord]:
    """Split a line at its spaces.

    Every symbol gets the slice of the line's rectangle where it was read.

    Args:
        quad: the line's rectangle.
        line: its symbols.
        extents: the top and bottom of some symbols, by their position; the others are as high as the line.
    """
    extents = extents or {}
    words: list[PlacedWord] = []
    group: list[int] = []
    for index in range(len(line.symbols) + 1):
        if index < len(line.symbols) and not line.symbols[index].text.isspace():
            group.append(index)
        elif group:
            symbols = tuple(_placed(line.symbols[i], quad, extents.get(i)) for i in group)
            first, last = line.symbols[group[0]], line.symbols[group[-1]]
            words.append(PlacedWord(symbols, quad.part(first.start, last.end)))
            group = []
    return words


def _placed(symbol: RecognisedSymbol, quad: Quad, extent: Extent | None) -> Symbol:
    part = quad.part(symbol.start, symbol.end)
    return Symbol(symbol.text, part.rows(*extent) if extent else part, symbol.confidence)
