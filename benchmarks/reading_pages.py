"""Load real pages with the truth of their text from the documents next to this project."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np

from benchmarks.text_scores import TextLine
from documents.decode.content import placed_words
from documents.decode.pdf import PdfFile
from documents.layout.lines import arrange
from documents.limits import ReadingLimits

DATA = Path("../shared/eval/dev")


class TruePage(NamedTuple):
    """A picture and the text printed on it; boxes are fractions of the picture."""

    path: Path
    lines: tuple[TextLine, ...]
    symbols: tuple[TextLine, ...] = ()


def receipts() -> list[TruePage]:
    """Return photographed receipts, whose lines were transcribed by hand."""
    pages = []
    for path in sorted((DATA / "sroie").glob("*.gt.json")):
        truth = json.loads(path.read_text("utf-8"))
        lines = tuple(TextLine(line["text"], _grid(line["bbox"])) for line in truth["ocr_lines"])
        pages.append(TruePage(DATA / truth["file"], lines))
    return pages


def renders() -> list[TruePage]:
    """Return first pages of digital invoices at 150 dpi, one per layout.

    The truth is their text layer.
    """
    pages, seen = [], set()
    for path, truth in invoices():
        if truth["layout_cluster"] not in seen and (lines := _text_layer(DATA / truth["file"])):
            seen.add(truth["layout_cluster"])
            pages.append(TruePage(path, *lines))
    return pages


def scans() -> list[TruePage]:
    """Return degraded scans of the same pages.

    The boxes of the text layer are warped as the known fields' places were.
    """
    originals = {truth["id"]: truth for _, truth in invoices()}
    pages = []
    for path in sorted((DATA / "scan").glob("*.gt.json")):
        truth = json.loads(path.read_text("utf-8"))
        original = originals.get(truth["derived_from"])
        warp = _warp(original, truth) if original else None
        lines = _text_layer(DATA / original["file"]) if original else None
        if warp is not None and lines:
            moved = tuple(TextLine(line.text, _moved(warp, line.box)) for line in lines[0])
            pages.append(TruePage(DATA / truth["file"], moved))
    return pages


def invoices() -> Iterator[tuple[Path, dict[str, Any]]]:
    """Yield the picture of the first page of every PDF with a text layer, and its annotations."""
    for path in sorted(DATA.glob("*/*.gt.json")):
        if path.parent.name in ("scan", "sroie"):
            continue
        truth = json.loads(path.read_text("utf-8"))
        if truth["file"].endswith(".pdf") and truth["has_text_layer"]:
            yield DATA / truth["page_images"][0], truth


def _grid(box: list[int]) -> tuple[float, float, float, float]:
    left, top, right, bottom = (value / 1000 for value in box)
    return left, top, right, bottom


def _text_layer(path: Path) -> tuple[tuple[TextLine, ...], tuple[TextLine, ...]] | None:
    """Return the lines and symbols of a PDF's first page."""
    with closing(PdfFile(path.read_bytes(), ReadingLimits())) as pdf:
        width, height, text = pdf.text_layer(1)
    if text is None:
        return None
    lines = arrange([[word] for word in placed_words(text)], width / height)
    symbols = [s for line in lines for word in line.words for s in word.symbols]
    return tuple(TextLine(ln.text, ln.box) for ln in lines), tuple(TextLine(s.text, s.box) for s in symbols)


def _places(truth: dict[str, Any]) -> dict[tuple[str, str], list[int]]:
    cells = {name: cell for name, cell in truth["fields"].items() if isinstance(cell, dict)}
    for row, item in enumerate(truth.get("line_items") or truth["fields"].get("line_items", ())):
        cells |= {f"{row}.{name}": cell for name, cell in item.items() if isinstance(cell, dict)}
    return {(name, str(cell.get("raw"))): cell["bbox"] for name, cell in cells.items() if cell.get("bbox")}


def _warp(original: dict[str, Any], scan: dict[str, Any]) -> Any:
    """Return the homography that moved the known places, or None if there are too few of them."""
    before, after = _places(original), _places(scan)
    shared = sorted(before.keys() & after.keys())
    corners = [(before[key], after[key], x, y) for key in shared for x in (0, 2) for y in (1, 3)]
    if len(shared) < 4:
        return None
    source = np.array([(a[x], a[y]) for a, _, x, y in corners], np.float32) / 1000
    target = np.array([(b[x], b[y]) for _, b, x, y in corners], np.float32) / 1000
    warp, _ = cv2.findHomography(source, target, cv2.RANSAC, 0.004)
    return warp


def _moved(warp: Any, box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    left, top, right, bottom = box
    corners = np.array([[(left, top), (right, top), (right, bottom), (left, bottom)]], np.float32)
    (moved,) = cv2.perspectiveTransform(corners, warp)
    (x0, y0), (x1, y1) = moved.min(axis=0), moved.max(axis=0)
    return float(x0), float(y0), float(x1), float(y1)
