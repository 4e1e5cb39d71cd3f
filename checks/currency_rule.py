"""Check the stated currency against the signs and codes printed with the amounts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from checks.arithmetic import Cells
from checks.field_roles import fields_by_role
from checks.rule_names import Rule
from schemas.fields import Field, FieldType
from schemas.normalise.currencies import is_code, is_sign, written_forms
from schemas.results import FieldPath, Finding, Outcome
from schemas.vocabulary import FIELDS


def currency(fields: Sequence[Field], cells: Cells) -> Iterator[Finding]:
    """Check the currency against the signs and codes in the texts of all amounts.

    Amounts in rows are included.
    """
    paths = list(_currency_paths(fields, cells))
    if len(paths) != 1:
        return
    stated = str(cells[paths[0]].value)
    signs = {
        path: found
        for path, cell in cells.items()
        if path not in paths and (found := _signs(cell.raw_text, cell.value))
    }
    if not signs or not (is_code(stated) or is_sign(stated)):
        return
    others = {path: found for path, found in signs.items() if not all(_same(stated, sign) for sign in found)}
    shown = ", ".join(sorted({sign for found in (others or signs).values() for sign in found}))
    message = f"the currency is {stated}, {'but ' if others else ''}amounts are in {shown}"
    outcome = Outcome.FAILED if others else Outcome.PASSED
    yield Finding(Rule.CURRENCY, outcome, (paths[0], *(others or signs)), message)


def _currency_paths(fields: Sequence[Field], cells: Cells) -> Iterator[FieldPath]:
    """Yield the currency of the document, or of the column of an array with a single row.

    Line items may differ in currency.
    """
    if (name := fields_by_role(fields, FIELDS).get("currency")) and (name,) in cells:
        yield (name,)
    for field in fields:
        columns = field.children or ()
        if field.type is FieldType.ARRAY and (name := fields_by_role(columns, FIELDS).get("currency")):
            yield from (path for path in cells if path[0] == field.name and path[-1] == name)


def _signs(raw_text: str | None, value: object) -> set[str]:
    """Return the currency signs and ISO codes in the text of an amount."""
    if raw_text is None or isinstance(value, str | bool):
        return set()
    codes = {word for word in re.findall(r"(?<![^\W\d_])[A-Z]{3}(?![^\W\d_])", raw_text) if is_code(word)}
    return codes | {character for character in raw_text if is_sign(character)}


def _same(stated: str, sign: str) -> bool:
    """Return whether two currencies can be the same: many dollars are written `$`."""
    return stated == sign or sign in _forms(stated) or stated in _forms(sign)


def _forms(text: str) -> tuple[str, ...]:
    return written_forms(text) if is_code(text) else ()
