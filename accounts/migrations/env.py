"""Alembic's entry point; called by `accounts.migrate`."""

from __future__ import annotations

from alembic import context
from sqlalchemy import create_engine, event

from accounts.tables import Base


def run() -> None:
    """Apply each migration in a transaction of its own."""
    engine = create_engine(context.config.attributes["url"])
    if engine.dialect.name == "sqlite":  # the driver begins no transaction before a change of tables
        event.listen(engine, "connect", lambda connection, _: setattr(connection, "isolation_level", None))
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=True,  # SQLite alters tables by copying them
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()
    engine.dispose()


run()
