"""Print labels with their values, arranged as documents arrange them."""

from __future__ import annotations

from collections.abc import Sequence

from training.synthetic.draft import Draft, amount
from training.synthetic.sheet import Align
from training.synthetic.words import HEADER

DETAIL_FORMS = (
    "inline",
    "inline",
    "columns",
    "columns",
    "columns",
    "label_right",
    "value_right",
    "above",
    "grid",
    "header_row",
    "pairs",
)


def put_value(draft: Draft, key: str, x: float, y: float, size: float, align: Align = "left") -> None:
    """Print the value of a key; an amount gets its currency."""
    kind = draft.customs[key].type if key in draft.customs else HEADER[key].type
    value = draft.value(key)
    if kind == "money":
        amount(draft, value, x, y, size, key, align)
    else:
        draft.sheet.put(value, x, y, size, key, align)


def details(
    draft: Draft,
    items: Sequence[tuple[str, str]],
    x: float,
    y: float,
    width: float,
    size: float,
    form: str | None = None,
) -> float:
    """Print (key, label) pairs in one of many forms; return where the next line goes."""
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
                put_value(
                    draft, key, x + max(width, column + sheet.text_width(draft.value(key), size)), y, size, "right"
                )
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


def _in_grid(
    draft: Draft, items: Sequence[tuple[str, str]], x: float, y: float, width: float, size: float, *, one_row: bool
) -> float:
    """Print labels in a row with their values below them."""
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
    """Return (key, label) pairs for the keys and for `customs` fields, often shuffled.

    The `customs` fields are the document's own.
    """
    items = [(key, draft.label(key)) for key in keys] + [draft.custom() for _ in range(customs)]
    items = list({label: (key, label) for key, label in reversed(items)}.values())[::-1]
    if draft.chance(0.6):
        draft.rng.shuffle(items)
    return items
