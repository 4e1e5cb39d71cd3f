"""Whole documents, composed of independent parts: what kind, how the head is arranged, how details are set.

A family is one combination of these; some are never trained on and measure generalisation.
"""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from training.synthetic import parts
from training.synthetic.noise import read_badly
from training.synthetic.parts import Custom, Draft
from training.synthetic.sheet import ComposedPage, Sheet, finish
from training.synthetic.values import Style, a_value, code, company, goods_name
from training.synthetic.words import LANGUAGES

A4 = (595.0, 842.0)
LETTER = (612.0, 792.0)


class Family(NamedTuple):
    """One way to compose a document."""

    kind: str
    head: str
    form: str


_HEADS = {
    "invoice": ("letter", "sides", "banner", "boxes", "mirrored", "details_first", "late_supplier", "wide_details", "one_line"),  # fmt: skip
    "credit_note": ("letter", "sides", "banner", "boxes"),
    "delivery_note": ("letter", "sides", "banner", "boxes", "wide_details"),
    "order": ("letter", "sides", "mirrored", "boxes", "details_first"),
    "statement": ("letter", "sides", "banner"),
    "form": ("letter", "banner", "sections"),
    "receipt": ("centred", "left", "logo", "late"),
    "page_2": ("continued", "bare"),
}
_FORMS = sorted(set(parts.DETAIL_FORMS))
FAMILIES: tuple[Family, ...] = tuple(
    Family(kind, head, form) for kind, heads in _HEADS.items() for head in heads for form in _FORMS
)
HELD_OUT: frozenset[Family] = frozenset(f for f in FAMILIES if zlib.crc32("/".join(f).encode()) % 12 == 0)
"""Never trained on."""

_KINDS = {"invoice": 50, "credit_note": 5, "delivery_note": 5, "order": 6, "statement": 4, "form": 7, "receipt": 27, "page_2": 4}  # fmt: skip
_LANGUAGE_WEIGHTS = (34, 20, 11, 8, 8, 8, 5, 6)


@dataclass(frozen=True)
class Composed:
    """A document's page with its truth; `customs` are the fields that only this document has."""

    family: Family
    language: str
    page: ComposedPage
    customs: dict[str, Custom] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)


def compose(rng: random.Random, *, held_out: bool = False, family: Family | None = None, noise: bool = True) -> Composed:
    """One random page.

    Args:
        held_out: take a family of `HELD_OUT` instead of one of the others.
        noise: a third of the pages are read as if scanned.
    """
    if family is None:
        kind = rng.choices(list(_KINDS), list(_KINDS.values()))[0]
        options = [f for f in FAMILIES if f.kind == kind and (f in HELD_OUT) == held_out]
        family = rng.choice(options or [f for f in FAMILIES if (f in HELD_OUT) == held_out])
    language = rng.choices(LANGUAGES, _LANGUAGE_WEIGHTS)[0]
    style = Style(rng, language)
    receipt = family.kind == "receipt"
    if receipt:
        width = rng.uniform(200, 320)
        sheet = Sheet(rng, width, 100.0, rng.random() < 0.5, rng.random() < 0.45)
        draft = Draft(rng, style, sheet, width / rng.uniform(26, 40), width * rng.uniform(0.03, 0.1), family.kind)
    else:
        sheet = Sheet(rng, *rng.choice((A4, A4, A4, LETTER)), rng.random() < 0.04, rng.random() < 0.02)
        draft = Draft(rng, style, sheet, rng.uniform(7.5, 11.5), rng.uniform(28, 75), family.kind)
    _COMPOSERS[family.kind](draft, family)
    page = finish(sheet)
    if noise and rng.random() < (0.6 if receipt else 0.3):
        page = read_badly(rng, page)
    return Composed(family, language, page, draft.customs, draft.values)


# --- business letters -----------------------------------------------------------------------------------------------------

_DETAIL_CHANCES = {
    "invoice": {"invoice_number": 0.96, "date": 0.95, "due_date": 0.42, "po_number": 0.3, "order_number": 0.2, "customer_number": 0.36, "delivery_date": 0.24, "order_date": 0.12, "delivery_note_number": 0.12, "contact_person": 0.17, "payment_terms": 0.22, "payment_method": 0.08, "currency": 0.06, "reference": 0.14, "contract_number": 0.06, "project": 0.08, "period": 0.07, "customer_vat_id": 0.12, "total": 0.05, "amount_due": 0.04, "supplier_vat_id": 0.05},
    "credit_note": {"invoice_number": 0.95, "date": 0.95, "customer_number": 0.4, "reference": 0.4, "order_number": 0.2, "contact_person": 0.2},
    "delivery_note": {"delivery_note_number": 0.95, "date": 0.8, "delivery_date": 0.4, "order_number": 0.5, "po_number": 0.5, "customer_number": 0.5, "contact_person": 0.2, "order_date": 0.3},
    "order": {"order_number": 0.7, "po_number": 0.5, "date": 0.8, "order_date": 0.3, "delivery_date": 0.5, "payment_terms": 0.4, "contact_person": 0.4, "customer_number": 0.3, "currency": 0.1},
    "statement": {"date": 0.9, "customer_number": 0.6, "account_number": 0.3, "period": 0.6, "balance_forward": 0.3, "amount_due": 0.4, "currency": 0.2, "payment_terms": 0.2},
    "form": {"date": 0.6, "reference": 0.4, "contract_number": 0.3, "contact_person": 0.3, "customer_number": 0.2, "period": 0.2},
}  # fmt: skip


def _letter(draft: Draft, family: Family) -> None:
    """Invoices, credit notes, delivery notes, orders: head, items, totals, foot."""
    y = _head(draft, family)
    rng, sheet = draft.rng, draft.sheet
    size, left, right = draft.size, draft.margin, sheet.width - draft.margin
    for _ in range(rng.choice((0, 0, 0, 1, 1, 2))):
        sheet.put(draft.sentence().replace("{supplier}", draft.value("supplier_name")), left, y, size)
        y += size * 1.6
    rate, negative = draft.style.rate(), family.kind == "credit_note" and draft.chance(0.4)
    count = rng.choice((1, 1, 2, 2, 3, 3, 4, 5, 6, 8, 11))
    small = size * rng.choice((0.85, 0.95, 1.0))
    header = draft.chance(0.93)
    bottom, net = parts.items_table(draft, left, right, y + rng.uniform(4, 24), small, count, rate, header=header, negative=negative)  # fmt: skip
    y = bottom + rng.uniform(6, 40)
    if family.kind != "delivery_note" or draft.chance(0.2):
        y = _sums(draft, parts.sums_of(draft, net, rate, taxed=draft.chance(0.88)), y)
    _foot(draft, y)


def _sums(draft: Draft, sums: parts.Sums, y: float) -> float:
    rng, sheet, size = draft.rng, draft.sheet, draft.size
    left, right = draft.margin, sheet.width - draft.margin
    beside = draft.chance(0.3)
    table = draft.chance(0.22) and sums.tax != 0
    start = y
    bottom = y
    if table:
        if beside:
            bottom = parts.tax_table(draft, sums, left, sheet.width * 0.48, y, size * 0.85)
        else:
            y = parts.tax_table(draft, sums, left if draft.chance(0.5) else sheet.width * 0.45, right, y, size * 0.9)
            y += size * rng.uniform(0.5, 2)
    at = sheet.width * rng.uniform(0.52, 0.68) if beside or draft.chance(0.85) else left
    edge = right if draft.chance(0.9) else min(right, at + size * rng.uniform(14, 22))
    y = parts.totals(draft, sums, at, edge, start if beside else y, size)
    y = max(y, bottom) + rng.uniform(4, 30)
    if draft.chance(0.2):
        y = parts.payment_prose(draft, sums, left, y, size)
    return y


def _head(draft: Draft, family: Family) -> float:
    rng, sheet, size, margin = draft.rng, draft.sheet, draft.size, draft.margin
    width = sheet.width
    y = rng.uniform(20, 60)
    contacts = parts.some(draft, parts.SUPPLIER_CONTACTS, 0.22)
    chances = _DETAIL_CHANCES[family.kind]
    keys = [key for key, chance in chances.items() if draft.chance(chance)]
    title = draft.phrase("titles", family.kind)
    if "invoice_number" in keys and draft.chance(0.12):
        keys.remove("invoice_number")
        title = f"{title} {rng.choice(('No.', 'Nr.', '#', 'N°', '', ''))}".strip()
        inline = ("invoice_number", draft.value("invoice_number"))
    else:
        inline = None
    items = parts.detail_items(draft, keys, rng.choice((0, 0, 0, 1, 1, 2, 4)))
    customer = draft.chance(0.94)
    headed = draft.chance(0.62)
    shipping = draft.chance(0.15 if family.kind == "invoice" else 0.35)
    customer_contacts = parts.some(draft, ("customer_vat_id",), 0.1)
    half = width * rng.uniform(0.5, 0.62)
    title_size = size * rng.choice((1.2, 1.5, 2.0, 2.6))

    def put_title(x: float, top: float, align: parts.Align = "left") -> float:
        numbers = sheet.put(title, x, top, title_size, None, align)
        sheet.mark("document_type", numbers[: len(title.split()) - (1 if inline and len(title.split()) > 1 else 0)] or numbers)  # fmt: skip
        if inline and align == "left":
            sheet.put(inline[1], sheet.end + title_size * 0.3, top, title_size, inline[0])
        elif inline:
            sheet.put(f"{draft.label('invoice_number')}: ", x, top + title_size * 1.3, size, None, align)
            sheet.put(inline[1], x, top + title_size * 1.3 + size * 1.3, size, inline[0], align)
            return top + title_size * 1.3 + size * 3
        return top + title_size * 1.5

    match family.head:
        case "letter":  # supplier above, the window with the recipient, details to its right
            side: parts.Align = rng.choice(("left", "right", "right", "center"))
            x = {"left": margin, "right": width - margin, "center": width / 2}[side]
            y = parts.party(draft, "supplier", x, y, size, side, one_line=draft.chance(0.15), name_size=rng.choice((1, 1.3, 2)), contacts=contacts)  # fmt: skip
            y += rng.uniform(10, 50)
            if draft.chance(0.35):
                y = parts.party(draft, "supplier", margin, y, size * 0.65, one_line=True) + size * 0.5
            bottom = parts.headed_party(draft, "customer", margin, y, size, customer_contacts, heading=headed and draft.chance(0.5)) if customer else y  # fmt: skip
            below = parts.details(draft, items, half, y + rng.uniform(-10, 15), width - margin - half, size, family.form)
            y = max(bottom, below) + rng.uniform(5, 40)
            y = put_title(margin, y) + rng.uniform(0, 10)
        case "sides" | "mirrored":  # from and to side by side
            y = put_title(*rng.choice(((margin, y, "left"), (width - margin, y, "right"), (width / 2, y, "center"))))
            top = y + rng.uniform(5, 30)
            left_role, right_role = ("supplier", "customer") if family.head == "sides" else ("customer", "supplier")
            heads = draft.chance(0.8)
            bottoms = [top]
            for role, x in ((left_role, margin), (right_role, half)):
                if role == "customer" and not customer:
                    continue
                lines = contacts if role == "supplier" else customer_contacts
                bottoms.append(parts.headed_party(draft, role, x, top, size, lines, heading=heads))
            y = max(bottoms) + rng.uniform(8, 30)
            y = parts.details(draft, items, margin if draft.chance(0.6) else half, y, width - 2 * margin, size, family.form)
        case "banner":  # supplier left, title and details right
            top = y
            bottom = parts.party(draft, "supplier", margin, top, size, name_size=rng.choice((1, 1.4, 2)), contacts=contacts)
            below = put_title(width - margin, top, "right") if draft.chance(0.6) else put_title(half, top)
            below = parts.details(draft, items, half, below, width - margin - half, size, family.form)
            y = max(bottom, below) + rng.uniform(8, 40)
            if customer:
                y = parts.headed_party(draft, "customer", margin, y, size, customer_contacts, heading=headed)
        case "boxes":  # three blocks side by side
            y = parts.party(draft, "supplier", margin, y, size, name_size=rng.choice((1, 1.5)), contacts=contacts[:2], one_line=draft.chance(0.3))  # fmt: skip
            y = put_title(margin, y + 8)
            third = (width - 2 * margin) / 3
            bottoms = [y]
            places = [margin, margin + third, margin + 2 * third]
            rng.shuffle(places)
            if customer:
                bottoms.append(parts.headed_party(draft, "customer", places[0], y, size * 0.95, customer_contacts))
            if shipping:
                if draft.chance(0.5):
                    draft.values["shipping_name"] = draft.value("customer_name")
                bottoms.append(parts.headed_party(draft, "shipping", places[1], y, size * 0.95))
                shipping = False
            form = family.form if family.form not in ("grid", "header_row", "pairs") else "above"
            bottoms.append(parts.details(draft, items, places[2], y, third * 0.92, size * 0.95, form))
            y = max(bottoms)
        case "details_first":
            y = put_title(margin, y)
            y = parts.details(draft, items, margin, y, width - 2 * margin, size, family.form) + rng.uniform(8, 30)
            bottom = parts.headed_party(draft, "supplier", margin, y, size, contacts)
            y = max(bottom, parts.headed_party(draft, "customer", half, y, size, customer_contacts) if customer else y)
        case "late_supplier":  # a bare name as logo, the rest in the foot
            side = rng.choice(("left", "right", "center"))
            x = {"left": margin, "right": width - margin, "center": width / 2}[side]
            if draft.chance(0.7):
                sheet.put(draft.value("supplier_name"), x, y, size * rng.choice((1.5, 2.2, 3)), "supplier_name", side)
                y += size * 4
            bottom = parts.headed_party(draft, "customer", margin, y, size, customer_contacts, heading=headed) if customer else y  # fmt: skip
            y = put_title(margin, bottom + rng.uniform(5, 30))
            y = parts.details(draft, items, margin if draft.chance(0.6) else half, y, width - 2 * margin, size, family.form)
            foot = sheet.height - rng.uniform(60, 110)
            parts.party(draft, "supplier", margin, foot, size * 0.8, one_line=draft.chance(0.3), contacts=contacts)
        case "one_line":
            y = parts.party(draft, "supplier", width / 2, y, size, "center", one_line=True, contacts=contacts) + 10
            y = put_title(width / 2, y, "center")
            bottom = parts.headed_party(draft, "customer", margin, y, size, customer_contacts, heading=headed) if customer else y  # fmt: skip
            y = max(bottom, parts.details(draft, items, half, y, width - margin - half, size, family.form))
        case _:  # wide_details
            y = parts.party(draft, "supplier", margin, y, size, contacts=contacts, name_size=rng.choice((1, 1.6)))
            bottom = parts.headed_party(draft, "customer", half, y, size, customer_contacts, heading=headed) if customer else y  # fmt: skip
            y = put_title(margin, bottom + 6)
            y = parts.details(draft, items, margin, y, width - 2 * margin, size * 0.95, family.form)
    y += rng.uniform(4, 24)
    if shipping:
        if draft.chance(0.4):
            draft.values["shipping_name"] = draft.value("customer_name")
        y = parts.headed_party(draft, "shipping", rng.choice((margin, half)), y, size)
    return y


def _foot(draft: Draft, y: float) -> None:
    rng, sheet, size = draft.rng, draft.sheet, draft.size
    if draft.chance(0.3):  # payment details in a block of their own
        keys = parts.some(draft, ("bank_name", "account_number", "routing_number", "iban", "bic", "reference", "due_date"), 0.55)
        y = parts.details(draft, [(key, draft.label(key)) for key in keys], draft.margin, y + 6, sheet.width * 0.4, size, rng.choice(("inline", "columns", "inline", "above")))  # fmt: skip
    for _ in range(rng.choice((0, 1, 1, 2, 3))):
        text = draft.sentence().replace("{supplier}", draft.value("supplier_name"))
        sheet.put(text, draft.margin, y, size)
        y += size * 1.5
    if draft.chance(0.15):  # small print
        text = " ".join(draft.sentence().replace("{supplier}", draft.value("supplier_name")) for _ in range(rng.randint(3, 12)))
        for line in sheet.wrapped(text, sheet.width - 2 * draft.margin, size * 0.8):
            sheet.put(line, draft.margin, y, size * 0.8)
            y += size * 1.05
    if draft.chance(0.2):
        sheet.put(draft.phrase("signs"), draft.margin, y, size)
        sheet.put(rng.choice(draft.style.names.people), draft.margin, y + size * 2.5, size)
        y += size * 4.5
    if draft.chance(0.65):
        parts.footer(draft, max(y + 8, sheet.height - rng.uniform(50, 110)), size * rng.uniform(0.65, 0.9))


# --- statements and forms ---------------------------------------------------------------------------------------------------


def _statement(draft: Draft, family: Family) -> None:
    y = _head(draft, family) + 8
    rng, style = draft.rng, draft.style
    keys = ["booking_date", "booking_text"]
    if draft.chance(0.4):
        keys.insert(rng.choice((1, 2)), "booking_ref")
    keys += ["debit", "credit"] if draft.chance(0.7) else ["debit"]
    if draft.chance(0.6):
        keys.append("running_balance")
    columns = parts.lay_columns(draft, keys, draft.margin, draft.sheet.width - draft.margin)
    y = parts.table_header(draft, columns, y, draft.size)
    balance, rows = rng.uniform(0, 4000), []
    for _ in range(rng.randint(2, 14)):
        paid, value = draft.chance(0.4) and "credit" in keys, rng.uniform(5, 900)
        balance += -value if paid else value
        rows.append({"booking_date": a_value("date", style), "booking_text": a_value("booking", style), "booking_ref": code(rng), "debit": "" if paid else style.number(value), "credit": style.number(value) if paid else "", "running_balance": style.number(balance)})  # fmt: skip
    y = parts.table_rows(draft, "bookings", rows, columns, y, draft.size * 0.95)
    if draft.chance(0.7):
        draft.sheet.put(draft.label("amount_due"), columns.left[keys[1]], y + 4, draft.size)
        parts.amount(draft, balance, draft.sheet.width - draft.margin, y + 4, draft.size, "amount_due")
    _foot(draft, y + 24)


def _form(draft: Draft, family: Family) -> None:
    """Labels and values of any business, in sections; now and then a table."""
    rng, sheet = draft.rng, draft.sheet
    y = _head(draft, Family(family.kind, "letter" if family.head == "sections" else family.head, family.form)) + 6
    forms = (family.form, rng.choice(_FORMS))
    for section in range(rng.randint(1, 3)):
        if draft.chance(0.6):
            sheet.put(draft.phrase("titles", "form"), draft.margin, y, draft.size * 1.15)
            y += draft.size * 1.8
        items = parts.detail_items(draft, [], rng.randint(2, 9))
        y = parts.details(draft, items, draft.margin, y, sheet.width - 2 * draft.margin, draft.size, forms[section % 2])
        y += draft.size * rng.uniform(0.5, 2)
    if draft.chance(0.35):
        y, _ = parts.items_table(draft, draft.margin, sheet.width - draft.margin, y, draft.size, rng.randint(1, 5), 19)
    _foot(draft, y + 10)


def _page_2(draft: Draft, family: Family) -> None:
    """A page that is not the first: rows go on, totals follow, the company stands in the foot."""
    rng, sheet, style = draft.rng, draft.sheet, draft.style
    y = rng.uniform(20, 60)
    if family.head == "continued":
        title = draft.phrase("titles", "invoice")
        keys = parts.some(draft, ("invoice_number", "date", "customer_number"), 0.6)
        sheet.put(f"{title}", draft.margin, y, draft.size * 1.2, "document_type")
        y = parts.details(draft, [(k, draft.label(k)) for k in keys], draft.margin, y + draft.size * 2, sheet.width - 2 * draft.margin, draft.size, family.form)  # fmt: skip
        sheet.put(rng.choice(("Page 2", "Seite 2", "2/2", "Page 2 of 3")), sheet.width - draft.margin, y, draft.size, None, "right")
        y += draft.size * 2
    rate = style.rate()
    y, net = parts.items_table(draft, draft.margin, sheet.width - draft.margin, y, draft.size, rng.randint(1, 9), rate, header=draft.chance(0.6), first=rng.randint(3, 12))  # fmt: skip
    if draft.chance(0.8):
        y = _sums(draft, parts.sums_of(draft, net, rate), y + 12)
    _foot(draft, y)


# --- receipts ---------------------------------------------------------------------------------------------------------------


def _receipt(draft: Draft, family: Family) -> None:
    rng, sheet, style = draft.rng, draft.sheet, draft.style
    size, left, right = draft.size, draft.margin, sheet.width - draft.margin
    y = rng.uniform(4, 40)
    align: parts.Align = "left" if family.head == "left" else "center"
    x = left if align == "left" else sheet.width / 2
    step = size * rng.uniform(1.1, 1.45)
    if draft.chance(0.14):  # something before the shop: a note, a name, a number
        sheet.put(rng.choice((rng.choice(style.names.people).lower(), "*** COPY ***", "WELCOME", code(rng), "CUSTOMER COPY", str(rng.randint(1, 400)), company(style).split()[0], "REPRINT")), x, y, size * rng.choice((1, 1.5)), None, align)  # fmt: skip
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
        y = parts.headed_party(draft, "customer", left, y, size) + size
    rate = style.rate()
    y, total = _goods(draft, y + size * 0.6, step, rate)
    sums = parts.sums_of(draft, total, rate, receipt=True, taxed=draft.chance(0.75))
    y += size * rng.uniform(0.3, 1.2)
    if draft.chance(0.3):
        sheet.put(draft.label("item_count") + draft.separator, left, y, size)
        sheet.put(draft.value("item_count"), sheet.end + size, y, size, "item_count")
        y += step
    y = parts.totals(draft, sums, rng.choice((left, left, sheet.width * 0.3)), right, y, size) + size * 0.5
    if draft.chance(0.35) and sums.tax:
        y = parts.tax_table(draft, sums, left, right, y + size * 0.5, size * 0.95)
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


def _shop(draft: Draft, x: float, y: float, align: parts.Align, step: float) -> float:
    """The shop's name, registration, address and numbers, in the order of till receipts."""
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
        sheet.put(rng.choice((company(draft.style), f"({company(draft.style)})", draft.phrase("trades"))), x, y, size, None, align)
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
        y = parts.address_lines(draft, "supplier", parts.Address(tuple(lines), place.street, place.city, place.postcode), x, y, size, align, step)  # fmt: skip
    keys = [k for k in ("supplier_phone", "fax", "supplier_vat_id", "supplier_email", "supplier_website") if draft.chance(0.6 if k == "supplier_phone" else 0.32)]  # fmt: skip
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
    return parts.contact_lines(draft, keys, x, y, size, align, step)


def _when(draft: Draft, y: float, step: float) -> float:
    """The date with its time, labelled or not."""
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
    chances = {"receipt_number": 0.75, "cashier": 0.45, "table_number": 0.3, "customer_number": 0.06, "order_number": 0.08, "payment_method": 0.06, "reference": 0.05}  # fmt: skip
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
    items = parts.detail_items(draft, keys, rng.choice((0, 0, 1, 2)))
    form = family.form if family.form not in ("above", "grid", "header_row") or draft.chance(0.2) else "inline"
    y = parts.details(draft, items, left, y, draft.sheet.width - 2 * left, size, form)
    if not with_date and not draft.values.get("_date_below"):
        y = _when(draft, y, step)
    return y


def _goods(draft: Draft, y: float, step: float, rate: float) -> tuple[float, float]:
    """The items of a till receipt: in one line, in two, or in a table."""
    rng, sheet, style = draft.rng, draft.sheet, draft.style
    size, left, right = draft.size, draft.margin, sheet.width - draft.margin
    count, total = rng.choice((1, 1, 1, 2, 2, 3, 4, 5, 7, 10)), 0.0
    form = rng.choice(("one", "one", "two", "code_first", "table"))
    if form == "table":
        return parts.items_table(draft, left, right, y, size * 0.9, count, rate)
    if draft.chance(0.45):
        columns = parts.lay_columns(draft, rng.choice((["description", "quantity", "unit_price", "line_total"], ["description", "line_total"], ["quantity", "description", "line_total"])), left, right)  # fmt: skip
        y = parts.table_header(draft, columns, y, size)
    suffix = rng.choice(("", "", "", " SR", " S", " A", " *", " T", "€"))
    for row in range(count):
        item = parts.an_item(draft, row + 1, rate)
        total += item.total
        first = len(sheet.texts)
        name = goods_name(style)[: rng.randint(14, 34)].strip()
        x = left
        cell = lambda column, row=row: ("items", row, column)  # noqa: E731
        if form == "one":
            if draft.chance(0.55):
                sheet.put(item.cells["quantity"], x, y, size, cell("quantity"))
                x = sheet.end + size * rng.choice((0.4, 1.2))
                if draft.chance(0.3):
                    sheet.put("x", x, y, size)
                    x = sheet.end + size * 0.4
            width = right - x - size * 5
            numbers: list[int] = []
            for index, line in enumerate(sheet.wrapped(name, width, size)):
                numbers += sheet.put(line, x, y + index * step, size)
                last = index
            sheet.mark(cell("description"), numbers)
            found = sheet.put(item.cells["line_total"] + suffix, right, y, size, None, "right")
            sheet.mark(cell("line_total"), found[: len(item.cells["line_total"].split())])
            y += step * (last + 1)
        else:
            if form == "code_first":
                sheet.put(item.cells["sku"], left, y, size, cell("sku"))
                if draft.chance(0.5):
                    x = sheet.end + size * 0.5
                else:
                    y += step
            sheet.put(name, x, y, size, cell("description"))
            y += step
            sheet.put(item.cells["quantity"], left + size * rng.choice((0, 1, 3)), y, size, cell("quantity"))
            sheet.put(rng.choice(("x", "X", "@", "*", "")), sheet.end + size * 0.5, y, size)
            sheet.put(item.cells["unit_price"], sheet.end + size * 0.5, y, size, cell("unit_price"))
            found = sheet.put(item.cells["line_total"] + suffix, right, y, size, None, "right")
            sheet.mark(cell("line_total"), found[: len(item.cells["line_total"].split())])
            y += step
        sheet.mark(("items", row), list(range(first, len(sheet.texts))))
        if draft.chance(0.05):
            sheet.put(draft.label("discount"), left + size, y, size)
            parts.amount(draft, -round(item.total * 0.1, 2), right, y, size, None)
            y += step
    return y, total


_COMPOSERS: dict[str, Callable[[Draft, Family], None]] = {
    "invoice": _letter,
    "credit_note": _letter,
    "delivery_note": _letter,
    "order": _letter,
    "statement": _statement,
    "form": _form,
    "receipt": _receipt,
    "page_2": _page_2,
}
