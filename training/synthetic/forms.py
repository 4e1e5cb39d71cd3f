"""Compose statements, forms of any business, and continuation pages."""

from __future__ import annotations

from training.synthetic.details import DETAIL_FORMS, detail_items, details
from training.synthetic.draft import Draft, amount, some
from training.synthetic.families import Family
from training.synthetic.item_tables import items_table, lay_columns, table_header, table_rows
from training.synthetic.letters import foot, head, sums_block
from training.synthetic.printed_values import a_value, code
from training.synthetic.sums_block import sums_of


def statement(draft: Draft, family: Family) -> None:
    """Compose a statement of account: head, bookings, balance, foot."""
    y = head(draft, family) + 8
    rng, style = draft.rng, draft.style
    keys = ["booking_date", "booking_text"]
    if draft.chance(0.4):
        keys.insert(rng.choice((1, 2)), "booking_ref")
    keys += ["debit", "credit"] if draft.chance(0.7) else ["debit"]
    if draft.chance(0.6):
        keys.append("running_balance")
    columns = lay_columns(draft, keys, draft.margin, draft.sheet.width - draft.margin)
    y = table_header(draft, columns, y, draft.size)
    balance, rows = rng.uniform(0, 4000), []
    for _ in range(rng.randint(2, 14)):
        paid, value = draft.chance(0.4) and "credit" in keys, rng.uniform(5, 900)
        balance += -value if paid else value
        rows.append(
            {
                "booking_date": a_value("date", style),
                "booking_text": a_value("booking", style),
                "booking_ref": code(rng),
                "debit": "" if paid else style.number(value),
                "credit": style.number(value) if paid else "",
                "running_balance": style.number(balance),
            }
        )
    y = table_rows(draft, "bookings", rows, columns, y, draft.size * 0.95)
    if draft.chance(0.7):
        draft.sheet.put(draft.label("amount_due"), columns.left[keys[1]], y + 4, draft.size)
        amount(draft, balance, draft.sheet.width - draft.margin, y + 4, draft.size, "amount_due")
    foot(draft, y + 24)


def form(draft: Draft, family: Family) -> None:
    """Compose a form: labels and values of any business, in sections, sometimes with a table."""
    rng, sheet = draft.rng, draft.sheet
    y = head(draft, Family(family.kind, "letter" if family.head == "sections" else family.head, family.form)) + 6
    forms = (family.form, rng.choice(DETAIL_FORMS))
    for section in range(rng.randint(1, 3)):
        if draft.chance(0.6):
            sheet.put(draft.phrase("titles", "form"), draft.margin, y, draft.size * 1.15)
            y += draft.size * 1.8
        items = detail_items(draft, [], rng.randint(2, 9))
        y = details(draft, items, draft.margin, y, sheet.width - 2 * draft.margin, draft.size, forms[section % 2])
        y += draft.size * rng.uniform(0.5, 2)
    if draft.chance(0.35):
        y, _ = items_table(draft, draft.margin, sheet.width - draft.margin, y, draft.size, rng.randint(1, 5), 19)
    foot(draft, y + 10)


def page_2(draft: Draft, family: Family) -> None:
    """Compose a continuation page: rows go on, totals follow, the company is in the footer."""
    rng, sheet, style = draft.rng, draft.sheet, draft.style
    y = rng.uniform(20, 60)
    if family.head == "continued":
        title = draft.phrase("titles", "invoice")
        keys = some(draft, ("invoice_number", "date", "customer_number"), 0.6)
        sheet.put(f"{title}", draft.margin, y, draft.size * 1.2, "document_type")
        y = details(
            draft,
            [(k, draft.label(k)) for k in keys],
            draft.margin,
            y + draft.size * 2,
            sheet.width - 2 * draft.margin,
            draft.size,
            family.form,
        )
        sheet.put(
            rng.choice(("Page 2", "Seite 2", "2/2", "Page 2 of 3")),
            sheet.width - draft.margin,
            y,
            draft.size,
            None,
            "right",
        )
        y += draft.size * 2
    rate = style.rate()
    y, net = items_table(
        draft,
        draft.margin,
        sheet.width - draft.margin,
        y,
        draft.size,
        rng.randint(1, 9),
        rate,
        header=draft.chance(0.6),
        first=rng.randint(3, 12),
    )
    if draft.chance(0.8):
        y = sums_block(draft, sums_of(draft, net, rate), y + 12)
    foot(draft, y)
