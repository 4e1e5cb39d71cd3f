"""Measure the service's own cost.

This is the overhead of a call, of a ledger entry and of the job queue.
"""

from __future__ import annotations

import itertools
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

import httpx
from sqlalchemy import text

from accounts import BATCH_KEY, Accounts, Charge, Idempotency, Payer, migrate
from accounts.jobs import NewDocument, NewJob
from service.evaluation.markdown_tables import table
from service.jobs.job_files import DocumentPaths, JobFiles
from service.jobs.queue import MAX_DOCUMENTS_PER_PROCESS, POLLING_SECONDS
from service.jobs.queue_upgrade import prepare_queue
from service.settings import Settings
from tests.databases import Postgres, running_postgres
from tests.faults.cluster import FIELDS, ROOT, Cluster
from tests.faults.stub import READING_SECONDS

CALLS = 1000
"""Calls of which the overhead is measured."""
DOCUMENT_BYTES = 200_000
"""Size of each document sent."""
ENTRIES = 2000
"""Charged calls, each with one entry in the ledger."""
QUEUED = 2000
"""Documents that wait in the queue at the beginning."""
ACCOUNTS = 16
"""Accounts that own the entries and the queued documents."""


def measure() -> str:
    """Run the measurement and return it as Markdown."""
    with running_postgres() as postgres, tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        calls, entries = [], []
        for name in ("SQLite", "Postgres"):
            for callers in (1, 2):
                url = _database(name, postgres, root / f"{name}-{callers}")
                calls.append((name, callers, *_overhead(root / f"{name}-{callers}", url, callers)))
            for processes, accounts in itertools.product((1, 2), (1, ACCOUNTS)):
                url = _database(name, postgres, root / f"{name}-ledger-{processes}-{accounts}")
                entries.append((name, processes, accounts, _entries_a_second(url, processes, accounts)))
        queue = [_documents_a_second(root / f"queue-{workers}", postgres, workers) for workers in (1, 2, 4)]
    size = f"{DOCUMENT_BYTES // 1000} kB"
    return "\n\n".join(
        [
            "Command: `python -m benchmarks service`. Reading and extraction are replaced by stubs that wait"
            f" {READING_SECONDS * 1000:.0f} ms and find nothing; what the stages took by their own clock is"
            " subtracted.",
            f"**A call**, from sending a document of {size} (multipart, random bytes, an `Idempotency-Key` each) to the"
            f" last byte of the reply, less reading, extraction, grounding and checks; {CALLS} calls after 50 to warm"
            " up. In it: the key and the limits, the body, the idempotency and the ledger.",
            table(("database", "callers at a time", "ms p50", "ms p95", "ms p99", "calls per second"), calls),
            f"**Ledger entries per second**: {ENTRIES} calls, each charged, with its reply of 1 kB to an"
            " `Idempotency-Key`, in one transaction that is on disk when it returns; 8 threads per process. Calls of"
            " one account wait for each other, because each adds to the account's count of the month.",
            table(("database", "processes", "accounts", "entries per second"), entries),
            f"**The queue**: {QUEUED} documents of {ACCOUNTS} accounts wait on one Postgres; the store is a folder,"
            " workers are processes on this machine, and the server is idle. A process takes at most"
            f" {MAX_DOCUMENTS_PER_PROCESS} documents every {POLLING_SECONDS} s, which limits it to"
            f" {MAX_DOCUMENTS_PER_PROCESS / POLLING_SECONDS:.0f} per second; reading a real document takes longer.",
            table(("workers", "documents per second", "of one worker's"), _growth(queue)),
        ]
    )


def _database(name: str, postgres: Postgres, folder: Path) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    if name == "SQLite":
        return f"sqlite:///{folder}/docwitness.db"
    return postgres.create(folder.name.lower().replace("-", "_"))


def _overhead(folder: Path, url: str, callers: int) -> tuple[str, str, str, str]:
    """Return p50, p95 and p99 in milliseconds, and calls per second."""
    with Cluster(folder, url, job_workers="0") as cluster:
        document = random.Random(1).randbytes(DOCUMENT_BYTES)
        form = httpx.Request("POST", cluster.url, files={"file": document}, data={"fields": json.dumps(FIELDS)})
        body = form.read()

        def call(http: HTTPConnection) -> tuple[str, float]:
            headers = {
                "Authorization": f"Bearer {cluster.key}",
                "Content-Type": form.headers["Content-Type"],
                "Idempotency-Key": str(uuid.uuid4()),
            }
            started = time.perf_counter()
            http.request("POST", "/ocr/fields", body, headers)
            reply = http.getresponse().read()
            elapsed = time.perf_counter() - started
            return json.loads(reply)["requestId"], elapsed

        def many(count: int) -> list[tuple[str, float]]:
            # a client with little cost of its own, so that the server is measured
            with closing(HTTPConnection("127.0.0.1", cluster.port, timeout=30)) as http:
                return [call(http) for _ in range(count)]

        many(50)
        started = time.perf_counter()
        with ThreadPoolExecutor(callers) as threads:
            took = [one for part in threads.map(many, [CALLS // callers] * callers) for one in part]
        seconds = time.perf_counter() - started
        with cluster.accounts.database.read() as session:
            rows = session.execute(text("SELECT request_id, seconds FROM usage_entry"))
            stages = {name: json.loads(found) if isinstance(found, str) else found for name, found in rows}
    rest = [1000 * (elapsed - sum(stages[name].values())) for name, elapsed in took]
    cuts = statistics.quantiles(rest, n=100)
    return f"{cuts[49]:.1f}", f"{cuts[94]:.1f}", f"{cuts[98]:.1f}", f"{CALLS / seconds:.0f}"


def _entries_a_second(url: str, processes: int, accounts: int) -> str:
    migrate(url)
    with closing(Accounts(url)) as opened:
        for number in range(accounts):
            opened.account_store.create(f"account {number}", cap="soft")
    command = [sys.executable, "-m", "benchmarks.service", url, str(ENTRIES // processes), str(accounts)]
    running = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(processes)]
    spans = [json.loads(process.communicate()[0]) for process in running]
    begin, end = max(span[0] for span in spans), min(span[1] for span in spans)
    # entries written while all processes were writing
    return (
        f"{sum((ENTRIES // processes) * (end - begin) / (last - first) for first, last in spans) / (end - begin):.0f}"
    )


def _write_entries(url: str, count: int, of: int) -> None:
    """Charge `count` entries in a separate process, and print when that began and ended."""
    with closing(Accounts(url)) as accounts:
        callers = [accounts.keys.internal_caller(f"account {number}", BATCH_KEY) for number in range(of)]
        payers = [Payer(caller.account_id, caller.key_id, caller.plan) for caller in callers]

        def charge(number: int) -> None:
            payer = payers[number % of]
            seconds = {"read": 0.1, "extract": 0.05, "ground": 0.01}
            entry = Charge(f"req_{uuid.uuid4().hex[:20]}", "/ocr/fields", "invoice", 1, seconds)
            accounts.ledger.charge(payer, entry, bytes(1000), Idempotency(str(uuid.uuid4()), "f" * 64))

        with ThreadPoolExecutor(8) as threads:
            list(threads.map(charge, range(100)))
            started = time.time()
            list(threads.map(charge, range(count)))
            print(json.dumps([started, time.time()]))


def _documents_a_second(folder: Path, postgres: Postgres, workers: int) -> tuple[int, float]:
    url = postgres.create(f"queue_{workers}")
    _fill_the_queue(folder, url)
    with Cluster(folder, url, workers=workers, account_concurrency="64") as cluster:
        first, last = QUEUED // 10, QUEUED - QUEUED // 10
        begin = _when(cluster.accounts, first)
        return workers, (last - first) / (_when(cluster.accounts, last) - begin)


def _fill_the_queue(folder: Path, url: str) -> None:
    migrate(url)
    settings = Settings(data_dir=folder, database_url=url)
    files = JobFiles(settings.effective_store_url())
    with closing(Accounts(url)) as accounts:
        prepare_queue(accounts, settings.effective_queue_url())
        for number in range(ACCOUNTS):
            accounts.account_store.create(f"account {number}", cap="soft")
        for number in range(QUEUED // 20):
            caller = accounts.keys.internal_caller(f"account {number % ACCOUNTS}", BATCH_KEY)
            job_id = f"job_{number}"
            job = NewJob(caller.account_id, caller.key_id, "/ocr/jobs", {"fields": FIELDS})
            for document in range(20):
                files.put(DocumentPaths(caller.account_id, job_id, document).document, b"x")
            accounts.jobs.add(accounts.jobs.draft(job_id, job, [NewDocument(None, None)] * 20))


def _when(accounts: Accounts, done: int) -> float:
    """Wait until `done` documents are finished, and return that moment."""
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        with accounts.database.read() as session:
            count = session.scalar(text("SELECT count(*) FROM usage_entry"))
            if count >= done:
                rows = session.execute(
                    text("SELECT created_at FROM usage_entry ORDER BY created_at LIMIT 1 OFFSET :n"), {"n": done - 1}
                )
                return float(rows.scalar_one().timestamp())
        time.sleep(0.2)
    raise RuntimeError(f"fewer than {done} documents were done in five minutes")


def _growth(queue: list[tuple[int, float]]) -> list[tuple[int, str, str]]:
    alone = queue[0][1]
    return [(workers, f"{rate:.0f}", f"{rate / alone:.1f} x") for workers, rate in queue]


if __name__ == "__main__":
    _write_entries(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
