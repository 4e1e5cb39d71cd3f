"""Look after the queue and the store.

Takes over from dead processes, and deletes what has expired.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import timedelta

import structlog

from accounts import Accounts
from accounts.processes import HEARTBEAT_INTERVAL
from service.contract.errors import anonymous
from service.jobs.job_files import JobFiles
from service.jobs.queue import DurableQueue

log = structlog.get_logger(__name__)

_ORPHAN_AGE = timedelta(hours=1)
"""A file of an unknown job that is older than this was left by a process that died; a younger one may be about to get
its job."""
_TAKE_OVER_SECONDS = 5.0
"""Time between two looks for entries of dead processes, which are recognised after `MAX_SILENCE`."""
_REMOVE_EXPIRED_SECONDS = 60.0
"""Time between two deletions; results expire by the hour, so that a minute more does not matter."""
_REMOVE_ORPHANS_SECONDS = 3600.0
"""Time between two looks for orphans, each of which lists every file of the store."""
_JOIN_SECONDS = 10.0
"""Maximum wait for each thread when a process stops; one that is still busy is a daemon and ends with the process."""


class QueueMaintenance:
    """Two threads in each process that has the queue.

    All processes do the same: doing it twice does no harm.
    """

    def __init__(self, accounts: Accounts, files: JobFiles, queue: DurableQueue, process_id: str) -> None:
        self._accounts = accounts
        self._files = files
        self._queue = queue
        self._process_id = process_id
        self._stop_heartbeat, self._stop_upkeep = threading.Event(), threading.Event()
        heartbeat = {self.beat: HEARTBEAT_INTERVAL.total_seconds()}
        upkeep = {
            self.take_over: _TAKE_OVER_SECONDS,
            self.remove_expired: _REMOVE_EXPIRED_SECONDS,
            self.remove_orphans: _REMOVE_ORPHANS_SECONDS,
        }
        # two threads: a process that is busy with upkeep is not dead
        self._threads = [
            threading.Thread(target=_repeat, args=(heartbeat, self._stop_heartbeat), daemon=True),
            threading.Thread(target=_repeat, args=(upkeep, self._stop_upkeep), daemon=True),
        ]

    def start(self) -> None:
        """Record that this process is alive, and start the threads."""
        self.beat()
        for thread in self._threads:
            thread.start()

    def stop_upkeep(self) -> None:
        """Stop everything but the heartbeat, before the queue is closed."""
        self._stop_upkeep.set()

    def stop(self) -> None:
        """Stop the threads, once they are done with what they are doing."""
        self._stop_upkeep.set()
        self._stop_heartbeat.set()
        for thread in self._threads:
            thread.join(_JOIN_SECONDS)

    def beat(self) -> None:
        """Record that this process is alive."""
        self._accounts.processes.beat(self._process_id)

    def take_over(self) -> None:
        """Put back the queue entries that no process works on any more."""
        if count := self._queue.requeue_interrupted(self._accounts.processes.living):
            log.info("queued again what was interrupted", entries=count)

    def remove_expired(self) -> None:
        """Delete expired results, replies, counts and logs."""
        while expired := self._accounts.jobs.expired():
            for account_id, job_id in expired:
                self._files.delete_below(f"{account_id}/{job_id}")
            self._accounts.jobs.remove([job_id for _, job_id in expired])
        self._accounts.forget()
        self._queue.forget_done()

    def remove_orphans(self) -> None:
        """Delete files of jobs that do not exist.

        Such jobs were deleted while a worker was busy with them, or were never saved.
        """
        before = self._accounts.database.clock() - _ORPHAN_AGE
        old = {job: account for account, job, changed in self._files.jobs() if changed < before}
        for job_id in old.keys() - self._accounts.jobs.known(old):
            self._files.delete_below(f"{old[job_id]}/{job_id}")


def _repeat(actions: dict[Callable[[], None], float], stop: threading.Event) -> None:
    """Call each action again after its number of seconds, until `stop` is set."""
    due = {action: time.monotonic() + seconds for action, seconds in actions.items()}
    while not stop.wait(max(0.0, min(due.values()) - time.monotonic())):
        for action, seconds in actions.items():
            if time.monotonic() < due[action] or stop.is_set():
                continue
            try:
                action()
            except Exception as error:  # the database or the store does not answer: there is a next time
                log.warning("upkeep failed", action=action.__name__, error=anonymous(error))
            due[action] = time.monotonic() + seconds
