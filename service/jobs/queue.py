"""The durable queue: which document and which webhook is worked on next, on which machine.

What lies in it are numbers only; what they stand for is in `accounts`, the bytes are in the store. A number may come
out twice (a process was taken for dead, a machine stopped between two writes): what takes it out has to bear that.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Protocol

from dbos import DBOS, SetEnqueueOptions, SetWorkflowID

from accounts.jobs import Waiting
from accounts.webhooks import QueuedDelivery

DOCUMENTS, DELIVERIES = "documents", "deliveries"
VERSION = "1"
"""Of what lies in the queue: processes take out only what they understand."""
PROCESS_DOCUMENTS = 8
"""That a process takes at a time, more than most can work on: it asks only a few times a second. The same for all,
since the queue keeps one number; a machine with more cores than this runs several processes."""
POLLING_SECONDS = 0.2
ACCOUNT_DELIVERIES = 4
"""Webhooks of one account that are called at the same time; a slow one holds up nobody else's."""
PROCESS_DELIVERIES = 16
_CONNECTIONS = 10
"""To the database, for the queue alone."""
_ALIVE = ("ENQUEUED", "DELAYED")
_DONE = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]
_KEPT = timedelta(minutes=10)
"""How long the queue remembers what is done; it is of use only for looking into it by hand."""


class Queue(Protocol):
    """Where work is put, and where it is looked for."""

    def put_document(self, waiting: Waiting, delay: timedelta = timedelta(0)) -> None:
        """A document of a job."""

    def put_delivery(self, queued_delivery: QueuedDelivery, delay: timedelta = timedelta(0)) -> None:
        """A webhook that is to be called."""


class DurableQueue:
    """DBOS: workflows in the tables of a SQLite file, or of Postgres with any number of processes.

    There is one in a process, as DBOS wants it.
    """

    def __init__(self, url: str, process_id: str) -> None:
        """Nothing happens yet.

        Args:
            url: `sqlite:///path` or `postgresql+psycopg://…`.
            process_id: of this process; never used again after it.
        """
        self._url = url
        self._process_id = process_id

    def start(
        self,
        document: Callable[[int], None],
        delivery: Callable[[int], None],
        *,
        listen: bool,
        account_concurrency: int,
    ) -> None:
        """Make the tables, begin to work.

        Args:
            document: works on a document, by its number.
            delivery: calls a webhook, by the number of the delivery.
            listen: whether to take anything out of the queue.
            account_concurrency: documents of one account at a time, in all processes together.
        """

        @DBOS.workflow(name="document")
        def work(document_id: int) -> None:
            document(document_id)

        @DBOS.workflow(name="delivery")
        def deliver(delivery_id: int) -> None:
            delivery(delivery_id)

        self._work, self._deliver = work, deliver
        DBOS(
            config={
                "name": "docwitness",
                "system_database_url": self._url,
                "application_version": VERSION,
                "executor_id": self._process_id,
                "run_migrations": self._url.startswith("sqlite"),  # elsewhere `migrate` does it
                "sys_db_pool_size": _CONNECTIONS,
                "log_level": "WARNING",
                "notification_listener_polling_interval_sec": 1.0,
            }
        )
        logger = logging.getLogger("dbos")
        logger.handlers.clear()  # it goes where everything else goes
        logger.propagate = True
        DBOS.listen_queues([DOCUMENTS, DELIVERIES] if listen else [])
        DBOS.launch()
        for name, taken, partition in (
            (DOCUMENTS, PROCESS_DOCUMENTS, account_concurrency),
            (DELIVERIES, PROCESS_DELIVERIES, ACCOUNT_DELIVERIES),
        ):
            DBOS.register_queue(
                name,
                worker_concurrency=taken,
                partition_concurrency=partition,
                polling_interval_sec=POLLING_SECONDS,
                on_conflict="always_update",
            )

    def put_document(self, waiting: Waiting, delay: timedelta = timedelta(0)) -> None:
        """A document of a job; one that lies in there already is not put in again."""
        with (
            SetWorkflowID(_document_id(waiting)),
            SetEnqueueOptions(
                priority=waiting.priority, queue_partition_key=str(waiting.account_id), delay_seconds=_seconds(delay)
            ),
        ):
            DBOS.enqueue_workflow(DOCUMENTS, self._work, waiting.id)

    def put_delivery(self, queued_delivery: QueuedDelivery, delay: timedelta = timedelta(0)) -> None:
        """A webhook that is to be called; one that lies in there already is not put in again."""
        with (
            SetWorkflowID(_delivery_id(queued_delivery)),
            SetEnqueueOptions(queue_partition_key=str(queued_delivery.account_id), delay_seconds=_seconds(delay)),
        ):
            DBOS.enqueue_workflow(DELIVERIES, self._deliver, queued_delivery.id)

    def lost_documents(self, waiting: Iterable[Waiting], living: set[str]) -> list[Waiting]:
        """Those that neither wait nor are in the hands of a living process."""
        by_id = {_document_id(one): one for one in waiting}
        return [by_id[name] for name in self._lost(list(by_id), living)]

    def lost_deliveries(self, queued_deliveries: Iterable[QueuedDelivery], living: set[str]) -> list[QueuedDelivery]:
        """Those that neither wait nor are in the hands of a living process."""
        by_id = {_delivery_id(one): one for one in queued_deliveries}
        return [by_id[name] for name in self._lost(list(by_id), living)]

    def take_over(self, process_id: str) -> None:
        """Put what a dead process had in its hands back into the queue."""
        DBOS._recover_pending_workflows([process_id])

    def forget(self) -> None:
        """Drop what is done."""
        before = (datetime.now(UTC) - _KEPT).isoformat()
        while True:
            done = DBOS.list_workflows(
                status=_DONE, completed_before=before, limit=500, load_input=False, load_output=False
            )
            if not done:
                return
            DBOS.delete_workflows([workflow.workflow_id for workflow in done])

    def stop(self, patience: timedelta = timedelta(0)) -> None:
        """Take nothing more out; wait for what is being worked on."""
        DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=int(patience.total_seconds()))

    def _lost(self, ids: list[str], living: set[str]) -> list[str]:
        if not ids:
            return []
        found = DBOS.list_workflows(workflow_ids=ids, load_input=False, load_output=False)
        safe = {
            workflow.workflow_id
            for workflow in found
            if workflow.status in _ALIVE or (workflow.status == "PENDING" and workflow.executor_id in living)
        }
        return [name for name in ids if name not in safe]


def _document_id(waiting: Waiting) -> str:
    return f"document-{waiting.id}-{waiting.turn}"


def _delivery_id(queued_delivery: QueuedDelivery) -> str:
    return f"delivery-{queued_delivery.id}-{queued_delivery.turn}"


def _seconds(delay: timedelta) -> float | None:
    return delay.total_seconds() or None
