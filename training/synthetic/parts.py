"""Parts that documents are composed of: parties, details, line items, totals, taxes, payment, prose."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from training.synthetic.sheet import Align, Key, Sheet
from training.synthetic.values import Address, Style, a_day, a_quantity, a_value, address, code, company, goods_name
from training.synthetic.words import COLUMNS, HEADER, PHRASES


@dataclass(frozen=True)
class Custom:
    """A field that no vocabulary knows: what the page calls it, what callers may call it, and its type."""

    label: str
    names: tuple[str, ...]
    type: str


@dataclass
class Draft:
    """One document while it is composed."""

    rng: random.Random
    style: Style
    sheet: Sheet
    size: float
    """Height of ordinary type in points."""
    margin: float
    kind: str
    values: dict[str, str] = field(default_factory=dict)
    customs: dict[str, Custom] = field(default_factory=dict)
    addresses: dict[str, Address] = field(default_factory=dict)
    day: date = field(init=False)
    separator: str = field(init=False)
    """What stands between labels and values."""
    fine_prices: bool = field(init=False)
    """Unit prices have four decimals."""

    def __post_init__(self) -> None:
        self.day = a_day(self.rng)
        self.separator = self.rng.choice((":", ":", ":", "", "", " :", " -" if self.rng.random() < 0.1 else ":"))
        self.fine_prices = self.chance(0.06)
        day, style, rng = self.day, self.style, self.rng
        self.values = {
            "date": style.date(day),
            "due_date": style.date(day + timedelta(days=rng.choice((0, 7, 10, 14, 30, 30, 45, 60)))),
            "delivery_date": style.date(day - timedelta(days=rng.choice((0, 0, 1, 3, 9)))),
            "order_date": style.date(day - timedelta(days=rng.randint(1, 40))),
            "supplier_name": company(style),
            "customer_name": company(style) if rng.random() < 0.75 else rng.choice(style.names.people),
        }

    def chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    def label(self, key: str) -> str:
        labels = HEADER[key].labels.get(self.style.language) or HEADER[key].labels["en"]
        # the first ones are the most usual
        index = min(int(self.rng.expovariate(1.6) * len(labels) / 2), len(labels) - 1)
        return labels[index]

    def value(self, key: str) -> str:
        if key not in self.values:
            kind = self.customs[key].type if key in self.customs else HEADER[key].type
            self.values[key] = a_value(kind, self.style)
        return self.values[key]

    def address(self, role: str) -> Address:
        """Of a party: the same wherever it is printed, but for a branch now and then."""
        if role not in self.addresses or self.chance(0.06):
            self.addresses[role] = address(self.style)
        return self.addresses[role]

    def phrase(self, *path: str) -> str:
        found = PHRASES
        for name in path:
            found = found[name]
        return str(self.rng.choice(found[self.style.language] if isinstance(found, dict) else found))

    def sentence(self) -> str:
        text = self.phrase("sentences")
        for name, value in (
            ("{n}", str(self.rng.choice((1, 2, 7, 14, 30)))),
            ("{person}", self.rng.choice(self.style.names.people)),
            ("{city}", self.rng.choice(self.style.names.cities)),
            ("{currency}", self.style.currency),
        ):
            text = text.replace(name, value)
        return text

    def custom(self) -> tuple[str, str]:
        """A new field of the caller's own business: its key and label."""
        rng, language = self.rng, self.style.language
        vocabulary = PHRASES["fields"]
        if language != "en" and rng.random() < 0.75:
            label, kind, name = rng.choice(vocabulary[language]["labels"]).split(":")
            own = label.lower().replace(" ", "_").replace(".", "")
            found = Custom(label, (name, name, own), kind)
        else:
            first = rng.choice(vocabulary["en"]["first"])
            last, kind = rng.choice(vocabulary["en"]["last"]).split(":")
            label = f"{first} {last.capitalize() if rng.random() < 0.7 else last}" + ("." if last == "no" else "")
            base = first.lower().replace(" ", "_")
            full = {"no": "number", "ID": "id"}.get(last, last.replace(" ", "_"))
            found = Custom(label, (f"{base}_{full}", f"{base}_{full}", f"{full}_of_{base}", f"{base}_{last.lower().replace(' ', '_')}"), kind)  # fmt: skip
        key = f"custom:{len(self.customs)}"
        self.customs[key] = found
        return key, found.label


def amount(draft: Draft, value: float | str, x: float, y: float, size: float, key: Key | None, align: Align = "right", place: str | None = None) -> list[int]:  # fmt: skip
    """An amount with its currency where this document puts it; a detached currency is not part of the value."""
    sheet, style = draft.sheet, draft.style
    text = value if isinstance(value, str) else style.number(value)
    if isinstance(value, float) and value < 0 and draft.chance(0.1):
        text = draft.rng.choice((f"({text[1:]})", f"{text[1:]}-", f"- {text[1:]}"))
    place = place or style.currency_at
    if place == "pre":
        found = sheet.put(style.currency + text, x, y, size, None, align)
    elif place == "pre_space":
        found = sheet.put(f"{style.currency} {text}", x, y, size, None, align)
        found = found[len(style.currency.split()) :]
    elif place == "post":
        gap = "" if len(style.currency) == 1 and draft.chance(0.3) else " "
        found = sheet.put(f"{text}{gap}{style.currency}", x, y, size, None, align)
        found = found[:-1] if gap else found
    else:
        found = sheet.put(text, x, y, size, None, align)
    if key is not None:
        sheet.mark(key, found)
    return found


# --- parties ---------------------------------------------------------------------------------------------------------


def party(draft: Draft, role: str, x: float, y: float, size: float, align: Align = "left", *, one_line: bool = False, name_size: float = 1.0, contacts: Sequence[str] = ()) -> float:  # fmt: skip
    """A name and its address, and lines that do not belong to either; returns where the next line goes."""
    sheet, rng, style = draft.sheet, draft.rng, draft.style
    name, place = draft.value(f"{role}_name"), draft.address(role)
    step = size * rng.uniform(1.15, 1.5)
    if one_line:
        parts = [name, *place.lines]
        between = rng.choice((", ", " - ", " · ", " | ", " • "))
        numbers = sheet.put(between.join(parts), x, y, size, None, align)
        taken = len(name.split())
        if between == ", " or len(numbers) == sum(len(p.split()) for p in parts) + len(parts) - 1:
            sheet.mark(f"{role}_name", numbers[:taken])
            rest = numbers[taken:] if between == ", " else numbers[taken + 1 :]
            sheet.mark(f"{role}_address", rest)
        return y + step
    if role != "supplier" and draft.chance(0.08):
        before = rng.choice(("Herr", "Frau", "Firma", "Mr.", "Ms.", "Mme", "An", "To", "M.", "Sig.", "Company"))
        sheet.put(before, x, y, size, None, align)
        y += step
    wide = sheet.width - 2 * draft.margin
    big = min(size * name_size, size * wide / max(1.0, sheet.text_width(name, size)))
    words = name.split()
    if len(words) > 3 and draft.chance(0.1):
        half = len(words) // 2 + 1
        numbers = sheet.put(" ".join(words[:half]), x, y, big, None, align)
        y += big * 1.2
        numbers += sheet.put(" ".join(words[half:]), x, y, big, None, align)
        sheet.mark(f"{role}_name", numbers)
    else:
        sheet.put(name, x, y, big, f"{role}_name", align)
    y += big * rng.uniform(1.2, 1.7)
    if draft.chance(0.14):
        before = rng.choice((rng.choice(style.names.people), f"z.Hd. {rng.choice(style.names.people)}", f"Attn: {rng.choice(style.names.people)}", draft.phrase("trades"), "Accounts Payable", "Buchhaltung", f"({code(rng)})"))  # fmt: skip
        sheet.put(before, x, y, size, None, align)
        y += step
    y = address_lines(draft, role, place, x, y, size, align, step)
    return contact_lines(draft, contacts, x, y, size, align, step)


def address_lines(draft: Draft, role: str, place: Address, x: float, y: float, size: float, align: Align, step: float) -> float:  # fmt: skip
    sheet = draft.sheet
    numbers: list[int] = []
    for line in place.lines:
        found = sheet.put(line, x, y, size, None, align)
        numbers += found
        words = [sheet.texts[i].strip(",") for i in found]
        for part, text in (("street", place.street), ("city", place.city), ("postcode", place.postcode)):
            wanted = (text.upper() if sheet.upper else text).replace(",", "").split()
            for start in range(len(words) - len(wanted) + 1):
                if words[start : start + len(wanted)] == wanted and f"{role}_{part}" in HEADER:
                    sheet.mark(f"{role}_{part}", found[start : start + len(wanted)])
                    break
        y += step
    sheet.mark(f"{role}_address", numbers)
    return y


def contact_lines(draft: Draft, keys: Iterable[str], x: float, y: float, size: float, align: Align, step: float) -> float:  # fmt: skip
    for key in keys:
        value, sheet = draft.value(key), draft.sheet
        if draft.chance(0.8) or key in ("fax", "supplier_registration", "supplier_tax_number"):
            separator = draft.rng.choice((":", ":", "", " :", "."))
            numbers = sheet.put(f"{draft.label(key)}{separator} {value}", x, y, size, None, align)
            sheet.mark(key, numbers[-len(value.split()) :])
        else:
            sheet.put(value, x, y, size, key, align)
        y += step
    return y


SUPPLIER_CONTACTS = ("supplier_phone", "fax", "supplier_email", "supplier_website", "supplier_vat_id", "supplier_registration", "supplier_tax_number")  # fmt: skip


def some(draft: Draft, keys: Sequence[str], probability: float) -> list[str]:
    return [key for key in keys if draft.chance(probability)]


def party_heading(draft: Draft, role: str) -> str:
    if role == "supplier":
        return draft.phrase("from")
    return draft.rng.choice(HEADER[f"{role}_name"].labels[draft.style.language])


def headed_party(draft: Draft, role: str, x: float, y: float, size: float, contacts: Sequence[str] = (), *, heading: bool = True) -> float:  # fmt: skip
    """A party below its heading, or beside it."""
    sheet = draft.sheet
    if not heading:
        return party(draft, role, x, y, size, contacts=contacts)
    text = party_heading(draft, role)
    if draft.chance(0.12):  # "Bill to: ACME Ltd"
        sheet.put(text + ":", x, y, size)
        offset = sheet.end + size * 0.4
        if draft.chance(0.5):
            return party(draft, role, offset, y, size, contacts=contacts)
        name = draft.value(f"{role}_name")
        sheet.put(name, offset, y, size, f"{role}_name")
        step = size * 1.35
        return address_lines(draft, role, draft.address(role), x, y + step, size, "left", step)
    sheet.put(text + draft.rng.choice((":", "", "")), x, y, size * draft.rng.choice((0.8, 0.9, 1.0, 1.1)))
    return party(draft, role, x, y + size * draft.rng.uniform(1.3, 2.0), size, contacts=contacts)


# --- details: labels with values ----------------------------------------------------------------------------------------

DETAIL_FORMS = ("inline", "inline", "columns", "columns", "columns", "label_right", "value_right", "above", "grid", "header_row", "pairs")  # fmt: skip


def put_value(draft: Draft, key: str, x: float, y: float, size: float, align: Align = "left") -> None:
    kind = draft.customs[key].type if key in draft.customs else HEADER[key].type
    value = draft.value(key)
    if kind == "money":
        amount(draft, value, x, y, size, key, align)
    else:
        draft.sheet.put(value, x, y, size, key, align)


def details(draft: Draft, items: Sequence[tuple[str, str]], x: float, y: float, width: float, size: float, form: str | None = None) -> float:  # fmt: skip
    """Pairs of (key, label) in one of many forms; returns where the next line goes."""
    sheet, rng = draft.sheet, draft.rng
    if not items:
        return y
    form = form or rng.choice(DETAIL_FORMS)
    mark = draft.separator
    step = size * rng.uniform(1.25, 1.95)
    capital = draft.chance(0.12)
    shown = [(key, label.upper() if capital else label) for key, label in items]
    if form == "inline":
        for key, label in shown:
            sheet.put(label + (mark or ":"), x, y, size)
            put_value(draft, key, sheet.end + size * rng.choice((0.3, 0.3, 1.2)), y, size)
            y += step
    elif form in ("columns", "label_right", "value_right"):
        column = max(sheet.text_width(label, size) for _, label in shown) + size * rng.uniform(1.2, 4.0)
        for key, label in shown:
            if form == "label_right":
                sheet.put(label + mark, x + column - size, y, size, None, "right")
            else:
                sheet.put(label + mark, x, y, size)
            if form == "value_right":
                put_value(draft, key, x + max(width, column + sheet.text_width(draft.value(key), size)), y, size, "right")
            else:
                if mark == "" and draft.chance(0.05):
                    sheet.put(":", x + column - size * 0.8, y, size)
                put_value(draft, key, x + column, y, size)
            y += step
    elif form == "above":
        small = size * rng.choice((1.0, 0.8, 0.9))
        for key, label in shown:
            sheet.put(label + mark, x, y, small)
            put_value(draft, key, x, y + small * 1.25, size)
            y += small * 1.25 + step * 1.2
    elif form in ("grid", "header_row"):
        y = _in_grid(draft, shown, x, y, width, size, one_row=form == "header_row")
    else:
        for first in range(0, len(shown), 2):
            for column, (key, label) in enumerate(shown[first : first + 2]):
                sheet.put(label + (mark or ":"), x + column * max(width * 0.55, size * 16), y, size)
                put_value(draft, key, sheet.end + size * 0.4, y, size)
            y += step
    return y


def _in_grid(draft: Draft, items: Sequence[tuple[str, str]], x: float, y: float, width: float, size: float, *, one_row: bool) -> float:  # fmt: skip
    """Labels side by side with their values below them."""
    sheet, rng = draft.sheet, draft.rng
    if one_row and width < sheet.width * 0.5:
        x, width = draft.margin, sheet.width - 2 * draft.margin
    count = min(len(items), rng.randint(4, 6) if one_row else rng.randint(2, 4))
    align: Align = rng.choice(("left", "left", "center"))
    cell = width / count
    for first in range(0, len(items), count):
        bottom = y
        for column, (key, label) in enumerate(items[first : first + count]):
            left = x + column * cell + (cell / 2 if align == "center" else 0)
            small = size * 0.85
            while sheet.text_width(label, small) > cell * 0.95 and small > size * 0.5:
                small *= 0.88
            sheet.put(label + (draft.separator if not one_row else ""), left, y, small, None, align)
            value, kind = draft.value(key), HEADER[key].type if key in HEADER else draft.customs[key].type
            fitted = size
            while sheet.text_width(value, fitted) > cell * 0.97 and fitted > size * 0.6:
                fitted *= 0.9
            if kind == "money":
                put_value(draft, key, left, y + size * 1.4, fitted, align)
            else:
                numbers: list[int] = []
                for row, line in enumerate(sheet.wrapped(value, cell * 0.97, fitted)):
                    numbers += sheet.put(line, left, y + size * (1.4 + 1.15 * row), fitted, None, align)
                    bottom = max(bottom, y + size * 1.15 * row)
                sheet.mark(key, numbers)
        y = bottom + size * 3.2
    return y


def detail_items(draft: Draft, keys: Sequence[str], customs: int) -> list[tuple[str, str]]:
    items = [(key, draft.label(key)) for key in keys] + [draft.custom() for _ in range(customs)]
    seen: set[str] = set()
    items = [item for item in items if not (item[1] in seen or seen.add(item[1]))]
    if draft.chance(0.6):
        draft.rng.shuffle(items)
    return items


# --- line items ---------------------------------------------------------------------------------------------------------


@dataclass
class Item:
    """One row's values."""

    cells: dict[str, str]
    total: float


def an_item(draft: Draft, number: int, rate: float, *, negative: bool = False) -> Item:
    rng, style = draft.rng, draft.style
    written, quantity = a_quantity(style)
    if draft.kind == "receipt":
        while quantity > 12 and not draft.chance(0.05):
            written, quantity = a_quantity(style)
    price = round(rng.choice((rng.uniform(0.5, 20), rng.uniform(1, 60)) if draft.kind == "receipt" else (rng.uniform(0.5, 40), rng.uniform(10, 300), rng.uniform(100, 4000))), style.decimals)
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
        "line_discount": f"{discount}%" if discount else rng.choice(("0%", "-", "0,00" if style.decimal == "," else "0.00")),
        "line_tax_rate": tax if draft.chance(0.93) else rng.choice(("S", "A", "SR", "1", "2")),
        "line_tax": style.number(round(total * rate / 100, 2)),
        "line_total": style.number(total),
        "line_date": style.date(draft.day - timedelta(days=rng.randint(0, 30))),
        "serial": code(rng),
        "weight": a_value("weight", style),
        "worker": rng.choice(style.names.people),
    }
    return Item(cells, total)


_COLUMN_CHANCES = {"position": 0.3, "sku": 0.32, "line_date": 0.08, "serial": 0.07, "worker": 0.03, "description": 1.0, "quantity": 0.88, "unit": 0.2, "weight": 0.03, "unit_price": 0.8, "line_discount": 0.1, "line_tax_rate": 0.3, "line_tax": 0.07, "line_total": 0.94}  # fmt: skip
_WIDTHS = {"position": 0.8, "sku": 2.2, "line_date": 2.0, "serial": 2.2, "worker": 2.4, "quantity": 1.3, "unit": 1.1, "weight": 1.6, "unit_price": 2.0, "line_discount": 1.2, "line_tax_rate": 1.2, "line_tax": 1.6, "line_total": 2.0}  # fmt: skip
_NUMERIC = frozenset({"quantity", "unit_price", "line_discount", "line_tax_rate", "line_tax", "line_total", "weight", "debit", "credit", "running_balance", "base", "tax", "rate", "gross"})  # fmt: skip


def item_columns(draft: Draft) -> list[str]:
    columns = [key for key, chance in _COLUMN_CHANCES.items() if draft.chance(chance)]
    for key, chance in (("quantity", 0.15), ("line_tax_rate", 0.05)):
        if key in columns and draft.chance(chance):
            columns.remove(key)
            columns.insert(0, key)
    if "sku" in columns and draft.chance(0.15):
        columns.remove("sku")
        columns.insert(columns.index("description") + 1, "sku")
    if draft.chance(0.05):
        draft.rng.shuffle(columns)
    return columns


@dataclass
class Columns:
    """Where a table's columns stand."""

    keys: list[str]
    left: dict[str, float]
    right: dict[str, float]
    align: dict[str, Align]

    def at(self, key: str) -> float:
        return {"left": self.left[key], "right": self.right[key], "center": (self.left[key] + self.right[key]) / 2}[self.align[key]]  # fmt: skip


def lay_columns(draft: Draft, keys: list[str], left: float, right: float) -> Columns:
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


def table_rows(draft: Draft, array: str, rows: Sequence[dict[str, str]], columns: Columns, y: float, size: float, *, first: int = 0, money_place: str = "none", nested: Sequence[Sequence[dict[str, str]]] = ()) -> float:  # fmt: skip
    """The cells of each row, wrapped where they are long; marks every cell and, under the array's key, every row."""
    sheet, rng = draft.sheet, draft.rng
    gap, wrap_step = size * rng.uniform(0.15, 0.9), size * rng.uniform(1.05, 1.25)
    middle = draft.chance(0.15)  # cells centred vertically beside a wrapped text
    with_unit = "unit" not in columns.keys and array == "items" and draft.chance(0.25)
    unit = rng.choice(PHRASES["units"])
    notes = _note_forms(draft) if array == "items" and draft.chance(0.15) else ()
    above = draft.chance(0.3)
    for number, cells in enumerate(rows):
        row = first + number
        start = len(sheet.texts)
        texts = {}
        for key in columns.keys:
            width = columns.right[key] - columns.left[key]
            texts[key] = sheet.wrapped(cells[key], max(width, size * 3), size) if key in ("description", "booking_text", "worker") else [cells[key]]  # fmt: skip
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
            sheet.mark((array, row, key), numbers)
        y += tall * wrap_step
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


_NOTES = {
    "sku": ("Art.-Nr.: {}", "Unsere Art.-Nr.: {}", "SKU: {}", "Item code {}", "Réf. : {}", "Ref: {}", "Part No. {}", "Ihre Art.-Nr.: {}", "({})"),
    "": ("GTIN: {}", "EAN {}", "HS Code: {}", "Zolltarifnummer: {}", "Lot: {}", "S/N: {}", "Batch no. {}"),
    "line_discount": ("Rabatt {}", "Discount {}", "Remise {}"),
}  # fmt: skip


def _note_forms(draft: Draft) -> tuple[tuple[str, str], ...]:
    """What stands on lines of its own beside each description: (column or nothing, its form)."""
    keys = [key for key in _NOTES if draft.chance(0.5)]
    return tuple((key, draft.rng.choice(_NOTES[key])) for key in keys)


def _notes(draft: Draft, notes: Sequence[tuple[str, str]], row: tuple[str, int], cells: dict[str, str], columns: Columns, y: float, size: float, step: float) -> float:  # fmt: skip
    """Numbers on lines of their own; an article number among them is the row's, where it has no column for it."""
    for key, form in notes:
        value = cells[key] if key else str(draft.rng.randint(10**7, 10**13))
        numbers = draft.sheet.put(form.format(value), columns.left["description"], y, size * 0.95)
        if key == "sku" and "sku" not in columns.keys:
            draft.sheet.mark((*row, "sku"), numbers[-len(value.split()) :])
        y += step
    return y


def _below_row(draft: Draft, columns: Columns, y: float, size: float, step: float) -> float:
    """Notes that belong to a row but to none of its cells."""
    if "description" not in columns.keys or not draft.chance(0.07):
        return y
    note = draft.rng.choice(
        (f"S/N {code(draft.rng)}", draft.phrase("terms").replace("{n}", "14"), draft.style.date(draft.day), f"HS {code(draft.rng)}", f"({draft.rng.choice(PHRASES['qualities'])})")  # fmt: skip
    )
    draft.sheet.put(note, columns.left["description"], y, size * 0.9)
    return y + step


def items_table(draft: Draft, left: float, right: float, y: float, size: float, count: int, rate: float, *, header: bool = True, negative: bool = False, first: int = 0) -> tuple[float, float]:  # fmt: skip
    """Returns where the next line goes, and the sum of the rows."""
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
    """A sum that is no row."""
    draft.sheet.put(draft.phrase("carried"), columns.left[columns.keys[min(1, len(columns.keys) - 1)]], y, size)
    last = columns.keys[-1]
    draft.sheet.put(draft.style.number(total), columns.at(last), y, size, None, columns.align[last])
    return y + size * 1.6


# --- totals -------------------------------------------------------------------------------------------------------------


@dataclass
class Sums:
    """The amounts below the items; keys of the vocabulary in printed order."""

    rows: list[tuple[str, float]]
    rate: float
    net: float
    tax: float
    total: float


def sums_of(draft: Draft, net: float, rate: float, *, receipt: bool = False, taxed: bool = True) -> Sums:
    rng, places = draft.rng, draft.style.decimals
    rows: list[tuple[str, float]] = []
    inclusive = receipt and draft.chance(0.6)  # prices contain the tax
    items_total = net
    if inclusive and taxed:
        net = round(items_total / (1 + rate / 100), places)
    discount = round(items_total * rng.choice((0.02, 0.05, 0.1)), places) if draft.chance(0.12) else 0.0
    shipping = round(rng.uniform(3, 60), places) if draft.chance(0.12) and not receipt else 0.0
    base = round(net - discount + shipping, places)
    tax = round(base * rate / 100, places) if taxed else 0.0
    total = round(base + tax, places)
    if discount or shipping:
        if draft.chance(0.5):
            rows.append(("goods_total", items_total))
        if discount:
            rows.append(("discount", -discount if draft.chance(0.6) else discount))
        if shipping:
            rows.append(("shipping", shipping))
    if draft.chance(0.8 if not receipt else 0.55):
        rows.append(("subtotal", base))
    if taxed and draft.chance(0.85 if not receipt else 0.6):
        rows.append(("tax_total", tax))
    if receipt and draft.chance(0.12):
        tip = round(total * 0.1, places)
        rows.append(("tip", tip))
        total = round(total + tip, places)
    if receipt and draft.chance(0.18):
        cents = rng.randint(-4, 4) / 100
        if draft.chance(0.5):
            rows.append(("before_rounding", total))
        rows.append(("rounding", cents))
        total = round(total + cents, places)
    rows.append(("total", total))
    if receipt and draft.chance(0.08):
        rng.shuffle(rows)
    if receipt and draft.chance(0.12):
        rows.append(("total", total))
    if receipt and draft.chance(0.7):
        given = total if draft.chance(0.35) else float((int(total / 10) + 1) * 10)
        rows.append(("cash", given))
        if draft.chance(0.8):
            rows.append(("change", round(given - total, places)))
    if not receipt and draft.chance(0.2):
        paid = round(total * rng.choice((0.3, 0.5, 1.0, 0.1)), places)
        forward = round(rng.uniform(10, 900), places) if draft.chance(0.15) else 0.0
        if forward:
            rows.append(("balance_forward", forward))
        rows.append(("paid", -paid if draft.chance(0.4) else paid))
        rows.append(("amount_due", round(total - paid + forward, places)))
    elif not receipt and draft.chance(0.1):
        rows.append(("amount_due", total))
    return Sums(rows, rate, base, tax, total)


_OTHER_LABELS = {"goods_total": "subtotal", "before_rounding": "total"}
"""Amounts that look like a total but are none; they borrow its labels."""


def totals(draft: Draft, sums: Sums, left: float, right: float, y: float, size: float) -> float:
    sheet, rng = draft.sheet, draft.rng
    step = size * rng.uniform(1.3, 2.0)
    capital = draft.chance(0.2)
    labels_right = draft.chance(0.25)
    used: set[str] = set()
    if draft.chance(0.1) and len(sums.rows) >= 2:
        return _totals_in_a_row(draft, sums, y, size)
    big = rng.choice((1.0, 1.0, 1.3, 1.6))
    strong = rng.choice((draft.style.currency_at, draft.style.currency_at, "pre", "post", "pre_space"))
    for key, value in sums.rows:
        label = draft.label(_OTHER_LABELS.get(key, key))
        if label in used:
            label = rng.choice(HEADER[_OTHER_LABELS.get(key, key)].labels[draft.style.language])
        used.add(label)
        if key == "tax_total" and draft.chance(0.55):
            rate = draft.style.percent(sums.rate) + rng.choice(("%", "%", " %"))
            label = rng.choice((f"{label} {rate}", f"{rate} {label}", f"{label} ({rate})", f"{label} {rate} / {draft.style.number(sums.net)}"))  # fmt: skip
        if draft.style.currency and draft.chance(0.1):
            label += rng.choice((f" ({draft.style.currency})", f" {draft.style.currency}"))
        label = label.upper() if capital else label
        own = size * big if key == "total" else size
        sheet.put(label + (draft.separator if rng.random() < 0.9 else ""), right - size * 9 if labels_right else left, y, own, None, "right" if labels_right else "left")  # fmt: skip
        place = strong if key in ("total", "amount_due") else None
        amount(draft, value, right, y, own, key, "right", place)
        y += step * own / size
    return y


def _totals_in_a_row(draft: Draft, sums: Sums, y: float, size: float) -> float:
    cell = (draft.sheet.width - 2 * draft.margin) / len(sums.rows)
    for column, (key, value) in enumerate(sums.rows):
        x = draft.margin + column * cell
        draft.sheet.put(draft.label(_OTHER_LABELS.get(key, key)), x, y, size * 0.8)
        amount(draft, value, x, y + size * 1.4, size, key, "left")
    return y + size * 4


def tax_table(draft: Draft, sums: Sums, left: float, right: float, y: float, size: float) -> float:
    """Net, rate and tax of each rate; the sums below them are no rows."""
    rng, style = draft.rng, draft.style
    keys = ["rate", "base", "tax"] if draft.chance(0.6) else ["base", "rate", "tax"]
    if draft.chance(0.3):
        keys.append("gross")
    if draft.chance(0.1):
        keys.remove("base")
    split = rng.choice((1, 1, 2))
    share = round(sums.net * rng.uniform(0.2, 0.8), 2) if split == 2 else sums.net
    parts = [(sums.rate, share)]
    if split == 2:
        parts.append((style.rate() + (1 if style.rate() == sums.rate else 0), round(sums.net - share, 2)))
    rows = []
    for rate, base in parts:
        tax = round(base * rate / 100, 2)
        rows.append({"rate": style.percent(rate) + rng.choice(("%", " %", "")), "base": style.number(base), "tax": style.number(tax), "gross": style.number(base + tax)})  # fmt: skip
    columns = lay_columns(draft, keys, left, right)
    y = table_header(draft, columns, y, size)
    y = table_rows(draft, "taxes", rows, columns, y, size)
    if split == 2 and draft.chance(0.5):
        draft.sheet.put(draft.label("total"), left, y, size)
        y += size * 1.5
    return y


# --- prose and footers --------------------------------------------------------------------------------------------------

_PAY = {
    "en": "Please transfer {v} by {d} .|Payment of {v} is due on {d} .|Kindly pay {v} before {d} .",
    "de": "Bitte überweisen Sie {v} bis zum {d} .|Der Betrag von {v} ist fällig am {d} .|Zahlbar bis {d} : {v}",
    "fr": "Merci de régler {v} avant le {d} .|Le montant de {v} est payable le {d} .",
    "es": "Rogamos abonen {v} antes del {d} .|Importe de {v} con vencimiento {d} .",
    "it": "Si prega di pagare {v} entro il {d} .",
    "nl": "Gelieve {v} te betalen voor {d} .",
    "pt": "Solicitamos o pagamento de {v} até {d} .",
    "pl": "Prosimy o zapłatę {v} do dnia {d} .",
}


def payment_prose(draft: Draft, sums: Sums, x: float, y: float, size: float) -> float:
    """The total and the due date inside a sentence."""
    text = draft.rng.choice(_PAY[draft.style.language].split("|"))
    total, due = draft.style.number(sums.total), draft.value("due_date")
    currency = f" {draft.style.currency}" if draft.chance(0.5) else ""
    spans: list[tuple[str, int, int]] = []
    words: list[str] = []
    for piece in text.split():
        if piece in ("{v}", "{d}"):
            value = total if piece == "{v}" else due
            spans.append(("total" if piece == "{v}" else "due_date", len(words), len(words) + len(value.split())))
            words += value.split() + (currency.split() if piece == "{v}" else [])
        else:
            words.append(piece)
    numbers = draft.sheet.put(" ".join(words), x, y, size)
    for key, start, end in spans:
        draft.sheet.mark(key, numbers[start:end])
    return y + size * 1.8


def footer(draft: Draft, y: float, size: float) -> float:
    """Columns of small print: the company again, how to reach it, its bank, its registrations."""
    rng, sheet = draft.rng, draft.sheet
    blocks: list[list[str]] = []
    if draft.chance(0.5):
        blocks.append(["@party"])
    if draft.chance(0.5):
        blocks.append(some(draft, ("supplier_phone", "fax", "supplier_email", "supplier_website"), 0.7))
    if draft.chance(0.75):
        blocks.append(some(draft, ("bank_name", "account_number", "routing_number", "iban", "bic"), 0.62))
    if draft.chance(0.6):
        blocks.append(some(draft, ("supplier_vat_id", "supplier_registration", "supplier_tax_number"), 0.65))
    blocks = [block for block in blocks if block]
    if not blocks:
        return y
    width = (sheet.width - 2 * draft.margin) / len(blocks)
    bottom = y
    if draft.chance(0.2):  # one after the other, in running lines
        for block in blocks:
            x = draft.margin
            for key in block:
                if key == "@party":
                    y = party(draft, "supplier", x, y, size, one_line=True)
                    continue
                sheet.put(f"{draft.label(key)}{rng.choice((':', '', ':'))}", x, y, size)
                put_value(draft, key, sheet.end + size * 0.3, y, size)
                x = sheet.end + size * rng.choice((0.6, 1.5))
                if x > sheet.width * 0.75:
                    x, y = draft.margin, y + size * 1.3
            y += size * 1.3
        return y
    for column, block in enumerate(blocks):
        x, top = draft.margin + column * width, y
        for key in block:
            if key == "@party":
                top = party(draft, "supplier", x, top, size)
                if draft.chance(0.3):
                    sheet.put(f"{draft.phrase('manager')}: {rng.choice(draft.style.names.people)}", x, top, size)
                    top += size * 1.3
                continue
            top = contact_lines(draft, [key], x, top, size, "left", size * 1.3)
        bottom = max(bottom, top)
    return bottom
