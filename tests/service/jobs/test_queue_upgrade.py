"""Databases of older versions, with work in them, go on working after an upgrade."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest
from dbos import DBOS, DBOSClient, EnqueueOptions
from sqlalchemy import create_engine, text

from accounts import Accounts, migrate
from accounts.database import sync_url
from accounts.work_queue import APPLICATION, DELIVERY_QUEUE, DOCUMENT_QUEUE
from service.jobs import queue_upgrade
from service.jobs.job_files import DocumentPaths
from service.jobs.queue_upgrade import FORMER_APPLICATION, prepare_queue
from service.settings import Settings
from tests.service.jobs.receiver import receiving
from tests.service.jobs.test_runtime import Process
from tests.waiting import until


def test_work_of_an_older_version_is_done_after_the_upgrade(database_url: str, tmp_path: Path) -> None:
    """Revision 0003, with leases, and on Postgres with a queue under the former name.

    Of the documents one was queued, one was running when its process died, and one fell out of the queue: its process
    died between two writes. On SQLite all of them did, because the queue was in a file of its own.
    """
    migrate(database_url, "0003")
    soon = datetime.now(UTC) + timedelta(seconds=2)
    with receiving() as receiver:
        _fill(database_url, receiver.url, soon)
        if database_url.startswith("postgresql"):
            _fill_queue_by_the_former_name(Settings(database_url=database_url).effective_queue_url())

        process = Process(database_url, tmp_path)  # upgrades both
        job = process.accounts.jobs.get(1, "job_1")
        assert job.row.answer_format == {"other": 1}
        assert [document.state for document in job.documents] == ["queued", "running", "queued", "succeeded"]
        (delivery,) = process.accounts.webhooks.deliveries(1, "whk_1")
        assert delivery.row.next_attempt_at == soon
        for number in range(3):
            process.files.put(DocumentPaths(1, "job_1", number).document, b"x")
        with process.open() as jobs:
            jobs.maintenance.take_over()
            until(lambda: process.state("job_1") == "succeeded")
            until(lambda: len(receiver.requests) == 2)
            assert process.used() == 3
            documents = process.accounts.jobs.get(1, "job_1").documents
            assert [document.attempts for document in documents] == [1, 2, 1, 1]
            entries = DBOS.list_workflows(queue_name=[DOCUMENT_QUEUE, DELIVERY_QUEUE])
            assert len(entries) == 5  # three documents, the old event and that of the job's end
            assert {entry.application_name for entry in entries} == {APPLICATION}
        assert {json.loads(body)["type"] for _, body in receiver.requests} == {"webhook.test", "job.finished"}
        assert datetime.now(UTC) >= soon


def test_upgrading_twice_queues_nothing_twice(database_url: str, tmp_path: Path) -> None:
    migrate(database_url, "0003")
    _fill(database_url, "http://127.0.0.1:9/", datetime.now(UTC))
    process = Process(database_url, tmp_path, job_workers=0)
    prepare_queue(process.accounts, process.settings.effective_queue_url())
    with process.open():
        prepare_queue(process.accounts, process.settings.effective_queue_url())
        numbers = [entry.input["args"][0] for entry in DBOS.list_workflows() if entry.input]
        assert sorted(numbers) == [1, 1, 2, 3]  # three documents and a delivery


def test_processes_that_start_at_the_same_time_queue_nothing_twice(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate(database_url, "0003")
    _fill(database_url, "http://127.0.0.1:9/", datetime.now(UTC))
    migrate(database_url)
    url = Settings(database_url=database_url).effective_queue_url()
    both, look = Barrier(2, timeout=1), queue_upgrade._numbers

    def look_and_wait(*arguments: Any) -> set[int]:
        found = look(*arguments)
        with suppress(BrokenBarrierError):  # the other process waits for this one
            both.wait()
        return found

    def prepare() -> None:
        with closing(Accounts(database_url)) as accounts:
            prepare_queue(accounts, url)

    monkeypatch.setattr(queue_upgrade, "_numbers", look_and_wait)
    with ThreadPoolExecutor(2) as threads:
        for done in [threads.submit(prepare) for _ in range(2)]:
            done.result()
    with Process(database_url, tmp_path, job_workers=0).open():
        numbers = [entry.input["args"][0] for entry in DBOS.list_workflows() if entry.input]
        assert sorted(numbers) == [1, 1, 2, 3]  # three documents and a delivery


def _fill(database_url: str, receiver: str, due: datetime) -> None:
    """A job with four documents, the last of which is done, and an event that is still to be sent."""
    engine = create_engine(sync_url(database_url))
    now, request = datetime.now(UTC), json.dumps({"fields": [{"name": "number", "type": "string"}]})
    with engine.begin() as connection:
        key = "INSERT INTO api_key (account_id, name, prefix, key_hash, scopes, created_at) "
        connection.execute(text(key + "VALUES (1, 'old', 'dwk_old', '', '[]', :now)"), {"now": _stored(now)})
        job = (
            "INSERT INTO job (id, account_id, api_key_id, route, priority, request, retain, keep_hours, state, "
            "created_at, surface) VALUES ('job_1', 1, 1, '/ocr/jobs', 2, :request, false, 24, 'running', :now, :surface)"
        )
        connection.execute(text(job), {"request": request, "now": _stored(now), "surface": '{"other": 1}'})
        document = (
            "INSERT INTO job_document (job_id, number, request_id, state, attempts, turn, due_at) "
            "VALUES ('job_1', :number, :request_id, :state, :attempts, 0, :now)"
        )
        for number, state in enumerate(("queued", "running", "queued", "succeeded")):
            values = {"number": number, "request_id": f"req_{number}", "state": state, "now": _stored(now)}
            attempts = int(state != "queued")
            connection.execute(text(document), values | {"attempts": attempts})
        values = {"url": receiver, "now": _stored(now), "due": _stored(due), "body": b'{"type": "webhook.test"}'}
        for statement in (
            "INSERT INTO webhook (id, account_id, url, events, secret, created_at) "
            "VALUES ('whk_1', 1, :url, '[\"job.finished\"]', 'whsec_AAAA', :now)",
            "INSERT INTO webhook_event (id, account_id, kind, body, created_at) "
            "VALUES ('evt_1', 1, 'webhook.test', :body, :now)",
            "INSERT INTO webhook_delivery (event_id, webhook_id, state, attempts, turn, due_at) "
            "VALUES ('evt_1', 'whk_1', 'pending', 3, 3, :due)",
        ):
            connection.execute(text(statement), values)
    engine.dispose()


def _stored(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f") + "+00:00"


def _fill_queue_by_the_former_name(url: str) -> None:
    """The first document is queued, the second was taken by a process that is gone, the third has no entry."""
    DBOS.migrate(url)
    client = DBOSClient(system_database_url=url, application_name=FORMER_APPLICATION)
    client.register_queue(DOCUMENT_QUEUE, worker_concurrency=8, partition_concurrency=4)
    client.register_queue(DELIVERY_QUEUE, worker_concurrency=16, partition_concurrency=4)
    for number in (1, 2):
        options: EnqueueOptions = {
            "queue_name": DOCUMENT_QUEUE,
            "workflow_name": "document",
            "workflow_id": f"document-{number}-0",
            "app_version": "1",
            "priority": 2,
            "queue_partition_key": "1",
        }
        client.enqueue(options, number)
    client.destroy()
    engine = create_engine(url)
    with engine.begin() as connection:
        taken = "UPDATE dbos.workflow_status SET status = 'PENDING', executor_id = 'gone' WHERE workflow_uuid = :id"
        connection.execute(text(taken), {"id": "document-2-0"})
    engine.dispose()
