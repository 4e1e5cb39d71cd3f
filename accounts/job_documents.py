"""Documents of jobs as workers see them: begun, postponed, finished and charged."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from accounts.database import Database
from accounts.errors import InsufficientBalance
from accounts.jobs import UNFINISHED, NewDocument, document_row, end_job
from accounts.ledger import Charge, Ledger, Payer
from accounts.plans import Plan
from accounts.tables import AccountRow, DocumentRow, JobRow
from accounts.webhooks import EventKind, Webhooks
from accounts.work_queue import QueuedDocument, WorkQueue

_MAX_ERROR_CHARACTERS = 1000
"""Length of the column."""


class DocumentInJob(NamedTuple):
    """A document and the job it belongs to."""

    document: DocumentRow
    job: JobRow


@dataclass(frozen=True)
class Success:
    """A document that has a result, with what it took."""

    pages: int
    seconds: dict[str, float]
    """Duration of each stage."""


@dataclass(frozen=True)
class TakenPart:
    """A part of an e-mail."""

    name: str
    part: int | None
    """Position of its file among those of the e-mail, from 0; None if it is left out."""
    reason: str | None
    """Why it is left out; None if it is not."""


@dataclass(frozen=True)
class TakenApart:
    """An e-mail whose parts are now documents of the job."""

    parts: Sequence[TakenPart]


@dataclass(frozen=True)
class Failure:
    """A document that has no result, with the error that its owner is shown."""

    code: str
    message: str


class BegunElsewhere(Exception):
    """A document runs in another process, or did in one that died: leave its entry in the queue."""


class JobDocuments:
    """Every step of a job's document, from the queue to its charge."""

    def __init__(
        self, database: Database, default_plan: Plan, ledger: Ledger, webhooks: Webhooks, queue: WorkQueue
    ) -> None:
        self._database = database
        self._default_plan = default_plan
        self._ledger = ledger
        self._webhooks = webhooks
        self._queue = queue

    def begin(self, document_id: int) -> DocumentInJob | None:
        """Count an attempt and return the document, or None if it has ended or its job is gone."""
        with self._database.write() as session:
            found = _locked(session, document_id)
            if found is None or found.document.state not in UNFINISHED:
                return None
            row, job = found
            row.state, row.attempts = "running", row.attempts + 1
            if job.state == "queued":
                job.state = "running"
            return found

    def postpone(self, document_id: int, attempt: int, delay: timedelta = timedelta(0)) -> str | None:
        """Queue a document again after an attempt, or end it if its job was cancelled meanwhile.

        It is queued once however often this is called, and not at all if it was begun again since: each attempt has at
        most one entry in the queue that follows it.

        Args:
            document_id: the document.
            attempt: the number of the attempt, as `begin` returned it.
            delay: the pause before the next attempt.

        Returns:
            The document's state: "queued" if it waits for another attempt, otherwise how it ended; None if its job is
            gone.

        Raises:
            BegunElsewhere: if a later attempt is running.
        """
        now = self._database.clock()
        with self._database.write() as session:
            found = _locked(session, document_id)
            if found is None:
                return None
            row, job = found
            if row.state == "running" and row.attempts != attempt:
                raise BegunElsewhere
            if row.state != "running":
                return row.state
            if job.cancelled_at is not None:
                row.state, row.finished_at = "cancelled", now
                session.flush()
                end_job(session, job, self._webhooks, now)
            else:
                row.state = "queued"
                self._queue.add_document(session, QueuedDocument(row.id, job.account_id, job.priority), delay)
            return row.state

    def put_back(self, document_id: int) -> None:
        """Queue a document again that was taken out of the queue and not begun.

        Raises:
            BegunElsewhere: if it is running.
        """
        with self._database.write() as session:
            found = _locked(session, document_id)
            if found is None or found.document.state not in UNFINISHED:
                return
            row, job = found
            if row.state == "running":
                raise BegunElsewhere
            self._queue.add_document(session, QueuedDocument(row.id, job.account_id, job.priority))

    def finish(self, document_id: int, outcome: Success | TakenApart | Failure) -> str | None:
        """End a document and charge a success, once however often it is called.

        The last document ends its job. An e-mail is not charged: its parts become documents of the job, with the
        numbers after the last one, and are charged as they succeed. If its job was cancelled meanwhile, so is the
        e-mail.

        Returns:
            How the document ended, perhaps in an earlier call; None if its job is gone, and its result with it.
        """
        try:
            return self._finish(document_id, outcome)
        except InsufficientBalance as error:
            return self._finish(document_id, Failure("insufficient_balance", str(error)))

    def queue_unfinished(self, find_queued: Callable[[], Collection[int]]) -> int:
        """Queue every unfinished document that has no entry, and return how many.

        For upgrades from older queues.

        Args:
            find_queued: returns the ids of documents that have an entry. It is called after the documents were read, so
                that those submitted meanwhile are in neither list, or in its own.
        """
        with self._database.write() as session:
            found = (
                select(DocumentRow.id, JobRow.account_id, JobRow.priority)
                .join(JobRow)
                .where(DocumentRow.state.in_(UNFINISHED))
                .order_by(DocumentRow.id)
            )
            unfinished = [QueuedDocument(*row) for row in session.execute(found)]
            queued = find_queued()
            missing = [document for document in unfinished if document.id not in queued]
            for document in missing:
                self._queue.add_document(session, document)
            return len(missing)

    def _finish(self, document_id: int, outcome: Success | TakenApart | Failure) -> str | None:
        now = self._database.clock()
        with self._database.write() as session:
            found = _locked(session, document_id)
            if found is None:
                return None
            row, job = found
            if row.state not in UNFINISHED:
                return row.state
            row.finished_at = now
            if isinstance(outcome, TakenApart) and job.cancelled_at is not None:  # its parts would only be cancelled
                row.state = "cancelled"
                session.flush()
                end_job(session, job, self._webhooks, now)
                return row.state
            data: dict[str, Any] = {"jobId": job.id, "number": row.number, "name": row.name}
            kind: EventKind = "document.succeeded"
            if isinstance(outcome, Success):
                row.state, row.pages = "succeeded", outcome.pages
                account = session.get_one(AccountRow, job.account_id)
                payer = Payer(job.account_id, job.api_key_id, self._default_plan.for_account(account))
                charge = Charge(
                    row.request_id, job.route, job.template, outcome.pages, outcome.seconds, job.template_version
                )
                self._ledger.enter(session, payer, charge)
                data["status"] = row.state
            elif isinstance(outcome, TakenApart):
                row.state, row.pages = "succeeded", 0
                row.parts = self._add_parts(session, found, outcome)
                data["status"] = row.state
            else:
                kind, message = "document.failed", outcome.message[:_MAX_ERROR_CHARACTERS]
                row.state, row.error_code, row.error_message = "failed", outcome.code, message
                data |= {"status": row.state, "error": {"code": outcome.code, "message": message}}
            self._webhooks.record(session, job.account_id, kind, data)
            session.flush()
            end_job(session, job, self._webhooks, now)
            return row.state

    def _add_parts(self, session: Session, email: DocumentInJob, outcome: TakenApart) -> list[dict[str, Any]]:
        """Add a document for each part of an e-mail, and return what became of each part."""
        row, job = email
        last = session.scalar(select(func.max(DocumentRow.number)).where(DocumentRow.job_id == job.id))
        assert last is not None
        added: dict[int, DocumentRow] = {}
        for part in outcome.parts:
            if part.part is None:
                continue
            new = NewDocument(part.name, row.pages_asked)
            document = document_row(job.id, last + 1 + len(added), new, "queued")
            document.part_of, document.part = row.number, part.part
            added[part.part] = document
        session.add_all(added.values())
        session.flush()
        for document in added.values():
            self._queue.add_document(session, QueuedDocument(document.id, job.account_id, job.priority))
        return [
            {
                "name": part.name,
                "number": None if part.part is None else added[part.part].number,
                "reason": part.reason,
            }
            for part in outcome.parts
        ]


def _locked(session: Session, document_id: int) -> DocumentInJob | None:
    """Lock a document's job and then the document; None if they are gone.

    This is the order of `Jobs.cancel`. The last two documents of a job may end at the same moment: one has to see the
    other's end.
    """
    job_id = session.scalar(select(DocumentRow.job_id).where(DocumentRow.id == document_id))
    job = session.get(JobRow, job_id, with_for_update=True) if job_id else None
    row = session.get(DocumentRow, document_id, with_for_update=True) if job else None
    return DocumentInJob(row, job) if job and row else None
