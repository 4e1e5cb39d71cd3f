"""Compose the sums below the items, taxes by rate, and the total in a sentence."""

from __future__ import annotations

from dataclasses import dataclass

from training.synthetic.draft import Draft, amount
from training.synthetic.item_tables import lay_columns, table_header, table_rows
from training.synthetic.words import HEADER


@dataclass
class Sums:
    """The amounts below the items, by keys of the vocabulary in printed order."""

    rows: list[tuple[str, float]]
    rate: float
    net: float
    tax: float
    total: float


def sums_of(draft: Draft, net: float, rate: float, *, receipt: bool = False, taxed: bool = True) -> Sums:
    """Draw the sums below the items from their net total: discount, shipping, taxes, amount due."""
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
    elif not receipt and draft.chance(0.06):
        rows += [(key, 0.0) for key in ("discount", "shipping") if draft.chance(0.7)]
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
"""Amounts that look like a total without being one; they borrow its labels."""


_ON = {"en": "on", "de": "auf", "fr": "sur", "es": "sobre", "it": "su", "nl": "over", "pt": "sobre", "pl": "od"}


def _tax_lines(draft: Draft, sums: Sums, left: float, right: float, y: float, size: float, step: float) -> float:
    """Print one line per tax rate among the totals; these lines are the rows of the tax array."""
    rng, style, sheet = draft.rng, draft.style, draft.sheet
    taxes = [(sums.rate, sums.tax)]
    if draft.chance(0.45):
        first = round(sums.tax * rng.uniform(0.2, 0.8), style.decimals)
        other = rng.choice([rate for rate in (5, 7, 9, 10, 19, 20, 5.5, 8) if rate != sums.rate])
        taxes = [(sums.rate, first), (other, round(sums.tax - first, style.decimals))]
    form = rng.choice(("{label} {rate}", "{rate} {label}", "{label} {rate} {on} {base}", "{label} {rate}"))
    base_column = "{base}" not in form and draft.chance(0.3)
    label, places = draft.label("tax_total"), style.currency_at if draft.chance(0.5) else "none"
    for row, (rate, tax) in enumerate(taxes):
        base = style.number(tax / rate * 100 if rate else sums.net)
        percent = style.percent(rate) + rng.choice(("%", "%", " %"))
        words = {"{label}": label, "{rate}": percent, "{on}": _ON[style.language], "{base}": base}
        x = left
        for piece in form.split():
            found = sheet.put(words.get(piece, piece), x, y, size)
            if piece in ("{rate}", "{base}"):
                sheet.mark(("taxes", row, piece.strip("{}")), found)
            x = sheet.end + size * 0.28
        if base_column:
            sheet.put(base, right - size * 8, y, size, ("taxes", row, "base"), "right")
        found = amount(draft, style.number(tax), right, y, size, ("taxes", row, "tax"), "right", places)
        if len(taxes) == 1:
            sheet.mark("tax_total", found)
        sheet.mark(
            ("taxes", row),
            [i for column in ("rate", "base", "tax") for i in sheet.spans.get(("taxes", row, column), [[]])[0]],
        )
        y += step
    return y


def totals(
    draft: Draft, sums: Sums, left: float, right: float, y: float, size: float, *, taxes_apart: bool = False
) -> float:
    """Print labels with their amounts; `taxes_apart` says that a table lists the taxes too."""
    sheet, rng = draft.sheet, draft.rng
    step = size * rng.uniform(1.3, 2.0)
    capital = draft.chance(0.2)
    labels_right = draft.chance(0.25)
    used: set[str] = set()
    if draft.chance(0.1) and len(sums.rows) >= 2:
        return _totals_in_a_row(draft, sums, y, size)
    big = rng.choice((1.0, 1.0, 1.3, 1.6))
    strong = rng.choice((draft.style.currency_at, draft.style.currency_at, "pre", "post", "pre_space"))
    by_rate = not taxes_apart and draft.chance(0.6)
    for key, value in sums.rows:
        if key == "tax_total" and by_rate and value:
            y = _tax_lines(draft, sums, left, right, y, size, step)
            if draft.chance(0.85):
                continue
        label = draft.label(_OTHER_LABELS.get(key, key))
        if label in used:
            label = rng.choice(HEADER[_OTHER_LABELS.get(key, key)].labels[draft.style.language])
        used.add(label)
        if key == "tax_total" and draft.chance(0.55):
            rate = draft.style.percent(sums.rate) + rng.choice(("%", "%", " %"))
            label = rng.choice(
                (
                    f"{label} {rate}",
                    f"{rate} {label}",
                    f"{label} ({rate})",
                    f"{label} {rate} / {draft.style.number(sums.net)}",
                )
            )
        if draft.style.currency and draft.chance(0.1):
            label += rng.choice((f" ({draft.style.currency})", f" {draft.style.currency}"))
        label = label.upper() if capital else label
        own = size * big if key == "total" else size
        sheet.put(
            label + (draft.separator if rng.random() < 0.9 else ""),
            right - size * 9 if labels_right else left,
            y,
            own,
            None,
            "right" if labels_right else "left",
        )
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
    """Print a table with net, rate and tax of each rate; the sums below it are not rows."""
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
        rows.append(
            {
                "rate": style.percent(rate) + rng.choice(("%", " %", "")),
                "base": style.number(base),
                "tax": style.number(tax),
                "gross": style.number(base + tax),
            }
        )
    columns = lay_columns(draft, keys, left, right)
    y = table_header(draft, columns, y, size)
    y = table_rows(draft, "taxes", rows, columns, y, size)
    if split == 2 and draft.chance(0.5):
        draft.sheet.put(draft.label("total"), left, y, size)
        y += size * 1.5
    return y


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
    """Print the total and the due date inside a sentence."""
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
