"""Add documents and webhook deliveries to the work queue in the caller's transaction.

That is the transaction that makes them due.

The queue is DBOS, in tables of the same database. Because a job and its queue entries are written in one transaction,
there is never a queued document without an entry, so nothing has to look for lost ones. An entry holds a number only.
It may be worked on twice (a process that was taken for dead, a machine that stopped between two writes), so whatever
works on an entry first asks `JobDocuments` or `Webhooks` whether there is still something to do.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import NamedTuple, Protocol

from dbos import DBOSClient, EnqueueOptions
from sqlalchemy.orm import Session

from accounts.database import Database

APPLICATION = "docwitness"
"""Owner of the queue's rows: a DBOS process runs only what belongs to an application of its own name."""
DOCUMENT_QUEUE, DELIVERY_QUEUE = "documents", "deliveries"
DOCUMENT_WORKFLOW, DELIVERY_WORKFLOW = "document", "delivery"
QUEUE_VERSION = "1"
"""Version of the entries: a process takes only those of its own version, so raise it when their arguments change."""


class QueuedDocument(NamedTuple):
    """A document of a job that is to be worked on."""

    id: int
    account_id: int
    priority: int
    """1 is taken before 2, 2 before 3."""


class QueuedDelivery(NamedTuple):
    """An event that is to be sent to one webhook."""

    id: int
    account_id: int


class WorkQueue(Protocol):
    """Takes entries within the caller's transaction.

    They exist if, and only if, it is committed.
    """

    def add_document(self, session: Session, document: QueuedDocument, delay: timedelta = timedelta(0)) -> None:
        """Have a document worked on, not before the delay is over."""

    def add_delivery(self, session: Session, delivery: QueuedDelivery, delay: timedelta = timedelta(0)) -> None:
        """Have an event sent, not before the delay is over."""


class DbosWorkQueue:
    """Entries as DBOS workflows; `service.jobs.queue` runs them."""

    def __init__(self, database: Database) -> None:
        # lazy, so that commands that queue nothing need no queue tables
        self._client = DBOSClient(system_database_engine=database.engine, application_name=APPLICATION, lazy=True)

    def add_document(self, session: Session, document: QueuedDocument, delay: timedelta = timedelta(0)) -> None:
        """Have a document worked on, not before the delay is over."""
        options = _options(DOCUMENT_QUEUE, DOCUMENT_WORKFLOW, document.id, document.account_id, delay)
        options["priority"] = document.priority
        self._client.enqueue_in_transaction(session, options, document.id)

    def add_delivery(self, session: Session, delivery: QueuedDelivery, delay: timedelta = timedelta(0)) -> None:
        """Have an event sent, not before the delay is over."""
        options = _options(DELIVERY_QUEUE, DELIVERY_WORKFLOW, delivery.id, delivery.account_id, delay)
        self._client.enqueue_in_transaction(session, options, delivery.id)


def _options(queue: str, workflow: str, number: int, account_id: int, delay: timedelta) -> EnqueueOptions:
    options: EnqueueOptions = {
        "queue_name": queue,
        "workflow_name": workflow,
        # the number is for people who look into the tables; each entry is a new one
        "workflow_id": f"{workflow}-{number}-{secrets.token_hex(8)}",
        "app_version": QUEUE_VERSION,
        "queue_partition_key": str(account_id),
    }
    if delay:
        options["delay_seconds"] = delay.total_seconds()
    return options
