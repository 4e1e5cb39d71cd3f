"""GET /amount and GET /usage: what the caller has used."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Literal

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from pydantic import BaseModel

from accounts import AccountStore, Caller, billing_month
from service.openapi import answer, errors
from service.problems import ApiError
from service.settings import Settings

MAX_DAY = date(9999, 1, 1)


class FreeCalls(BaseModel):
    """The month's free calls."""

    used: int
    limit: int
    remaining: int
    cycleStart: datetime
    cycleEnd: datetime


class AmountAnswer(BaseModel):
    """What is left this month."""

    free: FreeCalls
    balance: int
    currency: Literal["scans"]
    perCallCost: int


class UsageDay(BaseModel):
    """One day in UTC."""

    day: date
    calls: int
    pages: int


class UsageReport(BaseModel):
    """Charged calls by day."""

    calls: int
    pages: int
    days: list[UsageDay]


class AccountController(Controller):
    """The caller's own figures."""

    tags = ("account",)
    security = ({"key": []},)

    @get(
        "/amount",
        operation_id="getAmount",
        summary="Calls left",
        responses=answer(
            AmountAnswer,
            "The month's free calls.",
            {
                "free": {
                    "used": 12,
                    "limit": 100,
                    "remaining": 88,
                    "cycleStart": "2025-04-01T00:00:00Z",
                    "cycleEnd": "2025-05-01T00:00:00Z",
                },
                "balance": 0,
                "currency": "scans",
                "perCallCost": 1,
            },
        )
        | errors("invalid_api_key", "key_inactive"),
    )
    async def amount(
        self,
        caller: NamedDependency[Caller],
        account_store: NamedDependency[AccountStore],
        settings: NamedDependency[Settings],
    ) -> AmountAnswer:
        """The free calls of this calendar month (UTC) and how many of them are used."""
        start, end = billing_month(datetime.now(UTC))
        used, limit = await account_store.calls_between(caller, start, end), settings.free_calls_per_month
        free = FreeCalls(used=used, limit=limit, remaining=max(0, limit - used), cycleStart=start, cycleEnd=end)
        return AmountAnswer(free=free, balance=0, currency="scans", perCallCost=1)

    @get(
        "/usage",
        operation_id="getUsage",
        summary="Usage by day",
        responses=answer(
            UsageReport,
            "Charged calls; CSV with `?format=csv`.",
            {"calls": 3, "pages": 4, "days": [{"day": "2025-04-30", "calls": 3, "pages": 4}]},
        )
        | errors("invalid_request", "invalid_api_key", "key_inactive"),
    )
    async def usage(
        self,
        caller: NamedDependency[Caller],
        account_store: NamedDependency[AccountStore],
        first: Annotated[date | None, QueryParameter(name="from", description="First day; the month's first.")] = None,
        last: Annotated[date | None, QueryParameter(name="to", description="Last day; today.")] = None,
        report_format: Annotated[Literal["json", "csv"], QueryParameter(name="format")] = "json",
    ) -> UsageReport | Response[str]:
        """Charged calls and pages of each day (UTC), JSON or CSV; days without calls are left out."""
        start, _ = billing_month(datetime.now(UTC))
        first, last = first or start.date(), last or datetime.now(UTC).date()
        if last < first:
            raise ApiError("invalid_request", f"expected 'from' not after 'to'; {first} to {last} came")
        if last >= MAX_DAY:
            raise ApiError("invalid_request", f"expected 'to' before {MAX_DAY}; {last} came")
        begin = datetime.combine(first, datetime.min.time(), UTC)
        end = datetime.combine(last + timedelta(days=1), datetime.min.time(), UTC)
        days = await account_store.usage_by_day(caller, begin, end)
        if report_format == "csv":
            table = io.StringIO()
            writer = csv.writer(table)
            writer.writerow(("day", "calls", "pages"))
            writer.writerows((d.day.isoformat(), d.calls, d.pages) for d in days)
            return Response(table.getvalue(), media_type="text/csv")
        return UsageReport(
            calls=sum(d.calls for d in days),
            pages=sum(d.pages for d in days),
            days=[UsageDay(day=d.day, calls=d.calls, pages=d.pages) for d in days],
        )
