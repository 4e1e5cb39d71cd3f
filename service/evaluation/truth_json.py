"""Read the truth from JSON: one file for all documents, or one file next to each."""

from __future__ import annotations

import json
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

from schemas.frames import GRID, GridBox
from service.evaluation.raw_truth import (
    RawCell,
    RawDocument,
    RawRow,
    RawTruth,
    TruePlace,
    TruthError,
    document_name,
    raw_cell,
)


def read(path: Path) -> RawTruth:
    """Read one file for all documents.

    Its form is `{"<document>": {"<field>": value, "<array>": [{"<column>": value}]}}`.

    Raises:
        TruthError: if the file does not have this form.
    """
    return {document_name(name): _document(content, f"{path}, '{name}'") for name, content in _object(path).items()}


def read_per_document(documents: dict[str, Path]) -> RawTruth:
    """Read `invoice.json` or `invoice.pdf.json` next to `invoice.pdf`, where there is one.

    Args:
        documents: name -> path.

    Raises:
        TruthError: if one of the files is not a JSON object of fields.
    """
    found: RawTruth = {}
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
        raise TruthError(f"{path}: expected a JSON file, but it cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise TruthError(f"{path}: expected JSON in UTF-8; {error}") from None
    if not isinstance(content, dict):
        raise TruthError(f"{path}: expected a JSON object, got {_kind(content)}")
    return content


def _document(content: Any, where: str) -> RawDocument:
    if not isinstance(content, dict):
        raise TruthError(f"{where}: expected an object of fields, got {_kind(content)}")
    document = RawDocument(where)
    for name, item in content.items():
        if isinstance(item, list):
            document.arrays[name] = [_row(row, f"{where}, {name}[{number}]") for number, row in enumerate(item)]
        elif (cell := _cell(item, f"{where}, {name}")) is not None:
            document.fields[name] = cell
    return document


def _row(row: Any, where: str) -> RawRow:
    if not isinstance(row, dict):
        raise TruthError(f"{where}: expected an object of columns, got {_kind(row)}")
    cells: Iterable[tuple[str, RawCell | None]] = ((name, _cell(item, f"{where}.{name}")) for name, item in row.items())
    return {name: cell for name, cell in cells if cell is not None}


def _cell(item: Any, where: str) -> RawCell | None:
    place = None
    if isinstance(item, dict):
        if unknown := item.keys() - {"value", "page", "bbox"}:
            raise TruthError(f"{where}: expected the keys value, page and bbox, got '{min(unknown)}'")
        if "value" not in item:
            raise TruthError(f"{where}: the key 'value' is missing. Write null for a value that is not on the page")
        item, place = item["value"], _place(item, where)
    if item is not None and not isinstance(item, str | int | Decimal | bool):
        raise TruthError(f"{where}: expected a string, number, boolean or null, got {_kind(item)}")
    return raw_cell(item, where, place)


def _place(item: dict[str, Any], where: str) -> TruePlace | None:
    if item.get("bbox") is None:
        return None
    box, page = item["bbox"], item.get("page", 1)
    numbers = isinstance(box, list) and len(box) == 4 and all(isinstance(n, int | Decimal) for n in box)
    if not numbers or not (0 <= box[0] <= box[2] <= GRID and 0 <= box[1] <= box[3] <= GRID):
        raise TruthError(
            f"{where}: expected bbox as [xmin, ymin, xmax, ymax], 0 to {GRID} across and down the page, got {box}"
        )
    if not isinstance(page, int) or page < 1:
        raise TruthError(f"{where}: expected page as a number from 1, got {page}")
    return TruePlace(page, GridBox(*(round(n) for n in box)))


def _kind(item: Any) -> str:
    names = {dict: "an object", list: "a list", str: "a string", bool: "a boolean", type(None): "null"}
    return names.get(type(item), "a number")
