"""Read the truth from CSV: one row per document, and `<array>.csv` for rows of an array."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator
from pathlib import Path

from service.evaluation.raw_truth import RawDocument, RawRow, RawTruth, TruthError, document_name, raw_cell

FILE_COLUMNS = ("file", "filename", "document")
"""Headers of the column that names the document."""
SEPARATORS = ";\t,"
"""Excel writes semicolons where the comma is the decimal mark."""


def read(path: Path) -> RawTruth:
    """Read the fields of each document; arrays are in other files.

    Raises:
        TruthError: if the file does not have the expected form.
    """
    truth: RawTruth = {}
    for name, where, row in _rows(path):
        if name in truth:
            raise TruthError(
                f"{where}: expected one row per document, got a second row for '{name}'. Remove one of them, and put"
                " the rows of an array into a file of their own, <array>.csv"
            )
        truth[name] = RawDocument(where, row)
    return truth


def add_array(truth: RawTruth, path: Path) -> None:
    """Add the rows of the array that the file is named after.

    A row of only `-` says that the document has no such rows.

    Args:
        truth: the documents, which are changed.
        path: the array's CSV file.

    Raises:
        TruthError: if the file does not have the expected form, or names a document that is not in the truth.
    """
    for name, where, row in _rows(path):
        if name not in truth:
            raise TruthError(
                f"{where}: expected a document that has a row in the truth file, got '{name}'. Add a row with its name"
                " there; its other cells may be empty"
            )
        rows = truth[name].arrays.setdefault(path.stem, [])
        if any(cell.value is not None for cell in row.values()):
            rows.append(row)


def array_files(path: Path, arrays: Collection[str] | None) -> tuple[list[Path], list[Path]]:
    """Return the CSV files of arrays next to the truth file: those to use and to ignore.

    Args:
        path: the truth file.
        arrays: the arrays whose files to use; None uses every file.
    """
    others = [p for p in sorted(path.parent.glob("*.csv")) if p != path and _names_documents(p)]
    used = [p for p in others if arrays is None or p.stem in arrays]
    return used, [p for p in others if p not in used]


def _names_documents(path: Path) -> bool:
    header = next(csv.reader(io.StringIO(text := _text(path)), delimiter=_separator(text)), [])
    return _file_column(header) is not None


def _rows(path: Path) -> Iterator[tuple[str, str, RawRow]]:
    """Yield (document, position for messages, cells) for each row that is not empty."""
    text = _text(path)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text))
    header = [cell.strip() for cell in next(reader, [])]
    column = _file_column(header)
    if column is None:
        raise TruthError(
            f"{path}: expected a first row with the column '{FILE_COLUMNS[0]}' and a column for each field, separated"
            f" by commas, semicolons or tabs, got '{','.join(header)[:200]}'"
        )
    if repeated := {name for name in header if name and header.count(name) > 1}:
        raise TruthError(f"{path}: expected each column once, got '{min(repeated)}' twice. Rename or remove one")
    for row in reader:
        where = f"{path}, line {reader.line_num}"
        if not any(cell.strip() for cell in row):
            continue
        if any(cell.strip() for cell in row[len(header) :]):
            raise TruthError(
                f"{where}: expected {len(header)} cells as in the first row, got {len(row)}. Write quotation marks"
                " around a cell that contains the separator"
            )
        name = document_name(row[column]) if column < len(row) else ""
        if not name:
            raise TruthError(
                f"{where}: expected the name of a document in column '{header[column]}', got an empty cell"
            )
        cells = {
            title: raw_cell(cell, f"{where}, column '{title}'")
            for number, (title, cell) in enumerate(zip(header, row, strict=False))
            if number != column
        }
        if untitled := [cell for title, cell in zip(header, row, strict=False) if not title and cell.strip()]:
            raise TruthError(
                f"{where}: expected a name at the top of each column, got '{untitled[0][:60]}' in a column without one"
            )
        yield name, where, {title: cell for title, cell in cells.items() if cell is not None}


def _text(path: Path) -> str:
    """Decode UTF-8, or else Windows-1252, which Excel writes by default."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise TruthError(f"{path}: expected a CSV file, but it cannot be read: {error.strerror}") from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _separator(text: str) -> str:
    """Return the separator that occurs most often in the first line."""
    first = text.split("\n", 1)[0]
    return max(SEPARATORS, key=first.count)


def _file_column(header: list[str]) -> int | None:
    names = [cell.strip().casefold() for cell in header]
    return next((names.index(name) for name in FILE_COLUMNS if name in names), None)
