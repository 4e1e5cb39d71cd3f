from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from accounts import BATCH_KEY, Accounts, Idempotency, QueueFull
from accounts.jobs import Job, NewDocument, NewJob
from accounts.work_queue import QueuedDocument
from tests.databases import with_tables
from tests.fakes import FakeQueue


class SlowQueue(FakeQueue):
    """Keeps the transaction of the first entry open for a second, or until another entry is added."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = threading.Event(), threading.Event()

    def add_document(self, session: Session, document: QueuedDocument, delay: timedelta = timedelta(0)) -> None:
        super().add_document(session, document, delay)
        if self.first.is_set():
            self.second.set()
        self.first.set()
        self.second.wait(1)


def draft(accounts: Accounts, job_id: str) -> Job:
    key_id = accounts.keys.internal_caller("default", BATCH_KEY).key_id
    return accounts.jobs.draft(job_id, NewJob(1, key_id, "/ocr/jobs", {}), [NewDocument(None, None)])


def test_the_queue_limit_holds_for_requests_that_are_sent_at_once(database_url: str) -> None:
    with_tables(database_url)
    queue = SlowQueue()
    with closing(Accounts(database_url, queue=queue)) as accounts, ThreadPoolExecutor(2) as threads:
        first, second = draft(accounts, "job_1"), draft(accounts, "job_2")
        adding = threads.submit(accounts.jobs.add, first, b"", Idempotency("1", "a"), 1)
        assert queue.first.wait(10)
        with pytest.raises(QueueFull):
            accounts.jobs.add(second, b"", Idempotency("2", "b"), 1)
        assert not adding.result().replayed
        assert len(queue.documents) == 1


def test_requests_that_are_sent_at_once_do_not_block_each_other(database_url: str) -> None:
    """Each of them stores a reply, which refers to the account, and then locks the account."""
    with_tables(database_url)
    with closing(Accounts(database_url, queue=FakeQueue())) as accounts, ThreadPoolExecutor(8) as threads:
        drafts = [draft(accounts, f"job_{number}") for number in range(40)]
        keys = [Idempotency(job.row.id, "a") for job in drafts]
        replies = list(threads.map(lambda job, key: accounts.jobs.add(job, b"", key, 100), drafts, keys))
        assert len(replies) == len(accounts.jobs.newest(1, limit=100)) == 40


def test_any_number_of_ids_is_looked_up(accounts: Accounts) -> None:
    """More than the 65,535 parameters that Postgres accepts in one query, and the 32,766 of SQLite."""
    accounts.jobs.add(draft(accounts, "job_1"))
    assert accounts.jobs.known([*(f"job_{number}" for number in range(70_000))]) == {"job_1"}
