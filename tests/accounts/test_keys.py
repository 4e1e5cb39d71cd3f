from __future__ import annotations

import hashlib
import hmac
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import text

from accounts import (
    Accounts,
    Conflict,
    InactiveKey,
    InvalidKey,
    MissingScope,
    NotFound,
    SecretCipher,
    UndecryptableSecret,
)
from tests.fakes import Clock

NOON = datetime(2025, 4, 30, 12, tzinfo=UTC)


def test_a_key_authenticates_and_only_its_hash_is_kept(accounts: Accounts) -> None:
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
def test_unknown_keys_are_refused(accounts: Accounts, wrong: str | None) -> None:
    accounts.keys.create("books")
    with pytest.raises(InvalidKey):
        accounts.keys.authenticate(wrong)


def test_a_key_with_a_known_prefix_is_refused(accounts: Accounts) -> None:
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


def test_changed_terms_take_effect_at_once(accounts: Accounts) -> None:
    accounts.account_store.create("customer")
    key = accounts.keys.create("books", account="customer").secret
    assert accounts.keys.authenticate(key).plan.free_calls == 100
    accounts.account_store.set_terms("customer", free_calls=7)
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
    with pytest.raises(MissingScope, match="expected 'admin', got extract"):
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


def test_last_use_is_recorded_at_most_once_a_minute_even_if_the_clock_jumps(accounts: Accounts, clock: Clock) -> None:
    key = accounts.keys.create("books").secret
    for seconds, noted in ((0, 0), (30, 0), (61, 61), (-3600, -3600), (-3580, -3600)):
        clock.now = NOON + timedelta(seconds=seconds)
        accounts.keys.authenticate(key)
        ((listed, _),) = accounts.keys.all()
        assert listed.last_used_at == NOON + timedelta(seconds=noted)


MESSAGE = b"to be signed"


def sign(secret: str, message: bytes = MESSAGE) -> str:
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


def encryption_key() -> str:
    return Fernet.generate_key().decode()


def open_with(database_url: str, keys: str) -> closing[Accounts]:
    return closing(Accounts(database_url, cipher=SecretCipher(keys)))


def test_a_signing_key_signs_and_is_a_bearer_token(accounts: Accounts) -> None:
    key = accounts.keys.create("books", {"extract"}, signing=True)
    assert accounts.keys.can_sign(key.prefix)
    caller = accounts.keys.authenticate_signature(key.prefix, MESSAGE, sign(key.secret), "extract")
    assert caller == accounts.keys.authenticate(key.secret)
    assert accounts.keys.authenticate_signature(key.prefix, MESSAGE, sign(key.secret).upper()) == caller
    with pytest.raises(MissingScope):
        accounts.keys.authenticate_signature(key.prefix, MESSAGE, sign(key.secret), "usage")
    with accounts.database.read() as session:
        stored = repr(session.execute(text("SELECT * FROM api_key")).all())
    assert key.secret not in stored


@pytest.mark.parametrize(
    ("access_key", "signature", "message"),
    [
        pytest.param("dwk_00000000", "", "unknown", id="unknown-access-key"),
        pytest.param("", "", "unknown", id="no-access-key"),
        pytest.param(None, sign("dwk_other"), "does not fit", id="signed-with-another-secret"),
        pytest.param(None, "", "does not fit", id="empty-signature"),
        pytest.param(None, "\u00e4", "does not fit", id="not-ascii"),
    ],
)
def test_wrong_signatures(accounts: Accounts, access_key: str | None, signature: str, message: str) -> None:
    key = accounts.keys.create("books", signing=True)
    with pytest.raises(InvalidKey, match=message):
        accounts.keys.authenticate_signature(key.prefix if access_key is None else access_key, MESSAGE, signature)
    with pytest.raises(InvalidKey, match="does not fit"):
        accounts.keys.authenticate_signature(key.prefix, MESSAGE + b"!", sign(key.secret))


def test_an_ordinary_key_does_not_sign(accounts: Accounts) -> None:
    key = accounts.keys.create("books")
    assert not accounts.keys.can_sign(key.prefix)
    with pytest.raises(InvalidKey, match="keys create NAME --signing"):
        accounts.keys.authenticate_signature(key.prefix, MESSAGE, sign(key.secret))


def test_revoked_and_expired_keys_do_not_sign(accounts: Accounts, clock: Clock) -> None:
    revoked = accounts.keys.create("revoked", signing=True)
    accounts.keys.revoke(revoked.prefix)
    expired = accounts.keys.create("expired", expires_at=NOON + timedelta(hours=1), signing=True)
    clock.go(hours=1)
    for key in (revoked, expired):
        with pytest.raises(InactiveKey):
            accounts.keys.authenticate_signature(key.prefix, MESSAGE, sign(key.secret))
        with pytest.raises(InvalidKey):  # only those who have the secret learn the state of the key
            accounts.keys.authenticate_signature(key.prefix, MESSAGE, sign("wrong"))


@pytest.mark.parametrize("signing", [False, True])
def test_rotation_keeps_whether_a_key_signs(accounts: Accounts, signing: bool) -> None:
    old = accounts.keys.create("books", signing=signing)
    new = accounts.keys.rotate(old.prefix)
    assert accounts.keys.can_sign(new.prefix) is signing
    assert [key.signing for key, _ in accounts.keys.all()] == [signing, signing]
    if signing:
        accounts.keys.authenticate_signature(new.prefix, MESSAGE, sign(new.secret))


def test_the_secret_goes_with_its_account(accounts: Accounts) -> None:
    accounts.account_store.create("customer")
    key = accounts.keys.create("books", account="customer", signing=True)
    accounts.account_store.delete("customer")
    with accounts.database.read() as session:
        assert session.scalar(text("SELECT encrypted_secret FROM api_key")) is None
    assert not accounts.keys.can_sign(key.prefix)


def test_without_an_encryption_key_no_key_signs(accounts: Accounts, database_url: str) -> None:
    with open_with(database_url, "") as other:
        with pytest.raises(Conflict, match="DOCWITNESS_SECRET_KEY"):
            other.keys.create("books", signing=True)
        other.keys.create("books")
        assert [key.signing for key, _ in other.keys.all()] == [False]


@pytest.mark.parametrize("left", [pytest.param("", id="lost"), pytest.param(encryption_key(), id="replaced")])
def test_a_lost_encryption_key(accounts: Accounts, database_url: str, left: str) -> None:
    key = accounts.keys.create("books", signing=True)
    with open_with(database_url, left) as other:
        with pytest.raises(InvalidKey, match="lacks the encryption key"):
            other.keys.authenticate_signature(key.prefix, MESSAGE, sign(key.secret))
        assert other.keys.authenticate(key.secret).name == "books"
        with pytest.raises(UndecryptableSecret):
            other.keys.reencrypt_secrets()


def test_the_secret_of_another_key_does_not_verify_signatures(accounts: Accounts) -> None:
    """A secret that was copied to another row in the database is not accepted there."""
    mine, other = (accounts.keys.create(name, signing=True) for name in ("mine", "other"))
    with accounts.database.write() as session:
        session.execute(
            text("UPDATE api_key SET encrypted_secret = (SELECT encrypted_secret FROM api_key WHERE prefix = :mine)"),
            {"mine": mine.prefix},
        )
    with pytest.raises(InvalidKey):
        accounts.keys.authenticate_signature(other.prefix, MESSAGE, sign(mine.secret))


def test_the_encryption_key_is_replaced(accounts: Accounts, database_url: str) -> None:
    first, second = encryption_key(), encryption_key()
    with open_with(database_url, first) as old:
        key = old.keys.create("books", signing=True)
        old.keys.create("ordinary")
    with open_with(database_url, f"{second},{first}") as both:
        both.keys.authenticate_signature(key.prefix, MESSAGE, sign(key.secret))
        assert both.keys.reencrypt_secrets() == 1
    with open_with(database_url, second) as new:
        assert new.keys.authenticate_signature(key.prefix, MESSAGE, sign(key.secret)).name == "books"
    with open_with(database_url, first) as old, pytest.raises(InvalidKey):
        old.keys.authenticate_signature(key.prefix, MESSAGE, sign(key.secret))
