"""API keys: created, shown once, authenticated, rotated and revoked."""

from __future__ import annotations

import hashlib
import hmac
import math
import secrets
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

from sqlalchemy import Row, bindparam, select, update
from sqlalchemy.orm import Session

from accounts.account_store import DEFAULT_ACCOUNT, find_account
from accounts.database import Database
from accounts.encryption import InvalidEncryptionKey, SecretCipher, UndecryptableSecret
from accounts.errors import InactiveKey, InvalidKey, MissingScope, NotFound
from accounts.plans import Plan
from accounts.tables import AccountRow, KeyRow

Scope = Literal["extract", "usage", "admin"]
SCOPES: tuple[Scope, ...] = get_args(Scope)
KEY_PREFIX = "dwk_"
"""Marks a secret of this product for people and secret scanners: `dwk_[A-Za-z0-9_-]{43}`. Keys made before the product
was renamed begin with `fpk_`; they have the same length and go on working."""
_LOOKUP_LENGTH = len(KEY_PREFIX) + 8
BATCH_KEY = "docwitness-server batch"
"""Name of the key that the command `batch` is metered on; nobody has its secret."""
ANONYMOUS_KEY = "anonymous"
"""Name of the key that calls without a key are metered on; nobody has its secret."""
_LAST_USE_PRECISION = timedelta(minutes=1)
"""Recording the last use no more often than this saves most of the writes."""
_CACHE_SECONDS = 0.5
"""Time for which a key counts as it was last read; a change made by another replica takes effect after it."""
_MAX_CACHED_KEYS = 10_000
"""Bounds the memory of the cache, which is emptied when it is full."""

_KEY, _ACCOUNT = KeyRow.__table__, AccountRow.__table__
_LOOK_UP = (
    # built once, and without the object mapper: every call begins with it
    select(*_KEY.c, *(_ACCOUNT.c[f.name] for f in fields(Plan)))
    .join_from(_KEY, _ACCOUNT, _KEY.c.account_id == _ACCOUNT.c.id)
    .where(_KEY.c.prefix == bindparam("looked_up"))
)


@dataclass(frozen=True)
class Caller:
    """The key that makes a call, and its account's plan."""

    key_id: int
    prefix: str
    name: str
    scopes: frozenset[str]
    account_id: int
    plan: Plan


@dataclass(frozen=True)
class NewKey:
    """A new key in clear text; it cannot be shown again."""

    secret: str
    prefix: str
    """The part by which lists show it; the access key of signed requests."""


class Keys:
    """Reads and writes API keys."""

    def __init__(self, database: Database, default_plan: Plan, cipher: SecretCipher) -> None:
        """Store the connection; nothing is read yet.

        Args:
            database: The database with the keys.
            default_plan: The plan of accounts without terms of their own.
            cipher: Encrypts the secrets of keys that sign requests.
        """
        self._database = database
        self._default_plan = default_plan
        self._cipher = cipher
        self._cache: dict[str, tuple[float, Row[Any]]] = {}
        """Rows of valid keys with the monotonic time when they were read, by the key's hash."""

    def clear_cache(self) -> None:
        """Make changes of keys or their accounts take effect at once in this process."""
        self._cache = {}

    def create(
        self,
        name: str,
        scopes: Collection[str] = SCOPES,
        expires_at: datetime | None = None,
        account: str | int = DEFAULT_ACCOUNT,
        *,
        signing: bool = False,
    ) -> NewKey:
        """Create a key.

        Args:
            name: The name that lists show.
            scopes: What the key may do.
            expires_at: When the key stops working; None for never.
            account: The name or the id of the account that owns the key.
            signing: Whether the key may sign requests. Its secret is then kept, encrypted; otherwise only a hash is.

        Raises:
            NotFound: if there is no such account.
            Conflict: if the key is to sign and there is no encryption key for its secret.
        """
        with self._database.write() as session:
            account_id = account if isinstance(account, int) else find_account(session, account).id
            return self._add(session, account_id, name, sorted(scopes), expires_at, signing=signing)

    def all(self, account_id: int | None = None) -> Sequence[tuple[KeyRow, str]]:
        """Return all keys of one account or of every account, oldest first.

        Each comes with its account's name.
        """
        with self._database.read() as session:
            found = select(KeyRow, AccountRow.name).join(AccountRow).where(AccountRow.deleted_at.is_(None))
            if account_id is not None:
                found = found.where(KeyRow.account_id == account_id)
            return [(key, name) for key, name in session.execute(found.order_by(KeyRow.id))]

    def rotate(self, prefix: str, account_id: int | None = None, grace: timedelta = timedelta(0)) -> NewKey:
        """Replace a key by a new one with the same name, scopes and expiry.

        The new key signs if the old one does.

        Args:
            prefix: The prefix of the old key, or the whole key.
            account_id: The account that must own the key; None for any account.
            grace: How long the old key goes on working.

        Raises:
            NotFound: if no active key has this prefix.
            Conflict: if the key signs and there is no encryption key for its new secret.
        """
        now = self._database.clock()
        with self._database.write() as session:
            old = self._active(session, prefix, account_id)
            new = self._add(session, old.account_id, old.name, old.scopes, old.expires_at, signing=old.signing)
            if grace:
                old.expires_at = min(old.expires_at or now + grace, now + grace)
            else:
                old.revoked_at = now
        self.clear_cache()
        return new

    def revoke(self, prefix: str, account_id: int | None = None) -> str:
        """Stop a key for good and return its name.

        Raises:
            NotFound: if no active key has this prefix.
        """
        with self._database.write() as session:
            key = self._active(session, prefix, account_id)
            key.revoked_at = self._database.clock()
        self.clear_cache()
        return key.name

    def reencrypt_secrets(self) -> int:
        """Encrypt the secrets of all signing keys with the first encryption key.

        Returns the number of secrets.

        Raises:
            UndecryptableSecret: if no encryption key decrypts one of them; nothing is changed then.
        """
        with self._database.write() as session:
            keys = session.scalars(select(KeyRow).where(KeyRow.encrypted_secret.is_not(None))).all()
            for key in keys:
                assert key.encrypted_secret is not None
                key.encrypted_secret = self._cipher.reencrypt(key.encrypted_secret)
        self.clear_cache()
        return len(keys)

    def authenticate(self, key: str | None, scope: Scope | None = None) -> Caller:
        """Return the caller that a key belongs to.

        A revoked key stops at once in this process, and within half a second on every other replica.

        Raises:
            InvalidKey: if there is no such key.
            InactiveKey: if the key was revoked or has expired.
            MissingScope: if the key lacks the scope.
        """
        if not key:
            raise InvalidKey("no API key was received; send one as 'Authorization: Bearer <key>'")
        return self._admitted(self._find(key), scope)

    def can_sign(self, access_key: str) -> bool:
        """Return whether a key with this access key exists and may sign.

        Raises:
            InactiveKey: if it may, but was revoked or has expired.
        """
        row = self._look_up(access_key)
        if row is None or row.encrypted_secret is None:
            return False
        self._admitted(row, None)
        return True

    def authenticate_signature(
        self, access_key: str, message: bytes, signature: str, scope: Scope | None = None
    ) -> Caller:
        """Return the caller whose key signed a message.

        Args:
            access_key: The prefix of the key, by which lists show it.
            message: The bytes that were signed.
            signature: The HMAC-SHA256 of the message, hexadecimal; its key is the whole API key.
            scope: The scope that the key must have; None for any.

        Raises:
            InvalidKey: if there is no such key, it may not sign, or the signature is not its own.
            InactiveKey: if the key was revoked or has expired.
            MissingScope: if the key lacks the scope.
        """
        row = self._look_up(access_key)
        if row is None:
            raise InvalidKey("the access key is unknown: expected the first 12 characters of a key that signs requests")
        if row.encrypted_secret is None:
            raise InvalidKey(
                "the access key belongs to an API key that cannot sign requests. Send the API key itself, or create "
                "one that signs: docwitness-server keys create NAME --signing"
            )
        try:
            secret = self._cipher.decrypt(row.encrypted_secret)
        except (UndecryptableSecret, InvalidEncryptionKey):
            secret = ""
        if not hmac.compare_digest(_hash(secret), row.key_hash):
            raise InvalidKey(
                "the signature cannot be verified: this server lacks the encryption key of the API key's secret. "
                "Ask its operator, or create a new key that signs."
            )
        expected = hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(expected.encode(), signature.lower().encode()):
            raise InvalidKey(
                "the signature does not fit the request and the access key. Use the whole API key as the secret key."
            )
        return self._admitted(row, scope)

    def internal_caller(self, account: str, name: str) -> Caller:
        """Return the caller for calls without a key.

        Its key belongs to the account, and nobody has its secret.

        Args:
            account: The name of the account that is charged.
            name: The name of the key, which is created when it is first needed.

        Raises:
            NotFound: if there is no such account.
        """
        found = select(KeyRow).where(KeyRow.name == name).order_by(KeyRow.id).limit(1)
        with self._database.read() as session:
            owner = find_account(session, account)
            key = session.scalar(found.where(KeyRow.account_id == owner.id))
        if key is None:
            with self._database.write() as session:
                key = session.scalar(found.where(KeyRow.account_id == owner.id))
                if key is None:
                    prefix = self._add(session, owner.id, name, ["extract"], None, signing=False).prefix
                    session.flush()
                    key = session.scalars(select(KeyRow).where(KeyRow.prefix == prefix)).one()
                    key.revoked_at = self._database.clock()
        plan = self._default_plan.for_account(owner)
        return Caller(key.id, key.prefix, key.name, frozenset(key.scopes), owner.id, plan)

    def _admitted(self, row: Row[Any], scope: Scope | None) -> Caller:
        now = self._database.clock()
        if row.revoked_at is not None:
            raise InactiveKey(f"the API key '{row.name}' was revoked; use another one")
        if row.expires_at is not None and row.expires_at <= now:
            raise InactiveKey(f"the API key '{row.name}' expired on {row.expires_at:%Y-%m-%d}; use another one")
        if scope is not None and scope not in row.scopes:
            scopes = ", ".join(row.scopes)
            raise MissingScope(f"the API key lacks a scope: expected '{scope}', got {scopes}. Use a key that has it.")
        # compared in both directions: a clock that once was ahead must not stop these records for long
        if row.last_used_at is None or abs(now - row.last_used_at) > _LAST_USE_PRECISION:
            with self._database.write(durable=False) as session:
                session.execute(update(KeyRow).where(KeyRow.id == row.id).values(last_used_at=now))
            self._cache.pop(row.key_hash, None)
        plan = self._default_plan.for_account(row)
        return Caller(row.id, row.prefix, row.name, frozenset(row.scopes), row.account_id, plan)

    def _find(self, key: str) -> Row[Any]:
        hashed, now = _hash(key), time.monotonic()
        cache = self._cache
        read_at, row = cache.get(hashed, (-math.inf, None))
        if row is not None and now - read_at < _CACHE_SECONDS:
            return row
        row = self._look_up(key)
        if row is None or not hmac.compare_digest(row.key_hash, hashed):
            raise InvalidKey("the API key is unknown; check that it was copied completely")
        if len(cache) >= _MAX_CACHED_KEYS:
            cache.clear()
        # into the cache from before the look-up: a change made meanwhile has replaced it
        cache[hashed] = (now, row)
        return row

    def _look_up(self, key: str) -> Row[Any] | None:
        with self._database.read() as session:
            return session.connection().execute(_LOOK_UP, {"looked_up": key[:_LOOKUP_LENGTH]}).first()

    def _add(
        self,
        session: Session,
        account_id: int,
        name: str,
        scopes: list[str],
        expires_at: datetime | None,
        *,
        signing: bool,
    ) -> NewKey:
        secret = KEY_PREFIX + secrets.token_urlsafe(32)
        prefix = secret[:_LOOKUP_LENGTH]
        session.add(
            KeyRow(
                account_id=account_id,
                name=name,
                prefix=prefix,
                key_hash=_hash(secret),
                encrypted_secret=self._cipher.encrypt(secret) if signing else None,
                scopes=scopes,
                created_at=self._database.clock(),
                expires_at=expires_at,
            )
        )
        return NewKey(secret, prefix)

    def _active(self, session: Session, prefix: str, account_id: int | None) -> KeyRow:
        active = KeyRow.revoked_at.is_(None) & (
            KeyRow.expires_at.is_(None) | (KeyRow.expires_at > self._database.clock())
        )
        found = select(KeyRow).where(KeyRow.prefix == prefix[:_LOOKUP_LENGTH], active)
        if account_id is not None:
            found = found.where(KeyRow.account_id == account_id)
        key = session.scalar(found)
        if key is None:
            raise NotFound(
                f"no active key begins with '{prefix[:_LOOKUP_LENGTH]}'; the list of keys shows their prefixes"
            )
        return key


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
