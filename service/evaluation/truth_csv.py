"""The truth as a spreadsheet saves it: a CSV with a row a document, and `<array>.csv` for the rows of an array."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator
from pathlib import Path

from service.evaluation.stated import (
    StatedDocument,
    StatedRow,
    StatedTruth,
    TruthError,
    document_name,
    stated,
)

FILE_COLUMNS = ("file", "filename", "document")
"""Headers of the column that names the document."""
SEPARATORS = ";\t,"
"""Excel writes semicolons where the comma is the decimal mark."""


def read(path: Path) -> StatedTruth:
    """The fields of each document; arrays come from other files.

    Raises:
        TruthError: the file is no such CSV.
    """
    truth: StatedTruth = {}
    for name, where, row in _rows(path):
        if name in truth:
            raise TruthError(
                f"{where}: expected one row for each document; '{name}' came before. Remove one of them, and put the"
                f" rows of an array into a file of its own, <array>.csv"
            )
        truth[name] = StatedDocument(where, row)
    return truth


def add_array(truth: StatedTruth, path: Path) -> None:
    """Add the rows of the array that the file is named after; a row of nothing but `-` says that there are none.

    Raises:
        TruthError: the file is no such CSV, or has a row for a document that is not in the truth.
    """
    for name, where, row in _rows(path):
        if name not in truth:
            raise TruthError(
                f"{where}: expected a document that has a row in the truth file too; '{name}' came. Add a row with its"
                " name there, with other cells empty if need be"
            )
        rows = truth[name].arrays.setdefault(path.stem, [])
        if any(cell.value is not None for cell in row.values()):
            rows.append(row)


def array_files(path: Path, arrays: Collection[str] | None) -> tuple[list[Path], list[Path]]:
    """The CSVs beside the truth file that name documents: those of `arrays` (None: of any), and the others."""
    beside = [p for p in sorted(path.parent.glob("*.csv")) if p != path and _names_documents(p)]
    used = [p for p in beside if arrays is None or p.stem in arrays]
    return used, [p for p in beside if p not in used]


def _names_documents(path: Path) -> bool:
    header = next(csv.reader(io.StringIO(text := _text(path)), delimiter=_separator(text)), [])
    return _file_column(header) is not None


def _rows(path: Path) -> Iterator[tuple[str, str, StatedRow]]:
    """Of each row that is not empty: the document, the row's place for messages, and what is stated."""
    text = _text(path)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text))
    header = [cell.strip() for cell in next(reader, [])]
    column = _file_column(header)
    if column is None:
        raise TruthError(
            f"{path}: expected a first row with the column '{FILE_COLUMNS[0]}' and a column for each field, divided by"
            f" commas, semicolons or tabs; '{','.join(header)[:200]}' came"
        )
    if twice := {name for name in header if name and header.count(name) > 1}:
        raise TruthError(f"{path}: expected each column once; '{min(twice)}' came twice. Rename or remove one")
    for row in reader:
        where = f"{path}, line {reader.line_num}"
        if not any(cell.strip() for cell in row):
            continue
        if any(cell.strip() for cell in row[len(header) :]):
            raise TruthError(
                f"{where}: expected {len(header)} cells as in the first row; {len(row)} came. Write quotation marks"
                " around a cell that contains the separator"
            )
        name = document_name(row[column]) if column < len(row) else ""
        if not name:
            raise TruthError(
                f"{where}: expected the name of a document in column '{header[column]}'; the cell is empty"
            )
        cells = {
            title: stated(cell, f"{where}, column '{title}'")
            for number, (title, cell) in enumerate(zip(header, row, strict=False))
            if number != column
        }
        if titleless := [cell for title, cell in zip(header, row, strict=False) if not title and cell.strip()]:
            raise TruthError(f"{where}: expected a name above each column; '{titleless[0][:60]}' stands below none")
        yield name, where, {title: cell for title, cell in cells.items() if cell is not None}


def _text(path: Path) -> str:
    """UTF-8, or else Windows-1252, which is what Excel writes unless told otherwise."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise TruthError(f"{path}: expected a CSV file; it cannot be read: {error.strerror}") from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _separator(text: str) -> str:
    """The one that the first line has most of."""
    first = text.split("\n", 1)[0]
    return max(SEPARATORS, key=first.count)


def _file_column(header: list[str]) -> int | None:
    names = [cell.strip().casefold() for cell in header]
    return next((names.index(name) for name in FILE_COLUMNS if name in names), None)
