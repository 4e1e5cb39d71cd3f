from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress

import pytest

from accounts import BATCH_KEY, Accounts
from accounts.errors import Conflict
from accounts.job_documents import BegunElsewhere, Failure, Success
from accounts.jobs import NewDocument, NewJob
from tests.databases import with_tables
from tests.fakes import FakeQueue


@pytest.fixture
def queue() -> FakeQueue:
    return FakeQueue()


@pytest.fixture
def accounts(database_url: str, queue: FakeQueue) -> Iterator[Accounts]:
    with_tables(database_url)
    with closing(Accounts(database_url, queue=queue)) as opened:
        yield opened


def submit(accounts: Accounts, job_id: str, count: int) -> list[int]:
    caller = accounts.keys.internal_caller("default", BATCH_KEY)
    job = NewJob(caller.account_id, caller.key_id, "/ocr/jobs", {})
    draft = accounts.jobs.draft(job_id, job, [NewDocument(None, None)] * count)
    accounts.jobs.add(draft)
    return [document.id for document in draft.documents]


def test_the_last_documents_of_a_job_end_at_the_same_moment(accounts: Accounts) -> None:
    for number in range(10):
        job_id = f"job_{number}"
        ids = submit(accounts, job_id, 4)
        with ThreadPoolExecutor(8) as threads:
            list(threads.map(accounts.job_documents.begin, ids))
            list(threads.map(lambda one: accounts.job_documents.finish(one, Success(1, {})), ids * 2))
        assert accounts.jobs.get(1, job_id).row.state == "succeeded"
    assert accounts.account_store.find("default").used == 40


def test_beginning_and_cancelling_at_once(accounts: Accounts) -> None:
    """Whichever is first, every document ends, and so does the job."""
    for number in range(15):
        job_id = f"job_{number}"
        ids = submit(accounts, job_id, 4)

        def work(one: int) -> None:
            if accounts.job_documents.begin(one):
                accounts.job_documents.finish(one, Failure("invalid_image", "cut off"))

        def cancel(job_id: str = job_id) -> None:
            with suppress(Conflict):  # all was done already
                accounts.jobs.cancel(1, job_id)

        with ThreadPoolExecutor(5) as threads:
            done = [threads.submit(work, one) for one in ids]
            done.insert(2, threads.submit(cancel))
            for one in done:
                one.result()
        job = accounts.jobs.get(1, job_id)
        assert job.row.state in ("cancelled", "failed")
        assert {document.state for document in job.documents} <= {"cancelled", "failed"}


def test_a_document_is_postponed_once_however_often_it_is_said(accounts: Accounts, queue: FakeQueue) -> None:
    """The acknowledgement of a commit is lost, and the worker tries again."""
    (one,) = submit(accounts, "job_1", 1)
    documents = accounts.job_documents
    assert documents.begin(one)
    for _ in range(2):
        assert documents.postpone(one, 1) == "queued"
        assert len(queue.documents) == 2


def test_only_the_last_attempt_postpones_a_document(accounts: Accounts, queue: FakeQueue) -> None:
    """Another process takes the document over while its old process lives."""
    (one,) = submit(accounts, "job_1", 1)
    documents = accounts.job_documents
    assert documents.begin(one)
    assert documents.begin(one)
    with pytest.raises(BegunElsewhere):  # DBOS keeps the entry for the process that has it now
        documents.postpone(one, 1)
    assert accounts.jobs.get(1, "job_1").documents[0].state == "running"
    assert documents.postpone(one, 2) == "queued"
    assert documents.postpone(one, 1) == "queued"
    assert len(queue.documents) == 2


def test_a_document_that_was_not_begun_is_put_back(accounts: Accounts, queue: FakeQueue) -> None:
    """A process stops while the document waits for a slot; another process may have taken it over."""
    (one,) = submit(accounts, "job_1", 1)
    documents = accounts.job_documents
    documents.put_back(one)
    assert [document.id for document, _ in queue.documents] == [one, one]
    assert documents.begin(one)
    with pytest.raises(BegunElsewhere):
        documents.put_back(one)
    assert accounts.jobs.get(1, "job_1").documents[0].state == "running"
    documents.finish(one, Success(1, {}))
    documents.put_back(one)
    assert len(queue.documents) == 2
