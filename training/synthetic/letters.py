"""Compose invoices, credit notes, delivery notes and orders: head, items, sums, foot."""

from __future__ import annotations

from training.synthetic.details import detail_items, details
from training.synthetic.draft import Draft, some
from training.synthetic.families import Family
from training.synthetic.footers import footer
from training.synthetic.item_tables import items_table
from training.synthetic.party_blocks import SUPPLIER_CONTACTS, headed_party, party
from training.synthetic.printed_values import a_day, code
from training.synthetic.sheet import Align
from training.synthetic.sums_block import Sums, payment_prose, sums_of, tax_table, totals

_DETAIL_CHANCES = {
    "invoice": {
        "invoice_number": 0.96,
        "date": 0.95,
        "due_date": 0.42,
        "po_number": 0.3,
        "order_number": 0.2,
        "customer_number": 0.36,
        "delivery_date": 0.24,
        "order_date": 0.12,
        "delivery_note_number": 0.12,
        "contact_person": 0.17,
        "payment_terms": 0.22,
        "payment_method": 0.08,
        "currency": 0.06,
        "reference": 0.14,
        "contract_number": 0.06,
        "project": 0.08,
        "period": 0.07,
        "customer_vat_id": 0.12,
        "total": 0.05,
        "amount_due": 0.04,
        "supplier_vat_id": 0.05,
    },
    "credit_note": {
        "invoice_number": 0.95,
        "date": 0.95,
        "customer_number": 0.4,
        "reference": 0.4,
        "order_number": 0.2,
        "contact_person": 0.2,
    },
    "delivery_note": {
        "delivery_note_number": 0.95,
        "date": 0.8,
        "delivery_date": 0.4,
        "order_number": 0.5,
        "po_number": 0.5,
        "customer_number": 0.5,
        "contact_person": 0.2,
        "order_date": 0.3,
    },
    "order": {
        "order_number": 0.7,
        "po_number": 0.5,
        "date": 0.8,
        "order_date": 0.3,
        "delivery_date": 0.5,
        "payment_terms": 0.4,
        "contact_person": 0.4,
        "customer_number": 0.3,
        "currency": 0.1,
    },
    "statement": {
        "date": 0.9,
        "customer_number": 0.6,
        "account_number": 0.3,
        "period": 0.6,
        "balance_forward": 0.3,
        "amount_due": 0.4,
        "currency": 0.2,
        "payment_terms": 0.2,
    },
    "form": {
        "date": 0.6,
        "reference": 0.4,
        "contract_number": 0.3,
        "contact_person": 0.3,
        "customer_number": 0.2,
        "period": 0.2,
    },
}


def letter(draft: Draft, family: Family) -> None:
    """Compose an invoice, credit note, delivery note or order."""
    y = head(draft, family)
    rng, sheet = draft.rng, draft.sheet
    size, left, right = draft.size, draft.margin, sheet.width - draft.margin
    for _ in range(rng.choice((0, 0, 0, 1, 1, 2))):
        sheet.put(draft.sentence().replace("{supplier}", draft.value("supplier_name")), left, y, size)
        y += size * 1.6
    rate, negative = draft.style.rate(), family.kind == "credit_note" and draft.chance(0.4)
    count = rng.choice((1, 1, 2, 2, 3, 3, 4, 5, 6, 8, 11))
    small = size * rng.choice((0.85, 0.95, 1.0))
    header = draft.chance(0.93)
    bottom, net = items_table(
        draft, left, right, y + rng.uniform(4, 24), small, count, rate, header=header, negative=negative
    )
    y = bottom + rng.uniform(6, 40)
    if family.kind != "delivery_note" or draft.chance(0.2):
        y = sums_block(draft, sums_of(draft, net, rate, taxed=draft.chance(0.88)), y)
    foot(draft, y)


def sums_block(draft: Draft, sums: Sums, y: float) -> float:
    """Print the sums, and often a table of taxes; return where the next line goes."""
    rng, sheet, size = draft.rng, draft.sheet, draft.size
    left, right = draft.margin, sheet.width - draft.margin
    next_to_it = draft.chance(0.3)
    table = draft.chance(0.22) and sums.tax != 0
    start = y
    bottom = y
    if table:
        if next_to_it:
            bottom = tax_table(draft, sums, left, sheet.width * 0.48, y, size * 0.85)
        else:
            y = tax_table(draft, sums, left if draft.chance(0.5) else sheet.width * 0.45, right, y, size * 0.9)
            y += size * rng.uniform(0.5, 2)
    at = sheet.width * rng.uniform(0.52, 0.68) if next_to_it or draft.chance(0.85) else left
    edge = right if draft.chance(0.9) else min(right, at + size * rng.uniform(14, 22))
    y = totals(draft, sums, at, edge, start if next_to_it else y, size, taxes_apart=table)
    y = max(y, bottom) + rng.uniform(4, 30)
    if draft.chance(0.2):
        y = payment_prose(draft, sums, left, y, size)
    return y


def style_date(draft: Draft) -> str:
    """Return a random day, written in the document's form."""
    return draft.style.date(a_day(draft.rng))


def head(draft: Draft, family: Family) -> float:
    """Print parties, title and details as the family arranges them.

    Returns where the next line goes.
    """
    rng, sheet, size, margin = draft.rng, draft.sheet, draft.size, draft.margin
    width = sheet.width
    y = rng.uniform(20, 60)
    contacts = some(draft, SUPPLIER_CONTACTS, 0.22)
    chances = _DETAIL_CHANCES[family.kind]
    keys = [key for key, chance in chances.items() if draft.chance(chance)]
    title = draft.phrase("titles", family.kind)
    dated = ""
    if "invoice_number" in keys and draft.chance(0.14):
        keys.remove("invoice_number")
        if "date" in keys and draft.chance(0.5):
            keys.remove("date")
            dated = draft.phrase("of")
        title = f"{title} {rng.choice(('No.', 'Nr.', '#', 'N°', '', ''))}".strip()
        inline = ("invoice_number", draft.value("invoice_number"))
    else:
        inline = None
    items = detail_items(draft, keys, rng.choice((0, 0, 0, 1, 1, 2, 4)))
    customer = draft.chance(0.94)
    headed = draft.chance(0.62)
    shipping = draft.chance(0.15 if family.kind == "invoice" else 0.35)
    customer_contacts = some(draft, ("customer_vat_id",), 0.1)
    half = width * rng.uniform(0.5, 0.62)
    title_size = size * rng.choice((1.2, 1.5, 2.0, 2.6))

    def put_title(x: float, top: float, align: Align = "left") -> float:
        numbers = sheet.put(title, x, top, title_size, None, align)
        sheet.mark(
            "document_type", numbers[: len(title.split()) - (1 if inline and len(title.split()) > 1 else 0)] or numbers
        )
        if inline and align == "left":
            sheet.put(inline[1], sheet.end + title_size * 0.3, top, title_size, inline[0])
            if dated:
                sheet.put(dated, sheet.end + title_size * 0.3, top, title_size)
                sheet.put(draft.value("date"), sheet.end + title_size * 0.3, top, title_size, "date")
        elif inline:
            sheet.put(f"{draft.label('invoice_number')}: ", x, top + title_size * 1.3, size, None, align)
            sheet.put(inline[1], x, top + title_size * 1.3 + size * 1.3, size, inline[0], align)
            return top + title_size * 1.3 + size * 3
        return top + title_size * 1.5

    for _ in range(rng.choice((0,) * 18 + (1, 3))):  # the program that made the document names itself
        text = rng.choice(
            ("Version {n} - {d}", "Layout {n} / {c}", "Printed {d}", "{c}", "urn:{c}", "Form {n} ({d})", "© {n} {c}")
        )
        for name, value in (
            ("{n}", f"{rng.randint(1, 9)}.{rng.randint(0, 9)}"),
            ("{c}", code(rng)),
            ("{d}", style_date(draft)),
        ):
            text = text.replace(name, value)
        sheet.put(text, margin, y, size * 0.9)
        y += size * 1.3
    match family.head:
        case "letter":  # supplier above, recipient in the address window, details to its right
            side: Align = rng.choice(("left", "right", "right", "center"))
            x = {"left": margin, "right": width - margin, "center": width / 2}[side]
            y = party(
                draft,
                "supplier",
                x,
                y,
                size,
                side,
                one_line=draft.chance(0.15),
                name_size=rng.choice((1, 1.3, 2)),
                contacts=contacts,
            )
            y += rng.uniform(10, 50)
            if draft.chance(0.35):
                y = party(draft, "supplier", margin, y, size * 0.65, one_line=True) + size * 0.5
            bottom = (
                headed_party(
                    draft, "customer", margin, y, size, customer_contacts, heading=headed and draft.chance(0.5)
                )
                if customer
                else y
            )
            below = details(draft, items, half, y + rng.uniform(-10, 15), width - margin - half, size, family.form)
            y = max(bottom, below) + rng.uniform(5, 40)
            y = put_title(margin, y) + rng.uniform(0, 10)
        case "sides" | "mirrored":  # the parties in two columns
            y = put_title(*rng.choice(((margin, y, "left"), (width - margin, y, "right"), (width / 2, y, "center"))))
            top = y + rng.uniform(5, 30)
            left_role, right_role = ("supplier", "customer") if family.head == "sides" else ("customer", "supplier")
            heads = draft.chance(0.8)
            bottoms = [top]
            third = draft.chance(0.3)  # the details are a third column
            if third:
                places = (margin, margin + (width - 2 * margin) / 3, margin + (width - 2 * margin) * 2 / 3)
                form = family.form if family.form not in ("grid", "header_row", "pairs") else "above"
                bottoms.append(details(draft, items, places[2], top, width / 3.4, size * 0.95, form))
            for role, x in ((left_role, margin), (right_role, places[1] if third else half)):
                if role == "customer" and not customer:
                    continue
                lines = contacts if role == "supplier" else customer_contacts
                bottoms.append(headed_party(draft, role, x, top, size, lines, heading=heads))
            y = max(bottoms) + rng.uniform(8, 30)
            if not third:
                x = margin if draft.chance(0.6) else half
                y = details(draft, items, x, y, width - 2 * margin, size, family.form)
        case "banner":  # supplier left, title and details right
            top = y
            bottom = party(draft, "supplier", margin, top, size, name_size=rng.choice((1, 1.4, 2)), contacts=contacts)
            below = put_title(width - margin, top, "right") if draft.chance(0.6) else put_title(half, top)
            below = details(draft, items, half, below, width - margin - half, size, family.form)
            y = max(bottom, below) + rng.uniform(8, 40)
            if customer:
                y = headed_party(draft, "customer", margin, y, size, customer_contacts, heading=headed)
        case "boxes":  # three columns
            y = party(
                draft,
                "supplier",
                margin,
                y,
                size,
                name_size=rng.choice((1, 1.5)),
                contacts=contacts[:2],
                one_line=draft.chance(0.3),
            )
            y = put_title(margin, y + 8)
            share = (width - 2 * margin) / 3
            bottoms = [y]
            columns = [margin, margin + share, margin + 2 * share]
            rng.shuffle(columns)
            if customer:
                bottoms.append(headed_party(draft, "customer", columns[0], y, size * 0.95, customer_contacts))
            if shipping:
                if draft.chance(0.5):
                    draft.values["shipping_name"] = draft.value("customer_name")
                bottoms.append(headed_party(draft, "shipping", columns[1], y, size * 0.95))
                shipping = False
            form = family.form if family.form not in ("grid", "header_row", "pairs") else "above"
            bottoms.append(details(draft, items, columns[2], y, share * 0.92, size * 0.95, form))
            y = max(bottoms)
        case "details_first":
            y = put_title(margin, y)
            y = details(draft, items, margin, y, width - 2 * margin, size, family.form) + rng.uniform(8, 30)
            bottom = headed_party(draft, "supplier", margin, y, size, contacts)
            y = max(bottom, headed_party(draft, "customer", half, y, size, customer_contacts) if customer else y)
        case "stacked":  # one party below the other
            y = put_title(margin, y)
            y = details(draft, items, margin, y, width - 2 * margin, size, family.form) + rng.uniform(6, 30)
            roles = ["supplier", "customer"] if draft.chance(0.75) else ["customer", "supplier"]
            for role in roles if customer else ["supplier"]:
                lines = contacts if role == "supplier" else customer_contacts
                y = headed_party(draft, role, margin, y, size, lines, heading=draft.chance(0.9)) + rng.uniform(4, 25)
        case "late_supplier":  # only the name as a logo, the rest in the footer
            side = rng.choice(("left", "right", "center"))
            x = {"left": margin, "right": width - margin, "center": width / 2}[side]
            if draft.chance(0.7):
                sheet.put(draft.value("supplier_name"), x, y, size * rng.choice((1.5, 2.2, 3)), "supplier_name", side)
                y += size * 4
            bottom = (
                headed_party(draft, "customer", margin, y, size, customer_contacts, heading=headed) if customer else y
            )
            y = put_title(margin, bottom + rng.uniform(5, 30))
            y = details(draft, items, margin if draft.chance(0.6) else half, y, width - 2 * margin, size, family.form)
            foot = sheet.height - rng.uniform(60, 110)
            party(draft, "supplier", margin, foot, size * 0.8, one_line=draft.chance(0.3), contacts=contacts)
        case "one_line":
            y = party(draft, "supplier", width / 2, y, size, "center", one_line=True, contacts=contacts) + 10
            y = put_title(width / 2, y, "center")
            bottom = (
                headed_party(draft, "customer", margin, y, size, customer_contacts, heading=headed) if customer else y
            )
            y = max(bottom, details(draft, items, half, y, width - margin - half, size, family.form))
        case _:  # wide_details
            y = party(draft, "supplier", margin, y, size, contacts=contacts, name_size=rng.choice((1, 1.6)))
            bottom = (
                headed_party(draft, "customer", half, y, size, customer_contacts, heading=headed) if customer else y
            )
            y = put_title(margin, bottom + 6)
            y = details(draft, items, margin, y, width - 2 * margin, size * 0.95, family.form)
    y += rng.uniform(4, 24)
    if shipping:
        if draft.chance(0.4):
            draft.values["shipping_name"] = draft.value("customer_name")
        y = headed_party(draft, "shipping", rng.choice((margin, half)), y, size)
    return y


def foot(draft: Draft, y: float) -> None:
    """Print payment details, sentences, small print and the footer."""
    rng, sheet, size = draft.rng, draft.sheet, draft.size
    if draft.chance(0.3):  # payment details in a block of their own
        keys = some(
            draft, ("bank_name", "account_number", "routing_number", "iban", "bic", "reference", "due_date"), 0.55
        )
        y = details(
            draft,
            [(key, draft.label(key)) for key in keys],
            draft.margin,
            y + 6,
            sheet.width * 0.4,
            size,
            rng.choice(("inline", "columns", "inline", "above")),
        )
    for _ in range(rng.choice((0, 1, 1, 2, 3))):
        text = draft.sentence().replace("{supplier}", draft.value("supplier_name"))
        sheet.put(text, draft.margin, y, size)
        y += size * 1.5
    if draft.chance(0.15):  # small print
        text = " ".join(
            draft.sentence().replace("{supplier}", draft.value("supplier_name")) for _ in range(rng.randint(3, 12))
        )
        for line in sheet.wrapped(text, sheet.width - 2 * draft.margin, size * 0.8):
            sheet.put(line, draft.margin, y, size * 0.8)
            y += size * 1.05
    if draft.chance(0.2):
        sheet.put(draft.phrase("signs"), draft.margin, y, size)
        sheet.put(rng.choice(draft.style.names.people), draft.margin, y + size * 2.5, size)
        y += size * 4.5
    if draft.chance(0.65):
        footer(draft, max(y + 8, sheet.height - rng.uniform(50, 110)), size * rng.uniform(0.65, 0.9))
