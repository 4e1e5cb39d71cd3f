"""The truth about a folder of documents: found, read, and given the types of the schema."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from schemas.fields import Field, FieldType, Schema
from schemas.results import Value
from service.evaluation import truth_csv, truth_json
from service.evaluation.comparison import Habits, habits_of, typed
from service.evaluation.stated import Stated, StatedRow, StatedTruth, TruePlace, TruthError

STANDARD_NAMES = ("truth.csv", "truth.json")


class Expected(NamedTuple):
    """A true value, and where it stands if that is known; None: it is not on the page."""

    value: Value | None
    place: TruePlace | None = None


ExpectedRow = dict[str, Expected]


@dataclass(frozen=True)
class DocumentTruth:
    """What is known of one document; what is not here is unknown, an array without rows is not on the page."""

    fields: ExpectedRow
    arrays: dict[str, list[ExpectedRow]]


Truth = dict[str, DocumentTruth]
"""By the document's path within its folder."""


class ReadTruth(NamedTuple):
    """What the files state, and the CSVs beside them that were left aside."""

    stated: StatedTruth
    left_aside: list[Path]


def read_truth(folder: Path, file: Path | None, documents: dict[str, Path], schema: Schema | None) -> ReadTruth:
    """Read `file`, or else `truth.csv` or `truth.json` in the folder, or else a JSON beside each document.

    Args:
        documents: name -> where the document is.
        schema: names the arrays whose rows are in CSVs of their own; without one every CSV beside is an array.

    Raises:
        TruthError: there is no truth, or it cannot be read.
    """
    path = file or _standard(folder)
    if path is None:
        beside = truth_json.read_beside(documents)
        if not beside:
            raise TruthError(
                f"{folder}: expected the truth as {' or '.join(STANDARD_NAMES)}, or as <document>.json beside each"
                " document; none came. Name another file with --truth"
            )
        return ReadTruth(beside, [])
    if path.suffix.casefold() == ".json":
        return ReadTruth(truth_json.read(path), [])
    if path.suffix.casefold() != ".csv":
        raise TruthError(f"{path}: expected a truth file that ends in .csv or .json; save it as one of them")
    truth = truth_csv.read(path)
    arrays = None if schema is None else {field.name for field in schema.fields if field.type is FieldType.ARRAY}
    used, left_aside = truth_csv.array_files(path, arrays)
    for array in used:
        truth_csv.add_array(truth, array)
    return ReadTruth(truth, left_aside)


def _standard(folder: Path) -> Path | None:
    found = [folder / name for name in STANDARD_NAMES if (folder / name).is_file()]
    if len(found) > 1:
        raise TruthError(f"{folder}: expected one truth; {' and '.join(STANDARD_NAMES)} came. Name one with --truth")
    return found[0] if found else None


def typed_truth(truth: StatedTruth, schema: Schema, locale: str | None, places: bool = True) -> Truth:
    """Every value as the schema's type, read with the truth's own habits.

    Args:
        places: also keep where the values stand.

    Raises:
        TruthError: a name is not in the schema, or a value is none of its type.
    """
    habits = habits_of((cell.value for cell in _cells(truth) if isinstance(cell.value, str)), locale)
    reader = _Reader(habits, places)
    values = {field.name: field for field in schema.fields if field.type is not FieldType.ARRAY}
    arrays = {field.name: field for field in schema.fields if field.type is FieldType.ARRAY}
    made: Truth = {}
    for name, document in truth.items():
        fields, rows = dict(document.fields), dict(document.arrays)
        for absent in [n for n, cell in fields.items() if n in arrays and cell.value is None]:
            del fields[absent]
            rows[absent] = []
        for array in rows:
            if array not in arrays:
                raise TruthError(f"{document.where}: {_expected_one_of(arrays, 'array', array)}")
        made[name] = DocumentTruth(
            reader.row(fields, values),
            {array: [reader.row(row, columns(arrays[array])) for row in found] for array, found in rows.items()},
        )
    return made


def columns(array: Field) -> dict[str, Field]:
    """Those that have one value a row; arrays within rows are not evaluated."""
    return {child.name: child for child in array.children or () if child.type is not FieldType.ARRAY}


def _cells(truth: StatedTruth) -> Iterator[Stated]:
    for document in truth.values():
        yield from document.fields.values()
        for rows in document.arrays.values():
            for row in rows:
                yield from row.values()


def _expected_one_of(known: dict[str, Field], kind: str, came: str) -> str:
    names = ", ".join(known) or "none, the schema has no such"
    return f"expected one of the schema's names ({kind}: {names}); '{came}' came. Rename it, or name another schema"


class _Reader(NamedTuple):
    habits: Habits
    places: bool

    def row(self, row: StatedRow, fields: dict[str, Field]) -> ExpectedRow:
        return {name: self.cell(cell, name, fields) for name, cell in row.items()}

    def cell(self, cell: Stated, name: str, fields: dict[str, Field]) -> Expected:
        if name not in fields:
            raise TruthError(f"{cell.where}: {_expected_one_of(fields, 'one value each', name)}")
        if cell.value is None:
            return Expected(None)
        field = fields[name]
        value = typed(field, cell.value, self.habits)
        if value is None:
            form = f"one of {', '.join(field.values)}" if field.values else _FORMS[field.type]
            raise TruthError(f"{cell.where}: expected {form}; '{cell.value}' came. Correct it, or leave it empty")
        return Expected(value, cell.place if self.places else None)


_FORMS = {
    FieldType.DATE: "a date such as 2024-03-31 or 31.03.2024",
    FieldType.NUMBER: "a number such as 1234.5 or 1.234,5",
    FieldType.MONEY: "an amount such as 1234.50 or 1.234,50",
    FieldType.INTEGER: "a whole number",
    FieldType.BOOLEAN: "yes or no",
}
