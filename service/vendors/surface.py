"""What another system's API consists of, and who may use it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from anyio.to_thread import run_sync
from litestar import Request, Response
from litestar.di import NamedDependency
from litestar.types import ControllerRouterHandler

from accounts import ANONYMOUS_KEY, DEFAULT_ACCOUNT, Accounts, Caller, InvalidKey
from service.api.problems import ErrorReply
from service.settings import Switch

_FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")


@dataclass(frozen=True)
class Surface:
    """One system's API."""

    routes: Sequence[ControllerRouterHandler]
    owns: Callable[[str], bool]
    """Whether a path belongs to it, one without a route included: its clients expect its own errors there too."""
    answer: Callable[[Request[Any, Any, Any], ErrorReply], Response[Any]]
    """Its form of an error."""


async def caller_of(
    request: Request[Any, Any, Any], accounts: Accounts, key: str | None, switch: Switch, expected: str
) -> Caller:
    """Who is calling.

    Args:
        key: what came as such.
        expected: how this system's clients send it.

    Raises:
        InvalidKey: no key came, and none is not enough.
        AccountError: the key is not known, or may not do this.
    """
    if key:
        return await run_sync(accounts.keys.authenticate, key, "extract")
    if switch == "anonymous" and is_from_here(request):
        return await run_sync(accounts.keys.without_secret, DEFAULT_ACCOUNT, ANONYMOUS_KEY)
    raise InvalidKey(f"no API key came; send it as {expected}")


def by_token(switch: Switch) -> Callable[..., Awaitable[Caller]]:
    """The dependency `caller`: a key in `Authorization`, behind `Token` or `Bearer` or alone."""

    async def caller(request: Request[Any, Any, Any], accounts: NamedDependency[Accounts]) -> Caller:
        first, _, rest = request.headers.get("Authorization", "").strip().partition(" ")
        key = rest.strip() if first.lower() in ("token", "bearer") else first
        return await caller_of(request, accounts, key, switch, "'Authorization: Token <key>'")

    return caller


def is_from_here(request: Request[Any, Any, Any]) -> bool:
    """Whether a program on this machine asks this very server: not through a proxy that says so, by no name that a page
    on the web could have made lead here, and not from within such a page."""
    if request.client is None or any(name in request.headers for name in _FORWARDED):
        return False
    origin = request.headers.get("origin")
    if origin is not None and not _is_this_machine(origin):
        return False
    if request.headers.get("sec-fetch-site", "none") not in ("none", "same-origin", "same-site"):
        return False
    return _is_loopback(request.client.host) and _is_this_machine(f"//{request.headers.get('host', '')}")


def _is_this_machine(url: str) -> bool:
    try:
        name = urlsplit(url).hostname or ""
    except ValueError:
        return False
    return name == "localhost" or _is_loopback(name)


def _is_loopback(address: str) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return (mapped or found).is_loopback
