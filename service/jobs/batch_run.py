"""Send a folder of documents through the queue.

A run can be interrupted at any moment and continued.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

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
from accounts.jobs import UNFINISHED, Job, new_id
from accounts.tables import DocumentRow
from schemas.fields import Field
from service.contract.document_reply import requested_schema
from service.contract.job_models import JobRequest
from service.contract.models import validated
from service.jobs.job_service import JobService, SubmittedDocument

_PICTURE_SUFFIXES = (
    *(".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff", ".webp"),
    *(".heic", ".heif", ".avif", ".jp2"),
)
_OFFICE_SUFFIXES = (".docx", ".xlsx", ".pptx", ".odt", ".ods", ".odp", ".doc", ".xls", ".ppt", ".rtf")
_EMAIL_SUFFIXES = (".eml", ".msg")
SUFFIXES = (".pdf", *_PICTURE_SUFFIXES, *_OFFICE_SUFFIXES, *_EMAIL_SUFFIXES)
"""Endings of the files that a batch takes; others in the folder are left alone."""
MAX_UNFINISHED = 200
"""Documents that are queued or running at the same time: enough for dozens of machines, and little to store."""
DOCUMENTS_PER_JOB = 5
"""Few, so that the last documents of a batch are spread over all machines."""
KEEP_HOURS = 7 * 24
"""An interrupted batch can be continued for a week."""
_encoder = msgspec.json.Encoder(decimal_format="number")
_POLLING_SECONDS = 0.3
"""Pause between two looks at the states of the batch's jobs."""


class Sources:
    """The documents in a folder or a bucket."""

    def __init__(self, source: str) -> None:
        """Open the source without reading anything.

        Args:
            source: a folder, or `s3://bucket/prefix`.

        Raises:
            ValueError: if there is no such folder.
        """
        self.url = source
        if "://" in source:
            self._store = from_url(source)
        else:
            folder = Path(source)
            if not folder.is_dir():
                raise ValueError(f"there is no folder '{source}': expected a folder or s3://bucket/prefix")
            self.url = str(folder.resolve())
            self._store = LocalStore(folder.resolve())

    def names(self) -> list[str]:
        """Return the paths of the documents, relative to the source and sorted."""
        found = (entry["path"] for batch in obstore.list(self._store) for entry in batch)
        return sorted(path for path in found if path.lower().endswith(SUFFIXES))

    def read(self, name: str) -> bytes:
        """Return the bytes of one document."""
        return bytes(obstore.get(self._store, name).bytes())


@dataclass(frozen=True)
class BatchRow:
    """The outcome of one document, a row of the file that is written."""

    file: str
    """Path in the source; that of an e-mail's part begins with the e-mail's and a slash."""
    status: str
    """`succeeded` or `failed`; `taken_apart` for an e-mail, `left_out` for a part of one that is not read."""
    error: str | None
    """Why it failed or was left out."""
    pages: int | None
    request_id: str | None
    answer: dict[str, Any] | None
    """The reply of `POST /ocr/fields`, with exact decimals; None unless it succeeded."""


def require_valid_request(accounts: Accounts, account: str, request: dict[str, Any]) -> None:
    """Check a request as `Batch` does.

    Raises:
        ApiError: if the template or the fields are invalid.
        NotFound: if there is no such account.
    """
    requested_schema(validated(JobRequest, request), accounts.templates, accounts.account_store.find(account).id)


class Batch:
    """One run of `docwitness-server batch`.

    It is continued if source, request and target are the same again.
    """

    def __init__(
        self,
        accounts: Accounts,
        service: JobService,
        sources: Sources,
        request: dict[str, Any],
        out: Path,
        account: str,
        max_document_bytes: int,
    ) -> None:
        """Resolve the request; `run` does the rest.

        Args:
            accounts: the accounts.
            service: where the jobs are submitted.
            sources: the documents.
            request: the fields and options, as the API takes them.
            out: where the results will be written.
            account: the name of the account that pays.
            max_document_bytes: the size above which a document fails.

        Raises:
            ApiError: if the template or the fields are invalid.
            NotFound: if there is no such account.
        """
        self._jobs = accounts.jobs
        self._service = service
        self._sources = sources
        self._max_bytes = max_document_bytes
        self._caller = accounts.keys.internal_caller(account, BATCH_KEY)
        self._request = validated(JobRequest, request)
        self._requested = requested_schema(self._request, accounts.templates, self._caller.account_id)
        identity = json.dumps([sources.url, request, str(out.resolve()), self._requested.version], sort_keys=True)
        self._name = hashlib.sha256(identity.encode()).hexdigest()
        self._spool = out.with_name(f".{out.name}.{self._name[:8]}.part")
        """The rows so far, one JSON line each: a continued run does not fetch their results again."""

    def fields(self) -> tuple[Field, ...]:
        """Return the fields that are extracted from each document."""
        return self._requested.schema.fields if self._requested.schema else ()

    def run(self) -> list[BatchRow]:
        """Submit documents and collect results until all documents are done.

        Returns:
            A row for each document, in the order of their paths; the parts of an e-mail follow it.
        """
        names = self._sources.names()
        sources = set(names)
        done = {row.file: row for row in self._spooled() if _source_of(row.file, sources)}
        open_jobs = {job.row.id: job for job in self._jobs.of_batch(self._caller.account_id, self._name)}
        known = {_file_of(job, document) for job in open_jobs.values() for document in job.documents}
        missing = [name for name in names if name not in done and name not in known]
        with self._spool.open("ab") as spool, _progress(len(names), len(done.keys() & sources)) as progress:
            while open_jobs or missing:
                unfinished = sum(d.state in UNFINISHED for job in open_jobs.values() for d in job.documents)
                while missing and unfinished < MAX_UNFINISHED and (job := self._submit(missing, done, spool)):
                    open_jobs[job.row.id] = job
                    unfinished += len(job.documents)
                for job_id in list(open_jobs):
                    job = self._jobs.get(self._caller.account_id, job_id)
                    open_jobs[job_id] = job
                    for document in job.documents:
                        if document.finished_at is not None and _file_of(job, document) not in done:
                            for row in self._rows(job, document):
                                self._save(row, done, spool)
                    if job.row.finished_at is not None:
                        del open_jobs[job_id]
                progress(len(done.keys() & sources))
                if open_jobs or missing:
                    time.sleep(_POLLING_SECONDS)
        parts: dict[str, list[str]] = defaultdict(list)
        for file in sorted(done.keys() - sources):
            parts[_source_of(file, sources) or file].append(file)
        return [done[file] for name in names for file in (name, *parts[name])]

    def clean(self) -> None:
        """Delete the collected rows, once the results are written."""
        self._spool.unlink(missing_ok=True)

    def _submit(self, missing: list[str], done: dict[str, BatchRow], spool: Any) -> Job | None:
        """Submit the next documents.

        Returns None if none of them can be read, or the account has too many in the queue.
        """
        documents: list[SubmittedDocument] = []
        taken = 0
        for name in missing:
            if len(documents) == DOCUMENTS_PER_JOB:
                break
            taken += 1
            try:
                content = self._sources.read(name)
            except (OSError, obstore.exceptions.BaseError) as error:
                self._save(_failed(name, f"cannot be read: {error}"), done, spool)
                continue
            if not 0 < len(content) <= self._max_bytes:
                wrong = f"wrong size: expected 1 to {self._max_bytes:,} bytes, got {len(content):,}"
                self._save(_failed(name, wrong), done, spool)
                continue
            documents.append(SubmittedDocument(content, name, None))
        if not documents:
            del missing[:taken]
            return None
        try:
            reply = self._service.submit(
                self._caller,
                self._request,
                self._requested,
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

    def _rows(self, job: Job, document: DocumentRow) -> Iterator[BatchRow]:
        """Return the row of a document, after those of its parts that were left out."""
        name, request_id = _file_of(job, document), document.request_id
        if document.state != "succeeded":
            yield _failed(name, document.error_message or document.state, request_id)
        elif document.parts is not None:
            for part in document.parts:
                if part["number"] is None:
                    yield BatchRow(f"{name}/{part['name']}", "left_out", part["reason"], None, request_id, None)
            # last: when it has been saved, nothing of the e-mail is looked at again
            yield BatchRow(name, "taken_apart", None, None, request_id, None)
        else:
            result = self._service.result(self._caller.account_id, job.row.id, document.number) or b"null"
            answer = json.loads(result, parse_float=Decimal)
            yield BatchRow(name, "succeeded", None, document.pages, request_id, answer)

    def _save(self, row: BatchRow, done: dict[str, BatchRow], spool: Any) -> None:
        spool.write(encoded(asdict(row)) + b"\n")
        spool.flush()
        os.fsync(spool.fileno())
        done[row.file] = row

    def _spooled(self) -> Iterator[BatchRow]:
        if not self._spool.exists():
            return
        for line in self._spool.read_bytes().splitlines():
            try:
                yield BatchRow(**json.loads(line, parse_float=Decimal))
            except ValueError:  # cut off when the process died; the result is fetched again
                continue


def _file_of(job: Job, document: DocumentRow) -> str:
    """Return the path of a document in the source, or of a part after that of its e-mail."""
    name = document.name or ""
    return name if document.part_of is None else f"{job.documents[document.part_of].name}/{name}"


def _source_of(file: str, sources: set[str]) -> str | None:
    """Return the file in the source that a document was taken out of; None if it is gone.

    >>> _source_of("mails/a.eml/invoice.pdf", {"mails/a.eml"})
    'mails/a.eml'
    """
    parts = file.split("/")
    return next((path for end in range(len(parts), 0, -1) if (path := "/".join(parts[:end])) in sources), None)


def _failed(file: str, error: str, request_id: str | None = None) -> BatchRow:
    return BatchRow(file, "failed", error, None, request_id, None)


def encoded(value: Any) -> bytes:
    """Return JSON with exact decimals."""
    return _encoder.encode(value)


class _RateColumn(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:.1f}/s" if task.speed else "-/s")


@contextmanager
def _progress(total: int, done: int) -> Iterator[Any]:
    """Show a bar with rate and time left on a terminal, and a line every few seconds elsewhere."""
    if not sys.stderr.isatty():
        yield _ProgressLog(total, done)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _RateColumn())
    with Progress(*columns, TimeElapsedColumn(), TimeRemainingColumn(), console=Console(stderr=True)) as bar:
        task = bar.add_task("documents", total=total, completed=done)
        yield lambda count: bar.update(task, completed=count)


class _ProgressLog:
    """Progress as lines of a log."""

    INTERVAL_SECONDS = 10.0

    def __init__(self, total: int, done: int) -> None:
        self._total, self._first, self._start, self._last = total, done, time.monotonic(), 0.0

    def __call__(self, done: int) -> None:
        now = time.monotonic()
        if now - self._last < self.INTERVAL_SECONDS and done < self._total:
            return
        self._last = now
        rate = (done - self._first) / max(now - self._start, 1e-9)
        left = f", {(self._total - done) / rate:.0f} s left" if rate else ""
        print(f"{done} of {self._total} documents, {rate:.1f}/s{left}", file=sys.stderr)  # noqa: T201
