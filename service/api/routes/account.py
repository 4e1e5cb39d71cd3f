"""GET /amount and GET /usage: what the account has used."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
from anyio.to_thread import run_sync
from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from pydantic import BaseModel
from pydantic import Field as Constraint

from accounts import Accounts, Caller, Usage, billing_month
from accounts.ledger import Grouping
from service.api.authentication import with_scope
from service.api.openapi import answer, errors
from service.contract.usage import grouping, period, plain, usage_csv

BY_DAY: list[Grouping] = ["day"]
_NO_KEY = ("invalid_api_key", "key_inactive", "insufficient_scope")
_encoder = msgspec.json.Encoder(decimal_format="number")


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
    balance: Decimal = Constraint(description="Paid in and not used; below zero only under a soft cap.")
    currency: str
    perCallCost: Decimal = Constraint(description="Of a call beyond the free ones.")
    cap: Literal["hard", "soft"] = Constraint(description="Whether calls that nothing covers are refused.")


class UsageRow(BaseModel):
    """One group of calls; it has the keys that `by` names."""

    day: date | None = Constraint(default=None, description="In UTC.")
    key: str | None = Constraint(default=None, description="The key's prefix.")
    route: str | None = None
    template: str | None = None
    calls: int
    pages: int
    cost: Decimal


class UsageReport(BaseModel):
    """Charged calls."""

    calls: int
    pages: int
    cost: Decimal
    currency: str
    days: list[UsageRow]
    rows: list[UsageRow] | None = Constraint(default=None, description="As `by` groups them.")


class AccountController(Controller):
    """The account's own figures; not metered."""

    tags = ("account",)
    security = ({"key": []},)
    dependencies = with_scope("usage")

    @get(
        "/amount",
        operation_id="getAmount",
        summary="Calls left",
        responses=answer(
            AmountAnswer,
            "The month's free calls, and the balance.",
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
                "cap": "hard",
            },
        )
        | errors(*_NO_KEY),
    )
    async def amount(self, caller: NamedDependency[Caller], accounts: NamedDependency[Accounts]) -> Response[bytes]:
        """The free calls of this calendar month (UTC), how many of them are used, and what is paid in beyond them."""
        account = await run_sync(accounts.account_store.get, caller.account_id)
        start, end = billing_month(accounts.database.clock())
        plan = account.plan
        left = max(0, plan.free_calls - account.used)
        free = {"used": account.used, "limit": plan.free_calls, "remaining": left, "cycleStart": start, "cycleEnd": end}
        return _json(
            {
                "free": free,
                "balance": plain(account.balance),
                "currency": plan.currency,
                "perCallCost": plain(plan.price),
                "cap": plan.cap,
            }
        )

    @get(
        "/usage",
        operation_id="getUsage",
        summary="Usage",
        responses=answer(
            UsageReport,
            "Charged calls; CSV with `?format=csv`.",
            {
                "calls": 3,
                "pages": 4,
                "cost": 0,
                "currency": "scans",
                "days": [{"day": "2025-04-30", "calls": 3, "pages": 4, "cost": 0}],
            },
        )
        | errors("invalid_request", "validation_failed", *_NO_KEY),
    )
    async def usage(
        self,
        caller: NamedDependency[Caller],
        accounts: NamedDependency[Accounts],
        first: Annotated[date | None, QueryParameter(name="from", description="First day; the month's first.")] = None,
        last: Annotated[date | None, QueryParameter(name="to", description="Last day; today.")] = None,
        by: Annotated[str, QueryParameter(description="Any of `day,key,route,template`.")] = "day",
        report_format: Annotated[Literal["json", "csv"], QueryParameter(name="format")] = "json",
    ) -> Response[bytes] | Response[str]:
        """Charged calls, pages and cost of the account by day (UTC), key, route and template; JSON or CSV."""
        begin, end = period(accounts.database.clock(), first, last)
        groups = grouping(by)
        rows = await run_sync(accounts.ledger.usage, begin, end, groups, caller.account_id)
        if report_format == "csv":
            return Response(usage_csv(groups, rows), media_type="text/csv")
        days = rows
        if groups != BY_DAY:
            days = await run_sync(accounts.ledger.usage, begin, end, BY_DAY, caller.account_id)
        body: dict[str, Any] = {
            "calls": sum(row.calls for row in days),
            "pages": sum(row.pages for row in days),
            "cost": plain(sum((row.cost for row in days), Decimal(0))),
            "currency": caller.plan.currency,
            "days": [_row(row) for row in days],
        }
        if groups != BY_DAY:
            body["rows"] = [_row(row) for row in rows]
        return _json(body)


def _row(row: Usage) -> dict[str, Any]:
    return {**row.group, "calls": row.calls, "pages": row.pages, "cost": plain(row.cost)}


def _json(body: object) -> Response[bytes]:
    return Response(_encoder.encode(body), media_type="application/json")
