"""Wait for what other threads and processes do."""

from __future__ import annotations

import time
from collections.abc import Callable


def until(reached: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait until a condition holds, and fail if it does not in time."""
    deadline = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.02)
