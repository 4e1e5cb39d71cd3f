"""Metered calls, from their admission to their ledger entry.

Every metered route reads from top to bottom:

    async with calls.open(request, caller) as call:                # counted, and a place in the queue taken
        upload = await upload_reader.read_one(request, ExtractRequest)         # the body is received only now
        body = await call.replay(upload.document, options)         # the first reply to the same Idempotency-Key
        if body is None:
            body = await call.charge(await call.run(work))         # off the event loop, then into the ledger
    return Response(body)

A call that fails at any step is not charged.
"""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, TypeVar
from weakref import WeakValueDictionary

import structlog
from anyio.to_thread import run_sync
from litestar import Request
from sqlalchemy.orm import Session

from accounts import Accounts, Caller, Charge, Idempotency, Payer, Reply
from schemas.deadline import while_waited_for
from service.api.fair_pool import FairPool
from service.api.openapi import errors
from service.api.problems import rate_headers
from service.api.request_context import add_headers, request_id
from service.contract.document_reply import DocumentReply
from service.contract.errors import ApiError

log = structlog.get_logger(__name__)

MAX_IDEMPOTENCY_KEY_CHARACTERS = 255
"""As many as the ledger's column holds."""

CALL_ERRORS = errors(
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
"""The errors that every metered route may answer with."""

_REPLAYED = {"X-Idempotent-Replay": "true"}

T = TypeVar("T")


class Calls:
    """Opens metered calls; shared by all routes of the application."""

    def __init__(self, accounts: Accounts, pool: FairPool) -> None:
        self._accounts = accounts
        self._pool = pool
        self._in_flight: WeakValueDictionary[tuple[int, str], asyncio.Lock] = WeakValueDictionary()
        """One lock per account and `Idempotency-Key`; it disappears with its last user."""

    @asynccontextmanager
    async def open(self, request: Request[Any, Any, Any], caller: Caller) -> AsyncIterator[Call]:
        """Admit a call: count it against the rate limits and take a place in the queue.

        Receive the body inside the block. The place, and the lock on the `Idempotency-Key`, are given back at its end.

        Raises:
            TooManyCalls: if the key or the account has made all its calls of this minute.
            ApiError: if too many calls of the account, or of all accounts, run or wait.
        """
        add_headers(request.scope, rate_headers(await run_sync(self._accounts.rate_limiter.admit, caller)))
        with self._pool.place(caller.account_id):
            async with AsyncExitStack() as held:
                yield Call(self._accounts, self._pool, self._in_flight, held, request, caller)


class Call:
    """One admitted call. Use `replay`, `run` and `charge` in this order, or `submit` alone."""

    def __init__(
        self,
        accounts: Accounts,
        pool: FairPool,
        in_flight: WeakValueDictionary[tuple[int, str], asyncio.Lock],
        held: AsyncExitStack,
        request: Request[Any, Any, Any],
        caller: Caller,
    ) -> None:
        self._accounts = accounts
        self._pool = pool
        self._in_flight = in_flight
        self._held = held
        self._request = request
        self._caller = caller
        self._idempotency: Idempotency | None = None
        self._can_pay = caller.plan.cap == "soft"
        """The account is known to be able to pay for this call."""

    async def replay(self, *parts: bytes) -> bytes | None:
        """Return the first reply to this `Idempotency-Key`, at no charge; None for a new call.

        A call whose key is in use by another call waits here until that one has ended.

        Args:
            parts: everything that the reply depends on besides the path: the document, the options.

        Raises:
            ApiError: if the key is malformed.
            IdempotencyConflict: if the key was used before with another path or other parts.
            InsufficientBalance: if the call is new, and the account has a hard cap and cannot pay for it.
        """
        key = self._idempotency_key()
        if key is None:
            return None
        lock = self._in_flight.setdefault((self._caller.account_id, key), asyncio.Lock())
        await self._held.enter_async_context(lock)
        body = await run_sync(self._find_reply, parts)
        return None if body is None else self._body_of(Reply(body, True))

    async def run(self, work: Callable[[], T]) -> T:
        """Return the result of `work`, run off the event loop when it is the account's turn.

        Raises:
            CallerGone: if the caller closed the connection meanwhile.
            InsufficientBalance: if the account has a hard cap and cannot pay for the call.
        """
        if not self._can_pay:
            await run_sync(self._require_funds)
        gone = threading.Event()

        def watched() -> T:
            with while_waited_for(gone):
                return work()

        watching = asyncio.create_task(_watch(self._request, gone))
        try:
            return await self._pool.run(self._caller.account_id, watched)
        finally:
            watching.cancel()

    async def charge(
        self,
        reply: DocumentReply,
        *,
        route: str | None = None,
        template: str | None = None,
        template_version: int | None = None,
        also: Callable[[Session], None] | None = None,
    ) -> bytes:
        """Write the ledger entry and the stored reply in one transaction; return the body to send.

        The body is that of another call if one with the same `Idempotency-Key`, on another replica, was charged first.

        Args:
            reply: what `run` has made.
            route: the route as the ledger names it; by default the path of the request.
            template: the id of the preset or saved template.
            template_version: the version of a saved template.
            also: writes more in the same transaction.

        Raises:
            InsufficientBalance: if other calls have used up what was left; nothing is charged.
            IdempotencyConflict: if a concurrent call used the same key for another request; nothing is charged.
        """
        caller = self._caller
        charge = Charge(
            request_id(self._request.scope),
            route or self._request.scope["path"],
            template,
            reply.pages,
            {stage: round(value, 4) for stage, value in reply.seconds.items()},
            template_version,
        )
        payer = Payer(caller.account_id, caller.key_id, caller.plan)
        charged = await run_sync(self._accounts.ledger.charge, payer, charge, reply.body, self._idempotency, also)
        if not charged.replayed:
            log.info("charged", key=caller.prefix, route=charge.route, pages=charge.pages, **charge.seconds)
        return self._body_of(charged)

    async def submit(self, submit: Callable[[], Reply]) -> bytes:
        """Return the reply to documents that go into the queue; each is charged when it is done.

        Args:
            submit: puts the documents into the queue; called off the event loop.
        """
        return self._body_of(await run_sync(submit))

    def idempotency(self, *parts: bytes) -> Idempotency | None:
        """Return the request's `Idempotency-Key` with its fingerprint, or None without a key.

        It hashes whole documents: call it off the event loop.

        Args:
            parts: as for `replay`.

        Raises:
            ApiError: if the key is malformed.
        """
        key = self._idempotency_key()
        if key is None:
            return None
        fingerprint = hashlib.sha256()
        for part in (self._request.scope["path"].encode(), *parts):
            fingerprint.update(hashlib.sha256(part).digest())
        return Idempotency(key, fingerprint.hexdigest())

    def _find_reply(self, parts: tuple[bytes, ...]) -> bytes | None:
        self._idempotency = self.idempotency(*parts)
        assert self._idempotency is not None
        body = self._accounts.ledger.replay(self._caller.account_id, self._idempotency)
        if body is None:
            self._require_funds()  # here, because another trip off the event loop takes 0.1 ms
        return body

    def _require_funds(self) -> None:
        if not self._can_pay:
            self._accounts.rate_limiter.require_funds(self._caller)
            self._can_pay = True

    def _idempotency_key(self) -> str | None:
        key = self._request.headers.get("Idempotency-Key")
        if key is not None and not 0 < len(key) <= MAX_IDEMPOTENCY_KEY_CHARACTERS:
            expected = f"1 to {MAX_IDEMPOTENCY_KEY_CHARACTERS} characters"
            message = f"the Idempotency-Key has the wrong length: expected {expected}, got {len(key)}"
            raise ApiError("invalid_request", message)
        return key

    def _body_of(self, reply: Reply) -> bytes:
        if reply.replayed:
            add_headers(self._request.scope, _REPLAYED)
        return reply.body


async def _watch(request: Request[Any, Any, Any], gone: threading.Event) -> None:
    """Set the event when the caller closes the connection."""
    while (await request.receive())["type"] != "http.disconnect":
        pass  # the body has been received, so nothing else arrives
    gone.set()
