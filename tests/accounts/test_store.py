from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from accounts import (
    AccountStore,
    Charge,
    Idempotency,
    IdempotencyConflict,
    InactiveKey,
    InvalidKey,
    NoSuchKey,
    billing_month,
    migrate,
)

NOON = datetime(2025, 4, 30, 12, tzinfo=UTC)


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def store(tmp_path: Path, clock: Clock) -> AsyncIterator[AccountStore]:
    url = f"sqlite:///{tmp_path}/accounts.db"
    migrate(url)
    opened = AccountStore(url, clock)
    yield opened
    await opened.close()


def charge(number: int = 1, pages: int = 1) -> Charge:
    return Charge(f"req_{number}", "/ocr/fields", "invoice", pages, {"read": 0.1})


async def test_a_key_opens_the_door_and_only_its_hash_is_kept(store: AccountStore, tmp_path: Path) -> None:
    key = await store.create_key("books")
    assert key.startswith("fpk_")
    assert len(key) > 40
    assert (await store.authenticate(key)).name == "books"
    assert key.encode() not in (tmp_path / "accounts.db").read_bytes()
    assert key.encode() not in (tmp_path / "accounts.db-wal").read_bytes()


@pytest.mark.parametrize("wrong", [None, "", "x", "fpk_", "fpk_00000000AAAA"])
async def test_other_keys_do_not(store: AccountStore, wrong: str | None) -> None:
    await store.create_key("books")
    with pytest.raises(InvalidKey):
        await store.authenticate(wrong)


async def test_a_key_with_the_right_beginning_does_not_either(store: AccountStore) -> None:
    key = await store.create_key("books")
    with pytest.raises(InvalidKey):
        await store.authenticate(key[:-1] + ("A" if key[-1] != "A" else "B"))


async def test_revoked_keys(store: AccountStore) -> None:
    key = await store.create_key("books")
    (listed,) = await store.keys()
    assert await store.revoke_key(listed.prefix) == "books"
    with pytest.raises(InactiveKey, match="'books' was revoked"):
        await store.authenticate(key)
    with pytest.raises(NoSuchKey):
        await store.revoke_key(listed.prefix)


async def test_last_use_is_noted_at_most_once_a_minute(store: AccountStore, clock: Clock) -> None:
    key = await store.create_key("books")
    for seconds in (0, 30, 61):
        clock.now = NOON + timedelta(seconds=seconds)
        await store.authenticate(key)
    (listed,) = await store.keys()
    assert listed.last_used_at == NOON + timedelta(seconds=61)


async def test_the_ledger_counts_by_day(store: AccountStore, clock: Clock) -> None:
    caller = await store.authenticate(await store.create_key("books"))
    other = await store.authenticate(await store.create_key("other"))
    await store.charge(caller, charge(1, pages=2), b"")
    await store.charge(caller, charge(2), b"")
    await store.charge(other, charge(3), b"")
    clock.now = NOON + timedelta(days=1)
    await store.charge(caller, charge(4, pages=5), b"")
    days = await store.usage_by_day(caller, NOON - timedelta(days=1), NOON + timedelta(days=2))
    assert [(d.day, d.calls, d.pages) for d in days] == [(date(2025, 4, 30), 2, 3), (date(2025, 5, 1), 1, 5)]
    assert await store.calls_between(caller, *billing_month(NOON)) == 2


async def test_a_repeated_call_gets_the_first_reply_and_is_charged_once(store: AccountStore, clock: Clock) -> None:
    caller = await store.authenticate(await store.create_key("books"))
    wanted = Idempotency("k", "a" * 64)
    assert await store.replay(caller, wanted) is None
    assert await store.charge(caller, charge(1), b"first", wanted) == b"first"
    assert await store.replay(caller, wanted) == b"first"
    assert await store.charge(caller, charge(2), b"second", wanted) == b"first"
    assert await store.calls_between(caller, *billing_month(NOON)) == 1
    with pytest.raises(IdempotencyConflict):
        await store.replay(caller, Idempotency("k", "b" * 64))
    clock.now = NOON + timedelta(hours=24, seconds=1)
    assert await store.replay(caller, wanted) is None
    assert await store.charge(caller, charge(3), b"third", wanted) == b"third"


async def test_concurrent_repeats_are_charged_once(store: AccountStore) -> None:
    caller = await store.authenticate(await store.create_key("books"))
    wanted = Idempotency("k", "a" * 64)
    replies = await asyncio.gather(*(store.charge(caller, charge(n), b"%d" % n, wanted) for n in range(8)))
    assert len(set(replies)) == 1
    assert await store.calls_between(caller, *billing_month(NOON)) == 1


async def test_keys_of_two_callers_do_not_meet(store: AccountStore) -> None:
    first = await store.authenticate(await store.create_key("a"))
    second = await store.authenticate(await store.create_key("b"))
    wanted = Idempotency("same", "a" * 64)
    await store.charge(first, charge(1), b"first's", wanted)
    assert await store.replay(second, wanted) is None


@pytest.mark.parametrize(
    ("now", "start", "end"),
    [
        pytest.param(NOON, (2025, 4), (2025, 5), id="april"),
        pytest.param(datetime(2025, 12, 31, 23, tzinfo=UTC), (2025, 12), (2026, 1), id="over-the-year"),
        pytest.param(datetime(2024, 2, 29, tzinfo=UTC), (2024, 2), (2024, 3), id="leap-day"),
    ],
)
def test_billing_month(now: datetime, start: tuple[int, int], end: tuple[int, int]) -> None:
    assert billing_month(now) == (datetime(*start, 1, tzinfo=UTC), datetime(*end, 1, tzinfo=UTC))


def test_migrations_make_the_tables_of_the_models(tmp_path: Path) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext
    from sqlalchemy import create_engine

    from accounts.models import ApiKey

    url = f"sqlite:///{tmp_path}/fresh.db"
    migrate(url)
    migrate(url)
    engine = create_engine(url)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), ApiKey.metadata) == []
    engine.dispose()


def test_migrating_keeps_what_is_there(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/old.db"
    migrate(url)
    with sqlite3.connect(tmp_path / "old.db") as connection:
        connection.execute(
            "insert into api_key (name, prefix, key_hash, created_at) values ('a', 'fpk_1', 'x', '2025-01-01 00:00:00')"
        )
    connection.close()
    migrate(url)
    with sqlite3.connect(tmp_path / "old.db") as connection:
        assert connection.execute("select name from api_key").fetchall() == [("a",)]
    connection.close()
