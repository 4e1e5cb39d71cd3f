"""Jobs as their owners see them: handed in, asked about, cancelled, forgotten. The bytes lie in the store."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple, get_args

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from accounts.database import Database
from accounts.errors import AnsweredBefore, Conflict, NotFound, QueueFull
from accounts.ledger import Idempotency, Ledger, Reply
from accounts.models import AccountRow, DocumentRow, JobRow
from accounts.webhooks import EventKind, QueuedDelivery, Webhooks

JobState = Literal["queued", "running", "succeeded", "partly_failed", "failed", "cancelled"]
DocumentState = Literal["queued", "running", "succeeded", "failed", "cancelled"]
JOB_STATES: tuple[JobState, ...] = get_args(JobState)
OPEN = ("queued", "running")
"""States that a document leaves again."""


@dataclass(frozen=True)
class NewJob:
    """What is asked of documents that are handed in together."""

    account_id: int
    api_key_id: int
    route: str
    request: dict[str, Any]
    """Without the documents."""
    template: str | None = None
    template_version: int | None = None
    priority: int = 2
    """1 before 2 before 3."""
    retain: bool = False
    """Whether the documents are kept as long as the results."""
    keep_hours: int = 24
    """How long the results are kept."""
    batch: str | None = None
    surface: dict[str, Any] | None = None
    """How the results are to be told, where another system's client has handed it in."""


@dataclass(frozen=True)
class NewDocument:
    """One of them."""

    name: str | None
    pages: str | None


@dataclass(frozen=True)
class Job:
    """A job with its documents, in their order."""

    row: JobRow
    documents: Sequence[DocumentRow]

    def counts(self) -> Counter[str]:
        """Documents by their state."""
        return Counter(document.state for document in self.documents)


class Waiting(NamedTuple):
    """Something that lies in the queue."""

    id: int
    turn: int
    account_id: int
    priority: int


class Jobs:
    """Every read and write of jobs."""

    def __init__(self, database: Database, ledger: Ledger, webhooks: Webhooks) -> None:
        self._database = database
        self._ledger = ledger
        self._webhooks = webhooks

    def draft(self, job_id: str, job: NewJob, documents: Sequence[NewDocument]) -> Job:
        """A new job that nobody knows of yet."""
        row = JobRow(id=job_id, state="queued", created_at=self._database.clock(), **vars(job))
        return Job(row, [self._document(job_id, n, d, "queued") for n, d in enumerate(documents)])

    def add(
        self, draft: Job, body: bytes = b"", idempotency: Idempotency | None = None, room: int = 0
    ) -> tuple[Reply, list[Waiting]]:
        """Save a job and the reply to whoever handed it in, in one transaction; what is to be put into the queue.

        Args:
            room: how many documents of the account may wait at the same time; 0 for any number.

        Raises:
            QueueFull: more documents would wait.
            IdempotencyConflict: the same `Idempotency-Key` came with another request.
        """
        row, documents = draft.row, draft.documents
        try:
            with self._database.write() as session:
                if idempotency:
                    self._ledger.remember(session, row.account_id, idempotency, body)
                if room:
                    self._require_queue_room(session, row.account_id, room - len(documents))
                session.add(row)
                session.flush()
                session.add_all(documents)
                session.flush()
                return Reply(body, False), [Waiting(d.id, d.turn, row.account_id, row.priority) for d in documents]
        except AnsweredBefore:
            assert idempotency is not None
            first = self._ledger.replay(row.account_id, idempotency)
            if first is None:  # it has expired in this very moment
                return self.add(draft, body, idempotency, room)
            return Reply(first, True), []

    def add_done(
        self, session: Session, job_id: str, job: NewJob, document: NewDocument, request_id: str, pages: int
    ) -> None:
        """A job of one document that was answered at once, within the transaction that charges it."""
        now = self._database.clock()
        expires = now + timedelta(hours=job.keep_hours)
        row = JobRow(id=job_id, state="succeeded", created_at=now, finished_at=now, expires_at=expires, **vars(job))
        session.add(row)
        session.flush()
        done = self._document(job_id, 0, document, "succeeded")
        done.request_id, done.attempts, done.pages, done.finished_at, done.due_at = request_id, 1, pages, now, None
        session.add(done)

    def get(self, account_id: int, job_id: str) -> Job:
        """One job.

        Raises:
            NotFound: there is none, it has expired, or it is another account's.
        """
        with self._database.read() as session:
            return self._found(session, account_id, job_id)

    def newest(
        self, account_id: int, state: JobState | None = None, before: str | None = None, limit: int = 20
    ) -> list[Job]:
        """The newest jobs first; `before` is the id of the last one of the page before.

        Raises:
            NotFound: there is no job `before`.
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
        """All jobs of one run of `batch`, the oldest first."""
        with self._database.read() as session:
            fresh = JobRow.expires_at.is_(None) | (JobRow.expires_at > self._database.clock())
            found = select(JobRow).where(JobRow.account_id == account_id, JobRow.batch == batch, fresh)
            return self._with_documents(session, session.scalars(found.order_by(JobRow.created_at, JobRow.id)).all())

    def cancel(self, account_id: int, job_id: str) -> tuple[Job, list[QueuedDelivery]]:
        """Stop what was not begun; what runs is finished and charged. With the deliveries that are to be sent.

        Raises:
            NotFound: there is no such job.
            Conflict: it has ended already.
        """
        now = self._database.clock()
        with self._database.write() as session:
            row = self._found(session, account_id, job_id).row
            session.refresh(row, with_for_update=True)
            if row.finished_at is not None:
                raise Conflict(f"the job has ended as '{row.state}'; there is nothing left to cancel")
            row.cancelled_at = row.cancelled_at or now
            waiting = update(DocumentRow).where(DocumentRow.job_id == job_id, DocumentRow.state == "queued")
            session.execute(waiting.values(state="cancelled", due_at=None, finished_at=now))
            deliveries = end_job(session, row, self._webhooks, now)
            session.flush()
            return Job(row, self._documents(session, job_id)), deliveries

    def delete(self, account_id: int, job_id: str) -> None:
        """Forget a job that has ended.

        Raises:
            NotFound: there is no such job.
            Conflict: it has not ended yet.
        """
        with self._database.write() as session:
            row = self._found(session, account_id, job_id).row
            if row.finished_at is None:
                raise Conflict(f"the job is '{row.state}'; cancel it first, or wait until it has ended")
            session.delete(row)

    def expired(self, limit: int = 200) -> list[tuple[int, str]]:
        """Accounts and ids of jobs whose results are to go, also because their account is gone."""
        with self._database.read() as session:
            over = (JobRow.expires_at <= self._database.clock()) | AccountRow.deleted_at.is_not(None)
            found = select(JobRow.account_id, JobRow.id).join(AccountRow).where(over)
            return [(account, job) for account, job in session.execute(found.limit(limit))]

    def remove(self, ids: Collection[str]) -> None:
        """Forget jobs whose files are gone."""
        with self._database.write() as session:
            session.execute(delete(JobRow).where(JobRow.id.in_(ids)))

    def known(self, ids: Collection[str]) -> set[str]:
        """Those of the jobs that exist."""
        with self._database.read() as session:
            return set(session.scalars(select(JobRow.id).where(JobRow.id.in_(ids))))

    def _document(self, job_id: str, number: int, document: NewDocument, state: DocumentState) -> DocumentRow:
        return DocumentRow(
            job_id=job_id,
            number=number,
            name=document.name,
            pages_asked=document.pages,
            request_id=new_id("req"),
            state=state,
            attempts=0,
            turn=0,
            due_at=self._database.clock(),
        )

    def _require_queue_room(self, session: Session, account_id: int, room: int) -> None:
        waiting = (
            select(func.count())
            .select_from(DocumentRow)
            .join(JobRow)
            .where(JobRow.account_id == account_id, DocumentRow.state.in_(OPEN))
        )
        count = session.scalar(waiting) or 0
        if count > room:
            raise QueueFull(f"{count} documents of your account are waiting; hand in more when some are done")

    def _found(self, session: Session, account_id: int, job_id: str) -> Job:
        row = session.get(JobRow, job_id)
        gone = row is None or (row.expires_at is not None and row.expires_at <= self._database.clock())
        if row is None or gone or row.account_id != account_id:
            raise NotFound(f"there is no job '{job_id[:60]}'; results are kept for a limited time")
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


def end_job(session: Session, job: JobRow, webhooks: Webhooks, now: datetime) -> list[QueuedDelivery]:
    """End a job, within the caller's transaction, if its last document has ended; what tells so, for the queue."""
    states = Counter(session.scalars(select(DocumentRow.state).where(DocumentRow.job_id == job.id)))
    if any(states[state] for state in OPEN):
        return []
    job.state = _final(states)
    job.finished_at = now
    job.expires_at = now + timedelta(hours=job.keep_hours)
    kind: EventKind = "job.cancelled" if job.state == "cancelled" else "job.finished"
    counts = {state: states[state] for state in ("succeeded", "failed", "cancelled")}
    data = {"jobId": job.id, "status": job.state, "total": states.total(), **counts}
    return webhooks.record(session, job.account_id, kind, data)


def _final(states: Counter[str]) -> JobState:
    if states["cancelled"]:
        return "cancelled"
    if not states["failed"]:
        return "succeeded"
    return "partly_failed" if states["succeeded"] else "failed"


def new_id(kind: str) -> str:
    """`job_` and 20 hexadecimal digits, or another prefix."""
    return f"{kind}_{secrets.token_hex(10)}"
