"""Keys, the usage ledger and idempotent replies in one database: SQLite or Postgres."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, event, func, select, update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker, create_async_engine

from accounts.errors import IdempotencyConflict, InactiveKey, InvalidKey, NoSuchKey
from accounts.models import ApiKey, IdempotentReply, UsageEntry

KEY_PREFIX = "fpk_"
"""Marks a secret of this product, for people and for secret scanners."""
REPLY_LIFETIME = timedelta(hours=24)
_LOOKUP_LENGTH = len(KEY_PREFIX) + 8
_BUSY_SECONDS = 30
"""How long SQLite waits for another writer."""

Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Caller:
    """Who is calling."""

    key_id: int
    name: str


@dataclass(frozen=True)
class Charge:
    """One successful call, as it goes into the ledger."""

    request_id: str
    route: str
    template: str | None
    pages: int
    seconds: dict[str, float]


@dataclass(frozen=True)
class Idempotency:
    """A caller's `Idempotency-Key` and the SHA-256 of the request that it stands for."""

    key: str
    fingerprint: str


@dataclass(frozen=True)
class DayOfUsage:
    """Calls and pages of one day (UTC)."""

    day: date
    calls: int
    pages: int


def _now() -> datetime:
    return datetime.now(UTC)


class AccountStore:
    """Every read and write of accounts. Safe to use from one event loop at a time."""

    def __init__(self, database_url: str, clock: Clock = _now) -> None:
        """Connect lazily; `database_url` is `sqlite:///path` or `postgresql://user:password@host/name`."""
        self._engine = _engine(database_url)
        self._is_sqlite = self._engine.dialect.name == "sqlite"
        self._sessions = async_sessionmaker(self._engine, expire_on_commit=False)
        self._clock = clock

    async def close(self) -> None:
        """Give the connections back."""
        await self._engine.dispose()

    async def is_reachable(self) -> bool:
        """Whether the database answers."""
        try:
            async with self._sessions() as session:
                await session.execute(select(1))
        except (OSError, SQLAlchemyError):
            return False
        return True

    async def create_key(self, name: str) -> str:
        """The new key in clear, for this one time."""
        key = KEY_PREFIX + secrets.token_urlsafe(32)
        async with self._sessions.begin() as session:
            session.add(ApiKey(name=name, prefix=key[:_LOOKUP_LENGTH], key_hash=_hash(key), created_at=self._clock()))
        return key

    async def keys(self) -> Sequence[ApiKey]:
        """Every key that was ever created, the oldest first."""
        async with self._sessions() as session:
            return (await session.scalars(select(ApiKey).order_by(ApiKey.id))).all()

    async def revoke_key(self, prefix: str) -> str:
        """Stop a key for good; its name.

        Raises:
            NoSuchKey: no active key begins like this.
        """
        async with self._sessions.begin() as session:
            found = select(ApiKey).where(ApiKey.prefix == prefix[:_LOOKUP_LENGTH], ApiKey.revoked_at.is_(None))
            key = await session.scalar(found)
            if key is None:
                raise NoSuchKey(f"no active key begins with '{prefix}'; 'fieldproof-server keys list' shows them")
            key.revoked_at = self._clock()
            return key.name

    async def authenticate(self, key: str | None) -> Caller:
        """Who the key belongs to.

        Raises:
            InvalidKey: there is no such key.
            InactiveKey: it was revoked.
        """
        if not key:
            raise InvalidKey("no API key came; send it as 'Authorization: Bearer <key>'")
        async with self._sessions.begin() as session:
            found = await session.scalar(select(ApiKey).where(ApiKey.prefix == key[:_LOOKUP_LENGTH]))
            if found is None or not hmac.compare_digest(found.key_hash, _hash(key)):
                raise InvalidKey("the API key is not known here; check that it was copied whole")
            if found.revoked_at is not None:
                raise InactiveKey(f"the API key '{found.name}' was revoked; ask for a new one")
            now = self._clock()
            if found.last_used_at is None or now - found.last_used_at > timedelta(minutes=1):  # spares most writes
                await session.execute(update(ApiKey).where(ApiKey.id == found.id).values(last_used_at=now))
            return Caller(found.id, found.name)

    async def replay(self, caller: Caller, idempotency: Idempotency) -> bytes | None:
        """The reply that this `Idempotency-Key` got before, if any.

        Raises:
            IdempotencyConflict: it was used with another request.
        """
        async with self._sessions() as session:
            found = await session.scalar(
                select(IdempotentReply).where(
                    IdempotentReply.api_key_id == caller.key_id,
                    IdempotentReply.idempotency_key == idempotency.key,
                    IdempotentReply.created_at > self._clock() - REPLY_LIFETIME,
                )
            )
        if found is None:
            return None
        if found.fingerprint != idempotency.fingerprint:
            raise IdempotencyConflict(
                "this Idempotency-Key came before with another request; use a new key for a new request"
            )
        return found.body

    async def charge(
        self, caller: Caller, charge: Charge, body: bytes, idempotency: Idempotency | None = None
    ) -> bytes:
        """Write the call into the ledger, with its reply if it can be replayed, in one transaction.

        Returns the reply to send: `body`, or that of a concurrent call with the same key, which alone is charged.
        """
        now = self._clock()
        try:
            async with self._sessions.begin() as session:
                session.add(UsageEntry(api_key_id=caller.key_id, created_at=now, **vars(charge)))
                if idempotency:
                    expired = IdempotentReply.created_at <= now - REPLY_LIFETIME
                    await session.execute(delete(IdempotentReply).where(expired))
                    session.add(
                        IdempotentReply(
                            api_key_id=caller.key_id,
                            idempotency_key=idempotency.key,
                            fingerprint=idempotency.fingerprint,
                            body=body,
                            created_at=now,
                        )
                    )
        except IntegrityError:
            first = await self.replay(caller, idempotency) if idempotency else None
            if first is None:
                raise
            return first
        return body

    async def calls_between(self, caller: Caller, start: datetime, end: datetime) -> int:
        """How many calls were charged from `start` up to, not including, `end`."""
        async with self._sessions() as session:
            counted = select(func.count()).where(
                UsageEntry.api_key_id == caller.key_id, UsageEntry.created_at >= start, UsageEntry.created_at < end
            )
            return await session.scalar(counted) or 0

    async def usage_by_day(self, caller: Caller, start: datetime, end: datetime) -> list[DayOfUsage]:
        """Days with calls from `start` up to, not including, `end`, the earliest first."""
        async with self._sessions() as session:
            moment = UsageEntry.created_at
            day = func.date(moment if self._is_sqlite else func.timezone("UTC", moment))  # SQLite keeps UTC
            rows = await session.execute(
                select(day, func.count(), func.sum(UsageEntry.pages))
                .where(
                    UsageEntry.api_key_id == caller.key_id, UsageEntry.created_at >= start, UsageEntry.created_at < end
                )
                .group_by(day)
                .order_by(day)
            )
            return [DayOfUsage(date.fromisoformat(str(d)), calls, int(pages)) for d, calls, pages in rows]


def billing_month(now: datetime) -> tuple[datetime, datetime]:
    """The calendar month (UTC) around a moment: its first instant and that of the next month."""
    start = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return start, (start + timedelta(days=32)).replace(day=1)


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def _engine(database_url: str) -> AsyncEngine:
    url = make_url(database_url)
    is_sqlite = url.get_backend_name() == "sqlite"
    engine = create_async_engine(url.set(drivername="sqlite+aiosqlite" if is_sqlite else "postgresql+psycopg"))
    if is_sqlite:
        event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute(f"PRAGMA busy_timeout={_BUSY_SECONDS * 1000}")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()
