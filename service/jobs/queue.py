"""Run the work queue: take entries out of it, and take over from processes that died.

An entry is a document or a webhook delivery.

DBOS alone knows what is due, when, and on which process, and `accounts.work_queue` writes each entry in the transaction
that makes it due. So `accounts` keeps only what its callers ask for (states, attempts, charges), and nothing has to
compare two copies.

An entry leaves the queue when its function returns. One whose function raised, or whose process died, is put back by
`requeue_interrupted`, so a function may raise at any time and be called more than once for one entry.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import structlog
from dbos import DBOS
from dbos import error as dbos_error

from accounts.work_queue import (
    APPLICATION,
    DELIVERY_QUEUE,
    DELIVERY_WORKFLOW,
    DOCUMENT_QUEUE,
    DOCUMENT_WORKFLOW,
    QUEUE_VERSION,
)
from service.contract.errors import anonymous

log = structlog.get_logger(__name__)

MAX_DOCUMENTS_PER_PROCESS = 8
"""More than most processes can work on, because they look for more only a few times a second. DBOS keeps one number for
all processes; a machine with more cores runs several."""
MAX_DELIVERIES_PER_PROCESS = 16
"""Webhooks that one process calls at the same time, of all accounts together."""
MAX_DELIVERIES_PER_ACCOUNT = 4
"""Webhooks of one account that are called at the same time: a slow receiver delays no other account's."""
POLLING_SECONDS = 0.2
"""Time between two looks for entries that are due; each look takes at most `MAX_DOCUMENTS_PER_PROCESS` documents."""
_DATABASE_CONNECTIONS = 10
"""Connections of this process that the queue keeps for itself."""
_REWIND_BATCH = 100
"""Interrupted entries that one look puts back; the next look finds the others."""
_DELETE_BATCH = 500
"""Entries deleted at a time; more batches follow until none is left."""
_DONE = ["SUCCESS", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]
_DONE_LIFETIME = timedelta(minutes=10)
"""Time for which entries that are done are kept, for people who look into the queue."""


class EntryInterrupted(Exception):
    """The function of an entry raised; the entry is put back."""


class DurableQueue:
    """The work queue of this process. DBOS allows one per process."""

    def __init__(self, url: str, process_id: str) -> None:
        """Remember the settings; `start` connects.

        Args:
            url: `sqlite:///path` or `postgresql+psycopg://…`, the database of `accounts`.
            process_id: the name of this process, never used again after it.
        """
        self._url = url
        self._process_id = process_id
        self._running: set[str] = set()
        """Entries that this process is working on."""
        self._dropped: set[str] = set()
        """Entries that this process took, by the last look, without working on them."""

    def start(
        self,
        work_on_document: Callable[[int], None],
        send_delivery: Callable[[int], None],
        *,
        listen: bool,
        account_concurrency: int,
    ) -> None:
        """Connect, and begin to take entries.

        Args:
            work_on_document: works on the document with this id.
            send_delivery: makes an attempt at the webhook delivery with this id.
            listen: whether this process takes any entries.
            account_concurrency: documents of one account that all processes together work on at the same time.
        """

        # attempts are counted in `accounts`, where their owners see them: DBOS gives nothing up on its own
        @DBOS.workflow(name=DOCUMENT_WORKFLOW, max_recovery_attempts=None)
        def document(document_id: int) -> None:
            with self._running_entry():
                work_on_document(document_id)

        @DBOS.workflow(name=DELIVERY_WORKFLOW, max_recovery_attempts=None)
        def delivery(delivery_id: int) -> None:
            with self._running_entry():
                send_delivery(delivery_id)

        DBOS(
            config={
                "name": APPLICATION,
                "system_database_url": self._url,
                "application_version": QUEUE_VERSION,
                "executor_id": self._process_id,
                "run_migrations": False,  # see `service.jobs.queue_upgrade`
                "sys_db_pool_size": _DATABASE_CONNECTIONS,
                "log_level": "WARNING",
                "notification_listener_polling_interval_sec": 1.0,
            }
        )
        logger = logging.getLogger("dbos")
        logger.handlers.clear()  # its messages go where all others go
        logger.propagate = True
        DBOS.listen_queues([DOCUMENT_QUEUE, DELIVERY_QUEUE] if listen else [])
        DBOS.launch()
        for name, per_process, per_account in (
            (DOCUMENT_QUEUE, MAX_DOCUMENTS_PER_PROCESS, account_concurrency),
            (DELIVERY_QUEUE, MAX_DELIVERIES_PER_PROCESS, MAX_DELIVERIES_PER_ACCOUNT),
        ):
            DBOS.register_queue(
                name,
                worker_concurrency=per_process,
                partition_concurrency=per_account,
                polling_interval_sec=POLLING_SECONDS,
                on_conflict="always_update",
            )

    def requeue_interrupted(self, find_living: Callable[[], Collection[str] | None]) -> int:
        """Put back the entries that nobody works on any more, and return how many.

        These are entries of processes that died, entries whose function raised, and entries that this process took
        while the database was restarting and never began.

        Args:
            find_living: returns ids of the other processes that are alive; None if that is unknown, and then nothing is
                put back.
        """
        count, dropped = 0, set()
        for queue in (DOCUMENT_QUEUE, DELIVERY_QUEUE):
            taken = DBOS.list_workflows(status="PENDING", queue_name=queue, load_input=False, load_output=False)
            living = find_living()  # after the look at the entries: whoever has taken one of them was alive before
            if living is None:
                return count
            idle = {w.workflow_id for w in taken if w.executor_id == self._process_id} - self._running
            dropped |= idle
            abandoned = [
                w
                for w in taken
                # twice in a row: at one look it may be about to begin, or to end
                if w.executor_id not in {*living, self._process_id} or w.workflow_id in idle & self._dropped
            ]
            resumed = [_resumed(w.workflow_id, queue, w.executor_id) for w in abandoned]
            raised = DBOS.list_workflows(
                status="ERROR", queue_name=queue, limit=_REWIND_BATCH, load_input=False, load_output=False
            )
            rewound = [_rewound(w.workflow_id, queue, w.queue_partition_key) for w in raised]
            count += sum(resumed) + sum(rewound)
        self._dropped = dropped
        return count

    def forget_done(self) -> None:
        """Delete entries that have been done for some minutes."""
        before = (datetime.now(UTC) - _DONE_LIFETIME).isoformat()
        while True:
            done = DBOS.list_workflows(
                status=_DONE, completed_before=before, limit=_DELETE_BATCH, load_input=False, load_output=False
            )
            if not done:
                return
            DBOS.delete_workflows([workflow.workflow_id for workflow in done])

    def stop(self, grace: timedelta = timedelta(0)) -> None:
        """Take no more entries, and wait for those that are being worked on, up to the grace period."""
        DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=int(grace.total_seconds()))

    @contextmanager
    def _running_entry(self) -> Iterator[None]:
        entry = DBOS.workflow_id
        assert entry is not None
        self._running.add(entry)
        try:
            yield
        except Exception as error:
            log.error("entry of the queue interrupted", entry=entry, error=anonymous(error))
            raise EntryInterrupted from None  # DBOS logs and keeps it: the cause may repeat a document
        finally:
            self._running.discard(entry)


def _resumed(entry: str, queue: str, executor: str | None) -> bool:
    """Put back an entry that a process took; False if another process was faster.

    DBOS has no public call that does this only while the entry belongs to that process. So this looks again just
    before, and in the moment in between another process may put the entry back and a third one begin it. Then its
    document is begun twice, which does no harm: it is charged once, and only its last attempt can postpone it; see
    `JobDocuments`.
    """
    taken = DBOS.list_workflows(workflow_ids=[entry], status="PENDING", load_input=False, load_output=False)
    if [w.executor_id for w in taken] != [executor]:
        return False
    DBOS.resume_workflow(entry, queue_name=queue)
    return True


def _rewound(entry: str, queue: str, partition: str | None) -> bool:
    """Put back an entry whose function raised; False if another process was faster."""
    try:
        DBOS.rewind_workflow(entry, queue_name=queue, queue_partition_key=partition)
    except dbos_error.DBOSException:
        return False
    return True
