"""One database, SQLite or Postgres, and its transactions."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, create_engine, event, select
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

_BUSY_SECONDS = 30
"""How long SQLite waits for a writer in another process."""
_CONNECTIONS = 10
"""That a process keeps; as many again are opened when more threads ask at once. Postgres takes a hundred by default."""
_HASTY_CONNECTIONS = 5
_BEGIN_WRITING = "BEGIN IMMEDIATE"

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The clock that is used unless a test sets another."""
    return datetime.now(UTC)


def sync_url(database_url: str) -> URL:
    """The URL with the driver that is used: pysqlite or psycopg."""
    url = make_url(database_url)
    return url if url.get_backend_name() == "sqlite" else url.set(drivername="postgresql+psycopg")


class Database:
    """Hands out transactions; safe to use from many threads."""

    def __init__(self, database_url: str, clock: Clock = utc_now) -> None:
        """Connect lazily; `database_url` is `sqlite:///path` or `postgresql://user:password@host/name`."""
        self.clock = clock
        url = sync_url(database_url)
        self.is_sqlite = url.get_backend_name() == "sqlite"
        # a connection that a restart of the database has cut is replaced unseen
        ping = not self.is_sqlite
        self._engine = create_engine(url, pool_size=_CONNECTIONS, max_overflow=_CONNECTIONS, pool_pre_ping=ping)
        hurry = {} if self.is_sqlite else {"options": "-c synchronous_commit=off"}
        self._hasty = create_engine(url, pool_size=_HASTY_CONNECTIONS, pool_pre_ping=ping, connect_args=hurry)
        self._writers = self._engine
        # within this process writers queue up here, fairly; SQLite itself would have them sleep and try again
        self._turn = threading.Lock()
        if self.is_sqlite:
            _tame_sqlite(self._engine, "FULL")  # a reply that was sent is charged, also after a power failure
            _tame_sqlite(self._hasty, "NORMAL")
            self._writers = self._engine.execution_options(begin=_BEGIN_WRITING)
            self._hasty = self._hasty.execution_options(begin=_BEGIN_WRITING)

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()
        self._hasty.dispose()

    def is_reachable(self) -> bool:
        """Whether the database answers."""
        try:
            with self.read() as session:
                session.execute(select(1))
        except (OSError, SQLAlchemyError):
            return False
        return True

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Only look."""
        with Session(self._engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self, *, hasty: bool = False) -> Iterator[Session]:
        """One transaction: all of it is kept, or with an exception nothing.

        Args:
            hasty: do not wait for the disk. What was written outlives every process, but not a power failure: enough
                for counts of a minute and for signs of life, which most calls would otherwise wait for.
        """
        engine = self._hasty if hasty else self._writers
        turn = self._turn if self.is_sqlite else nullcontext()
        with turn, Session(engine, expire_on_commit=False) as session, session.begin():
            yield session


def _tame_sqlite(engine: Engine, synchronous: str) -> None:
    """Transactions begin when they are told to, not when the driver thinks so; see SQLAlchemy's pages on pysqlite."""

    def connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute(f"PRAGMA synchronous={synchronous}")
        cursor.execute(f"PRAGMA busy_timeout={_BUSY_SECONDS * 1000}")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    def begin(connection: Any) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))

    event.listen(engine, "connect", connect)
    event.listen(engine, "begin", begin)
