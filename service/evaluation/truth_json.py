"""The truth as a program writes it: one JSON file of all documents, or one beside each."""

from __future__ import annotations

import json
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

from schemas.frames import GRID, GridBox
from service.evaluation.stated import (
    Stated,
    StatedDocument,
    StatedRow,
    StatedTruth,
    TruePlace,
    TruthError,
    document_name,
    stated,
)


def read(path: Path) -> StatedTruth:
    """A file `{"<document>": {"<field>": value, "<array>": [{"<column>": value}]}}`.

    Raises:
        TruthError: the file is no such JSON.
    """
    return {document_name(name): _document(content, f"{path}, '{name}'") for name, content in _object(path).items()}


def read_beside(documents: dict[str, Path]) -> StatedTruth:
    """`invoice.json` or `invoice.pdf.json` beside `invoice.pdf`, for the documents that have one.

    Args:
        documents: name -> where the document is.

    Raises:
        TruthError: one of the files is no JSON object of fields.
    """
    found: StatedTruth = {}
    for name, document in documents.items():
        for path in (document.with_name(f"{document.name}.json"), document.with_suffix(".json")):
            if path.is_file():
                found[name] = _document(_object(path), str(path))
                break
    return found


def _object(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"), parse_float=Decimal)
    except OSError as error:
        raise TruthError(f"{path}: expected a JSON file; it cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise TruthError(f"{path}: expected JSON in UTF-8; {error}") from None
    if not isinstance(content, dict):
        raise TruthError(f"{path}: expected a JSON object; {_kind(content)} came")
    return content


def _document(content: Any, where: str) -> StatedDocument:
    if not isinstance(content, dict):
        raise TruthError(f"{where}: expected an object of fields; {_kind(content)} came")
    made = StatedDocument(where)
    for name, item in content.items():
        if isinstance(item, list):
            made.arrays[name] = [_row(row, f"{where}, {name}[{number}]") for number, row in enumerate(item)]
        elif (cell := _cell(item, f"{where}, {name}")) is not None:
            made.fields[name] = cell
    return made


def _row(row: Any, where: str) -> StatedRow:
    if not isinstance(row, dict):
        raise TruthError(f"{where}: expected an object of columns; {_kind(row)} came")
    cells: Iterable[tuple[str, Stated | None]] = ((name, _cell(item, f"{where}.{name}")) for name, item in row.items())
    return {name: cell for name, cell in cells if cell is not None}


def _cell(item: Any, where: str) -> Stated | None:
    place = None
    if isinstance(item, dict):
        if unknown := item.keys() - {"value", "page", "bbox"}:
            raise TruthError(f"{where}: expected the keys value, page and bbox; '{min(unknown)}' came")
        if "value" not in item:
            raise TruthError(f"{where}: expected the key value; it is missing. Write null for: not on the page")
        item, place = item["value"], _place(item, where)
    if item is not None and not isinstance(item, str | int | Decimal | bool):
        raise TruthError(f"{where}: expected a text, number, truth value or null; {_kind(item)} came")
    return stated(item, where, place)


def _place(item: dict[str, Any], where: str) -> TruePlace | None:
    if item.get("bbox") is None:
        return None
    box, page = item["bbox"], item.get("page", 1)
    numbers = isinstance(box, list) and len(box) == 4 and all(isinstance(n, int | Decimal) for n in box)
    if not numbers or not (0 <= box[0] <= box[2] <= GRID and 0 <= box[1] <= box[3] <= GRID):
        raise TruthError(
            f"{where}: expected bbox as [xmin, ymin, xmax, ymax], 0 to {GRID} across and down the page; {box} came"
        )
    if not isinstance(page, int) or page < 1:
        raise TruthError(f"{where}: expected page as a number from 1; {page} came")
    return TruePlace(page, GridBox(*(round(n) for n in box)))


def _kind(item: Any) -> str:
    names = {dict: "an object", list: "a list", str: "a text", bool: "a truth value", type(None): "null"}
    return names.get(type(item), "a number")
