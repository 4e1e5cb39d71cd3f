"""Alembic's entry point; called by `accounts.migrate`."""

from __future__ import annotations

from alembic import context
from sqlalchemy import create_engine

from accounts.models import ApiKey


def run() -> None:
    """Apply the migrations in one transaction each."""
    engine = create_engine(context.config.attributes["url"])
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=ApiKey.metadata,
            render_as_batch=True,  # SQLite alters tables by copying them
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


run()
