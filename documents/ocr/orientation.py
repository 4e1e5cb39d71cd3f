"""Decide how text is turned, by the rectangles of lines and by how surely they are read."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence

import numpy as np

from documents.ocr.detection import Corners, start_at
from documents.ocr.recognition import RecognisedLine, input_width, is_tall, tallness

Read = Callable[[Corners], RecognisedLine]
"""Reads one line, whose text begins at the first corner."""

SAMPLE_LINES = 5
"""Longest lines, by which a page is judged to be upside down."""
MIN_SAMPLE_LETTERS = 20
"""A page whose sample has fewer letters is judged by more lines, and by reading them both ways: rules, amounts and a
word such as `Total` are read upside down with much confidence too."""
MAX_SAMPLE_LINES = 16
"""A bound for pages with hardly any letters."""
MIN_LINE_RATIO = 2.5
"""A rectangle this many times longer than thick shows the direction of its text: that of a lone `1` reaches 2.3."""
MIN_DOUBTFUL_SHARE = 0.2
"""With at least this share of a page's text in each direction, its lines are read to see which one is right."""
DOUBTFUL_LINES = 3
"""Lines that are read in each direction, both ways, if it is doubtful."""
MIN_DOUBTFUL_PIECES = 12
"""Rectangles of a page that is tried in both directions if its sample has few letters; logos have fewer."""
MIN_LETTER_RATIO = 2.0
"""A page is turned the other way if its sample has this many times more letters there."""
DOUBTFUL_SYMBOLS = 12
"""Rectangles that are read in all directions where none is long, the largest first."""
MIN_GAIN_OF_DIRECTION = 0.05
"""Text must be read this much more confidently in one direction to decide."""
MIN_DECIDING_LETTERS = 8
"""With this many letters in both readings, letters decide which way up a page is."""
MIN_GAIN_OF_SYMBOLS = 0.03
"""Without letters, a page is upside down if its symbols are read this much more confidently the other way: a page of
amounts was read with 1.00 upright and 0.84 upside down, a single amount with 1.00 and 0.95."""
MIN_CONFIDENCE_OF_SYMBOLS = 0.9
"""Symbols that are read with less confidence, and are not letters, are logos and smudges more often than text."""
MAX_SYMBOL_TALLNESS = 3.0
"""A taller rectangle holds more than one upright character."""
MIN_SYMBOL_CONFIDENCE = 0.8
"""An upright character that is read less confidently than this gets its sideways reading, if that is surer."""
MIN_SIDEWAYS_CONFIDENCE = 0.9
"""Several characters in a rectangle that could hold a single one run along it if they are read this confidently."""


def runs_sideways(found: Sequence[Corners], read: Read) -> bool:
    """Return whether most text runs along the vertical sides of its rectangles.

    Long rectangles show it, each as much as it is long. Where there are none, or many in both directions, a few are
    read both ways: the detector finds single characters of tables and forms, and columns of them, as lines.

    Args:
        found: rectangles around the page's lines, clockwise from the top left.
        read: reads one line.
    """
    ratios = [tallness(corners) for corners in found]
    tall = sorted((i for i, ratio in enumerate(ratios) if ratio >= MIN_LINE_RATIO), key=lambda i: -ratios[i])
    wide = sorted((i for i, ratio in enumerate(ratios) if 1 / ratio >= MIN_LINE_RATIO), key=lambda i: ratios[i])
    down, across = sum(ratios[i] for i in tall), sum(1 / ratios[i] for i in wide)
    if down or across:
        is_sideways = down > across
        if min(down, across) < MIN_DOUBTFUL_SHARE * (down + across):
            return is_sideways
        along, other = [found[i] for i in tall[:DOUBTFUL_LINES]], [found[i] for i in wide[:DOUBTFUL_LINES]]
    else:
        is_sideways = sum(map(is_tall, found)) > len(found) / 2
        along = other = sorted(found, key=lambda corners: -float(np.ptp(corners, axis=0).sum()))[:DOUBTFUL_SYMBOLS]
    gain = _confidence_both_ways(along, 1, read) - _confidence_both_ways(other, 0, read)
    return gain > 0 if abs(gain) >= MIN_GAIN_OF_DIRECTION else is_sideways


def _confidence_both_ways(lines: Sequence[Corners], first: int, read: Read) -> float:
    """Return the mean confidence of lines that begin at a corner or, if surer, opposite it."""
    ways = ([read(start_at(corners, first + turn)) for corners in lines] for turn in (0, 2))
    return max(map(_symbol_confidence, ways))


def read_sample(found: Sequence[Corners], read: Read) -> dict[int, RecognisedLine]:
    """Read the longest horizontal lines until there are enough letters; return them by index."""
    horizontal = [i for i, corners in enumerate(found) if not is_tall(corners)]
    lines: dict[int, RecognisedLine] = {}
    for i in sorted(horizontal, key=lambda i: -input_width(found[i]))[:MAX_SAMPLE_LINES]:
        if len(lines) >= SAMPLE_LINES and letter_count(lines.values()) >= MIN_SAMPLE_LETTERS:
            break
        lines[i] = read(found[i])
    return lines


def has_more_letters(lines: Collection[RecognisedLine], others: Collection[RecognisedLine]) -> bool:
    """Return whether a sample has so many more letters that its way of turning is right."""
    weight, other_weight = (letter_count(sample) * letter_confidence(sample) for sample in (lines, others))
    return weight >= MIN_DECIDING_LETTERS and weight >= MIN_LETTER_RATIO * other_weight


def letter_count(lines: Iterable[RecognisedLine]) -> int:
    """Return the number of letters."""
    return sum(symbol.text.isalpha() for line in lines for symbol in line.symbols)


def letter_confidence(lines: Iterable[RecognisedLine]) -> float:
    """Return the mean confidence of letters, 0 without any.

    Digits and rules are left out because they are read with almost as much confidence upside down.
    """
    letters = [symbol.confidence for line in lines for symbol in line.symbols if symbol.text.isalpha()]
    return sum(letters) / len(letters) if letters else 0.0


def is_upside_down(upright: Collection[RecognisedLine], flipped: Collection[RecognisedLine]) -> bool:
    """Return whether a sample is read better upside down, by its letters or all its symbols.

    All symbols count if there are few letters. One misread digit proves nothing.
    """
    counts = letter_count(upright), letter_count(flipped)
    totals = _symbol_count(upright), _symbol_count(flipped)
    is_text = any(2 * count >= total > 0 for count, total in zip(counts, totals, strict=True))
    if is_text or min(counts) >= MIN_DECIDING_LETTERS:
        return letter_confidence(flipped) > letter_confidence(upright)
    confidence = _symbol_confidence(flipped)
    gain = confidence - _symbol_confidence(upright)
    return confidence >= MIN_CONFIDENCE_OF_SYMBOLS and gain >= MIN_GAIN_OF_SYMBOLS


def read_tall(corners: Corners, read: Read) -> tuple[Corners, RecognisedLine]:
    """Read a rectangle that is taller than wide: text along it, or a single upright character.

    Args:
        corners: clockwise from the top left.
        read: reads one line.

    Returns:
        The corners, clockwise from the text's own top left, and the line.
    """
    down = start_at(corners, 1)
    line = read(down)
    if tallness(corners) > MAX_SYMBOL_TALLNESS:
        return down, line
    upright, up = read(corners), start_at(corners, 3)
    surest, sideways = max(((down, line), (up, read(up))), key=lambda reading: reading[1].confidence)
    if len(sideways.symbols) > 1 and sideways.confidence >= MIN_SIDEWAYS_CONFIDENCE:
        return surest, sideways
    if len(upright.symbols) != 1:
        return down, line
    if upright.confidence < MIN_SYMBOL_CONFIDENCE and sideways.confidence > upright.confidence:
        only = tuple(symbol._replace(start=0.0, end=1.0) for symbol in sideways.symbols[:1])
        upright = upright._replace(
            symbols=only, confidence=sideways.confidence
        )  # a round character is read sideways as well
    return corners, upright


def _symbol_count(lines: Iterable[RecognisedLine]) -> int:
    return sum(len(line.symbols) for line in lines)


def _symbol_confidence(lines: Iterable[RecognisedLine]) -> float:
    symbols = [symbol.confidence for line in lines for symbol in line.symbols]
    return sum(symbols) / len(symbols) if symbols else 0.0
