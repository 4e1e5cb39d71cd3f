"""The real queue, on both databases, with everything that works on it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from dbos import DBOS

from accounts import BATCH_KEY, Accounts, Caller, migrate
from accounts.jobs import NewDocument, NewJob
from accounts.tasks import LEASE
from service.contract.extraction import requested_schema
from service.contract.job_models import JobRequest
from service.jobs.files import Files
from service.jobs.job_service import SubmittedDocument
from service.jobs.runtime import Running, running
from service.pipeline.pipeline import Pipeline
from service.settings import Settings
from tests.contract.conftest import PAGE, PROPOSALS
from tests.fakes import Clock, FakeExtractor, FakeReader
from tests.service.jobs.receiver import receiving

REQUEST = JobRequest.model_validate({"fields": [{"name": "number", "type": "string"}]})


class Place:
    """A process with the queue, in this one."""

    def __init__(self, url: str, folder: Path, clock: Clock | None = None, **settings: object) -> None:
        self.settings = Settings(
            data_dir=folder,
            database_url=url,
            webhook_private_addresses=True,
            workers=2,
            **settings,  # type: ignore[arg-type]
        )
        migrate(url)
        DBOS.migrate(self.settings.effective_queue_url())
        self.accounts = Accounts(url, self.settings.default_plan(), *([clock] if clock else []))
        self.caller: Caller = self.accounts.keys.internal_caller("default", BATCH_KEY)
        self.reader = FakeReader(PAGE)
        self.files = Files(self.settings.effective_store_url())

    def open(self) -> Iterator[Running]:
        with closing(self.accounts), running(self.settings, self.accounts, self.pipeline()) as opened:
            yield opened

    def pipeline(self) -> Pipeline:
        return Pipeline(self.reader, FakeExtractor(PROPOSALS))

    def submit(self, jobs: Running, count: int = 1, priority: str = "normal") -> str:
        request = REQUEST.model_copy(update={"priority": priority})
        asked = requested_schema(request, self.accounts.templates, self.caller.account_id)
        documents = [SubmittedDocument(b"x%d" % n, f"{n}", None) for n in range(count)]
        reply = jobs.desk.submit(self.caller, request, asked, documents, "req_1")
        return str(json.loads(reply.body)["job"]["id"])

    def state(self, job_id: str) -> str:
        return self.accounts.jobs.get(self.caller.account_id, job_id).row.state

    def used(self) -> int:
        return self.accounts.account_store.find("default").used


def until(reached: Callable[[], bool], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.02)


@pytest.fixture
def place(database_url: str, tmp_path: Path) -> Place:
    return Place(database_url, tmp_path)


def test_jobs_are_done_charged_and_told(place: Place) -> None:
    with receiving() as receiver:
        place.accounts.webhooks.create(place.caller.account_id, receiver.url, {"job.finished"})
        for jobs in place.open():
            job = place.submit(jobs, 3)
            until(lambda: place.state(job) == "succeeded")
            until(lambda: len(receiver.came) == 1)
            assert place.used() == 3
            assert b"4711" in (jobs.desk.result(place.caller.account_id, job, 2) or b"")
            jobs.queue.forget()


def test_what_fell_out_of_the_queue_is_put_in_again(database_url: str, tmp_path: Path) -> None:
    """The process died after the job was saved and before it was put into the queue."""
    clock = Clock(datetime.now(UTC))
    place = Place(database_url, tmp_path, clock)
    for jobs in place.open():
        job = NewJob(
            place.caller.account_id,
            place.caller.key_id,
            "/ocr/jobs",
            REQUEST.model_dump(mode="json", by_alias=True, include={"fields"}),
        )
        place.files.put(f"{place.caller.account_id}/job_lost/0/document", b"x")
        place.accounts.jobs.add(place.accounts.jobs.draft("job_lost", job, [NewDocument(None, None)]))
        waiting = place.submit(jobs)
        until(lambda: place.state(waiting) == "succeeded")
        jobs.keeper.put_again()
        assert place.state("job_lost") == "queued"
        clock.now += LEASE + timedelta(seconds=1)
        jobs.keeper.beat()
        jobs.keeper.put_again()
        until(lambda: place.state("job_lost") == "succeeded")
        assert place.used() == 2


def test_expired_results_and_orphans_are_removed(database_url: str, tmp_path: Path) -> None:
    clock = Clock(datetime.now(UTC))
    place = Place(database_url, tmp_path, clock)
    store = Path(place.settings.effective_store_url())
    for jobs in place.open():
        job = place.submit(jobs)
        until(lambda: place.state(job) == "succeeded")
        place.files.put("1/job_orphan/0/document", b"x")
        clock.go(hours=25)
        jobs.keeper.beat()
        jobs.keeper.remove_expired()
        jobs.keeper.remove_orphans()
        assert [path for path in store.rglob("*") if path.is_file()] == []
        assert place.accounts.jobs.of_batch(place.caller.account_id, "") == []


def test_urgent_documents_come_first(database_url: str, tmp_path: Path) -> None:
    place = Place(database_url, tmp_path, job_workers=0)
    ids = []
    for jobs in place.open():
        ids = [place.submit(jobs, priority=priority) for priority in ("low", "normal", "high")]
    again = Place(database_url, tmp_path, job_workers=1, account_concurrency=1)
    for _ in again.open():
        until(lambda: all(again.state(job) == "succeeded" for job in ids))
        ended = {job: again.accounts.jobs.get(1, job).row.finished_at for job in ids}
    assert sorted(ids, key=lambda job: str(ended[job])) == ids[::-1]
