"""Plans: what an account may do and what it pays."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from sqlalchemy import Row

from accounts.tables import AccountRow

Cap = Literal["hard", "soft"]


@dataclass(frozen=True)
class Plan:
    """Limits and prices; 0 calls a minute means no limit."""

    free_calls: int = 100
    """Calls per calendar month (UTC) that cost nothing."""
    price: Decimal = Decimal(1)
    """Price of each further call, in `currency`."""
    currency: str = "scans"
    """Unit of prices and balances, such as EUR."""
    cap: Cap = "hard"
    """`hard` refuses a call that neither free calls nor the balance cover; `soft` lets the balance go below 0."""
    key_calls_per_minute: int = 60
    """Calls per minute of each key."""
    calls_per_minute: int = 600
    """Calls per minute of all keys of the account together."""
    may_choose_extractor: bool = False
    """True if a call may name the extractor that proposes its values."""

    def for_account(self, account: AccountRow | Row[Any]) -> Plan:
        """Return this plan with the account's own terms in place of the default ones."""
        own = {f.name: getattr(account, f.name) for f in fields(self)}
        return replace(self, **{name: value for name, value in own.items() if value is not None})


def billing_month(now: datetime) -> tuple[datetime, datetime]:
    """Return the start of the calendar month (UTC) that contains `now`, and of the next month."""
    start = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return start, (start + timedelta(days=32)).replace(day=1)


def month_name(now: datetime) -> str:
    """Return the name of a month, such as `2025-04`."""
    return f"{now:%Y-%m}"
