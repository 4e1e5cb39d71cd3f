"""Run the service in a process of its own.

For the demo, the end-to-end tests and the benchmarks.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx

START_SECONDS = 60.0
"""Longest wait for the first answer; loading the models takes a few seconds, more on a busy machine."""


class RunningServer(NamedTuple):
    """A service that is ready, with a key for it."""

    url: str
    key: str
    pid: int
    log: Path
    start_seconds: float
    """Time from its start to its first answer."""


@contextmanager
def running_server(folder: Path, **settings: str) -> Iterator[RunningServer]:
    """Start the service on a free port with its data in a folder, and stop it at the end.

    Args:
        folder: Where data and log go; it is created if it is missing.
        **settings: Settings of the service by their names without prefix: `workers="1"` is `DOCWITNESS_WORKERS=1`.

    Yields:
        The running service.

    Raises:
        RuntimeError: if the service is not ready in time; the message ends with its log.
    """
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["NO_PROXY"] = f"127.0.0.1,{os.environ.get('NO_PROXY', '')}"  # for HTTP clients in this process
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DOCWITNESS_")}
    environment |= {f"DOCWITNESS_{name.upper()}": value for name, value in settings.items()}
    environment["DOCWITNESS_DATA_DIR"] = str(folder.absolute() / "data")
    command = [sys.executable, "-m", "service.cli"]
    created = subprocess.run(
        [*command, "keys", "create", "demo"], env=environment, capture_output=True, text=True, check=True
    )
    key = created.stdout.strip().splitlines()[-1]
    log = folder / "server.log"
    with log.open("w") as output:
        begin = time.monotonic()
        process = subprocess.Popen(
            [*command, "serve", "--port", "0"], env=environment, stderr=output, stdin=subprocess.DEVNULL
        )
        try:
            url = _wait(process, log)
            yield RunningServer(url, key, process.pid, log, time.monotonic() - begin)
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(process: subprocess.Popen[bytes], log: Path) -> str:
    """Return the address as soon as the service answers there."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if match := re.search(r"running on (http://[\d.]+:\d+)", log.read_text()):
            try:
                if httpx.get(f"{match[1]}/ready", trust_env=False).is_success:
                    return match[1]
            except httpx.TransportError:
                pass
        time.sleep(0.1)
    raise RuntimeError(
        f"the service is not ready after {START_SECONDS:.0f} s; its log ends with:\n{log.read_text()[-2000:]}"
    )
