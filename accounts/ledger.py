"""The ledger: one entry for each successful call.

Each entry is written in one transaction with the reply that can be replayed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Literal, NamedTuple

from sqlalchemy import ColumnElement, bindparam, delete, func, insert, select, text, update
from sqlalchemy.orm import Session

from accounts.database import Database
from accounts.errors import AnsweredBefore, IdempotencyConflict
from accounts.plans import Plan, month_name
from accounts.rate_limiter import insufficient_balance
from accounts.tables import AccountRow, Amount, KeyRow, ReplyRow, UsageRow, UtcDateTime

REPLY_LIFETIME = timedelta(hours=24)
"""Time for which a reply can be replayed by its `Idempotency-Key`."""
Grouping = Literal["day", "key", "route", "template"]


@dataclass(frozen=True)
class Charge:
    """One successful call, as the ledger records it."""

    request_id: str
    route: str
    template: str | None
    pages: int
    seconds: dict[str, float]
    """Duration of each stage, in seconds."""
    template_version: int | None = None


@dataclass(frozen=True)
class Payer:
    """The account that is charged, and the key that made the call."""

    account_id: int
    key_id: int
    plan: Plan


@dataclass(frozen=True)
class Idempotency:
    """An `Idempotency-Key` and the SHA-256 of the request that it was sent with."""

    key: str
    fingerprint: str


class Reply(NamedTuple):
    """The body of an answer."""

    body: bytes
    replayed: bool
    """True if it is the reply to an earlier call with the same `Idempotency-Key`."""


@dataclass(frozen=True)
class Usage:
    """Calls, pages and cost of one group of calls."""

    group: dict[str, str | None]
    """The values of `day`, `key`, `route` and `template`, as far as they were requested."""
    calls: int
    pages: int
    cost: Decimal


_COUNT_CALL = text(
    "INSERT INTO month_usage (account_id, month, calls) VALUES (:account_id, :month, 1) "
    "ON CONFLICT (account_id, month) DO UPDATE SET calls = month_usage.calls + 1 RETURNING calls"
)
_FIND_REPLY = text(
    "SELECT fingerprint, body FROM idempotent_reply "
    "WHERE account_id = :account_id AND idempotency_key = :idempotency_key AND created_at > :expired"
).bindparams(bindparam("expired", type_=UtcDateTime))
_KEEP_REPLY = text(
    "INSERT INTO idempotent_reply (account_id, idempotency_key, fingerprint, body, created_at) "
    "VALUES (:account_id, :idempotency_key, :fingerprint, :body, :now) "
    "ON CONFLICT (account_id, idempotency_key) DO UPDATE "
    "SET fingerprint = excluded.fingerprint, body = excluded.body, created_at = excluded.created_at "
    "WHERE idempotent_reply.created_at <= :expired RETURNING id"
).bindparams(bindparam("now", type_=UtcDateTime), bindparam("expired", type_=UtcDateTime))
_ADD_ENTRY = insert(UsageRow.__table__)  # type: ignore[arg-type]
_PAY = (
    update(AccountRow.__table__)  # type: ignore[arg-type]
    .where(AccountRow.id == bindparam("payer"))
    .values(balance=AccountRow.balance - bindparam("cost", type_=Amount))
)
_PAY_IF_COVERED = _PAY.where(AccountRow.balance >= bindparam("cost", type_=Amount))


class Ledger:
    """Reads and writes the ledger and the replies that can be replayed.

    The statements of every call are built once and bypass the object mapper, because building them took most of the
    time that a call spent here.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def replay(self, account_id: int, idempotency: Idempotency) -> bytes | None:
        """Return the earlier reply to an `Idempotency-Key`, or None if there is none.

        Raises:
            IdempotencyConflict: if the key was used with another request.
        """
        since = self._database.clock() - REPLY_LIFETIME
        wanted = {"account_id": account_id, "idempotency_key": idempotency.key, "expired": since}
        with self._database.read() as session:
            found = session.connection().execute(_FIND_REPLY, wanted).first()
        if found is None:
            return None
        if found.fingerprint != idempotency.fingerprint:
            raise IdempotencyConflict(
                "this Idempotency-Key was used before with another request; use a new key for a new request"
            )
        return bytes(found.body)

    def charge(
        self,
        payer: Payer,
        charge: Charge,
        body: bytes,
        idempotency: Idempotency | None = None,
        also: Callable[[Session], None] | None = None,
    ) -> Reply:
        """Write a call into the ledger, with its reply if that can be replayed, in one transaction.

        Args:
            payer: The account and the key that are charged.
            charge: The call.
            body: The reply to the call.
            idempotency: The caller's `Idempotency-Key`, if it sent one.
            also: Writes more in the same transaction.

        Returns:
            The reply to send: `body`, or that of a concurrent call with the same key, which alone is charged.

        Raises:
            InsufficientBalance: if another call has used what was left; nothing is charged.
            IdempotencyConflict: if a concurrent call used the same key for another request.
        """
        try:
            with self._database.write() as session:
                if idempotency:  # first: a repetition gets the earlier reply even if the balance is used up
                    self.remember(session, payer.account_id, idempotency, body)
                self.enter(session, payer, charge)
                if also:
                    also(session)
        except AnsweredBefore:
            assert idempotency is not None
            first = self.replay(payer.account_id, idempotency)
            if first is None:  # it expired a moment ago
                return self.charge(payer, charge, body, idempotency, also)
            return Reply(first, True)
        return Reply(body, False)

    def enter(self, session: Session, payer: Payer, charge: Charge) -> None:
        """Charge a call within the caller's transaction.

        Raises:
            InsufficientBalance: if the cap is hard and neither free calls nor the balance are enough.
            IntegrityError: if the request was charged before.
        """
        now = self._database.clock()
        connection = session.connection()
        month = {"account_id": payer.account_id, "month": month_name(now)}
        calls = connection.execute(_COUNT_CALL, month).scalar_one()
        price = payer.plan.price if calls > payer.plan.free_calls else Decimal(0)
        if price:
            pay = _PAY_IF_COVERED if payer.plan.cap == "hard" else _PAY
            if not connection.execute(pay, {"payer": payer.account_id, "cost": price}).rowcount:
                raise insufficient_balance(payer.plan, session.get_one(AccountRow, payer.account_id).balance)
        owner = {"account_id": payer.account_id, "api_key_id": payer.key_id, "created_at": now, "price": price}
        connection.execute(_ADD_ENTRY, owner | vars(charge))

    def remember(self, session: Session, account_id: int, idempotency: Idempotency, body: bytes) -> None:
        """Store a reply for its `Idempotency-Key` within the caller's transaction.

        Raises:
            AnsweredBefore: if a reply to this key is stored already.
        """
        now = self._database.clock()
        values = {
            "account_id": account_id,
            "idempotency_key": idempotency.key,
            "fingerprint": idempotency.fingerprint,
            "body": body,
            "now": now,
            "expired": now - REPLY_LIFETIME,
        }
        if session.connection().execute(_KEEP_REPLY, values).first() is None:
            raise AnsweredBefore

    def forget(self) -> None:
        """Delete replies that can no longer be replayed."""
        with self._database.write() as session:
            session.execute(delete(ReplyRow).where(ReplyRow.created_at <= self._database.clock() - REPLY_LIFETIME))

    def usage(
        self, start: datetime, end: datetime, by: Sequence[Grouping] = (), account_id: int | None = None
    ) -> list[Usage]:
        """Count the calls of a period in groups, sorted by group.

        Args:
            start: The beginning of the period.
            end: The end of the period; a call at this very time is not counted.
            by: The properties that make up a group; without any, all calls are one group.
            account_id: The account whose calls are counted; None for all accounts.
        """
        groups = [self._group(name) for name in by]
        found = (
            select(func.count(), func.sum(UsageRow.pages), func.sum(UsageRow.price), *groups)
            .select_from(UsageRow)
            .join(KeyRow)
            .where(UsageRow.created_at >= start, UsageRow.created_at < end)
            .group_by(*groups)
            .order_by(*groups)
        )
        if account_id is not None:
            found = found.where(UsageRow.account_id == account_id)
        with self._database.read() as session:
            return [
                Usage(
                    {name: None if value is None else str(value) for name, value in zip(by, group, strict=True)},
                    calls,
                    int(pages or 0),
                    cost or Decimal(0),
                )
                for calls, pages, cost, *group in session.execute(found)
            ]

    def _group(self, name: Grouping) -> ColumnElement[Any]:
        moment: ColumnElement[Any] = UsageRow.created_at.expression
        utc = moment if self._database.is_sqlite else func.timezone("UTC", moment)  # SQLite keeps UTC
        columns: dict[Grouping, ColumnElement[Any]] = {
            "day": func.date(utc),
            "key": KeyRow.prefix.expression,
            "route": UsageRow.route.expression,
            "template": UsageRow.template.expression,
        }
        return columns[name]
