"""Render cells and pages as the API's JSON."""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import Any

from schemas.fields import Field
from schemas.frames import grid_box, grid_vertices, quad_around
from schemas.geometry import Box, Quad, union
from schemas.marks import Mark
from schemas.pages import Document, Line, Preprocessing, Word
from schemas.payment_codes import payment_of
from schemas.results import Cell, Evidence, FieldPath, Finding, Place, Status, Value
from service.pipeline.pipeline import CellRow


def row_json(row: CellRow, include: Set[str] = frozenset(), poorly_read: Sequence[int] = ()) -> dict[str, Any]:
    """Render a row: the requested names in the requested order, and nothing else.

    Args:
        row: cells and arrays by name.
        include: may contain `alternatives` and `evidence`, which are then added to each cell.
        poorly_read: numbers of the pages on which a value may have been overlooked.
    """
    return {
        name: [row_json(r, include, poorly_read) for r in item]
        if isinstance(item, list)
        else cell_json(item, include, poorly_read)
        for name, item in row.items()
    }


def cell_json(cell: Cell, include: Set[str] = frozenset(), poorly_read: Sequence[int] = ()) -> dict[str, Any]:
    """Render a cell; every key but `alternatives`, `evidence` and `searched` is always present.

    Args:
        cell: the cell.
        include: may contain `alternatives` and `evidence`.
        poorly_read: numbers of the pages on which a value may have been overlooked.
    """
    answer: dict[str, Any] = {
        "value": cell.value,
        "raw_text": cell.raw_text,
        "match_ratio": cell.match_ratio,
        "status": cell.status.value,
        "page": cell.place.page if cell.place else None,
        "bbox": _box(cell.place.quad.box) if cell.place else None,
        "vertices": _vertices(cell.place.quad) if cell.place else [],
        "confidence": cell.confidence,
    }
    if cell.status is Status.NOT_FOUND and poorly_read:
        answer["searched"] = {"poorly_read": list(poorly_read)}
    if "alternatives" in include:
        answer["alternatives"] = _alternatives(cell)
    if "evidence" in include:
        answer["evidence"] = _evidence(cell.evidence, cell.place) if cell.evidence and cell.place else None
    return answer


def _alternatives(cell: Cell) -> list[dict[str, Any]]:
    """Render the readings of an ambiguous text, then the value's other places."""
    readings = [_place(cell.place, value) for value in cell.readings] if cell.place else []
    return readings + [_place(place, cell.value) for place in cell.alternatives]


def _evidence(evidence: Evidence, place: Place) -> dict[str, Any]:
    return {
        "symbols": list(place.symbol_ids),
        "regions": [
            {"page": region.page, "bbox": _box(region.quad.box), "vertices": _vertices(region.quad)}
            for region in place.regions
        ],
        "written": evidence.written,
        "found": evidence.found,
        "edits": [edit._asdict() for edit in evidence.edits],
        "agreement": evidence.agreement,
        "digits_agree": evidence.digits_agree,
        "hint": evidence.hint,
        "label": evidence.label,
        "row": evidence.row,
        "rivals": evidence.rivals,
        "doubtful": evidence.doubtful,
        "probability": evidence.probability,
    }


def fields_json(fields: Sequence[Field]) -> list[dict[str, Any]]:
    """Render fields as a request can send them."""
    return [field.model_dump(mode="json", exclude_none=True) for field in fields]


def finding_json(finding: Finding, row: CellRow) -> dict[str, Any]:
    """Render a finding with the boxes of its cells that were found.

    Args:
        finding: the finding.
        row: the whole answer, in which the finding's cells are looked up.
    """
    places = [(path, _cell(row, path).place) for path in finding.paths]
    return {
        "rule": str(finding.rule),
        "outcome": finding.outcome.value,
        "fields": [path_text(path) for path in finding.paths],
        "message": finding.message,
        "boxes": [
            {"field": path_text(path), "page": place.page, "bbox": _box(place.quad.box)}
            for path, place in places
            if place
        ],
    }


def _cell(row: CellRow, path: FieldPath) -> Cell:
    item = row[str(path[0])]
    return item if isinstance(item, Cell) else _cell(item[int(path[1])], path[2:])


def path_text(path: FieldPath) -> str:
    """Write a path as text: `("line_items", 0, "quantity")` becomes `line_items[0].quantity`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def pages_json(document: Document, with_text: bool = False) -> list[dict[str, Any]]:
    """Describe the pages that were read.

    Args:
        document: the document.
        with_text: also add each page's plain text in reading order.
    """
    return [
        {
            "page": p.number,
            "width": p.width,
            "height": p.height,
            "source": p.source.value,
            "words": len(p.words),
            "orientation": p.preprocessing.orientation if p.preprocessing else 0,
        }
        | ({"text": p.text} if with_text else {})
        for p in document.pages
    ]


def words_json(document: Document) -> list[dict[str, Any]]:
    """Render every word with its place, its confidence and its symbols.

    `symbols` is a half-open range of ids. Symbols are counted through the whole document, in the order of the words.
    """
    rendered: list[dict[str, Any]] = []
    first = 0
    for page in document.pages:
        for word in page.words:
            symbols = [first, first + len(word.symbols)]
            text = _text_json(word.text, word.confidence, (word,), page.aspect)
            rendered.append({"id": word.id, "page": page.number, "symbols": symbols, **text})
            first = symbols[1]
    return rendered


def codes_json(document: Document) -> list[dict[str, Any]]:
    """Render every code with its place and, if it asks for a payment, what it says."""
    rendered: list[dict[str, Any]] = []
    for page in document.pages:
        for code in page.codes:
            payment = payment_of(code.text)
            rendered.append(
                {
                    "page": page.number,
                    "format": code.format,
                    "text": code.text,
                    "bbox": _box(code.quad.box),
                    "vertices": _vertices(code.quad),
                    "payment": payment._asdict() if payment else None,
                }
            )
    return rendered


def text_json(document: Document) -> list[dict[str, Any]]:
    """Render pages of lines of words, each with its place."""
    return [
        {
            "page": page.number,
            "width": page.width,
            "height": page.height,
            "source": page.source.value,
            "preprocessing": preprocessing_json(page.preprocessing) if page.preprocessing else None,
            "text": page.text,
            "lines": [_line_json(line, page.aspect) for line in page.lines],
            "marks": [_mark_json(mark, document) for mark in page.marks],
        }
        for page in document.pages
    ]


def marks_json(document: Document) -> list[dict[str, Any]]:
    """Render every tick box and radio button with its page, state, place and label."""
    return [{"page": page.number, **_mark_json(mark, document)} for page in document.pages for mark in page.marks]


def _mark_json(mark: Mark, document: Document) -> dict[str, Any]:
    return {
        "state": mark.state.value,
        "shape": mark.shape.value,
        "label": " ".join(document.words[i].text for i in mark.label_ids),
        "name": mark.name or None,
        "confidence": round(mark.confidence, 4),
        "bbox": _box(mark.quad.box),
        "vertices": _vertices(mark.quad),
    }


def preprocessing_json(done: Preprocessing) -> dict[str, Any]:
    """Render how a picture was prepared for reading."""
    return {
        "original_size": list(done.original_size),
        "processed_size": list(done.processed_size),
        "deskew_angle": done.deskew_angle,
        "orientation": done.orientation,
        "steps": list(done.steps),
    }


def _line_json(line: Line, aspect: float) -> dict[str, Any]:
    return _text_json(line.text, line.confidence, line.words, aspect) | {
        "words": [_text_json(word.text, word.confidence, (word,), aspect) for word in line.words]
    }


def _text_json(text: str, confidence: float, words: Sequence[Word], aspect: float) -> dict[str, Any]:
    place = place_json([symbol.quad for word in words for symbol in word.symbols], aspect)
    return {"text": text, "confidence": round(confidence, 4), **place}


def place_json(quads: Sequence[Quad], aspect: float) -> dict[str, Any]:
    """Render the place of symbols, at least one, on a page.

    Args:
        quads: the corners of the symbols, in page fractions.
        aspect: width of the page divided by its height.
    """
    return {"bbox": _box(union(q.box for q in quads)), "vertices": _vertices(quad_around(quads, aspect))}


def _place(place: Place, value: Value | None) -> dict[str, Any]:
    return {
        "value": value,
        "page": place.page,
        "raw_text": place.text,
        "bbox": _box(place.quad.box),
        "vertices": _vertices(place.quad),
    }


def _box(box: Box) -> dict[str, int]:
    return grid_box(box)._asdict()


def _vertices(quad: Quad) -> list[dict[str, int]]:
    return [point._asdict() for point in grid_vertices(quad)]
