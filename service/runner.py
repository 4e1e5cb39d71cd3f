"""Runs the pipeline off the event loop, as many documents at a time as there are workers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from service.problems import ApiError

QUEUE = 16
"""Documents that may wait for each worker: some five seconds of single scanned pages."""
RETRY_AFTER = "5"
"""Seconds after which a refused caller may try again."""

P = ParamSpec("P")
T = TypeVar("T")


class Runner:
    """A pool of threads; the OCR releases the interpreter while it computes."""

    def __init__(self, workers: int) -> None:
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="pipeline")
        self._room = workers * (QUEUE + 1)

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What `work` returns.

        Raises:
            ApiError: `overloaded`, when too many documents wait already.
        """
        if self._room <= 0:
            raise ApiError("overloaded", "too many documents are waiting", headers={"Retry-After": RETRY_AFTER})
        self._room -= 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, lambda: work(*args, **kwargs))
        finally:
            self._room += 1

    def close(self) -> None:
        """Let running documents finish, drop waiting ones."""
        self._threads.shutdown(cancel_futures=True)
