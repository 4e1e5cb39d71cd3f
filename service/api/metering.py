"""A metered call from its key to its ledger entry: the limits before, the charge after, one reply for each key."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple
from weakref import WeakValueDictionary

import structlog
from anyio.to_thread import run_sync
from litestar import Request
from sqlalchemy.orm import Session

from accounts import Accounts, Caller, Charge, Idempotency, Payer
from service.api.problems import rate_headers
from service.api.request_context import add_headers, request_id
from service.contract.errors import ApiError

log = structlog.get_logger(__name__)
MAX_IDEMPOTENCY_KEY = 255


class Work(NamedTuple):
    """What a call made: its reply, and what it is charged for."""

    body: bytes
    pages: int
    seconds: dict[str, float]
    template: str | None = None
    template_version: int | None = None
    route: str | None = None
    """As it stands in the ledger; by default the path of the request."""
    also: Callable[[Session], None] | None = None
    """What else is written in the transaction that charges the call."""


class Planned(NamedTuple):
    """What is to be done with a document that was received."""

    asked: tuple[bytes, ...]
    """All that the reply depends on beside the route: the document, the options."""
    work: Callable[[], Work]
    """Runs off the event loop."""


class Meter:
    """Shared by all metered routes."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts
        self._in_flight: WeakValueDictionary[tuple[int, str], asyncio.Lock] = WeakValueDictionary()

    async def admit(self, request: Request[Any, Any, Any], caller: Caller) -> None:
        """Count the call.

        Raises:
            TooManyCalls: of the key or the account in this minute.
        """
        add_headers(request.scope, rate_headers(await run_sync(self._accounts.rate_limiter.admit, caller)))

    async def once(
        self,
        request: Request[Any, Any, Any],
        caller: Caller,
        plan: Callable[[], Planned],
        run: Callable[[Callable[[], Work]], Awaitable[Work]],
    ) -> bytes:
        """The reply of the work, charged; with an `Idempotency-Key` that came before, the reply it had then.

        Args:
            plan: what to do with the document; may ask the database, so it is called off the event loop.
            run: does the work when it is its turn.

        Raises:
            ApiError: the key is malformed.
            IdempotencyConflict: it came before with something else.
            InsufficientBalance: the call could not be paid.
        """
        work, idempotency, known = await run_sync(self._prepared, request, caller, plan)
        if idempotency is None:
            return await self._charged(request, caller, lambda: run(work), None)
        # a lock is gone with its last user
        lock = self._in_flight.setdefault((caller.account_id, idempotency.key), asyncio.Lock())
        waited = lock.locked()
        async with lock:
            if waited:  # whoever was first may have answered meanwhile
                known = await run_sync(self._accounts.ledger.replay, caller.account_id, idempotency)
            if known is not None:
                add_headers(request.scope, REPLAYED)
                return known
            return await self._charged(request, caller, lambda: run(work), idempotency)

    def _prepared(
        self, request: Request[Any, Any, Any], caller: Caller, plan: Callable[[], Planned]
    ) -> tuple[Callable[[], Work], Idempotency | None, bytes | None]:
        """The work, the request's `Idempotency-Key` and the reply that it got before; hashes megabytes."""
        asked, work = plan()
        idempotency = idempotency_of(request, asked)
        known = self._accounts.ledger.replay(caller.account_id, idempotency) if idempotency else None
        return work, idempotency, known

    async def _charged(
        self,
        request: Request[Any, Any, Any],
        caller: Caller,
        work: Callable[[], Awaitable[Work]],
        idempotency: Idempotency | None,
    ) -> bytes:
        if caller.plan.cap == "hard":
            await run_sync(self._accounts.rate_limiter.require_funds, caller)
        done = await work()
        seconds = {stage: round(value, 4) for stage, value in done.seconds.items()}
        route = done.route or request.scope["path"]
        charge = Charge(request_id(request.scope), route, done.template, done.pages, seconds, done.template_version)
        payer = Payer(caller.account_id, caller.key_id, caller.plan)
        reply = await run_sync(self._accounts.ledger.charge, payer, charge, done.body, idempotency, done.also)
        if reply.replayed:
            add_headers(request.scope, REPLAYED)
        else:
            log.info("charged", key=caller.prefix, route=charge.route, pages=charge.pages, **seconds)
        return reply.body


REPLAYED = {"X-Idempotent-Replay": "true"}


def idempotency_of(request: Request[Any, Any, Any], asked: tuple[bytes, ...]) -> Idempotency | None:
    """The request's `Idempotency-Key` with the fingerprint of what is asked.

    Raises:
        ApiError: the key is malformed.
    """
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not 0 < len(key) <= MAX_IDEMPOTENCY_KEY:
        raise ApiError("invalid_request", f"an Idempotency-Key has 1 to {MAX_IDEMPOTENCY_KEY} characters")
    fingerprint = hashlib.sha256()
    for part in (request.scope["path"].encode(), *asked):
        fingerprint.update(hashlib.sha256(part).digest())
    return Idempotency(key, fingerprint.hexdigest())
