"""Convert this service's own answer for an invoice to Mindee's predictions.

There is one prediction for the document and one for each page. Polygons are fractions of the page, clockwise from the
text's top left; pages count from 0. A page's prediction holds what is printed on that page, without a page number;
classifications and the locale are those of the whole document.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from service.vendors.mindee.locale import Locale
from service.vendors.mindee.postal_address import PARTS, parts_of
from service.vendors.mindee.registrations import registration_type

CellJson = dict[str, Any]
Prediction = dict[str, Any]

_UPON_RECEIPT = re.compile(
    r"(?:(?:payment|payable|is|due) )*(?:up)?on receipt|à réception|sofort (?:fällig|zahlbar)|bei erhalt|al ricevimento"
    r"|a la recepci[oó]n|bij ontvangst|due immediately|na receção",
    re.IGNORECASE,
)
"""Terms of payment that make the day of issue the due date."""


class Source(NamedTuple):
    """The parts of this service's own answer that predictions are made from."""

    data: dict[str, Any]
    """The cells of the preset `invoice`."""
    pages: Sequence[dict[str, Any]]
    words: Sequence[dict[str, Any]]
    """All words of all pages, in reading order."""
    locale: Locale


def version_4(source: Source, page: int | None = None) -> Prediction:
    """Return all fields of version 4.

    Args:
        source: the answer.
        page: the number of a page, from 1; None for the whole document.
    """
    make = _FieldMaker(source, page)
    return {
        "billing_address": make.address("billing_address"),
        "category": make.choice("category"),
        "customer_address": make.address("customer_address"),
        "customer_company_registrations": make.registrations("customer_company_registrations"),
        "customer_id": make.field("customer_id"),
        "customer_name": make.named("customer_name"),
        "date": make.date("date"),
        "document_type": make.choice("document_type", "INVOICE"),
        "document_type_extended": make.choice("document_type_extended", "INVOICE"),
        "due_date": make.due_date(raw=False),
        "invoice_number": make.field("invoice_number"),
        "line_items": make.rows("line_items", _LINE_ITEM),
        "locale": source.locale.version_4(),
        "payment_date": make.date("payment_date"),
        "po_number": make.field("po_number"),
        "reference_numbers": [make.part(row["value"]) for row in make.on_page("reference_numbers")],
        "shipping_address": make.address("shipping_address"),
        "subcategory": make.choice("subcategory"),
        "supplier_address": make.address("supplier_address"),
        "supplier_company_registrations": make.registrations("supplier_company_registrations"),
        "supplier_email": make.field("supplier_email"),
        "supplier_name": make.named("supplier_name"),
        "supplier_payment_details": make.rows("supplier_payment_details", _PAYMENT),
        "supplier_phone_number": make.field("supplier_phone_number"),
        "supplier_website": make.field("supplier_website"),
        "taxes": make.rows("taxes", _TAX),
        "total_amount": make.field("total_amount"),
        "total_net": make.field("total_net"),
        "total_tax": make.field("total_tax"),
    }


def version_3(source: Source, page: int | None = None) -> Prediction:
    """Return all fields of version 3: those of version 2, and the parties.

    Args:
        source: the answer.
        page: as for `version_4`.
    """
    make = _FieldMaker(source, page)
    return version_2(source, page) | {
        "customer": make.field("customer_name"),
        "customer_address": make.field("customer_address"),
        "customer_company_registration": make.registrations("customer_company_registrations"),
        "supplier_address": make.field("supplier_address"),
    }


def version_2(source: Source, page: int | None = None) -> Prediction:
    """Return all fields of version 2; a page also has its orientation.

    Args:
        source: the answer.
        page: as for `version_4`.
    """
    make = _FieldMaker(source, page)
    prediction = {
        "company_registration": make.registrations("supplier_company_registrations"),
        "date": make.field("date"),
        "document_type": {"value": make.choice("document_type", "INVOICE")["value"]},
        "due_date": make.due_date(raw=True),
        "invoice_number": make.field("invoice_number"),
        "locale": source.locale.version_2(),
        "payment_details": make.rows("supplier_payment_details", _PAYMENT),
        "supplier": make.field("supplier_name"),
        "taxes": make.rows("taxes", {name: _TAX[name] for name in ("rate", "value")}),
        "total_excl": make.field("total_net"),
        "total_incl": make.field("total_amount"),
    }
    if page is not None:
        degrees = next(one["orientation"] for one in source.pages if one["page"] == page)
        prediction["orientation"] = {"confidence": 0.99, "degrees": degrees}
    return prediction


PREDICTIONS: dict[str, Callable[[Source, int | None], Prediction]] = {"2": version_2, "3": version_3, "4": version_4}

_LINE_ITEM = {
    name: name
    for name in (
        "description",
        "product_code",
        "quantity",
        "tax_amount",
        "tax_rate",
        "total_amount",
        "unit_measure",
        "unit_price",
    )
}
_TAX = {name: name for name in ("base", "code", "rate", "value")}
_PAYMENT = {name: name for name in ("account_number", "iban", "routing_number", "swift")}


class _FieldMaker:
    """Makes the fields of the document, or of one page."""

    def __init__(self, source: Source, page: int | None) -> None:
        self._source = source
        self._page = page

    def field(self, name: str) -> Prediction:
        return self.part(self._source.data[name])

    def part(self, cell: CellJson) -> Prediction:
        """Return a value; an empty field if it is missing or on another page."""
        if not self._is_here(cell):
            return self._placed([], None, 0.0) | {"value": None}
        return self._placed([cell], cell["page"], cell["confidence"]) | {"value": cell["value"]}

    def named(self, name: str) -> Prediction:
        """Return a name, with its text on the page."""
        field = self.field(name)
        raw = self._source.data[name]["raw_text"] if field["value"] is not None else None
        return field | {"raw_value": raw}

    def address(self, name: str) -> Prediction:
        """Return an address, whole and in its parts."""
        field = self.field(name)
        return field | (dict.fromkeys(PARTS) if field["value"] is None else parts_of(field["value"]))

    def date(self, name: str) -> Prediction:
        return self.field(name) | {"is_computed": False}

    def due_date(self, *, raw: bool) -> Prediction:
        """Return a date; the day of issue if the page says that payment is due upon receipt."""
        cell = self._source.data["due_date"]
        if cell["value"] is not None or not (words := self._upon_receipt()):
            field = self.field("due_date")
            written = cell["raw_text"] if field["value"] is not None else None
            return field | ({"raw": written} if raw else {"is_computed": False})
        issued = self._source.data["date"]
        field = self._placed(words, words[0]["page"], issued["confidence"]) | {"value": issued["value"]}
        text = " ".join(word["text"] for word in words)
        return field | ({"raw": text} if raw else {"is_computed": True})

    def choice(self, name: str, default: str | None = None) -> Prediction:
        """Return a classification, which has no place."""
        cell = self._source.data[name]
        if cell["value"] is None:
            return {"confidence": 0.0, "value": default}
        return {"confidence": cell["confidence"], "value": cell["value"]}

    def registrations(self, name: str) -> list[Prediction]:
        country = self._source.locale.country
        found = []
        for row in self.on_page(name):
            number = row["value"]
            if number["value"] is not None:
                kind = registration_type(number["value"], row["type"]["raw_text"], country)
                field = self._placed([number], number["page"], number["confidence"])
                found.append(field | {"type": kind, "value": re.sub(r"\s", "", number["value"])})
        return found

    def rows(self, name: str, columns: dict[str, str]) -> list[Prediction]:
        """Return the rows that have a value here, each with one polygon around its cells."""
        made = []
        for row in self.on_page(name):
            cells = [row[column] for column in columns.values() if self._is_here(row[column])]
            if not cells:
                continue
            first = [cell for cell in cells if cell["page"] == cells[0]["page"]]
            field = self._placed(first, first[0]["page"], min(cell["confidence"] for cell in cells))
            values = {key: row[column]["value"] for key, column in columns.items()}
            made.append(field | values)
        return made

    def on_page(self, name: str) -> list[dict[str, CellJson]]:
        return [row for row in self._source.data[name] if any(self._is_here(cell) for cell in row.values())]

    def _is_here(self, cell: CellJson) -> bool:
        return cell["value"] is not None and self._page in (None, cell["page"])

    def _placed(self, parts: Sequence[dict[str, Any]], page: int | None, confidence: float) -> Prediction:
        place = {"confidence": confidence, "polygon": polygon(parts)}
        return place if self._page is not None else place | {"page_id": None if page is None else page - 1}

    def _upon_receipt(self) -> list[dict[str, Any]]:
        """Return the words that say that payment is due upon receipt; empty if none do."""
        if self._source.data["date"]["value"] is None:
            return []
        for page in self._source.pages:
            if self._page not in (None, page["page"]):
                continue
            words = [word for word in self._source.words if word["page"] == page["page"]]
            ends, text = [], ""
            for word in words:
                text += word["text"] + " "
                ends.append(len(text))
            if found := _UPON_RECEIPT.search(text):
                return [
                    word
                    for word, end in zip(words, ends, strict=True)
                    if end > found.start() and end - len(word["text"]) - 1 < found.end()
                ]
        return []


def polygon(parts: Sequence[dict[str, Any]]) -> list[list[float]]:
    """Return the four corners around cells or words, clockwise from the top left.

    Corners are `[x, y]` in fractions of the page. The polygon of one text follows its tilt; that of several is upright.
    It is empty without a text.

    Args:
        parts: cells or words of this service's own answer, all on one page.
    """
    if len(parts) == 1:
        return [[point["x"] / 1000, point["y"] / 1000] for point in parts[0]["vertices"]]
    if not parts:
        return []
    boxes = [part["bbox"] for part in parts]
    left, top = min(box["xmin"] for box in boxes) / 1000, min(box["ymin"] for box in boxes) / 1000
    right, bottom = max(box["xmax"] for box in boxes) / 1000, max(box["ymax"] for box in boxes) / 1000
    return [[left, top], [right, top], [right, bottom], [left, bottom]]
