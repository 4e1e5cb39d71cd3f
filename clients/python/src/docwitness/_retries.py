"""Decide whether and when to repeat a failed call."""

from __future__ import annotations

import random
from dataclasses import dataclass

import httpx

PASSING_STATUSES = frozenset({429, 502, 503, 504})
"""HTTP statuses of failures that may soon be over."""


@dataclass(frozen=True)
class Retries:
    """Exponential backoff with jitter; respects `Retry-After` up to `longest`."""

    attempts: int = 4
    """Total number of attempts, including the first; 1 never repeats."""
    first: float = 0.5
    """Seconds before the second attempt; doubled for each further one."""
    longest: float = 30.0
    """Longest pause in seconds."""

    def pause(self, attempt: int, response: httpx.Response | None) -> float | None:
        """Return the seconds to wait after a failed attempt, or None to give up.

        Args:
            attempt: number of the failed attempt, from 1.
            response: the response, or None if the connection failed.
        """
        if attempt >= self.attempts or (response is not None and response.status_code not in PASSING_STATUSES):
            return None
        wait = min(self.longest, self.first * 2.0 ** (attempt - 1)) * random.uniform(0.75, 1.25)
        requested = response.headers.get("Retry-After", "") if response is not None else ""
        return min(self.longest, max(wait, float(requested))) if requested.isdecimal() else wait
