"""Print the footer of a page: company, contacts, bank and registrations in small type."""

from __future__ import annotations

from training.synthetic.details import put_value
from training.synthetic.draft import Draft, some
from training.synthetic.party_blocks import contact_lines, party


def footer(draft: Draft, y: float, size: float) -> float:
    """Print the footer in columns or running lines; return where the next line goes."""
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
