"""Routes under /keys: the account's API keys."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from anyio.to_thread import run_sync
from litestar import Controller, Request, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from pydantic import AwareDatetime, BaseModel, ConfigDict
from pydantic import Field as Constraint

from accounts import Accounts, Caller, NewKey, Scope
from service.api.authentication import with_scope
from service.api.openapi import answer, created, errors, takes
from service.api.uploads import json_body
from service.contract.errors import invalid_property

MAX_GRACE = timedelta(days=7)
"""Maximum time for which a replaced key goes on working."""
_NO_KEY = ("invalid_api_key", "key_inactive", "insufficient_scope")


class KeyRequest(BaseModel):
    """A key to make."""

    model_config = ConfigDict(extra="forbid")

    name: str = Constraint(min_length=1, max_length=100)
    scopes: list[Scope] = Constraint(default=["extract"], min_length=1)
    expiresAt: AwareDatetime | None = Constraint(default=None, description="When it stops by itself; ISO 8601.")
    signing: bool = Constraint(
        default=False,
        description="Whether the key may also sign requests; its secret is then kept, encrypted.",
    )


class RotationRequest(BaseModel):
    """A request to replace a key."""

    model_config = ConfigDict(extra="forbid")

    graceSeconds: int = Constraint(
        default=0, ge=0, le=int(MAX_GRACE.total_seconds()), description="How long the old key goes on working."
    )


class NewKeyAnswer(BaseModel):
    """A key in clear, for this one time."""

    key: str
    prefix: str


class KeyAnswer(BaseModel):
    """A key without its secret."""

    prefix: str
    name: str
    scopes: list[Scope]
    signing: bool = Constraint(description="Whether the key may sign requests.")
    createdAt: datetime
    lastUsedAt: datetime | None
    expiresAt: datetime | None
    revokedAt: datetime | None


class KeysAnswer(BaseModel):
    """Every key of the account that was ever made."""

    keys: list[KeyAnswer]


_NEW = {"key": "dwk_Xy3…", "prefix": "dwk_Xy3aQ9Lm"}
_KEY = {
    "prefix": "dwk_Xy3aQ9Lm",
    "name": "books",
    "scopes": ["extract"],
    "signing": False,
    "createdAt": "2025-04-30T12:00:00Z",
    "lastUsedAt": None,
    "expiresAt": None,
    "revokedAt": None,
}


class KeysController(Controller):
    """API keys of the account; not metered."""

    path = "/keys"
    tags = ("keys",)
    security = ({"key": []},)
    dependencies = with_scope("admin")

    @post(
        operation_id="createKey",
        operation_class=takes(KeyRequest, {"name": "books", "scopes": ["extract"]}),
        summary="Create a key",
        status_code=201,
        responses=created(NewKeyAnswer, "The key; it is shown only this once.", _NEW)
        | errors("invalid_request", "validation_failed", "conflict", *_NO_KEY),
    )
    async def create(
        self, request: Request[Any, Any, Any], caller: NamedDependency[Caller], accounts: NamedDependency[Accounts]
    ) -> NewKeyAnswer:
        """Create a key for the account.

        The server stores only its hash, unless the key is to sign requests.
        """
        wanted = await json_body(request, KeyRequest)
        if wanted.expiresAt and wanted.expiresAt <= datetime.now(UTC):
            raise invalid_property("expiresAt", f"expected a time in the future, got {wanted.expiresAt}")
        create = partial(accounts.keys.create, signing=wanted.signing)
        return _new(await run_sync(create, wanted.name, set(wanted.scopes), wanted.expiresAt, caller.account_id))

    @get(
        operation_id="listKeys",
        summary="List keys",
        responses=answer(KeysAnswer, "Keys without their secrets.", {"keys": [_KEY]}) | errors(*_NO_KEY),
    )
    async def list_all(self, caller: NamedDependency[Caller], accounts: NamedDependency[Accounts]) -> KeysAnswer:
        """List the account's keys, oldest first, including revoked ones."""
        found = await run_sync(accounts.keys.all, caller.account_id)
        return KeysAnswer(
            keys=[
                KeyAnswer(
                    prefix=key.prefix,
                    name=key.name,
                    scopes=key.scopes,
                    signing=key.signing,
                    createdAt=key.created_at,
                    lastUsedAt=key.last_used_at,
                    expiresAt=key.expires_at,
                    revokedAt=key.revoked_at,
                )
                for key, _ in found
            ]
        )

    @post(
        "/{prefix:str}/rotate",
        operation_id="rotateKey",
        operation_class=takes(RotationRequest, {"graceSeconds": 3600}),
        summary="Replace a key",
        status_code=201,
        responses=created(NewKeyAnswer, "The new key; it is shown only this once.", _NEW)
        | errors("validation_failed", "not_found", "conflict", *_NO_KEY),
    )
    async def rotate(
        self,
        request: Request[Any, Any, Any],
        caller: NamedDependency[Caller],
        accounts: NamedDependency[Accounts],
        prefix: FromPath[str],
    ) -> NewKeyAnswer:
        """Create a key with the old one's name, scopes, expiry and right to sign.

        The old key stops at once, or after `graceSeconds`.
        """
        rotation = await json_body(request, RotationRequest) if await request.body() else RotationRequest()
        grace = timedelta(seconds=rotation.graceSeconds)
        return _new(await run_sync(accounts.keys.rotate, prefix, caller.account_id, grace))

    @delete("/{prefix:str}", operation_id="revokeKey", summary="Revoke a key", responses=errors("not_found", *_NO_KEY))
    async def revoke(
        self, caller: NamedDependency[Caller], accounts: NamedDependency[Accounts], prefix: FromPath[str]
    ) -> None:
        """Revoke a key for good; every server refuses it within half a second."""
        await run_sync(accounts.keys.revoke, prefix, caller.account_id)


def _new(key: NewKey) -> NewKeyAnswer:
    return NewKeyAnswer(key=key.secret, prefix=key.prefix)
