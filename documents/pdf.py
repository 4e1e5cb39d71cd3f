"""PDF pages by PDFium: the text layer where it is sound, and pictures of what it does not cover.

PDFium may be used by one thread at a time only; it runs in the decoding process, which has one.
"""

from __future__ import annotations

import ctypes
import itertools
import math
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from documents.content import WHOLE, PageContent, PictureRegion, TextLayer
from documents.errors import DamagedDocument, EncryptedDocument, TooLarge
from documents.limits import Limits
from documents.pictures import Picture
from schemas.geometry import Box, Point, union

SIGNATURE = b"%PDF-"
SIGNATURE_WITHIN = 1024
"""Readers accept junk before the header up to this many bytes (PDF 32000-1, annex H, note 13)."""
RENDER_DPI = 200
"""Small type needs more than a screen shows; detection reduces the picture anyway."""
MIN_CHARACTERS = 16
"""A page with fewer is a scan with a stamp or a page number: it is read by OCR."""
SCAN = 0.5
"""A page that pictures cover further than this is a scan..."""
MIN_CHARACTERS_ON_SCAN = 200
"""...whose few characters are a scanner's stamp rather than its text."""
MAX_HIDDEN = 0.5
"""Share of invisible characters from which on the text layer is someone else's OCR of the page's picture."""
MAX_PICTURES = 100
"""More are looked at in vain: scans have one, or a few strips."""
MAX_GARBLED = 0.05
"""Share of private-use, unassigned and unmapped characters from which on a text layer cannot be trusted."""
VOWELS = frozenset("aeiouyæøœıơư")
MIN_VOWELS, MAX_VOWELS = 0.2, 0.7
"""Share of vowels among Latin letters; shifted encodings leave this range, 88 real invoices lie in 0.28 to 0.5."""
MIN_LETTERS = 80
"""Fewer letters say nothing about that share."""
WORD_GAP = 0.25
"""Characters further apart than this many type heights are separate words, space or no space."""
MIN_REGION = (30.0, 8.0)
"""Width and height in points: smaller pictures are bullets and icons."""
MAX_REGIONS = 8
"""Pictures in a page with text that are read, the largest first."""
MIN_INK = 0.002
"""Share of a picture's pixels beside known text that differ from their neighbours: less is a background."""
PAPER = 245
"""Colour components of text that may be white on white."""
MIN_CONTRAST = 24
"""Grey levels within a word's box, rendered: less is nothing to see."""
CHECK_SCALE = 1.0
"""Pixels a point for that look at the page."""

_POINTS_PER_INCH = 72
_HYPHENS = frozenset((0x02, 0xFFFE, 0x00AD))
"""What PDFium gives for a hyphen at the end of a line."""
_READABLE_ANNOTATIONS = (
    pdfium_c.FPDF_ANNOT_WIDGET,
    pdfium_c.FPDF_ANNOT_FREETEXT,
    pdfium_c.FPDF_ANNOT_STAMP,
)


class PdfFile:
    """An opened PDF."""

    def __init__(self, data: bytes, limits: Limits) -> None:
        """Parse the file's structure.

        Raises:
            EncryptedDocument: it needs a password.
            DamagedDocument: it cannot be parsed, or has no pages.
        """
        self._limits = limits
        try:
            self._pdf = pdfium.PdfDocument(data)
            self._pdf.init_forms()
            self.page_count = len(self._pdf)
        except pdfium.PdfiumError as error:
            if getattr(error, "err_code", None) == pdfium_c.FPDF_ERR_PASSWORD:
                raise EncryptedDocument("the PDF is protected by a password; send it without one") from error
            raise DamagedDocument("the file begins like a PDF but cannot be parsed") from error
        if self.page_count == 0:
            raise DamagedDocument("the PDF has no pages")

    def close(self) -> None:
        """Free PDFium's memory."""
        self._pdf.close()

    def page(self, number: int) -> PageContent:
        """See `PagedFile.page`."""
        with self._page(number) as page:
            width, height = page.get_size()
            if width <= 0 or height <= 0:
                raise DamagedDocument(f"page {number} of the PDF has no visible area")
            text, pictures = self._text(page)
            boxes = [WHOLE] if text is None else _worth_reading(pictures, width, height)
            regions = tuple(self._region(page, box) for box in boxes)
        if text is not None:
            regions = tuple(region for region in regions if _shows_more(region, text))
        return PageContent(width, height, text, regions)

    def text_layer(self, number: int) -> tuple[float, float, TextLayer | None]:
        """Width and height of page `number` in points, and its text if that is sound."""
        with self._page(number) as page:
            return (*page.get_size(), self._text(page)[0])

    def _text(self, page: pdfium.PdfPage) -> tuple[TextLayer | None, list[Box]]:
        """The page's characters, or None when they are missing, garbled, hidden, or only a stamp; and its pictures."""
        pictures = _pictures(page)
        scanned = sum(box.width * box.height for box in pictures) > SCAN
        if scanned and _is_covered(page):
            return None, pictures
        text_page = page.get_textpage()
        count = text_page.count_chars()
        if count > self._limits.characters:
            raise TooLarge(f"a page may have at most {self._limits.characters:,} characters; this one has {count:,}")
        text = _visible(page, text_page, _characters(page, text_page, count))
        enough = len(text.texts) >= (MIN_CHARACTERS_ON_SCAN if scanned else MIN_CHARACTERS)
        return (text if enough and not _is_garbled(text.texts) else None), pictures

    def _region(self, page: pdfium.PdfPage, box: Box) -> PictureRegion:
        """A part of the page, rendered for OCR."""
        width, height = page.get_size()
        longest = max(width * box.width, height * box.height, 1.0)
        scale = min(RENDER_DPI / _POINTS_PER_INCH, self._limits.side / longest)
        crop = (box.left * width, (1 - box.bottom) * height, (1 - box.right) * width, box.top * height)
        picture = _rendered(page, scale, crop)
        return PictureRegion(box, picture, (picture.shape[1], picture.shape[0]))

    @contextmanager
    def _page(self, number: int) -> Iterator[pdfium.PdfPage]:
        """A loaded page; what is filled into its forms and written on it is made part of it."""
        try:
            page = self._pdf[number - 1]
            if _is_annotated(page):
                page.flatten()
                page.close()
                page = self._pdf[number - 1]
        except pdfium.PdfiumError as error:
            raise DamagedDocument(f"page {number} of the PDF cannot be loaded") from error
        try:
            yield page
        except pdfium.PdfiumError as error:
            raise DamagedDocument(f"page {number} of the PDF cannot be read") from error
        finally:
            page.close()


def _is_annotated(page: pdfium.PdfPage) -> bool:
    for index in range(min(pdfium_c.FPDFPage_GetAnnotCount(page), MAX_PICTURES)):
        annotation = pdfium_c.FPDFPage_GetAnnot(page, index)
        if not annotation:
            continue
        kind = pdfium_c.FPDFAnnot_GetSubtype(annotation)
        pdfium_c.FPDFPage_CloseAnnot(annotation)
        if kind in _READABLE_ANNOTATIONS:
            return True
    return False


def _rendered(page: pdfium.PdfPage, scale: float, crop: tuple[float, float, float, float] = (0, 0, 0, 0)) -> Picture:
    try:
        bitmap = page.render(scale=scale, crop=crop, rev_byteorder=True)
    except (pdfium.PdfiumError, ValueError) as error:
        raise DamagedDocument("a page of the PDF cannot be rendered") from error
    image: Picture = bitmap.to_numpy()
    picture = np.repeat(image, 3, axis=2) if image.shape[2] == 1 else image[:, :, :3].copy()
    bitmap.close()
    return picture


def _pictures(page: pdfium.PdfPage) -> list[Box]:
    """Where pictures stand on the page as shown, in page fractions."""
    found: list[Box] = []
    to_page = _page_transform(page)
    for item in itertools.islice(page.get_objects(filter=[pdfium_c.FPDF_PAGEOBJ_IMAGE], max_depth=4), MAX_PICTURES):
        try:
            left, bottom, right, top = _bounds(item)
        except pdfium.PdfiumError:
            continue  # a picture without a place is not to be seen
        shown = to_page.box(left, top, right, bottom)
        box = Box(*(min(1.0, max(0.0, edge)) for edge in shown))
        if box.width > 0 and box.height > 0:
            found.append(box)
    return found


def _bounds(item: pdfium.PdfObject) -> tuple[float, float, float, float]:
    """Left, bottom, right, top in page space; PDFium gives them in the space of the form that the object is part of."""
    bounds: tuple[float, float, float, float] = item.get_bounds()
    form = item.container
    while form is not None:
        bounds = form.get_matrix().on_rect(*bounds)
        form = form.container
    return bounds


def _is_covered(page: pdfium.PdfPage) -> bool:
    """Whether pictures are painted over most of the page's text."""
    texts: list[tuple[float, float]] = []
    covered = 0
    for item in page.get_objects(max_depth=1):
        if item.type == pdfium_c.FPDF_PAGEOBJ_TEXT:
            left, bottom, right, top = item.get_bounds()
            texts.append(((left + right) / 2, (bottom + top) / 2))
        elif item.type == pdfium_c.FPDF_PAGEOBJ_IMAGE:
            left, bottom, right, top = item.get_bounds()
            under = [t for t in texts if left <= t[0] <= right and bottom <= t[1] <= top]
            covered += len(under)
            texts = [t for t in texts if t not in under]
    return covered > len(texts)


def _worth_reading(pictures: Sequence[Box], width: float, height: float) -> list[Box]:
    """The largest pictures of a page in points; touching ones (strips of a logo) as one."""
    joined: list[Box] = []
    for box in pictures:
        touching = [b for b in joined if _touch(b, box)]
        joined = [b for b in joined if b not in touching] + [union((box, *touching))]
    least_width, least_height = MIN_REGION
    worth = [b for b in joined if b.width * width >= least_width and b.height * height >= least_height]
    return sorted(worth, key=lambda b: -b.width * b.height)[:MAX_REGIONS]


def _shows_more(region: PictureRegion, text: TextLayer) -> bool:
    """Whether anything is to be seen on a picture beside the text that is known: it may be a mere background."""
    green = region.picture[::2, ::2, 1].astype(np.int16)  # half the size is enough to see ink
    height, width = green.shape
    down, across = np.diff(green, axis=0, append=green[-1:]), np.diff(green, axis=1, append=green[:, -1:])
    contrast = np.maximum(np.abs(down), np.abs(across))
    ink = contrast > MIN_CONTRAST
    corner, size = np.array(region.box[:2]), np.array([region.box.width, region.box.height])
    edges = (text.loose.reshape(-1, 2, 2) - corner) / size * (width, height)
    for (left, top), (right, bottom) in edges.clip(0, (width, height)).astype(int).tolist():
        ink[max(0, top - 1) : bottom + 2, max(0, left - 1) : right + 2] = False
    return float(ink.mean()) > MIN_INK


def _touch(a: Box, b: Box) -> bool:
    return a.left <= b.right and b.left <= a.right and a.top <= b.bottom and b.top <= a.bottom


def _is_garbled(texts: Sequence[str]) -> bool:
    """Whether these characters cannot be what the page shows."""
    unmapped = sum(not text.isascii() and unicodedata.category(text[0]) in ("Co", "Cn") for text in texts)
    if unmapped + texts.count("\ufffd") > MAX_GARBLED * len(texts):
        return True
    letters = [t.casefold() for t in texts if t.isalpha() and (t.isascii() or unicodedata.name(t, "")[:5] == "LATIN")]
    vowels = sum(unicodedata.normalize("NFD", letter)[0] in VOWELS for letter in letters)
    return len(letters) >= MIN_LETTERS and not MIN_VOWELS <= vowels / len(letters) <= MAX_VOWELS


class _Found(NamedTuple):
    """The text layer, and for each of its words the index that PDFium gives to its first character."""

    text: TextLayer
    first: list[int]


def _characters(page: pdfium.PdfPage, text_page: pdfium.PdfTextPage, count: int) -> _Found:
    """All characters within the page's visible area, in the order of the text layer."""
    edges, wide = [ctypes.c_double() for _ in range(4)], pdfium_c.FS_RECTF()
    left, right, bottom, top = edges
    box_of, wide_of, unicode_of = (
        pdfium_c.FPDFText_GetCharBox,
        pdfium_c.FPDFText_GetLooseCharBox,
        pdfium_c.FPDFText_GetUnicode,
    )
    texts: list[str] = []
    indices: list[int] = []
    boxes: list[tuple[float, ...]] = []
    angles: list[float] = []
    spaced: list[bool] = []
    apart, angle, base = True, 0.0, math.inf
    for index in range(count):
        text = _character(unicode_of(text_page, index))
        if not text or text.isspace():
            apart = True
            continue
        box_of(text_page, index, left, right, bottom, top)
        wide_of(text_page, index, wide)
        if apart or wide.bottom != base:  # within a word on one baseline, the direction is the same
            angle, base = pdfium_c.FPDFText_GetCharAngle(text_page, index), wide.bottom
        texts.append(text)
        indices.append(index)
        boxes.append((left.value, top.value, right.value, bottom.value, wide.left, wide.top, wide.right, wide.bottom))
        angles.append(angle)
        spaced.append(apart)
        apart = False
    to_page = _page_transform(page)
    raw = np.array(boxes, np.float64).reshape(-1, 8)
    tight, loose = to_page.boxes(raw[:, :4]), to_page.boxes(raw[:, 4:])
    flat = ((tight[:, 2:] - tight[:, :2]) <= 0).any(axis=1)
    tight[flat] = loose[flat]
    unknown = ((loose[:, 2:] - loose[:, :2]) <= 0).any(axis=1)
    loose[unknown] = tight[unknown]
    inside = (tight[:, 2:] > 0).all(axis=1) & (tight[:, :2] < 1).all(axis=1) & (loose[:, 2] > loose[:, 0])
    turns = {angle: to_page.quarter(angle) for angle in set(angles)}
    quarters = np.array([turns[angle] for angle in angles], np.int8)
    kept = np.flatnonzero(inside)
    starts = _word_starts(loose[kept], quarters[kept], np.array(spaced, bool)[kept], to_page.aspect)
    layer = TextLayer(
        tuple(texts[i] for i in kept), tuple(starts), tight[kept], loose[kept], tuple(quarters[kept].tolist())
    )
    return _Found(layer, [indices[kept[start]] for start in starts])


def _word_starts(loose: np.ndarray, quarters: np.ndarray, spaced: np.ndarray, aspect: float) -> list[int]:
    """Where words begin: after a space, and where neighbours are too far apart or not on one line."""
    if not len(loose):
        return []
    scaled = loose * (aspect, 1, aspect, 1)
    middles, sizes = (scaled[:, :2] + scaled[:, 2:]) / 2, scaled[:, 2:] - scaled[:, :2]
    before, after = scaled[:-1], scaled[1:]
    upright = quarters[:-1] % 2 == 0
    size = np.where(upright, np.minimum(sizes[:-1, 1], sizes[1:, 1]), np.minimum(sizes[:-1, 0], sizes[1:, 0]))
    shift = np.abs(middles[1:] - middles[:-1])
    offset = np.where(upright, shift[:, 1], shift[:, 0])
    ways = [
        after[:, 0] - before[:, 2],
        after[:, 1] - before[:, 3],
        before[:, 0] - after[:, 2],
        before[:, 1] - after[:, 3],
    ]
    gap = np.choose(quarters[:-1], ways)
    other_line = (quarters[1:] != quarters[:-1]) | (offset > 0.6 * size) | (gap < -1.5 * size)
    starts = spaced[1:] | other_line | (gap > WORD_GAP * size)
    return [0, *(np.flatnonzero(starts) + 1).tolist()]


def _visible(page: pdfium.PdfPage, text_page: pdfium.PdfTextPage, found: _Found) -> TextLayer:
    """The text layer without words that are not to be seen; empty when most of it is hidden on purpose."""
    layer, first = found
    hidden = [_is_hidden(text_page, index) for index in first]
    letters = sum(end - start for (start, end), h in zip(layer.spans(), hidden, strict=True) if h)
    if letters > MAX_HIDDEN * len(layer.texts):
        return _only(layer, [False] * len(first))
    doubtful = [_may_be_invisible(text_page, index) for index in first]
    if not any(hidden) and not any(doubtful):
        return layer
    picture = _rendered(page, CHECK_SCALE) if any(doubtful) else None
    kept = []
    for (start, end), is_hidden, is_doubtful in zip(layer.spans(), hidden, doubtful, strict=True):
        seen = picture is None or not is_doubtful or _is_seen(picture, layer.tight[start:end])
        kept.append(seen and not is_hidden)
    return _only(layer, kept)


def _only(layer: TextLayer, kept: Sequence[bool]) -> TextLayer:
    """The words that are kept."""
    spans = [span for span, keep in zip(layer.spans(), kept, strict=True) if keep]
    indices = [i for start, end in spans for i in range(start, end)]
    starts = itertools.accumulate((end - start for start, end in spans[:-1]), initial=0) if spans else ()
    return TextLayer(
        tuple(layer.texts[i] for i in indices),
        tuple(starts),
        layer.tight[indices],
        layer.loose[indices],
        tuple(layer.quarters[i] for i in indices),
    )


def _is_hidden(text_page: pdfium.PdfTextPage, index: int) -> bool:
    """Neither filled nor stroked: what OCR programs lay under a scan."""
    item = pdfium_c.FPDFText_GetTextObject(text_page, index)
    return bool(item) and pdfium_c.FPDFTextObj_GetTextRenderMode(item) == pdfium_c.FPDF_TEXTRENDERMODE_INVISIBLE


def _may_be_invisible(text_page: pdfium.PdfTextPage, index: int) -> bool:
    """White, or transparent."""
    colour = [ctypes.c_uint() for _ in range(4)]
    if not pdfium_c.FPDFText_GetFillColor(text_page, index, *colour):
        return False
    *components, alpha = (c.value for c in colour)
    return alpha < 255 - PAPER or min(components) >= PAPER


def _is_seen(picture: Picture, boxes: np.ndarray) -> bool:
    """Whether the rendered page shows anything within these boxes."""
    height, width = picture.shape[:2]
    left, top = np.floor(boxes[:, :2].min(axis=0) * (width, height)).astype(int)
    right, bottom = np.ceil(boxes[:, 2:].max(axis=0) * (width, height)).astype(int)
    patch = picture[max(0, top) : bottom + 1, max(0, left) : right + 1]
    return patch.size > 0 and int(patch.max()) - int(patch.min()) >= MIN_CONTRAST


def _character(code: int) -> str:
    """What a code of PDFium means; nothing for what is not printed."""
    if 0x20 <= code < 0x7F:
        return chr(code)
    if code in _HYPHENS:
        return "-"
    if 0xD800 <= code < 0xE000 or code > 0x10FFFF:
        return "\ufffd"
    text = chr(code)
    return "" if unicodedata.category(text) in ("Cc", "Cf") and not text.isspace() else text


class _Transform(NamedTuple):
    """Points of the PDF's own page space -> fractions of the page as shown (crop box and rotation applied)."""

    origin: Point
    per_x: Point
    per_y: Point
    aspect: float

    def point(self, x: float, y: float) -> Point:
        return Point(
            self.origin.x + x * self.per_x.x + y * self.per_y.x, self.origin.y + x * self.per_x.y + y * self.per_y.y
        )

    def box(self, left: float, top: float, right: float, bottom: float) -> Box:
        a, b = self.point(left, top), self.point(right, bottom)
        return Box(min(a.x, b.x), min(a.y, b.y), max(a.x, b.x), max(a.y, b.y))

    def boxes(self, points: np.ndarray) -> np.ndarray:
        """Shape (n, 4): left, top, right, bottom in points, each way up -> the same in page fractions."""
        per_x, per_y, origin = (np.array(v) for v in (self.per_x, self.per_y, self.origin))
        first = origin + points[:, :1] * per_x + points[:, 1:2] * per_y
        second = origin + points[:, 2:3] * per_x + points[:, 3:4] * per_y
        return np.hstack([np.minimum(first, second), np.maximum(first, second)])

    def quarter(self, angle: float) -> int:
        """Angle of a glyph in page space (radians, counter-clockwise) -> its direction as shown."""
        x, y = math.cos(angle), math.sin(angle)
        shown_x = (x * self.per_x.x + y * self.per_y.x) * self.aspect
        shown_y = x * self.per_x.y + y * self.per_y.y
        return round(math.atan2(shown_y, shown_x) / (math.pi / 2)) % 4


def _page_transform(page: pdfium.PdfPage) -> _Transform:
    """PDFium maps single points to whole device pixels; three points on a huge device give the exact affine map."""
    width, height = page.get_size()
    device, reach = 1_000_000, 1000.0

    def shown(x: float, y: float) -> Point:
        across, down = ctypes.c_int(), ctypes.c_int()
        pdfium_c.FPDF_PageToDevice(page, 0, 0, device, device, 0, x, y, across, down)
        return Point(across.value / device, down.value / device)

    origin, right, up = shown(0, 0), shown(reach, 0), shown(0, reach)
    return _Transform(
        origin,
        Point((right.x - origin.x) / reach, (right.y - origin.y) / reach),
        Point((up.x - origin.x) / reach, (up.y - origin.y) / reach),
        width / height,
    )
