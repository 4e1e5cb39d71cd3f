"""When and how long to wait before a call is repeated."""

from __future__ import annotations

import random
from dataclasses import dataclass

import httpx

PASSING = frozenset({429, 502, 503, 504})
"""Statuses that may be gone the next time."""


@dataclass(frozen=True)
class Retries:
    """Exponential backoff with jitter; `Retry-After` is obeyed up to `longest`."""

    attempts: int = 4
    """Calls in all, the first one included; 1 never repeats."""
    first: float = 0.5
    """Seconds before the second call; doubled for each further one."""
    longest: float = 30.0
    """Most seconds to wait."""

    def pause(self, attempt: int, response: httpx.Response | None) -> float | None:
        """Seconds to wait after failed call number `attempt`, from 1; None to give up.

        `response` is None when the connection failed.
        """
        if attempt >= self.attempts or (response is not None and response.status_code not in PASSING):
            return None
        wait = min(self.longest, self.first * 2.0 ** (attempt - 1)) * random.uniform(0.75, 1.25)
        asked = response.headers.get("Retry-After", "") if response is not None else ""
        return min(self.longest, max(wait, float(asked))) if asked.isdecimal() else wait
