"""Read the text layer of a PDF page with PDFium: visible characters with their boxes."""

from __future__ import annotations

import ctypes
import itertools
import math
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from documents.decode.content import DoubtfulFont, TextLayer, only_words
from documents.decode.font_shapes import FontShapes, font_key
from documents.decode.pdf_page import MIN_CONTRAST_GREY_LEVELS, rendered, transform_of
from documents.decode.shown_order import FoundCharacters, is_right_to_left, shown_order
from documents.decode.turned_text import MAX_TOUCHING_GAP_HEIGHTS, along_lines, spaces_next_to, word_indices
from documents.errors import TooLarge
from documents.pictures import Picture

MAX_HIDDEN_SHARE = 0.5
"""With a larger share of invisible characters, the text layer is another program's OCR of the page's picture."""
MAX_GARBLED_SHARE = 0.05
"""With a larger share of private-use, unassigned and unmapped characters, the text layer cannot be trusted."""
VOWELS = frozenset("aeiouyæøœıơư")
MIN_VOWEL_SHARE, MAX_VOWEL_SHARE = 0.2, 0.7
"""Share of vowels among Latin letters: 93 pages of real invoices have 0.33 to 0.50. Text with shifted character codes
is often, but not always, outside this range."""
MIN_LETTERS = 80
"""Fewer letters say nothing about the share of vowels."""
WORD_GAP_HEIGHTS = 0.25
"""Characters further apart than this many type heights are separate words, with or without a space."""
MAX_LINE_OFFSET_HEIGHTS = 0.6
"""Neighbours whose middles are further apart than this, across the line, are not on one line."""
MIN_WHITE = 245
"""Text whose colour components are all at least this may be white on white."""
CHECK_PIXELS_PER_POINT = 1.0
"""Scale at which a page is rendered to see whether doubtful words are visible."""

NO_TEXT = TextLayer((), (), np.empty((0, 4)), np.empty((0, 4)), ())
_HYPHENS = frozenset((0x02, 0xFFFE, 0x00AD))
"""Character codes that PDFium gives for a hyphen at the end of a line."""


class JudgedText(NamedTuple):
    """A text layer, and the fonts whose characters may not be what the page shows."""

    text: TextLayer
    doubtful_fonts: tuple[DoubtfulFont, ...] = ()


def text_layer(
    page: pdfium.PdfPage, max_characters: int, shapes: FontShapes | None = None, all_fonts: bool = False
) -> JudgedText:
    """Return the visible words of a page.

    There are none if most of the text is hidden, or cannot be what the page shows.

    Args:
        page: the page.
        max_characters: characters that it may have.
        shapes: the outlines of the file's fonts; None to trust all fonts.
        all_fonts: whether to call every font doubtful.

    Raises:
        TooLarge: if the page has more characters.
    """
    text_page = page.get_textpage()
    count = text_page.count_chars()
    if count > max_characters:
        raise TooLarge(
            f"a page of the PDF has too much text: expected at most {max_characters:,} characters, got {count:,}."
            " Send the page as a picture."
        )
    found = _visible(page, text_page, _characters(page, text_page, count))
    if is_garbled(found.text.texts):
        return JudgedText(NO_TEXT)
    return JudgedText(found.text, _doubtful_fonts(text_page, found, shapes, all_fonts) if shapes else ())


def is_garbled(texts: Sequence[str]) -> bool:
    """Return whether these characters cannot be what the page shows."""
    unmapped = sum(not text.isascii() and unicodedata.category(text[0]) in ("Co", "Cn") for text in texts)
    if unmapped + texts.count("\ufffd") > MAX_GARBLED_SHARE * len(texts):
        return True
    letters = [t.casefold() for t in texts if t.isalpha() and (t.isascii() or unicodedata.name(t, "")[:5] == "LATIN")]
    vowels = sum(unicodedata.normalize("NFD", letter)[0] in VOWELS for letter in letters)
    return len(letters) >= MIN_LETTERS and not MIN_VOWEL_SHARE <= vowels / len(letters) <= MAX_VOWEL_SHARE


class _IndexedText(NamedTuple):
    """The text layer, and one character of each word."""

    text: TextLayer
    sample: list[int]
    """PDFium's index of each word's first digit, or of its first character if it has no digit."""


def _doubtful_fonts(
    text_page: pdfium.PdfTextPage, found: _IndexedText, shapes: FontShapes, all_fonts: bool
) -> tuple[DoubtfulFont, ...]:
    words: dict[int, list[int]] = defaultdict(list)
    handles: dict[int, pdfium_c.FPDF_FONT] = {}
    for word, index in enumerate(found.sample):
        item = pdfium_c.FPDFText_GetTextObject(text_page, index)
        font = pdfium_c.FPDFTextObj_GetFont(item) if item else None
        if font:
            address = ctypes.cast(font, ctypes.c_void_p).value or 0
            handles[address] = font
            words[address].append(word)
    spans = found.text.spans()
    doubtful: list[DoubtfulFont] = []
    for address, font in handles.items():
        key = font_key(font)
        characters = {text for word in words[address] for text in found.text.texts[slice(*spans[word])]}
        if all_fonts or shapes.is_doubtful(font, key, characters):
            doubtful.append(DoubtfulFont("/".join(map(str, key)), tuple(words[address])))
    return tuple(doubtful)


class _RawCharacters(NamedTuple):
    """Characters in PDFium's order, and the file's own spaces if requested; one entry for each."""

    texts: list[str]
    indices: list[int]
    """PDFium's index."""
    boxes: list[tuple[float, ...]]
    """Two boxes in page space: around the ink, and with the full height of the type."""
    angles: list[float]
    """Radians clockwise in page space."""
    spaced: list[bool]
    """True if PDFium has a space before it."""
    lines: list[int]
    """The number of PDFium's line."""
    spaces: list[tuple[int, int]]
    """PDFium's line and index of every space that the file has."""


def _characters(page: pdfium.PdfPage, text_page: pdfium.PdfTextPage, count: int) -> _IndexedText:
    """Return all characters within the page's visible area, in the order of the text layer."""
    to_page = transform_of(page)

    def quarters_of(raw: _RawCharacters) -> np.ndarray:
        turns = {angle: to_page.quarter(angle) for angle in set(raw.angles)}
        return np.array([turns[angle] for angle in raw.angles], np.int8)

    raw = _raw_characters(text_page, count)
    quarters = quarters_of(raw)
    is_turned = bool(quarters.any())
    if is_turned:
        raw = _raw_characters(text_page, count, with_spaces=True)
        quarters = quarters_of(raw)
    boxes = np.array(raw.boxes, np.float64).reshape(-1, 8)
    tight, loose = to_page.boxes(boxes[:, :4]), to_page.boxes(boxes[:, 4:])
    flat = ((tight[:, 2:] - tight[:, :2]) <= 0).any(axis=1)
    tight[flat] = loose[flat]
    unknown = ((loose[:, 2:] - loose[:, :2]) <= 0).any(axis=1)
    loose[unknown] = tight[unknown]
    inside = (tight[:, 2:] > 0).all(axis=1) & (tight[:, :2] < 1).all(axis=1) & (loose[:, 2] > loose[:, 0])
    kept = np.flatnonzero(inside)
    spaced = np.array(raw.spaced, bool)[kept]
    shown: list[str] | None = None
    if not is_turned:
        if any(is_right_to_left(text) for text in set(raw.texts)):
            between = np.array([_loose_box(text_page, i) for _, i in raw.spaces], np.float64).reshape(-1, 4)
            found = FoundCharacters(raw.texts, raw.lines, loose, quarters, np.array(raw.spaced, bool))
            kept, shown, spaced = shown_order(found, kept, [line for line, _ in raw.spaces], to_page.boxes(between))
        starts = _word_starts(loose[kept], quarters[kept], spaced, to_page.aspect)
    else:
        is_space = np.array([raw.texts[i] == " " for i in kept], bool)
        before, after = spaces_next_to(is_space, along_lines(loose[kept], quarters[kept], to_page.aspect))
        kept, spaced = kept[~is_space], spaced[~is_space]
        starts = _word_starts(loose[kept], quarters[kept], spaced, to_page.aspect, before)
        placed = along_lines(loose[kept], quarters[kept], to_page.aspect)
        words = word_indices(starts, placed, quarters[kept], before, after)
        kept = kept[list(itertools.chain.from_iterable(words))]
        starts = list(itertools.accumulate((len(word) for word in words[:-1]), initial=0)) if words else []
    texts = shown if shown is not None else [raw.texts[i] for i in kept]
    layer = TextLayer(tuple(texts), tuple(starts), tight[kept], loose[kept], tuple(quarters[kept].tolist()))
    sampled = (next((i for i in range(*span) if texts[i].isdecimal()), span[0]) for span in layer.spans())
    return _IndexedText(layer, [raw.indices[kept[i]] for i in sampled])


def _raw_characters(text_page: pdfium.PdfTextPage, count: int, with_spaces: bool = False) -> _RawCharacters:
    """Return all characters of a page in PDFium's order.

    Args:
        text_page: the page's text.
        count: number of its characters.
        with_spaces: also return the spaces that the file has, but not those that PDFium has put in.
    """
    edges, wide = [ctypes.c_double() for _ in range(4)], pdfium_c.FS_RECTF()
    left, right, bottom, top = edges
    box_of, wide_of, unicode_of = (
        pdfium_c.FPDFText_GetCharBox,
        pdfium_c.FPDFText_GetLooseCharBox,
        pdfium_c.FPDFText_GetUnicode,
    )
    raw = _RawCharacters([], [], [], [], [], [], [])
    apart, angle, base, line = True, 0.0, math.inf, 0
    for index in range(count):
        text = _character(unicode_of(text_page, index))
        is_space = not text or text.isspace()
        if is_space:
            apart = True
            line += text == "\n"
            from_file = bool(text) and not pdfium_c.FPDFText_IsGenerated(text_page, index)
            if from_file and text == " ":
                raw.spaces.append((line, index))
            if not with_spaces or not from_file:
                continue
        box_of(text_page, index, left, right, bottom, top)
        wide_of(text_page, index, wide)
        if apart or wide.bottom != base:  # within a word on one baseline, the direction is the same
            angle, base = max(0.0, pdfium_c.FPDFText_GetCharAngle(text_page, index)), wide.bottom
        raw.texts.append(" " if is_space else text)
        raw.indices.append(index)
        raw.boxes.append(
            (left.value, top.value, right.value, bottom.value, wide.left, wide.top, wide.right, wide.bottom)
        )
        raw.angles.append(angle)
        raw.spaced.append(apart)
        raw.lines.append(line)
        apart = is_space
    return raw


def _loose_box(text_page: pdfium.PdfTextPage, index: int) -> tuple[float, float, float, float]:
    """Return the box with the full height of the type: left, top, right, bottom in points."""
    wide = pdfium_c.FS_RECTF()
    pdfium_c.FPDFText_GetLooseCharBox(text_page, index, wide)
    return wide.left, wide.top, wide.right, wide.bottom


def _word_starts(
    loose: np.ndarray, quarters: np.ndarray, spaced: np.ndarray, aspect: float, from_file: np.ndarray | None = None
) -> list[int]:
    """Return the indices at which words begin.

    A word begins after a space, and where neighbours are too far apart or not on one line. In text that does not run to
    the right, a space counts only if it comes from the file, or between characters that overlap.

    Args:
        loose: boxes with the full height of the type, shape (characters, 4): left, top, right, bottom, page fractions.
        quarters: direction of each character in quarter turns clockwise.
        spaced: whether PDFium has a space before each character.
        aspect: width of the page divided by its height.
        from_file: whether a space before each character comes from the file; not needed for upright text.
    """
    if not len(loose):
        return []
    start, end, middle, height = along_lines(loose, quarters, aspect).T
    size = np.minimum(height[:-1], height[1:])
    offset = np.abs(middle[1:] - middle[:-1])
    gap = start[1:] - end[:-1]
    other_line = (quarters[1:] != quarters[:-1]) | (offset > MAX_LINE_OFFSET_HEIGHTS * size) | (gap < -1.5 * size)
    starts = spaced[1:] | (gap > WORD_GAP_HEIGHTS * size)
    if from_file is not None:
        overlap = spaced[1:] & (gap < -MAX_TOUCHING_GAP_HEIGHTS * size)
        apart = (gap > MAX_TOUCHING_GAP_HEIGHTS * size) | (start[1:] < start[:-1])
        starts = np.where(quarters[1:] == 0, starts, from_file[1:] | overlap | apart)
    return [0, *(np.flatnonzero(starts | other_line) + 1).tolist()]


def _visible(page: pdfium.PdfPage, text_page: pdfium.PdfTextPage, found: _IndexedText) -> _IndexedText:
    """Return the text layer without invisible words; empty if most of it is hidden on purpose."""
    layer, sample = found
    hidden = [_is_hidden(text_page, index) for index in sample]
    letters = sum(end - start for (start, end), h in zip(layer.spans(), hidden, strict=True) if h)
    if letters > MAX_HIDDEN_SHARE * len(layer.texts):
        return _IndexedText(NO_TEXT, [])
    doubtful = [_may_be_invisible(text_page, index) for index in sample]
    if not any(hidden) and not any(doubtful):
        return found
    picture = rendered(page, CHECK_PIXELS_PER_POINT) if any(doubtful) else None
    kept = []
    for (start, end), is_hidden, is_doubtful in zip(layer.spans(), hidden, doubtful, strict=True):
        seen = picture is None or not is_doubtful or _is_seen(picture, layer.tight[start:end])
        kept.append(seen and not is_hidden)
    return _IndexedText(only_words(layer, kept), list(itertools.compress(sample, kept)))


def _is_hidden(text_page: pdfium.PdfTextPage, index: int) -> bool:
    """Return whether a character is invisible, as those that OCR programs write under a scan."""
    item = pdfium_c.FPDFText_GetTextObject(text_page, index)
    return bool(item) and pdfium_c.FPDFTextObj_GetTextRenderMode(item) == pdfium_c.FPDF_TEXTRENDERMODE_INVISIBLE


def _may_be_invisible(text_page: pdfium.PdfTextPage, index: int) -> bool:
    """Return whether a character is white or transparent."""
    colour = [ctypes.c_uint() for _ in range(4)]
    if not pdfium_c.FPDFText_GetFillColor(text_page, index, *colour):
        return False
    *components, alpha = (c.value for c in colour)
    return alpha < 255 - MIN_WHITE or min(components) >= MIN_WHITE


def _is_seen(picture: Picture, boxes: np.ndarray) -> bool:
    """Return whether the rendered page shows anything within boxes of shape (N, 4)."""
    height, width = picture.shape[:2]
    left, top = np.floor(boxes[:, :2].min(axis=0) * (width, height)).astype(int)
    right, bottom = np.ceil(boxes[:, 2:].max(axis=0) * (width, height)).astype(int)
    patch = picture[max(0, top) : bottom + 1, max(0, left) : right + 1]
    return patch.size > 0 and int(patch.max()) - int(patch.min()) >= MIN_CONTRAST_GREY_LEVELS


def _character(code: int) -> str:
    """Return the character for PDFium's code; empty for what is not printed."""
    if 0x20 <= code < 0x7F:
        return chr(code)
    if code in _HYPHENS:
        return "-"
    if 0xD800 <= code < 0xE000 or code > 0x10FFFF:
        return "\ufffd"
    text = chr(code)
    return "" if unicodedata.category(text) in ("Cc", "Cf") and not text.isspace() else text
