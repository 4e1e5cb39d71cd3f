"""The parts of another system's API, and the callers that may use it."""

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

_PROXY_HEADERS = ("forwarded", "x-forwarded-for", "x-real-ip", "via")


@dataclass(frozen=True)
class Surface:
    """One other system's API."""

    routes: Sequence[ControllerRouterHandler]
    owns: Callable[[str], bool]
    """True if errors at a path have this API's form; also for paths without a route."""
    answer: Callable[[Request[Any, Any, Any], ErrorReply], Response[Any]]
    """Writes an error in this API's form."""
    key_header: str = "Authorization"
    """The header in which its clients send their key, so that browsers may send it too."""


async def caller_of(
    request: Request[Any, Any, Any], accounts: Accounts, key: str | None, switch: Switch, expected: str
) -> Caller:
    """Return the caller that a key belongs to, or the anonymous caller of this machine.

    Args:
        request: the request.
        accounts: knows the keys.
        key: the key that was sent, if any.
        switch: the setting of this API; `anonymous` serves calls without a key from this machine.
        expected: how clients of this API send their key; it becomes part of the error.

    Raises:
        InvalidKey: if a key is needed and none was sent.
        AccountError: if the key is not known or may not extract.
    """
    if key:
        return await run_sync(accounts.keys.authenticate, key, "extract")
    if switch == "anonymous" and is_from_this_machine(request):
        return await run_sync(accounts.keys.internal_caller, DEFAULT_ACCOUNT, ANONYMOUS_KEY)
    raise InvalidKey(f"no API key received. Send it as {expected}")


def by_token(switch: Switch) -> Callable[..., Awaitable[Caller]]:
    """Return the dependency `caller`, which takes its key from `Authorization`.

    The key follows `Token` or `Bearer`, or is all that the header holds.
    """

    async def caller(request: Request[Any, Any, Any], accounts: NamedDependency[Accounts]) -> Caller:
        first, _, rest = request.headers.get("Authorization", "").strip().partition(" ")
        key = rest.strip() if first.lower() in ("token", "bearer") else first
        return await caller_of(request, accounts, key, switch, "'Authorization: Token <key>'")

    return caller


def is_from_this_machine(request: Request[Any, Any, Any]) -> bool:
    """Return True if a program on this machine calls this server directly.

    A call that names a proxy is refused; so is one addressed to a host name that a web page could have pointed here
    (DNS rebinding), and one from within such a page.
    """
    if request.client is None or any(name in request.headers for name in _PROXY_HEADERS):
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
