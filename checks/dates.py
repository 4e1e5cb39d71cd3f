"""Dates in the order that business has them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from checks.names import Rule
from checks.sums import Cells
from schemas.results import FieldPath, Finding, Outcome

DELIVERY_WINDOW = timedelta(days=366)
"""Goods are invoiced within a year before or after they come; further apart a year has been misread."""


def dates(meanings: Mapping[str, str], cells: Cells) -> Iterator[Finding]:
    """Issued no later than due, delivered within a year of it."""
    issued, due, delivered = (_date(meanings, cells, m) for m in ("issue_date", "due_date", "delivery_date"))
    if issued and due:
        holds = issued[1] <= due[1]
        message = f"issued {issued[1]}, due {due[1]}" + ("" if holds else f": {(issued[1] - due[1]).days} days before")
        yield _finding(Rule.DUE_DATE, holds, (issued[0], due[0]), message, issued[1] == due[1])
    if issued and delivered:
        apart = abs(issued[1] - delivered[1])
        message = f"issued {issued[1]}, delivered {delivered[1]}: {apart.days} days apart"
        yield _finding(Rule.DELIVERY_DATE, apart <= DELIVERY_WINDOW, (issued[0], delivered[0]), message)


def _date(meanings: Mapping[str, str], cells: Cells, meaning: str) -> tuple[FieldPath, date] | None:
    cell = cells.get((meanings[meaning],)) if meaning in meanings else None
    try:
        return (cell.path, date.fromisoformat(str(cell.value))) if cell else None
    except ValueError:
        return None


def _finding(rule: Rule, holds: bool, paths: tuple[FieldPath, ...], message: str, trivial: bool = False) -> Finding:
    return Finding(rule, Outcome.PASSED if holds else Outcome.FAILED, paths, message, trivial)
