"""A metered call from its key to its ledger entry: the rate limit before, the charge after, one reply for each key."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple
from weakref import WeakValueDictionary

import structlog
from litestar import Request

from accounts import AccountStore, Caller, Charge, Idempotency
from service.problems import ApiError
from service.rate_limit import RateLimiter
from service.request_context import add_headers, request_id

log = structlog.get_logger(__name__)
MAX_IDEMPOTENCY_KEY = 255


class Work(NamedTuple):
    """What a call made: its reply, and what it is charged for."""

    body: bytes
    pages: int
    seconds: dict[str, float]
    template: str | None = None


class Meter:
    """Shared by all metered routes."""

    def __init__(self, account_store: AccountStore, rate_limiter: RateLimiter) -> None:
        self._store = account_store
        self._rate_limiter = rate_limiter
        self._in_flight: WeakValueDictionary[tuple[int, str], asyncio.Lock] = WeakValueDictionary()

    def admit(self, request: Request[Any, Any, Any], caller: Caller) -> None:
        """Count the call.

        Raises:
            ApiError: `rate_limited`.
        """
        add_headers(request.scope, self._rate_limiter.headers(caller.key_id))
        self._rate_limiter.count(caller.key_id)

    async def once(
        self,
        request: Request[Any, Any, Any],
        caller: Caller,
        asked: tuple[bytes, ...],
        work: Callable[[], Awaitable[Work]],
    ) -> bytes:
        """The reply of the work, charged; with an `Idempotency-Key` that came before, the reply it had then.

        Args:
            asked: all that the reply depends on beside the route: the document, the options.

        Raises:
            ApiError: the key is malformed.
            IdempotencyConflict: it came before with something else.
        """
        idempotency = await asyncio.to_thread(_idempotency, request, asked)  # hashes megabytes
        if idempotency is None:
            return await self._charged(request, caller, work, None)
        # a lock is gone with its last user
        lock = self._in_flight.setdefault((caller.key_id, idempotency.key), asyncio.Lock())
        async with lock:
            known = await self._store.replay(caller, idempotency)
            if known is not None:
                add_headers(request.scope, {"X-Idempotent-Replay": "true"})
                return known
            return await self._charged(request, caller, work, idempotency)

    async def _charged(
        self,
        request: Request[Any, Any, Any],
        caller: Caller,
        work: Callable[[], Awaitable[Work]],
        idempotency: Idempotency | None,
    ) -> bytes:
        done = await work()
        seconds = {stage: round(value, 4) for stage, value in done.seconds.items()}
        charge = Charge(request_id(request.scope), request.url.path, done.template, done.pages, seconds)
        reply = await self._store.charge(caller, charge, done.body, idempotency)
        log.info("charged", key=caller.key_id, route=charge.route, pages=charge.pages, **seconds)
        return reply


def _idempotency(request: Request[Any, Any, Any], asked: tuple[bytes, ...]) -> Idempotency | None:
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not 0 < len(key) <= MAX_IDEMPOTENCY_KEY:
        raise ApiError("invalid_request", f"an Idempotency-Key has 1 to {MAX_IDEMPOTENCY_KEY} characters")
    fingerprint = hashlib.sha256()
    for part in (request.url.path.encode(), *asked):
        fingerprint.update(hashlib.sha256(part).digest())
    return Idempotency(key, fingerprint.hexdigest())
