"""Reports of usage: which time, which groups, and the table; the same for the API and the command line."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import get_args

from accounts import Usage, billing_month
from accounts.ledger import Grouping
from service.contract.errors import ApiError

MAX_DAY = date(9999, 1, 1)
GROUPINGS: tuple[Grouping, ...] = get_args(Grouping)


def period(now: datetime, first: date | None, last: date | None) -> tuple[datetime, datetime]:
    """From the first instant of `first` (the month's first day) to that after `last` (today).

    Raises:
        ApiError: they are in the wrong order.
    """
    start, _ = billing_month(now)
    first, last = first or start.date(), last or now.date()
    if last < first:
        raise ApiError("invalid_request", f"expected 'from' not after 'to'; {first} to {last} came")
    if last >= MAX_DAY:
        raise ApiError("invalid_request", f"expected 'to' before {MAX_DAY}; {last} came")
    midnight = datetime.min.time()
    begin = datetime.combine(first, midnight, start.tzinfo)
    return begin, datetime.combine(last + timedelta(days=1), midnight, start.tzinfo)


def grouping(text: str) -> list[Grouping]:
    """`day,key` -> the groups.

    Raises:
        ApiError: one of them is unknown.
    """
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names or not set(names) <= set(GROUPINGS):
        raise ApiError("validation_failed", f"by: expected any of {', '.join(GROUPINGS)}; came '{text[:60]}'")
    return [name for name in GROUPINGS if name in names]


def usage_csv(groups: Sequence[str], rows: Sequence[Usage]) -> str:
    """A header and a line for each group."""
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow((*groups, "calls", "pages", "cost"))
    writer.writerows((*row.group.values(), row.calls, row.pages, plain(row.cost)) for row in rows)
    return table.getvalue()


def plain(amount: Decimal) -> Decimal | int:
    """Without zeros that say nothing: `5`, `0.05`."""
    return int(amount) if amount == amount.to_integral_value() else amount.normalize()
