"""Admission of calls: limits of calls per minute, and the funds for a call.

The calls of all replicas are counted together.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import delete, text

from accounts.database import Database
from accounts.errors import InsufficientBalance, RateState, TooManyCalls
from accounts.keys import Caller
from accounts.plans import Plan, month_name
from accounts.tables import AccountRow, MonthRow, RateRow

_KEPT_MINUTES = 5
"""Past minutes whose counts are kept, in case the clock steps back."""

_COUNT = text(
    "INSERT INTO rate_window (subject, minute, calls) VALUES (:subject, :minute, 1) "
    "ON CONFLICT (subject, minute) DO UPDATE SET calls = rate_window.calls + 1 "
    "WHERE rate_window.calls < :limit RETURNING calls"
)


class RateLimiter:
    """Decides before each metered call whether it may begin."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def admit(self, caller: Caller) -> RateState | None:
        """Count a call against the limits of its key and its account.

        A refused call does not count against the limit that refuses it.

        Returns:
            The state of the limit with fewer calls left, or None if the caller has no limit.

        Raises:
            TooManyCalls: if the key or the account has used up the calls of this minute.
        """
        plan = caller.plan
        limits = [
            (f"key:{caller.key_id}", "key", plan.key_calls_per_minute),
            (f"account:{caller.account_id}", "account", plan.calls_per_minute),
        ]
        # the key first: a call that its own limit refuses must not use up the account's limit
        states = [self._count(*limit) for limit in limits if limit[2]]
        return min(states, key=lambda state: state.remaining, default=None)

    def require_funds(self, caller: Caller, calls: int = 1) -> None:
        """Refuse work that the account cannot pay for.

        To be called after looking for a reply that was paid already.

        Args:
            caller: The caller who is charged.
            calls: The number of calls that the work will be charged as.

        Raises:
            InsufficientBalance: if the cap is hard and neither free calls nor the balance are enough.
        """
        plan = caller.plan
        if plan.cap == "soft":
            return
        with self._database.read() as session:
            month = session.get(MonthRow, (caller.account_id, month_name(self._database.clock())))
            used = month.calls if month else 0
            paid = calls - max(0, min(calls, plan.free_calls - used))
            if not paid:
                return
            balance = session.get_one(AccountRow, caller.account_id).balance
        if balance < paid * plan.price:
            raise insufficient_balance(plan, balance)

    def forget(self) -> None:
        """Delete the counts of past minutes."""
        now = int(self._database.clock().timestamp() // 60)
        with self._database.write() as session:
            session.execute(delete(RateRow).where(RateRow.minute < now - _KEPT_MINUTES))

    def _count(self, subject: str, kind: str, limit: int) -> RateState:
        now = self._database.clock().timestamp()
        minute = int(now // 60)
        with self._database.write(durable=False) as session:
            counted = {"subject": subject, "minute": minute, "limit": limit}
            calls = session.connection().execute(_COUNT, counted).scalar()
        remaining = 0 if calls is None else max(0, limit - calls)
        state = RateState(limit, remaining, datetime.fromtimestamp((minute + 1) * 60, UTC))
        if calls is None:
            wait = max(1, int((minute + 1) * 60 - now))
            raise TooManyCalls(f"this {kind} may make {limit} calls a minute; wait {wait} s", state, wait)
        return state


def insufficient_balance(plan: Plan, balance: object) -> InsufficientBalance:
    """Return the error that says what a call costs and what is left."""
    return InsufficientBalance(
        f"this month's {plan.free_calls} free calls are used up and the balance is {balance} {plan.currency}, "
        f"but a call costs {plan.price.normalize():f}; add to the balance, or wait for the next month"
    )
