from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from accounts import BATCH_KEY, Accounts
from accounts.errors import Conflict
from accounts.job_documents import Failure, Success
from accounts.jobs import NewDocument, NewJob


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
