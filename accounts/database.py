"""One database, SQLite or Postgres, and its transactions."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, create_engine, event, select
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DisconnectionError, SQLAlchemyError
from sqlalchemy.orm import Session

_BUSY_SECONDS = 30
"""Time that SQLite waits for a writer in another process."""
_POOLED_CONNECTIONS = 8
"""Connections that each pool keeps open, and how many more it may open when threads wait; Postgres allows 100 in all by
default."""
_PING_AFTER_IDLE_SECONDS = 1.0
"""A connection idle for longer is checked before use: a restart of the database may have closed it."""
_CHECKPOINT_PAGES = 8000
"""Pages of 4 kB after which SQLite copies its log into the database, which slows down one call."""
_BEGIN_WRITING = "BEGIN IMMEDIATE"

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Return the present time, UTC."""
    return datetime.now(UTC)


def sync_url(database_url: str) -> URL:
    """Return the URL with the driver that is used: pysqlite or psycopg."""
    url = make_url(database_url)
    return url if url.get_backend_name() == "sqlite" else url.set(drivername="postgresql+psycopg")


class Database:
    """Opens transactions; safe to use from many threads."""

    def __init__(self, database_url: str, clock: Clock = utc_now) -> None:
        """Create the connection pools; connections are opened when they are first used.

        Args:
            database_url: `sqlite:///path` or `postgresql://user:password@host/name`.
            clock: Returns the present time.
        """
        self.clock = clock
        url = sync_url(database_url)
        self.is_sqlite = url.get_backend_name() == "sqlite"
        # writers of this process wait here, which is fair; waiting inside SQLite means to sleep and try again
        self._writer_lock = threading.Lock()
        if self.is_sqlite:
            durable = _sqlite(url, "FULL")  # a call that was answered is charged even after a power failure
            self._read_engine: Engine = durable
            self._write_engine: Engine = durable.execution_options(begin=_BEGIN_WRITING)
            self._relaxed_engine: Engine = _sqlite(url, "NORMAL").execution_options(begin=_BEGIN_WRITING)
        else:
            self._write_engine = _postgres(url)
            # no BEGIN and COMMIT around each statement: most of a call's time here is spent on round trips
            self._read_engine = self._relaxed_engine = _postgres(url, isolation_level="AUTOCOMMIT")
            event.listen(self._relaxed_engine, "connect", _commit_without_waiting_for_disk)

    @property
    def engine(self) -> Engine:
        """Return the engine of durable write transactions."""
        return self._write_engine

    def close(self) -> None:
        """Close all connections."""
        for engine in (self._write_engine, self._read_engine, self._relaxed_engine):
            engine.dispose()

    def is_reachable(self) -> bool:
        """Return whether the database answers."""
        try:
            with self.read() as session:
                session.execute(select(1))
        except (OSError, SQLAlchemyError):
            return False
        return True

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Open a session for reading; each statement sees what was committed before it began."""
        with Session(self._read_engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self, *, durable: bool = True) -> Iterator[Session]:
        """Open a transaction: all of it is committed, or none of it if an exception is raised.

        Args:
            durable: False commits without waiting for the disk. The write survives the death of this process, but not
                a power failure, which is enough for counts per minute and for heartbeats.
        """
        engine = self._write_engine if durable else self._relaxed_engine
        lock = self._writer_lock if self.is_sqlite else nullcontext()
        with lock, Session(engine, expire_on_commit=False) as session, session.begin():
            yield session


def _postgres(url: URL, **options: Any) -> Engine:
    """Create a pool that checks idle connections before use."""
    engine = create_engine(url, pool_size=_POOLED_CONNECTIONS, max_overflow=_POOLED_CONNECTIONS, **options)

    def note_idle_since(_connection: Any, record: Any) -> None:
        record.info["idle_since"] = time.monotonic()

    def ping_if_idle(connection: Any, record: Any, _proxy: Any) -> None:
        if time.monotonic() - record.info.get("idle_since", time.monotonic()) < _PING_AFTER_IDLE_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise DisconnectionError from error

    event.listen(engine, "checkin", note_idle_since)
    event.listen(engine, "checkout", ping_if_idle)
    return engine


def _commit_without_waiting_for_disk(connection: Any, _record: Any) -> None:
    connection.autocommit = True  # otherwise the setting is undone at the end of the first transaction
    connection.execute("SET synchronous_commit TO off")


def _sqlite(url: URL, synchronous: str) -> Engine:
    """Create a pool whose transactions begin when SQLAlchemy says so, not when the driver does.

    See https://docs.sqlalchemy.org/en/20/dialects/sqlite.html.
    """
    engine = create_engine(url, pool_size=_POOLED_CONNECTIONS, max_overflow=_POOLED_CONNECTIONS)

    def connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute(f"PRAGMA synchronous={synchronous}")
        cursor.execute(f"PRAGMA busy_timeout={_BUSY_SECONDS * 1000}")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute(f"PRAGMA wal_autocheckpoint={_CHECKPOINT_PAGES}")
        cursor.close()

    def begin(connection: Any) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))

    event.listen(engine, "connect", connect)
    event.listen(engine, "begin", begin)
    return engine
