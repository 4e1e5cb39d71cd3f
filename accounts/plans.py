"""What an account may do and what it pays."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from sqlalchemy import Row

from accounts.models import AccountRow

Cap = Literal["hard", "soft"]


@dataclass(frozen=True)
class Plan:
    """Limits and prices; a limit of 0 calls a minute is none."""

    free_calls: int = 100
    """A calendar month (UTC)."""
    price: Decimal = Decimal(1)
    """Of a call beyond those, in `currency`."""
    currency: str = "scans"
    cap: Cap = "hard"
    """`hard`: a call that neither the free calls nor the balance cover is refused; `soft`: the balance goes below 0."""
    key_calls_per_minute: int = 60
    calls_per_minute: int = 600
    may_choose_extractor: bool = False
    """Whether a call may name what proposes its values."""

    def of(self, account: AccountRow | Row[Any]) -> Plan:
        """The account's own terms where it has any, these elsewhere."""
        own = {f.name: getattr(account, f.name) for f in fields(self)}
        return replace(self, **{name: value for name, value in own.items() if value is not None})


def billing_month(now: datetime) -> tuple[datetime, datetime]:
    """The calendar month (UTC) around a moment: its first instant and that of the next month."""
    start = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return start, (start + timedelta(days=32)).replace(day=1)


def month_name(now: datetime) -> str:
    """`2025-04`."""
    return f"{now:%Y-%m}"
