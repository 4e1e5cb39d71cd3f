"""Heartbeats of the processes that work on jobs.

DBOS knows which process runs an entry of the queue, but not whether that process is alive: only its paid Conductor
watches processes (https://docs.dbos.dev/production/workflow-recovery, "Recovery in a Distributed Setting"). So each
process writes a heartbeat here, and `service.jobs.queue` takes over the entries of processes without one.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from accounts.database import Database
from accounts.tables import ProcessRow

HEARTBEAT_INTERVAL = timedelta(seconds=2)
"""Time between two heartbeats; five of them fit into `MAX_SILENCE`."""
MAX_SILENCE = timedelta(seconds=10)
"""A process without a heartbeat for this long is taken for dead: five heartbeats, so that a busy machine is not. If it
lives after all, some documents are read twice and charged once."""


class Processes:
    """Every read and write of heartbeats."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def beat(self, process_id: str) -> None:
        """Record that a process is alive."""
        with self._database.write(durable=False) as session:
            session.merge(ProcessRow(id=process_id, seen_at=self._now(session)))

    def living(self) -> set[str]:
        """Return the ids of the processes that are alive."""
        with self._database.read() as session:
            alive = ProcessRow.seen_at >= self._now(session) - MAX_SILENCE
            return set(session.scalars(select(ProcessRow.id).where(alive)))

    def forget(self) -> None:
        """Delete the heartbeats of dead processes; one that lives after all writes another."""
        with self._database.write() as session:
            session.execute(delete(ProcessRow).where(ProcessRow.seen_at < self._now(session) - MAX_SILENCE))

    def _now(self, session: Session) -> datetime:
        """Return the database's time: the clocks of several machines may differ."""
        if self._database.is_sqlite:
            return self._database.clock()
        return session.execute(select(func.now())).scalar_one()
