from __future__ import annotations

import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from accounts import Accounts, InactiveKey, InvalidKey, MissingScope, NotFound
from tests.fakes import Clock

NOON = datetime(2025, 4, 30, 12, tzinfo=UTC)


def test_a_key_opens_the_door_and_only_its_hash_is_kept(accounts: Accounts) -> None:
    key = accounts.keys.create("books").secret
    assert key.startswith("dwk_")
    assert len(key) == 47
    assert accounts.keys.authenticate(key).name == "books"
    with accounts.database.read() as session:
        assert key not in repr(session.execute(text("SELECT * FROM api_key")).all())


def test_the_file_does_not_hold_the_key(accounts: Accounts, tmp_path: Path) -> None:
    if not accounts.database.is_sqlite:
        pytest.skip("there is no file")
    key = accounts.keys.create("books").secret.encode()
    assert key not in (tmp_path / "accounts.db").read_bytes() + (tmp_path / "accounts.db-wal").read_bytes()


@pytest.mark.parametrize("wrong", [None, "", "x", "dwk_", "dwk_00000000AAAA"])
def test_other_keys_do_not(accounts: Accounts, wrong: str | None) -> None:
    accounts.keys.create("books")
    with pytest.raises(InvalidKey):
        accounts.keys.authenticate(wrong)


def test_a_key_with_the_right_beginning_does_not_either(accounts: Accounts) -> None:
    key = accounts.keys.create("books").secret
    with pytest.raises(InvalidKey):
        accounts.keys.authenticate(key[:-1] + ("A" if key[-1] != "A" else "B"))


def test_revoked_keys_stop_at_once(accounts: Accounts) -> None:
    key = accounts.keys.create("books")
    accounts.keys.authenticate(key.secret)
    assert accounts.keys.revoke(key.prefix) == "books"
    with pytest.raises(InactiveKey, match="'books' was revoked"):
        accounts.keys.authenticate(key.secret)
    with pytest.raises(NotFound):
        accounts.keys.revoke(key.prefix)


def test_revoked_keys_stop_on_other_replicas_within_a_second(accounts: Accounts, database_url: str) -> None:
    key = accounts.keys.create("books")
    with closing(Accounts(database_url, clock=accounts.database.clock)) as other:
        other.keys.authenticate(key.secret)
        other.keys.authenticate(key.secret)  # from memory
        accounts.keys.revoke(key.prefix)
        revoked = time.monotonic()
        with pytest.raises(InactiveKey):
            while True:
                other.keys.authenticate(key.secret)
                assert time.monotonic() - revoked < 1


def test_terms_that_were_changed_hold_at_once(accounts: Accounts) -> None:
    accounts.account_store.create("customer")
    key = accounts.keys.create("books", account="customer").secret
    assert accounts.keys.authenticate(key).plan.free_calls == 100
    accounts.account_store.change("customer", free_calls=7)
    assert accounts.keys.authenticate(key).plan.free_calls == 7
    accounts.account_store.delete("customer")
    with pytest.raises(InvalidKey):
        accounts.keys.authenticate(key)


def test_keys_expire(accounts: Accounts, clock: Clock) -> None:
    key = accounts.keys.create("books", expires_at=NOON + timedelta(hours=1)).secret
    accounts.keys.authenticate(key)
    clock.go(hours=1)
    with pytest.raises(InactiveKey, match="expired on 2025-04-30"):
        accounts.keys.authenticate(key)
    with pytest.raises(NotFound):
        accounts.keys.rotate(key)


def test_scopes(accounts: Accounts) -> None:
    key = accounts.keys.create("books", {"extract"}).secret
    accounts.keys.authenticate(key, "extract")
    with pytest.raises(MissingScope, match="scope 'admin'; this one has extract"):
        accounts.keys.authenticate(key, "admin")


@pytest.mark.parametrize("grace", [timedelta(0), timedelta(minutes=10)])
def test_rotation(accounts: Accounts, clock: Clock, grace: timedelta) -> None:
    old = accounts.keys.create("books", {"usage"})
    new = accounts.keys.rotate(old.prefix, grace=grace)
    assert accounts.keys.authenticate(new.secret, "usage").name == "books"
    if grace:
        accounts.keys.authenticate(old.secret)
    clock.go(minutes=10)
    with pytest.raises(InactiveKey):
        accounts.keys.authenticate(old.secret)
    accounts.keys.authenticate(new.secret)


def test_keys_of_another_account_are_out_of_reach(accounts: Accounts) -> None:
    mine = accounts.account_store.create("mine").id
    other = accounts.keys.create("other")
    for action in (accounts.keys.revoke, accounts.keys.rotate):
        with pytest.raises(NotFound):
            action(other.prefix, mine)
    assert accounts.keys.all(mine) == []


def test_last_use_is_noted_at_most_once_a_minute_whichever_way_the_clock_goes(accounts: Accounts, clock: Clock) -> None:
    key = accounts.keys.create("books").secret
    for seconds, noted in ((0, 0), (30, 0), (61, 61), (-3600, -3600), (-3580, -3600)):
        clock.now = NOON + timedelta(seconds=seconds)
        accounts.keys.authenticate(key)
        ((listed, _),) = accounts.keys.all()
        assert listed.last_used_at == NOON + timedelta(seconds=noted)
