"""Authenticate callers by their API keys and check the scope of the key."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from anyio.to_thread import run_sync
from litestar import Request
from litestar.di import NamedDependency, Provide

from accounts import Accounts, Caller, InvalidKey, Scope


def with_scope(scope: Scope | None) -> dict[str, Provide]:
    """Return the dependency `caller`: a key with this scope, or any key for None."""
    return {"caller": Provide(_authenticated(scope))}


def _authenticated(scope: Scope | None) -> Callable[..., Awaitable[Caller]]:
    async def authenticated(request: Request[Any, Any, Any], accounts: NamedDependency[Accounts]) -> Caller:
        kind, _, key = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "bearer":
            raise InvalidKey("the API key is missing. Send it as 'Authorization: Bearer <key>'")
        return await run_sync(accounts.keys.authenticate, key.strip(), scope)

    return authenticated
