"""Check that the dates of a document are in a plausible order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from checks.arithmetic import Cells
from checks.rule_names import Rule
from schemas.results import FieldPath, Finding, Outcome

MAX_DELIVERY_DISTANCE = timedelta(days=366)
"""Goods are invoiced within a year before or after delivery; dates further apart mean that a year was misread."""


def dates(names: Mapping[str, str], cells: Cells) -> Iterator[Finding]:
    """Check that the date of issue is not after the due date, and within a year of the delivery.

    Args:
        names: the field of each role.
        cells: the cells that have a value.
    """
    issued, due, delivered = (_date(names, cells, role) for role in ("invoice_date", "due_date", "delivery_date"))
    if issued and due:
        holds = issued[1] <= due[1]
        message = f"issued {issued[1]}, due {due[1]}" + ("" if holds else f": {(issued[1] - due[1]).days} days before")
        yield _finding(Rule.DUE_DATE, holds, (issued[0], due[0]), message, issued[1] == due[1])
    if issued and delivered:
        apart = abs(issued[1] - delivered[1])
        message = f"issued {issued[1]}, delivered {delivered[1]}: {apart.days} days apart"
        yield _finding(Rule.DELIVERY_DATE, apart <= MAX_DELIVERY_DISTANCE, (issued[0], delivered[0]), message)


def _date(names: Mapping[str, str], cells: Cells, role: str) -> tuple[FieldPath, date] | None:
    cell = cells.get((names[role],)) if role in names else None
    try:
        return (cell.path, date.fromisoformat(str(cell.value))) if cell else None
    except ValueError:
        return None


def _finding(rule: Rule, holds: bool, paths: tuple[FieldPath, ...], message: str, trivial: bool = False) -> Finding:
    return Finding(rule, Outcome.PASSED if holds else Outcome.FAILED, paths, message, trivial)
