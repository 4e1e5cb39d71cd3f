"""Compose till receipts."""

from __future__ import annotations

from training.synthetic.details import detail_items, details
from training.synthetic.draft import Draft, amount
from training.synthetic.families import Family
from training.synthetic.item_tables import an_item, items_table, lay_columns, table_header
from training.synthetic.party_blocks import address_lines, contact_lines, headed_party
from training.synthetic.printed_values import Address, code, company, goods_name
from training.synthetic.sheet import Align
from training.synthetic.sums_block import sums_of, tax_table, totals


def receipt(draft: Draft, family: Family) -> None:
    """Compose a till receipt: shop, goods, sums, payment."""
    rng, sheet, style = draft.rng, draft.sheet, draft.style
    size, left, right = draft.size, draft.margin, sheet.width - draft.margin
    y = rng.uniform(4, 40)
    align: Align = "left" if family.head == "left" else "center"
    x = left if align == "left" else sheet.width / 2
    step = size * rng.uniform(1.1, 1.45)
    if draft.chance(0.14):  # a note, a name or a number above the shop
        sheet.put(
            rng.choice(
                (
                    rng.choice(style.names.people).lower(),
                    "*** COPY ***",
                    "WELCOME",
                    code(rng),
                    "CUSTOMER COPY",
                    str(rng.randint(1, 400)),
                    company(style).split()[0],
                    "REPRINT",
                )
            ),
            x,
            y,
            size * rng.choice((1, 1.5)),
            None,
            align,
        )
        y += size * 1.8
    if family.head == "logo" and draft.chance(0.6):
        sheet.put(draft.value("supplier_name").split()[0], x, y, size * 2, None, align)
        y += size * 2.6
    late = family.head == "late" and draft.chance(0.5)
    if not late:
        y = _shop(draft, x, y, align, step)
    if draft.chance(0.55):
        y += size * rng.uniform(0.2, 1)
        sheet.put(draft.phrase("titles", "receipt"), x, y, size, "document_type", align)
        y += step * 1.2
    y = _receipt_details(draft, family, y, step)
    if draft.chance(0.06):
        y = headed_party(draft, "customer", left, y, size) + size
    rate = style.rate()
    y, total = _goods(draft, y + size * 0.6, step, rate)
    sums = sums_of(draft, total, rate, receipt=True, taxed=draft.chance(0.75))
    y += size * rng.uniform(0.3, 1.2)
    if draft.chance(0.3):
        sheet.put(draft.label("item_count") + draft.separator, left, y, size)
        sheet.put(draft.value("item_count"), sheet.end + size, y, size, "item_count")
        y += step
    table = draft.chance(0.35) and bool(sums.tax)
    y = totals(draft, sums, rng.choice((left, left, sheet.width * 0.3)), right, y, size, taxes_apart=table) + size * 0.5
    if table:
        y = tax_table(draft, sums, left, right, y + size * 0.5, size * 0.95)
    if draft.values.get("_date_below"):
        y = _when(draft, y + size * 0.5, step)
    if late:
        y = _shop(draft, x, y + size, align, step)
    for _ in range(rng.randint(0, 4)):
        text = draft.sentence().replace("{supplier}", draft.value("supplier_name"))
        for line in sheet.wrapped(text, sheet.width - 2 * left, size):
            sheet.put(line, x, y + size * 0.6, size, None, align)
            y += step
    sheet.height = y + rng.uniform(10, 60)


def _shop(draft: Draft, x: float, y: float, align: Align, step: float) -> float:
    """Print the shop's name, registration, address and numbers in the order usual on receipts."""
    rng, sheet, size = draft.rng, draft.sheet, draft.size
    name = draft.value("supplier_name")
    wide = sheet.width - 2 * draft.margin
    numbers: list[int] = []
    big = size * rng.choice((1.0, 1.0, 1.2, 1.6))
    for line in sheet.wrapped(name, wide, big):
        numbers += sheet.put(line, x, y, min(big, big * wide / max(1.0, sheet.text_width(line, big))), None, align)
        y += big * 1.25
    sheet.mark("supplier_name", numbers)
    if draft.chance(0.12):  # the owner below the brand, or the other way round
        sheet.put(
            rng.choice((company(draft.style), f"({company(draft.style)})", draft.phrase("trades"))),
            x,
            y,
            size,
            None,
            align,
        )
        y += step
    if draft.chance(0.45):
        value = draft.value("supplier_registration")
        text = rng.choice(("({})", "Co. Reg. No: {}", "(Co. No. {})", "ROC NO: {}", "{}", "Company No. {}", "Reg: {}"))
        shown = text.format(value.strip("()"))
        numbers = sheet.put(shown, x, y, size, None, align)
        count = len(value.strip("()").split())
        sheet.mark("supplier_registration", numbers[-count:])
        y += step
    place = draft.address("supplier")
    if draft.chance(0.92):
        lines = [line for text in place.lines for line in sheet.wrapped(text, wide, size)]
        y = address_lines(
            draft,
            "supplier",
            Address(tuple(lines), place.street, place.city, place.postcode),
            x,
            y,
            size,
            align,
            step,
        )
    keys = [
        k
        for k in ("supplier_phone", "fax", "supplier_vat_id", "supplier_email", "supplier_website")
        if draft.chance(0.6 if k == "supplier_phone" else 0.32)
    ]
    if draft.chance(0.5):
        rng.shuffle(keys)
    if draft.chance(0.2) and {"supplier_phone", "fax"} <= set(keys):  # both in one line
        keys = [k for k in keys if k not in ("supplier_phone", "fax")]
        at = x if align == "left" else draft.margin
        for key in ("supplier_phone", "fax"):
            sheet.put(f"{draft.label(key)}:", at, y, size)
            sheet.put(draft.value(key), sheet.end + size * 0.3, y, size, key)
            at = sheet.end + size
        y += step
    return contact_lines(draft, keys, x, y, size, align, step)


def _when(draft: Draft, y: float, step: float) -> float:
    """Print the date with its time, with or without labels."""
    rng, sheet, size, left = draft.rng, draft.sheet, draft.size, draft.margin
    if draft.chance(0.45):
        sheet.put(draft.label("date") + rng.choice((":", " :", "")), left, y, size)
        sheet.put(draft.value("date"), sheet.end + size * rng.choice((0.3, 0.6, 2)), y, size, "date")
    else:
        sheet.put(draft.value("date"), left, y, size, "date")
    if draft.chance(0.7):
        if draft.chance(0.3):
            sheet.put(draft.label("time") + ":", sheet.end + size * 0.7, y, size)
        sheet.put(draft.value("time"), sheet.end + size * rng.choice((0.3, 0.7, 3)), y, size, "time")
    return y + step


def _receipt_details(draft: Draft, family: Family, y: float, step: float) -> float:
    rng, size, left = draft.rng, draft.size, draft.margin
    chances = {
        "receipt_number": 0.75,
        "cashier": 0.45,
        "table_number": 0.3,
        "customer_number": 0.06,
        "order_number": 0.08,
        "payment_method": 0.06,
        "reference": 0.05,
    }
    keys = [key for key, chance in chances.items() if draft.chance(chance)]
    with_date = draft.chance(0.4)
    if not with_date and draft.chance(0.2):
        draft.values["_date_below"] = "1"
    elif not with_date and draft.chance(0.5):
        y = _when(draft, y, step)
        with_date = True
        keys_date = False
    else:
        keys_date = with_date
    if draft.values.get("_date_below"):
        keys_date = False
    elif keys_date:
        keys.append("date")
        if draft.chance(0.4):
            keys.append("time")
    items = detail_items(draft, keys, rng.choice((0, 0, 1, 2)))
    form = family.form if family.form not in ("above", "grid", "header_row") or draft.chance(0.2) else "inline"
    y = details(draft, items, left, y, draft.sheet.width - 2 * left, size, form)
    if not with_date and not draft.values.get("_date_below"):
        y = _when(draft, y, step)
    return y


def _goods(draft: Draft, y: float, step: float, rate: float) -> tuple[float, float]:
    """Print the items in one line each, in two, or as a table.

    Returns where the next line goes and the sum of the items.
    """
    rng, sheet, style = draft.rng, draft.sheet, draft.style
    size, left, right = draft.size, draft.margin, sheet.width - draft.margin
    count, total = rng.choice((1, 1, 1, 2, 2, 3, 4, 5, 7, 10)), 0.0
    form = rng.choice(("one", "one", "two", "code_first", "table"))
    if form == "table":
        return items_table(draft, left, right, y, size * 0.9, count, rate)
    if draft.chance(0.45):
        columns = lay_columns(
            draft,
            rng.choice(
                (
                    ["description", "quantity", "unit_price", "line_total"],
                    ["description", "line_total"],
                    ["quantity", "description", "line_total"],
                )
            ),
            left,
            right,
        )
        y = table_header(draft, columns, y, size)
    suffix = rng.choice(("", "", "", " SR", " S", " A", " *", " T", "€"))
    for row in range(count):
        item = an_item(draft, row + 1, rate)
        total += item.total
        first = len(sheet.texts)
        name = goods_name(style)[: rng.randint(14, 34)].strip()
        x = left
        if form == "one":
            if draft.chance(0.55):
                sheet.put(item.cells["quantity"], x, y, size, ("items", row, "quantity"))
                x = sheet.end + size * rng.choice((0.4, 1.2))
                if draft.chance(0.3):
                    sheet.put("x", x, y, size)
                    x = sheet.end + size * 0.4
            width = right - x - size * 5
            numbers: list[int] = []
            for index, line in enumerate(sheet.wrapped(name, width, size)):
                numbers += sheet.put(line, x, y + index * step, size)
                last = index
            sheet.mark(("items", row, "description"), numbers)
            found = sheet.put(item.cells["line_total"] + suffix, right, y, size, None, "right")
            sheet.mark(("items", row, "line_total"), found[: len(item.cells["line_total"].split())])
            y += step * (last + 1)
        else:
            if form == "code_first":
                sheet.put(item.cells["sku"], left, y, size, ("items", row, "sku"))
                if draft.chance(0.5):
                    x = sheet.end + size * 0.5
                else:
                    y += step
            sheet.put(name, x, y, size, ("items", row, "description"))
            y += step
            sheet.put(item.cells["quantity"], left + size * rng.choice((0, 1, 3)), y, size, ("items", row, "quantity"))
            sheet.put(rng.choice(("x", "X", "@", "*", "")), sheet.end + size * 0.5, y, size)
            sheet.put(item.cells["unit_price"], sheet.end + size * 0.5, y, size, ("items", row, "unit_price"))
            found = sheet.put(item.cells["line_total"] + suffix, right, y, size, None, "right")
            sheet.mark(("items", row, "line_total"), found[: len(item.cells["line_total"].split())])
            y += step
        sheet.mark(("items", row), list(range(first, len(sheet.texts))))
        if draft.chance(0.05):
            sheet.put(draft.label("discount"), left + size, y, size)
            amount(draft, -round(item.total * 0.1, 2), right, y, size, None)
            y += step
    return y, total
