"""Fields that hold rows: line items by header, columns and row grouping; accounts and taxes by what they are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from extractors.candidates import Candidate
from extractors.grid import Grid, GridCell, Row
from extractors.lexicon import Meaning, meaning
from extractors.reading import Reading
from extractors.roles import COLUMN_ROLES, HEADER_ROLES, Kind, Role, label_fit, own_words_fit, role_of
from extractors.values import MIN_SCORE, Choice, codes_labelled, currency, scored
from schemas.fields import Field, FieldType
from schemas.normalise import numbers
from schemas.normalise.characters import squash
from schemas.pages import Word

RowOfChoices = dict[str, Choice]

MIN_COLUMN_FIT = 0.4
ROUNDING = Decimal("0.02")
MAX_RATE = 50
"""Per cent; no country taxes sales higher."""
MIN_NAME_LETTERS = 3
MAX_ROW_GAP = 9.0
"""In line heights: a wider gap ends a table."""
MAX_WRAP_GAP = 1.3
"""In line heights: text further below a row is not its continuation."""
MIN_CODES = 0.2
"""Of 0.25: nearly all texts of a column are codes."""
_SKU = next(role for role in COLUMN_ROLES if role.name == "sku")
_NUMERIC = (Kind.AMOUNT, Kind.NUMBER, Kind.PERCENT)
_ITEM_ROLES = frozenset({"description", "quantity", "unit_price", "line_total", "sku", "unit", "discount", "position"})
_STOP = frozenset({"total", "net", "gross", "tax", "due", "rounding", "payment"})


def rows_of(reading: Reading, array: Field) -> list[RowOfChoices]:
    """The rows of an array field in page order, each with the columns that were found."""
    children = [c for c in array.children or () if c.type is not FieldType.ARRAY]
    header_roles = {c.name: role_of(c, HEADER_ROLES) for c in children}
    column_roles = {c.name: role_of(c, COLUMN_ROLES) for c in children}
    names = {role.name for role in header_roles.values() if role}
    columns = {role.name for role in column_roles.values() if role}
    about = meaning(f"{array.name} . {array.description or ''}").concepts
    if names & {"iban", "bic", "account_number"}:
        return _accounts(reading, header_roles)
    if "tax_rate" in columns and not columns & {"description", "quantity", "unit_price"} and "tax" in about:
        return _taxes(reading, children)
    if "registration" in names or ("registration" in about and len(children) <= 2):
        return _codes(reading, children, _role("registration"), of_buyer="buyer" in about)
    if len(children) == 1 and children[0].type is FieldType.STRING and not columns & {"description"}:
        return _codes(
            reading, children, _role("po_number") if about & {"order", "number"} else header_roles[children[0].name]
        )
    if "currency" in names:
        found = currency(reading)
        name = next(n for n, role in header_roles.items() if role and role.name == "currency")
        return [{name: found}] if found else []
    return _items(reading, children, column_roles)


def _role(name: str) -> Role:
    return next(r for r in HEADER_ROLES if r.name == name)


def _accounts(reading: Reading, roles: dict[str, Role | None]) -> list[RowOfChoices]:
    """One row for each bank account; its bank's identifier is the nearest one."""
    wanted = {role.name: name for name, role in roles.items() if role}
    ibans = _distinct(reading.candidates.by_kind[Kind.IBAN])
    bics = _distinct(reading.candidates.by_kind[Kind.BIC])
    rows: list[RowOfChoices] = []
    if "iban" in wanted:
        for iban in ibans:
            row = {wanted["iban"]: Choice(iban.text, iban.word_ids, 0.95)}
            near = min(bics, key=lambda b: abs(b.cell.row - iban.cell.row), default=None)
            if near and "bic" in wanted:
                row[wanted["bic"]] = Choice(near.text, near.word_ids, 0.85)
            rows.append(row)
    elif "bic" in wanted:
        rows = [{wanted["bic"]: Choice(b.text, b.word_ids, 0.85)} for b in bics]
        if not rows:
            labelled = [c for s, c in codes_labelled(reading, _role("bic")) if s >= 0.8]
            rows = [{wanted["bic"]: Choice(c.text, c.word_ids, 0.6)} for c in _distinct(labelled)]
    if not rows and "account_number" in wanted:
        best = max(scored(reading, _role("account_number")), key=lambda s: s[0], default=None)
        if best and best[0] >= MIN_SCORE:
            rows = [{wanted["account_number"]: Choice(best[1].text, best[1].word_ids, best[0])}]
    return rows


def _codes(
    reading: Reading, children: Sequence[Field], role: Role | None, of_buyer: bool = False
) -> list[RowOfChoices]:
    """Every code with a fitting label, either in the recipient's block or elsewhere.

    The column that holds it is the one named like it, else the last string.
    """
    if role is None:
        return []
    strings = [c for c in children if c.type is FieldType.STRING]
    if not strings:
        return []
    column = next(
        (c for c in strings if meaning(c.name).concepts & {"number", "amount", "registration", role.name}), strings[-1]
    )
    buyers = {id(n.cell) for n in reading.parties.names if "buyer" in n.heading}
    buyer_blocks = [b for b in reading.parties.blocks if any(id(c) in buyers for c in b.cells)]
    buyer_cells = {id(c) for block in buyer_blocks for c in block.cells}
    found = [c for s, c in scored(reading, role) if s >= 0.55 and (id(c.cell) in buyer_cells) == of_buyer]
    found = [c for c in found if c.checked or len(re.sub(r"\W", "", c.text)) >= 5]
    return [{column.name: Choice(c.text, c.word_ids, 0.75)} for c in _distinct(found)]


def _distinct(candidates: Sequence[Candidate]) -> list[Candidate]:
    """The first of each text; of two that overlap, the longer."""
    kept: list[Candidate] = []
    for candidate in sorted(candidates, key=lambda c: (c.cell.row, c.cell.left, c.start - c.end)):
        text = squash(candidate.text)
        if not any(text in squash(k.text) or squash(k.text) in text for k in kept):
            kept.append(candidate)
    return kept


def _taxes(reading: Reading, children: Sequence[Field]) -> list[RowOfChoices]:
    """Rows with a rate, near the word tax, and the amounts beside it: tax = rate x base tells which is which."""
    named = {c.name: role_of(c, COLUMN_ROLES) for c in children}
    rate_name = next((n for n, r in named.items() if r and r.name == "tax_rate"), None)
    base_name = next((c.name for c in children if c.name != rate_name and _is_base(c)), None)
    value_name = next(
        (c.name for c in children if c.name not in (rate_name, base_name) and c.type is not FieldType.STRING), None
    )
    grid, rows, seen = reading.grid, list[RowOfChoices](), set[tuple[Decimal, Decimal | None]]()
    rates = [*reading.candidates.by_kind[Kind.PERCENT], *reading.candidates.by_kind[Kind.NUMBER]]
    rows_with_sign = {rate.cell.row for rate in reading.candidates.by_kind[Kind.PERCENT]}
    for rate in rates:
        labels = frozenset[str]().union(*(label.meaning.concepts for label in reading.labels.of(rate)))
        about = meaning(grid.rows[rate.cell.row].text).concepts | labels
        plain = rate.kind is Kind.NUMBER and ("percent" not in labels or rate.cell.row in rows_with_sign)
        if "tax" not in about or not isinstance(rate.value, Decimal) or plain or not 0 <= rate.value <= MAX_RATE:
            continue
        amounts = [
            a
            for a in reading.candidates.by_kind[Kind.AMOUNT]
            if a.cell.row == rate.cell.row and a.decimals == 2 and (a.cell, a.start) != (rate.cell, rate.start)
        ]
        base, value = _base_and_tax(rate.value, amounts)
        if value is None and len(amounts) != 1:
            continue
        value = value or amounts[0]
        key = (rate.value, value.value if isinstance(value.value, Decimal) else None)
        if key in seen or any(k[0] == rate.value for k in seen) or _is_item_row(about):
            continue
        seen.add(key)
        cells = {rate_name: rate, base_name: base, value_name: value}
        rows.append({n: Choice(c.text, c.word_ids, 0.8) for n, c in cells.items() if n and c})
    return rows


def _is_base(child: Field) -> bool:
    about = meaning(f"{child.name} . {child.description or ''}").concepts
    return "net" in about or child.name.casefold().endswith(("base", "basis"))


def _is_item_row(about: frozenset[str]) -> bool:
    return bool(about & {"quantity", "unit", "description"}) and not about & {"total", "net"}


def _base_and_tax(rate: Decimal, amounts: list[Candidate]) -> tuple[Candidate | None, Candidate | None]:
    for base in amounts:
        for tax in amounts:
            if base is tax or not (isinstance(base.value, Decimal) and isinstance(tax.value, Decimal)):
                continue
            if base.value and abs(base.value * rate / 100 - tax.value) <= ROUNDING:
                return base, tax
    return None, None


# --- tables of line items -------------------------------------------------------------------------------------------


@dataclass
class _Column:
    """A header label with its horizontal range, and the schema's column that it was matched to."""

    about: Meaning
    left: float
    right: float
    samples: tuple[str, ...] = ()
    """Texts of the next rows that stand below the label."""
    child: Field | None = None
    numeric: bool = False


@dataclass
class _Record:
    """One line item while its cells are collected: words by column."""

    words: dict[int, list[Word]] = field(default_factory=dict)
    bottom: float = 0.0


def _items(reading: Reading, children: list[Field], roles: dict[str, Role | None]) -> list[RowOfChoices]:
    grid = reading.grid
    header = _find_header(grid, children, roles)
    if header is None:
        return _without_header(reading, roles)
    found: list[RowOfChoices] = []
    start, columns = header
    labels = [c.about for c in columns]
    found += _body(reading, start, columns, roles)
    for index in range(start + 1, len(grid.rows)):  # the header is printed again on each page
        row = grid.rows[index]
        if row.page > grid.rows[start].page and len(row.cells) >= 2 and [meaning(c.text) for c in row.cells] == labels:
            found += _body(reading, index, columns, roles)
    return found


def _find_header(grid: Grid, children: list[Field], roles: dict[str, Role | None]) -> tuple[int, list[_Column]] | None:
    best: tuple[float, int, list[_Column]] | None = None
    for index, row in enumerate(grid.rows):
        if any(sum(c.isdigit() for c in cell.text) > sum(c.isalpha() for c in cell.text) for cell in row.cells):
            continue
        for cells, last in _header_lines(grid, index):
            columns = [
                _Column(meaning(text), left, right, _samples(grid, last, left, right)) for text, left, right in cells
            ]
            score = _match_columns(columns, children, roles)
            if score > (best[0] + 0.3 if best else 1.2) and _has_body(grid, last, columns):
                best = (score, last, columns)
    return (best[1], best[2]) if best else None


def _header_lines(grid: Grid, index: int) -> list[tuple[list[tuple[str, float, float]], int]]:
    """The row as header cells, alone and merged with the row below (labels of two lines), with the last row's index."""
    single = [(c.text, c.left, c.right) for c in grid.rows[index].cells]
    options = [(_split_wide(grid, index), index)]
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


def _split_wide(grid: Grid, index: int) -> list[tuple[str, float, float]]:
    """Header cells, cut where the cells of the next rows show that a narrow gap separates two columns."""
    parts: list[tuple[str, float, float]] = []
    for cell in grid.rows[index].cells:
        words = cell.line.words
        cuts = [
            i for i in range(1, len(words)) if _separates(grid, index, words[i - 1].box.right, words[i].box.left, cell)
        ]
        for start, end in zip([0, *cuts], [*cuts, len(words)], strict=True):
            piece = words[start:end]
            parts.append((" ".join(w.text for w in piece), piece[0].box.left, piece[-1].box.right))
    return parts


def _separates(grid: Grid, index: int, left: float, right: float, header: GridCell) -> bool:
    """Whether the next rows have values on both sides of a gap inside a header cell, and none across it."""
    agree = 0
    for row in grid.rows[index + 1 : index + 6]:
        if row.page != grid.rows[index].page:
            break
        before = [c for c in row.cells if c.right <= right + 0.004 and c.right > header.left - 0.02]
        after = [c for c in row.cells if c.left >= left - 0.012 and c.left < header.right + 0.03 and c not in before]
        if any(c.left < left - 0.012 and c.right > right + 0.004 for c in row.cells):
            return False
        agree += bool(before and after)
    return agree >= 1


def _match_columns(columns: list[_Column], children: list[Field], roles: dict[str, Role | None]) -> float:
    """Give each schema column its best header label, one to one, the surest first. Returns the sum of the fits."""
    pairs: list[tuple[float, int, int]] = []
    for number, child in enumerate(children):
        role = roles[child.name]
        for position, column in enumerate(columns):
            best = (
                label_fit(role, column.about) + _content_fit(role, column.samples)
                if role
                else own_words_fit(child, column.about)
            )
            if role and role.name == "line_total":
                best += 0.02 * position / len(columns)  # of two amounts the right one is the sum
            if best >= MIN_COLUMN_FIT:
                pairs.append((best, number, position))
    taken: set[int] = set()
    total = 0.0
    for fit, number, position in sorted(pairs, key=lambda p: -p[0]):
        if columns[position].child is None and number not in taken:
            columns[position].child = children[number]
            taken.add(number)
            total += fit
    code = next(
        (c for c in children if (r := roles[c.name]) and r.name == "sku" and children.index(c) not in taken), None
    )
    spare = [c for c in columns if code and c.child is None and _content_fit(_SKU, c.samples) >= MIN_CODES]
    if spare:  # a column of codes under any label
        spare[0].child = code
    for column in columns:
        role = roles[column.child.name] if column.child else None
        column.numeric = bool(
            column.child and (role.kind in _NUMERIC if role else column.child.type is not FieldType.STRING)
        )
    return total


def _samples(grid: Grid, header: int, left: float, right: float) -> tuple[str, ...]:
    texts: list[str] = []
    for row in grid.rows[header + 1 : header + 7]:
        if row.page == grid.rows[header].page:
            texts += [c.text for c in row.cells if min(c.right, right) > max(c.left, left)]
    return tuple(texts)


def _content_fit(role: Role, samples: tuple[str, ...]) -> float:
    """What the texts below a label say for or against a role: codes are short, descriptions are words."""
    if not samples or role.name not in ("description", "sku", "position"):
        return 0.0
    codes = sum(len(t.split()) == 1 and any(c.isdigit() for c in t) for t in samples) / len(samples)
    words = sum(sum(c.isalpha() for c in t) >= 4 and len(t.split()) > 1 for t in samples) / len(samples)
    return 0.25 * (words - codes) if role.name == "description" else 0.25 * (codes - words)


def _has_body(grid: Grid, index: int, columns: list[_Column]) -> bool:
    """Whether numbers stand below the header's numeric columns."""
    for row in grid.rows[index + 1 : index + 8]:
        if row.page != grid.rows[index].page:
            break
        for cell in row.cells:
            if any(ch.isdigit() for ch in cell.text) and any(
                c.numeric and min(cell.right, c.right + 0.05) > max(cell.left, c.left - 0.05) for c in columns
            ):
                return True
    return not any(c.numeric for c in columns) and index + 1 < len(grid.rows)


def _body(reading: Reading, start: int, columns: list[_Column], roles: dict[str, Role | None]) -> list[RowOfChoices]:
    """Group the rows below a header to records and read their cells."""
    grid = reading.grid
    numeric = [i for i, c in enumerate(columns) if c.numeric]
    text = [i for i, c in enumerate(columns) if c.child and not c.numeric]
    records: list[_Record] = []
    lead: dict[int, list[Word]] = {}
    bottom = grid.rows[start].bottom
    page = grid.rows[start].page
    for row in grid.rows[start + 1 :]:
        if row.page != page:
            if [meaning(c.text) for c in row.cells] == [c.about for c in columns] or not records:
                break
            if not _fits_columns(row, columns):
                break
            page, bottom = row.page, row.top
        if row.top - bottom > MAX_ROW_GAP * grid.line_height or _ends_table(row, columns, bool(records)):
            break
        words = _assign(row, columns)
        amounts = [i for i in numeric if i in words and numbers.find(" ".join(w.text for w in words[i]))]
        described = [i for i in text if i in words]
        anchors = amounts and (len(amounts) >= min(2, len(numeric)) or (described and _has_amount(words, amounts)))
        if anchors:
            record = _Record(words, row.bottom)
            if lead and not described:
                record.words = {**lead, **words}
            records.append(record)
            lead = {}
        elif described and not amounts:
            gap = (row.top - records[-1].bottom) / grid.line_height if records else 99.0
            if records and gap < MAX_WRAP_GAP:
                for i in described:
                    records[-1].words.setdefault(i, []).extend(words[i])
                records[-1].bottom = row.bottom
            else:
                lead = {i: words[i] for i in described}
        bottom = row.bottom
    return [cells for record in records if (cells := _read(record, columns, roles))]


def _fits_columns(row: Row, columns: list[_Column]) -> bool:
    return sum(any(min(cell.right, c.right) > max(cell.left, c.left) for c in columns) for cell in row.cells) >= 2


def _ends_table(row: Row, columns: list[_Column], begun: bool) -> bool:
    """Sums end a table: a row that begins with the word total, or the next table's header."""
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
        bool(about.concepts & _STOP)
        and few
        and (starts_right or len(about.others) <= 1)
        and not about.concepts & {"description", "quantity"}
    )


def _has_amount(words: dict[int, list[Word]], amounts: list[int]) -> bool:
    return any(re.search(r"[.,]\d{2}\b", w.text) for i in amounts for w in words[i])


def _assign(row: Row, columns: list[_Column]) -> dict[int, list[Word]]:
    """Each word of a row to a column; words that are read together stay together unless they span columns."""
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
    """Cut between text and numbers."""
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


def _nearest(left: float, right: float, is_number: bool, columns: list[_Column]) -> int | None:
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


def _read(record: _Record, columns: list[_Column], roles: dict[str, Role | None]) -> RowOfChoices:
    cells: RowOfChoices = {}
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
        elif (role := roles[column.child.name]) and role.name == "description":
            text = (
                re.sub(r"^\d{1,3}[.)]?\s+(?=\D)", "", text)
                if "position" not in {r.name for r in roles.values() if r}
                else text
            )
        if text.strip():
            cells[column.child.name] = Choice(text.strip(), tuple(w.id for w in words), 0.75)
    return cells


def _without_header(reading: Reading, roles: dict[str, Role | None]) -> list[RowOfChoices]:
    """Lists as receipts print them: a text, at most a quantity and a price, and an amount at the end of the row."""
    by_role = {role.name: name for name, role in roles.items() if role}
    if "description" not in by_role or not set(by_role) & {"line_total", "unit_price"}:
        return []
    found: list[RowOfChoices] = []
    printed = [a for a in reading.candidates.by_kind[Kind.AMOUNT] if a.decimals == 2]
    for number, row in enumerate(reading.grid.rows):
        about = meaning(row.text)
        if about.concepts & (_STOP | {"cash", "change"}):
            if found:
                break
            continue
        amounts = [a for a in printed if a.cell.row == number]
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
        cells = {by_role["description"]: Choice(text, words, 0.5)}
        if name := by_role.get("line_total"):
            cells[name] = Choice(amounts[-1].text, amounts[-1].word_ids, 0.5)
        found.append(cells)
    return found
