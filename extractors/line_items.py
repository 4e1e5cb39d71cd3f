"""Line items: find a header, match its labels to columns, group the rows into records."""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from extractors.candidates import TypedCandidate
from extractors.grid import Grid, Row, split_wide
from extractors.page_facts import PageFacts
from extractors.plan import PlannedField
from extractors.printed_tables import TABLE_SCORE
from extractors.role_matching import COLUMN_ROLES
from extractors.scoring import SURE_COLUMN_FIT, SURE_COLUMN_SCORE, ScoredRow, ScoredText
from schemas.deadline import checkpoint
from schemas.fields import FieldType
from schemas.normalise import numbers
from schemas.pages import Word
from schemas.vocabulary import Kind, Meaning, Role, meaning

MIN_COLUMN_FIT = 0.4
"""Below this, a header label and a schema column share no more than a common word."""
MIN_NAME_LETTERS = 3
"""Minimum letters of a description."""
MAX_ROW_GAP_LINE_HEIGHTS = 9.0
"""A wider gap ends a table."""
MAX_WRAP_GAP_LINE_HEIGHTS = 1.3
"""Text further below a row does not continue it."""
MIN_CODE_FIT = 0.2
"""Minimum content fit, of at most 0.25, that makes a column one of codes: nearly all its texts are."""
_SKU = next(role for role in COLUMN_ROLES if role.name == "sku")
_NUMERIC = (FieldType.NUMBER, FieldType.INTEGER, FieldType.MONEY)
_END_CONCEPTS = frozenset({"total", "net", "gross", "tax", "due", "rounding", "payment"})


@dataclass
class _HeaderColumn:
    """A header label with its range in page widths, and the schema column matched to it."""

    about: Meaning
    left: float
    right: float
    samples: tuple[str, ...] = ()
    """Texts of the next rows below the label."""
    child: PlannedField | None = None
    numeric: bool = False

    @property
    def score(self) -> float:
        """The score of the column's cells."""
        return SURE_COLUMN_SCORE if self.child and self.child.fit(self.about) >= SURE_COLUMN_FIT else TABLE_SCORE


@dataclass
class _ItemRecord:
    """One line item while its cells are collected: words by column position."""

    words: dict[int, list[Word]] = field(default_factory=dict)
    bottom: float = 0.0


def line_items(facts: PageFacts, children: Sequence[PlannedField]) -> list[ScoredRow]:
    """Return the rows of the table whose header fits the schema's columns best, in page order.

    Args:
        facts: what is known about the document.
        children: the schema's columns.
    """
    grid = facts.grid
    header = _find_header(grid, children)
    if header is None:
        return _without_header(facts, children)
    start, columns = header
    headers = [start, *_repeated(grid, start)]
    found: list[ScoredRow] = []
    for index, stop in zip(headers, [*headers[1:], len(grid.rows)], strict=True):
        found += _body(facts, index, stop, columns)
    described = _column(children, "description")
    return plain_descriptions(found, described.name) if described else found


def _repeated(grid: Grid, start: int) -> list[int]:
    """Return the rows in which the last row of a header is printed again."""
    labels = [meaning(cell.text) for cell in grid.rows[start].cells]
    return [
        index
        for index in range(start + 1, len(grid.rows))
        if len(cells := grid.rows[index].cells) >= 2 and [meaning(c.text) for c in cells] == labels
    ]


def _find_header(grid: Grid, children: Sequence[PlannedField]) -> tuple[int, list[_HeaderColumn]] | None:
    best: tuple[float, int, list[_HeaderColumn]] | None = None
    for index, row in enumerate(grid.rows):
        checkpoint()
        if any(sum(c.isdigit() for c in cell.text) > sum(c.isalpha() for c in cell.text) for cell in row.cells):
            continue
        for cells, last in _header_lines(grid, index):
            columns = [
                _HeaderColumn(meaning(text), left, right, _samples(grid, last, left, right))
                for text, left, right in cells
            ]
            score = _match_columns(columns, children)
            if score > (best[0] + 0.3 if best else 1.2) and _has_body(grid, last, columns):
                best = (score, last, columns)
    return (best[1], best[2]) if best else None


def _header_lines(grid: Grid, index: int) -> list[tuple[list[tuple[str, float, float]], int]]:
    """Return the row's header cells, alone and merged with the row below.

    Each comes with the index of the header's last row.
    """
    single = [(c.text, c.left, c.right) for c in grid.rows[index].cells]
    options = [(split_wide(grid, index), index)]
    if index + 1 < len(grid.rows):
        below = grid.rows[index + 1]
        near = below.page == grid.rows[index].page and below.top - grid.rows[index].bottom < grid.line_height
        if near and not any(any(ch.isdigit() for ch in c.text) for c in below.cells):
            merged = list(single)
            for cell in below.cells:
                over = [i for i, (_, left, right) in enumerate(merged) if min(right, cell.right) > max(left, cell.left)]
                if over:
                    text, left, right = merged[over[0]]
                    merged[over[0]] = (f"{text} {cell.text}", min(left, cell.left), max(right, cell.right))
                else:
                    merged.append((cell.text, cell.left, cell.right))
            options.append((sorted(merged, key=lambda c: c[1]), index + 1))
    return options


def _match_columns(columns: list[_HeaderColumn], children: Sequence[PlannedField]) -> float:
    """Match schema columns to header labels, best fits first, and return the sum of the fits."""
    pairs: list[tuple[float, int, int]] = []
    for number, child in enumerate(children):
        role = child.column_role
        for position, column in enumerate(columns):
            best = child.column_fit(column.about) + (_content_fit(role, column.samples) if role else 0.0)
            if role and role.name == "line_total":
                best += 0.02 * position / len(columns)  # the rightmost of two amounts is the total
            if best >= MIN_COLUMN_FIT:
                pairs.append((best, number, position))
    taken: set[int] = set()
    total = 0.0
    for fit, number, position in sorted(pairs, key=lambda p: -p[0]):
        if columns[position].child is None and number not in taken:
            columns[position].child = children[number]
            taken.add(number)
            total += fit
    code = _column([child for number, child in enumerate(children) if number not in taken], "sku")
    spare = [c for c in columns if code and c.child is None and _content_fit(_SKU, c.samples) >= MIN_CODE_FIT]
    if spare:  # a column of codes under any label
        spare[0].child = code
    for column in columns:
        column.numeric = column.child is not None and column.child.type in _NUMERIC
    return total


def _column(children: Sequence[PlannedField], role: str) -> PlannedField | None:
    return next((child for child in children if child.column_role and child.column_role.name == role), None)


def _samples(grid: Grid, header: int, left: float, right: float) -> tuple[str, ...]:
    texts: list[str] = []
    for row in grid.rows[header + 1 : header + 7]:
        if row.page == grid.rows[header].page:
            texts += [c.text for c in row.between(left, right) if min(c.right, right) > max(c.left, left)]
    return tuple(texts)


def _content_fit(role: Role, samples: tuple[str, ...]) -> float:
    """Return how far the texts below a label support a role, from -0.25 to 0.25.

    Codes are short, descriptions are words.
    """
    if not samples or role.name not in ("description", "sku", "position"):
        return 0.0
    codes = sum(len(t.split()) == 1 and any(c.isdigit() for c in t) for t in samples) / len(samples)
    words = sum(sum(c.isalpha() for c in t) >= 4 and len(t.split()) > 1 for t in samples) / len(samples)
    return 0.25 * (words - codes) if role.name == "description" else 0.25 * (codes - words)


def _has_body(grid: Grid, index: int, columns: list[_HeaderColumn]) -> bool:
    """Return whether there are numbers below the header's numeric columns."""
    for row in grid.rows[index + 1 : index + 8]:
        if row.page != grid.rows[index].page:
            break
        for cell in row.cells:
            if any(ch.isdigit() for ch in cell.text) and any(
                c.numeric and min(cell.right, c.right + 0.05) > max(cell.left, c.left - 0.05) for c in columns
            ):
                return True
    return not any(c.numeric for c in columns) and index + 1 < len(grid.rows)


def _body(facts: PageFacts, start: int, stop: int, columns: list[_HeaderColumn]) -> list[ScoredRow]:
    """Group the rows between a header and its next repetition into records and read their cells.

    Args:
        facts: what is known about the document.
        start: the header's last row.
        stop: the row at which the header is printed again, or the number of rows.
        columns: the header's columns.
    """
    grid = facts.grid
    numeric = [i for i, c in enumerate(columns) if c.numeric]
    text = [i for i, c in enumerate(columns) if c.child and not c.numeric]
    records: list[_ItemRecord] = []
    lead: dict[int, list[Word]] = {}
    bottom = grid.rows[start].bottom
    page = grid.rows[start].page
    last_page = grid.rows[stop].page if stop < len(grid.rows) else None
    for row in grid.rows[start + 1 : stop]:
        if row.page != page:
            if row.page == last_page or not records or not _fits_columns(row, columns):
                break
            page, bottom = row.page, row.top
        if row.top - bottom > MAX_ROW_GAP_LINE_HEIGHTS * grid.line_height or _ends_table(row, columns, bool(records)):
            break
        if "carried" in meaning(row.cells[0].text).concepts:
            bottom = row.bottom
            continue
        words = _assign(row, columns)
        amounts = [i for i in numeric if i in words and numbers.find(" ".join(w.text for w in words[i]))]
        described = [i for i in text if i in words]
        anchors = amounts and (len(amounts) >= min(2, len(numeric)) or (described and _has_amount(words, amounts)))
        if anchors:
            record = _ItemRecord(words, row.bottom)
            if lead and not described:
                record.words = {**lead, **words}
            records.append(record)
            lead = {}
        elif described and not amounts:
            gap = (row.top - records[-1].bottom) / grid.line_height if records else 99.0
            if records and gap < MAX_WRAP_GAP_LINE_HEIGHTS:
                for i in described:
                    records[-1].words.setdefault(i, []).extend(words[i])
                records[-1].bottom = row.bottom
            else:
                lead = {i: words[i] for i in described}
        bottom = row.bottom
    return [cells for record in records if (cells := _read(record, columns))]


def _fits_columns(row: Row, columns: list[_HeaderColumn]) -> bool:
    return sum(any(min(cell.right, c.right) > max(cell.left, c.left) for c in columns) for cell in row.cells) >= 2


def _ends_table(row: Row, columns: list[_HeaderColumn], begun: bool) -> bool:
    """Return whether a row ends the table: a row of totals, or the next table's header."""
    first = row.cells[0]
    about = meaning(first.text)
    about_row = meaning(row.text).concepts
    if not begun:
        return False
    only_words = not any(c.isdigit() for c in row.text)
    if (
        only_words
        and len(row.cells) >= 2
        and len(about_row & {"tax", "net", "gross", "percent", "total", "amount", "due"}) >= 2
    ):
        return True
    starts_right = first.left > columns[0].right + 0.05
    few = len([c for c in row.cells if any(ch.isdigit() for ch in c.text)]) <= 2
    return (
        bool(about.concepts & _END_CONCEPTS)
        and few
        and (starts_right or len(about.others) <= 1)
        and not about.concepts & {"description", "quantity"}
    )


def _has_amount(words: dict[int, list[Word]], amounts: list[int]) -> bool:
    return any(re.search(r"[.,]\d{2}\b", w.text) for i in amounts for w in words[i])


def _assign(row: Row, columns: list[_HeaderColumn]) -> dict[int, list[Word]]:
    """Assign a row's words to columns; words read together stay together in one column."""
    assigned: dict[int, list[Word]] = {}
    for cell in row.cells:
        spanned = [i for i, c in enumerate(columns) if min(cell.right, c.right) - max(cell.left, c.left) > 0.003]
        groups: list[tuple[Word, ...]]
        groups = _pieces(cell.line.words) if len(spanned) > 1 else [cell.line.words]
        for group in groups:
            left, right = group[0].box.left, group[-1].box.right
            is_number = _numeric_text(" ".join(w.text for w in group))
            position = _nearest(left, right, is_number, columns)
            if position is not None:
                assigned.setdefault(position, []).extend(group)
    return assigned


def _pieces(words: tuple[Word, ...]) -> list[tuple[Word, ...]]:
    """Split between text and numbers."""
    pieces: list[list[Word]] = []
    for word in words:
        is_number = _numeric_text(word.text)
        if (pieces and _numeric_text(pieces[-1][-1].text) == is_number and not is_number) or (
            pieces
            and is_number
            and re.fullmatch(r"\d{1,3}", pieces[-1][-1].text)
            and re.fullmatch(r"\d{3}([.,]\d+)?", word.text)
        ):
            pieces[-1].append(word)
        else:
            pieces.append([word])
    return [tuple(piece) for piece in pieces]


def _numeric_text(text: str) -> bool:
    letters = sum(c.isalpha() for c in text)
    return any(c.isdigit() for c in text) and letters <= 3


def _nearest(left: float, right: float, is_number: bool, columns: list[_HeaderColumn]) -> int | None:
    best: tuple[float, int] | None = None
    for position, column in enumerate(columns):
        overlap = min(right, column.right) - max(left, column.left)
        edges = (abs(left - column.left), abs(right - column.right), abs(left + right - column.left - column.right) / 2)
        distance = min(edges) - (0.02 if overlap > 0 else 0.0)
        if column.child is not None and column.numeric != is_number:
            distance += 0.03
        if best is None or distance < best[0]:
            best = (distance, position)
    return best[1] if best and best[0] < 0.15 else None


def _read(record: _ItemRecord, columns: list[_HeaderColumn]) -> ScoredRow:
    cells: ScoredRow = {}
    for position, words in record.words.items():
        column = columns[position]
        if column.child is None:
            continue
        text = " ".join(w.text for w in words)
        if column.numeric:
            spans = [s for s in numbers.find(text) if not text[s.end :].lstrip().startswith("%")] or numbers.find(text)
            if not spans:
                continue
            span = max(spans, key=lambda s: s.end - s.start)
            text = text[span.start : span.end]
        if text.strip():
            cells[column.child.name] = ScoredText(text.strip(), tuple(w.id for w in words), column.score)
    return cells


_ORDINAL = re.compile(r"(?:pos\.?\s*)?(\d{1,3})[.):]?\s+(?=\D)", re.IGNORECASE)
_CODE = re.compile(r"(?=\S*\d)[A-Z0-9][\w./-]{2,}\s+[-–]\s+(?=[^\W\d])")
"""An article number that a dash separates from what follows."""


def plain_descriptions(rows: list[ScoredRow], name: str) -> list[ScoredRow]:
    """Strip running numbers and article numbers from the start of descriptions, in place.

    A running number must count up (1, 2, 3); a dash must follow an article number.
    """
    described = [row for row in rows if name in row]
    if not described:
        return rows
    counts = [int(m[1]) for row in described if (m := _ORDINAL.match(row[name].text))]
    rising = all(a < b for a, b in itertools.pairwise(counts))
    counted = rising and (counts == [1] if len(described) == 1 else 2 * len(counts) > len(described))
    for row in described:
        text = row[name].text
        text = _ORDINAL.sub("", text, count=1) if counted else text
        text = _CODE.sub("", text, count=1) if _CODE.match(text) else text
        skipped = len(row[name].text.split()) - len(text.split())
        row[name] = ScoredText(text, row[name].word_ids[skipped:], row[name].score)
    return rows


def _without_header(facts: PageFacts, children: Sequence[PlannedField]) -> list[ScoredRow]:
    """Return the rows of a list without a header: a text first and an amount last."""
    by_role = {c.column_role.name: c.name for c in children if c.column_role}
    if "description" not in by_role or not set(by_role) & {"line_total", "unit_price"}:
        return []
    found: list[ScoredRow] = []
    printed: dict[int, list[TypedCandidate]] = defaultdict(list)
    for amount in facts.candidates.by_kind[Kind.AMOUNT]:
        if amount.decimals == 2:
            printed[amount.cell.row].append(amount)
    for number, row in enumerate(facts.grid.rows):
        about = meaning(row.text)
        if about.concepts & (_END_CONCEPTS | {"cash", "change"}):
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
        cells = {by_role["description"]: ScoredText(text, words, 0.5)}
        if name := by_role.get("line_total"):
            cells[name] = ScoredText(amounts[-1].text, amounts[-1].word_ids, 0.5)
        found.append(cells)
    return found
