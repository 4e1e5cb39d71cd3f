"""Read the truth about a folder of documents, with values of the schema's types."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from schemas.fields import Field, FieldType, Schema
from schemas.results import Value
from service.evaluation import truth_csv, truth_json
from service.evaluation.comparison import TruthNotation, notation_of, typed
from service.evaluation.raw_truth import RawCell, RawRow, RawTruth, TruePlace, TruthError

STANDARD_NAMES = ("truth.csv", "truth.json")


class TypedCell(NamedTuple):
    """A true value and, if known, its place; the value is None if it is not on the page."""

    value: Value | None
    place: TruePlace | None = None


TypedRow = dict[str, TypedCell]


@dataclass(frozen=True)
class TypedDocument:
    """The truth about one document.

    A field or array that is missing here is unknown; an array without rows is known to be absent.
    """

    fields: TypedRow
    arrays: dict[str, list[TypedRow]]


TypedTruth = dict[str, TypedDocument]
"""Documents by their paths within the folder."""


class ReadTruth(NamedTuple):
    """The content of the truth files, and the CSV files next to them that are ignored."""

    raw: RawTruth
    ignored: list[Path]


def read_truth(folder: Path, file: Path | None, documents: dict[str, Path], schema: Schema | None) -> ReadTruth:
    """Read the truth about the documents of a folder.

    It is in `file`, or else in `truth.csv` or `truth.json` in the folder, or else in a JSON file next to each document.

    Args:
        folder: holds the documents.
        file: the truth file, if the user names one.
        documents: name -> path.
        schema: names the arrays whose rows have CSV files of their own; without it, every CSV next to the truth file
            is an array.

    Raises:
        TruthError: if there is no truth, or it cannot be read.
    """
    path = file or _standard(folder)
    if path is None:
        by_document = truth_json.read_per_document(documents)
        if not by_document:
            raise TruthError(
                f"{folder}: expected {' or '.join(STANDARD_NAMES)}, or <document>.json next to each document, got"
                " neither. Name another file with --truth"
            )
        return ReadTruth(by_document, [])
    if path.suffix.casefold() == ".json":
        return ReadTruth(truth_json.read(path), [])
    if path.suffix.casefold() != ".csv":
        raise TruthError(f"{path}: expected a truth file that ends in .csv or .json. Save it as one of them")
    truth = truth_csv.read(path)
    arrays = None if schema is None else {field.name for field in schema.fields if field.type is FieldType.ARRAY}
    used, ignored = truth_csv.array_files(path, arrays)
    for array in used:
        truth_csv.add_array(truth, array)
    return ReadTruth(truth, ignored)


def _standard(folder: Path) -> Path | None:
    found = [folder / name for name in STANDARD_NAMES if (folder / name).is_file()]
    if len(found) > 1:
        raise TruthError(
            f"{folder}: expected one truth file, got {' and '.join(STANDARD_NAMES)}. Name one with --truth"
        )
    return found[0] if found else None


def typed_truth(truth: RawTruth, schema: Schema, locale: str | None, places: bool = True) -> TypedTruth:
    """Give every value the type of its field, read in the truth's own notation.

    Args:
        truth: the content of the truth files.
        schema: the fields and their types.
        locale: settles ambiguous dates and numbers where the truth does not.
        places: whether to keep the places of the values.

    Raises:
        TruthError: if a name is not in the schema, or a value does not fit its type.
    """
    notation = notation_of((cell.value for cell in _cells(truth) if isinstance(cell.value, str)), locale)
    reader = _Reader(notation, places)
    values = {field.name: field for field in schema.fields if field.type is not FieldType.ARRAY}
    arrays = {field.name: field for field in schema.fields if field.type is FieldType.ARRAY}
    documents: TypedTruth = {}
    for name, document in truth.items():
        fields, rows = dict(document.fields), dict(document.arrays)
        for absent in [n for n, cell in fields.items() if n in arrays and cell.value is None]:
            del fields[absent]
            rows[absent] = []
        for array in rows:
            if array not in arrays:
                raise TruthError(f"{document.where}: {_expected_one_of(arrays, 'arrays', array)}")
        documents[name] = TypedDocument(
            reader.row(fields, values),
            {array: [reader.row(row, columns(arrays[array])) for row in found] for array, found in rows.items()},
        )
    return documents


def columns(array: Field) -> dict[str, Field]:
    """Return the columns with one value per row; arrays within rows are not evaluated."""
    return {child.name: child for child in array.children or () if child.type is not FieldType.ARRAY}


def _cells(truth: RawTruth) -> Iterator[RawCell]:
    for document in truth.values():
        yield from document.fields.values()
        for rows in document.arrays.values():
            for row in rows:
                yield from row.values()


def _expected_one_of(known: dict[str, Field], kind: str, name: str) -> str:
    names = ", ".join(known) or "none"
    return f"expected one of the schema's {kind} ({names}), got '{name}'. Rename it, or name another schema"


class _Reader(NamedTuple):
    notation: TruthNotation
    places: bool

    def row(self, row: RawRow, fields: dict[str, Field]) -> TypedRow:
        return {name: self.cell(cell, name, fields) for name, cell in row.items()}

    def cell(self, cell: RawCell, name: str, fields: dict[str, Field]) -> TypedCell:
        if name not in fields:
            raise TruthError(f"{cell.where}: {_expected_one_of(fields, 'single-value fields', name)}")
        if cell.value is None:
            return TypedCell(None)
        field = fields[name]
        value = typed(field, cell.value, self.notation)
        if value is None:
            form = f"one of {', '.join(field.values)}" if field.values else _FORMS[field.type]
            raise TruthError(f"{cell.where}: expected {form}, got '{cell.value}'. Correct it, or leave it empty")
        return TypedCell(value, cell.place if self.places else None)


_FORMS = {
    FieldType.DATE: "a date such as 2024-03-31 or 31.03.2024",
    FieldType.NUMBER: "a number such as 1234.5 or 1.234,5",
    FieldType.MONEY: "an amount such as 1234.50 or 1.234,50",
    FieldType.INTEGER: "a whole number",
    FieldType.BOOLEAN: "yes or no",
}
