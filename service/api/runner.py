"""Runs the pipeline off the event loop, as many documents at a time as there are workers, accounts in turn."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from service.contract.errors import RETRY_AFTER, ApiError

QUEUE = 16
"""Documents that may wait for each worker: some ten seconds of single scanned pages."""

T = TypeVar("T")


class Runner:
    """A pool of threads; the OCR releases the interpreter while it computes. Used from one event loop."""

    def __init__(self, workers: int, account_concurrency: int) -> None:
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="pipeline")
        self._free = workers
        self._room = workers * (QUEUE + 1)
        self._share = account_concurrency
        self._present: Counter[int] = Counter()
        self._waiting: dict[int, deque[asyncio.Future[None]]] = {}
        """By account; the account that comes first in here is served next and then goes to the end."""

    @contextmanager
    def place(self, account_id: int) -> Iterator[None]:
        """A place in the queue, taken before a document is received: bodies that wait take memory.

        Raises:
            ApiError: `too_many_at_once`, of this account; `overloaded`, of all.
        """
        wait = {"Retry-After": RETRY_AFTER}
        if self._present[account_id] >= self._share:
            message = f"{self._share} calls of this account are running or waiting already"
            raise ApiError("too_many_at_once", message, headers=wait)
        if self._room <= 0:
            raise ApiError("overloaded", "too many documents are waiting", headers=wait)
        self._room -= 1
        self._present[account_id] += 1
        try:
            yield
        finally:
            self._room += 1
            self._present[account_id] -= 1
            if not self._present[account_id]:
                del self._present[account_id]

    async def run(self, account_id: int, work: Callable[[], T]) -> T:
        """What `work` returns, off the event loop, when it is the account's turn."""
        await self._turn(account_id)
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._next()

    def close(self) -> None:
        """Let running documents finish, drop waiting ones."""
        self._threads.shutdown(cancel_futures=True)

    async def _turn(self, account_id: int) -> None:
        if self._free:
            self._free -= 1
            return
        mine = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(account_id, deque()).append(mine)
        try:
            await mine
        except asyncio.CancelledError:
            if mine.done() and not mine.cancelled():  # the turn came in the same moment: someone else takes it
                self._next()
            raise

    def _next(self) -> None:
        while self._waiting:
            account_id, queue = next(iter(self._waiting.items()))
            del self._waiting[account_id]
            first = queue.popleft()
            if queue:
                self._waiting[account_id] = queue
            if not first.done():
                first.set_result(None)
                return
        self._free += 1
