"""Documents of jobs as workers see them: taken, given back, ended and charged, and looked for when they are lost."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from accounts.database import Database
from accounts.errors import InsufficientBalance
from accounts.jobs import OPEN, Waiting, end_job
from accounts.ledger import Charge, Ledger, Payer
from accounts.models import AccountRow, DocumentRow, JobRow
from accounts.plans import Plan
from accounts.webhooks import EventKind, QueuedDelivery, Webhooks

LEASE = timedelta(seconds=20)
"""How long after it was due a document is left alone before someone asks what has become of it."""


class Task(NamedTuple):
    """A document that was handed to a worker."""

    document: DocumentRow
    job: JobRow


@dataclass(frozen=True)
class Success:
    """What a document cost."""

    pages: int
    seconds: dict[str, float]


@dataclass(frozen=True)
class Failure:
    """Why a document has no result."""

    code: str
    message: str


class Ending(NamedTuple):
    """What the end of a document entails."""

    state: str | None
    """As which it ended; None when the job is gone, and what was made for it is to be thrown away."""
    deliveries: list[QueuedDelivery]
    """To be put into the queue."""


class Tasks:
    """Every step of a document through the queue."""

    def __init__(self, database: Database, default_plan: Plan, ledger: Ledger, webhooks: Webhooks) -> None:
        self._database = database
        self._default_plan = default_plan
        self._ledger = ledger
        self._webhooks = webhooks

    def begin(self, document_id: int) -> Task | None:
        """Take a document to work on; None when it has ended, or its job is gone."""
        with self._database.write() as session:
            found = _locked(session, document_id)
            if found is None or found.document.state not in OPEN:
                return None
            row, job = found
            row.state, row.attempts, row.due_at = "running", row.attempts + 1, self._database.clock()
            if job.state == "queued":
                job.state = "running"
            return found

    def postpone(self, document_id: int, delay: timedelta) -> Waiting | Ending:
        """Give a document back, to be put into the queue again, unless it has ended or was cancelled meanwhile."""
        now = self._database.clock()
        with self._database.write() as session:
            found = _in_hand(session, document_id)
            if isinstance(found, Ending):
                return found
            row, job = found
            if job.cancelled_at is not None:
                row.state, row.due_at, row.finished_at = "cancelled", None, now
                session.flush()
                return Ending("cancelled", end_job(session, job, self._webhooks, now))
            row.state, row.turn, row.due_at = "queued", row.turn + 1, now + delay
            return Waiting(row.id, row.turn, job.account_id, job.priority)

    def finish(self, document_id: int, outcome: Success | Failure) -> Ending:
        """End a document and charge it, once, whoever says so how often; the last one ends its job."""
        try:
            return self._finish(document_id, outcome)
        except InsufficientBalance as error:
            return self._finish(document_id, Failure("insufficient_balance", str(error)))

    def _finish(self, document_id: int, outcome: Success | Failure) -> Ending:
        now = self._database.clock()
        with self._database.write() as session:
            found = _in_hand(session, document_id)
            if isinstance(found, Ending):
                return found
            row, job = found
            row.due_at, row.finished_at = None, now
            if isinstance(outcome, Success):
                row.state, row.pages = "succeeded", outcome.pages
                account = session.get_one(AccountRow, job.account_id)
                payer = Payer(job.account_id, job.api_key_id, self._default_plan.for_account(account))
                charge = Charge(
                    row.request_id, job.route, job.template, outcome.pages, outcome.seconds, job.template_version
                )
                self._ledger.enter(session, payer, charge)
            else:
                row.state, row.error_code, row.error_message = "failed", outcome.code, outcome.message[:1000]
            data = {"jobId": job.id, "number": row.number, "name": row.name, "status": row.state}
            if isinstance(outcome, Failure):
                data["error"] = {"code": outcome.code, "message": outcome.message[:1000]}
            kind: EventKind = "document.succeeded" if row.state == "succeeded" else "document.failed"
            deliveries = self._webhooks.record(session, job.account_id, kind, data)
            session.flush()
            return Ending(row.state, deliveries + end_job(session, job, self._webhooks, now))

    def overdue(self, limit: int = 500) -> list[Waiting]:
        """Documents that should have been in a worker's hands for long."""
        with self._database.read() as session:
            found = (
                select(DocumentRow.id, DocumentRow.turn, JobRow.account_id, JobRow.priority)
                .join(JobRow)
                .where(DocumentRow.state.in_(OPEN), DocumentRow.due_at < self._database.clock() - LEASE)
                .order_by(DocumentRow.due_at)
                .limit(limit)
            )
            return [Waiting(*row) for row in session.execute(found)]

    def extend(self, ids: Collection[int]) -> None:
        """They were looked for and are on their way."""
        with self._database.write() as session:
            still = update(DocumentRow).where(DocumentRow.id.in_(ids), DocumentRow.due_at.is_not(None))
            session.execute(still.values(due_at=self._database.clock()))

    def put_again(self, lost: Waiting) -> Waiting | None:
        """A document that fell out of the queue, to be put into it once more; None when another was faster."""
        with self._database.write() as session:
            same = (DocumentRow.id == lost.id, DocumentRow.turn == lost.turn, DocumentRow.state.in_(OPEN))
            done: Any = session.execute(
                update(DocumentRow)
                .where(*same)
                .values(state="queued", turn=lost.turn + 1, due_at=self._database.clock())
            )
            return lost._replace(turn=lost.turn + 1) if done.rowcount else None


def _in_hand(session: Session, document_id: int) -> Task | Ending:
    """A document that has not ended, or how it has: without a state when its job is gone."""
    found = _locked(session, document_id)
    if found is None:
        return Ending(None, [])
    return found if found.document.state in OPEN else Ending(found.document.state, [])


def _locked(session: Session, document_id: int) -> Task | None:
    """A document with its job, both locked, the job first, as whoever cancels it does; None when they are gone.

    The last two documents of a job may end in the same moment: one has to see the other's end.
    """
    job_id = session.scalar(select(DocumentRow.job_id).where(DocumentRow.id == document_id))
    job = session.get(JobRow, job_id, with_for_update=True) if job_id else None
    row = session.get(DocumentRow, document_id, with_for_update=True) if job else None
    return Task(row, job) if job and row else None
