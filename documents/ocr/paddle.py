"""The OCR engine that ships: PP-OCRv6 on ONNX Runtime.

Lines are found and read once in Latin script; doubtful ones are read again upside down and in all scripts.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from documents.ocr import ink, model_files
from documents.ocr.detection import Corners, Detector, start_at, tilt
from documents.ocr.model_files import Models, Recogniser
from documents.ocr.ocr_engine import OcrResult
from documents.ocr.orientation import (
    MIN_DOUBTFUL_PIECES,
    MIN_SAMPLE_LETTERS,
    has_more_letters,
    is_upside_down,
    letter_confidence,
    letter_count,
    read_sample,
    read_tall,
    runs_sideways,
)
from documents.ocr.preprocessing import enhanced
from documents.ocr.recognition import (
    RecognisedLine,
    input_width,
    is_tall,
    recognise,
)
from documents.pictures import Picture
from documents.placed import PlacedLine, PlacedWord
from schemas.deadline import Deadline
from schemas.frames import Pixels, turn
from schemas.geometry import Quad
from schemas.pages import Preprocessing, Symbol

MIN_CONFIDENCE = 0.5
"""Lines read with less confidence are dropped: they are specks and logos more often than text."""
MIN_SURE_CONFIDENCE = 0.8
"""Lines below this are read again, upside down and in all scripts; others are seldom wrong in either respect."""
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

    def __init__(self, pair: Models, fit: ink.Fit = ink.symbol_boxes) -> None:
        """Take loaded models.

        Args:
            pair: the models that every page needs.
            fit: gives the boxes of symbols within their line.
        """
        self._fit = fit
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
        read = [(corners, line) for corners, line in self._lines(page, deadline) if line.confidence >= MIN_CONFIDENCE]
        for (corners, line), boxes in zip(read, self._fit([line for _, line in read]), strict=True):
            # corners are middles of pixels, fractions count from the edge of the first one
            quad = Quad(*(frame.to_fractions(float(x) + 0.5, float(y) + 0.5) for x, y in corners))
            lines.append(_words(turn(quad, page.quarters), line, boxes))
        angle = round(math.degrees(tilt(page.found)), 2)
        report = Preprocessing(original, (width, height), 90 * page.quarters, angle, steps)
        return OcrResult(lines, report)

    def read_lines(self, picture: Picture, quads: Sequence[Quad], deadline: Deadline | None = None) -> list[PlacedLine]:
        """See `documents.lying_fonts.LineReader.read_lines`."""
        frame = Pixels(picture.shape[1], picture.shape[0])
        lines: list[RecognisedLine] = []
        for quad in quads:
            if deadline is not None:
                deadline.check()
            corners = np.array([frame.from_fractions(corner) for corner in quad], np.float32)
            line = recognise(picture, corners, self._latin)
            if line.confidence < MIN_SURE_CONFIDENCE:
                line = max(line, recognise(picture, corners, self._multilingual()), key=lambda read: read.confidence)
            lines.append(line)
        fitted = zip(quads, lines, self._fit(lines), strict=True)
        return [_words(quad, line, boxes) if line.confidence >= MIN_CONFIDENCE else [] for quad, line, boxes in fitted]

    def _oriented(self, picture: Picture, found: list[Corners], deadline: Deadline | None) -> _OrientedPage:
        """Turn the page as most of its text runs.

        A page of many pieces that hold hardly a letter is tried the other way too: columns of digits look like lines.
        """
        is_sideways = runs_sideways(found, lambda corners: recognise(picture, corners, self._latin))
        page = self._upright(picture, found, is_sideways, deadline)
        if len(found) >= MIN_DOUBTFUL_PIECES and letter_count(page.recognised.values()) < MIN_SAMPLE_LETTERS:
            other = self._upright(picture, found, not is_sideways, deadline)
            if has_more_letters(other.recognised.values(), page.recognised.values()):
                return other
        return page

    def _upright(
        self, picture: Picture, found: list[Corners], is_sideways: bool, deadline: Deadline | None
    ) -> _OrientedPage:
        """Turn a sideways page by a quarter, and then upside down if a few long lines say so."""
        quarters = 0
        if is_sideways:
            picture, quarters = np.ascontiguousarray(np.rot90(picture)), 1
            found = self._detector.find(picture)  # it finds horizontal lines better
        recogniser = self._latin
        lines = read_sample(found, lambda corners: recognise(picture, corners, self._latin))
        letters, confidence = letter_count(lines.values()), letter_confidence(lines.values())
        # a single line without a letter is a logo or a number: it does not show which way up a page is
        if (letters < MIN_SAMPLE_LETTERS or confidence < MIN_UPRIGHT_CONFIDENCE) and (letters or len(lines) > 1):
            recogniser, lines, flipped = self._both_ways(picture, {i: found[i] for i in lines}, lines, deadline)
            if is_upside_down(lines.values(), flipped.values()):
                upright = np.ascontiguousarray(np.rot90(picture, 2))
                found = self._detector.find(upright)  # so that a page is read alike in every turn
                lines = read_sample(found, lambda corners: recognise(upright, corners, recogniser))
                return _OrientedPage(upright, found, quarters + 2, recogniser, lines)
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
        if letter_confidence(latin.values()) >= MIN_UPRIGHT_CONFIDENCE:  # only too few letters to be sure which way up
            return self._latin, latin, recognise_all(flipped, self._latin)
        multilingual = self._multilingual()
        upright, upside_down = recognise_all(sample, multilingual), recognise_all(flipped, multilingual)
        best = max(upright, upside_down, key=lambda lines: letter_confidence(lines.values()))
        is_foreign = _foreign_share(best.values()) >= MIN_FOREIGN_SHARE
        if is_foreign and letter_confidence(best.values()) >= MIN_SURE_CONFIDENCE:
            return multilingual, upright, upside_down
        return self._latin, latin, recognise_all(flipped, self._latin)

    def _lines(self, page: _OrientedPage, deadline: Deadline | None) -> list[tuple[Corners, RecognisedLine]]:
        """Read every line; corners are clockwise from the text's own top left."""
        lines: list[tuple[Corners, RecognisedLine]] = []
        boxes = [start_at(corners, 1) if is_tall(corners) else corners for corners in page.found]

        def read(corners: Corners) -> RecognisedLine:
            return recognise(page.picture, corners, page.recogniser)

        # lines of similar width follow each other, so that the runtime reuses its memory
        for index in sorted(range(len(boxes)), key=lambda i: input_width(boxes[i])):
            if deadline is not None:
                deadline.check()
            corners = boxes[index]
            if is_tall(page.found[index]):
                corners, line = read_tall(page.found[index], read)
            else:
                line = page.recognised.get(index) or read(corners)
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
                line = other
                if len(line.symbols) > 1:  # a single character does not show which way up it is
                    corners = where
        return corners, line

    def _multilingual(self) -> Recogniser:
        """Return the model for all scripts, loaded when first needed: most pages are Latin."""
        with self._lock:
            if self._all_scripts is None:
                self._all_scripts = model_files.load_multilingual()
            return self._all_scripts


def _foreign_share(lines: Iterable[RecognisedLine]) -> float:
    """Return the share of letters that are not Latin."""
    letters = [symbol.text for line in lines for symbol in line.symbols if symbol.text.isalpha()]
    return sum(letter > LAST_LATIN for letter in letters) / len(letters) if letters else 0.0


def _words(quad: Quad, line: RecognisedLine, boxes: ink.SymbolBoxes) -> list[PlacedWord]:
    """Split a line at its spaces.

    Args:
        quad: the line's rectangle.
        line: what was read in it.
        boxes: the place of each symbol in the rectangle.
    """
    words: list[PlacedWord] = []
    group: list[int] = []
    for index, text in enumerate((*(symbol.text for symbol in line.symbols), " ")):
        if not text.isspace():
            group.append(index)
        elif group:
            read = [line.symbols[i] for i in group]
            places = boxes[group].tolist()
            symbols = tuple(
                Symbol(s.text, ink.within(quad, *place), s.confidence) for s, place in zip(read, places, strict=True)
            )
            start = min(read[0].start, *(place[0] for place in places))
            end = max(read[-1].end, *(place[2] for place in places))
            words.append(PlacedWord(symbols, quad.part(start, end)))
            group = []
    return words
