"""API keys: made, shown once, checked, rotated, revoked."""

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
from accounts.errors import InactiveKey, InvalidKey, MissingScope, NotFound
from accounts.models import AccountRow, KeyRow
from accounts.plans import Plan
from accounts.signatures import signature, signing_state

Scope = Literal["extract", "usage", "admin"]
SCOPES: tuple[Scope, ...] = get_args(Scope)
KEY_PREFIX = "dwk_"
"""Marks a secret of this product, for people and for secret scanners: `dwk_[A-Za-z0-9_-]{43}`."""
_LOOKUP_LENGTH = len(KEY_PREFIX) + 8
BATCH_KEY = "docwitness-server batch"
ANONYMOUS_KEY = "anonymous"
"""Names of keys whose secret nobody has: those of the operator's own commands, and of callers without a key."""
_NOTED_EVERY = timedelta(minutes=1)
"""Of last use; spares most writes."""
_REMEMBERED_SECONDS = 0.5
"""For so long a key is taken to be as it was found. What another replica has changed holds here after that."""
_REMEMBERED_KEYS = 10_000

_KEY, _ACCOUNT = KeyRow.__table__, AccountRow.__table__
_LOOK_UP = (
    # built once, and past the object mapper: every call begins with it
    select(*_KEY.c, *(_ACCOUNT.c[f.name] for f in fields(Plan)))
    .join_from(_KEY, _ACCOUNT, _KEY.c.account_id == _ACCOUNT.c.id)
    .where(_KEY.c.prefix == bindparam("looked_up"))
)


@dataclass(frozen=True)
class Caller:
    """Who is calling."""

    key_id: int
    prefix: str
    name: str
    scopes: frozenset[str]
    account_id: int
    plan: Plan


@dataclass(frozen=True)
class NewKey:
    """A key in clear, for this one time."""

    secret: str
    prefix: str


class Keys:
    """Every read and write of keys."""

    def __init__(self, database: Database, default_plan: Plan) -> None:
        self._database = database
        self._default_plan = default_plan
        self._remembered: dict[str, tuple[float, Row[Any]]] = {}
        """By the key's hash, with the time; only of keys that are known."""

    def look_again(self) -> None:
        """Something about keys or their accounts was changed in this process: from now on that counts."""
        self._remembered = {}

    def create(
        self,
        name: str,
        scopes: Collection[str] = SCOPES,
        expires_at: datetime | None = None,
        account: str | int = DEFAULT_ACCOUNT,
    ) -> NewKey:
        """A new key of an account, by the account's name or id.

        Raises:
            NotFound: there is no such account.
        """
        with self._database.write() as session:
            account_id = account if isinstance(account, int) else find_account(session, account).id
            return self._add(session, account_id, name, sorted(scopes), expires_at)

    def all(self, account_id: int | None = None) -> Sequence[tuple[KeyRow, str]]:
        """Keys that were ever created, of one account or all, with the account's name; the oldest first."""
        with self._database.read() as session:
            found = select(KeyRow, AccountRow.name).join(AccountRow).where(AccountRow.deleted_at.is_(None))
            if account_id is not None:
                found = found.where(KeyRow.account_id == account_id)
            return [(key, name) for key, name in session.execute(found.order_by(KeyRow.id))]

    def rotate(self, prefix: str, account_id: int | None = None, grace: timedelta = timedelta(0)) -> NewKey:
        """A new key with the name, scopes and expiry of an old one, which stops after `grace`.

        Raises:
            NotFound: no active key begins like this.
        """
        now = self._database.clock()
        with self._database.write() as session:
            old = self._active(session, prefix, account_id)
            new = self._add(session, old.account_id, old.name, old.scopes, old.expires_at)
            if grace:
                old.expires_at = min(old.expires_at or now + grace, now + grace)
            else:
                old.revoked_at = now
        self.look_again()
        return new

    def revoke(self, prefix: str, account_id: int | None = None) -> str:
        """Stop a key for good; its name.

        Raises:
            NotFound: no active key begins like this.
        """
        with self._database.write() as session:
            key = self._active(session, prefix, account_id)
            key.revoked_at = self._database.clock()
        self.look_again()
        return key.name

    def authenticate(self, key: str | None, scope: Scope | None = None) -> Caller:
        """Who the key belongs to. A key that was revoked stops within half a second on every replica, here at once.

        Raises:
            InvalidKey: there is no such key.
            InactiveKey: it was revoked or has expired.
            MissingScope: it may not do this.
        """
        if not key:
            raise InvalidKey("no API key came; send it as 'Authorization: Bearer <key>'")
        row = self._find(key)
        if row.signing_state is None:  # made before signatures were known
            with self._database.write() as session:
                session.execute(update(KeyRow).where(KeyRow.id == row.id).values(signing_state=signing_state(key)))
            self.look_again()
        return self._admitted(row, scope)

    def is_known(self, prefix: str) -> bool:
        """Whether a key begins like this, also one that no longer works."""
        with self._database.read() as session:
            return session.connection().execute(_LOOK_UP, {"looked_up": prefix[:_LOOKUP_LENGTH]}).first() is not None

    def signed(self, prefix: str, message: bytes, signed: str, scope: Scope | None = None) -> Caller:
        """Who has signed a message.

        Args:
            prefix: the beginning of the key, by which lists show it.
            signed: the HMAC-SHA256 of the message with the key, hexadecimal.

        Raises:
            InvalidKey: there is no such key, or another one has signed.
            InactiveKey: it was revoked or has expired.
            MissingScope: it may not do this.
        """
        with self._database.read() as session:
            row = session.connection().execute(_LOOK_UP, {"looked_up": prefix[:_LOOKUP_LENGTH]}).first()
        state = row.signing_state if row else None
        if (
            row is None
            or state is None
            or not hmac.compare_digest(signature(state, message).encode(), signed.lower().encode())
        ):
            raise InvalidKey("the signature is not one of a key that is known here")
        return self._admitted(row, scope)

    def _admitted(self, row: Row[Any], scope: Scope | None) -> Caller:
        now = self._database.clock()
        if row.revoked_at is not None:
            raise InactiveKey(f"the API key '{row.name}' was revoked; ask for a new one")
        if row.expires_at is not None and row.expires_at <= now:
            raise InactiveKey(f"the API key '{row.name}' expired on {row.expires_at:%Y-%m-%d}; ask for a new one")
        if scope is not None and scope not in row.scopes:
            raise MissingScope(f"this needs a key with the scope '{scope}'; this one has {', '.join(row.scopes)}")
        # either way from the present: a clock that was ahead once must not silence this for long
        if row.last_used_at is None or abs(now - row.last_used_at) > _NOTED_EVERY:
            with self._database.write(durable=False) as session:
                session.execute(update(KeyRow).where(KeyRow.id == row.id).values(last_used_at=now))
            self._remembered.pop(row.key_hash, None)  # it is new now
        plan = self._default_plan.of(row)
        return Caller(row.id, row.prefix, row.name, frozenset(row.scopes), row.account_id, plan)

    def without_secret(self, account: str, name: str) -> Caller:
        """On whose behalf calls without a key are made: a key of the account whose secret nobody has.

        Raises:
            NotFound: there is no such account.
        """
        found = select(KeyRow).where(KeyRow.name == name).order_by(KeyRow.id).limit(1)
        with self._database.read() as session:
            owner = find_account(session, account)
            key = session.scalar(found.where(KeyRow.account_id == owner.id))
        if key is None:
            with self._database.write() as session:
                key = session.scalar(found.where(KeyRow.account_id == owner.id))
                if key is None:
                    prefix = self._add(session, owner.id, name, ["extract"], None).prefix
                    session.flush()
                    key = session.scalars(select(KeyRow).where(KeyRow.prefix == prefix)).one()
                    key.revoked_at = self._database.clock()
        return Caller(key.id, key.prefix, key.name, frozenset(key.scopes), owner.id, self._default_plan.of(owner))

    def _find(self, key: str) -> Row[Any]:
        hashed, moment = _hash(key), time.monotonic()
        remembered = self._remembered
        found_at, row = remembered.get(hashed, (-math.inf, None))
        if row is not None and moment - found_at < _REMEMBERED_SECONDS:
            return row
        with self._database.read() as session:
            row = session.connection().execute(_LOOK_UP, {"looked_up": key[:_LOOKUP_LENGTH]}).first()
        if row is None or not hmac.compare_digest(row.key_hash, hashed):
            raise InvalidKey("the API key is not known here; check that it was copied whole")
        if len(remembered) >= _REMEMBERED_KEYS:
            remembered.clear()
        # into what there was before the look-up: what was changed meanwhile has replaced it
        remembered[hashed] = (moment, row)
        return row

    def _add(
        self, session: Session, account_id: int, name: str, scopes: list[str], expires_at: datetime | None
    ) -> NewKey:
        secret = KEY_PREFIX + secrets.token_urlsafe(32)
        prefix = secret[:_LOOKUP_LENGTH]
        session.add(
            KeyRow(
                account_id=account_id,
                name=name,
                prefix=prefix,
                key_hash=_hash(secret),
                signing_state=signing_state(secret),
                scopes=scopes,
                created_at=self._database.clock(),
                expires_at=expires_at,
            )
        )
        return NewKey(secret, prefix)

    def _active(self, session: Session, prefix: str, account_id: int | None) -> KeyRow:
        lives = KeyRow.revoked_at.is_(None) & (
            KeyRow.expires_at.is_(None) | (KeyRow.expires_at > self._database.clock())
        )
        found = select(KeyRow).where(KeyRow.prefix == prefix[:_LOOKUP_LENGTH], lives)
        if account_id is not None:
            found = found.where(KeyRow.account_id == account_id)
        key = session.scalar(found)
        if key is None:
            raise NotFound(f"no active key begins with '{prefix[:_LOOKUP_LENGTH]}'; the list of keys shows them")
        return key


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
