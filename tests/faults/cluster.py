"""Servers and workers in processes of their own, and callers that repeat every request until it is answered."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import text

from accounts import Accounts, migrate
from service.jobs.job_files import DocumentPaths, JobFiles
from service.jobs.queue_upgrade import prepare_queue
from service.settings import Settings

ROOT = Path(__file__).parents[2]
FIELDS = [{"name": "number", "type": "string"}]
END_SECONDS = 300.0
"""Time in which everything that was accepted has to end."""


class Cluster:
    """A server and any number of workers on one database and one store."""

    def __init__(self, folder: Path, database_url: str, *, workers: int = 0, **settings: str) -> None:
        """Start a server and workers; without workers the server works on jobs itself."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        chosen = {"data_dir": str(folder), "database_url": database_url, "workers": "2", **settings}
        self.settings = Settings(**chosen)  # type: ignore[arg-type]
        self._environment = os.environ | {f"DOCWITNESS_{name.upper()}": value for name, value in chosen.items()}
        migrate(database_url)
        self.accounts = Accounts(database_url, self.settings.default_plan())
        prepare_queue(self.accounts, self.settings.effective_queue_url())
        self.key = self.accounts.keys.create("load").secret
        self.server = self._start("serve", "--port", str(self.port), job_workers="0" if workers else "-1")
        self.workers = [self._start("worker") for _ in range(workers)]
        self.wait_until_it_answers()

    @property
    def url(self) -> str:
        """The server's address."""
        return f"http://127.0.0.1:{self.port}"

    def kill_server(self) -> None:
        """Kill the server with `kill -9`, and start another at once."""
        _kill(self.server)
        workers = "0" if self.workers else "-1"
        self.server = self._start("serve", "--port", str(self.port), job_workers=workers)

    def kill_worker(self) -> None:
        """Kill one of the workers with `kill -9`, and start another at once."""
        number = random.randrange(len(self.workers))
        _kill(self.workers[number])
        self.workers[number] = self._start("worker")

    def wait_until_it_answers(self) -> None:
        """Wait until the server is ready.

        Raises:
            RuntimeError: if it does not become ready.
        """
        deadline = time.monotonic() + END_SECONDS
        while time.monotonic() < deadline:
            try:
                if httpx.get(f"{self.url}/ready", trust_env=False).is_success:
                    return
            except httpx.TransportError:
                time.sleep(0.1)
        raise RuntimeError(
            f"the server does not answer after {END_SECONDS:.0f} s:\n{(self._folder / 'log').read_text()[-3000:]}"
        )

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *_: object) -> None:
        for process in (self.server, *self.workers):
            _kill(process)
        self.accounts.close()

    def _start(self, *arguments: str, **settings: str) -> subprocess.Popen[bytes]:
        environment = self._environment | {f"DOCWITNESS_{name.upper()}": value for name, value in settings.items()}
        command = [sys.executable, "-m", "tests.faults.stub", *arguments]
        with (self._folder / "log").open("ab") as log:
            return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True)


def _kill(process: subprocess.Popen[bytes]) -> None:
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@dataclass
class Load:
    """Callers that send one request after the other, each with an `Idempotency-Key`, until it is answered."""

    cluster: Cluster
    callers: int = 4
    calls: set[str] = field(default_factory=set)
    """Request ids of the replies that were received."""
    jobs: set[str] = field(default_factory=set)
    """Ids of the jobs that were accepted."""
    refused: list[str] = field(default_factory=list)
    """Replies that no repetition will change; there should be none."""
    repeated: int = 0
    """Requests that were sent again."""

    def __post_init__(self) -> None:
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(n,)) for n in range(self.callers)]

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _run(self, number: int) -> None:
        chance = random.Random(number)
        with httpx.Client(timeout=20, trust_env=False) as http:
            while not self._over.is_set():
                content = uuid.uuid4().bytes
                data = {"fields": '[{"name": "number", "type": "string"}]'}
                if chance.random() < 0.7:
                    reply = self._send(http, "/ocr/fields", [("file", content)], data)
                    if reply:
                        self.calls.add(reply["requestId"])
                else:
                    files = [("file", content + bytes([n])) for n in range(chance.randint(1, 3))]
                    reply = self._send(http, "/ocr/jobs", files, data)
                    if reply:
                        self.jobs.add(reply["job"]["id"])

    def _send(
        self, http: httpx.Client, path: str, files: list[tuple[str, bytes]], data: dict[str, str]
    ) -> dict[str, Any] | None:
        headers = {"Authorization": f"Bearer {self.cluster.key}", "Idempotency-Key": str(uuid.uuid4())}
        while True:
            try:
                response = http.post(self.cluster.url + path, files=files, data=data, headers=headers)
            except httpx.TransportError:
                response = None
            if response is not None and response.is_success:
                found: dict[str, Any] = response.json()
                return found
            if response is not None and response.status_code < 500 and response.status_code != 429:
                self.refused.append(response.text)
                return None
            self.repeated += 1
            time.sleep(0.1)


@dataclass(frozen=True)
class Count:
    """The counts after everything has ended."""

    calls: int
    jobs: int
    documents: int
    entries: int
    """Entries of the ledger."""
    repeated: int
    lost: list[str]
    """What was accepted and has not ended, or has no result."""
    unpaid_or_unanswered: list[str]
    """Replies without an entry of the ledger, and entries without a reply."""

    @property
    def is_right(self) -> bool:
        """Whether nothing is missing and nothing was charged twice."""
        return not self.lost and not self.unpaid_or_unanswered and self.entries == self.calls + self.documents


def counted(cluster: Cluster, load: Load) -> Count:
    """Wait for the end of every job, then compare replies, results and the ledger one by one.

    A constraint keeps the ledger's request ids unique. So every reply and every document must have an entry, and every
    entry must belong to a reply that was received, or to a document of a job that was accepted.
    """
    account = cluster.accounts.account_store.find("default").id
    files = JobFiles(cluster.settings.effective_store_url())
    deadline = time.monotonic() + END_SECONDS
    lost: list[str] = [f"refused: {reply}" for reply in load.refused]
    documents: set[str] = set()
    for job_id in load.jobs:
        while (job := cluster.accounts.jobs.get(account, job_id)).row.finished_at is None:
            if time.monotonic() > deadline:
                break
            time.sleep(0.1)
        for document in job.documents:
            documents.add(document.request_id)
            if document.state != "succeeded":
                lost.append(f"{document.request_id} is {document.state}: {document.error_message}")
            elif not (files.get(DocumentPaths(account, job_id, document.number).result) or b"").startswith(
                b'{"status":"success"'
            ):
                lost.append(f"{document.request_id} has no result")
    with cluster.accounts.database.read() as session:
        entries = list(session.scalars(text("SELECT request_id FROM usage_entry")))
        summed = session.scalar(text("SELECT sum(calls) FROM month_usage"))
        jobs = set(session.scalars(text("SELECT id FROM job")))
    wrong = [f"{one}: answered, not charged" for one in (load.calls | documents) - set(entries)]
    wrong += [f"{one}: charged, not answered" for one in set(entries) - load.calls - documents]
    wrong += [f"{one}: in the database, not accepted" for one in jobs - load.jobs]
    if summed != len(entries):
        wrong.append(f"the month's sum is {summed}, the ledger has {len(entries)} entries")
    return Count(len(load.calls), len(load.jobs), len(documents), len(entries), load.repeated, lost, wrong)
