"""Add accounts that own keys, plans and prices, and templates, jobs and webhooks."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
MOMENT = sa.DateTime(timezone=True)
APPEND_ONLY = ("id", "account_id", "api_key_id", "created_at", "request_id", "route", "pages", "price", "seconds")
"""Columns of the ledger that never change; the name of a template is the customer's own and may be erased."""


def upgrade() -> None:
    """Create the tables, and give the keys and the ledger's entries to the default account."""
    _accounts()
    _templates()
    _jobs()
    _webhooks()
    op.create_table(
        "process",
        sa.Column("id", sa.String(100), primary_key=True),
        sa.Column("seen_at", MOMENT, nullable=False),
    )
    _make_the_ledger_append_only()


def _accounts() -> None:
    account = op.create_table(
        "account",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("name", sa.String(100), nullable=False, unique=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("deleted_at", MOMENT),
        sa.Column("balance", sa.BigInteger, nullable=False),
        sa.Column("free_calls", sa.Integer),
        sa.Column("price", sa.BigInteger),
        sa.Column("currency", sa.String(10)),
        sa.Column("cap", sa.String(10)),
        sa.Column("key_calls_per_minute", sa.Integer),
        sa.Column("calls_per_minute", sa.Integer),
    )
    # the operator's own account: limited only so that a runaway program is noticed, never refused for lack of money; it
    # gets all existing keys
    op.bulk_insert(
        account,
        [
            {
                "name": "default",
                "created_at": datetime.now(UTC),
                "balance": 0,
                "cap": "soft",
                "key_calls_per_minute": 6000,
                "calls_per_minute": 0,
            }
        ],
    )
    default = "(SELECT id FROM account WHERE name = 'default')"
    op.create_table(
        "credit",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("account_id", NUMBER, sa.ForeignKey("account.id"), nullable=False, index=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("amount", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "month_usage",
        sa.Column("account_id", NUMBER, sa.ForeignKey("account.id"), primary_key=True),
        sa.Column("month", sa.String(7), primary_key=True),
        sa.Column("calls", sa.Integer, nullable=False),
    )
    op.create_table(
        "rate_window",
        sa.Column("subject", sa.String(40), primary_key=True),
        sa.Column("minute", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("calls", sa.Integer, nullable=False),
    )
    with op.batch_alter_table("api_key") as table:
        table.add_column(sa.Column("account_id", NUMBER))
        table.add_column(sa.Column("scopes", sa.JSON))
        table.add_column(sa.Column("expires_at", MOMENT))
    op.execute(f'UPDATE api_key SET account_id = {default}, scopes = \'["admin", "extract", "usage"]\'')
    with op.batch_alter_table("api_key") as table:
        table.alter_column("account_id", existing_type=NUMBER, nullable=False)
        table.alter_column("scopes", existing_type=sa.JSON, nullable=False)
        table.create_foreign_key("fk_api_key_account", "account", ["account_id"], ["id"])
        table.create_index("ix_api_key_account_id", ["account_id"])

    with op.batch_alter_table("usage_entry") as table:
        table.add_column(sa.Column("account_id", NUMBER))
        table.add_column(sa.Column("template_version", sa.Integer))
        table.add_column(sa.Column("price", sa.BigInteger))
        table.drop_index("ix_usage_entry_key_time")
    op.execute(f"UPDATE usage_entry SET account_id = {default}, price = 0")
    with op.batch_alter_table("usage_entry") as table:
        table.alter_column("account_id", existing_type=NUMBER, nullable=False)
        table.alter_column("price", existing_type=sa.BigInteger, nullable=False)
        table.create_foreign_key("fk_usage_entry_account", "account", ["account_id"], ["id"])
        table.create_index("ix_usage_entry_account_time", ["account_id", "created_at"])
    month = "substr(created_at, 1, 7)"
    if op.get_bind().dialect.name == "postgresql":
        month = "to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM')"
    op.execute(
        "INSERT INTO month_usage (account_id, month, calls) "
        f"SELECT account_id, {month}, count(*) FROM usage_entry GROUP BY account_id, {month}"
    )

    # replies live for a day and belonged to a key, not to an account: they are not carried over
    op.drop_table("idempotent_reply")
    op.create_table(
        "idempotent_reply",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("account_id", NUMBER, sa.ForeignKey("account.id"), nullable=False),
        sa.Column("idempotency_key", sa.String(255), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False, index=True),
        sa.UniqueConstraint("account_id", "idempotency_key"),
    )


def _templates() -> None:
    op.create_table(
        "template",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("account_id", NUMBER, sa.ForeignKey("account.id"), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("content", sa.JSON, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("deleted_at", MOMENT),
        sa.UniqueConstraint("account_id", "name", "version"),
    )


def _jobs() -> None:
    op.create_table(
        "job",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("account_id", NUMBER, sa.ForeignKey("account.id"), nullable=False),
        sa.Column("api_key_id", NUMBER, sa.ForeignKey("api_key.id"), nullable=False),
        sa.Column("route", sa.String(100), nullable=False),
        sa.Column("batch", sa.String(64), index=True),
        sa.Column("priority", sa.Integer, nullable=False),
        sa.Column("request", sa.JSON, nullable=False),
        sa.Column("template", sa.String(100)),
        sa.Column("template_version", sa.Integer),
        sa.Column("retain", sa.Boolean, nullable=False),
        sa.Column("keep_hours", sa.Integer, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("cancelled_at", MOMENT),
        sa.Column("finished_at", MOMENT),
        sa.Column("expires_at", MOMENT, index=True),
    )
    op.create_index("ix_job_account_time", "job", ["account_id", "created_at"])
    op.create_table(
        "job_document",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("job_id", sa.String(40), sa.ForeignKey("job.id", ondelete="CASCADE"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("name", sa.String(500)),
        sa.Column("pages_asked", sa.String(200)),
        sa.Column("request_id", sa.String(40), nullable=False, unique=True),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("turn", sa.Integer, nullable=False),
        sa.Column("due_at", MOMENT),
        sa.Column("pages", sa.Integer),
        sa.Column("error_code", sa.String(40)),
        sa.Column("error_message", sa.String(1000)),
        sa.Column("finished_at", MOMENT),
        sa.UniqueConstraint("job_id", "number"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_job_document_state", "job_document", ["state", "due_at"])


def _webhooks() -> None:
    op.create_table(
        "webhook",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("account_id", NUMBER, sa.ForeignKey("account.id"), nullable=False, index=True),
        sa.Column("url", sa.String(2000), nullable=False),
        sa.Column("events", sa.JSON, nullable=False),
        sa.Column("secret", sa.String(100), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
    )
    op.create_table(
        "webhook_event",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("account_id", NUMBER, sa.ForeignKey("account.id"), nullable=False, index=True),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False, index=True),
    )
    event, webhook = "webhook_event.id", "webhook.id"
    op.create_table(
        "webhook_delivery",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("event_id", sa.String(40), sa.ForeignKey(event, ondelete="CASCADE"), nullable=False, index=True),
        sa.Column("webhook_id", sa.String(40), sa.ForeignKey(webhook, ondelete="CASCADE"), nullable=False, index=True),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("turn", sa.Integer, nullable=False),
        sa.Column("due_at", MOMENT),
        sa.Column("ended_at", MOMENT),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_webhook_delivery_state", "webhook_delivery", ["state", "due_at"])
    delivery = sa.ForeignKey("webhook_delivery.id", ondelete="CASCADE")
    op.create_table(
        "webhook_attempt",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("delivery_id", NUMBER, delivery, nullable=False, index=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("status", sa.Integer),
        sa.Column("error", sa.String(500)),
        sa.Column("seconds", sa.Float, nullable=False),
    )


def _make_the_ledger_append_only() -> None:
    columns = ", ".join(APPEND_ONLY)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION ledger_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'the ledger is append-only'; END $$"
        )
        call = "FOR EACH ROW EXECUTE FUNCTION ledger_is_append_only()"
    else:
        call = "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
    op.execute(f"CREATE TRIGGER usage_entry_no_update BEFORE UPDATE OF {columns} ON usage_entry {call}")
    op.execute(f"CREATE TRIGGER usage_entry_no_delete BEFORE DELETE ON usage_entry {call}")
