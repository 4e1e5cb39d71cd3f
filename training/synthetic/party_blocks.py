"""Print parties: names, addresses and contacts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from training.synthetic.draft import Draft
from training.synthetic.printed_values import Address, code
from training.synthetic.sheet import Align
from training.synthetic.words import HEADER


def party(
    draft: Draft,
    role: str,
    x: float,
    y: float,
    size: float,
    align: Align = "left",
    *,
    one_line: bool = False,
    name_size: float = 1.0,
    contacts: Sequence[str] = (),
) -> float:
    """Print a name and its address, with lines that belong to neither.

    Returns where the next line goes.
    """
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
    if draft.chance(0.22):
        before = rng.choice(
            (
                rng.choice(style.names.people),
                f"z.Hd. {rng.choice(style.names.people)}",
                f"Attn: {rng.choice(style.names.people)}",
                draft.phrase("trades"),
                "Accounts Payable",
                "Buchhaltung",
                f"({code(rng)})",
            )
        )
        sheet.put(before, x, y, size, None, align)
        y += step
    if draft.chance(0.92):
        y = address_lines(draft, role, place, x, y, size, align, step)
    return contact_lines(draft, contacts, x, y, size, align, step)


def address_lines(
    draft: Draft, role: str, place: Address, x: float, y: float, size: float, align: Align, step: float
) -> float:
    """Print an address line by line and mark its parts; return where the next line goes."""
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


def contact_lines(
    draft: Draft, keys: Iterable[str], x: float, y: float, size: float, align: Align, step: float
) -> float:
    """Print one line per key, most with a label; return where the next line goes."""
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


SUPPLIER_CONTACTS = (
    "supplier_phone",
    "fax",
    "supplier_email",
    "supplier_website",
    "supplier_vat_id",
    "supplier_registration",
    "supplier_tax_number",
)


def party_heading(draft: Draft, role: str) -> str:
    """Return a heading for a party, such as "Bill to"."""
    if role == "supplier":
        return draft.phrase("from")
    return draft.rng.choice(HEADER[f"{role}_name"].labels[draft.style.language])


def labelled_party(
    draft: Draft, role: str, x: float, y: float, size: float, heading: str, contacts: Sequence[str]
) -> float:
    """Print a party as forms do: each line with its own label, with or without a heading."""
    sheet, place, step = draft.sheet, draft.address(role), size * 1.4
    if draft.chance(0.5):
        sheet.put(heading, x, y, size)
        y += step
    name, where = (draft.phrase("labels_of_parties", part) for part in ("name", "address"))
    separator = draft.separator or ":"
    column = x + (size * draft.rng.uniform(6, 9) if draft.chance(0.6) else 0)
    sheet.put(f"{name}{separator}", x, y, size)
    sheet.put(draft.value(f"{role}_name"), max(column, sheet.end + size * 0.3), y, size, f"{role}_name")
    y += step
    sheet.put(f"{where}{separator}", x, y, size)
    sheet.put(", ".join(place.lines), max(column, sheet.end + size * 0.3), y, size, f"{role}_address")
    return contact_lines(draft, contacts, x, y + step, size, "left", step)


def headed_party(
    draft: Draft, role: str, x: float, y: float, size: float, contacts: Sequence[str] = (), *, heading: bool = True
) -> float:
    """Print a party below its heading, or to the right of it."""
    sheet = draft.sheet
    if not heading:
        return party(draft, role, x, y, size, contacts=contacts)
    text = party_heading(draft, role)
    if draft.chance(0.08):
        return labelled_party(draft, role, x, y, size, text, contacts)
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
