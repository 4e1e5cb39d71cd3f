"""Draw two sample documents with invented names and numbers.

They are an invoice with line items and a receipt.
"""

from __future__ import annotations

from typing import NamedTuple

from PIL import Image

from training.drawing import Canvas, Colour, DrawnValue, Typeface

_BLUE: Colour = (24, 78, 119)
_GREY: Colour = (105, 108, 118)
_PALE: Colour = (232, 238, 244)


class Sample(NamedTuple):
    """A drawn document, and the truth of its fields by path, under the names of its preset."""

    name: str
    template: str
    image: Image.Image
    truth: dict[str, DrawnValue]


_ITEMS = (
    ("TH-210", "Thermal sensor, stainless steel", "12", "48.50", "582.00"),
    ("CB-005", "Shielded cable, 5 m", "12", "9.80", "117.60"),
    ("GW-400", "Gateway with four channels and mounting rail", "2", "319.00", "638.00"),
    ("SV-001", "Installation and calibration on site", "6", "85.00", "510.00"),
)


def invoice() -> Sample:
    """Draw an English invoice: A4 at 150 dpi, four line items, 20 % VAT."""
    page = Canvas(1240, 1754)
    small, bold = Typeface(20), Typeface(22, "Bold")
    page.logo(90, 80, 84, _BLUE)
    page.text(210, 128, "Northlight Instruments Ltd", Typeface(40, "Bold", colour=_BLUE), field="supplier_name")
    page.text(210, 164, "14 Harbour Street, Bristol BS1 5TT", small, field="supplier_address")
    page.text(1150, 120, "INVOICE", Typeface(46, "Light", colour=_GREY), align="right", field="document_type")

    page.text(90, 290, "Bill to", Typeface(19, "Semibold", colour=_GREY))
    page.text(90, 322, "Meridian Greenhouses GmbH", bold, field="customer_name")
    for row, text in enumerate(("Gartenweg 7", "20457 Hamburg", "Germany")):
        page.text(90, 352 + 29 * row, text, small)

    details = (
        ("Invoice number", "NL-2025-0417", "invoice_number", ""),
        ("Invoice date", "30 April 2025", "date", "2025-04-30"),
        ("Due date", "30 May 2025", "due_date", "2025-05-30"),
        ("Your order", "PO-88213", "po_number", ""),
    )
    for row, (label, text, name, value) in enumerate(details):
        page.text(760, 290 + 34 * row, label, Typeface(20, colour=_GREY))
        page.text(1150, 290 + 34 * row, text, small, align="right", field=name, value=value)

    top = 500
    columns = (
        (90, "left", "Item"),
        (220, "left", "Description"),
        (800, "right", "Quantity"),
        (970, "right", "Unit price"),
        (1150, "right", "Amount"),
    )
    page.panel(76, top - 34, 1164, top + 14, _PALE)
    for x, align, label in columns:
        page.text(x, top, label, Typeface(20, "Semibold"), align=align)
    names = ("product_code", "description", "quantity", "unit_price", "total_amount")
    for row, item in enumerate(_ITEMS):
        y = top + 56 + 46 * row
        for (x, align, _), name, text in zip(columns, names, item, strict=True):
            page.text(x, y, text, small, align=align, field=f"line_items[{row}].{name}")
        page.line(76, y + 16, 1164, y + 16)

    totals = (
        ("Subtotal", "1,847.60", "total_net", small),
        ("VAT 20%", "369.52", "total_tax", small),
        ("Total due", "£2,217.12", "total_amount", Typeface(26, "Bold")),
    )
    for row, (label, text, name, style) in enumerate(totals):
        y = top + 310 + 44 * row
        page.text(800, y, label, style)
        page.text(1150, y, text, style, align="right", field=name, value=text.replace(",", "").strip("£"))

    page.text(
        90,
        1080,
        "Please pay within 30 days to the account below and quote the invoice number.",
        Typeface(20, family="SourceSerifPro"),
    )
    page.line(76, 1600, 1164, 1600)
    page.text(90, 1636, "IBAN", Typeface(18, colour=_GREY))
    page.text(
        150,
        1636,
        "GB82 WEST 1234 5698 7654 32",
        Typeface(18),
        field="supplier_payment_details[0].iban",
        value="GB82WEST12345698765432",
    )
    page.text(520, 1636, "VAT No", Typeface(18, colour=_GREY))
    page.text(590, 1636, "GB980780684", Typeface(18))
    page.text(
        1150, 1636, "accounts@northlight-instruments.example", Typeface(18), align="right", field="supplier_email"
    )
    image = page.scanned(noise=4.0, seed=1)
    return Sample("invoice", "invoice", image, page.truth)


_GOODS = (
    ("Espresso", "2", "2.60", "5.20"),
    ("Cheese sandwich", "1", "6.40", "6.40"),
    ("Apple cake", "3", "3.90", "11.70"),
)


def receipt() -> Sample:
    """Draw a till receipt, photographed slightly askew."""
    page = Canvas(760, 1120)
    text = Typeface(26)
    page.text(380, 110, "Corner Café", Typeface(46, "Bold"), align="center", field="supplier_name")
    page.text(380, 152, "3 Market Square, York YO1 8SU", Typeface(24), align="center", field="supplier_address")
    page.text(
        380,
        186,
        "Tel 01904 555 0136",
        Typeface(24),
        align="center",
        field="supplier_phone_number",
        value="01904 555 0136",
    )
    page.line(70, 216, 690, 216)
    page.text(70, 262, "Receipt no 004211", text)
    page.text(690, 262, "12/04/2025 13:47", text, align="right")
    columns = ((70, "left", "Item"), (430, "right", "Qty"), (560, "right", "Price"), (690, "right", "Amount"))
    for x, align, label in columns:
        page.text(x, 330, label, Typeface(24, "Semibold"), align=align)
    names = ("description", "quantity", "unit_price", "total_amount")
    for row, item in enumerate(_GOODS):
        for (x, align, _), name, value in zip(columns, names, item, strict=True):
            page.text(x, 376 + 42 * row, value, text, align=align, field=f"line_items[{row}].{name}")
    page.line(70, 500, 690, 500)
    for row, (label, value, name) in enumerate((("Net", "19.42", "total_net"), ("VAT 20%", "3.88", "total_tax"))):
        page.text(70, 548 + 42 * row, label, text)
        page.text(690, 548 + 42 * row, value, text, align="right", field=name)
    page.text(70, 650, "TOTAL", Typeface(36, "Bold"))
    page.text(690, 650, "£23.30", Typeface(36, "Bold"), align="right", field="total_amount", value="23.30")
    page.text(70, 720, "Cash", text)
    page.text(690, 720, "25.00", text, align="right")
    page.text(70, 762, "Change", text)
    page.text(690, 762, "1.70", text, align="right")
    page.text(380, 860, "Thank you, see you soon!", Typeface(28, "It", "SourceSerifPro"), align="center")
    image = page.scanned(tilt=1.2, blur=0.6, noise=6.0, seed=2)
    return Sample("receipt", "receipt", image, page.truth)


def samples() -> list[Sample]:
    """Return both samples, the invoice first."""
    return [invoice(), receipt()]
