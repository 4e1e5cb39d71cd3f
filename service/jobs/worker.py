"""Work on one document of a job: read it, extract fields, store the reply, charge for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, TypeVar

import structlog
from pydantic import SecretStr
from sqlalchemy.exc import SQLAlchemyError

from accounts import Accounts, UndecryptableSecret
from accounts.job_documents import DocumentInJob, Failure, Success, TakenApart, TakenPart
from documents import ReceivedEmail
from service.contract.document_reply import extract, requested_schema
from service.contract.errors import OUR_FAULT, PASSING, anonymous, caller_fault
from service.contract.models import ExtractRequest
from service.jobs.job_files import DocumentPaths, JobFiles
from service.pipeline.pipeline import Pipeline

log = structlog.get_logger(__name__)

RETRY_DELAYS = tuple(timedelta(seconds=s) for s in (2, 10, 30, 60, 300, 900, 1800, 3600))
"""Pauses before the second attempt, the third, and so on, after a passing fault: two hours in all."""
MAX_ATTEMPTS = len(RETRY_DELAYS) + 1
"""Attempts that a process did not survive count too: a document that kills its worker does so this often at most."""
_DATABASE_RESTART_SECONDS = 60.0
"""Time for which the database may be away while a document is being worked on."""
_DATABASE_POLL_SECONDS = 0.5
"""Pause between two tries while the database does not answer."""
_NO_KEY = (
    "the document's password cannot be decrypted: expected the encryption key that it was submitted with, got another."
    " Set the same DOCWITNESS_SECRET_KEY on every machine, and submit the document again."
)

T = TypeVar("T")


class Worker:
    """Works on as many documents at the same time as it has slots; called from many threads."""

    def __init__(
        self, accounts: Accounts, files: JobFiles, pipeline: Pipeline | None, slots: int, max_bytes: int
    ) -> None:
        self._accounts = accounts
        self._files = files
        self._pipeline = pipeline.for_jobs() if pipeline else None
        self._slots = threading.BoundedSemaphore(max(1, slots))
        self._max_bytes = max_bytes
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Begin no more documents, and fail none: the pipeline is about to be closed."""
        self._stopping.set()

    def work(self, document_id: int) -> None:
        """Do what is to be done for a document: nothing if it has ended or its job is gone.

        Raises:
            Exception: if the database fails for too long, or the document is running elsewhere; it is unfinished, and
                the queue calls again, unless another process has taken the entry over.
        """
        documents = self._accounts.job_documents
        with self._slots:
            if self._stopping.is_set():
                retry_while_database_restarts(lambda: documents.put_back(document_id))  # for another process
                return
            begun = retry_while_database_restarts(lambda: documents.begin(document_id))
            if begun is None:
                return
            if begun.document.attempts > MAX_ATTEMPTS:
                log.error("document given up", document=begun.document.request_id, attempts=begun.document.attempts)
                self._end(begun, Failure("internal_error", OUR_FAULT))
                return
            try:
                outcome: Success | TakenApart | Failure = self._process(begun)
            except Exception as error:
                delay = timedelta(0) if self._stopping.is_set() else self._retry_delay(begun, error)
                if delay is not None:
                    state = self._postpone(begun, delay)
                    if state != "queued":
                        self._clean_up(begun, state)
                    return
                outcome = _failure(error)
            self._end(begun, outcome)

    def _process(self, begun: DocumentInJob) -> Success | TakenApart | Failure:
        """Extract the fields and put the reply away, or the parts of an e-mail."""
        paths = _paths(begun)
        data = self._files.get(paths.document)
        if data is None:
            return Failure("internal_error", "the document is no longer stored. Submit it again.")
        if len(data) > self._max_bytes:
            message = f"document too large: expected at most {self._max_bytes:,} bytes, got {len(data):,}"
            return Failure("payload_too_large", message)
        request = ExtractRequest.model_validate(begun.job.request)
        if begun.document.pages_asked:
            request = request.model_copy(update={"pages": begun.document.pages_asked})
        if (encrypted := self._files.get(paths.password)) is not None:
            try:
                password = SecretStr(self._accounts.cipher.decrypt(encrypted))
            except UndecryptableSecret:
                log.error("password of a document cannot be decrypted", request_id=begun.document.request_id)
                return Failure("internal_error", _NO_KEY)
            request = request.model_copy(update={"password": password})
        assert self._pipeline is not None
        job = begun.job
        requested = requested_schema(request, self._accounts.templates, job.account_id, job.template_version)
        try:
            done = extract(self._pipeline, data, request, requested.schema, begun.document.request_id)
        except ReceivedEmail:
            # another system's clients expect one answer to one document; and parts are taken out of e-mails only once
            if job.answer_format is not None or begun.document.part_of is not None:
                raise
            return self._take_apart(paths, data, encrypted)
        self._files.put(paths.result, done.body)
        return Success(done.pages, {stage: round(seconds, 4) for stage, seconds in done.seconds.items()})

    def _take_apart(self, paths: DocumentPaths, data: bytes, encrypted: bytes | None) -> TakenApart:
        """Put the files of an e-mail away; a worker that does so again writes the same ones.

        Args:
            paths: of the e-mail.
            data: the e-mail.
            encrypted: its password, which opens the PDFs attached to it.
        """
        assert self._pipeline is not None
        taken: list[TakenPart] = []
        for part in self._pipeline.email_parts(data) or ():
            number = None
            if part.content is not None:
                number = sum(one.part is not None for one in taken)
                if encrypted is not None:
                    self._files.put(paths.of_part(number).password, encrypted)
                self._files.put(paths.of_part(number).document, part.content)
            taken.append(TakenPart(part.name, number, part.reason))
        return TakenApart(taken)

    def _end(self, begun: DocumentInJob, outcome: Success | TakenApart | Failure) -> None:
        documents = self._accounts.job_documents
        state = retry_while_database_restarts(lambda: documents.finish(begun.document.id, outcome))
        event = "document failed" if isinstance(outcome, Failure) else "document done"
        extra: dict[str, Any]
        if isinstance(outcome, Failure):
            extra = {"code": outcome.code}
        elif isinstance(outcome, TakenApart):
            extra = {"parts": len(outcome.parts)}
        else:
            extra = {"pages": outcome.pages, **outcome.seconds}
        log.info(event, job=begun.job.id, request_id=begun.document.request_id, state=state, **extra)
        self._clean_up(begun, state, outcome.parts if isinstance(outcome, TakenApart) else ())

    def _clean_up(self, begun: DocumentInJob, state: str | None, parts: Sequence[TakenPart] = ()) -> None:
        """Delete the files that nobody needs once the document has ended."""
        paths = _paths(begun)
        try:
            if state != "succeeded":
                self._files.delete(paths.result)
                for part in parts:
                    if part.part is not None:
                        self._files.delete(paths.of_part(part.part).password)
                        self._files.delete(paths.of_part(part.part).document)
            self._files.delete(paths.password)
            if state is None or not begun.job.retain:
                self._files.delete(paths.document)
        except PASSING as error:  # they are deleted with the job, or as files of an unknown one
            log.warning("files stay for now", job=begun.job.id, error=anonymous(error))

    def _retry_delay(self, begun: DocumentInJob, error: Exception) -> timedelta | None:
        """Return the pause before the next attempt; None if there is to be none.

        There is none if it would end the same way, or this was the last one.
        """
        attempts = begun.document.attempts
        if not isinstance(error, PASSING) or caller_fault(error) is not None or attempts > len(RETRY_DELAYS):
            return None
        log.warning("document postponed", request_id=begun.document.request_id, error=anonymous(error))
        return RETRY_DELAYS[attempts - 1]

    def _postpone(self, begun: DocumentInJob, delay: timedelta) -> str | None:
        document, documents = begun.document, self._accounts.job_documents
        return retry_while_database_restarts(lambda: documents.postpone(document.id, document.attempts, delay))


def _paths(begun: DocumentInJob) -> DocumentPaths:
    return DocumentPaths.of(begun.job.account_id, begun.document)


def _failure(error: Exception) -> Failure:
    found = caller_fault(error)
    if found is not None:
        return Failure(*found)
    log.error("document failed", error=anonymous(error))
    return Failure("internal_error", OUR_FAULT)


def retry_while_database_restarts(action: Callable[[], T]) -> T:
    """Return what the action returns, retrying while the database does not answer.

    It is tried again for up to a minute.
    """
    until = time.monotonic() + _DATABASE_RESTART_SECONDS
    while True:
        try:
            return action()
        except PASSING as error:
            if time.monotonic() > until or not isinstance(error, SQLAlchemyError):
                raise
            time.sleep(_DATABASE_POLL_SECONDS)
