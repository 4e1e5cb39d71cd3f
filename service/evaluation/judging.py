"""Judge one document's answer against its truth, cell by cell."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from schemas.fields import Field, FieldType, Schema
from schemas.frames import GridBox, grid_box
from schemas.results import Cell, FieldPath, Place, Value
from service.evaluation.comparison import ValueAgreement, compare, likeness
from service.evaluation.raw_truth import TruePlace
from service.evaluation.row_matching import matched_rows
from service.evaluation.typed_truth import TypedCell, TypedDocument, TypedRow, columns
from service.pipeline.pipeline import CellRow

MIN_OVERLAP = 0.5
"""Intersection over union from which two boxes count as the same place."""


class CellVerdict(StrEnum):
    """The judgement on one cell of an answer."""

    RIGHT = "right"
    CLOSE = "close"
    WRONG = "wrong"
    MISSED = "missed"
    INVENTED = "invented"
    EMPTY = "empty"
    """Rightly empty: the truth says that the value is not on the page."""


@dataclass(frozen=True, slots=True)
class JudgedCell:
    """A cell that the truth mentions.

    `path` has the true row's number; rows that are not in the truth are numbered after its last one. `cell` is None
    where the answer has no such row, or there is no answer. `right_place` is None unless the value is right and its
    true place is known.
    """

    document: str
    path: FieldPath
    verdict: CellVerdict
    expected: Value | None
    cell: Cell | None
    right_place: bool | None = None


@dataclass(frozen=True, slots=True)
class JudgedRows:
    """Numbers of rows of one array in one document.

    Attributes:
        true: rows in the truth.
        given: rows in the answer.
        found: pairs of a true and a given row.
        exact: pairs without a mistake.
    """

    true: int
    given: int
    found: int
    exact: int


@dataclass(frozen=True, slots=True)
class JudgedDocument:
    """All judged cells of one document, and its rows by array."""

    cells: list[JudgedCell]
    rows: dict[str, JudgedRows]


def judge(document: str, schema: Schema, truth: TypedDocument, data: CellRow) -> JudgedDocument:
    """Compare an answer with the truth; fields that the truth does not mention are left out.

    Args:
        document: the document's name.
        schema: the fields that were requested.
        truth: the expected values.
        data: the answer; empty if there is none, so that everything counts as missed.
    """
    collected = _Judge(document)
    rows: dict[str, JudgedRows] = {}
    for field in schema.fields:
        item = data.get(field.name)
        if field.type is not FieldType.ARRAY:
            if field.name in truth.fields:
                collected.cell((field.name,), field.type, truth.fields[field.name], item)
        elif field.name in truth.arrays:
            rows[field.name] = collected.array(field, truth.arrays[field.name], item if isinstance(item, list) else [])
    return JudgedDocument(collected.cells, rows)


class _Judge:
    """Collects the judged cells of one document."""

    def __init__(self, document: str) -> None:
        self._document = document
        self.cells: list[JudgedCell] = []

    def cell(
        self, path: FieldPath, kind: FieldType, expected: TypedCell, item: Cell | list[CellRow] | None
    ) -> CellVerdict:
        cell = item if isinstance(item, Cell) else None
        verdict = _verdict(kind, expected.value, cell.value if cell else None)
        place = None
        if verdict is CellVerdict.RIGHT and expected.place and cell:
            place = is_right_place(expected.place, cell.place)
        self.cells.append(JudgedCell(self._document, path, verdict, expected.value, cell, place))
        return verdict

    def array(self, array: Field, true: list[TypedRow], given: list[CellRow]) -> JudgedRows:
        kinds = {name: column.type for name, column in columns(array).items()}
        pairs = dict(matched_rows([[_agreement(kinds, row, answered) for answered in given] for row in true]))
        exact = 0
        for number, row in enumerate(true):
            answered = given[pairs[number]] if number in pairs else {}
            verdicts = [
                self.cell((array.name, number, n), kinds[n], row[n], answered.get(n)) for n in kinds if n in row
            ]
            exact += number in pairs and set(verdicts) <= {CellVerdict.RIGHT, CellVerdict.EMPTY}
        # a column that the truth never mentions cannot be called invented
        known = [name for name in kinds if not true or any(name in row for row in true)]
        extra = [row for number, row in enumerate(given) if number not in pairs.values()]
        for number, answered in enumerate(extra, len(true)):
            for name in known:
                item = answered.get(name)
                if isinstance(item, Cell) and item.value is not None:
                    self.cell((array.name, number, name), kinds[name], TypedCell(None), item)
        return JudgedRows(len(true), len(given), len(pairs), exact)


def _verdict(kind: FieldType, expected: Value | None, answered: Value | None) -> CellVerdict:
    if answered is None:
        return CellVerdict.EMPTY if expected is None else CellVerdict.MISSED
    if expected is None:
        return CellVerdict.INVENTED
    return _VERDICT_OF_AGREEMENT[compare(kind, expected, answered)]


_VERDICT_OF_AGREEMENT = {
    ValueAgreement.RIGHT: CellVerdict.RIGHT,
    ValueAgreement.CLOSE: CellVerdict.CLOSE,
    ValueAgreement.WRONG: CellVerdict.WRONG,
}


def _agreement(kinds: dict[str, FieldType], true: TypedRow, given: CellRow) -> float:
    """Return the mean likeness of the cells for which the truth has a value."""
    known = [(name, cell.value) for name, cell in true.items() if cell.value is not None]
    total = 0.0
    for name, value in known:
        item = given.get(name)
        if isinstance(item, Cell) and item.value is not None:
            total += likeness(kinds[name], value, item.value)
    return total / len(known) if known else 0.0


def is_right_place(true: TruePlace, place: Place | None) -> bool:
    """Check that two places agree: same page, and half overlap or centre in the true box."""
    if place is None or place.page != true.page:
        return False
    box = grid_box(place.quad.box)
    x, y = (box.xmin + box.xmax) / 2, (box.ymin + box.ymax) / 2
    inside = true.box.xmin <= x <= true.box.xmax and true.box.ymin <= y <= true.box.ymax
    return inside or _overlap(true.box, box) >= MIN_OVERLAP


def _overlap(a: GridBox, b: GridBox) -> float:
    """Return the intersection over union."""
    across = max(0, min(a.xmax, b.xmax) - max(a.xmin, b.xmin))
    down = max(0, min(a.ymax, b.ymax) - max(a.ymin, b.ymin))
    both = across * down
    either = sum((box.xmax - box.xmin) * (box.ymax - box.ymin) for box in (a, b)) - both
    return both / either if either else 0.0
