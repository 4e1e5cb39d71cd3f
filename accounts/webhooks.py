"""Addresses that want to be told, what they are told, and the log of it."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import Any, Literal, NamedTuple, get_args

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from accounts.database import Database
from accounts.errors import Conflict, NotFound
from accounts.models import AttemptRow, DeliveryRow, EventRow, WebhookRow

EventKind = Literal["job.finished", "job.cancelled", "document.succeeded", "document.failed"]
EVENTS: tuple[EventKind, ...] = get_args(EventKind)
TEST_EVENT = "webhook.test"
SECRET_PREFIX = "whsec_"
"""Of https://github.com/standard-webhooks/standard-webhooks, as are the headers."""
MAX_WEBHOOKS = 20
"""Of one account."""
LOG_LIFETIME = timedelta(days=7)
_OVERDUE = timedelta(seconds=20)


@dataclass(frozen=True)
class Delivery:
    """All that is needed to tell one address."""

    id: int
    account_id: int
    event_id: str
    url: str
    secret: str
    body: bytes
    attempts: int


class LoggedDelivery(NamedTuple):
    """One event on its way to one address, with its attempts, the first one first."""

    row: DeliveryRow
    event: EventRow
    attempts: Sequence[AttemptRow]


class QueuedDelivery(NamedTuple):
    """A delivery that lies in the queue."""

    id: int
    turn: int
    account_id: int


class Webhooks:
    """Every read and write of webhooks."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, account_id: int, url: str, events: Collection[str]) -> WebhookRow:
        """A new address, with the secret that signs what it is sent.

        Raises:
            Conflict: the account has too many.
        """
        with self._database.write() as session:
            count = session.scalar(select(func.count()).where(WebhookRow.account_id == account_id)) or 0
            if count >= MAX_WEBHOOKS:
                raise Conflict(f"an account may have {MAX_WEBHOOKS} webhooks; delete some first")
            row = WebhookRow(
                id=f"whk_{secrets.token_hex(10)}",
                account_id=account_id,
                url=url,
                events=sorted(events),
                secret=SECRET_PREFIX + base64.b64encode(secrets.token_bytes(32)).decode(),
                created_at=self._database.clock(),
            )
            session.add(row)
            return row

    def all(self, account_id: int) -> Sequence[WebhookRow]:
        """The oldest first."""
        with self._database.read() as session:
            found = select(WebhookRow).where(WebhookRow.account_id == account_id)
            return session.scalars(found.order_by(WebhookRow.created_at, WebhookRow.id)).all()

    def delete(self, account_id: int, webhook_id: str) -> None:
        """Tell this address nothing more; its log goes too.

        Raises:
            NotFound: there is no such webhook.
        """
        with self._database.write() as session:
            session.delete(_found(session, account_id, webhook_id))

    def test(self, account_id: int, webhook_id: str) -> QueuedDelivery:
        """An event for this address alone.

        Raises:
            NotFound: there is no such webhook.
        """
        with self._database.write() as session:
            webhook = _found(session, account_id, webhook_id)
            (queued_delivery,) = self._record(session, account_id, TEST_EVENT, {"webhookId": webhook.id}, [webhook.id])
            return queued_delivery

    def record(self, session: Session, account_id: int, kind: EventKind, data: dict[str, Any]) -> list[QueuedDelivery]:
        """Note an event within the caller's transaction; what is to be put into the queue."""
        webhooks = session.scalars(select(WebhookRow).where(WebhookRow.account_id == account_id))
        return self._record(session, account_id, kind, data, [w.id for w in webhooks if kind in w.events])

    def deliveries(self, account_id: int, webhook_id: str, limit: int = 50) -> list[LoggedDelivery]:
        """What was sent to an address, the newest first.

        Raises:
            NotFound: there is no such webhook.
        """
        with self._database.read() as session:
            webhook = _found(session, account_id, webhook_id)
            found = (select(DeliveryRow, EventRow).join(EventRow).where(DeliveryRow.webhook_id == webhook.id)).order_by(
                DeliveryRow.id.desc()
            )
            rows = session.execute(found.limit(limit)).tuples().all()
            return [LoggedDelivery(row, event, self._attempts(session, row.id)) for row, event in rows]

    def begin(self, delivery_id: int) -> Delivery | None:
        """What is to be sent; None when that was done, or the address is gone."""
        with self._database.write() as session:
            row = session.get(DeliveryRow, delivery_id)
            if row is None or row.state != "pending":
                return None
            row.due_at = self._database.clock()
            event, webhook = session.get_one(EventRow, row.event_id), session.get_one(WebhookRow, row.webhook_id)
            return Delivery(row.id, event.account_id, event.id, webhook.url, webhook.secret, event.body, row.attempts)

    def note(
        self, delivery_id: int, status: int | None, error: str | None, seconds: float, again: timedelta | None
    ) -> QueuedDelivery | None:
        """Log an attempt. With an error it is tried again after `again`, or given up; what is put into the queue."""
        now = self._database.clock()
        with self._database.write() as session:
            row = session.get(DeliveryRow, delivery_id, with_for_update=True)
            if row is None or row.state != "pending":
                return None
            message = error[:500] if error else None
            session.add(AttemptRow(delivery_id=row.id, at=now, status=status, error=message, seconds=seconds))
            row.attempts += 1
            if error is not None and again is not None:
                row.turn, row.due_at = row.turn + 1, now + again
                return QueuedDelivery(row.id, row.turn, session.get_one(EventRow, row.event_id).account_id)
            row.state, row.due_at, row.ended_at = ("delivered" if error is None else "failed"), None, now
            return None

    def overdue(self, limit: int = 500) -> list[QueuedDelivery]:
        """Deliveries that should have been sent long ago."""
        with self._database.read() as session:
            found = (
                select(DeliveryRow.id, DeliveryRow.turn, EventRow.account_id)
                .join(EventRow)
                .where(DeliveryRow.state == "pending", DeliveryRow.due_at < self._database.clock() - _OVERDUE)
                .order_by(DeliveryRow.due_at)
                .limit(limit)
            )
            return [QueuedDelivery(*row) for row in session.execute(found)]

    def extend(self, ids: Collection[int]) -> None:
        """They were looked for and are on their way."""
        with self._database.write() as session:
            still = update(DeliveryRow).where(DeliveryRow.id.in_(ids), DeliveryRow.state == "pending")
            session.execute(still.values(due_at=self._database.clock()))

    def put_again(self, lost: QueuedDelivery) -> QueuedDelivery | None:
        """A delivery that fell out of the queue, to be put into it once more; None when another was faster."""
        with self._database.write() as session:
            same = (DeliveryRow.id == lost.id, DeliveryRow.turn == lost.turn, DeliveryRow.state == "pending")
            done: Any = session.execute(
                update(DeliveryRow).where(*same).values(turn=lost.turn + 1, due_at=self._database.clock())
            )
            return lost._replace(turn=lost.turn + 1) if done.rowcount else None

    def forget(self) -> None:
        """Drop events, and with them their deliveries, that nobody asks for any more."""
        with self._database.write() as session:
            session.execute(delete(EventRow).where(EventRow.created_at <= self._database.clock() - LOG_LIFETIME))

    def _record(
        self, session: Session, account_id: int, kind: str, data: dict[str, Any], webhook_ids: Sequence[str]
    ) -> list[QueuedDelivery]:
        if not webhook_ids:
            return []
        now = self._database.clock()
        told = {"type": kind, "timestamp": now.astimezone(UTC).isoformat(timespec="milliseconds"), "data": data}
        event = EventRow(
            id=f"evt_{secrets.token_hex(10)}",
            account_id=account_id,
            kind=kind,
            body=json.dumps(told, ensure_ascii=False).encode(),
            created_at=now,
        )
        session.add(event)
        session.flush()
        rows = [
            DeliveryRow(event_id=event.id, webhook_id=w, state="pending", attempts=0, turn=0, due_at=now)
            for w in webhook_ids
        ]
        session.add_all(rows)
        session.flush()
        return [QueuedDelivery(row.id, row.turn, account_id) for row in rows]

    def _attempts(self, session: Session, delivery_id: int) -> Sequence[AttemptRow]:
        found = select(AttemptRow).where(AttemptRow.delivery_id == delivery_id).order_by(AttemptRow.id)
        return session.scalars(found).all()


def _found(session: Session, account_id: int, webhook_id: str) -> WebhookRow:
    row = session.get(WebhookRow, webhook_id)
    if row is None or row.account_id != account_id:
        raise NotFound(f"there is no webhook '{webhook_id[:60]}'")
    return row
