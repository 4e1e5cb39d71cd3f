"""Which processes work on jobs, and which of them have died."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from accounts.database import Database
from accounts.models import ProcessRow

BEAT = timedelta(seconds=2)
"""How often a process says that it lives."""
SILENCE = timedelta(seconds=10)
"""After this long without a word it is taken for dead. If it is not, some documents are read twice and charged once."""


class Processes:
    """Every read and write of processes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def beat(self, process_id: str) -> None:
        """It lives."""
        with self._database.write(durable=False) as session:
            session.merge(ProcessRow(id=process_id, seen_at=self._now(session)))

    def dead(self) -> list[str]:
        """Those that fell silent and whose work nobody has taken over yet."""
        with self._database.read() as session:
            return list(session.scalars(select(ProcessRow.id).where(ProcessRow.seen_at < self._now(session) - SILENCE)))

    def living(self) -> set[str]:
        """Those that were heard lately."""
        with self._database.read() as session:
            return set(session.scalars(select(ProcessRow.id).where(ProcessRow.seen_at >= self._now(session) - SILENCE)))

    def forget(self, process_id: str) -> None:
        """Its work was taken over; should it live, it will say so again."""
        with self._database.write() as session:
            session.execute(delete(ProcessRow).where(ProcessRow.id == process_id))

    def _now(self, session: Session) -> datetime:
        """The database's clock: those of several machines may differ."""
        if self._database.is_sqlite:
            return self._database.clock()
        return session.execute(select(func.now())).scalar_one()
