from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import pytest

from service.api import runner as room
from service.api.runner import Runner
from service.contract.errors import ApiError


class RateLimiter:
    """Work that waits until it is let through, and notes who was in."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.order: list[str] = []

    def work(self, name: str) -> Callable[[], None]:
        def run() -> None:
            self.go.wait(10)
            self.order.append(name)

        return run


async def call(runner: Runner, account: int, work: Callable[[], None]) -> None:
    with runner.place(account):
        await runner.run(account, work)


async def test_more_documents_than_may_wait_are_refused_and_room_comes_back() -> None:
    rate_limiter, runner = RateLimiter(), Runner(workers=1, account_concurrency=100)
    tasks = [asyncio.create_task(call(runner, n, rate_limiter.work("a"))) for n in range(room.QUEUE + 1)]
    await asyncio.sleep(0)
    with pytest.raises(ApiError) as caught:
        await call(runner, 99, rate_limiter.work("b"))
    assert caught.value.code == "overloaded"
    assert caught.value.headers["Retry-After"]
    rate_limiter.go.set()
    await asyncio.gather(*tasks)
    await call(runner, 99, rate_limiter.work("b"))
    runner.close()


async def test_one_account_leaves_room_for_others() -> None:
    rate_limiter, runner = RateLimiter(), Runner(workers=1, account_concurrency=3)
    tasks = [asyncio.create_task(call(runner, 1, rate_limiter.work("a"))) for _ in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(ApiError) as caught:
        await call(runner, 1, rate_limiter.work("a"))
    assert caught.value.code == "too_many_at_once"
    tasks.append(asyncio.create_task(call(runner, 2, rate_limiter.work("b"))))
    rate_limiter.go.set()
    await asyncio.gather(*tasks)
    runner.close()


async def test_accounts_are_served_in_turn() -> None:
    rate_limiter, runner = RateLimiter(), Runner(workers=1, account_concurrency=100)
    tasks = []
    for account, name in [(1, "a"), (1, "a"), (1, "a"), (1, "a"), (2, "b"), (3, "c"), (2, "b")]:
        tasks.append(asyncio.create_task(call(runner, account, rate_limiter.work(name))))
        await asyncio.sleep(0)
    rate_limiter.go.set()
    await asyncio.gather(*tasks)
    assert "".join(rate_limiter.order) == "aabcaba"  # the first was running already
    runner.close()


async def test_a_caller_that_goes_away_gives_its_turn_on() -> None:
    rate_limiter, runner = RateLimiter(), Runner(workers=1, account_concurrency=100)
    first = asyncio.create_task(call(runner, 1, rate_limiter.work("a")))
    gone = asyncio.create_task(call(runner, 2, rate_limiter.work("gone")))
    last = asyncio.create_task(call(runner, 3, rate_limiter.work("c")))
    await asyncio.sleep(0)
    gone.cancel()
    rate_limiter.go.set()
    await asyncio.gather(first, last)
    assert rate_limiter.order == ["a", "c"]
    await call(runner, 1, rate_limiter.work("d"))
    runner.close()
