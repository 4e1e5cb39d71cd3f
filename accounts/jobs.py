"""Jobs as their owners see them: submitted, looked up, cancelled and deleted.

The documents' bytes are in the store.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Literal, get_args

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from accounts.database import Database
from accounts.errors import AnsweredBefore, Conflict, NotFound, QueueFull
from accounts.ledger import Idempotency, Ledger, Reply
from accounts.tables import AccountRow, DocumentRow, JobRow
from accounts.webhooks import EventKind, Webhooks
from accounts.work_queue import QueuedDocument, WorkQueue

JobState = Literal["queued", "running", "succeeded", "partly_failed", "failed", "cancelled"]
DocumentState = Literal["queued", "running", "succeeded", "failed", "cancelled"]
JOB_STATES: tuple[JobState, ...] = get_args(JobState)
UNFINISHED = ("queued", "running")
"""States that a document leaves again."""
_MAX_IDS_PER_QUERY = 1000
"""Postgres accepts 65,535 parameters in one query, SQLite 32,766."""


@dataclass(frozen=True)
class NewJob:
    """A request for documents that are submitted together."""

    account_id: int
    api_key_id: int
    route: str
    request: dict[str, Any]
    """The fields and options, without the documents."""
    template: str | None = None
    template_version: int | None = None
    priority: int = 2
    """1 is taken before 2, 2 before 3."""
    retain: bool = False
    """True if the documents are kept as long as the results."""
    keep_hours: int = 24
    """Time for which the results are kept after the last document has ended."""
    batch: str | None = None
    """The run of `docwitness-server batch` that the job belongs to."""
    answer_format: dict[str, Any] | None = None
    """Opaque JSON kept for the API surface that submitted the job."""


@dataclass(frozen=True)
class NewDocument:
    """One document of a new job."""

    name: str | None
    pages: str | None
    """The page selection, such as "1-3"; None for all pages."""


@dataclass(frozen=True)
class Job:
    """A job with its documents in the order they were submitted."""

    row: JobRow
    documents: Sequence[DocumentRow]

    def counts(self) -> Counter[str]:
        """Count the documents in each state."""
        return Counter(document.state for document in self.documents)


class Jobs:
    """Every read and write of jobs."""

    def __init__(self, database: Database, ledger: Ledger, webhooks: Webhooks, queue: WorkQueue) -> None:
        self._database = database
        self._ledger = ledger
        self._webhooks = webhooks
        self._queue = queue

    def draft(self, job_id: str, job: NewJob, documents: Sequence[NewDocument]) -> Job:
        """Return a new job that is not saved yet."""
        row = JobRow(id=job_id, state="queued", created_at=self._database.clock(), **vars(job))
        return Job(row, [document_row(job_id, n, d, "queued") for n, d in enumerate(documents)])

    def add(
        self, draft: Job, body: bytes = b"", idempotency: Idempotency | None = None, max_unfinished: int = 0
    ) -> Reply:
        """Save and queue a job with the reply to its sender, in one transaction.

        Args:
            draft: the job.
            body: the reply.
            idempotency: the sender's `Idempotency-Key`; a reply it got before is returned instead.
            max_unfinished: the most documents of the account that may be queued or running; 0 for any number.

        Raises:
            QueueFull: if more documents would be queued or running.
            IdempotencyConflict: if the same `Idempotency-Key` was used with another request.
        """
        row, documents = draft.row, draft.documents
        try:
            with self._database.write() as session:
                if idempotency:
                    self._ledger.remember(session, row.account_id, idempotency, body)
                if max_unfinished:
                    self._require_queue_room(session, row.account_id, len(documents), max_unfinished)
                session.add(row)
                session.flush()
                session.add_all(documents)
                session.flush()
                for document in documents:
                    self._queue.add_document(session, QueuedDocument(document.id, row.account_id, row.priority))
                return Reply(body, False)
        except AnsweredBefore:
            assert idempotency is not None
            first = self._ledger.replay(row.account_id, idempotency)
            if first is None:  # it has expired at this very moment
                return self.add(draft, body, idempotency, max_unfinished)
            return Reply(first, True)

    def add_done(
        self, session: Session, job_id: str, job: NewJob, document: NewDocument, request_id: str, pages: int
    ) -> None:
        """Save a job of one document that was answered at once, in the transaction that charges it."""
        now = self._database.clock()
        expires = now + timedelta(hours=job.keep_hours)
        row = JobRow(id=job_id, state="succeeded", created_at=now, finished_at=now, expires_at=expires, **vars(job))
        session.add(row)
        session.flush()
        done = document_row(job_id, 0, document, "succeeded")
        done.request_id, done.attempts, done.pages, done.finished_at = request_id, 1, pages, now
        session.add(done)

    def get(self, account_id: int, job_id: str) -> Job:
        """Return a job.

        Raises:
            NotFound: if there is no such job, it has expired, or it is another account's.
        """
        with self._database.read() as session:
            return self._found(session, account_id, job_id)

    def newest(
        self, account_id: int, state: JobState | None = None, before: str | None = None, limit: int = 20
    ) -> list[Job]:
        """Return one page of the account's jobs, the newest first.

        Args:
            account_id: the account.
            state: only jobs in this state.
            before: the id of the last job on the previous page.
            limit: the most jobs to return.

        Raises:
            NotFound: if there is no job `before`.
        """
        now = self._database.clock()
        with self._database.read() as session:
            found = select(JobRow).where(
                JobRow.account_id == account_id, (JobRow.expires_at.is_(None)) | (JobRow.expires_at > now)
            )
            if state:
                found = found.where(JobRow.state == state)
            if before:
                last = self._found(session, account_id, before).row
                found = found.where(
                    (JobRow.created_at < last.created_at)
                    | ((JobRow.created_at == last.created_at) & (JobRow.id < last.id))
                )
            rows = session.scalars(found.order_by(JobRow.created_at.desc(), JobRow.id.desc()).limit(limit)).all()
            return self._with_documents(session, rows)

    def of_batch(self, account_id: int, batch: str) -> list[Job]:
        """Return all jobs of one run of `docwitness-server batch`, the oldest first."""
        with self._database.read() as session:
            fresh = JobRow.expires_at.is_(None) | (JobRow.expires_at > self._database.clock())
            found = select(JobRow).where(JobRow.account_id == account_id, JobRow.batch == batch, fresh)
            return self._with_documents(session, session.scalars(found.order_by(JobRow.created_at, JobRow.id)).all())

    def cancel(self, account_id: int, job_id: str) -> Job:
        """Cancel the documents of a job that are queued.

        Those that are running are finished and charged.

        Raises:
            NotFound: if there is no such job.
            Conflict: if it has ended.
        """
        now = self._database.clock()
        with self._database.write() as session:
            row = self._found(session, account_id, job_id).row
            session.refresh(row, with_for_update=True)
            if row.finished_at is not None:
                raise Conflict(f"the job has already ended: it is '{row.state}'. There is nothing left to cancel.")
            row.cancelled_at = row.cancelled_at or now
            queued = update(DocumentRow).where(DocumentRow.job_id == job_id, DocumentRow.state == "queued")
            session.execute(queued.values(state="cancelled", finished_at=now))  # their queue entries then do nothing
            end_job(session, row, self._webhooks, now)
            session.flush()
            return Job(row, self._documents(session, job_id))

    def delete(self, account_id: int, job_id: str) -> None:
        """Delete a job that has ended.

        Raises:
            NotFound: if there is no such job.
            Conflict: if it has not ended.
        """
        with self._database.write() as session:
            row = self._found(session, account_id, job_id).row
            if row.finished_at is None:
                raise Conflict(
                    f"the job has not ended: it is '{row.state}'. Cancel it first, or wait until it has ended."
                )
            session.delete(row)

    def expired(self, limit: int = 200) -> list[tuple[int, str]]:
        """Return account and id of jobs whose results have expired or whose account was deleted."""
        with self._database.read() as session:
            over = (JobRow.expires_at <= self._database.clock()) | AccountRow.deleted_at.is_not(None)
            found = select(JobRow.account_id, JobRow.id).join(AccountRow).where(over)
            return [(account, job) for account, job in session.execute(found.limit(limit))]

    def remove(self, ids: Collection[str]) -> None:
        """Delete jobs whose files were deleted."""
        with self._database.write() as session:
            session.execute(delete(JobRow).where(JobRow.id.in_(ids)))

    def known(self, ids: Collection[str]) -> set[str]:
        """Return those of the ids that belong to a job."""
        found: set[str] = set()
        rest = iter(ids)
        with self._database.read() as session:
            while some := list(islice(rest, _MAX_IDS_PER_QUERY)):
                found.update(session.scalars(select(JobRow.id).where(JobRow.id.in_(some))))
        return found

    def _require_queue_room(self, session: Session, account_id: int, new: int, most: int) -> None:
        # Lock the account, so that the next request counts the documents of this one. `key_share`, because the reply
        # that `add` has just stored refers to the account: two requests that also excluded such references would wait
        # for each other.
        account = select(AccountRow.id).where(AccountRow.id == account_id)
        session.execute(account.with_for_update(key_share=True))
        unfinished = (
            select(func.count())
            .select_from(DocumentRow)
            .join(JobRow)
            .where(JobRow.account_id == account_id, DocumentRow.state.in_(UNFINISHED))
        )
        count = session.scalar(unfinished) or 0
        if count + new > most:
            raise QueueFull(
                f"too many documents: expected at most {most} of your account to be queued or running, "
                f"got {new} more than the {count} there are. Submit more when some are done."
            )

    def _found(self, session: Session, account_id: int, job_id: str) -> Job:
        row = session.get(JobRow, job_id)
        gone = row is None or (row.expires_at is not None and row.expires_at <= self._database.clock())
        if row is None or gone or row.account_id != account_id:
            raise NotFound(f"there is no job '{job_id[:60]}'. Results are kept for a limited time.")
        return Job(row, self._documents(session, job_id))

    def _with_documents(self, session: Session, rows: Sequence[JobRow]) -> list[Job]:
        found = select(DocumentRow).where(DocumentRow.job_id.in_([row.id for row in rows]))
        by_job: dict[str, list[DocumentRow]] = {row.id: [] for row in rows}
        for document in session.scalars(found.order_by(DocumentRow.number)):
            by_job[document.job_id].append(document)
        return [Job(row, by_job[row.id]) for row in rows]

    def _documents(self, session: Session, job_id: str) -> Sequence[DocumentRow]:
        found = select(DocumentRow).where(DocumentRow.job_id == job_id).order_by(DocumentRow.number)
        return session.scalars(found.execution_options(populate_existing=True)).all()


def document_row(job_id: str, number: int, document: NewDocument, state: DocumentState) -> DocumentRow:
    """Return the row of a new document, which is not saved yet."""
    return DocumentRow(
        job_id=job_id,
        number=number,
        name=document.name,
        pages_asked=document.pages,
        request_id=new_id("req"),
        state=state,
        attempts=0,
    )


def end_job(session: Session, job: JobRow, webhooks: Webhooks, now: datetime) -> None:
    """End a job and record the event, if its last document has ended.

    Both are within the caller's transaction.
    """
    states = Counter(session.scalars(select(DocumentRow.state).where(DocumentRow.job_id == job.id)))
    if any(states[state] for state in UNFINISHED):
        return
    job.state = _final(states)
    job.finished_at = now
    job.expires_at = now + timedelta(hours=job.keep_hours)
    kind: EventKind = "job.cancelled" if job.state == "cancelled" else "job.finished"
    counts = {state: states[state] for state in ("succeeded", "failed", "cancelled")}
    data = {"jobId": job.id, "status": job.state, "total": states.total(), **counts}
    webhooks.record(session, job.account_id, kind, data)


def _final(states: Counter[str]) -> JobState:
    if states["cancelled"]:
        return "cancelled"
    if not states["failed"]:
        return "succeeded"
    return "partly_failed" if states["succeeded"] else "failed"


def new_id(kind: str) -> str:
    """Return a random id: the kind, an underscore and 20 hexadecimal digits."""
    return f"{kind}_{secrets.token_hex(10)}"
