"""Heartbeats of the processes that work on jobs.

DBOS knows which process runs an entry of the queue, but not whether that process is alive: only its paid Conductor
watches processes (https://docs.dbos.dev/production/workflow-recovery, "Recovery in a Distributed Setting"). So each
process writes a heartbeat here, and `service.jobs.queue` takes over the entries of processes without one.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from accounts.database import Database
from accounts.tables import ProcessRow

HEARTBEAT_INTERVAL = timedelta(seconds=2)
"""Time between two heartbeats; five of them fit into `MAX_SILENCE`."""
MAX_GAP = timedelta(seconds=5)
"""A process whose own heartbeats were more than this apart does not judge others: perhaps the database was away, and
nobody could write one. Shorter than `MAX_SILENCE`, because the last heartbeats of others may be older than its own."""
MAX_SILENCE = timedelta(seconds=10)
"""A process without a heartbeat for this long is taken for dead: five heartbeats, so that a busy machine is not. If it
lives after all, some documents are read twice and charged once."""


class _Series(NamedTuple):
    """Heartbeats of this process without a gap, by the clock of the database."""

    first: datetime
    last: datetime


class Processes:
    """Every read and write of heartbeats."""

    def __init__(self, database: Database, min_series: timedelta = MAX_SILENCE) -> None:
        """Keep the settings.

        Args:
            database: the database.
            min_series: how long this process has to write heartbeats without a gap before it judges others.
        """
        self._database = database
        self._min_series = min_series
        self._series: _Series | None = None

    def beat(self, process_id: str) -> None:
        """Record that a process is alive."""
        with self._database.write(durable=False) as session:
            now = self._now(session)
            session.merge(ProcessRow(id=process_id, seen_at=now))
        series = self._series
        goes_on = series is not None and timedelta(0) <= now - series.last <= MAX_GAP
        self._series = _Series(series.first if series and goes_on else now, now)

    def living(self) -> set[str] | None:
        """Return the ids of the processes that are alive, or None if this process cannot know.

        It knows once its own heartbeats have succeeded for `MAX_SILENCE` without a gap: after an outage of the
        database, or a change of its clock, every process looks dead until it has written its next heartbeat.
        """
        series = self._series  # read before the time, which is then not earlier than the last heartbeat
        with self._database.read() as session:
            now = self._now(session)
            if series is None or series.last - series.first < self._min_series:
                return None
            if not timedelta(0) <= now - series.last <= MAX_GAP:
                return None
            alive = ProcessRow.seen_at.between(now - MAX_SILENCE, now + MAX_SILENCE)
            return set(session.scalars(select(ProcessRow.id).where(alive)))

    def forget(self) -> None:
        """Delete the heartbeats of dead processes; one that lives after all writes another.

        A heartbeat in the future was written before the clock was set back, which happens with SQLite.
        """
        with self._database.write() as session:
            now = self._now(session)
            dead = (ProcessRow.seen_at < now - MAX_SILENCE) | (ProcessRow.seen_at > now + MAX_SILENCE)
            session.execute(delete(ProcessRow).where(dead))

    def _now(self, session: Session) -> datetime:
        """Return the database's time: the clocks of several machines may differ."""
        if self._database.is_sqlite:
            return self._database.clock()
        return session.execute(select(func.now())).scalar_one()
