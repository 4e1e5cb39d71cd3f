"""Fit the boxes of symbols to their ink.

The recogniser reports where along a line it read a symbol, in steps of eight pixels; the detector's rectangle is about
twice as high as the type. Here the lines' pictures are divided into ink and paper, rules and neighbouring lines are
removed, and each connected component of ink is given to the symbol that was read nearest to it.

All lines of a page are treated at once, one after the other in a strip, because a call costs more than its pixels.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from documents.ocr.recognition import LINE_HEIGHT_PIXELS, RecognisedLine
from schemas.geometry import Point, Quad

CORE_ROWS = (14, 34)
"""First row and the one after the last that hold part of every letter: the detector's rectangle is centred on them."""
MIN_CONTRAST_GREY_LEVELS = 30.0
"""Difference between the mean grey levels of ink and paper below which their division is doubtful."""
MAX_INK_SHARE = 0.6
"""Share of ink in the core rows above which the division is doubtful: bold type has up to 0.5."""
MAX_EDGES_SHARE = 0.35
"""Share of neighbouring pixels along a row that differ, above which the line is grain: strokes are two pixels wide and
more, and as far apart."""
MAX_COMPONENTS_PER_SYMBOL = 5.0
"""With more components of ink per symbol, the line is noise or a photograph."""
MIN_RULE_PIXELS = 64
"""Longer horizontal strokes are rules and borders: the longest dash is as long as the type is high."""
MIN_COMPONENT_PIXELS = 5
"""Smaller components are specks: the full stops of type that is readable at all have more."""
MAX_MARK_DISTANCE_HEIGHTS = 0.3
"""Accents, commas and dots lie within the height of the letters, or this share of it above or below."""
MAX_MARKS_SHARE = 0.25
"""Ink above or below the letters that covers more than this share of a line's length is a dashed or broken rule."""
MAX_SHIFT_PIXELS = 12.0
"""When a word has as many pieces of ink as symbols, they are paired in order, unless one is further than this from
where its symbol was read."""
MIN_SHARED_WIDTH = 0.5
"""Components that share this much of the narrower one's width are parts of one symbol, such as an i and its dot."""
CUT_REACH_PIXELS = 5
"""Symbols whose ink is joined are cut apart at the thinnest column this near to the middle between them."""
MAX_STRIP_PIXELS = 65_536
"""Width of a strip of lines; a full page of small print has less, and a page of noise must not take all memory."""
_GAP_PIXELS = 2
"""Blank columns between the lines of the strip, so that no component crosses them."""

SymbolBoxes = NDArray[np.float64]
"""One row for each symbol of a line: left, top, right, bottom as fractions of the line's rectangle."""
Fit = Callable[[Sequence[RecognisedLine]], list[SymbolBoxes]]
"""A function that returns the boxes of the symbols of a page's lines."""


def within(quad: Quad, left: float, top: float, right: float, bottom: float) -> Quad:
    """Return a part of a line's rectangle.

    Args:
        quad: the rectangle, clockwise from the text's own top left.
        left: where the part begins, as a fraction of the line's length.
        top: where it begins, as a fraction of the line's height.
        right: where it ends along the line.
        bottom: where it ends across the line.
    """
    part = quad.part(left, right)
    down = Point(part.bottom_left.x - part.top_left.x, part.bottom_left.y - part.top_left.y)

    def lowered(point: Point, share: float) -> Point:
        return Point(point.x + down.x * share, point.y + down.y * share)

    return Quad(
        lowered(part.top_left, top),
        lowered(part.top_right, top),
        lowered(part.top_right, bottom),
        lowered(part.top_left, bottom),
    )


def slices(lines: Sequence[RecognisedLine]) -> list[SymbolBoxes]:
    """Return the slices of the lines' rectangles in which the symbols were read."""
    return [np.array([(s.start, 0.0, s.end, 1.0) for s in line.symbols], float).reshape(-1, 4) for line in lines]


def symbol_boxes(lines: Sequence[RecognisedLine]) -> list[SymbolBoxes]:
    """Return boxes around the ink of each symbol.

    A symbol without ink of its own gets its slice of the line, as high as the line's ink; all symbols of a line whose
    ink cannot be told from the paper get the slices of `slices`. The boxes of spaces mean nothing.
    """
    boxes = slices(lines)
    for numbers in _batches(lines):
        strip = _strip(lines, numbers)
        if strip is not None:
            for number, fitted in _fitted(strip, _pieces(strip), lines).items():
                boxes[number] = fitted
    return boxes


def _batches(lines: Sequence[RecognisedLine]) -> Iterator[list[int]]:
    """Yield the indices of lines with text, in groups that fit into one strip."""
    batch: list[int] = []
    width = 0
    for number, line in enumerate(lines):
        if all(symbol.text.isspace() for symbol in line.symbols):
            continue
        columns = line.grey.shape[1] + _GAP_PIXELS
        if batch and width + columns > MAX_STRIP_PIXELS:
            yield batch
            batch, width = [], 0
        batch.append(number)
        width += columns
    if batch:
        yield batch


class _Strip(NamedTuple):
    """The ink of all lines that have any, side by side."""

    ink: NDArray[np.uint8]
    """1 for ink, 0 for paper, shape (48, width of all lines)."""
    numbers: list[int]
    """The index of each line among the lines of the page."""
    starts: NDArray[np.int64]
    """The first column of each line, and the one after the last line."""


class _Pieces(NamedTuple):
    """Connected components of ink, sorted by line and then from left to right; one entry each."""

    left: NDArray[np.int64]
    top: NDArray[np.int64]
    right: NDArray[np.int64]
    bottom: NDArray[np.int64]
    line: NDArray[np.int64]
    """Index into the lines of the strip."""
    label: NDArray[np.int64]
    """The component's number in `labels`."""
    labels: NDArray[Any]
    """The component of each pixel, 0 for none; of the strip's shape."""

    def chosen(self, which: NDArray[np.bool_] | NDArray[np.int64]) -> _Pieces:
        """Return some of the components."""
        left, top, right, bottom, line, label = (values[which] for values in self[:6])
        return _Pieces(left, top, right, bottom, line, label, self.labels)


def _strip(lines: Sequence[RecognisedLine], candidates: Sequence[int]) -> _Strip | None:
    """Divide the lines into ink and paper; return None if that is doubtful for all of them."""
    inks: list[NDArray[np.uint8]] = []
    numbers: list[int] = []
    for number in candidates:
        if (ink := _binarised(lines[number].grey)) is not None:
            inks.append(ink)
            numbers.append(number)
    if not inks:
        return None
    gap = np.zeros((LINE_HEIGHT_PIXELS, _GAP_PIXELS), np.uint8)
    strip = np.concatenate([part for ink in inks for part in (ink, gap)], axis=1)
    rules = cv2.morphologyEx(strip, cv2.MORPH_OPEN, np.ones((1, MIN_RULE_PIXELS), np.uint8))
    if rules.any():
        strip[cv2.dilate(rules, np.ones((3, 1), np.uint8)) > 0] = 0
    starts = np.cumsum([0, *(ink.shape[1] + _GAP_PIXELS for ink in inks)])
    return _Strip(strip, numbers, starts)


def _binarised(grey: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
    """Return 1 for ink and 0 for paper, or None if they can hardly be told apart.

    The threshold is Otsu's, of the rows that hold letters. Paper is what there is more of in these rows, so that white
    letters on a dark ground are ink too.
    """
    core = np.ascontiguousarray(grey[slice(*CORE_ROWS)])
    threshold, light = cv2.threshold(core, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    share = cv2.countNonZero(light) / core.size
    if not 1 - MAX_INK_SHARE <= max(share, 1 - share) < 1:
        return None
    if cv2.mean(core, light)[0] - cv2.mean(core, 255 - light)[0] < MIN_CONTRAST_GREY_LEVELS:
        return None
    if cv2.countNonZero(cv2.absdiff(light[:, 1:], light[:, :-1])) > MAX_EDGES_SHARE * core.size:
        return None
    kind = cv2.THRESH_BINARY_INV if share >= 0.5 else cv2.THRESH_BINARY
    return np.asarray(cv2.threshold(grey, threshold, 1, kind)[1], np.uint8)


def _pieces(strip: _Strip) -> _Pieces:
    """Return the components that belong to the lines' own text."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(strip.ink, connectivity=8, ltype=cv2.CV_32S)
    left, top, width, height, area = stats[1:].T.astype(np.int64)
    right, bottom = left + width, top + height
    line = np.searchsorted(strip.starts, left, side="right") - 1
    first, last = CORE_ROWS
    is_in_core = (top < last) & (bottom > first)
    at_top, at_bottom = top == 0, bottom == LINE_HEIGHT_PIXELS
    is_border = at_top & at_bottom & (width * 4 < height)
    is_text = (area >= MIN_COMPONENT_PIXELS) & ~is_border & (is_in_core | ~(at_top | at_bottom))
    # letters give the height of the type; what touches an edge may be a neighbour's, unless nothing else is there
    band_top, band_bottom = _band(strip, line, top, bottom, is_text & is_in_core & ~at_top & ~at_bottom)
    reach = np.round(MAX_MARK_DISTANCE_HEIGHTS * (band_bottom - band_top)).astype(np.int64)
    highest, lowest = (band_top - reach)[line], (band_bottom + reach)[line]
    is_text &= is_in_core | ((top >= highest) & (bottom <= lowest))
    is_joined = is_text & (at_top | at_bottom)  # perhaps with a neighbour's letter, or a pen's stroke
    top, bottom = (
        np.where(is_joined, np.maximum(top, highest), top),
        np.where(is_joined, np.minimum(bottom, lowest), bottom),
    )
    for is_mark in (is_text & (bottom <= first), is_text & (top >= last)):
        inked = np.bincount(line[is_mark], width[is_mark], len(strip.numbers))
        is_rule = inked > MAX_MARKS_SHARE * np.diff(strip.starts)
        is_text &= ~(is_mark & is_rule[line])
    is_text &= top < bottom
    pieces = _Pieces(left, top, right, bottom, line, np.arange(1, len(left) + 1), np.asarray(labels))
    pieces = pieces.chosen(is_text)
    return pieces.chosen(np.argsort(pieces.left + pieces.right, kind="stable"))


def _band(
    strip: _Strip,
    line: NDArray[np.int64],
    top: NDArray[np.int64],
    bottom: NDArray[np.int64],
    is_letter: NDArray[np.bool_],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the top and bottom of each line's letters, or the whole height without any."""
    count = len(strip.numbers)
    highest, lowest = np.full(count, LINE_HEIGHT_PIXELS), np.zeros(count, np.int64)
    np.minimum.at(highest, line[is_letter], top[is_letter])
    np.maximum.at(lowest, line[is_letter], bottom[is_letter])
    is_empty = lowest == 0
    highest[is_empty], lowest[is_empty] = 0, LINE_HEIGHT_PIXELS
    return highest, lowest


class _ReadSymbols(NamedTuple):
    """The symbols of the strip without spaces, one entry each.

    Positions are columns of the strip.
    """

    middle: NDArray[np.float64]
    edge: NDArray[np.float64]
    """Beginning of the symbol's part of the strip.

    This is half-way from the symbol before it, or its line's first column.
    """
    word: NDArray[np.int64]
    """Number of the word, counted over the strip."""
    line: NDArray[np.int64]
    """Index into the lines of the strip."""
    position: NDArray[np.int64]
    """Position among all symbols of the line, spaces included."""


def _read_symbols(strip: _Strip, lines: Sequence[RecognisedLine]) -> _ReadSymbols:
    middles: list[float] = []
    words: list[int] = []
    owners: list[int] = []
    indices: list[int] = []
    word = 0
    for owner, number in enumerate(strip.numbers):
        line = lines[number]
        start, width = int(strip.starts[owner]), line.grey.shape[1]
        word += 1
        for index, symbol in enumerate(line.symbols):
            if symbol.text.isspace():
                word += 1
                continue
            middles.append(start + symbol.middle * width)
            words.append(word)
            owners.append(owner)
            indices.append(index)
    middle, line_of = np.array(middles), np.array(owners, np.int64)
    edge = np.concatenate([[0.0], (middle[1:] + middle[:-1]) / 2])
    is_first = np.diff(line_of, prepend=-1) > 0
    edge[is_first] = strip.starts[line_of[is_first]]
    return _ReadSymbols(middle, edge, np.array(words, np.int64), line_of, np.array(indices, np.int64))


def _joined(pieces: _Pieces) -> NDArray[np.int64]:
    """Return the number of each component's glyph, counted from left to right."""
    glyphs: list[int] = []
    glyph, start, end, line = -1, 0, 0, -1
    for left, right, owner in zip(pieces.left.tolist(), pieces.right.tolist(), pieces.line.tolist(), strict=True):
        shared = min(right, end) - max(left, start)
        if owner == line and shared >= MIN_SHARED_WIDTH * min(right - left, end - start):
            start, end = min(start, left), max(end, right)
        else:
            glyph, start, end, line = glyph + 1, left, right, owner
        glyphs.append(glyph)
    return np.array(glyphs, np.int64)


def _fitted(strip: _Strip, pieces: _Pieces, lines: Sequence[RecognisedLine]) -> dict[int, SymbolBoxes]:
    """Return the boxes of each line's symbols, by the line's index on the page."""
    read = _read_symbols(strip, lines)
    if not len(pieces.left):
        return {}
    count = len(read.middle)
    low, high = np.full((count, 2), np.inf), np.full((count, 2), -np.inf)
    owner, is_whole = _owners(pieces, read)
    corners = np.stack([pieces.left, pieces.top], axis=1), np.stack([pieces.right, pieces.bottom], axis=1)
    np.minimum.at(low, owner[is_whole], corners[0][is_whole])
    np.maximum.at(high, owner[is_whole], corners[1][is_whole])
    for number in np.flatnonzero(~is_whole).tolist():
        for symbol, box in _cut(pieces, number, read):
            low[symbol] = np.minimum(low[symbol], box[:2])
            high[symbol] = np.maximum(high[symbol], box[2:])
    return _by_line(strip, read, low, high, np.bincount(pieces.line, minlength=len(strip.numbers)), lines)


def _owners(pieces: _Pieces, read: _ReadSymbols) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the symbol of each component, and whether the component belongs to it alone.

    A word with as many glyphs as symbols is paired in order. Elsewhere, a glyph belongs to the nearest symbol.
    """
    glyph = _joined(pieces)
    first = np.flatnonzero(np.diff(glyph, prepend=-1))
    left, right = np.minimum.reduceat(pieces.left, first), np.maximum.reduceat(pieces.right, first)
    middle = (left + right) / 2
    nearest = np.maximum.accumulate(np.searchsorted(read.edge, middle, side="right") - 1)
    word = read.word[nearest]
    words = int(read.word[-1]) + 1
    starts = np.searchsorted(read.word, np.arange(words))
    is_even = np.bincount(word, minlength=words) == np.bincount(read.word, minlength=words)
    rank = np.arange(len(word)) - np.searchsorted(word, word)
    in_order = np.minimum(starts[word] + rank, len(read.middle) - 1)
    is_far = np.abs(read.middle[in_order] - middle) > MAX_SHIFT_PIXELS
    is_even[word[is_far]] = False
    owner = np.where(is_even[word], in_order, nearest)
    covered = np.searchsorted(read.middle, pieces.right - 2) - np.searchsorted(read.middle, pieces.left + 2)
    return owner[glyph], (covered < 2) | is_even[word][glyph]


def _cut(pieces: _Pieces, number: int, read: _ReadSymbols) -> list[tuple[int, tuple[int, int, int, int]]]:
    """Cut a component into the symbols whose middles it covers.

    Returns:
        Each symbol's index, and its part's left, top, right and bottom in pixels of the strip.
    """
    left, right = int(pieces.left[number]), int(pieces.right[number])
    top, bottom = int(pieces.top[number]), int(pieces.bottom[number])
    ink = pieces.labels[top:bottom, left:right] == pieces.label[number]
    columns = ink.sum(axis=0)
    symbols = range(*np.searchsorted(read.middle, (left + 2, right - 2)).tolist())
    cuts = [0]
    for symbol in symbols[1:]:
        middle = round(float(read.edge[symbol])) - left
        start = max(cuts[-1] + 1, middle - CUT_REACH_PIXELS)
        end = max(start + 1, min(right - left, middle + CUT_REACH_PIXELS + 1))
        cuts.append(start + int(columns[start:end].argmin()) if start < right - left else start)
    cuts.append(right - left)
    parts = []
    for symbol, start, end in zip(symbols, cuts, cuts[1:], strict=False):
        rows = np.flatnonzero(ink[:, start:end].any(axis=1))
        if len(rows):
            parts.append((symbol, (left + start, top + int(rows[0]), left + end, top + int(rows[-1]) + 1)))
    return parts


def _by_line(
    strip: _Strip,
    read: _ReadSymbols,
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    components: NDArray[np.int64],
    lines: Sequence[RecognisedLine],
) -> dict[int, SymbolBoxes]:
    """Turn corners in the strip into fractions of each line's rectangle.

    Args:
        strip: the lines.
        read: the symbols.
        low: left and top of each symbol's ink, infinite without ink.
        high: right and bottom.
        components: number of components in each line.
        lines: the lines of the page.
    """
    fitted: dict[int, SymbolBoxes] = {}
    bounds = np.searchsorted(read.line, np.arange(len(strip.numbers) + 1))
    for owner, number in enumerate(strip.numbers):
        line = lines[number]
        inside = slice(bounds[owner], bounds[owner + 1])
        has_ink = np.isfinite(low[inside, 0])
        symbols = bounds[owner + 1] - bounds[owner]
        if not has_ink.any() or components[owner] > MAX_COMPONENTS_PER_SYMBOL * symbols:
            continue
        size = np.array([line.grey.shape[1], LINE_HEIGHT_PIXELS], float)
        # the middle of the first pixel lies on the rectangle's edge
        start = np.array([strip.starts[owner] + 0.5, 0.5])
        corners = np.hstack([(low[inside] - start) / size, (high[inside] - start) / size])
        (boxes,) = slices([line])
        boxes[:, 1], boxes[:, 3] = corners[has_ink, 1].min(), corners[has_ink, 3].max()
        boxes[read.position[inside][has_ink]] = corners[has_ink]
        fitted[number] = boxes
    return fitted
