"""Apply all rules to the cells of an answer.

A rule reports only when every cell that it needs has a value.
"""

from __future__ import annotations

from collections.abc import Sequence

from checks.amount_rules import totals
from checks.currency_rule import currency
from checks.date_rules import dates
from checks.field_roles import fields_by_role
from checks.identifier_rules import identifiers
from checks.table_rules import Rows, line_rows, line_sum, tax_rows, tax_sums
from schemas.fields import Field, FieldType, Schema
from schemas.results import Cell, Finding
from schemas.vocabulary import COLUMNS, FIELDS, TAX_COLUMNS, name_meaning

_ITEM_CONCEPTS = frozenset({"position", "description"})
"""Concepts by which arrays of line items are named: `line_items`, `positions`, `articles`."""


def run(schema: Schema, cells: Sequence[Cell]) -> list[Finding]:
    """Apply every rule whose fields the schema has.

    A field whose role is not clear is not checked.
    """
    present = {cell.path: cell for cell in cells if cell.value is not None}
    names = fields_by_role(schema.fields, FIELDS)
    arrays = [field for field in schema.fields if field.type is FieldType.ARRAY]
    taxes = [Rows(f.name, fields_by_role(f.children or (), TAX_COLUMNS), present) for f in arrays if _is_of_taxes(f)]
    lines = [
        Rows(f.name, columns, present)
        for f in arrays
        if not _is_of_taxes(f) and _is_of_lines(f, columns := fields_by_role(f.children or (), COLUMNS))
    ]
    findings = [*totals(names, present), *dates(names, present)]
    for rows in taxes:
        findings += tax_rows(rows, lines=sum(len(items.numbers) for items in lines))
    for rows in lines:
        findings += line_rows(rows)
    # of two tables of the same kind, neither is known to be complete
    if len(taxes) == 1:
        findings += tax_sums(taxes[0], names, present)
    if len(lines) == 1:
        findings += line_sum(lines[0], names, present)
    return [*findings, *identifiers(present), *currency(schema.fields, present)]


def _is_of_taxes(array: Field) -> bool:
    return "tax" in name_meaning(array.name).concepts


def _is_of_lines(array: Field, columns: dict[str, str]) -> bool:
    """Return whether an array holds line items, by its name or its columns.

    Payments and discounts have amounts too; line items are named so, or have a quantity or a price.
    """
    return "line_total" in columns and bool(
        columns.keys() & {"quantity", "unit_price"} or _ITEM_CONCEPTS & name_meaning(array.name).concepts
    )
