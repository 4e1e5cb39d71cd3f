"""The tables; every change here needs a migration in `accounts/migrations/versions`."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

MICROS = Decimal(1_000_000)
"""Amounts are stored as whole millionths, which is exact in both databases."""


class Amount(TypeDecorator[Decimal]):
    """A `Decimal` with up to six decimals, stored as an integer of millionths."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, _dialect: Dialect) -> int | None:
        """Return the number of millionths to store."""
        return None if value is None else int((value * MICROS).to_integral_value())

    def process_result_value(self, value: int | None, _dialect: Dialect) -> Decimal | None:
        """Return the amount for a stored number of millionths."""
        return None if value is None else Decimal(value) / MICROS


class UtcDateTime(TypeDecorator[datetime]):
    """A point in time, UTC; SQLite itself stores no time zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Return the time to store, in UTC."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Return a stored time with its time zone, UTC."""
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


RowId = BigInteger().with_variant(Integer, "sqlite")
"""Type of row ids: SQLite numbers rows by itself only if the column is declared INTEGER."""


class Base(DeclarativeBase):
    """Base class of all tables."""


class NumberedBase(Base):
    """Base class of the tables whose rows are numbered in the order of their creation."""

    __abstract__ = True

    id: Mapped[int] = mapped_column(RowId, primary_key=True)


class AccountRow(NumberedBase):
    """An account, which pays for calls; terms that are null are those of the default plan."""

    __tablename__ = "account"

    name: Mapped[str] = mapped_column(String(100), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    balance: Mapped[Decimal] = mapped_column(Amount)
    """Amount paid in and not used yet, in the plan's currency; below zero only under a soft cap."""
    free_calls: Mapped[int | None]
    price: Mapped[Decimal | None] = mapped_column(Amount)
    currency: Mapped[str | None] = mapped_column(String(10))
    cap: Mapped[str | None] = mapped_column(String(10))
    key_calls_per_minute: Mapped[int | None]
    calls_per_minute: Mapped[int | None]
    may_choose_extractor: Mapped[bool | None]


class CreditRow(NumberedBase):
    """A payment to an account. Rows are added and never changed."""

    __tablename__ = "credit"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    amount: Mapped[Decimal] = mapped_column(Amount)


class KeyRow(NumberedBase):
    """A caller's API key. Only its hash is kept, and the encrypted secret if it signs requests."""

    __tablename__ = "api_key"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    prefix: Mapped[str] = mapped_column(String(20), unique=True)
    """The first 12 characters: a key is looked up by them and lists show them."""
    key_hash: Mapped[str] = mapped_column(String(64))
    """SHA-256, hexadecimal; enough for a random secret of 256 bits."""
    encrypted_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The whole key, encrypted by `accounts.encryption`; None if the key does not sign requests."""
    scopes: Mapped[list[str]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def signing(self) -> bool:
        """True if the key may sign requests."""
        return self.encrypted_secret is not None


class UsageRow(NumberedBase):
    """One successful call in the ledger.

    Rows are added and never changed; triggers in the database enforce it.
    """

    __tablename__ = "usage_entry"
    __table_args__ = (Index("ix_usage_entry_account_time", "account_id", "created_at"),)

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    api_key_id: Mapped[int] = mapped_column(ForeignKey("api_key.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    request_id: Mapped[str] = mapped_column(String(40), unique=True)
    """Id of the call or of the job's document; unique, so that nothing is charged twice."""
    route: Mapped[str] = mapped_column(String(100))
    template: Mapped[str | None] = mapped_column(String(100))
    template_version: Mapped[int | None]
    pages: Mapped[int]
    price: Mapped[Decimal] = mapped_column(Amount)
    seconds: Mapped[dict[str, float]] = mapped_column(JSON)
    """Duration of each stage, in seconds."""


class MonthRow(Base):
    """Number of calls of one account in a calendar month (UTC).

    It is counted in the transactions that write the ledger.
    """

    __tablename__ = "month_usage"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    month: Mapped[str] = mapped_column(String(7), primary_key=True)
    """Name of the month, such as `2025-04`."""
    calls: Mapped[int]


class RateRow(Base):
    """Number of calls of one key or account within one minute, counted by all replicas together."""

    __tablename__ = "rate_window"

    subject: Mapped[str] = mapped_column(String(40), primary_key=True)
    """`key:` or `account:` and the id."""
    minute: Mapped[int] = mapped_column(primary_key=True)
    """Minutes since 1970."""
    calls: Mapped[int]


class ReplyRow(NumberedBase):
    """The first reply to an `Idempotency-Key`, stored in the transaction that charges the call."""

    __tablename__ = "idempotent_reply"
    __table_args__ = (UniqueConstraint("account_id", "idempotency_key"),)

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    idempotency_key: Mapped[str] = mapped_column(String(255))
    fingerprint: Mapped[str] = mapped_column(String(64))
    """SHA-256 of the request; the same key with another request is refused."""
    body: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class TemplateRow(NumberedBase):
    """One version of a schema that an account has saved.

    Old versions stay for the jobs that use them.
    """

    __tablename__ = "template"
    __table_args__ = (UniqueConstraint("account_id", "name", "version"),)

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    name: Mapped[str] = mapped_column(String(100))
    version: Mapped[int]
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    """`title`, `description` and `fields`, as they were sent."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class JobRow(Base):
    """Documents that were submitted together."""

    __tablename__ = "job"
    __table_args__ = (Index("ix_job_account_time", "account_id", "created_at"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    api_key_id: Mapped[int] = mapped_column(ForeignKey("api_key.id"))
    route: Mapped[str] = mapped_column(String(100))
    batch: Mapped[str | None] = mapped_column(String(64), index=True)
    """The run of `docwitness-server batch` that the job belongs to."""
    answer_format: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """Opaque JSON kept for the API surface that submitted the job."""
    priority: Mapped[int]
    """1 is taken before 2, 2 before 3."""
    request: Mapped[dict[str, Any]] = mapped_column(JSON)
    """The fields and options, the same for each document."""
    template: Mapped[str | None] = mapped_column(String(100))
    template_version: Mapped[int | None]
    retain: Mapped[bool]
    """True if documents are kept as long as the results."""
    keep_hours: Mapped[int]
    """Time for which the results stay after the last document has ended."""
    state: Mapped[str] = mapped_column(String(20))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    """When the results are deleted; set when the last document has ended."""


class DocumentRow(NumberedBase):
    """One document of a job; its bytes and its result are in the store."""

    __tablename__ = "job_document"
    __table_args__ = (
        UniqueConstraint("job_id", "number"),
        Index("ix_job_document_state", "state"),
        {"sqlite_autoincrement": True},  # the queue holds numbers: they must not be used again
    )

    job_id: Mapped[str] = mapped_column(ForeignKey("job.id", ondelete="CASCADE"))
    number: Mapped[int]
    name: Mapped[str | None] = mapped_column(String(500))
    pages_asked: Mapped[str | None] = mapped_column(String(200))
    part_of: Mapped[int | None]
    """Number of the e-mail that the document was taken out of; None for a document that was submitted."""
    part: Mapped[int | None]
    """Position of the document's file among those of the e-mail, from 0."""
    parts: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON(none_as_null=True))
    """Parts of an e-mail: each with `name`, `number` of its document, and the `reason` if it has none."""
    request_id: Mapped[str] = mapped_column(String(40), unique=True)
    state: Mapped[str] = mapped_column(String(10))
    attempts: Mapped[int]
    """Times that a worker has begun it, those included that a process did not survive."""
    pages: Mapped[int | None]
    error_code: Mapped[str | None] = mapped_column(String(40))
    error_message: Mapped[str | None] = mapped_column(String(1000))
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class WebhookRow(Base):
    """An address that events are sent to."""

    __tablename__ = "webhook"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    url: Mapped[str] = mapped_column(String(2000))
    events: Mapped[list[str]] = mapped_column(JSON)
    secret: Mapped[str] = mapped_column(String(100))
    """The key that signs events; kept in clear because signing needs it."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class EventRow(Base):
    """Something that happened, as it is sent to webhooks."""

    __tablename__ = "webhook_event"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    kind: Mapped[str] = mapped_column(String(40))
    body: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class DeliveryRow(NumberedBase):
    """One event on its way to one address."""

    __tablename__ = "webhook_delivery"
    __table_args__ = ({"sqlite_autoincrement": True},)  # the queue holds numbers: they must not be used again

    event_id: Mapped[str] = mapped_column(ForeignKey("webhook_event.id", ondelete="CASCADE"), index=True)
    webhook_id: Mapped[str] = mapped_column(ForeignKey("webhook.id", ondelete="CASCADE"), index=True)
    state: Mapped[str] = mapped_column(String(10))
    attempts: Mapped[int]
    next_attempt_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the next attempt is due, for the delivery log; null when the delivery has ended."""
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class AttemptRow(NumberedBase):
    """One entry of the delivery log: an attempt and its outcome."""

    __tablename__ = "webhook_attempt"

    delivery_id: Mapped[int] = mapped_column(ForeignKey("webhook_delivery.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    status: Mapped[int | None]
    """HTTP status; null when there was no answer."""
    error: Mapped[str | None] = mapped_column(String(500))
    seconds: Mapped[float]


class ProcessRow(Base):
    """A process that works on jobs, with its last heartbeat; see `accounts.processes` for why."""

    __tablename__ = "process"

    id: Mapped[str] = mapped_column(String(100), primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
