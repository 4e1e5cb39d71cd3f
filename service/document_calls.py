"""What every metered route does with a document, in one order: count, wait for room, receive, work, charge."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from litestar import Request

from accounts import Caller
from service.contract import R
from service.metering import Meter, Plan
from service.openapi import errors
from service.runner import Runner
from service.uploads import Upload, receive

ERRORS = errors(
    "invalid_request",
    "validation_failed",
    "invalid_image",
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


class DocumentCalls:
    """Shared by all metered routes."""

    def __init__(self, meter: Meter, runner: Runner, max_document_bytes: int) -> None:
        self._meter = meter
        self._runner = runner
        self._max_document_bytes = max_document_bytes

    async def answer(
        self, request: Request[Any, Any, Any], caller: Caller, model: type[R], plan: Callable[[Upload[R]], Plan]
    ) -> bytes:
        """The reply's body.

        Args:
            plan: what to do with what was received; asks the database, so it runs off the event loop too.

        Raises:
            ApiError: the call or the document is refused; nothing is charged.
        """
        await self._meter.admit(request, caller)
        with self._runner.place(caller.account_id):
            upload = await receive(request, model, self._max_document_bytes)
            run = partial(self._runner.run, caller.account_id)
            return await self._meter.once(request, caller, upload.document, lambda: plan(upload), run)
