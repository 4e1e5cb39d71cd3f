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

    def count(self, key_id: int) -> None:
        """Count a call.

        Raises:
            ApiError: `rate_limited`, with `Retry-After`.
        """
        if not self._limit:
            return
        window = int(self._clock() // WINDOW)
        if window != self._window:
            self._window, self._calls = window, {}
        if self._calls.get(key_id, 0) >= self._limit:
            wait = max(1, int((window + 1) * WINDOW - self._clock()))
            message = f"this key may make {self._limit} calls a minute; wait {wait} s"
            raise ApiError("rate_limited", message, headers={"Retry-After": str(wait)})
        self._calls[key_id] = self._calls.get(key_id, 0) + 1

    def headers(self, key_id: int) -> dict[str, str]:
        """`X-RateLimit-*` of a reply to the call that is about to be counted."""
        if not self._limit:
            return {}
        window = int(self._clock() // WINDOW)
        used = self._calls.get(key_id, 0) if window == self._window else 0
        return {
            "X-RateLimit-Limit": str(self._limit),
            "X-RateLimit-Remaining": str(max(0, self._limit - used - 1)),
            "X-RateLimit-Reset": str(int((window + 1) * WINDOW)),
        }
