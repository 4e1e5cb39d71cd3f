"""Join the parts of one amount: raised cents, and digits after a stray gap.

Raised digits become superscript symbols (`24⁹⁵`), which say what is printed. The word's text has them as decimals
(`24,95`), so that everything that looks for amounts finds one. A single raised digit is a footnote's mark.
"""

from __future__ import annotations

import bisect
import math
import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from statistics import median
from typing import NamedTuple

from documents.placed import PlacedLine, PlacedWord, word_of
from schemas.geometry import Point, Quad
from schemas.normalise import numbers
from schemas.normalise.split_numbers import Split, split_number
from schemas.pages import Line, Symbol, make_line

MAX_RAISED_SHARE = 0.8
"""Height of raised digits as a share of the digits before them: 0.55 to 0.75 in print, 1 for digits on the baseline."""
MIN_RAISED_SHARE = 0.35
"""Smaller marks are not digits that anyone could read."""
MIN_LIFT_SHARE = 0.15
"""Share of the digits' height by which raised digits end above the baseline; digits on it differ by less than 0.05."""
MAX_TOP_SHARE = 0.3
"""Share of the digits' height by which raised digits may begin below or above the top of the digits before them."""
MAX_RAISED_GAP_HEIGHTS = 0.5
"""Gap in front of raised digits, in heights of the digits before them; a space is wider in most type."""
MAX_STRAY_GAP_HEIGHTS = 0.7
"""Gap within a number, in heights of the type; 0.2 to 0.6 was seen, and columns are farther apart."""
MAX_SIZE_SHARE = 1.15
"""Parts of a number are printed in one size: their heights differ by at most this factor."""
SEARCH_HEIGHTS = 2.0
"""Distance in heights of the cents within which their amount is looked for; the exact gap is measured afterwards."""
BAND_PAGE_HEIGHTS = 0.02
"""Height of the bands in which amounts are looked up; raised cents end in the band of their amount or the one above."""
_ENDS = frozenset("0123456789.,")
_TWO_DIGITS = re.compile(r"\d{2}(?!\d)")
_RAISED = re.compile(r"(?<!\d)(\d+)([.,]?)(\d{2})(?!\d)")
_PRINTED_CENTS = re.compile(rf"(?<![\w])(\d[\d.,']*?)([.,]?)({numbers.RAISED_CENTS})")
_SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


class _Extent(NamedTuple):
    """The extent of a symbol or a word along and across its text, in page heights."""

    start: float
    end: float
    top: float
    bottom: float

    @property
    def height(self) -> float:
        return self.bottom - self.top


def join_raised_cents(lines: Sequence[PlacedLine], aspect: float) -> list[PlacedLine]:
    """Return lines with raised cents in the word of their amount, wherever the cents were found.

    Raised cents are often too high for the row of their amount, so they are joined before rows are formed.

    Args:
        lines: words that are known to belong together, in page fractions.
        aspect: page width divided by page height.
    """
    numbers = [i for i, line in enumerate(lines) if line and line[-1].symbols[-1].text in _ENDS]
    cents = [i for i, line in enumerate(lines) if line and _TWO_DIGITS.match(_text(line[0]))]
    if not numbers or not cents:
        return list(lines)
    bands: dict[int, list[tuple[float, int]]] = defaultdict(list)
    for number in numbers:
        extent = _extent(lines[number][-1].quad, lines[number][-1].quad, aspect)
        bisect.insort(bands[int(extent.bottom / BAND_PAGE_HEIGHTS)], (extent.end, number))
    made: list[PlacedLine] = list(lines)
    for index in cents:
        extent = _extent(lines[index][0].quad, lines[index][0].quad, aspect)
        band, reach = int(extent.bottom / BAND_PAGE_HEIGHTS), SEARCH_HEIGHTS * extent.height
        for ends in (bands[band], bands[band + 1]):
            near = ends[
                bisect.bisect_left(ends, (extent.start - reach, 0)) : bisect.bisect(ends, (extent.start + reach,))
            ]
            for _, number in near:
                word = made[number] and number != index and _with_raised_cents(made[number][-1], made[index][0], aspect)
                if word:
                    made[number] = [*made[number][:-1], word, *made[index][1:]]
                    made[index] = ()
                    break
            if not made[index]:
                break
    return [line for line in made if line]


def words_with_amounts_joined(words: Sequence[PlacedWord], aspect: float) -> list[tuple[Symbol, ...]]:
    """Return the symbols of each word of a line, with the parts of one amount as one word.

    Args:
        words: of one line, from left to right, in page fractions.
        aspect: page width divided by page height.
    """
    if not any(symbol.text.isdecimal() for word in words for symbol in word.symbols):
        return [word.symbols for word in words]
    made: list[PlacedWord] = []
    for word in words:
        if made and (joined := _with_raised_cents(made[-1], word, aspect)):
            made[-1] = joined
        else:
            made.append(word)
    made = [_with_raised_end(word, aspect) for word in made]
    return [word.symbols for word in _without_stray_gaps(made, aspect)]


def with_plain_cents(lines: Sequence[Line]) -> list[Line]:
    """Return the lines of a page with raised cents as decimals in the texts of words.

    The page's other amounts decide between point and comma.
    """
    if not any(_PRINTED_CENTS.search(line.text) for line in lines):
        return list(lines)
    usual = numbers.decimal_mark([line.text for line in lines]) or "."

    def plain(match: re.Match[str]) -> str:
        whole, mark, cents = match.groups()
        if not mark:
            mark = "," if "." in whole else "." if "," in whole else usual
        return f"{whole}{mark}{unicodedata.normalize('NFKC', cents)}"

    made: list[Line] = []
    for line in lines:
        words = tuple(replace(word, text=_PRINTED_CENTS.sub(plain, word.text)) for word in line.words)
        made.append(line if words == line.words else make_line(words))
    return made


def _with_raised_cents(word: PlacedWord, cents: PlacedWord, aspect: float) -> PlacedWord | None:
    """Return the two as one word if the second begins with the raised cents of the first."""
    before, after = _text(word), _text(cents)
    if not re.search(r"\d[.,]?$", before) or not _TWO_DIGITS.match(after):
        return None
    both = word_of(word.symbols + cents.symbols, word.quad, cents.quad)
    made = _with_raised_end(both, aspect)
    if made is both:
        return None
    extent, next_extent = (_extent(w.quad, word.quad, aspect) for w in (word, cents))
    return made if abs(next_extent.start - extent.end) <= MAX_RAISED_GAP_HEIGHTS * extent.height else None


def _with_raised_end(word: PlacedWord, aspect: float) -> PlacedWord:
    """Return the word with its last two digits as superscripts, if they are raised."""
    if len(word.symbols) < 3:  # a digit and two cents
        return word
    for match in _RAISED.finditer(_text(word)):
        whole, cents = (word.symbols[match.start(group) : match.end(group)] for group in (1, 3))
        large, small = ([_extent(s.quad, word.quad, aspect) for s in part] for part in (whole, cents))
        if _are_raised(large, small):
            lifted = tuple(s._replace(text=s.text.translate(_SUPERSCRIPT)) for s in cents)
            return word._replace(symbols=word.symbols[: match.start(3)] + lifted + word.symbols[match.end(3) :])
    return word


def _are_raised(large: Sequence[_Extent], small: Sequence[_Extent]) -> bool:
    height, top, bottom = (median(values) for values in zip(*((e.height, e.top, e.bottom) for e in large), strict=True))
    return all(
        MIN_RAISED_SHARE * height <= digit.height <= MAX_RAISED_SHARE * height
        and bottom - digit.bottom >= MIN_LIFT_SHARE * height
        and abs(digit.top - top) <= MAX_TOP_SHARE * height
        for digit in small
    )


def _without_stray_gaps(words: Sequence[PlacedWord], aspect: float) -> list[PlacedWord]:
    texts = [_text(word) for word in words]
    made: list[PlacedWord] = []
    for index, word in enumerate(words):
        if made and made[-1].symbols[-1].text in "0123456789.,/-":
            before = texts[index - 2] if index > 1 else ""
            after = texts[index + 1] if index + 1 < len(words) else ""
            left = _text(made[-1])
            if split_number(left, texts[index], before, after) is Split.CERTAIN and _is_near(made[-1], word, aspect):
                made[-1] = word_of(made[-1].symbols + word.symbols, made[-1].quad, word.quad)
                continue
        made.append(word)
    return made


def _is_near(left: PlacedWord, right: PlacedWord, aspect: float) -> bool:
    """Return whether two words are in one size on one baseline, close to each other."""
    before, after = (_extent(word.quad, left.quad, aspect) for word in (left, right))
    small, large = sorted((before.height, after.height))
    same_line = abs(before.bottom - after.bottom) <= (MAX_SIZE_SHARE - 1) * large
    return large <= MAX_SIZE_SHARE * small and same_line and after.start - before.end <= MAX_STRAY_GAP_HEIGHTS * small


def _text(word: PlacedWord) -> str:
    """Return one character per symbol."""
    return "".join(symbol.text[:1] or " " for symbol in word.symbols)


def _extent(quad: Quad, direction: Quad, aspect: float) -> _Extent:
    """Measure a quad along the direction of another one's text."""
    x = (direction.top_right.x - direction.top_left.x) * aspect
    y = direction.top_right.y - direction.top_left.y
    length = math.hypot(x, y) or 1.0
    x, y = x / length, y / length

    def along(point: Point) -> float:
        return point.x * aspect * x + point.y * y

    def across(point: Point) -> float:
        return point.y * x - point.x * aspect * y

    top_left, top_right, bottom_right, bottom_left = quad
    top, bottom = (across(top_left) + across(top_right)) / 2, (across(bottom_left) + across(bottom_right)) / 2
    return _Extent(along(top_left), along(bottom_right), top, bottom)
