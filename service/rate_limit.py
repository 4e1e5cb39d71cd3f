"""Calls a minute for each key, counted in this process."""

from __future__ import annotations

import time
from collections.abc import Callable

from service.problems import ApiError

WINDOW = 60.0
"""Seconds."""


class RateLimiter:
    """Fixed windows of one minute; a limit of 0 counts nothing."""

    def __init__(self, limit: int, clock: Callable[[], float] = time.time) -> None:
        self._limit = limit
        self._clock = clock
        self._window = 0
        self._calls: dict[int, int] = {}

    def count(self, key_id: int) -> dict[str, str]:
        """Count a call; the `X-RateLimit-*` headers of its reply.

        Raises:
            ApiError: `rate_limited`, with `Retry-After`.
        """
        if not self._limit:
            return {}
        now = self._clock()
        window = int(now // WINDOW)
        if window != self._window:
            self._window, self._calls = window, {}
        self._calls[key_id] = self._calls.get(key_id, 0) + 1
        reset = (window + 1) * WINDOW
        headers = {
            "X-RateLimit-Limit": str(self._limit),
            "X-RateLimit-Remaining": str(max(0, self._limit - self._calls[key_id])),
            "X-RateLimit-Reset": str(int(reset)),
        }
        if self._calls[key_id] > self._limit:
            wait = {"Retry-After": str(max(1, int(reset - now)))}
            raise ApiError(
                "rate_limited",
                f"this key may make {self._limit} calls a minute; wait {wait['Retry-After']} s",
                headers=headers | wait,
            )
        return headers
