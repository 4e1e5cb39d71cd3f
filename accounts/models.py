"""The tables. Every change here comes with a migration in `accounts/migrations/versions`."""

from __future__ import annotations

from datetime import datetime

from advanced_alchemy.base import BigIntBase
from advanced_alchemy.types import DateTimeUTC
from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column


class ApiKey(BigIntBase):
    """A caller's key; only its hash is kept."""

    __tablename__ = "api_key"

    name: Mapped[str] = mapped_column(String(100))
    prefix: Mapped[str] = mapped_column(String(20), unique=True)
    """The part by which a key is looked up and shown in lists."""
    key_hash: Mapped[str] = mapped_column(String(64))
    """SHA-256, hexadecimal; enough for a random secret of 256 bits."""
    created_at: Mapped[datetime] = mapped_column(DateTimeUTC(timezone=True))
    last_used_at: Mapped[datetime | None] = mapped_column(DateTimeUTC(timezone=True))
    revoked_at: Mapped[datetime | None] = mapped_column(DateTimeUTC(timezone=True))


class UsageEntry(BigIntBase):
    """One successful call. Rows are added, never changed."""

    __tablename__ = "usage_entry"
    __table_args__ = (Index("ix_usage_entry_key_time", "api_key_id", "created_at"),)

    api_key_id: Mapped[int] = mapped_column(ForeignKey("api_key.id"))
    created_at: Mapped[datetime] = mapped_column(DateTimeUTC(timezone=True))
    request_id: Mapped[str] = mapped_column(String(40), unique=True)
    route: Mapped[str] = mapped_column(String(100))
    template: Mapped[str | None] = mapped_column(String(100))
    pages: Mapped[int]
    seconds: Mapped[dict[str, float]] = mapped_column(JSON)
    """Duration of each stage."""


class IdempotentReply(BigIntBase):
    """The first reply to an `Idempotency-Key`, written in the transaction that charges the call."""

    __tablename__ = "idempotent_reply"
    __table_args__ = (UniqueConstraint("api_key_id", "idempotency_key"),)

    api_key_id: Mapped[int] = mapped_column(ForeignKey("api_key.id"))
    idempotency_key: Mapped[str] = mapped_column(String(255))
    fingerprint: Mapped[str] = mapped_column(String(64))
    """SHA-256 of the request: the same key with another request is refused."""
    body: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(DateTimeUTC(timezone=True), index=True)
