"""GET /amount and GET /usage: balance and usage of the account."""

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
    """Free calls of this calendar month (UTC)."""

    used: int = Constraint(description="Free calls used this month.")
    limit: int = Constraint(description="Free calls per month.")
    remaining: int = Constraint(description="Free calls left this month.")
    cycleStart: datetime = Constraint(description="Start of the month.")
    cycleEnd: datetime = Constraint(description="Start of the next month.")


class AmountAnswer(BaseModel):
    """Free calls, balance and price."""

    free: FreeCalls = Constraint(description="Free calls of this month.")
    balance: Decimal = Constraint(description="Prepaid amount left; can be below zero only under a soft cap.")
    currency: str = Constraint(description="Currency of the balance and of costs.")
    perCallCost: Decimal = Constraint(description="Price of a call beyond the free ones.")
    cap: Literal["hard", "soft"] = Constraint(
        description="`hard` refuses calls that neither free calls nor balance cover; `soft` allows a negative balance."
    )


class UsageGroup(BaseModel):
    """Usage of one group; has the keys that `by` names."""

    day: date | None = Constraint(default=None, description="Day in UTC.")
    key: str | None = Constraint(default=None, description="Prefix of the API key.")
    route: str | None = Constraint(default=None, description="Path of the route.")
    template: str | None = Constraint(default=None, description="Id of the template.")
    calls: int = Constraint(description="Charged calls.")
    pages: int = Constraint(description="Pages read in these calls.")
    cost: Decimal = Constraint(description="Cost beyond the free calls.")


class UsageReport(BaseModel):
    """Charged calls of the account."""

    calls: int = Constraint(description="Charged calls.")
    pages: int = Constraint(description="Pages read in these calls.")
    cost: Decimal = Constraint(description="Cost beyond the free calls.")
    currency: str = Constraint(description="Currency of the costs.")
    days: list[UsageGroup] = Constraint(description="Usage by day.")
    rows: list[UsageGroup] | None = Constraint(
        default=None, description="Usage by the groups in `by`; absent if `by` is `day`."
    )


class AccountController(Controller):
    """Balance and usage of the account; not metered."""

    tags = ("account",)
    security = ({"key": []},)
    dependencies = with_scope("usage")

    @get(
        "/amount",
        operation_id="getAmount",
        summary="Get the balance",
        responses=answer(
            AmountAnswer,
            "Free calls, balance and price.",
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
        """Return this month's free calls (UTC), how many are used, and the prepaid balance."""
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
        summary="Get usage",
        responses=answer(
            UsageReport,
            "Charged calls, as JSON, or as CSV with `?format=csv`.",
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
        first: Annotated[
            date | None, QueryParameter(name="from", description="First day; by default the first of this month.")
        ] = None,
        last: Annotated[date | None, QueryParameter(name="to", description="Last day; by default today.")] = None,
        by: Annotated[
            str, QueryParameter(description="Groups, comma-separated: any of `day,key,route,template`.")
        ] = "day",
        report_format: Annotated[
            Literal["json", "csv"], QueryParameter(name="format", description="Format of the response.")
        ] = "json",
    ) -> Response[bytes] | Response[str]:
        """Return the account's charged calls, pages and cost, by day (UTC), key, route or template."""
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
