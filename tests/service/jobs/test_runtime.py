"""The real queue, on both databases, with everything that works on it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from dbos import DBOS, DBOSClient, EnqueueOptions, WorkflowStatus
from sqlalchemy import text

from accounts import BATCH_KEY, Accounts, Caller, migrate, utc_now
from accounts.jobs import NewDocument, NewJob
from accounts.processes import Processes
from accounts.work_queue import APPLICATION, DOCUMENT_QUEUE, DbosWorkQueue, QueuedDocument
from documents.reading_options import DEFAULT, ReadingOptions
from schemas.pages import Document
from service.contract.document_reply import requested_schema
from service.contract.job_models import JobRequest
from service.jobs.job_files import DocumentPaths, JobFiles
from service.jobs.job_service import SubmittedDocument
from service.jobs.queue_upgrade import FORMER_APPLICATION, prepare_queue
from service.jobs.runtime import JobRuntime, open_job_runtime
from service.pipeline.pipeline import Pipeline
from service.settings import Settings
from tests.contract.conftest import PAGE, PROPOSALS
from tests.fakes import Clock, FakeExtractor, FakeQueue, FakeReader
from tests.service.jobs.receiver import receiving
from tests.waiting import until

REQUEST = JobRequest.model_validate({"fields": [{"name": "number", "type": "string"}]})


class Process:
    """A process with the queue, in this one."""

    def __init__(
        self, url: str, folder: Path, clock: Clock | None = None, *, trusting: bool = True, **settings: object
    ) -> None:
        """Migrate the database; a trusting process judges others after its first heartbeat."""
        self.settings = Settings(
            data_dir=folder,
            database_url=url,
            webhook_private_addresses=True,
            workers=2,
            **settings,  # type: ignore[arg-type]
        )
        migrate(url)
        self.accounts = Accounts(url, self.settings.default_plan(), clock or utc_now)
        if trusting:
            self.accounts.processes = Processes(self.accounts.database, min_series=timedelta(0))
        prepare_queue(self.accounts, self.settings.effective_queue_url())
        self.caller: Caller = self.accounts.keys.internal_caller("default", BATCH_KEY)
        self.reader = FakeReader(PAGE)
        self.files = JobFiles(self.settings.effective_store_url())

    @contextmanager
    def open(self) -> Iterator[JobRuntime]:
        with closing(self.accounts), open_job_runtime(self.settings, self.accounts, self.pipeline()) as opened:
            yield opened

    def pipeline(self) -> Pipeline:
        return Pipeline(self.reader, FakeExtractor(PROPOSALS))

    def submit(self, jobs: JobRuntime, count: int = 1, priority: str = "normal") -> str:
        request = REQUEST.model_copy(update={"priority": priority})
        requested = requested_schema(request, self.accounts.templates, self.caller.account_id)
        documents = [SubmittedDocument(b"x%d" % n, f"{n}", None) for n in range(count)]
        reply = jobs.service.submit(self.caller, request, requested, documents, "req_1")
        return str(json.loads(reply.body)["job"]["id"])

    def save_without_entry(self, job_id: str) -> None:
        """Save a job as older versions did, without an entry in the queue."""
        request = REQUEST.model_dump(mode="json", by_alias=True, include={"fields"})
        job = NewJob(self.caller.account_id, self.caller.key_id, "/ocr/jobs", request)
        self.files.put(DocumentPaths(self.caller.account_id, job_id, 0).document, b"x")
        with closing(Accounts(str(self.settings.database_url), queue=FakeQueue())) as older:
            older.jobs.add(older.jobs.draft(job_id, job, [NewDocument(None, None)]))

    def state(self, job_id: str) -> str:
        return self.accounts.jobs.get(self.caller.account_id, job_id).row.state

    def used(self) -> int:
        return self.accounts.account_store.find("default").used


@pytest.fixture
def process(database_url: str, tmp_path: Path) -> Process:
    return Process(database_url, tmp_path)


def test_jobs_are_done_charged_and_reported(process: Process) -> None:
    with receiving() as receiver:
        process.accounts.webhooks.create(process.caller.account_id, receiver.url, {"job.finished"})
        with process.open() as jobs:
            job = process.submit(jobs, 3)
            until(lambda: process.state(job) == "succeeded")
            until(lambda: len(receiver.requests) == 1)
            assert process.used() == 3
            assert b"4711" in (jobs.service.result(process.caller.account_id, job, 2) or b"")
            jobs.queue.forget_done()


def test_an_entry_is_made_in_the_transaction_of_its_document(process: Process) -> None:
    process.settings.job_workers = 0
    with process.open() as jobs:
        queue, document = DbosWorkQueue(process.accounts.database), QueuedDocument(1, process.caller.account_id, 2)
        with suppress(Undone), process.accounts.database.write() as session:
            queue.add_document(session, document)
            raise Undone
        assert entries() == []
        process.submit(jobs)
        assert [entry.status for entry in entries()] == ["ENQUEUED"]


class Undone(Exception):
    pass


def test_entries_of_a_dead_process_are_taken_over(database_url: str, tmp_path: Path) -> None:
    process = Process(database_url, tmp_path, job_workers=0)
    with process.open() as jobs:
        job = process.submit(jobs)
        execute(process, f"UPDATE {workflows(process)} SET status = 'PENDING', executor_id = 'dead'")
        process.accounts.job_documents.begin(1)
    process = Process(database_url, tmp_path)
    process.accounts.processes.beat("dead")
    with process.open() as jobs:
        jobs.maintenance.take_over()
        assert [entry.status for entry in entries()] == ["PENDING"]  # it may still be alive
        execute(process, "UPDATE process SET seen_at = '2025-01-01 00:00:00+00:00' WHERE id = 'dead'")
        jobs.maintenance.take_over()
        until(lambda: process.state(job) == "succeeded")
        (entry,) = entries()
        assert (entry.queue_name, entry.queue_partition_key) == (DOCUMENT_QUEUE, "1")
        assert process.accounts.jobs.get(1, job).documents[0].attempts == 2
        assert process.used() == 1


def test_after_an_outage_of_the_database_no_process_is_taken_for_dead(database_url: str, tmp_path: Path) -> None:
    """None could write a heartbeat, and the first one that can again does not judge the others."""
    process = Process(database_url, tmp_path, trusting=False, job_workers=0)
    with process.open() as jobs:
        jobs.maintenance.stop_upkeep()
        process.submit(jobs)
        execute(process, f"UPDATE {workflows(process)} SET status = 'PENDING', executor_id = 'silent for long'")
        jobs.maintenance.take_over()
        assert [entry.status for entry in entries()] == ["PENDING"]


def test_a_process_that_took_an_entry_during_the_look_is_not_taken_for_dead(process: Process) -> None:
    process.settings.job_workers = 0
    with process.open() as jobs:
        jobs.maintenance.stop_upkeep()
        process.submit(jobs)
        taken = f"UPDATE {workflows(process)} SET status = 'PENDING', executor_id = "
        execute(process, f"{taken} 'dead'")

        def find_living() -> set[str]:  # meanwhile another process has taken the entry over
            execute(process, f"{taken} 'just started'")
            return set()

        assert jobs.queue.requeue_interrupted(find_living) == 0
        assert [(entry.status, entry.executor_id) for entry in entries()] == [("PENDING", "just started")]
        assert jobs.queue.requeue_interrupted(lambda: {"just started"}) == 0
        assert jobs.queue.requeue_interrupted(set) == 1
        assert [entry.status for entry in entries()] == ["ENQUEUED"]


def test_entries_that_this_process_took_and_did_not_begin_are_put_back(process: Process) -> None:
    """The database restarts after DBOS has marked an entry as taken, and before it knows of it."""
    process.settings.job_workers = 0
    with process.open() as jobs:
        jobs.maintenance.stop_upkeep()  # it looks too
        process.submit(jobs)
        execute(process, f"UPDATE {workflows(process)} SET status = 'PENDING', executor_id = '{DBOS.executor_id}'")
        jobs.maintenance.take_over()
        assert [entry.status for entry in entries()] == ["PENDING"]  # it may be about to begin
        jobs.maintenance.take_over()
        assert [(entry.status, entry.queue_name) for entry in entries()] == [("ENQUEUED", DOCUMENT_QUEUE)]


def test_a_fault_of_ours_loses_no_document(process: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: int) -> None:
        raise RuntimeError("a bug")

    with process.open() as jobs:
        monkeypatch.setattr(process.accounts.job_documents, "begin", fail)
        job = process.submit(jobs)
        until(lambda: [entry.status for entry in entries()] == ["ERROR"])
        monkeypatch.undo()
        jobs.maintenance.take_over()
        until(lambda: process.state(job) == "succeeded")
        (entry,) = entries()
        assert (entry.queue_name, entry.queue_partition_key) == (DOCUMENT_QUEUE, "1")


def test_a_process_that_stops_leaves_its_documents_to_others(database_url: str, tmp_path: Path) -> None:
    process = Process(database_url, tmp_path, job_workers=1)
    process.reader = SlowReader(PAGE)
    with process.open() as jobs:
        job = process.submit(jobs, 4)
        until(lambda: len(process.reader.calls) == 1)
    assert len(process.reader.calls) == 1  # what was begun was finished, and no other was begun
    process = Process(database_url, tmp_path)
    with process.open() as jobs:
        until(lambda: process.state(job) == "succeeded")
        assert process.used() == 4
        assert {document.attempts for document in process.accounts.jobs.get(1, job).documents} == {1}


class SlowReader(FakeReader):
    def read(self, data: bytes, options: ReadingOptions = DEFAULT) -> Document:
        document = super().read(data, options)
        time.sleep(2)
        return document


def test_expired_results_and_orphans_are_removed(database_url: str, tmp_path: Path) -> None:
    clock = Clock(datetime.now(UTC))
    process = Process(database_url, tmp_path, clock)
    store = Path(process.settings.effective_store_url())
    with process.open() as jobs:
        job = process.submit(jobs)
        until(lambda: process.state(job) == "succeeded")
        process.files.put("1/job_orphan/0/document", b"x")
        clock.go(hours=25)
        jobs.maintenance.beat()
        jobs.maintenance.remove_expired()
        jobs.maintenance.remove_orphans()
        assert [path for path in store.rglob("*") if path.is_file()] == []
        assert process.accounts.jobs.of_batch(process.caller.account_id, "") == []


def test_urgent_documents_come_first(database_url: str, tmp_path: Path) -> None:
    process = Process(database_url, tmp_path, job_workers=0)
    with process.open() as jobs:
        ids = [process.submit(jobs, priority=priority) for priority in ("low", "normal", "high")]
    again = Process(database_url, tmp_path, job_workers=1, account_concurrency=1)
    with again.open():
        until(lambda: all(again.state(job) == "succeeded" for job in ids))
        ended = {job: again.accounts.jobs.get(1, job).row.finished_at for job in ids}
    assert sorted(ids, key=lambda job: str(ended[job])) == ids[::-1]


def test_what_an_older_version_left_without_an_entry_is_queued_once(database_url: str, tmp_path: Path) -> None:
    """Its process died between two writes, or its queue was in a file of its own."""
    process = Process(database_url, tmp_path)
    process.save_without_entry("job_old")
    for _ in range(2):
        prepare_queue(process.accounts, process.settings.effective_queue_url())
    with process.open():
        assert len(entries()) == 1
        until(lambda: process.state("job_old") == "succeeded")
        assert process.used() == 1


def test_the_queue_of_an_application_by_the_former_name_goes_on(database_url: str, tmp_path: Path) -> None:
    process = Process(database_url, tmp_path)
    process.save_without_entry("job_queued")
    process.save_without_entry("job_lost")
    url = process.settings.effective_queue_url()
    client = DBOSClient(system_database_url=url, application_name=FORMER_APPLICATION)
    client.register_queue(DOCUMENT_QUEUE, worker_concurrency=8, partition_concurrency=4)
    options: EnqueueOptions = {
        "queue_name": DOCUMENT_QUEUE,
        "workflow_name": "document",
        "workflow_id": "document-1-0",
        "app_version": "1",
        "priority": 2,
        "queue_partition_key": "1",
    }
    client.enqueue(options, 1)
    client.destroy()
    prepare_queue(process.accounts, url)
    with process.open():
        until(lambda: process.state("job_queued") == "succeeded" and process.state("job_lost") == "succeeded")
        done = entries()
        assert len(done) == 2
        assert "document-1-0" in {entry.workflow_id for entry in done}
        assert {entry.application_name for entry in done} == {APPLICATION}
        assert process.used() == 2


def entries() -> list[WorkflowStatus]:
    return DBOS.list_workflows(queue_name=[DOCUMENT_QUEUE])


def execute(process: Process, statement: str) -> None:
    with process.accounts.database.write() as session:
        session.execute(text(statement))


def workflows(process: Process) -> str:
    """DBOS's table."""
    return "workflow_status" if process.accounts.database.is_sqlite else "dbos.workflow_status"
