"""Submit, cancel and delete jobs, and return their documents and results."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import msgspec
import structlog
from sqlalchemy.orm import Session

from accounts import AccountError, Accounts, Caller, Idempotency, Reply
from accounts.jobs import Job, NewDocument, NewJob, new_id
from service.contract.document_reply import DocumentReply, RequestedSchema
from service.contract.errors import PASSING, anonymous
from service.contract.job_models import PRIORITIES, JobRequest
from service.contract.models import ExtractRequest
from service.jobs.job_files import DocumentPaths, JobFiles
from service.jobs.job_json import job_json

log = structlog.get_logger(__name__)


class SubmittedDocument(NamedTuple):
    """One document of a new job."""

    document: bytes
    name: str | None
    pages: str | None
    """The page selection, such as "1-3"; None for all pages."""


class JobService:
    """Jobs for the routes and the command line. Its methods block: call them off the event loop."""

    def __init__(self, accounts: Accounts, files: JobFiles, *, result_hours: int, max_unfinished: int) -> None:
        """Keep the settings.

        Args:
            accounts: the accounts.
            files: the store.
            result_hours: how long results are kept unless a job says otherwise.
            max_unfinished: the most documents of an account that may be queued or running; 0 for any number.
        """
        self._accounts = accounts
        self._files = files
        self._result_hours = result_hours
        self._max_unfinished = max_unfinished

    @staticmethod
    def new_id() -> str:
        """Return an id for a new job."""
        return new_id("job")

    def submit(
        self,
        caller: Caller,
        request: JobRequest,
        requested: RequestedSchema,
        documents: Sequence[SubmittedDocument],
        request_id: str,
        idempotency: Idempotency | None = None,
        route: str = "/ocr/jobs",
        batch: str | None = None,
        keep_hours: int | None = None,
        answer_format: dict[str, Any] | None = None,
        render_reply: Callable[[Job], dict[str, Any]] | None = None,
    ) -> Reply:
        """Save and queue a new job, and return the reply to its sender.

        Args:
            caller: the sender.
            request: the fields and options, the same for each document.
            requested: the schema that the request resolves to.
            documents: the documents.
            request_id: the id of this call.
            idempotency: the sender's `Idempotency-Key`; a reply it got before is returned instead.
            route: the route, for the ledger.
            batch: the run of `docwitness-server batch` that the job belongs to.
            keep_hours: how long the results are kept; as the settings say by default.
            answer_format: opaque JSON kept for the API surface that submitted the job.
            render_reply: makes the reply; that of `POST /ocr/jobs` by default.

        Raises:
            QueueFull: if too many documents of the account are queued or running.
            IdempotencyConflict: if the key was used with another request.
            InsufficientBalance: if the account cannot pay for the documents.
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
            template=requested.template,
            template_version=requested.version,
            priority=PRIORITIES[request.priority],
            retain=request.retain,
            keep_hours=keep_hours or self._result_hours,
            batch=batch,
            answer_format=answer_format,
        )
        rows = [NewDocument(document.name, document.pages) for document in documents]
        draft = self._accounts.jobs.draft(job_id, job, rows)
        if render_reply:
            reply = render_reply(draft)
        else:
            reply = {"status": "accepted", "requestId": request_id, "job": job_json(draft)}
        folder = f"{caller.account_id}/{job_id}"
        try:
            for number, document in enumerate(documents):
                self._files.put(DocumentPaths(caller.account_id, job_id, number).document, document.document)
        except BaseException:
            self._discard(self._files.delete_below, folder)
            raise
        try:
            sent = self._accounts.jobs.add(draft, msgspec.json.encode(reply), idempotency, self._max_unfinished)
        except AccountError:  # after any other error the job may have been saved: then it needs its documents
            self._discard(self._files.delete_below, folder)
            raise
        if sent.replayed:
            self._discard(self._files.delete_below, folder)
        return sent

    def store_answered_call(
        self,
        job_id: str,
        caller: Caller,
        document: bytes,
        request: ExtractRequest,
        requested: RequestedSchema,
        request_id: str,
        done: DocumentReply,
    ) -> Callable[[Session], None]:
        """Store document and reply of a call that was answered at once.

        Returns:
            A function that saves the call as a job, to be called in the transaction that charges it.
        """
        paths = DocumentPaths(caller.account_id, job_id, 0)
        self._files.put(paths.document, document)
        self._files.put(paths.result, done.body)
        job = NewJob(
            account_id=caller.account_id,
            api_key_id=caller.key_id,
            route="/ocr/fields",
            request=_without_documents(request),
            template=requested.template,
            template_version=requested.version,
            retain=True,
            keep_hours=self._result_hours,
        )
        new = NewDocument(None, request.pages)
        return lambda session: self._accounts.jobs.add_done(session, job_id, job, new, request_id, done.pages)

    def cancel(self, account_id: int, job_id: str) -> Job:
        """Cancel the documents of a job that are queued, and delete them; see `Jobs.cancel`."""
        job = self._accounts.jobs.cancel(account_id, job_id)
        for document in job.documents:
            if document.state == "cancelled":
                self._discard(self._files.delete, DocumentPaths.of(account_id, document).document)
        return job

    def delete(self, account_id: int, job_id: str) -> None:
        """Delete a job that has ended, with its files; see `Jobs.delete`."""
        self._accounts.jobs.delete(account_id, job_id)
        self._discard(self._files.delete_below, f"{account_id}/{job_id}")

    def result(self, account_id: int, job_id: str, number: int) -> bytes | None:
        """Return the reply to one document, or None if there is none."""
        return self._files.get(DocumentPaths(account_id, job_id, number).result)

    def document(self, account_id: int, job_id: str, number: int) -> bytes | None:
        """Return the bytes of one document, or None if they were deleted or never there.

        Raises:
            NotFound: if there is no such job.
        """
        documents = self._accounts.jobs.get(account_id, job_id).documents
        found = next((document for document in documents if document.number == number), None)
        return self._files.get(DocumentPaths.of(account_id, found).document) if found else None

    def test_webhook(self, account_id: int, webhook_id: str) -> None:
        """Send a test event to one webhook."""
        self._accounts.webhooks.test(account_id, webhook_id)

    def _discard(self, delete: Callable[[str], None], path: str) -> None:
        """Delete files that nobody needs.

        If the store does not answer, they are deleted as leftovers later.
        """
        try:
            delete(path)
        except PASSING as error:
            log.warning("files stay for now", error=anonymous(error))


def _without_documents(request: ExtractRequest) -> dict[str, Any]:
    hidden = {"image", "image_type", "documents", "priority", "retain"}
    return request.model_dump(mode="json", by_alias=True, exclude_none=True, exclude=hidden)
