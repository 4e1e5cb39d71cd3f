"""The faults, one function each: rounds of it under load, then the count."""

from __future__ import annotations

import json
import os
import random
import subprocess
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.databases import Postgres
from tests.faults.cluster import Cluster, Count, Load, counted

_RECEIVER_SECONDS = 900.0
"""Time in which every event has to arrive: after three failed attempts the next are two and ten minutes later."""
_KILLED_WHILE_WORKING = 0.8
"""Share of the kills of a server that wait until it answers; on a busy machine it would never get to work otherwise."""

Scenario = Callable[[Path, str, Postgres | None, int], Count]


def server_killed(folder: Path, url: str, _postgres: Postgres | None, rounds: int) -> Count:
    """Kill the server, which works on jobs too, at any moment."""
    with Cluster(folder, url) as cluster, Load(cluster) as load:
        for _ in range(rounds):
            if random.random() < _KILLED_WHILE_WORKING:  # else it may still be starting
                cluster.wait_until_it_answers()
            time.sleep(random.uniform(0.5, 3.0))
            cluster.kill_server()
        time.sleep(2)
        return _after(cluster, load)


def worker_killed(folder: Path, url: str, _postgres: Postgres | None, rounds: int) -> Count:
    """Kill one of two workers at any moment."""
    with Cluster(folder, url, workers=2) as cluster, Load(cluster) as load:
        for _ in range(rounds):
            time.sleep(random.uniform(0.5, 3.0))
            cluster.kill_worker()
        time.sleep(2)
        return _after(cluster, load)


def postgres_restarted(folder: Path, url: str, postgres: Postgres | None, rounds: int) -> Count:
    """Restart the database, which closes every connection."""
    assert postgres is not None
    with Cluster(folder, url, workers=1) as cluster, Load(cluster) as load:
        for _ in range(rounds):
            time.sleep(random.uniform(0.5, 2.0))
            postgres.restart()
        time.sleep(2)
        return _after(cluster, load)


def disk_full(folder: Path, url: str, _postgres: Postgres | None, rounds: int) -> Count:
    """Fill the store's disk for a while, so that neither documents nor results can be written."""
    disk = folder / "disk"
    disk.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200m", "tmpfs", str(disk)], check=True)
    try:
        with Cluster(folder, url, workers=1, store_url=str(disk / "store")) as cluster, Load(cluster) as load:
            for _ in range(rounds):
                time.sleep(random.uniform(0.3, 1.0))
                filler = disk / "filler"
                with filler.open("wb", buffering=0) as file:
                    try:
                        while True:
                            file.write(bytes(1_000_000))
                    except OSError:
                        pass
                time.sleep(random.uniform(0.3, 1.0))
                os.unlink(filler)
            time.sleep(2)
            return _after(cluster, load)
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def receiver_down(folder: Path, url: str, _postgres: Postgres | None, rounds: int) -> Count:
    """Stop the receiver of webhooks for a while; it has to receive the end of every job at least once."""
    received: set[str] = set()
    with (
        Cluster(folder, url, workers=1, webhook_private_addresses="true") as cluster,
        _Receiver(received) as receiver,
    ):
        cluster.accounts.webhooks.create(1, receiver.url, {"job.finished"})
        with Load(cluster, callers=2) as load:
            for _ in range(rounds):
                time.sleep(random.uniform(0.3, 1.0))
                receiver.stop()
                time.sleep(random.uniform(0.3, 1.0))
                receiver.start()
            time.sleep(2)
            count = _after(cluster, load)
        deadline = time.monotonic() + _RECEIVER_SECONDS
        while load.jobs - received and time.monotonic() < deadline:
            time.sleep(0.2)
        count.lost.extend(f"no event of {job} was received" for job in load.jobs - received)
        return count


SCENARIOS: dict[str, Scenario] = {
    "server killed": server_killed,
    "worker killed": worker_killed,
    "Postgres restarted": postgres_restarted,
    "disk of the store full": disk_full,
    "receiver of webhooks down": receiver_down,
}


def _after(cluster: Cluster, load: Load) -> Count:
    """End the load and count."""
    load.__exit__()
    return counted(cluster, load)


class _Receiver:
    """A receiver of webhooks that listens on one port and can be stopped."""

    def __init__(self, received: set[str]) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                received.add(body["data"]["jobId"])
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._handler = Handler
        self._address = ("127.0.0.1", 0)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._address[1]}/"

    def start(self) -> None:
        self._server = ThreadingHTTPServer(self._address, self._handler)
        self._address = ("127.0.0.1", self._server.server_port)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def __enter__(self) -> _Receiver:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
