"""Boxes of symbols fit their ink, on lines that are drawn with known places."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from documents.ocr import ink
from documents.ocr.recognition import LINE_HEIGHT_PIXELS, RecognisedLine, RecognisedSymbol
from schemas.geometry import Box, Point, Quad, quad_of

TYPE_PIXELS = 26
"""Size of the type on a drawn line: a line's rectangle is about twice as high as its letters."""
START_PIXELS = 12
BASELINE_PIXELS = 33
TOLERANCE_PIXELS = 1.6
"""Half of the soft edge of an enlarged glyph, and the rounding to whole pixels."""


class DrawnLine(NamedTuple):
    """A drawn line, and the boxes of its symbols in its pixels; NaN for spaces."""

    line: RecognisedLine
    boxes: np.ndarray


def drawn(
    text: str,
    *,
    paper: int = 250,
    colour: int = 20,
    spacing: float = 1.5,
    shift: float = 0.0,
) -> DrawnLine:
    """Draw a line glyph by glyph.

    Args:
        text: what is printed.
        paper: grey level of the paper.
        colour: grey level of the ink.
        spacing: pixels between the glyphs; negative to join them.
        shift: pixels by which the recogniser misplaces every other symbol.
    """
    font = ImageFont.load_default(TYPE_PIXELS)
    width = START_PIXELS * 2 + round(sum(font.getlength(c) + spacing for c in text))
    coverage = np.zeros((LINE_HEIGHT_PIXELS, width), np.float32)
    boxes, at, middles = [], float(START_PIXELS), []
    for number, character in enumerate(text):
        glyph = Image.new("L", (width, LINE_HEIGHT_PIXELS))
        ImageDraw.Draw(glyph).text((at, BASELINE_PIXELS), character, 255, font, anchor="ls")
        mask = np.asarray(glyph, np.float32) / 255
        coverage = np.maximum(coverage, mask)
        rows, columns = np.nonzero(mask > 0.5)
        if len(rows):
            boxes.append((columns.min(), rows.min(), columns.max() + 1, rows.max() + 1))
        else:
            boxes.append((np.nan,) * 4)
        advance = font.getlength(character)
        middles.append(at + advance / 2 + (shift if number % 2 else -shift))
        at += advance + spacing
    grey = np.round(paper + (colour - paper) * coverage).astype(np.uint8)
    edges = [0.0, *((a + b) / 2 for a, b in itertools.pairwise(middles)), float(width)]
    symbols = tuple(
        RecognisedSymbol(c, edges[i] / width, middles[i] / width, edges[i + 1] / width, 0.9) for i, c in enumerate(text)
    )
    return DrawnLine(RecognisedLine(symbols, 0.9, grey), np.array(boxes, float))


def in_pixels(boxes: np.ndarray, line: RecognisedLine) -> np.ndarray:
    height, width = line.grey.shape
    return boxes * (width, height, width, height) + 0.5


def plain(grey: np.ndarray) -> None:
    """Leave the line as it is."""


def underlined(grey: np.ndarray) -> None:
    grey[36:38] = 30


def between_rules(grey: np.ndarray) -> None:
    grey[4:6] = grey[45:47] = 30


def dashed_above(grey: np.ndarray) -> None:
    for start in range(0, grey.shape[1] - 6, 12):
        grey[9:11, start : start + 7] = 30


def descenders_above(grey: np.ndarray) -> None:
    for start in range(10, grey.shape[1] - 4, 40):
        grey[:8, start : start + 4] = 30


def letters_below(grey: np.ndarray) -> None:
    for start in range(10, grey.shape[1] - 4, 25):
        grey[42:, start : start + 10] = 30


def in_a_cell(grey: np.ndarray) -> None:
    grey[:, 2:4] = grey[:, -4:-2] = 30


def speckled(grey: np.ndarray) -> None:
    rows, columns = np.random.default_rng(1).integers(0, grey.shape, (60, 2)).T
    grey[rows, columns] = 60


def banded(grey: np.ndarray) -> None:
    """Let a dark heading end above and below the letters."""
    grey[:5] = grey[43:] = 250


@pytest.mark.parametrize(
    ("text", "around", "options"),
    [
        pytest.param("Total 1.234,50", plain, {}, id="plain"),
        pytest.param("Größe: äöü 'fi' i;j", plain, {}, id="accents-dots-and-commas-belong-to-their-letters"),
        pytest.param("Total 12.50", plain, {"shift": 4.0}, id="recogniser-is-half-a-step-off"),
        pytest.param("hill 111.11", plain, {"shift": 3.0}, id="narrow-letters-are-paired-in-order"),
        pytest.param("Total 12.50", banded, {"paper": 30, "colour": 240}, id="white-on-a-dark-band"),
        pytest.param("Total 12.50", plain, {"paper": 200, "colour": 120}, id="grey-on-grey"),
        pytest.param("Total 12.50", underlined, {}, id="underlined"),
        pytest.param("Total 12.50", between_rules, {}, id="between-rules-of-a-table"),
        pytest.param("Total 12.50", dashed_above, {}, id="under-a-dashed-rule"),
        pytest.param("Total 12.50", descenders_above, {}, id="descenders-of-the-line-above"),
        pytest.param("Total 12.50", letters_below, {}, id="letters-of-the-line-below"),
        pytest.param("Total 12.50", in_a_cell, {}, id="between-borders-of-a-cell"),
        pytest.param("Total 12.50", speckled, {}, id="specks"),
    ],
)
def test_symbols_get_boxes_around_their_ink(
    text: str, around: Callable[[np.ndarray], None], options: dict[str, Any]
) -> None:
    line, expected = drawn(text, **options)
    around(line.grey)
    (boxes,) = ink.symbol_boxes([line])
    printed = ~np.isnan(expected[:, 0])
    assert in_pixels(boxes, line)[printed] == pytest.approx(expected[printed], abs=TOLERANCE_PIXELS)


def test_joined_letters_are_cut_between_their_middles() -> None:
    line, expected = drawn("annum", spacing=-2.5)
    (boxes,) = ink.symbol_boxes([line])
    found = in_pixels(boxes, line)
    assert found[:, (0, 2)] == pytest.approx(expected[:, (0, 2)], abs=4)
    assert found[0, 0] == pytest.approx(expected[0, 0], abs=TOLERANCE_PIXELS)
    assert found[-1, 2] == pytest.approx(expected[-1, 2], abs=TOLERANCE_PIXELS)


def test_a_letter_joined_with_the_line_below_ends_near_its_own_line() -> None:
    line, expected = drawn("Total 12.50")
    left, _, right, bottom = (round(v) for v in expected[-1])
    line.grey[bottom - 3 :, (left + right) // 2 : (left + right) // 2 + 3] = 20
    (boxes,) = ink.symbol_boxes([line])
    assert in_pixels(boxes, line)[-1, 3] < expected[-1, 3] + 0.4 * (expected[-1, 3] - expected[-1, 1])


def noise(line: RecognisedLine) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 255, line.grey.shape).astype(np.uint8)


def blank(line: RecognisedLine) -> np.ndarray:
    return np.full_like(line.grey, 200)


def faint(line: RecognisedLine) -> np.ndarray:
    return (200 + line.grey // 20).astype(np.uint8)


@pytest.mark.parametrize("change", [noise, blank, faint])
def test_a_line_whose_ink_is_doubtful_keeps_its_slices(change: Callable[[RecognisedLine], np.ndarray]) -> None:
    line, _ = drawn("Total 12.50")
    doubtful = line._replace(grey=change(line))
    (boxes,), (expected,) = ink.symbol_boxes([doubtful]), ink.slices([doubtful])
    assert boxes == pytest.approx(expected)


def test_a_symbol_without_ink_gets_its_slice_as_high_as_the_line() -> None:
    line, expected = drawn("12.50")
    left, _, right, _ = (round(v) for v in expected[3])
    line.grey[:, left:right] = 250
    (boxes,) = ink.symbol_boxes([line])
    missing, symbol = in_pixels(boxes, line)[3], line.symbols[3]
    assert boxes[3, (0, 2)] == pytest.approx((symbol.start, symbol.end))
    assert missing[1] == pytest.approx(np.nanmin(expected[:, 1]), abs=TOLERANCE_PIXELS)
    assert missing[3] == pytest.approx(np.nanmax(expected[:, 3]), abs=TOLERANCE_PIXELS)


def test_lines_do_not_affect_each_other() -> None:
    lines = [drawn(text).line for text in ("Total 12.50", "Größe", "hill", "x")]
    empty = RecognisedLine((), 0.0, np.full((LINE_HEIGHT_PIXELS, 16), 255, np.uint8))
    space = lines[3]._replace(symbols=(RecognisedSymbol(" ", 0.0, 0.5, 1.0, 0.9),))
    lines = [lines[0], empty, space, *lines[1:]]
    many = lines * (2 * ink.MAX_STRIP_PIXELS // sum(line.grey.shape[1] for line in lines))
    alone = [ink.symbol_boxes([line])[0] for line in lines]
    for number, boxes in enumerate(ink.symbol_boxes(many)):
        assert boxes == pytest.approx(alone[number % len(lines)])


def test_no_lines_have_no_boxes() -> None:
    assert ink.symbol_boxes([]) == []


def test_a_part_of_a_tilted_rectangle_is_tilted() -> None:
    turn = cv2.getRotationMatrix2D((0.5, 0.5), -10, 1.0)

    def tilted(box: Box) -> Quad:
        return Quad(*(Point(*(turn @ (*corner, 1.0))) for corner in quad_of(box)))

    part = ink.within(tilted(Box(0.2, 0.4, 0.8, 0.5)), 0.25, 0.2, 0.5, 0.7)
    assert np.array(part) == pytest.approx(np.array(tilted(Box(0.35, 0.42, 0.5, 0.47))))


def test_fitting_a_page_takes_a_few_milliseconds() -> None:
    lines = [drawn("Position 12 Widget 1.234,50").line] * 60
    spent = []
    for _ in range(3):
        begin = time.thread_time()
        ink.symbol_boxes(lines)
        spent.append(time.thread_time() - begin)
    assert min(spent) < 0.1  # reading these lines takes over half a second
