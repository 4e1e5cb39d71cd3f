"""What `serve` does when it is asked to stop."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path


def test_a_server_that_is_asked_to_stop_ends_its_jobs_first(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with log.open("w") as output:
        server = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.stub", "serve", "--port", "0"],
            env=os.environ | {"DOCWITNESS_DATA_DIR": str(tmp_path / "data")},
            stderr=output,
        )
    try:
        until = time.monotonic() + 60
        while not re.search(r"running on http", log.read_text()) and time.monotonic() < until:
            assert server.poll() is None, log.read_text()
            time.sleep(0.05)
        server.send_signal(signal.SIGTERM)
        assert server.wait(30) == 0  # killed by the signal it would be -15
    finally:
        server.kill()
