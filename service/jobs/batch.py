"""A folder of documents through the queue, in a way that can be interrupted at any moment and goes on."""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import obstore
from obstore.store import LocalStore, from_url
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from accounts import BATCH_KEY, Accounts, QueueFull
from accounts.jobs import Job, new_id
from accounts.models import DocumentRow
from schemas.fields import Field
from service.contract.extraction import requested_schema
from service.contract.job_models import JobRequest
from service.contract.models import validated
from service.jobs.job_service import JobService, SubmittedDocument

SUFFIXES = (".pdf", ".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff", ".webp")
AT_ONCE = 200
"""Documents that wait at the same time: enough for some dozen machines, and little on the store's disk."""
JOB_DOCUMENTS = 5
"""Of one job: few, so that the end of a batch is spread over all machines."""
KEEP_HOURS = 7 * 24
"""Results of a batch that was interrupted can be fetched for a week."""
_encoder = msgspec.json.Encoder(decimal_format="number")
_PAUSE = 0.3
"""Seconds between two looks at what has become of the documents."""


class Sources:
    """The documents of a folder, or of a store."""

    def __init__(self, source: str) -> None:
        """Nothing is read yet.

        Raises:
            ValueError: there is no such folder.
        """
        self.url = source
        if "://" in source:
            self._store = from_url(source)
        else:
            folder = Path(source)
            if not folder.is_dir():
                raise ValueError(f"there is no folder '{source}'; expected a folder or s3://bucket/prefix")
            self.url = str(folder.resolve())
            self._store = LocalStore(folder.resolve())

    def names(self) -> list[str]:
        """Paths of the documents, relative to the source, sorted."""
        found = (entry["path"] for batch in obstore.list(self._store) for entry in batch)
        return sorted(path for path in found if path.lower().endswith(SUFFIXES))

    def read(self, name: str) -> bytes:
        """The bytes of one."""
        return bytes(obstore.get(self._store, name).bytes())


@dataclass(frozen=True)
class Line:
    """What came of one document."""

    file: str
    status: str
    """`succeeded` or `failed`."""
    error: str | None
    pages: int | None
    request_id: str | None
    answer: dict[str, Any] | None
    """As `POST /ocr/fields` would have answered; decimals are exact."""


class Summary(NamedTuple):
    """What came of all of them."""

    lines: list[Line]
    total: int
    succeeded: int


def require_valid_request(accounts: Accounts, account: str, request: dict[str, Any]) -> None:
    """What `Batch` would find wrong with a request.

    Raises:
        ApiError: the template or the fields are at fault.
        NotFound: there is no such account.
    """
    requested_schema(validated(JobRequest, request), accounts.templates, accounts.account_store.find(account).id)


class Batch:
    """One run, which knows itself again by its source, its schema and where its results go."""

    def __init__(
        self,
        accounts: Accounts,
        desk: JobService,
        sources: Sources,
        request: dict[str, Any],
        out: Path,
        account: str,
        max_document_bytes: int,
    ) -> None:
        """Nothing happens yet.

        Raises:
            ApiError: the template or the fields are at fault.
            NotFound: there is no such account.
        """
        self._jobs = accounts.jobs
        self._desk = desk
        self._sources = sources
        self._max_bytes = max_document_bytes
        self._caller = accounts.keys.internal_caller(account, BATCH_KEY)
        self._request = validated(JobRequest, request)
        self._asked = requested_schema(self._request, accounts.templates, self._caller.account_id)
        identity = json.dumps([sources.url, request, str(out.resolve()), self._asked.version], sort_keys=True)
        self._name = hashlib.sha256(identity.encode()).hexdigest()
        self._spool = out.with_name(f".{out.name}.{self._name[:8]}.part")
        """What has come in so far, a line each: results are not asked for twice."""

    def fields(self) -> tuple[Field, ...]:
        """What is asked of each document."""
        return self._asked.schema.fields if self._asked.schema else ()

    def run(self) -> Summary:
        """Hand in what is missing, collect what is done, until all is."""
        names = self._sources.names()
        done = {line.file: line for line in self._spooled() if line.file in set(names)}
        open_jobs = {job.row.id: job for job in self._jobs.of_batch(self._caller.account_id, self._name)}
        known = {document.name for job in open_jobs.values() for document in job.documents}
        missing = [name for name in names if name not in done and name not in known]
        with self._spool.open("ab") as spool, _progress(len(names), len(done)) as progress:
            while open_jobs or missing:
                waiting = sum(d.state in ("queued", "running") for job in open_jobs.values() for d in job.documents)
                while missing and waiting < AT_ONCE and (job := self._submit(missing, done, spool)) is not None:
                    open_jobs[job.row.id] = job
                    waiting += len(job.documents)
                for job_id in list(open_jobs):
                    job = self._jobs.get(self._caller.account_id, job_id)
                    open_jobs[job_id] = job
                    for document in job.documents:
                        if document.finished_at is not None and document.name not in done:
                            self._note(self._line(job_id, document), done, spool)
                    if job.row.finished_at is not None:
                        del open_jobs[job_id]
                progress(len(done))
                if open_jobs or missing:
                    time.sleep(_PAUSE)
        lines = [done[name] for name in names]
        return Summary(lines, len(lines), sum(line.status == "succeeded" for line in lines))

    def clean(self) -> None:
        """The results are written: forget what was spooled."""
        self._spool.unlink(missing_ok=True)

    def _submit(self, missing: list[str], done: dict[str, Line], spool: Any) -> Job | None:
        """A job of the next documents; None when there is nothing to hand in, or no room."""
        documents: list[SubmittedDocument] = []
        taken = 0
        for name in missing:
            if len(documents) == JOB_DOCUMENTS:
                break
            taken += 1
            try:
                content = self._sources.read(name)
            except (OSError, obstore.exceptions.BaseError) as error:
                self._note(Line(name, "failed", f"it cannot be read: {error}", None, None, None), done, spool)
                continue
            if not 0 < len(content) <= self._max_bytes:
                wrong = f"expected 1 to {self._max_bytes:,} bytes; it has {len(content):,}"
                self._note(Line(name, "failed", wrong, None, None, None), done, spool)
                continue
            documents.append(SubmittedDocument(content, name, None))
        if not documents:
            del missing[:taken]
            return None
        try:
            reply = self._desk.submit(
                self._caller,
                self._request,
                self._asked,
                documents,
                new_id("req"),
                route="batch",
                batch=self._name,
                keep_hours=KEEP_HOURS,
            )
        except QueueFull:
            return None
        del missing[:taken]
        return self._jobs.get(self._caller.account_id, json.loads(reply.body)["job"]["id"])

    def _line(self, job_id: str, document: DocumentRow) -> Line:
        name = document.name or ""
        if document.state != "succeeded":
            error = document.error_message or document.state
            return Line(name, "failed", error, None, document.request_id, None)
        result = self._desk.result(self._caller.account_id, job_id, document.number) or b"null"
        answer = json.loads(result, parse_float=Decimal)
        return Line(name, "succeeded", None, document.pages, document.request_id, answer)

    def _note(self, line: Line, done: dict[str, Line], spool: Any) -> None:
        spool.write(dumped(asdict(line)) + b"\n")
        spool.flush()
        os.fsync(spool.fileno())
        done[line.file] = line

    def _spooled(self) -> Iterator[Line]:
        if not self._spool.exists():
            return
        for raw in self._spool.read_bytes().splitlines():
            try:
                yield Line(**json.loads(raw, parse_float=Decimal))
            except ValueError:  # cut off when the process died; it is fetched again
                continue


def dumped(value: Any) -> bytes:
    """JSON with exact decimals."""
    return _encoder.encode(value)


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:.1f}/s" if task.speed else "-/s")


@contextmanager
def _progress(total: int, done: int) -> Iterator[Any]:
    """A bar with rate and time left on a terminal, a line now and then elsewhere."""
    if not sys.stderr.isatty():
        yield _Lines(total, done)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _Rate())
    with Progress(*columns, TimeElapsedColumn(), TimeRemainingColumn(), console=Console(stderr=True)) as bar:
        task = bar.add_task("documents", total=total, completed=done)
        yield lambda count: bar.update(task, completed=count)


class _Lines:
    """For logs."""

    EVERY = 10.0
    """Seconds."""

    def __init__(self, total: int, done: int) -> None:
        self._total, self._first, self._start, self._last = total, done, time.monotonic(), 0.0

    def __call__(self, done: int) -> None:
        now = time.monotonic()
        if now - self._last < self.EVERY and done < self._total:
            return
        self._last = now
        rate = (done - self._first) / max(now - self._start, 1e-9)
        left = f", {(self._total - done) / rate:.0f} s left" if rate else ""
        print(f"{done} of {self._total} documents, {rate:.1f}/s{left}", file=sys.stderr)  # noqa: T201
