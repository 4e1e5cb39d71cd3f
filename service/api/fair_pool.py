"""A thread pool that serves accounts in turn and refuses calls when too many wait."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from service.contract.errors import RETRY_AFTER, ApiError

MAX_WAITING_PER_WORKER = 16
"""Calls that may wait for each worker: about ten seconds of single scanned pages."""

T = TypeVar("T")


class FairPool:
    """Runs work off the event loop, one call per worker at a time. Used from one event loop.

    Threads suffice: OCR and the networks release the interpreter lock while they compute.
    """

    def __init__(self, workers: int, account_concurrency: int) -> None:
        """Start no thread yet; threads start with the first work.

        Args:
            workers: how much work runs at the same time.
            account_concurrency: most calls of one account that run or wait at the same time.
        """
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="pipeline")
        self._idle_workers = workers
        self._free_places = workers * (MAX_WAITING_PER_WORKER + 1)
        self._account_concurrency = account_concurrency
        self._places_taken: Counter[int] = Counter()
        self._waiting: dict[int, deque[asyncio.Future[None]]] = {}
        """Calls that wait, by account; the first account is served next and then moves to the end."""

    @contextmanager
    def place(self, account_id: int) -> Iterator[None]:
        """Hold a place in the queue.

        Take it before a document is received, because bodies that wait take memory.

        Raises:
            ApiError: `too_many_at_once` if the account has no place left, `overloaded` if nobody has.
        """
        wait = {"Retry-After": RETRY_AFTER}
        if self._places_taken[account_id] >= self._account_concurrency:
            message = (
                f"{self._account_concurrency} calls of this account are running or waiting already, which is the most "
                "at a time. Send the next one when one of them has been answered"
            )
            raise ApiError("too_many_at_once", message, headers=wait)
        if self._free_places <= 0:
            raise ApiError("overloaded", "too many documents are waiting. Try again later", headers=wait)
        self._free_places -= 1
        self._places_taken[account_id] += 1
        try:
            yield
        finally:
            self._free_places += 1
            self._places_taken[account_id] -= 1
            if not self._places_taken[account_id]:
                del self._places_taken[account_id]

    async def run(self, account_id: int, work: Callable[[], T]) -> T:
        """Return the result of `work`, run off the event loop when it is the account's turn."""
        await self._wait_for_turn(account_id)
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._pass_turn_on()

    def close(self) -> None:
        """Let running work finish and drop what waits."""
        self._threads.shutdown(cancel_futures=True)

    async def _wait_for_turn(self, account_id: int) -> None:
        if self._idle_workers:
            self._idle_workers -= 1
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(account_id, deque()).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():  # the turn was given just before: pass it on
                self._pass_turn_on()
            raise

    def _pass_turn_on(self) -> None:
        while self._waiting:
            account_id, queue = next(iter(self._waiting.items()))
            del self._waiting[account_id]
            turn = queue.popleft()
            if queue:
                self._waiting[account_id] = queue
            if not turn.done():
                turn.set_result(None)
                return
        self._idle_workers += 1
