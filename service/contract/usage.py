"""Usage reports for the API and the command line: the period, the groups and the table."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import get_args

from accounts import Usage, billing_month
from accounts.ledger import Grouping
from service.contract.errors import ApiError, invalid_property

MAX_DAY = date(9999, 1, 1)
"""First day that is refused: the end of a later day may not be representable."""
GROUPINGS: tuple[Grouping, ...] = get_args(Grouping)


def period(now: datetime, first: date | None, last: date | None) -> tuple[datetime, datetime]:
    """Return the start of the first day and the end of the last day.

    Args:
        now: the current time.
        first: the first day; by default the first of this month.
        last: the last day; by default today.

    Raises:
        ApiError: if the days are in the wrong order, or too far in the future.
    """
    start, _ = billing_month(now)
    first, last = first or start.date(), last or now.date()
    if last < first:
        raise ApiError("invalid_request", f"'from' is after 'to': got {first} and {last}. Swap them")
    if last >= MAX_DAY:
        raise ApiError("invalid_request", f"'to' is too late: expected a day before {MAX_DAY}, got {last}")
    midnight = datetime.min.time()
    begin = datetime.combine(first, midnight, start.tzinfo)
    return begin, datetime.combine(last + timedelta(days=1), midnight, start.tzinfo)


def grouping(text: str) -> list[Grouping]:
    """Parse groups such as `day,key`.

    Raises:
        ApiError: if one of them is unknown.
    """
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names or not set(names) <= set(GROUPINGS):
        raise invalid_property("by", f"expected any of {', '.join(GROUPINGS)}, got '{text[:60]}'")
    return [name for name in GROUPINGS if name in names]


def usage_csv(groups: Sequence[str], rows: Sequence[Usage]) -> str:
    """Format usage as CSV: a header, then one line per group.

    Args:
        groups: names of the grouping columns.
        rows: usage of each group.
    """
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow((*groups, "calls", "pages", "cost"))
    writer.writerows((*row.group.values(), row.calls, row.pages, plain(row.cost)) for row in rows)
    return table.getvalue()


def plain(amount: Decimal) -> Decimal | int:
    """Remove trailing zeros: `5.00` becomes 5, `0.050` becomes 0.05."""
    return int(amount) if amount == amount.to_integral_value() else amount.normalize()
