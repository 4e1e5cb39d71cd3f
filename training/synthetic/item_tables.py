"""Compose line items and other tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from training.synthetic.draft import Draft, amount
from training.synthetic.printed_values import a_quantity, a_value, code, goods_name
from training.synthetic.sheet import Align
from training.synthetic.words import COLUMNS, PHRASES


@dataclass
class Item:
    """The values of one row."""

    cells: dict[str, str]
    total: float


def an_item(draft: Draft, number: int, rate: float, *, negative: bool = False) -> Item:
    """Draw one line item: quantity, price, tax and total agree."""
    rng, style = draft.rng, draft.style
    written, quantity = a_quantity(style)
    if draft.kind == "receipt":
        while quantity > 12 and not draft.chance(0.05):
            written, quantity = a_quantity(style)
    price = round(
        rng.choice(
            (rng.uniform(0.5, 20), rng.uniform(1, 60))
            if draft.kind == "receipt"
            else (rng.uniform(0.5, 40), rng.uniform(10, 300), rng.uniform(100, 4000))
        ),
        style.decimals,
    )
    discount = rng.choice((5, 10, 15, 20)) if draft.chance(0.1) else 0
    total = round(quantity * price * (1 - discount / 100), style.decimals) * (-1 if negative else 1)
    tax = f"{style.percent(rate)}{rng.choice(('%', ' %', ''))}"
    cells = {
        "position": str(number),
        "sku": code(rng).replace(" ", ""),
        "description": goods_name(style),
        "quantity": written,
        "unit": rng.choice(PHRASES["units"]),
        "unit_price": style.number(price, 4 if draft.fine_prices and style.decimals else None),
        "line_discount": f"{discount}%"
        if discount
        else rng.choice(("0%", "-", "0,00" if style.decimal == "," else "0.00")),
        "line_tax_rate": tax if draft.chance(0.93) else rng.choice(("S", "A", "SR", "1", "2")),
        "line_tax": style.number(round(total * rate / 100, 2)),
        "line_total": style.number(total),
        "line_date": style.date(draft.day - timedelta(days=rng.randint(0, 30))),
        "serial": code(rng),
        "weight": a_value("weight", style),
        "worker": rng.choice(style.names.people),
    }
    return Item(cells, total)


_COLUMN_CHANCES = {
    "position": 0.3,
    "sku": 0.32,
    "line_date": 0.08,
    "serial": 0.07,
    "worker": 0.03,
    "description": 1.0,
    "quantity": 0.88,
    "unit": 0.2,
    "weight": 0.03,
    "unit_price": 0.8,
    "line_discount": 0.1,
    "line_tax_rate": 0.3,
    "line_tax": 0.07,
    "line_total": 0.94,
}
_WIDTHS = {
    "position": 0.8,
    "sku": 2.2,
    "line_date": 2.0,
    "serial": 2.2,
    "worker": 2.4,
    "quantity": 1.3,
    "unit": 1.1,
    "weight": 1.6,
    "unit_price": 2.0,
    "line_discount": 1.2,
    "line_tax_rate": 1.2,
    "line_tax": 1.6,
    "line_total": 2.0,
}
_NUMERIC = frozenset(
    {
        "quantity",
        "unit_price",
        "line_discount",
        "line_tax_rate",
        "line_tax",
        "line_total",
        "weight",
        "debit",
        "credit",
        "running_balance",
        "base",
        "tax",
        "rate",
        "gross",
    }
)


def item_columns(draft: Draft) -> list[str]:
    """Choose the columns of a table of line items, in order."""
    columns = [key for key, chance in _COLUMN_CHANCES.items() if draft.chance(chance)]
    for key, chance in (("quantity", 0.15), ("line_tax_rate", 0.05)):
        if key in columns and draft.chance(chance):
            columns.remove(key)
            columns.insert(0, key)
    if "sku" in columns and draft.chance(0.15):
        columns.remove("sku")
        columns.insert(columns.index("description") + 1, "sku")
    if {"quantity", "unit_price"} <= set(columns) and draft.chance(0.16):  # the price before the quantity
        first, second = sorted((columns.index("quantity"), columns.index("unit_price")))
        columns[first], columns[second] = columns[second], columns[first]
    if draft.chance(0.05):
        draft.rng.shuffle(columns)
    return columns


@dataclass
class Columns:
    """Positions and alignment of a table's columns."""

    keys: list[str]
    left: dict[str, float]
    right: dict[str, float]
    align: dict[str, Align]

    def at(self, key: str) -> float:
        """Return the x of a column's anchor, which depends on its alignment."""
        return {"left": self.left[key], "right": self.right[key], "center": (self.left[key] + self.right[key]) / 2}[
            self.align[key]
        ]


def lay_columns(draft: Draft, keys: list[str], left: float, right: float) -> Columns:
    """Divide the width among the columns and choose their alignment."""
    rng = draft.rng
    weights = {key: _WIDTHS.get(key, 1.8) for key in keys}
    for key in ("description", "booking_text"):
        if key in weights:
            weights[key] = rng.uniform(3.5, 7.5)
    total, x = sum(weights.values()), left
    numeric_right = draft.chance(0.8)
    columns = Columns(keys, {}, {}, {})
    for key in keys:
        width = weights[key] / total * (right - left)
        columns.left[key], columns.right[key] = x, x + width * 0.94
        usual: Align = "right" if key in _NUMERIC and numeric_right else "left"
        columns.align[key] = rng.choice((usual,) * 8 + ("center", "left"))
        x += width
    return columns


def table_header(draft: Draft, columns: Columns, y: float, size: float) -> float:
    """Print the labels of the columns; return where the first row goes."""
    sheet, language = draft.sheet, draft.style.language
    capital, lines_used = draft.chance(0.2), 1
    for key in columns.keys:
        label = draft.rng.choice(COLUMNS[key].labels[language])
        if draft.style.currency and key in ("unit_price", "line_total") and draft.chance(0.1):
            label += f" ({draft.style.currency})"
        label = label.upper() if capital else label
        width = columns.right[key] - columns.left[key]
        small = size * 0.95
        if sheet.text_width(label, small) > width and " " in label:
            lines = sheet.wrapped(label, width, small)[:2]
        else:
            lines = [label]
            while sheet.text_width(label, small) > width * 1.15 and small > size * 0.6:
                small *= 0.9
        for row, line in enumerate(lines):
            sheet.put(line, columns.at(key), y + row * size * 1.1, small, None, columns.align[key])
        lines_used = max(lines_used, len(lines))
    return y + size * (1.1 * lines_used + draft.rng.uniform(0.3, 1.0))


def table_rows(
    draft: Draft,
    array: str,
    rows: Sequence[dict[str, str]],
    columns: Columns,
    y: float,
    size: float,
    *,
    first: int = 0,
    money_place: str = "none",
    nested: Sequence[Sequence[dict[str, str]]] = (),
) -> float:
    """Print the cells of each row, wrapped if long, and mark every cell.

    Every row is marked under the array's key.
    """
    sheet, rng = draft.sheet, draft.rng
    gap, wrap_step = size * rng.uniform(0.15, 0.9), size * rng.uniform(1.05, 1.25)
    middle = draft.chance(0.15)  # cells centred vertically next to a wrapped text
    with_unit = "unit" not in columns.keys and array == "items" and draft.chance(0.25)
    unit = rng.choice(PHRASES["units"])
    notes = _note_forms(draft) if array == "items" and draft.chance(0.15) else ()
    above = draft.chance(0.3)
    prefixed = array == "items" and "sku" not in columns.keys and draft.chance(0.1)
    counted = array == "items" and "position" not in columns.keys and draft.chance(0.04)
    explained = array == "items" and draft.chance(0.12)
    spelled = [key for key in ("quantity", "unit_price") if array == "items" and key not in columns.keys]
    spelled = spelled if draft.chance(0.5) else []
    for number, cells in enumerate(rows):
        row = first + number
        start = len(sheet.texts)
        texts = {}
        for key in columns.keys:
            width = columns.right[key] - columns.left[key]
            texts[key] = (
                sheet.wrapped(cells[key], max(width, size * 3), size)
                if key in ("description", "booking_text", "worker")
                else [cells[key]]
            )
        before = ""
        if "description" in texts and (prefixed or counted):  # an article number or a count within the same cell
            before = f"{cells['sku']} {rng.choice(('-', '-', '–', '/', ''))}" if prefixed else f"Pos {row + 1}:"
            width = max(columns.right["description"] - columns.left["description"], size * 3)
            texts["description"] = sheet.wrapped(f"{before} {cells['description']}", width, size)
        tall = max(len(lines) for lines in texts.values())
        if notes and above:
            y = _notes(draft, notes, (array, row), cells, columns, y, size, wrap_step)
        for key in columns.keys:
            lines, numbers = texts[key], list[int]()
            if key == "quantity" and with_unit:
                found = sheet.put(f"{cells[key]} {unit}", columns.at(key), y, size, None, columns.align[key])
                sheet.mark((array, row, key), found[: len(cells[key].split())])
                continue
            top = y + (tall - len(lines)) * wrap_step / 2 if middle else y
            for index, line in enumerate(lines):
                if key in ("unit_price", "line_total", "line_tax") and money_place != "none":
                    numbers += amount(draft, line, columns.at(key), top, size, None, columns.align[key], money_place)
                else:
                    found = sheet.put(line, columns.at(key), top + index * wrap_step, size, None, columns.align[key])
                    numbers += found
            if key == "description" and before:
                skipped = len(before.split())
                if prefixed:
                    sheet.mark((array, row, "sku"), numbers[: len(cells["sku"].split())])
                numbers = numbers[skipped:]
            sheet.mark((array, row, key), numbers)
        y += tall * wrap_step
        if spelled and "description" in columns.keys:
            y = _spelled_out(
                draft, spelled, (array, row), cells, columns.left["description"], y, size * 0.95, wrap_step
            )
        if explained and draft.chance(0.7):  # more about the article, in smaller type
            text = " ".join(goods_name(draft.style) for _ in range(rng.randint(1, 3)))
            width = max(columns.right["description"] - columns.left["description"], size * 8)
            for line in sheet.wrapped(rng.choice(("Includes ", "", "Incl. ", "", "Type: ")) + text, width, size * 0.8):
                sheet.put(line, columns.left["description"], y, size * 0.8)
                y += wrap_step * 0.85
        y = _below_row(draft, columns, y, size, wrap_step)
        if notes and not above:
            y = _notes(draft, notes, (array, row), cells, columns, y, size, wrap_step)
        for sub, parts in enumerate(nested[number] if number < len(nested) else ()):
            x = columns.left["description"] + size
            if "component_quantity" in parts:
                found = sheet.put(parts["component_quantity"], x, y, size * 0.9)
                sheet.mark((array, row, "components", sub, "component_quantity"), found)
                sheet.put("x", sheet.end + size * 0.3, y, size * 0.9)
                x = sheet.end + size * 0.4
            else:
                sheet.put(rng.choice(("-", "•", "+")), x, y, size * 0.9)
                x = sheet.end + size * 0.4
            found = sheet.put(parts["component"], x, y, size * 0.9)
            sheet.mark((array, row, "components", sub, "component"), found)
            y += wrap_step
        sheet.mark((array, row), list(range(start, len(sheet.texts))))
        y += gap
    return y


def _spelled_out(
    draft: Draft,
    keys: Sequence[str],
    row: tuple[str, int],
    cells: dict[str, str],
    x: float,
    y: float,
    size: float,
    step: float,
) -> float:
    """Print labelled quantity and price below the description.

    Only if the table has no columns for them.
    """
    for key in keys:
        draft.sheet.put(draft.rng.choice(COLUMNS[key].labels[draft.style.language]) + ":", x, y, size)
        amount(
            draft,
            cells[key],
            draft.sheet.end + size * 0.3,
            y,
            size,
            (*row, key),
            "left",
            "none" if key == "quantity" else None,
        )
        x = draft.sheet.end + size * 1.2
    return y + step


_NOTES = {
    "sku": (
        "Art.-Nr.: {}",
        "Unsere Art.-Nr.: {}",
        "SKU: {}",
        "Item code {}",
        "Réf. : {}",
        "Ref: {}",
        "Part No. {}",
        "Ihre Art.-Nr.: {}",
        "({})",
    ),
    "": ("GTIN: {}", "EAN {}", "HS Code: {}", "Zolltarifnummer: {}", "Lot: {}", "S/N: {}", "Batch no. {}"),
    "line_discount": ("Rabatt {}", "Discount {}", "Remise {}"),
}


def _note_forms(draft: Draft) -> tuple[tuple[str, str], ...]:
    """Choose the extra lines of each description, as (column or "", form) pairs."""
    keys = [key for key in _NOTES if draft.chance(0.5)]
    return tuple((key, draft.rng.choice(_NOTES[key])) for key in keys)


def _notes(
    draft: Draft,
    notes: Sequence[tuple[str, str]],
    row: tuple[str, int],
    cells: dict[str, str],
    columns: Columns,
    y: float,
    size: float,
    step: float,
) -> float:
    """Print numbers on separate lines.

    An article number among them is the row's if no column holds it.
    """
    for key, form in notes:
        value = cells[key] if key else str(draft.rng.randint(10**7, 10**13))
        numbers = draft.sheet.put(form.format(value), columns.left["description"], y, size * 0.95)
        if key == "sku" and "sku" not in columns.keys:
            draft.sheet.mark((*row, "sku"), numbers[-len(value.split()) :])
        y += step
    return y


def _below_row(draft: Draft, columns: Columns, y: float, size: float, step: float) -> float:
    """Print notes that belong to a row but to none of its cells."""
    if "description" not in columns.keys or not draft.chance(0.07):
        return y
    note = draft.rng.choice(
        (
            f"S/N {code(draft.rng)}",
            draft.phrase("terms").replace("{n}", "14"),
            draft.style.date(draft.day),
            f"HS {code(draft.rng)}",
            f"({draft.rng.choice(PHRASES['qualities'])})",
        )
    )
    draft.sheet.put(note, columns.left["description"], y, size * 0.9)
    return y + step


def items_table(
    draft: Draft,
    left: float,
    right: float,
    y: float,
    size: float,
    count: int,
    rate: float,
    *,
    header: bool = True,
    negative: bool = False,
    first: int = 0,
) -> tuple[float, float]:
    """Compose a table of line items; return where the next line goes, and the sum of the rows."""
    columns = lay_columns(draft, item_columns(draft), left, right)
    if header:
        y = table_header(draft, columns, y, size)
    items = [an_item(draft, first + i + 1, rate, negative=negative) for i in range(count)]
    nested: list[list[dict[str, str]]] = []
    if draft.chance(0.05):
        for _ in items:
            parts = [{"component": goods_name(draft.style)[:40]} for _ in range(draft.rng.choice((0, 1, 2, 3)))]
            if draft.chance(0.5):
                for part in parts:
                    part["component_quantity"] = a_quantity(draft.style)[0]
            nested.append(parts)
    place = draft.style.currency_at if draft.chance(0.35) else "none"
    total = sum(item.total for item in items)
    if first and draft.chance(0.5):
        y = carried_over(draft, columns, y, size, total)
    groups = draft.chance(0.05)
    done = 0
    while done < count:
        size_of_group = draft.rng.randint(1, 3) if groups else count
        if groups:
            draft.sheet.put(draft.phrase("goods"), left, y, size)
            y += size * 1.4
        cells = [item.cells for item in items[done : done + size_of_group]]
        y = table_rows(draft, "items", cells, columns, y, size, first=done, money_place=place, nested=nested[done:])
        done += size_of_group
    if draft.chance(0.05):
        y = carried_over(draft, columns, y, size, total)
    return y, total


def carried_over(draft: Draft, columns: Columns, y: float, size: float, total: float) -> float:
    """Print a carried-over sum, which is not a row."""
    draft.sheet.put(draft.phrase("carried"), columns.left[columns.keys[min(1, len(columns.keys) - 1)]], y, size)
    last = columns.keys[-1]
    draft.sheet.put(draft.style.number(total), columns.at(last), y, size, None, columns.align[last])
    return y + size * 1.6
