"""One document's answer against its truth, cell by cell."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from schemas.fields import Field, FieldType, Schema
from schemas.frames import GridBox, grid_box
from schemas.results import Cell, FieldPath, Place, Value
from service.evaluation.comparison import Match, compare, likeness
from service.evaluation.rows import matched_rows
from service.evaluation.stated import TruePlace
from service.evaluation.truth import DocumentTruth, Expected, ExpectedRow, columns
from service.pipeline.pipeline import CellRow

MIN_OVERLAP = 0.5
"""Intersection over union from which two boxes are the same place."""


class Verdict(StrEnum):
    """What became of one cell."""

    RIGHT = "right"
    CLOSE = "close"
    WRONG = "wrong"
    MISSED = "missed"
    INVENTED = "invented"
    EMPTY = "empty"
    """Rightly: it is not on the page."""


@dataclass(frozen=True, slots=True)
class JudgedCell:
    """A cell of which the truth says something.

    `path` has the true row's number; rows that are not in the truth are counted on from its last. `cell` is None where
    no row or no answer came. `right_place` is None unless the value is right and its place is known.
    """

    document: str
    path: FieldPath
    verdict: Verdict
    expected: Value | None
    cell: Cell | None
    right_place: bool | None = None


@dataclass(frozen=True, slots=True)
class JudgedRows:
    """Rows of one array in one document: true ones, given ones, pairs of both, and pairs without any mistake."""

    true: int
    given: int
    found: int
    exact: int


@dataclass(frozen=True, slots=True)
class Judgement:
    """Everything about one document; rows by array."""

    cells: list[JudgedCell]
    rows: dict[str, JudgedRows]


def judge(document: str, schema: Schema, truth: DocumentTruth, data: CellRow) -> Judgement:
    """Compare an answer with the truth; what the truth does not mention is left out.

    Args:
        data: the answer; empty where there is none, so that everything counts as missed.
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
    return Judgement(collected.cells, rows)


class _Judge:
    """Collects the cells of one document."""

    def __init__(self, document: str) -> None:
        self._document = document
        self.cells: list[JudgedCell] = []

    def cell(self, path: FieldPath, kind: FieldType, expected: Expected, item: Cell | list[CellRow] | None) -> Verdict:
        cell = item if isinstance(item, Cell) else None
        verdict = _verdict(kind, expected.value, cell.value if cell else None)
        place = None
        if verdict is Verdict.RIGHT and expected.place and cell:
            place = is_right_place(expected.place, cell.place)
        self.cells.append(JudgedCell(self._document, path, verdict, expected.value, cell, place))
        return verdict

    def array(self, array: Field, true: list[ExpectedRow], given: list[CellRow]) -> JudgedRows:
        kinds = {name: column.type for name, column in columns(array).items()}
        pairs = dict(matched_rows([[_agreement(kinds, row, came) for came in given] for row in true]))
        exact = 0
        for number, row in enumerate(true):
            came = given[pairs[number]] if number in pairs else {}
            verdicts = [self.cell((array.name, number, n), kinds[n], row[n], came.get(n)) for n in kinds if n in row]
            exact += number in pairs and set(verdicts) <= {Verdict.RIGHT, Verdict.EMPTY}
        # of columns that the truth never mentions it cannot be said that a value is invented
        known = [name for name in kinds if not true or any(name in row for row in true)]
        extra = [row for number, row in enumerate(given) if number not in pairs.values()]
        for number, came in enumerate(extra, len(true)):
            for name in known:
                item = came.get(name)
                if isinstance(item, Cell) and item.value is not None:
                    self.cell((array.name, number, name), kinds[name], Expected(None), item)
        return JudgedRows(len(true), len(given), len(pairs), exact)


def _verdict(kind: FieldType, expected: Value | None, came: Value | None) -> Verdict:
    if came is None:
        return Verdict.EMPTY if expected is None else Verdict.MISSED
    if expected is None:
        return Verdict.INVENTED
    return _OF_MATCH[compare(kind, expected, came)]


_OF_MATCH = {Match.RIGHT: Verdict.RIGHT, Match.CLOSE: Verdict.CLOSE, Match.WRONG: Verdict.WRONG}


def _agreement(kinds: dict[str, FieldType], true: ExpectedRow, given: CellRow) -> float:
    """Mean likeness of the cells that the truth states."""
    stated = [(name, cell.value) for name, cell in true.items() if cell.value is not None]
    total = 0.0
    for name, value in stated:
        item = given.get(name)
        if isinstance(item, Cell) and item.value is not None:
            total += likeness(kinds[name], value, item.value)
    return total / len(stated) if stated else 0.0


def is_right_place(true: TruePlace, place: Place | None) -> bool:
    """On the page, and either the boxes overlap by half or the answer's centre is inside the true box."""
    if place is None or place.page != true.page:
        return False
    box = grid_box(place.quad.box)
    x, y = (box.xmin + box.xmax) / 2, (box.ymin + box.ymax) / 2
    inside = true.box.xmin <= x <= true.box.xmax and true.box.ymin <= y <= true.box.ymax
    return inside or _overlap(true.box, box) >= MIN_OVERLAP


def _overlap(a: GridBox, b: GridBox) -> float:
    """Intersection over union."""
    across = max(0, min(a.xmax, b.xmax) - max(a.xmin, b.xmin))
    down = max(0, min(a.ymax, b.ymax) - max(a.ymin, b.ymin))
    both = across * down
    either = sum((box.xmax - box.xmin) * (box.ymax - box.ymin) for box in (a, b)) - both
    return both / either if either else 0.0
