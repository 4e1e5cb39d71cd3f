"""Compare the outlines of glyphs with the characters that the text layer gives them.

A font's ToUnicode map decides which characters the text layer has; the outlines decide what the page shows. A map that
was made to mislead, or made wrongly, gives an `8` to a glyph without two holes. The number of holes and their height
are known for digits and most Latin letters, whatever the type's design, and cost little to look at.
"""

from __future__ import annotations

import ctypes
from collections import OrderedDict
from collections.abc import Iterable
from typing import NamedTuple

import cv2
import numpy as np
import pypdfium2.raw as pdfium_c

GLYPH_PIXELS = 48
"""Height at which outlines are drawn: holes stay open even in bold type."""
MARGIN_PIXELS = 4
"""White around an outline."""
MIN_HOLE_PIXELS = 12
"""Smaller holes are gaps of the drawing."""
CURVE_POINTS = 3
"""Points by which a Bézier curve is drawn."""
MAX_SEGMENTS = 2_000
"""Segments of one outline; decorated letters have more, and are not looked at."""
MAX_CHARACTERS = 14
"""Characters looked at per font: all digits, then letters."""
MAX_CACHED_FONTS = 200
"""Fonts whose outlines are remembered per file."""
MIN_FITTING = 3
"""Fewer outlines that fit prove nothing."""
MAX_ODD_LETTERS = 2
"""Letters that may not fit in any font: some are signs in disguise, such as the euro that TeX calls `e`."""
MAX_ODD_LETTERS_SHARE = 0.4
"""Share of letters that may not fit in a font of unusual design."""

_HOLES: dict[str, tuple[tuple[int, int], tuple[float, float]]] = {
    "0": ((1, 2), (0.35, 0.65)),  # 2 with a stroke through it
    "1": ((0, 0), (0, 1)),
    "2": ((0, 0), (0, 1)),
    "3": ((0, 0), (0, 1)),
    "4": ((0, 1), (0.3, 0.7)),
    "5": ((0, 0), (0, 1)),
    "6": ((1, 1), (0.52, 0.85)),
    "7": ((0, 0), (0, 1)),
    "8": ((2, 2), (0.35, 0.65)),
    "9": ((1, 1), (0.15, 0.48)),
} | {
    letter: ((holes, holes), (0, 1))
    for holes, letters in ((0, "cstuvwxzCEFHIKLMNSTUVWXYZ"), (1, "abdeopqADOPR"), (2, "B"))
    for letter in letters
}
"""For each character the least and most holes, and the range of their mean height from the top, 0 to 1."""
_LETTERS = "eaotsdpubcxvzwqBAODPRCEFHIKLMNSTUVWXYZ"
"""Letters in the order in which they are looked at: frequent ones first."""


class FontKey(NamedTuple):
    """A font's identity within one file."""

    name: str
    flags: int
    embedded_bytes: int


class FontShapes:
    """The outlines of the fonts of one file, each looked at once."""

    def __init__(self) -> None:
        self._fits: OrderedDict[tuple[FontKey, str], bool | None] = OrderedDict()

    def is_doubtful(self, font: pdfium_c.FPDF_FONT, key: FontKey, characters: Iterable[str]) -> bool:
        """Return whether the characters may not be what the font's glyphs show.

        Fonts without outlines (Type 3) are doubtful, and those of which an outline is not that of its digit.

        Args:
            font: PDFium's handle.
            key: identifies the font in the file.
            characters: those that the text layer has from it.
        """
        used = set(characters)
        digits = sorted(used & set("0123456789"))
        letters = [letter for letter in _LETTERS if letter in used][: MAX_CHARACTERS - len(digits)]
        if not digits and not letters:
            return False  # no character whose holes are known, and none that OCR could compare well
        of_digits = [self._fit(font, key, digit) for digit in digits]
        of_letters = [self._fit(font, key, letter) for letter in letters]
        odd = of_letters.count(False)
        if False in of_digits or odd > max(MAX_ODD_LETTERS, MAX_ODD_LETTERS_SHARE * len(of_letters)):
            return True
        known = [fit for fit in (*of_digits, *of_letters) if fit is not None]
        return len(known) < min(MIN_FITTING, len(digits) + len(letters))

    def _fit(self, font: pdfium_c.FPDF_FONT, key: FontKey, character: str) -> bool | None:
        """Return whether a character has its holes; None without an outline."""
        if (key, character) not in self._fits:
            if len(self._fits) >= MAX_CACHED_FONTS * MAX_CHARACTERS:
                self._fits.popitem(last=False)
            drawn = outline(font, character)
            self._fits[key, character] = None if drawn is None else has_expected_holes(drawn, character)
        return self._fits[key, character]


def font_key(font: pdfium_c.FPDF_FONT) -> FontKey:
    """Return what identifies a font in its file."""
    name = ctypes.create_string_buffer(128)
    pdfium_c.FPDFFont_GetBaseFontName(font, name, len(name))
    size = ctypes.c_size_t()
    if not pdfium_c.FPDFFont_GetIsEmbedded(font) or not pdfium_c.FPDFFont_GetFontData(font, None, 0, size):
        size.value = 0
    return FontKey(name.value.decode("latin-1"), pdfium_c.FPDFFont_GetFlags(font), size.value)


def outline(font: pdfium_c.FPDF_FONT, character: str) -> np.ndarray | None:
    """Draw the glyph that a font has for a character of its text layer.

    Returns:
        Shape (height, width), 255 where there is ink; None if the font has no outline for it.
    """
    path = pdfium_c.FPDFFont_GetGlyphPath(font, ord(character), float(GLYPH_PIXELS))
    contours = _contours(path) if path else []
    if not contours:
        return None
    points = np.concatenate(contours)
    lowest, highest = points.min(axis=0), points.max(axis=0)
    if not np.isfinite(points).all() or highest[1] - lowest[1] < 1e-3:
        return None
    scale = GLYPH_PIXELS / (highest[1] - lowest[1])
    width = int((highest[0] - lowest[0]) * scale)
    if width > 4 * GLYPH_PIXELS:
        return None
    picture = np.zeros((GLYPH_PIXELS + 2 * MARGIN_PIXELS, width + 2 * MARGIN_PIXELS), np.uint8)
    shift = 4  # bits after the point of cv2's coordinates
    polygons = [
        np.round(((contour - lowest) * scale + MARGIN_PIXELS) * 2**shift).astype(np.int32) for contour in contours
    ]
    cv2.fillPoly(picture, polygons, 255, shift=shift)
    return picture[::-1]  # PDF's y axis runs upwards


def has_expected_holes(drawn: np.ndarray, character: str) -> bool:
    """Return whether a drawn glyph has the holes of a digit or letter.

    Args:
        drawn: shape (height, width), 255 where there is ink.
        character: one of those whose holes are known.
    """
    (fewest, most), (highest, lowest) = _HOLES[character]
    _, _, areas, centres = cv2.connectedComponentsWithStats((drawn < 128).astype(np.uint8), connectivity=4)
    height, width = drawn.shape
    heights = [
        (float(centre[1]) - MARGIN_PIXELS) / GLYPH_PIXELS
        for (left, top, across, down, area), centre in zip(areas[1:].tolist(), centres[1:], strict=True)
        if area >= MIN_HOLE_PIXELS and left > 0 and top > 0 and left + across < width and top + down < height
    ]
    if not fewest <= len(heights) <= most:
        return False
    return not heights or highest <= sum(heights) / len(heights) <= lowest


def _contours(path: pdfium_c.FPDF_GLYPHPATH) -> list[np.ndarray]:
    """Return the curves of a glyph as polygons of shape (points, 2).

    There are none if the glyph has too many segments.
    """
    count = pdfium_c.FPDFGlyphPath_CountGlyphSegments(path)
    if count > MAX_SEGMENTS:
        return []
    x, y = ctypes.c_float(), ctypes.c_float()
    contours: list[list[tuple[float, float]]] = []
    controls: list[tuple[float, float]] = []
    for index in range(count):
        segment = pdfium_c.FPDFGlyphPath_GetGlyphPathSegment(path, index)
        pdfium_c.FPDFPathSegment_GetPoint(segment, x, y)
        kind, point = pdfium_c.FPDFPathSegment_GetType(segment), (x.value, y.value)
        if kind == pdfium_c.FPDF_SEGMENT_MOVETO or not contours:
            contours.append([point])
        elif kind == pdfium_c.FPDF_SEGMENT_BEZIERTO:
            controls.append(point)
            if len(controls) == 3:  # two control points and the end
                contours[-1] += _curve(contours[-1][-1], *controls)
                controls = []
        else:
            contours[-1].append(point)
    return [np.array(contour, np.float64) for contour in contours if len(contour) > 2]


def _curve(
    start: tuple[float, float], first: tuple[float, float], second: tuple[float, float], end: tuple[float, float]
) -> list[tuple[float, float]]:
    """Return points on a cubic Bézier curve, without its start."""
    made = []
    for step in range(1, CURVE_POINTS + 1):
        t = step / CURVE_POINTS
        a, b, c, d = (1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t * t, t**3
        made.append(
            (
                a * start[0] + b * first[0] + c * second[0] + d * end[0],
                a * start[1] + b * first[1] + c * second[1] + d * end[1],
            )
        )
    return made
