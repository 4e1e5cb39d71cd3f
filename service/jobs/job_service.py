"""Where jobs are handed in, asked about, cancelled and fetched."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

import msgspec
import structlog
from sqlalchemy.orm import Session

from accounts import AccountError, Accounts, Caller, Idempotency, Reply
from accounts.jobs import Job, NewDocument, NewJob, new_id
from service.contract.errors import PASSING, anonymous
from service.contract.extraction import DocumentReply, RequestedSchema
from service.contract.job_models import PRIORITIES, JobRequest
from service.contract.models import ExtractRequest
from service.jobs.files import Files, Place
from service.jobs.queue import Queue
from service.jobs.render import job_json

log = structlog.get_logger(__name__)
T = TypeVar("T")


class SubmittedDocument(NamedTuple):
    """One document of a new job."""

    document: bytes
    name: str | None
    pages: str | None


class JobService:
    """Shared by the routes and the command line; blocks, so it is called off the event loop."""

    def __init__(
        self, accounts: Accounts, files: Files, queue: Queue, *, result_hours: int, max_queued_documents: int
    ) -> None:
        self._accounts = accounts
        self._files = files
        self._queue = queue
        self._result_hours = result_hours
        self._max_queued = max_queued_documents

    @staticmethod
    def new_id() -> str:
        """Of a job that is not there yet."""
        return new_id("job")

    def submit(
        self,
        caller: Caller,
        request: JobRequest,
        asked: RequestedSchema,
        documents: Sequence[SubmittedDocument],
        request_id: str,
        idempotency: Idempotency | None = None,
        route: str = "/ocr/jobs",
        batch: str | None = None,
        keep_hours: int | None = None,
        surface: dict[str, Any] | None = None,
        tell: Callable[[Job], dict[str, Any]] | None = None,
    ) -> Reply:
        """A new job, in the queue; the reply that says so, or the one that the `Idempotency-Key` got before.

        Args:
            surface: how its results are to be told, where another system's client hands it in.
            tell: the reply, where it is not this API's own.

        Raises:
            QueueFull: too many documents of the account are waiting.
            IdempotencyConflict: the key came before with something else.
            InsufficientBalance: the documents could not be paid.
        """
        if idempotency:
            known = self._accounts.ledger.replay(caller.account_id, idempotency)
            if known is not None:
                return Reply(known, True)
        self._accounts.rate_limiter.require_funds(caller, len(documents))
        job_id = self.new_id()
        job = NewJob(
            account_id=caller.account_id,
            api_key_id=caller.key_id,
            route=route,
            request=_without_documents(request),
            template=asked.template,
            template_version=asked.version,
            priority=PRIORITIES[request.priority],
            retain=request.retain,
            keep_hours=keep_hours or self._result_hours,
            batch=batch,
            surface=surface,
        )
        rows = [NewDocument(document.name, document.pages) for document in documents]
        draft = self._accounts.jobs.draft(job_id, job, rows)
        told = tell(draft) if tell else {"status": "accepted", "requestId": request_id, "job": job_json(draft)}
        body = msgspec.json.encode(told)
        try:
            for number, document in enumerate(documents):
                self._files.put(Place(caller.account_id, job_id, number).document, document.document)
        except BaseException:
            self._discard(self._files.delete_below, f"{caller.account_id}/{job_id}")
            raise
        try:
            reply, waiting = self._accounts.jobs.add(draft, body, idempotency, self._max_queued)
        except AccountError:  # any other error may have come after the commit: then the job needs its documents
            self._discard(self._files.delete_below, f"{caller.account_id}/{job_id}")
            raise
        if reply.replayed:
            self._discard(self._files.delete_below, f"{caller.account_id}/{job_id}")
        self._put(self._queue.put_document, waiting)
        return reply

    def keep(
        self,
        job_id: str,
        caller: Caller,
        document: bytes,
        request: ExtractRequest,
        asked: RequestedSchema,
        request_id: str,
        done: DocumentReply,
    ) -> Callable[[Session], None]:
        """Put away a call that was answered at once; what makes a job of it in the transaction that charges it."""
        place = Place(caller.account_id, job_id, 0)
        self._files.put(place.document, document)
        self._files.put(place.result, done.body)
        job = NewJob(
            account_id=caller.account_id,
            api_key_id=caller.key_id,
            route="/ocr/fields",
            request=_without_documents(request),
            template=asked.template,
            template_version=asked.version,
            retain=True,
            keep_hours=self._result_hours,
        )
        kept = NewDocument(None, request.pages)
        return lambda session: self._accounts.jobs.add_done(session, job_id, job, kept, request_id, done.pages)

    def cancel(self, account_id: int, job_id: str) -> Job:
        """See `Jobs.cancel`."""
        job, queued_deliveries = self._accounts.jobs.cancel(account_id, job_id)
        for document in job.documents:
            if document.state == "cancelled":
                self._discard(self._files.delete, Place(account_id, job_id, document.number).document)
        self._put(self._queue.put_delivery, queued_deliveries)
        return job

    def delete(self, account_id: int, job_id: str) -> None:
        """Forget a job and all that belongs to it; see `Jobs.delete`."""
        self._accounts.jobs.delete(account_id, job_id)
        self._discard(self._files.delete_below, f"{account_id}/{job_id}")

    def result(self, account_id: int, job_id: str, number: int) -> bytes | None:
        """The reply to one document, None while there is none."""
        return self._files.get(Place(account_id, job_id, number).result)

    def document(self, account_id: int, job_id: str, number: int) -> bytes | None:
        """The document itself, None when it is gone."""
        return self._files.get(Place(account_id, job_id, number).document)

    def test_webhook(self, account_id: int, webhook_id: str) -> None:
        """Send a test event to one address."""
        self._put(self._queue.put_delivery, [self._accounts.webhooks.test(account_id, webhook_id)])

    def _discard(self, delete: Callable[[str], None], path: str) -> None:
        """What is not needed: should the store be away, it goes with what else is left over."""
        try:
            delete(path)
        except PASSING as error:
            log.warning("files stay for now", error=anonymous(error))

    def _put(self, put: Callable[[T], None], what: Sequence[T]) -> None:
        """Into the queue. It was accepted already: what cannot be put in now is found by a keeper."""
        try:
            for one in what:
                put(one)
        except PASSING as error:
            log.warning("the queue is away", error=anonymous(error))


def _without_documents(request: ExtractRequest) -> dict[str, Any]:
    hidden = {"image", "image_type", "documents", "priority", "retain"}
    return request.model_dump(mode="json", by_alias=True, exclude_none=True, exclude=hidden)
