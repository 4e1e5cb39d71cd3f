"""Fields whose descriptions quote labels that are printed on the page.

A caller who describes a field as `Gross weight (kg)` has seen such pages, and `autoFields` describes every field
like that. The printed pair or table then answers, without the network. A label that is printed more often than it is
quoted is left to the network, since nobody can say which of them is meant.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import TypeVar

from extractors.plan import ExtractionPlan, PlannedField
from extractors.rules.page_facts import PageFacts
from extractors.rules.pairs import Pair
from extractors.rules.printed import NUMERIC
from extractors.rules.printed_tables import TABLE_SCORE, Table
from extractors.rules.scoring import ScoredRow, ScoredText
from schemas.fields import FieldType
from schemas.normalise import dates, numbers
from schemas.normalise.characters import squash

MAX_LABEL_CHARACTERS = 60
"""A longer description is a sentence about the field."""
MIN_COLUMNS = 2
"""Fewer labels do not tell which table is meant."""
_Key = TypeVar("_Key", bound=Hashable)
_Item = TypeVar("_Item")
_Printed = TypeVar("_Printed", Pair, Table)


class QuotedLabels:
    """Answers to the fields that quote labels: values and rows by the name of the field."""

    def __init__(self, facts: PageFacts, plan: ExtractionPlan) -> None:
        """Match descriptions with labels; pairs and tables are searched for only if some may match."""
        self.values: dict[str, ScoredText] = {}
        self.rows: dict[str, list[ScoredRow]] = {}
        singles = [f for f in plan.singles if _label(f)]
        arrays = [f for f in plan.fields if f.is_array and _may_quote_a_table(f)]
        text = "\n".join(squash(cell.text) for cell in facts.grid.cells) if singles or arrays else ""
        singles = [f for f in singles if _label(f) in text]
        arrays = [f for f in arrays if any(_label(column) in text for column in f.columns)]
        if singles:
            by_label = _grouped((squash(pair.label), pair) for pair in facts.pairs)
            for field, pair in _matched(_grouped((_label(f), f) for f in singles), by_label):
                if _is_readable(field, pair.value.text):
                    self.values[field.name] = ScoredText(pair.value.text, pair.value.word_ids, pair.score)
        if arrays:
            wanted = _grouped((tuple(map(_label, f.columns)), f) for f in arrays)
            tables = {
                labels: [table for table in facts.tables if set(labels) <= set(map(squash, table.labels))]
                for labels in wanted
            }
            for field, table in _matched(wanted, tables):
                self.rows[field.name] = list(_rows(field, table))


def _label(field: PlannedField) -> str:
    """Return the label that a field may quote, as it is compared; empty if there is none."""
    description = field.field.description or ""
    return squash(description) if len(description) <= MAX_LABEL_CHARACTERS else ""


def _may_quote_a_table(array: PlannedField) -> bool:
    """Return whether every column of an array has a description that may be a label."""
    return len(array.children) >= MIN_COLUMNS and all(not c.is_array and _label(c) for c in array.children)


def _grouped(items: Iterable[tuple[_Key, _Item]]) -> dict[_Key, list[_Item]]:
    found: dict[_Key, list[_Item]] = {}
    for key, item in items:
        found.setdefault(key, []).append(item)
    return found


def _matched(
    wanted: Mapping[_Key, list[PlannedField]], printed: Mapping[_Key, list[_Printed]]
) -> Iterator[tuple[PlannedField, _Printed]]:
    """Yield each field with what it quotes, if a label is quoted as often as it is printed.

    Both are in order.
    """
    for key, fields in wanted.items():
        if len(fields) == len(printed.get(key, ())):
            yield from zip(fields, printed[key], strict=True)


def _rows(array: PlannedField, table: Table) -> Iterator[ScoredRow]:
    positions = {squash(label): position for position, label in reversed(list(enumerate(table.labels)))}
    for row in table.rows:
        cells = {column: row[place] for column in array.columns if (place := positions[_label(column)]) in row}
        yield {
            column.name: ScoredText(cell.text, cell.word_ids, TABLE_SCORE)
            for column, cell in cells.items()
            if _is_readable(column, cell.text)
        }


def _is_readable(field: PlannedField, text: str) -> bool:
    """Return whether a text is a value of the field's type.

    Booleans and enums are not printed as such.
    """
    if field.type is FieldType.DATE:
        return bool(dates.find(text))
    if field.type in NUMERIC:
        return numbers.parse(text) is not None
    return field.type is FieldType.STRING
