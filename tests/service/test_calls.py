"""The way of a metered call, with a real database and requests made by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from litestar import Request

from accounts import Accounts, Caller, IdempotencyConflict, InsufficientBalance, Reply, TooManyCalls
from accounts.rate_limiter import RateLimiter
from service.api.calls import Calls
from service.api.fair_pool import FairPool
from service.contract.document_reply import DocumentReply
from service.contract.errors import ApiError
from tests.databases import with_tables

REPLY = DocumentReply(b"the reply", 2, {"read": 0.123456})


@pytest.fixture
def accounts(tmp_path: Path) -> Iterator[Accounts]:
    url = f"sqlite:///{tmp_path}/docwitness.db"
    with_tables(url)
    with closing(Accounts(url)) as opened:
        yield opened


@pytest.fixture
def caller(accounts: Accounts) -> Caller:
    accounts.account_store.create("tests", free_calls=2, key_calls_per_minute=6)
    return accounts.keys.authenticate(accounts.keys.create("tests", account="tests").secret)


@pytest.fixture
def calls(accounts: Accounts) -> Iterator[Calls]:
    pool = FairPool(workers=1, account_concurrency=2)
    yield Calls(accounts, pool)
    pool.close()


def request(key: str | None = None, path: str = "/ocr/fields") -> Request[Any, Any, Any]:
    headers = [(b"idempotency-key", key.encode())] if key is not None else []
    scope: dict[str, Any] = {"type": "http", "path": path, "headers": headers, "state": {}}
    return Request(scope)  # type: ignore[arg-type]


def headers_of(sent: Request[Any, Any, Any]) -> dict[str, str]:
    return dict(sent.scope["state"]["docwitness_headers"])


async def answered(calls: Calls, caller: Caller, sent: Request[Any, Any, Any], document: bytes = b"document") -> bytes:
    async with calls.open(sent, caller) as call:
        body = await call.replay(document)
        if body is None:
            body = await call.charge(await call.run(lambda: REPLY))
    return body


def used(accounts: Accounts) -> int:
    now, day = accounts.database.clock(), timedelta(days=1)
    return sum(row.calls for row in accounts.ledger.usage(now - day, now + day))


async def test_a_call_is_admitted_run_and_charged(calls: Calls, accounts: Accounts, caller: Caller) -> None:
    sent = request()
    assert await answered(calls, caller, sent) == REPLY.body
    assert used(accounts) == 1
    assert headers_of(sent)["X-RateLimit-Remaining"] == "5"
    assert "X-Idempotent-Replay" not in headers_of(sent)


async def test_the_same_key_gets_the_first_reply_at_no_charge(calls: Calls, accounts: Accounts, caller: Caller) -> None:
    await answered(calls, caller, request("k"))
    again = request("k")
    assert await answered(calls, caller, again) == REPLY.body
    assert headers_of(again)["X-Idempotent-Replay"] == "true"
    assert used(accounts) == 1
    with pytest.raises(IdempotencyConflict):
        await answered(calls, caller, request("k"), b"another document")
    with pytest.raises(IdempotencyConflict):
        await answered(calls, caller, request("k", "/ocr/text"))


async def test_concurrent_duplicates_wait_for_the_first(calls: Calls, accounts: Accounts, caller: Caller) -> None:
    runs = 0

    def work() -> DocumentReply:
        nonlocal runs
        runs += 1
        return REPLY

    async def one(sent: Request[Any, Any, Any]) -> bytes:
        async with calls.open(sent, caller) as call:
            body = await call.replay(b"document")
            if body is None:
                body = await call.charge(await call.run(work))
        return body

    sent = [request("k"), request("k")]
    assert await asyncio.gather(*map(one, sent)) == [REPLY.body] * 2
    assert (runs, used(accounts)) == (1, 1)
    assert sorted("X-Idempotent-Replay" in headers_of(one) for one in sent) == [False, True]


async def test_a_duplicate_of_a_failed_call_is_worked_on(calls: Calls, accounts: Accounts, caller: Caller) -> None:
    async def failing() -> None:
        async with calls.open(request("k"), caller) as call:
            await call.replay(b"document")
            await call.run(lambda: 1 // 0)

    failed, body = await asyncio.gather(failing(), answered(calls, caller, request("k")), return_exceptions=True)
    assert isinstance(failed, ZeroDivisionError)
    assert body == REPLY.body
    assert used(accounts) == 1


async def test_a_call_without_a_place_is_refused_before_its_body_is_received(calls: Calls, caller: Caller) -> None:
    received: list[str] = []

    async def one() -> None:
        async with calls.open(request(), caller):
            received.append("body")
            await asyncio.sleep(0.1)

    results = await asyncio.gather(one(), one(), one(), return_exceptions=True)
    (refused,) = [result for result in results if result is not None]
    assert isinstance(refused, ApiError)
    assert refused.code == "too_many_at_once"
    assert len(received) == 2
    await one()  # the places are free again


async def test_rate_limits_come_first(calls: Calls, caller: Caller) -> None:
    for _ in range(6):
        async with calls.open(request(), caller):
            pass
    with pytest.raises(TooManyCalls):
        async with calls.open(request(), caller):
            raise AssertionError("the body must not be received")


async def test_funds_are_required_before_work_and_not_for_a_replay(
    calls: Calls, accounts: Accounts, caller: Caller
) -> None:
    for paid in ("a", "b"):
        await answered(calls, caller, request(paid))

    async def another(key: str | None) -> None:
        async with calls.open(request(key), caller) as call:
            await call.replay(b"document")
            await call.run(lambda: pytest.fail("the account cannot pay for this work"))

    for key in (None, "c"):
        with pytest.raises(InsufficientBalance):
            await another(key)
    assert await answered(calls, caller, request("a")) == REPLY.body


async def test_soft_caps_need_no_funds(accounts: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    accounts.account_store.create("soft", cap="soft", free_calls=0)
    caller = accounts.keys.authenticate(accounts.keys.create("soft", account="soft").secret)
    monkeypatch.setattr(RateLimiter, "require_funds", lambda *_: pytest.fail("no look-up is needed"))
    pool = FairPool(workers=1, account_concurrency=1)
    assert await answered(Calls(accounts, pool), caller, request()) == REPLY.body
    pool.close()


async def test_what_is_also_written_fails_with_the_charge(calls: Calls, accounts: Accounts, caller: Caller) -> None:
    def also(_session: object) -> None:
        raise ValueError("cannot be written")

    sent = request("k")
    with pytest.raises(ValueError, match="cannot be written"):
        async with calls.open(sent, caller) as call:
            await call.replay(b"document")
            await call.charge(REPLY, also=also)
    assert used(accounts) == 0
    async with calls.open(request("k"), caller) as call:
        assert await call.replay(b"document") is None


@pytest.mark.parametrize("key", ["", "x" * 256])
async def test_malformed_keys(calls: Calls, caller: Caller, key: str) -> None:
    with pytest.raises(ApiError, match=f"expected 1 to 255 characters, got {len(key)}"):
        await answered(calls, caller, request(key))


async def test_documents_for_the_queue(calls: Calls, caller: Caller) -> None:
    sent = request("k")
    async with calls.open(sent, caller) as call:
        first, second = call.idempotency(b"a", b"b"), call.idempotency(b"ab")
        assert first is not None
        assert second is not None
        assert first.fingerprint != second.fingerprint
        assert await call.submit(lambda: Reply(b"accepted", False)) == b"accepted"
    assert "X-Idempotent-Replay" not in headers_of(sent)
    async with calls.open(sent, caller) as call:
        await call.submit(lambda: Reply(b"accepted", True))
    assert headers_of(sent)["X-Idempotent-Replay"] == "true"
