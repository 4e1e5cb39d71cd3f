"""Runs the pipeline off the event loop, as many documents at a time as there are workers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from service.problems import ApiError

QUEUE = 16
"""Documents that may wait for each worker: some ten seconds of single scanned pages."""
RETRY_AFTER = "5"
"""Seconds after which a refused caller may try again."""

T = TypeVar("T")


class Runner:
    """A pool of threads; the OCR releases the interpreter while it computes."""

    def __init__(self, workers: int) -> None:
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="pipeline")
        self._room = workers * (QUEUE + 1)

    @contextmanager
    def place(self) -> Iterator[None]:
        """A place in the queue, taken before a document is received: bodies that wait take memory.

        Raises:
            ApiError: `overloaded`, when too many documents wait already.
        """
        if self._room <= 0:
            raise ApiError("overloaded", "too many documents are waiting", headers={"Retry-After": RETRY_AFTER})
        self._room -= 1
        try:
            yield
        finally:
            self._room += 1

    async def run(self, work: Callable[[], T]) -> T:
        """What `work` returns, off the event loop."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def close(self) -> None:
        """Let running documents finish, drop waiting ones."""
        self._threads.shutdown(cancel_futures=True)
