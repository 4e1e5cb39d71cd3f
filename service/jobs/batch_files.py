"""Write the results of a batch as a file: JSON lines, CSV or Parquet."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from importlib.util import find_spec
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from schemas.fields import Field, FieldType
from service.installation import install_hint
from service.jobs.batch_run import BatchRow, encoded

if TYPE_CHECKING:
    import pyarrow

Write = Callable[[Sequence[Field], Sequence[BatchRow], Path], None]
_PARQUET_DECIMALS = 6
"""Decimals of amounts in Parquet, as many as any currency needs."""


def writer_of(path: Path) -> Write:
    """Return the function that writes files with the path's ending.

    Raises:
        ValueError: if there is none, or what it needs is not installed.
    """
    if path.suffix not in WRITERS:
        raise ValueError(f"unknown format: expected a file that ends in {', '.join(WRITERS)}, got '{path.name}'")
    if path.suffix == ".parquet" and find_spec("pyarrow") is None:
        raise ValueError(f"writing Parquet needs pyarrow, which is not installed. {install_hint('parquet')}")
    return WRITERS[path.suffix]


def write_jsonl(_fields: Sequence[Field], rows: Sequence[BatchRow], path: Path) -> None:
    """Write one line per document: `file`, `status`, `error`, and the whole answer."""
    _replace(path, b"".join(encoded(_head(row) | {"answer": row.answer}) + b"\n" for row in rows))


def write_csv(fields: Sequence[Field], rows: Sequence[BatchRow], path: Path) -> None:
    """Write one row per document and one column per field with its value; arrays as JSON."""
    table = StringIO()
    writer = csv.writer(table)
    writer.writerow((*_HEAD, *(field.name for field in fields)))
    for row in rows:
        data = _data(row)
        writer.writerow((*_head(row).values(), *(_csv_cell(data.get(field.name)) for field in fields)))
    _replace(path, table.getvalue().encode("utf-8-sig"))  # spreadsheets take it for Latin-1 without the mark


def write_parquet(fields: Sequence[Field], rows: Sequence[BatchRow], path: Path) -> None:
    """Write one row per document and one typed column per field; arrays are lists of records.

    The column `answer` holds the whole answer as JSON.
    """
    import pyarrow  # noqa: PLC0415  # an extra, and slow to load
    from pyarrow import parquet  # noqa: PLC0415

    columns: dict[str, pyarrow.Array] = {}
    kinds = (pyarrow.string(), pyarrow.string(), pyarrow.string(), pyarrow.int64(), pyarrow.string())
    heads = [_head(row) for row in rows]
    for name, kind in zip(_HEAD, kinds, strict=True):
        columns[name] = pyarrow.array([head[name] for head in heads], kind)
    for field in fields:
        values = [_typed(field, _data(row).get(field.name)) for row in rows]
        name = field.name if field.name not in _HEAD else f"{field.name}_field"
        columns[name] = pyarrow.array(values, _parquet_type(field))
    answers = [encoded(row.answer).decode() if row.answer else None for row in rows]
    columns["answer"] = pyarrow.array(answers, pyarrow.string())
    part = path.with_name(f".{path.name}.new")
    parquet.write_table(pyarrow.table(columns), part)
    os.replace(part, path)


WRITERS: dict[str, Write] = {".parquet": write_parquet, ".csv": write_csv, ".jsonl": write_jsonl}
_HEAD = ("file", "status", "error", "pages", "request_id")


def _head(row: BatchRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _HEAD}


def _data(row: BatchRow) -> dict[str, Any]:
    return dict(row.answer["data"]) if row.answer else {}


def _csv_cell(item: Any) -> Any:
    if isinstance(item, list):
        return encoded([_values(row) for row in item]).decode()
    return item["value"] if item else None


def _values(row: dict[str, Any]) -> dict[str, Any]:
    return {
        name: [_values(inner) for inner in item] if isinstance(item, list) else item["value"]
        for name, item in row.items()
    }


def _typed(field: Field, item: Any) -> Any:
    if item is None:
        return None
    if field.type is FieldType.ARRAY:
        return [{child.name: _typed(child, row.get(child.name)) for child in field.children or ()} for row in item]
    value = item["value"]
    if value is None:
        return None
    match field.type:
        case FieldType.MONEY:
            return round(Decimal(value), _PARQUET_DECIMALS)
        case FieldType.NUMBER:
            return float(value)
        case FieldType.DATE:
            return date.fromisoformat(value)
        case _:
            return value


def _parquet_type(field: Field) -> pyarrow.DataType:
    import pyarrow  # noqa: PLC0415

    match field.type:
        case FieldType.ARRAY:
            return pyarrow.list_(pyarrow.struct([(child.name, _parquet_type(child)) for child in field.children or ()]))
        case FieldType.MONEY:
            return pyarrow.decimal128(38, _PARQUET_DECIMALS)
        case FieldType.NUMBER:
            return pyarrow.float64()
        case FieldType.INTEGER:
            return pyarrow.int64()
        case FieldType.DATE:
            return pyarrow.date32()
        case FieldType.BOOLEAN:
            return pyarrow.bool_()
        case _:
            return pyarrow.string()


def _replace(path: Path, content: bytes) -> None:
    """Write a file, all of it or nothing."""
    part = path.with_name(f".{path.name}.new")
    part.write_bytes(content)
    os.replace(part, path)
