"""Business rules over cells. A rule speaks only when every cell that it needs has a value."""

from __future__ import annotations

from collections.abc import Sequence

from checks.currency import currency
from checks.dates import dates
from checks.identifiers import identifiers
from checks.meanings import concepts, named
from checks.tables import Rows, line_rows, line_sum, tax_rows, tax_sums
from checks.totals import totals
from schemas.fields import Field, FieldType, Schema
from schemas.results import Cell, Finding


def run(schema: Schema, cells: Sequence[Cell]) -> list[Finding]:
    """Apply every rule that the schema has the fields for; a field whose meaning is not clear is not checked."""
    present = {cell.path: cell for cell in cells if cell.value is not None}
    meanings = named(schema.fields, "fields")
    arrays = [field for field in schema.fields if field.type is FieldType.ARRAY]
    taxes = [Rows(f.name, named(f.children or (), "taxes"), present) for f in arrays if _is_of_taxes(f)]
    lines = [
        Rows(f.name, columns, present)
        for f in arrays
        if not _is_of_taxes(f) and _is_of_lines(f, columns := named(f.children or (), "lines"))
    ]
    findings = [*totals(meanings, present), *dates(meanings, present)]
    for rows in taxes:
        findings += tax_rows(rows, lines=sum(len(items.numbers) for items in lines))
    for rows in lines:
        findings += line_rows(rows)
    # of two tables of a kind, neither is known to be the whole
    if len(taxes) == 1:
        findings += tax_sums(taxes[0], meanings, present)
    if len(lines) == 1:
        findings += line_sum(lines[0], meanings, present)
    return [*findings, *identifiers(present), *currency(schema.fields, present)]


def _is_of_taxes(array: Field) -> bool:
    return "tax" in concepts(array.name)


def _is_of_lines(array: Field, columns: dict[str, str]) -> bool:
    """Payments and discounts have amounts too; line items are called so, or have a quantity or a price."""
    return "line_total" in columns and bool(
        columns.keys() & {"quantity", "unit_price"} or "line" in concepts(array.name)
    )
