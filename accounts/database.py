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
"""How long SQLite waits for a writer in another process."""
_CONNECTIONS = 8
"""That a process keeps of each kind; as many again are opened when more threads ask at once. Postgres takes a hundred
by default."""
_TRIED_AFTER_SECONDS = 1.0
_CHECKPOINT_PAGES = 8000
"""Of 4 kB, after which SQLite copies its log into the database, at the cost of the call that comes to it."""
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
        # within this process writers queue up here, fairly; SQLite itself would have them sleep and try again
        self._turn = threading.Lock()
        if self.is_sqlite:
            durable = _sqlite(url, "FULL")  # what was replied is charged after a power failure too
            self._reading: Engine = durable
            self._writing: Engine = durable.execution_options(begin=_BEGIN_WRITING)
            self._relaxed: Engine = _sqlite(url, "NORMAL").execution_options(begin=_BEGIN_WRITING)
        else:
            self._writing = _postgres(url)
            # no BEGIN and COMMIT around each statement: of what a call takes here, most is the way to and fro
            self._reading = self._relaxed = _postgres(url, isolation_level="AUTOCOMMIT")
            event.listen(self._relaxed, "connect", _wait_for_no_disk)

    @property
    def engine(self) -> Engine:
        """The engine of durable write transactions."""
        return self._writing

    def close(self) -> None:
        """Give the connections back."""
        for engine in (self._writing, self._reading, self._relaxed):
            engine.dispose()

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
        """Only look. Each statement sees what is committed when it begins."""
        with Session(self._reading, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self, *, durable: bool = True) -> Iterator[Session]:
        """One transaction: all of it is kept, or with an exception nothing.

        Args:
            durable: False commits without waiting for the disk. The write survives the death of this process, but not
                a power failure: enough for counts per minute and for heartbeats.
        """
        engine = self._writing if durable else self._relaxed
        turn = self._turn if self.is_sqlite else nullcontext()
        with turn, Session(engine, expire_on_commit=False) as session, session.begin():
            yield session


def _postgres(url: URL, **options: Any) -> Engine:
    """Connections that have rested are tried before they are used: a restart of the database may have cut them."""
    engine = create_engine(url, pool_size=_CONNECTIONS, max_overflow=_CONNECTIONS, **options)

    def rests(_connection: Any, record: Any) -> None:
        record.info["rests_since"] = time.monotonic()

    def tried(connection: Any, record: Any, _proxy: Any) -> None:
        if time.monotonic() - record.info.get("rests_since", time.monotonic()) < _TRIED_AFTER_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise DisconnectionError from error

    event.listen(engine, "checkin", rests)
    event.listen(engine, "checkout", tried)
    return engine


def _wait_for_no_disk(connection: Any, _record: Any) -> None:
    connection.autocommit = True  # else it would be gone with the first transaction
    connection.execute("SET synchronous_commit TO off")


def _sqlite(url: URL, synchronous: str) -> Engine:
    """Transactions begin when they are told to, not when the driver thinks so; see SQLAlchemy's pages on pysqlite."""
    engine = create_engine(url, pool_size=_CONNECTIONS, max_overflow=_CONNECTIONS)

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
