"""Upgrade of a database to the tables of this version."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, create_engine

from accounts.database import sync_url


def migrate(database_url: str, revision: str = "head") -> None:
    """Create or upgrade the tables; a database that is up to date is left alone.

    Args:
        database_url: `sqlite:///path` or `postgresql://user:password@host/name`.
        revision: The migration to stop at; the newest by default.
    """
    url = sync_url(database_url)
    config = _config()
    config.attributes["url"] = url
    with _exclusive(url):
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
def _exclusive(url: URL) -> Iterator[None]:
    """Let one process upgrade a SQLite file while others that start at the same time wait."""
    if url.get_backend_name() != "sqlite" or not url.database:
        yield
        return
    with Path(f"{url.database}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
