"""Webhooks: addresses, the events that are sent to them, and the log of deliveries."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, NamedTuple, get_args

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from accounts.database import Database
from accounts.errors import Conflict, NotFound
from accounts.tables import AttemptRow, DeliveryRow, EventRow, WebhookRow
from accounts.work_queue import QueuedDelivery, WorkQueue

EventKind = Literal["job.finished", "job.cancelled", "document.succeeded", "document.failed"]
EVENTS: tuple[EventKind, ...] = get_args(EventKind)
TEST_EVENT = "webhook.test"
SECRET_PREFIX = "whsec_"
"""Start of every secret, as https://github.com/standard-webhooks/standard-webhooks defines it."""
MAX_WEBHOOKS_PER_ACCOUNT = 20
"""Bounds the deliveries that one event makes."""
LOG_LIFETIME = timedelta(days=7)
"""Time for which events and their deliveries are kept; the last retry of a delivery comes within a day."""
_MAX_ERROR_CHARACTERS = 500
"""Length of the delivery log's column."""


@dataclass(frozen=True)
class Delivery:
    """Everything needed to send one event to one address."""

    id: int
    account_id: int
    event_id: str
    url: str
    secret: str
    body: bytes
    attempts: int
    """Attempts made so far."""


class LoggedDelivery(NamedTuple):
    """One event on its way to one address, with its attempts in order."""

    row: DeliveryRow
    event: EventRow
    attempts: Sequence[AttemptRow]


class Webhooks:
    """Every read and write of webhooks."""

    def __init__(self, database: Database, queue: WorkQueue) -> None:
        self._database = database
        self._queue = queue

    def create(self, account_id: int, url: str, events: Collection[str]) -> WebhookRow:
        """Save a new address with the secret that signs its events.

        Raises:
            Conflict: if the account has too many webhooks.
        """
        with self._database.write() as session:
            count = session.scalar(select(func.count()).where(WebhookRow.account_id == account_id)) or 0
            if count >= MAX_WEBHOOKS_PER_ACCOUNT:
                raise Conflict(
                    f"too many webhooks: expected at most {MAX_WEBHOOKS_PER_ACCOUNT} in an account, "
                    f"got {count + 1}. Delete some first."
                )
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
        """Return the account's webhooks, the oldest first."""
        with self._database.read() as session:
            found = select(WebhookRow).where(WebhookRow.account_id == account_id)
            return session.scalars(found.order_by(WebhookRow.created_at, WebhookRow.id)).all()

    def delete(self, account_id: int, webhook_id: str) -> None:
        """Delete a webhook with its delivery log; nothing more is sent to it.

        Raises:
            NotFound: if there is no such webhook.
        """
        with self._database.write() as session:
            session.delete(_found(session, account_id, webhook_id))

    def test(self, account_id: int, webhook_id: str) -> DeliveryRow:
        """Record and queue a test event for one webhook.

        Raises:
            NotFound: if there is no such webhook.
        """
        with self._database.write() as session:
            webhook = _found(session, account_id, webhook_id)
            (delivery,) = self._record(session, account_id, TEST_EVENT, {"webhookId": webhook.id}, [webhook.id])
            return delivery

    def record(self, session: Session, account_id: int, kind: EventKind, data: dict[str, Any]) -> None:
        """Record an event and queue it for every webhook that wants it.

        Both are within the caller's transaction.
        """
        webhooks = session.scalars(select(WebhookRow).where(WebhookRow.account_id == account_id))
        self._record(session, account_id, kind, data, [w.id for w in webhooks if kind in w.events])

    def deliveries(self, account_id: int, webhook_id: str, limit: int = 50) -> list[LoggedDelivery]:
        """Return the newest deliveries to a webhook, the newest first.

        Raises:
            NotFound: if there is no such webhook.
        """
        with self._database.read() as session:
            webhook = _found(session, account_id, webhook_id)
            found = (select(DeliveryRow, EventRow).join(EventRow).where(DeliveryRow.webhook_id == webhook.id)).order_by(
                DeliveryRow.id.desc()
            )
            rows = session.execute(found.limit(limit)).tuples().all()
            return [LoggedDelivery(row, event, self._attempts(session, row.id)) for row, event in rows]

    def begin(self, delivery_id: int) -> Delivery | None:
        """Return what is to be sent, or None if the delivery has ended or its webhook is gone."""
        with self._database.read() as session:
            row = session.get(DeliveryRow, delivery_id)
            if row is None or row.state != "pending":
                return None
            event, webhook = session.get_one(EventRow, row.event_id), session.get_one(WebhookRow, row.webhook_id)
            return Delivery(row.id, event.account_id, event.id, webhook.url, webhook.secret, event.body, row.attempts)

    def log_attempt(
        self,
        delivery_id: int,
        attempts: int,
        status: int | None,
        error: str | None,
        seconds: float,
        retry_after: timedelta | None,
    ) -> None:
        """Log an attempt and end the delivery, or queue the next attempt if this one failed.

        An attempt is logged once however often this is called, and not at all if another process has logged one since:
        each attempt has at most one entry in the queue that follows it.

        Args:
            delivery_id: the delivery.
            attempts: how many attempts were made before this one, as `begin` returned it.
            status: the receiver's HTTP status; None if it did not answer.
            error: why the attempt failed; None if it succeeded.
            seconds: how long the attempt took.
            retry_after: when to try again after an error; None gives the delivery up.
        """
        now = self._database.clock()
        with self._database.write() as session:
            row = session.get(DeliveryRow, delivery_id, with_for_update=True)
            if row is None or row.state != "pending" or row.attempts != attempts:
                return
            message = error[:_MAX_ERROR_CHARACTERS] if error else None
            session.add(AttemptRow(delivery_id=row.id, at=now, status=status, error=message, seconds=seconds))
            row.attempts += 1
            if error is not None and retry_after is not None:
                row.next_attempt_at = now + retry_after
                account_id = session.get_one(EventRow, row.event_id).account_id
                self._queue.add_delivery(session, QueuedDelivery(row.id, account_id), retry_after)
                return
            row.state, row.next_attempt_at, row.ended_at = ("delivered" if error is None else "failed"), None, now

    def queue_pending(self, find_queued: Callable[[], Collection[int]]) -> int:
        """Queue every pending delivery that has no entry, and return how many.

        For upgrades from older queues.

        Args:
            find_queued: returns the ids of deliveries that have an entry; see `JobDocuments.queue_unfinished`.
        """
        now = self._database.clock()
        with self._database.write() as session:
            found = (
                select(DeliveryRow.id, EventRow.account_id, DeliveryRow.next_attempt_at)
                .join(EventRow)
                .where(DeliveryRow.state == "pending")
                .order_by(DeliveryRow.id)
            )
            pending = session.execute(found).tuples().all()
            queued = find_queued()
            missing = [row for row in pending if row[0] not in queued]
            for delivery_id, account_id, due in missing:
                self._queue.add_delivery(session, QueuedDelivery(delivery_id, account_id), _until(due, now))
            return len(missing)

    def forget(self) -> None:
        """Delete events, and with them their deliveries, that are older than the log is kept."""
        with self._database.write() as session:
            session.execute(delete(EventRow).where(EventRow.created_at <= self._database.clock() - LOG_LIFETIME))

    def _record(
        self, session: Session, account_id: int, kind: str, data: dict[str, Any], webhook_ids: Sequence[str]
    ) -> list[DeliveryRow]:
        if not webhook_ids:
            return []
        now = self._database.clock()
        content = {"type": kind, "timestamp": now.astimezone(UTC).isoformat(timespec="milliseconds"), "data": data}
        event = EventRow(
            id=f"evt_{secrets.token_hex(10)}",
            account_id=account_id,
            kind=kind,
            body=json.dumps(content, ensure_ascii=False).encode(),
            created_at=now,
        )
        session.add(event)
        session.flush()
        rows = [
            DeliveryRow(event_id=event.id, webhook_id=w, state="pending", attempts=0, next_attempt_at=now)
            for w in webhook_ids
        ]
        session.add_all(rows)
        session.flush()
        for row in rows:
            self._queue.add_delivery(session, QueuedDelivery(row.id, account_id))
        return rows

    def _attempts(self, session: Session, delivery_id: int) -> Sequence[AttemptRow]:
        found = select(AttemptRow).where(AttemptRow.delivery_id == delivery_id).order_by(AttemptRow.id)
        return session.scalars(found).all()


def _found(session: Session, account_id: int, webhook_id: str) -> WebhookRow:
    row = session.get(WebhookRow, webhook_id)
    if row is None or row.account_id != account_id:
        raise NotFound(f"there is no webhook '{webhook_id[:60]}'")
    return row


def _until(moment: datetime | None, now: datetime) -> timedelta:
    """Return the time until a moment; none at all if it is unknown or past."""
    return max(moment - now, timedelta(0)) if moment else timedelta(0)
