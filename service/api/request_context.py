"""Give every request an id and one log line, even on unknown routes."""

from __future__ import annotations

import secrets
import time
from typing import Any

import structlog
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

log = structlog.get_logger(__name__)
_KEY = "docwitness_request_id"
_HEADERS = "docwitness_headers"


def request_id(scope: Any) -> str:
    """Return the request's id: `req_` and 20 hexadecimal digits."""
    state: dict[str, Any] = scope.setdefault("state", {})
    if _KEY not in state:
        state[_KEY] = f"req_{secrets.token_hex(10)}"
    return str(state[_KEY])


def add_headers(scope: Any, headers: dict[str, str]) -> None:
    """Add headers to the response, even if it becomes an error.

    Args:
        scope: the request's ASGI scope.
        headers: name -> value.
    """
    scope.setdefault("state", {}).setdefault(_HEADERS, {}).update(headers)


class RequestContext:
    """ASGI wrapper that sets `X-Request-Id` and logs each request, but never a body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        identifier = request_id(scope)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=identifier)
        status = 500

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                added = {"X-Request-Id": identifier} | scope["state"].get(_HEADERS, {})
                encoded = [(name.lower().encode(), value.encode()) for name, value in added.items()]
                message["headers"] = [*message.get("headers", []), *encoded]
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        finally:
            seconds = round(time.perf_counter() - started, 4)
            log.info("request", method=scope["method"], path=scope["path"], status=status, seconds=seconds)
