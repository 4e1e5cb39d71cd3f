"""What a worker does with a document that came out of the queue."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

import structlog
from sqlalchemy.exc import SQLAlchemyError

from accounts import Accounts
from accounts.tasks import Ending, Failure, Success, Task
from service.contract.errors import OUR_FAULT, PASSING, anonymous, caller_fault
from service.contract.extraction import extract, requested_schema
from service.contract.models import ExtractRequest
from service.jobs.files import Files, Place
from service.jobs.queue import Queue
from service.pipeline.pipeline import Pipeline

log = structlog.get_logger(__name__)

PAUSES = tuple(timedelta(seconds=s) for s in (2, 10, 30, 60, 300, 900, 1800, 3600))
"""Before each further attempt, where something passing was in the way: two hours in all."""
MAX_ATTEMPTS = len(PAUSES) + 1
"""Counts those too that a process did not survive: a document that kills its worker does so no more often."""
_PATIENCE = 60.0
"""Seconds in which the database may be restarted while a document is in hand."""

T = TypeVar("T")


class Worker:
    """Works on documents; called from many threads, works on as many at a time as it was told."""

    def __init__(
        self, accounts: Accounts, files: Files, queue: Queue, pipeline: Pipeline | None, at_a_time: int, max_bytes: int
    ) -> None:
        self._accounts = accounts
        self._files = files
        self._queue = queue
        self._pipeline = pipeline
        self._places = threading.BoundedSemaphore(max(1, at_a_time))
        self._max_bytes = max_bytes
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Begin nothing more, and end nothing as failed: rooms are about to be closed. A keeper puts it in again."""
        self._stopping.set()

    def work(self, document_id: int) -> None:
        """Do all that is to be done about a document; it may have been done before, or its job may be gone."""
        with self._places:
            if self._stopping.is_set():
                return
            task = retry_while_database_restarts(lambda: self._accounts.tasks.begin(document_id))
            if task is None:
                return
            place = Place(task.job.account_id, task.job.id, task.document.number)
            if task.document.attempts > MAX_ATTEMPTS:
                log.error("document given up", document=task.document.request_id, attempts=task.document.attempts)
                self._end(task, place, Failure("internal_error", OUR_FAULT))
                return
            try:
                outcome: Success | Failure = self._result(task, place)
            except Exception as error:
                if self._stopping.is_set():
                    return
                again = self._outlook(task, error)
                if again is not None:
                    self._postpone(task, place, again)
                    return
                outcome = _failure(error)
            self._end(task, place, outcome)

    def _result(self, task: Task, place: Place) -> Success | Failure:
        """Extract, and put the reply away."""
        data = self._files.get(place.document)
        if data is None:
            return Failure("internal_error", "the document is no longer there; hand it in again")
        if len(data) > self._max_bytes:
            return Failure("payload_too_large", f"a document may have at most {self._max_bytes:,} bytes")
        request = ExtractRequest.model_validate(task.job.request)
        if task.document.pages_asked:
            request = request.model_copy(update={"pages": task.document.pages_asked})
        assert self._pipeline is not None
        asked = requested_schema(request, self._accounts.templates, task.job.account_id, task.job.template_version)
        done = extract(self._pipeline, data, request, asked.schema, task.document.request_id)
        self._files.put(place.result, done.body)
        return Success(done.pages, {stage: round(seconds, 4) for stage, seconds in done.seconds.items()})

    def _end(self, task: Task, place: Place, outcome: Success | Failure) -> None:
        ending = retry_while_database_restarts(lambda: self._accounts.tasks.finish(task.document.id, outcome))
        event = "document failed" if isinstance(outcome, Failure) else "document done"
        extra = {"code": outcome.code} if isinstance(outcome, Failure) else {"pages": outcome.pages, **outcome.seconds}
        log.info(event, job=place.job_id, request_id=task.document.request_id, state=ending.state, **extra)
        self._clear(task, place, ending)

    def _clear(self, task: Task, place: Place, ending: Ending) -> None:
        """Remove what nobody needs after the end of a document, and have it told."""
        try:
            if ending.state != "succeeded":
                self._files.delete(place.result)
            if ending.state is None or not task.job.retain:
                self._files.delete(place.document)
        except PASSING as error:  # it goes with the job, or with what nobody knows any more
            log.warning("a file stays for now", job=place.job_id, error=anonymous(error))
        for queued_delivery in ending.deliveries:
            self._queue.put_delivery(queued_delivery)

    def _outlook(self, task: Task, error: Exception) -> timedelta | None:
        """When to try again; None where another attempt would end the same way, or the last one has been made."""
        if not isinstance(error, PASSING) or caller_fault(error) is not None or task.document.attempts > len(PAUSES):
            return None
        log.warning("document postponed", request_id=task.document.request_id, error=anonymous(error))
        return PAUSES[task.document.attempts - 1]

    def _postpone(self, task: Task, place: Place, pause: timedelta) -> None:
        found = retry_while_database_restarts(lambda: self._accounts.tasks.postpone(task.document.id, pause))
        if isinstance(found, Ending):
            self._clear(task, place, found)
        else:
            self._queue.put_document(found, pause)


def _failure(error: Exception) -> Failure:
    found = caller_fault(error)
    if found is not None:
        return Failure(*found)
    log.error("document failed", error=anonymous(error))
    return Failure("internal_error", OUR_FAULT)


def retry_while_database_restarts(action: Callable[[], T]) -> T:
    """What the action returns, once the database is back from a restart."""
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            return action()
        except PASSING as error:
            if time.monotonic() > until or not isinstance(error, SQLAlchemyError):
                raise
            time.sleep(0.5)
