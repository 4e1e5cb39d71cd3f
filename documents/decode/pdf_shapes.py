"""Find tick boxes and radio buttons among the shapes that a PDF page draws.

The drawing commands say exactly where a square or circle is and what lies in it, so nothing needs to be rendered.
Lengths are points of the page as shown, with the origin at the top left.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, NamedTuple

import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from documents.decode.content import TextLayer
from documents.decode.pdf_page import transform_of
from schemas.geometry import Box, quad_of
from schemas.marks import TICK_CHARACTERS, Mark, MarkShape, MarkState

MIN_SIDE_POINTS, MAX_SIDE_POINTS = 5.0, 25.0
"""Sides of tick boxes: smaller squares are bullets, larger ones hold text."""
MAX_SIDES_RATIO = 1.3
"""A tick box is at most this much longer one way than the other."""
MAX_LINE_THICKNESS_POINTS = 2.0
"""A filled rectangle thinner than this is a drawn line."""
JOIN_POINTS = 1.5
"""Ends of lines and edges of neighbouring cells that are closer than this touch."""
MAX_OBJECTS = 20_000
"""Objects looked at per page, which bounds the time for drawings."""
MAX_SEGMENTS = 8000
"""Segments of paths looked at per page, for the same reason."""
MAX_PATH_SEGMENTS = 3000
"""A path with more segments than this is a drawing, not a form's boxes merged into one path."""
MAX_TICK_SEGMENTS = 60
"""A shape in a box with more segments than this is an icon."""
MAX_SHORT_LINES = 400
"""Lines as short as a box's side, of each direction, from which boxes are put together."""
MAX_NESTING = 4
"""Depth to which form XObjects are entered."""
MIN_TICK_SIDES, MIN_SPECK_SIDES = 0.3, 0.12
"""Extent of a stroke inside its box, relative to the box's side, that makes a tick, and that makes the box unclear."""
BORDER_SHARE = 0.15
"""Strokes within this share of the side from the edge are part of the border, such as a shadow."""
MAX_DARK, MIN_LIGHT = 0.55, 0.8
"""Lightness, 0 to 1, up to which a fill is a tick and from which it is the paper of a box."""
MIN_COLOUR, MAX_INK_LIGHTNESS = 90, 0.3
"""Difference between a colour's strongest and weakest component, 0 to 255, and lightness from which a filled square is
part of a legend; pens' colours are darker."""
INVISIBLE_LIGHTNESS = 0.97
"""Fills and strokes at least this light cannot be seen on paper."""
_Matrix = tuple[float, float, float, float, float, float]
_IDENTITY: _Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


class _Fill(Enum):
    """Paint inside an outline."""

    NONE = "none"
    """Nothing, or paper."""
    DARK = "dark"
    COLOUR = "colour"
    """Neither dark nor light: a legend or a button."""


class _Shape(NamedTuple):
    """A closed square or circle, or a stroke, in points as shown."""

    box: Box
    kind: MarkShape | None
    """None for a stroke."""
    stroked: bool
    fill: _Fill
    order: int
    """Position among the painted shapes."""
    segments: int
    erases: bool = False
    """True if it is filled with paper's colour, and hides what was painted before."""


@dataclass
class _Drawn:
    """The shapes of a page."""

    shapes: list[_Shape] = field(default_factory=list)
    across: list[Box] = field(default_factory=list)
    """Straight horizontal lines of any length."""
    down: list[Box] = field(default_factory=list)
    """Straight vertical lines of any length."""
    frames: list[Box] = field(default_factory=list)
    """Stroked rectangles of any size."""
    pictures: list[Box] = field(default_factory=list)
    segments: int = 0


def drawn_marks(page: pdfium.PdfPage, text: TextLayer) -> tuple[Mark, ...]:
    """Return the tick boxes and radio buttons that a page draws, without labels.

    Args:
        page: the page.
        text: its characters.
    """
    drawn = _shapes(page)
    outlines = _without_neighbours(_outlines(drawn), drawn)
    if not outlines:
        return ()
    width, height = page.get_size()
    found: list[tuple[_Shape, MarkState]] = []
    for outline in outlines:
        state = _state(outline, drawn, text, width, height)
        if state is not None:
            found.append((outline, state))
    if found and all(s.kind is MarkShape.CIRCLE and state is MarkState.TICKED for s, state in found):
        return ()  # options are never all chosen; these are icons
    return tuple(
        Mark(
            quad_of(Box(s.box.left / width, s.box.top / height, s.box.right / width, s.box.bottom / height)),
            state,
            s.kind or MarkShape.BOX,
            0.6 if state is MarkState.UNCLEAR else 0.99,
        )
        for s, state in found
    )


def _shapes(page: pdfium.PdfPage) -> _Drawn:
    """Collect the page's small shapes and all its straight lines."""
    width, height = page.get_size()
    to_page = transform_of(page)
    base: _Matrix = (
        to_page.per_x.x * width,
        to_page.per_x.y * height,
        to_page.per_y.x * width,
        to_page.per_y.y * height,
        to_page.origin.x * width,
        to_page.origin.y * height,
    )
    drawn = _Drawn()
    for order, (item, kind, matrix) in enumerate(_objects(page)):
        if kind == pdfium_c.FPDF_PAGEOBJ_PATH:
            _add_path(drawn, item, _after(matrix, base), order)
        elif kind == pdfium_c.FPDF_PAGEOBJ_IMAGE and (bounds := _bounds(item, _after(matrix, base))):
            drawn.pictures.append(bounds)
    return drawn


def _objects(page: pdfium.PdfPage) -> Iterator[tuple[Any, int, _Matrix]]:
    """Yield paths and images with the matrix from their form's space to page space."""
    left = MAX_OBJECTS

    def contents(parent: Any, count: int, get: Any, matrix: _Matrix, depth: int) -> Iterator[tuple[Any, int, _Matrix]]:
        nonlocal left
        for index in range(count):
            left -= 1
            if left < 0:
                return
            item = get(parent, index)
            kind = pdfium_c.FPDFPageObj_GetType(item)
            if kind in (pdfium_c.FPDF_PAGEOBJ_PATH, pdfium_c.FPDF_PAGEOBJ_IMAGE):
                yield item, kind, matrix
            elif kind == pdfium_c.FPDF_PAGEOBJ_FORM and depth < MAX_NESTING:
                inner = _after(_matrix(item), matrix)
                amount = pdfium_c.FPDFFormObj_CountObjects(item)
                yield from contents(item, amount, pdfium_c.FPDFFormObj_GetObject, inner, depth + 1)

    raw = page.raw
    yield from contents(raw, pdfium_c.FPDFPage_CountObjects(raw), pdfium_c.FPDFPage_GetObject, _IDENTITY, 1)


def _add_path(drawn: _Drawn, item: Any, matrix: _Matrix, order: int) -> None:
    """Add the parts of a path that may belong to tick boxes."""
    count = pdfium_c.FPDFPath_CountSegments(item)
    if count < 2 or count > MAX_PATH_SEGMENTS or drawn.segments > MAX_SEGMENTS:
        return
    fill_mode, stroke = ctypes.c_int(), ctypes.c_int()
    if not pdfium_c.FPDFPath_GetDrawMode(item, fill_mode, stroke):
        return
    stroke_light = _lightness(pdfium_c.FPDFPageObj_GetStrokeColor, item)[0] if stroke.value else 1.0
    fill_light, coloured = None, False
    if fill_mode.value:
        fill_light, coloured = _lightness(pdfium_c.FPDFPageObj_GetFillColor, item)
    stroked = stroke_light < INVISIBLE_LIGHTNESS
    if not stroked and fill_light is None:
        return
    drawn.segments += count
    parts = _subpaths(item, count, _after(_matrix(item), matrix))
    rings = _rings(parts) if fill_light is not None and fill_light <= MAX_DARK else set()
    for index, part in enumerate(parts):
        box, corners = part.box, part.corners
        if fill_light is not None and not stroked and min(box.width, box.height) <= MAX_LINE_THICKNESS_POINTS:
            _add_line(drawn, box)
            if max(box.width, box.height) > MAX_SIDE_POINTS:
                continue
        elif stroked and corners == 2:
            _add_line(drawn, box)
        if stroked and part.kind is MarkShape.BOX:
            drawn.frames.append(box)
        if max(box.width, box.height) > 2 * MAX_SIDE_POINTS:
            continue
        fill = _Fill.NONE
        if fill_light is not None and index not in rings and fill_light < MIN_LIGHT:
            fill = _Fill.COLOUR if coloured or fill_light > MAX_DARK else _Fill.DARK
        erases = fill_light is not None and fill_light >= INVISIBLE_LIGHTNESS
        outlined = stroked or index in rings or (fill_light is not None and MIN_LIGHT <= fill_light < 0.99)
        drawn.shapes.append(_Shape(box, part.kind, outlined, fill, order, count if len(parts) < 3 else corners, erases))


class _Subpath(NamedTuple):
    """A connected part of a path, in points as shown."""

    box: Box
    kind: MarkShape | None
    """A square or circle by its form; None for anything else."""
    corners: int
    """Points on the path."""


def _subpaths(item: Any, count: int, matrix: _Matrix) -> list[_Subpath]:
    """Split a path where the pen is lifted."""
    parts: list[_Subpath] = []
    points: list[tuple[float, float]] = []
    curves = 0
    x, y = ctypes.c_float(), ctypes.c_float()
    a, b, c, d, e, f = matrix
    for index in range(count):
        segment = pdfium_c.FPDFPath_GetPathSegment(item, index)
        kind = pdfium_c.FPDFPathSegment_GetType(segment)
        pdfium_c.FPDFPathSegment_GetPoint(segment, x, y)
        if kind == pdfium_c.FPDF_SEGMENT_MOVETO:
            if len(points) > 1:
                parts.append(_subpath(points, curves))
            points, curves = [], 0
        curves += kind == pdfium_c.FPDF_SEGMENT_BEZIERTO
        points.append((a * x.value + c * y.value + e, b * x.value + d * y.value + f))
    if len(points) > 1:
        parts.append(_subpath(points, curves))
    return parts


def _subpath(points: list[tuple[float, float]], curves: int) -> _Subpath:
    xs, ys = zip(*points, strict=True)
    box = Box(min(xs), min(ys), max(xs), max(ys))
    kind = None
    tolerance = max(0.5, 0.06 * max(box.width, box.height))
    closed = abs(points[0][0] - points[-1][0]) <= tolerance and abs(points[0][1] - points[-1][1]) <= tolerance
    if not curves:
        at_corners = all(
            min(px - box.left, box.right - px) <= tolerance and min(py - box.top, box.bottom - py) <= tolerance
            for px, py in points
        )
        if at_corners and min(box.width, box.height) > MAX_LINE_THICKNESS_POINTS and (closed or len(points) == 4):
            kind = MarkShape.BOX if len(points) >= 4 else None
    elif closed and curves >= 6 and box.width > 0 and box.height > 0:
        middle_x, middle_y = (box.left + box.right) / 2, (box.top + box.bottom) / 2
        reach = [((px - middle_x) * 2 / box.width) ** 2 + ((py - middle_y) * 2 / box.height) ** 2 for px, py in points]
        lines = len(points) - 1 - curves
        if min(reach) >= 0.9 and lines <= 1:  # control points lie outside the circle
            kind = MarkShape.CIRCLE
        elif min(reach) >= 0.8 and lines >= 3:
            kind = MarkShape.BOX  # with rounded corners
    return _Subpath(box, kind, len(points))


def _rings(parts: list[_Subpath]) -> set[int]:
    """Return the parts of a filled path that form borders.

    They are pairs of squares or circles, one just inside the other.
    """
    closed = [(i, p) for i, p in enumerate(parts) if p.kind and _is_tick_sized(p.box)]
    rings: set[int] = set()
    for i, outer in closed[:MAX_SHORT_LINES]:
        for j, inner in closed[:MAX_SHORT_LINES]:
            if i != j and _contains(outer.box, inner.box) and inner.box.width >= 0.6 * outer.box.width:
                rings |= {i, j}
    return rings


def _add_line(drawn: _Drawn, box: Box) -> None:
    if box.height <= MAX_LINE_THICKNESS_POINTS < box.width:
        drawn.across.append(box)
    elif box.width <= MAX_LINE_THICKNESS_POINTS < box.height:
        drawn.down.append(box)


def _outlines(drawn: _Drawn) -> list[_Shape]:
    """Return the squares and circles that may be tick boxes, without repetitions."""
    squares = [s for s in drawn.shapes if s.kind and _is_square(s.box) and s.fill is not _Fill.COLOUR]
    found = [s for s in squares if s.stroked]
    filled = [s for s in squares if not s.stroked and s.fill is _Fill.DARK]
    borders: set[int] = set()
    for outer in filled:  # a border painted as a dark square under a light one
        inner = next(
            (s for s in drawn.shapes if s.erases and s.order > outer.order and _contains(outer.box, s.box)), None
        )
        if inner is not None and inner.box.width >= 0.6 * outer.box.width:
            found.append(outer._replace(stroked=True, fill=_Fill.NONE, order=inner.order))
            borders.add(outer.order)
    found += _four_lines(drawn)
    sizes = [s.box.width for s in found]
    # a filled square or circle is a chosen option if empty ones have the same size, and a bullet otherwise
    filled = [s for s in filled if s.order not in borders]
    found += [s for s in filled if any(abs(s.box.width - size) <= 0.1 * size for size in sizes)]
    found.sort(key=lambda s: (-s.box.width * s.box.height, s.order))
    kept: list[_Shape] = []
    for shape in found:
        if not any(_overlap(shape.box, other.box) > 0.3 for other in kept):
            kept.append(shape)
    return kept


def _four_lines(drawn: _Drawn) -> list[_Shape]:
    """Put boxes together from single lines."""
    tops = [b for b in drawn.across if MIN_SIDE_POINTS <= b.width <= MAX_SIDE_POINTS + JOIN_POINTS][:MAX_SHORT_LINES]
    sides = [b for b in drawn.down if MIN_SIDE_POINTS <= b.height <= MAX_SIDE_POINTS + JOIN_POINTS][:MAX_SHORT_LINES]
    if len(tops) < 2 or len(sides) < 2:
        return []
    across, down = np.array(tops), np.array(sides)
    found: list[_Shape] = []
    for top in tops:
        gap = across[:, 1] - top.top
        same = (np.abs(across[:, 0] - top.left) < JOIN_POINTS) & (np.abs(across[:, 2] - top.right) < JOIN_POINTS)
        fits = same & (gap > top.width / MAX_SIDES_RATIO) & (gap < top.width * MAX_SIDES_RATIO)
        for bottom in across[fits]:
            reaches = (np.abs(down[:, 1] - top.top) < JOIN_POINTS) & (np.abs(down[:, 3] - bottom[3]) < JOIN_POINTS)
            left = reaches & (np.abs(down[:, 0] - top.left) < JOIN_POINTS)
            right = reaches & (np.abs(down[:, 2] - top.right) < JOIN_POINTS)
            if left.any() and right.any():
                box = Box(top.left, top.top, top.right, float(bottom[3]))
                found.append(_Shape(box, MarkShape.BOX, True, _Fill.NONE, 0, 4))
    return found


def _without_neighbours(outlines: list[_Shape], drawn: _Drawn) -> list[_Shape]:
    """Drop cells of tables and boxes for single letters: their edges touch others or go on."""
    if not outlines:
        return []
    frames = np.array([*drawn.frames, *(s.box for s in outlines if s.kind is MarkShape.BOX)]).reshape(-1, 4)
    across, down = np.array(drawn.across).reshape(-1, 4), np.array(drawn.down).reshape(-1, 4)
    return [s for s in outlines if s.kind is MarkShape.CIRCLE or not _touches(s.box, frames, across, down)]


def _touches(box: Box, frames: np.ndarray, across: np.ndarray, down: np.ndarray) -> bool:
    """Return whether a cell shares an edge with the box, or a line goes on beyond its corner."""
    left, top, right, bottom = box
    in_row = (np.minimum(frames[:, 3], bottom) - np.maximum(frames[:, 1], top)) > 0.5 * box.height
    over = (np.minimum(frames[:, 2], right) - np.maximum(frames[:, 0], left)) > 0.5 * box.width
    side = (np.abs(frames[:, 0] - right) < JOIN_POINTS) | (np.abs(frames[:, 2] - left) < JOIN_POINTS)
    end = (np.abs(frames[:, 1] - bottom) < JOIN_POINTS) | (np.abs(frames[:, 3] - top) < JOIN_POINTS)
    if bool(((in_row & side) | (over & end)).any()):
        return True
    on_row = (np.abs(across[:, 1] - top) < JOIN_POINTS) | (np.abs(across[:, 3] - bottom) < JOIN_POINTS)
    goes_on = (across[:, 2] > right + JOIN_POINTS) & (across[:, 0] < right + JOIN_POINTS)
    goes_on |= (across[:, 0] < left - JOIN_POINTS) & (across[:, 2] > left - JOIN_POINTS)
    on_column = (np.abs(down[:, 0] - left) < JOIN_POINTS) | (np.abs(down[:, 2] - right) < JOIN_POINTS)
    runs_on = (down[:, 3] > bottom + JOIN_POINTS) & (down[:, 1] < bottom + JOIN_POINTS)
    runs_on |= (down[:, 1] < top - JOIN_POINTS) & (down[:, 3] > top - JOIN_POINTS)
    return bool((on_row & goes_on).any() or (on_column & runs_on).any())


def _state(outline: _Shape, drawn: _Drawn, text: TextLayer, width: float, height: float) -> MarkState | None:
    """Judge a box by the characters and strokes in it; None if it holds other text or an icon."""
    characters = _characters(outline.box, text, width, height)
    if characters:
        return MarkState.TICKED if all(c in TICK_CHARACTERS for c in characters) else None
    if outline.fill is _Fill.DARK:
        return MarkState.TICKED
    state = MarkState.EMPTY
    side = max(outline.box.width, outline.box.height)
    strokes: list[Box] = []
    for shape in drawn.shapes:
        if shape.order < outline.order or shape.erases or not _is_inside(shape.box, outline.box):
            continue
        if shape.kind and shape.fill is _Fill.NONE and shape.stroked and shape.box.width > 0.4 * side:
            continue  # a second border
        if shape.segments > MAX_TICK_SEGMENTS:
            return None
        if shape.order == outline.order and shape.kind and shape.fill is _Fill.NONE:
            continue
        strokes.append(shape.box)
    for stroke in strokes:
        extent = _extent(stroke, outline.box) / side
        if extent >= MIN_TICK_SIDES:
            return MarkState.TICKED
        if extent >= MIN_SPECK_SIDES:
            state = MarkState.UNCLEAR
    if any(_is_inside(picture, outline.box) for picture in drawn.pictures):
        return MarkState.UNCLEAR
    return state


def _characters(box: Box, text: TextLayer, width: float, height: float) -> list[str]:
    """Return the characters whose middle is in a box."""
    if not len(text.texts):
        return []
    middles = (text.tight[:, :2] + text.tight[:, 2:]) / 2 * (width, height)
    inside = ((middles > box[:2]) & (middles < box[2:])).all(axis=1)
    return [text.texts[i] for i in np.flatnonzero(inside)]


def _is_inside(stroke: Box, box: Box) -> bool:
    """Return whether a stroke lies on a box rather than on its border or around it."""
    if max(stroke.width, stroke.height) > 2.5 * box.width:
        return False
    middle = stroke.center
    margin_x, margin_y = BORDER_SHARE * box.width, BORDER_SHARE * box.height
    return (
        box.left + margin_x < middle.x < box.right - margin_x + max(0.0, stroke.width - box.width)
        and box.top + margin_y - max(0.0, stroke.height - box.height) < middle.y < box.bottom - margin_y
    )


def _extent(stroke: Box, box: Box) -> float:
    """Return the larger side of what a stroke and a box share, in points."""
    across = min(stroke.right, box.right) - max(stroke.left, box.left)
    down = min(stroke.bottom, box.bottom) - max(stroke.top, box.top)
    return max(across, down) if across >= 0 and down >= 0 else 0.0


def _is_square(box: Box) -> bool:
    return _is_tick_sized(box) and max(box.width, box.height) <= MAX_SIDES_RATIO * min(box.width, box.height)


def _is_tick_sized(box: Box) -> bool:
    return min(box.width, box.height) >= MIN_SIDE_POINTS and max(box.width, box.height) <= MAX_SIDE_POINTS


def _contains(outer: Box, inner: Box) -> bool:
    slack = 0.3
    return (
        outer.left - slack <= inner.left
        and outer.top - slack <= inner.top
        and inner.right <= outer.right + slack
        and inner.bottom <= outer.bottom + slack
    )


def _overlap(a: Box, b: Box) -> float:
    """Return the shared area as a share of the smaller one."""
    across = min(a.right, b.right) - max(a.left, b.left)
    down = min(a.bottom, b.bottom) - max(a.top, b.top)
    if across <= 0 or down <= 0:
        return 0.0
    return across * down / min(a.width * a.height, b.width * b.height)


def _bounds(item: Any, matrix: _Matrix) -> Box | None:
    """Return an image's box in points as shown."""
    edges = [ctypes.c_float() for _ in range(4)]
    if not pdfium_c.FPDFPageObj_GetBounds(item, *edges):
        return None
    left, bottom, right, top = (edge.value for edge in edges)
    a, b, c, d, e, f = matrix
    xs = (a * left + c * bottom + e, a * right + c * top + e)
    ys = (b * left + d * bottom + f, b * right + d * top + f)
    return Box(min(xs), min(ys), max(xs), max(ys))


def _matrix(item: Any) -> _Matrix:
    matrix = pdfium_c.FS_MATRIX()
    if not pdfium_c.FPDFPageObj_GetMatrix(item, matrix):
        return _IDENTITY
    return matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f


def _after(first: _Matrix, second: _Matrix) -> _Matrix:
    """Return the matrix that applies the first, then the second."""
    a, b, c, d, e, f = first
    g, h, i, j, k, m = second
    return (a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m)


def _lightness(getter: Any, item: Any) -> tuple[float, bool]:
    """Return how light a colour looks on paper, 0 to 1, and whether it is too bright for ink."""
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    if not getter(item, red, green, blue, alpha):
        return 0.0, False
    light = (0.299 * red.value + 0.587 * green.value + 0.114 * blue.value) / 255
    channels = (red.value, green.value, blue.value)
    bright = max(channels) - min(channels) > MIN_COLOUR and light > MAX_INK_LIGHTNESS
    return 1 - (1 - light) * alpha.value / 255, bright
