"""Upgrade of a database to the tables of this version."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import NullPool, create_engine, func, select

from accounts.database import sync_url

_UPGRADE_LOCK = 0x646F6377
"""Number of the lock that Postgres keeps for an upgrade; any that no other program uses on the same database."""
_LOCK_POLL_SECONDS = 0.2


def migrate(database_url: str, revision: str = "head") -> None:
    """Create or upgrade the tables; a database that is up to date is left alone.

    Args:
        database_url: `sqlite:///path` or `postgresql://user:password@host/name`.
        revision: The migration to stop at; the newest by default.
    """
    url = sync_url(database_url)
    config = _config()
    config.attributes["url"] = url
    with exclusive(database_url):
        if revision != "head" or not is_current(database_url):
            command.upgrade(config, revision)


def is_current(database_url: str) -> bool:
    """Return whether the database has the tables of this version."""
    engine = create_engine(sync_url(database_url))
    try:
        with engine.connect() as connection:
            found = MigrationContext.configure(connection).get_current_revision()
    finally:
        engine.dispose()
    return found == ScriptDirectory.from_config(_config()).get_current_head()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


@contextmanager
def exclusive(database_url: str) -> Iterator[None]:
    """Let one process upgrade a database while others that start at the same time wait.

    Args:
        database_url: `sqlite:///path` or `postgresql://user:password@host/name`.
    """
    url = sync_url(database_url)
    if url.get_backend_name() != "sqlite":
        engine = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        with engine.connect() as connection:  # the lock ends with the connection
            # not `pg_advisory_lock`: a statement that waits would stop CREATE INDEX CONCURRENTLY in the other process
            while not connection.scalar(select(func.pg_try_advisory_lock(_UPGRADE_LOCK))):
                time.sleep(_LOCK_POLL_SECONDS)
            yield
        return
    if not url.database:
        yield
        return
    with Path(f"{url.database}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
