"""What every metered route does with a document, in one order: count, wait for room, receive, work, charge."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, TypeVar

from anyio.to_thread import run_sync
from litestar import Request

from accounts import Caller, Reply
from service.api.metering import REPLAYED, Meter, Planned
from service.api.openapi import errors
from service.api.request_context import add_headers
from service.api.runner import Runner

ERRORS = errors(
    "invalid_request",
    "validation_failed",
    "invalid_image",
    "url_not_allowed",
    "url_failed",
    "invalid_api_key",
    "key_inactive",
    "insufficient_balance",
    "insufficient_scope",
    "idempotency_conflict",
    "payload_too_large",
    "unsupported_media_type",
    "document_too_slow",
    "rate_limited",
    "too_many_at_once",
    "overloaded",
    "unavailable",
)
"""What each of these routes may answer."""


T = TypeVar("T")


class DocumentCalls:
    """Shared by all metered routes."""

    def __init__(self, meter: Meter, runner: Runner) -> None:
        self._meter = meter
        self._runner = runner

    async def answer(
        self,
        request: Request[Any, Any, Any],
        caller: Caller,
        receive: Callable[[], Awaitable[T]],
        plan: Callable[[T], Planned],
    ) -> bytes:
        """The reply's body.

        Args:
            receive: the request's body, parsed; called when there is room for it.
            plan: what to do with what was received; may ask the database, so it is called off the event loop.

        Raises:
            ApiError: the call or the document is refused; nothing is charged.
        """
        await self._meter.admit(request, caller)
        with self._runner.place(caller.account_id):
            received = await receive()
            run = partial(self._runner.run, caller.account_id)
            return await self._meter.once(request, caller, lambda: plan(received), run)

    async def submit(
        self,
        request: Request[Any, Any, Any],
        caller: Caller,
        receive: Callable[[], Awaitable[T]],
        submit: Callable[[T], Reply],
    ) -> bytes:
        """The reply's body to documents that go into the queue; what each of them costs is charged when it is done.

        Args:
            receive: the request's body, parsed; called when there is room for it.
            submit: puts what was received into the queue; called off the event loop.

        Raises:
            ApiError: the call or a document is refused.
        """
        await self._meter.admit(request, caller)
        with self._runner.place(caller.account_id):
            received = await receive()
            reply = await run_sync(submit, received)
        if reply.replayed:
            add_headers(request.scope, REPLAYED)
        return reply.body
