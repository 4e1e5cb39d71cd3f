"""Create the tables of keys, the ledger and idempotent replies."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "api_key",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("prefix", sa.String(20), nullable=False, unique=True),
        sa.Column("key_hash", sa.String(64), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("last_used_at", MOMENT),
        sa.Column("revoked_at", MOMENT),
    )
    op.create_table(
        "usage_entry",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("api_key_id", NUMBER, sa.ForeignKey("api_key.id"), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("request_id", sa.String(40), nullable=False, unique=True),
        sa.Column("route", sa.String(100), nullable=False),
        sa.Column("template", sa.String(100)),
        sa.Column("pages", sa.Integer, nullable=False),
        sa.Column("seconds", sa.JSON, nullable=False),
    )
    op.create_index("ix_usage_entry_key_time", "usage_entry", ["api_key_id", "created_at"])
    op.create_table(
        "idempotent_reply",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("api_key_id", NUMBER, sa.ForeignKey("api_key.id"), nullable=False),
        sa.Column("idempotency_key", sa.String(255), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False, index=True),
        sa.UniqueConstraint("api_key_id", "idempotency_key"),
    )
