"""Lists without a header, such as what was bought on a receipt."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from extractors.plan import PlannedField
from extractors.rules.candidates import TypedCandidate
from extractors.rules.grid import GridCell
from extractors.rules.page_facts import PageFacts
from extractors.rules.printed import NUMERIC, is_typed, type_of
from extractors.rules.scoring import ScoredRow, ScoredText
from schemas.fields import FieldType
from schemas.normalise import numbers
from schemas.vocabulary import Kind, meaning

MIN_NAME_LETTERS = 3
"""Minimum letters of a description."""
MIN_TYPED_COLUMNS = 3
"""Fewer types in a row are too common to tell a list."""
MIN_LIST_ROWS = 3
"""Minimum rows of a list that only the types of its cells tell."""
LISTED_SCORE = 0.5
"""Score of a cell that only its place in a line speaks for."""
_END_CONCEPTS = frozenset({"total", "net", "gross", "tax", "due", "rounding", "payment", "cash", "change"})
"""Concepts of the sums below a list."""


def listed_items(facts: PageFacts, columns: Sequence[PlannedField]) -> list[ScoredRow]:
    """Return the rows of a list of texts, each with an amount at the end of its line.

    Empty unless the columns ask for both.
    """
    name, amount_name = _column_of_texts(columns), _column_of_amounts(columns)
    if name is None or amount_name is None:
        return []
    found: list[ScoredRow] = []
    printed: dict[int, list[TypedCandidate]] = defaultdict(list)
    for amount in facts.candidates.by_kind[Kind.AMOUNT]:
        if amount.decimals == 2:
            printed[amount.cell.row].append(amount)
    for number, row in enumerate(facts.grid.rows):
        about = meaning(row.text)
        if about.concepts & _END_CONCEPTS:
            if found:
                break
            continue
        amounts = printed[number]
        first = row.cells[0]
        if not amounts or sum(c.isalpha() for c in first.text) < MIN_NAME_LETTERS:
            continue
        if first is amounts[-1].cell and len(row.cells) > 1:
            continue
        end = amounts[0].start if amounts[0].cell is first else len(first.text)
        text = first.text[:end].strip(" .:-")
        if len(text) < MIN_NAME_LETTERS:
            continue
        words = tuple(w.id for w in first.words_between(0, end))
        last = ScoredText(amounts[-1].text, amounts[-1].word_ids, LISTED_SCORE)
        found.append({name: ScoredText(text, words, LISTED_SCORE), amount_name: last})
    return found


def _column_of_texts(columns: Sequence[PlannedField]) -> str | None:
    """Return the column of descriptions, or the only one of texts."""
    described = [c.name for c in columns if c.column_role and c.column_role.name == "description"]
    texts = [c.name for c in columns if c.type is FieldType.STRING]
    return described[0] if described else texts[0] if len(texts) == 1 else None


def _column_of_amounts(columns: Sequence[PlannedField]) -> str | None:
    """Return the column of amounts, or the only one of money."""
    totals = [c.name for c in columns if c.column_role and c.column_role.name == "line_total"]
    money = [c.name for c in columns if c.type is FieldType.MONEY]
    return totals[0] if totals else money[0] if len(money) == 1 else None


def typed_list(facts: PageFacts, columns: Sequence[PlannedField]) -> list[ScoredRow]:
    """Return the rows of a list whose cells have the types of the columns, in their order.

    Several lists may be side by side; the first is read to its end before the next.
    """
    lists: dict[int, list[ScoredRow]] = {}
    count = len(columns)
    best: list[ScoredRow] = []
    for row in [*facts.grid.rows, None]:
        parts = [row.cells[i : i + count] for i in range(0, len(row.cells), count)] if row else []
        if parts and all(_has_types(part, columns) for part in parts):
            for number, part in enumerate(parts):
                lists.setdefault(number, []).append(_typed_row(part, columns))
            continue
        found = [cells for number in sorted(lists) for cells in lists[number]]
        if len(lists.get(0, ())) >= MIN_LIST_ROWS and len(found) > len(best):
            best = found
        lists = {}
    return best


def _has_types(cells: Sequence[GridCell], columns: Sequence[PlannedField]) -> bool:
    """Return whether each cell is of its column's type, and not all of them are texts."""
    if not MIN_TYPED_COLUMNS <= len(columns) == len(cells) or all(c.type is FieldType.STRING for c in columns):
        return False
    return all(_is_of_type(cell.text, column.type) for cell, column in zip(cells, columns, strict=True))


def _is_of_type(text: str, kind: FieldType) -> bool:
    if kind is FieldType.DATE:
        return type_of(text) is FieldType.DATE
    if kind in NUMERIC:
        return numbers.parse(text) is not None
    return kind is FieldType.STRING and not is_typed(text)


def _typed_row(cells: Sequence[GridCell], columns: Sequence[PlannedField]) -> ScoredRow:
    pairs = zip(cells, columns, strict=True)
    return {c.name: ScoredText(cell.text, tuple(w.id for w in cell.line.words), LISTED_SCORE) for cell, c in pairs}
