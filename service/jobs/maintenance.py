"""Looks after the queue and the store: takes over from dead processes, finds what fell out, removes what is over."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import timedelta

import structlog

from accounts import Accounts
from accounts.processes import BEAT
from service.contract.errors import anonymous
from service.jobs.files import Files
from service.jobs.queue import DurableQueue

log = structlog.get_logger(__name__)

_ORPHAN_AGE = timedelta(hours=1)
"""A file that no job knows and that is older than this was left behind by a process that died."""


class QueueMaintenance:
    """Two threads in each process that has the queue; all do the same, and doing it twice does no harm."""

    def __init__(self, accounts: Accounts, files: Files, queue: DurableQueue, process_id: str) -> None:
        self._accounts = accounts
        self._files = files
        self._queue = queue
        self._process_id = process_id
        self._silent, self._drained = threading.Event(), threading.Event()
        upkeep = {self.take_over: 5.0, self.put_again: 10.0, self.remove_expired: 60.0, self.remove_orphans: 3600.0}
        # apart: a process that is busy tidying up is not dead
        self._threads = [
            threading.Thread(target=_repeat, args=({self.beat: BEAT.total_seconds()}, self._silent), daemon=True),
            threading.Thread(target=_repeat, args=(upkeep, self._drained), daemon=True),
        ]

    def start(self) -> None:
        """Say that this process lives, and go on in threads."""
        self.beat()
        for thread in self._threads:
            thread.start()

    def drain(self) -> None:
        """Only say that this process lives from now on: the queue is being closed."""
        self._drained.set()

    def stop(self) -> None:
        """After what is under way."""
        self._drained.set()
        self._silent.set()
        for thread in self._threads:
            thread.join(10)

    def beat(self) -> None:
        """This process lives."""
        self._accounts.processes.beat(self._process_id)

    def take_over(self) -> None:
        """What dead processes had in their hands goes back into the queue."""
        for process_id in self._accounts.processes.dead():
            if process_id != self._process_id:
                log.info("taking over from a process that fell silent", process=process_id)
                self._queue.take_over(process_id)
                self._accounts.processes.forget(process_id)

    def put_again(self) -> None:
        """What should be in the queue and is not: its process died between two writes."""
        tasks, webhooks = self._accounts.tasks, self._accounts.webhooks
        waiting, queued_deliveries = tasks.overdue(), webhooks.overdue()
        if not waiting and not queued_deliveries:
            return
        living = self._accounts.processes.living()
        lost = self._queue.lost_documents(waiting, living)
        for one in lost:
            if again := tasks.put_again(one):
                self._queue.put_document(again)
        tasks.extend({one.id for one in waiting} - {one.id for one in lost})
        late = self._queue.lost_deliveries(queued_deliveries, living)
        for queued_delivery in late:
            if again_parcel := webhooks.put_again(queued_delivery):
                self._queue.put_delivery(again_parcel)
        webhooks.extend({one.id for one in queued_deliveries} - {one.id for one in late})
        if lost or late:
            log.warning("put into the queue again", documents=len(lost), webhooks=len(late))

    def remove_expired(self) -> None:
        """Results whose time is over, replies, minutes and logs that nobody needs."""
        while expired := self._accounts.jobs.expired():
            for account_id, job_id in expired:
                self._files.delete_below(f"{account_id}/{job_id}")
            self._accounts.jobs.remove([job_id for _, job_id in expired])
        self._accounts.forget()
        self._queue.forget()

    def remove_orphans(self) -> None:
        """Files of jobs that are not there: deleted while a worker had them in hand, or never begun."""
        before = self._accounts.database.clock() - _ORPHAN_AGE
        old = {job: account for account, job, changed in self._files.jobs() if changed < before}
        for job_id in old.keys() - self._accounts.jobs.known(old):
            self._files.delete_below(f"{old[job_id]}/{job_id}")


def _repeat(rounds: dict[Callable[[], None], float], over: threading.Event) -> None:
    """Do each as often as its seconds say."""
    due = {action: time.monotonic() + seconds for action, seconds in rounds.items()}
    while not over.wait(max(0.0, min(due.values()) - time.monotonic())):
        for action, seconds in rounds.items():
            if time.monotonic() < due[action] or over.is_set():
                continue
            try:
                action()
            except Exception as error:  # the database is away, or the store: there is a next time
                log.warning("upkeep failed", what=action.__name__, error=anonymous(error))
            due[action] = time.monotonic() + seconds
