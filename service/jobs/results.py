"""Results of a batch as a file: JSON lines, CSV or Parquet."""

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
from service.jobs.batch import Line, dumped

if TYPE_CHECKING:
    import pyarrow

Write = Callable[[Sequence[Field], Sequence[Line], Path], None]
_DECIMALS = 6
"""Of amounts in Parquet."""


def writer_of(path: Path) -> Write:
    """What writes a file with this ending.

    Raises:
        ValueError: nothing does, or what does is not installed.
    """
    if path.suffix not in WRITERS:
        raise ValueError(f"expected a file that ends in {', '.join(WRITERS)}; came '{path.name}'")
    if path.suffix == ".parquet" and find_spec("pyarrow") is None:
        raise ValueError(f"writing Parquet needs pyarrow, which is not installed. {install_hint('parquet')}")
    return WRITERS[path.suffix]


def write_jsonl(_fields: Sequence[Field], lines: Sequence[Line], path: Path) -> None:
    """A document a line: `file`, `status`, `error`, and the whole answer."""
    _replace(path, b"".join(dumped(_head(line) | {"answer": line.answer}) + b"\n" for line in lines))


def write_csv(fields: Sequence[Field], lines: Sequence[Line], path: Path) -> None:
    """A document a row, a field a column with its value; arrays as JSON."""
    table = StringIO()
    writer = csv.writer(table)
    writer.writerow((*_HEAD, *(field.name for field in fields)))
    for line in lines:
        data = _data(line)
        writer.writerow((*_head(line).values(), *(_flat(data.get(field.name)) for field in fields)))
    _replace(path, table.getvalue().encode("utf-8-sig"))  # spreadsheets take it for Latin-1 without the mark


def write_parquet(fields: Sequence[Field], lines: Sequence[Line], path: Path) -> None:
    """A document a row, a field a column of its type, arrays as lists of records; `answer` is the whole as JSON."""
    import pyarrow  # noqa: PLC0415  # an extra, and slow to load
    from pyarrow import parquet  # noqa: PLC0415

    columns: dict[str, pyarrow.Array] = {}
    kinds = (pyarrow.string(), pyarrow.string(), pyarrow.string(), pyarrow.int64(), pyarrow.string())
    heads = [_head(line) for line in lines]
    for name, kind in zip(_HEAD, kinds, strict=True):
        columns[name] = pyarrow.array([head[name] for head in heads], kind)
    for field in fields:
        values = [_typed(field, _data(line).get(field.name)) for line in lines]
        columns[field.name if field.name not in _HEAD else f"{field.name}_field"] = pyarrow.array(values, _kind(field))
    answers = [dumped(line.answer).decode() if line.answer else None for line in lines]
    columns["answer"] = pyarrow.array(answers, pyarrow.string())
    part = path.with_name(f".{path.name}.new")
    parquet.write_table(pyarrow.table(columns), part)
    os.replace(part, path)


WRITERS: dict[str, Write] = {".parquet": write_parquet, ".csv": write_csv, ".jsonl": write_jsonl}
_HEAD = ("file", "status", "error", "pages", "request_id")


def _head(line: Line) -> dict[str, Any]:
    return {name: getattr(line, name) for name in _HEAD}


def _data(line: Line) -> dict[str, Any]:
    return dict(line.answer["data"]) if line.answer else {}


def _flat(item: Any) -> Any:
    """What stands in a cell of a CSV file."""
    if isinstance(item, list):
        return dumped([_values(row) for row in item]).decode()
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
            return round(Decimal(value), _DECIMALS)
        case FieldType.NUMBER:
            return float(value)
        case FieldType.DATE:
            return date.fromisoformat(value)
        case _:
            return value


def _kind(field: Field) -> pyarrow.DataType:
    import pyarrow  # noqa: PLC0415

    match field.type:
        case FieldType.ARRAY:
            return pyarrow.list_(pyarrow.struct([(child.name, _kind(child)) for child in field.children or ()]))
        case FieldType.MONEY:
            return pyarrow.decimal128(38, _DECIMALS)
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
    """All or nothing."""
    part = path.with_name(f".{path.name}.new")
    part.write_bytes(content)
    os.replace(part, path)
