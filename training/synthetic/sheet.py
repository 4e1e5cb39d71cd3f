"""Hold a page while it is composed: positioned words, and the field each word belongs to."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

Key = str | tuple[str | int, ...]
"""A concept of the vocabulary, or ("items", row, column) for a cell."""
Align = Literal["left", "right", "center"]

_NARROW = frozenset("iljtfrI.,:;'|!()[]/-1 ")
_WIDE = frozenset("mwMWQOGDCHN@%€&")


@lru_cache(maxsize=200_000)
def _units(text: str) -> float:
    """Return the width of a text in type heights, in an ordinary proportional font."""
    return sum(0.3 if c in _NARROW else 0.75 if c in _WIDE else 0.54 for c in text)


@dataclass
class Sheet:
    """A page of `width` x `height` points with its origin at the top left.

    `spans` maps each key to its occurrences, each a list of word numbers.
    """

    rng: random.Random
    width: float
    height: float
    fixed_width: bool = False
    upper: bool = False
    texts: list[str] = field(default_factory=list)
    boxes: list[tuple[float, float, float, float]] = field(default_factory=list)
    spans: dict[Key, list[list[int]]] = field(default_factory=dict)
    end: float = 0.0
    """Right edge of the last text."""

    def text_width(self, text: str, size: float) -> float:
        """Return the width of a text in points at a type size in points."""
        if self.fixed_width:
            return 0.6 * size * len(text)
        return _units(text) * size

    def put(
        self, text: str, x: float, y: float, size: float, key: Key | None = None, align: Align = "left"
    ) -> list[int]:
        """Print one line of text with its top at `y`; return the numbers of its words."""
        if self.upper:
            text = text.upper()
        words = text.split()
        if not words:
            return []
        space = (0.6 if self.fixed_width else 0.28) * size
        widths = [self.text_width(word, size) for word in words]
        total = sum(widths) + space * (len(words) - 1)
        if align == "right":
            x -= total
        elif align == "center":
            x -= total / 2
        first = len(self.texts)
        for word, width in zip(words, widths, strict=True):
            self.texts.append(word)
            self.boxes.append((x, y, x + width, y + size))
            x += width + space
        self.end = x - space
        numbers = list(range(first, len(self.texts)))
        if key is not None:
            self.mark(key, numbers)
        return numbers

    def mark(self, key: Key, numbers: Sequence[int]) -> None:
        """Record an occurrence of a key, given as word numbers; an empty one is ignored."""
        if numbers:
            self.spans.setdefault(key, []).append(list(numbers))

    def lowest(self) -> float:
        """Return the lowest edge of any text, in points."""
        return max((box[3] for box in self.boxes), default=0.0)

    def wrapped(self, text: str, width: float, size: float) -> list[str]:
        """Break a text into lines that fit `width`."""
        lines: list[str] = []
        for word in text.split():
            if lines and self.text_width(f"{lines[-1]} {word}", size) <= width:
                lines[-1] += f" {word}"
            else:
                lines.append(word)
        return lines


@dataclass(frozen=True)
class ComposedPage:
    """A finished page in reading order.

    `boxes` are page fractions; `starts[i]` says whether a new line (or cell) begins with word `i`.
    """

    texts: tuple[str, ...]
    boxes: tuple[tuple[float, float, float, float], ...]
    starts: tuple[bool, ...]
    spans: dict[Key, list[list[int]]]
    aspect: float


CELL_GAP = 1.0
"""A gap wider than this, in line heights, begins a new cell; the reader has the same rule."""


def finish(sheet: Sheet) -> ComposedPage:
    """Sort the words as a reader does: rows from top to bottom, each from left to right."""
    height = max(sheet.height, sheet.lowest() + 10)
    order = sorted(range(len(sheet.texts)), key=lambda i: sheet.boxes[i][1] + sheet.boxes[i][3])
    rows: list[list[int]] = []
    middle = extent = 0.0
    for i in order:
        _, top, _, bottom = sheet.boxes[i]
        mid, tall = (top + bottom) / 2, bottom - top
        if not rows or abs(mid - middle) > 0.5 * min(tall, extent):
            rows.append([i])
            middle, extent = mid, tall
        else:
            rows[-1].append(i)
    texts: list[str] = []
    boxes: list[tuple[float, float, float, float]] = []
    starts: list[bool] = []
    place: dict[int, int] = {}
    for row in rows:
        row.sort(key=lambda i: sheet.boxes[i][0])
        right = None
        for i in row:
            left, top, end, bottom = sheet.boxes[i]
            starts.append(right is None or left - right > CELL_GAP * (bottom - top))
            right = end
            place[i] = len(texts)
            texts.append(sheet.texts[i])
            boxes.append(
                (
                    min(max(left / sheet.width, 0.0), 1.0),
                    min(max(top / height, 0.0), 1.0),
                    min(max(end / sheet.width, 0.0), 1.0),
                    min(max(bottom / height, 0.0), 1.0),
                )
            )
    spans = {key: [[place[i] for i in found] for found in occurrences] for key, occurrences in sheet.spans.items()}
    return ComposedPage(tuple(texts), tuple(boxes), tuple(starts), spans, sheet.width / height)


def cropped(rng: random.Random, page: ComposedPage) -> ComposedPage:
    """Crop a page to a band, as a cut-out picture; values outside it are dropped from the truth."""
    middles = sorted({(box[1] + box[3]) / 2 for box in page.boxes})
    first = rng.randrange(len(middles))
    last = min(len(middles) - 1, first + rng.randint(2, max(3, len(middles) // 2)))
    top, bottom = middles[first] - 0.01, middles[last] + 0.01
    kept = [i for i, box in enumerate(page.boxes) if top <= (box[1] + box[3]) / 2 <= bottom]
    place = {old: new for new, old in enumerate(kept)}
    low = min(page.boxes[i][1] for i in kept)
    scale = 1 / max(max(page.boxes[i][3] for i in kept) - low, 1e-3) * rng.uniform(0.8, 1.0)
    boxes = tuple(
        (left, min((y - low) * scale, 1.0), right, min((end - low) * scale, 1.0))
        for left, y, right, end in (page.boxes[i] for i in kept)
    )
    spans = {
        key: whole
        for key, occurrences in page.spans.items()
        if (whole := [[place[i] for i in span] for span in occurrences if all(i in place for i in span)])
    }
    return ComposedPage(
        tuple(page.texts[i] for i in kept), boxes, tuple(page.starts[i] for i in kept), spans, page.aspect * scale
    )
