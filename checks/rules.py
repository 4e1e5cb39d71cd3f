"""Business rules over cells. A rule speaks only when every cell that it needs has a value."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from stdnum import iban
from stdnum.eu import vat

from schemas.fields import FieldType, Schema
from schemas.results import Cell, FieldPath, Finding, Outcome

CENT = Decimal("0.01")
ROUNDING = Decimal("0.02")
"""Sums of rounded parts differ from the rounded sum by this much."""

_NET = ("total_net", "total_excl", "subtotal", "net_total", "net_amount")
_TAX = ("total_tax", "tax_total", "tax_amount", "vat", "tax")
_GROSS = ("total_amount", "total_incl", "total", "grand_total", "gross_total", "gross_amount")
_QUANTITY = ("quantity", "qty")
_PRICE = ("unit_price", "price")
_LINE = ("total_amount", "line_total", "amount", "total")
_ISSUED = ("date", "invoice_date", "issue_date")
_DUE = ("due_date", "payment_due_date")


def run(schema: Schema, cells: Sequence[Cell]) -> list[Finding]:
    """Apply every rule that the schema has the fields for.

    Fields are recognised by the names that the presets use and by common ones; others are not checked.
    """
    present = {cell.path: cell for cell in cells if cell.value is not None}
    names = [field.name for field in schema.fields]
    dates = [field.name for field in schema.fields if field.type is FieldType.DATE]
    findings = [*_totals(names, present), *_dates(dates, present), *_check_digits(cells)]
    for field in schema.fields:
        if field.type is FieldType.ARRAY:
            columns = [child.name for child in field.children or ()]
            findings += _rows(field.name, columns, present)
    return findings


def _first(known: Sequence[str], names: Sequence[str]) -> str | None:
    return next((name for name in known if name in names), None)


def _number(present: dict[FieldPath, Cell], path: FieldPath) -> Decimal | None:
    cell = present.get(path)
    value = cell.value if cell else None
    return Decimal(value) if isinstance(value, int | Decimal) else None


def _finding(rule: str, holds: bool, paths: tuple[FieldPath, ...], message: str) -> Finding:
    return Finding(rule, Outcome.PASSED if holds else Outcome.FAILED, paths, message)


def _totals(names: Sequence[str], present: dict[FieldPath, Cell]) -> Iterator[Finding]:
    net, tax, gross = _first(_NET, names), _first(_TAX, names), _first(_GROSS, names)
    if not (net and tax and gross):
        return
    a, b, c = (_number(present, (name,)) for name in (net, tax, gross))
    if a is None or b is None or c is None:
        return
    yield _finding("total_is_net_plus_tax", abs(a + b - c) <= CENT, ((gross,), (net,), (tax,)), f"{a} + {b} = {c}")


def _dates(names: Sequence[str], present: dict[FieldPath, Cell]) -> Iterator[Finding]:
    issued, due = _first(_ISSUED, names), _first(_DUE, names)
    if not (issued and due and (issued,) in present and (due,) in present):
        return
    first, last = str(present[issued,].value), str(present[due,].value)
    yield _finding("due_date_not_before_date", first <= last, ((issued,), (due,)), f"{first} <= {last}")


def _check_digits(cells: Sequence[Cell]) -> Iterator[Finding]:
    """Bank accounts, and numbers that begin like a VAT number of the European Union."""
    for cell in cells:
        if not isinstance(cell.value, str):
            continue
        names = " ".join(str(part) for part in cell.path).casefold()
        if "iban" in str(cell.path[-1]).casefold():
            yield _finding("iban_check_digits", bool(iban.is_valid(cell.value)), (cell.path,), "ISO 13616, mod 97")
        elif ("vat" in names or "registration" in names) and cell.value[:2].lower() in vat.MEMBER_STATES:
            yield _finding("vat_number_check_digits", bool(vat.is_valid(cell.value)), (cell.path,), "as its country's")


def _rows(array: str, columns: Sequence[str], present: dict[FieldPath, Cell]) -> Iterator[Finding]:
    quantity, price, line = _first(_QUANTITY, columns), _first(_PRICE, columns), _first(_LINE, columns)
    if not (quantity and price and line):
        return
    count = max((int(path[1]) + 1 for path in present if path[0] == array and len(path) == 3), default=0)
    for number in range(count):
        paths = tuple((array, number, name) for name in (line, quantity, price))
        c, a, b = (_number(present, path) for path in paths)
        if a is not None and b is not None and c is not None:
            yield _finding("line_is_quantity_times_price", abs(a * b - c) <= ROUNDING, paths, f"{a} x {b} = {c}")
