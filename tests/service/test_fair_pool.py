from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import pytest

from service.api.fair_pool import MAX_WAITING_PER_WORKER, FairPool
from service.contract.errors import ApiError


class HeldWork:
    """Work that waits until it may go on, and notes the order in which it ran."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.order: list[str] = []

    def work(self, name: str) -> Callable[[], None]:
        def run() -> None:
            self.go.wait(10)
            self.order.append(name)

        return run


async def call(pool: FairPool, account: int, work: Callable[[], None]) -> None:
    with pool.place(account):
        await pool.run(account, work)


async def test_calls_beyond_the_places_are_refused_until_a_place_is_free() -> None:
    held, pool = HeldWork(), FairPool(workers=1, account_concurrency=100)
    tasks = [asyncio.create_task(call(pool, n, held.work("a"))) for n in range(MAX_WAITING_PER_WORKER + 1)]
    await asyncio.sleep(0)
    with pytest.raises(ApiError) as caught:
        await call(pool, 99, held.work("b"))
    assert caught.value.code == "overloaded"
    assert caught.value.headers["Retry-After"]
    held.go.set()
    await asyncio.gather(*tasks)
    await call(pool, 99, held.work("b"))
    pool.close()


async def test_one_account_leaves_places_to_others() -> None:
    held, pool = HeldWork(), FairPool(workers=1, account_concurrency=3)
    tasks = [asyncio.create_task(call(pool, 1, held.work("a"))) for _ in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(ApiError) as caught:
        await call(pool, 1, held.work("a"))
    assert caught.value.code == "too_many_at_once"
    tasks.append(asyncio.create_task(call(pool, 2, held.work("b"))))
    held.go.set()
    await asyncio.gather(*tasks)
    pool.close()


async def test_accounts_are_served_in_turn() -> None:
    held, pool = HeldWork(), FairPool(workers=1, account_concurrency=100)
    tasks = []
    for account, name in [(1, "a"), (1, "a"), (1, "a"), (1, "a"), (2, "b"), (3, "c"), (2, "b")]:
        tasks.append(asyncio.create_task(call(pool, account, held.work(name))))
        await asyncio.sleep(0)
    held.go.set()
    await asyncio.gather(*tasks)
    assert "".join(held.order) == "aabcaba"  # the first was running already
    pool.close()


async def test_a_caller_that_goes_away_passes_its_turn_on() -> None:
    held, pool = HeldWork(), FairPool(workers=1, account_concurrency=100)
    first = asyncio.create_task(call(pool, 1, held.work("a")))
    gone = asyncio.create_task(call(pool, 2, held.work("gone")))
    last = asyncio.create_task(call(pool, 3, held.work("c")))
    await asyncio.sleep(0)
    gone.cancel()
    held.go.set()
    await asyncio.gather(first, last)
    assert held.order == ["a", "c"]
    await call(pool, 1, held.work("d"))
    pool.close()
