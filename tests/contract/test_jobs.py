"""Jobs over HTTP, with a queue that a test empties by hand."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from accounts.job_documents import Success
from accounts.tables import DocumentRow
from documents import DamagedDocument
from docwitness import Conflict, NotFound
from service.jobs.job_files import JobFiles
from service.jobs.worker import MAX_ATTEMPTS, RETRY_DELAYS
from tests.contract.conftest import FIELDS, Api, start
from tests.fakes import Clock

IMAGE = base64.b64encode(b"content of a document").decode()


def body(**changes: Any) -> dict[str, Any]:
    return {"image": IMAGE, "fields": FIELDS} | changes


def submit(api: Api, **changes: Any) -> dict[str, Any]:
    response = api.http.post("/ocr/jobs", json=body(**changes), headers=api.headers)
    assert response.status_code == 202, response.text
    job: dict[str, Any] = response.json()["job"]
    assert response.headers["Location"] == f"/jobs/{job['id']}"
    return job


def fetch(api: Api, job: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = api.http.get(f"/jobs/{job['id']}", headers=api.headers).json()
    return found


def files_of(api: Api) -> list[str]:
    folder = Path(api.settings.effective_store_url())
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_a_document_on_its_way(api: Api) -> None:
    job = submit(api)
    assert (job["status"], job["progress"]["queued"]) == ("queued", 1)
    assert api.used() == 0
    assert files_of(api) == ["document"]
    api.work()
    done = fetch(api, job)
    assert (done["status"], done["progress"]["succeeded"]) == ("succeeded", 1)
    (document,) = done["documents"]
    assert document["result"]["data"]["number"]["value"] == "4711"
    assert document["result"]["requestId"] == document["requestId"] == job["documents"][0]["requestId"]
    assert document["error"] is None
    assert api.used() == 1
    assert files_of(api) == ["result"]  # the document goes when it is done
    bare = api.http.get(f"/jobs/{job['id']}?results=false", headers=api.headers).json()
    assert bare["documents"][0]["result"] is None


def test_the_same_answer_as_at_once(api: Api) -> None:
    at_once = api.http.post("/ocr/fields", json=body(include=["checks"]), headers=api.headers).json()
    job = submit(api, include=["checks"])
    api.work()
    later = fetch(api, job)["documents"][0]["result"]
    assert {**later, "requestId": ""} == {**at_once, "requestId": ""}


def test_several_documents_with_names_and_pages(api: Api) -> None:
    documents = [{"image": IMAGE, "name": "a.pdf"}, {"image": IMAGE, "pages": "2"}, {"image": IMAGE}]
    job = submit(api, image=None, documents=documents, pages="1")
    api.work()
    assert [d["name"] for d in fetch(api, job)["documents"]] == ["a.pdf", None, None]
    assert [pages for _, pages in api.reader.calls] == ["1", "2", "1"]
    assert api.used() == 3


def test_multipart_with_several_files(api: Api) -> None:
    files = [("file", ("a.png", b"a")), ("file", ("b.png", b"b"))]
    response = api.http.post(
        "/ocr/jobs",
        files=files,
        data={"templateId": "receipt", "priority": "high", "retain": "true"},
        headers=api.headers,
    )
    job = response.json()["job"]
    assert (job["priority"], job["template"]) == ("high", "receipt")
    api.work()
    assert [d["name"] for d in fetch(api, job)["documents"]] == ["a.png", "b.png"]
    kept = api.http.get(f"/jobs/{job['id']}/documents/1", headers=api.headers)
    assert (kept.content, kept.headers["content-disposition"]) == (b"b", "attachment")


def test_one_bad_document_fails_alone_and_costs_nothing(api: Api) -> None:
    job = submit(api, image=None, documents=[{"image": IMAGE}, {"image": IMAGE}])
    waiting, _ = api.queue.documents.pop(0)
    api.reader.failure = DamagedDocument("the image is cut off")
    api.worker.work(waiting.id)
    api.reader.failure = None
    api.work()
    done = fetch(api, job)
    assert done["status"] == "partly_failed"
    assert done["documents"][0]["error"] == {"code": "invalid_image", "message": "the image is cut off"}
    assert done["documents"][0]["attempts"] == 1
    assert api.used() == 1
    assert files_of(api) == ["result"]


def test_passing_failures_are_retried_later_but_not_for_ever(api: Api) -> None:
    job = submit(api)
    api.reader.failure = OSError("no space left on device")
    pauses = []
    while api.queue.documents:
        waiting, pause = api.queue.documents.pop(0)
        pauses.append(pause)
        api.worker.work(waiting.id)
    assert pauses == [timedelta(0), *RETRY_DELAYS]
    done = fetch(api, job)
    assert (done["status"], done["documents"][0]["error"]["code"]) == ("failed", "internal_error")
    assert "space" not in json.dumps(done)
    assert api.used() == 0
    assert files_of(api) == []


def test_a_retry_succeeds_after_a_passing_failure(api: Api) -> None:
    job = submit(api)
    api.reader.failure = MemoryError()
    api.worker.work(api.queue.documents.pop(0)[0].id)
    assert fetch(api, job)["status"] in ("queued", "running")
    api.reader.failure = None
    api.work()
    assert (fetch(api, job)["status"], fetch(api, job)["documents"][0]["attempts"]) == ("succeeded", 2)


def test_internal_errors_are_not_retried(api: Api) -> None:
    job = submit(api)
    api.reader.failure = RuntimeError("account 12345")
    api.work()
    error = fetch(api, job)["documents"][0]["error"]
    assert error["code"] == "internal_error"
    assert "12345" not in error["message"]


def test_a_document_that_kills_its_worker_is_given_up(api: Api) -> None:
    job = submit(api)
    waiting, _ = api.queue.documents.pop(0)
    for _ in range(MAX_ATTEMPTS):
        assert api.accounts.job_documents.begin(waiting.id) is not None  # and then the process is gone
    api.worker.work(waiting.id)
    assert fetch(api, job)["status"] == "failed"
    assert api.reader.calls == []


def test_twice_out_of_the_queue_is_charged_once(api: Api) -> None:
    job = submit(api)
    waiting, _ = api.queue.documents.pop(0)
    api.worker.work(waiting.id)
    api.worker.work(waiting.id)
    assert fetch(api, job)["documents"][0]["attempts"] == 1
    assert api.used() == 1
    assert api.accounts.job_documents.finish(waiting.id, Success(1, {})) == "succeeded"  # a second worker, late
    assert api.used() == 1


def test_submitting_twice_with_the_same_key(api: Api) -> None:
    headers = api.headers | {"Idempotency-Key": "k"}
    first = api.http.post("/ocr/jobs", json=body(), headers=headers)
    second = api.http.post("/ocr/jobs", json=body(), headers=headers)
    assert (second.status_code, second.content) == (202, first.content)
    assert second.headers["X-Idempotent-Replay"] == "true"
    assert second.headers["Location"] == first.headers["Location"]
    other = api.http.post("/ocr/jobs", json=body(pages="2"), headers=headers)
    assert (other.status_code, other.json()["error"]["code"]) == (409, "idempotency_conflict")
    api.work()
    assert api.used() == 1
    assert files_of(api) == ["result"]


def test_cancelling(api: Api) -> None:
    job = submit(api, image=None, documents=[{"image": IMAGE}] * 3)
    waiting, _ = api.queue.documents.pop(0)
    api.worker.work(waiting.id)
    cancelled = api.http.post(f"/jobs/{job['id']}/cancel", headers=api.headers).json()
    assert cancelled["status"] == "cancelled"
    assert [d["status"] for d in cancelled["documents"]] == ["succeeded", "cancelled", "cancelled"]
    api.work()
    assert api.used() == 1
    assert files_of(api) == ["result"]
    again = api.http.post(f"/jobs/{job['id']}/cancel", headers=api.headers)
    assert (again.status_code, again.json()["error"]["code"]) == (409, "conflict")


def test_cancelling_while_one_runs(api: Api) -> None:
    job = submit(api, image=None, documents=[{"image": IMAGE}] * 2)
    waiting, _ = api.queue.documents.pop(0)
    api.accounts.job_documents.begin(waiting.id)
    cancelled = api.http.post(f"/jobs/{job['id']}/cancel", headers=api.headers).json()
    assert (cancelled["status"], cancelled["finishedAt"]) == ("running", None)
    api.worker.work(waiting.id)
    assert fetch(api, job)["status"] == "cancelled"
    assert api.used() == 1


def test_lists_by_status_in_pages(api: Api) -> None:
    jobs = [submit(api)["id"] for _ in range(3)]
    api.worker.work(api.queue.documents.pop(0)[0].id)

    def listed(query: str) -> tuple[list[str], str | None]:
        answer = api.http.get(f"/jobs?{query}", headers=api.headers).json()
        return [job["id"] for job in answer["jobs"]], answer["next"]

    assert listed("status=succeeded") == ([jobs[0]], None)
    assert listed("status=queued")[0] == [jobs[2], jobs[1]]
    page, following = listed("limit=2")
    assert (page, following) == ([jobs[2], jobs[1]], jobs[1])
    assert listed(f"limit=2&before={following}") == ([jobs[0]], None)


@pytest.mark.parametrize("query", ["status=lost", "limit=0", "limit=1000", "limit=x"])
def test_bad_lists(api: Api, query: str) -> None:
    response = api.http.get(f"/jobs?{query}", headers=api.headers)
    assert (response.status_code, response.json()["error"]["code"]) == (400, "validation_failed")


def test_jobs_of_another_account_are_not_there(api: Api) -> None:
    job = submit(api)
    other = api.as_account("other")
    for method, path in (
        ("GET", ""),
        ("DELETE", ""),
        ("POST", "/cancel"),
        ("GET", "/documents/0"),
    ):
        response = api.http.request(method, f"/jobs/{job['id']}{path}", headers=other)
        assert (response.status_code, response.json()["error"]["code"]) == (404, "not_found"), path
    assert api.http.get("/jobs", headers=other).json()["jobs"] == []
    assert api.http.get(f"/jobs?before={job['id']}", headers=other).status_code == 404


def test_deleting(api: Api) -> None:
    job = submit(api)
    refused = api.http.delete(f"/jobs/{job['id']}", headers=api.headers)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "conflict")
    api.work()
    assert api.http.delete(f"/jobs/{job['id']}", headers=api.headers).status_code == 204
    assert api.http.get(f"/jobs/{job['id']}", headers=api.headers).status_code == 404
    assert files_of(api) == []
    assert api.used() == 1


@pytest.mark.parametrize(
    ("changes", "status", "code", "message"),
    [
        pytest.param({"documents": []}, 400, "validation_failed", "documents: ", id="no-documents"),
        pytest.param({"documents": [{"image": IMAGE}]}, 400, "invalid_request", "got both", id="two-sources"),
        pytest.param({"image": None}, 400, "invalid_request", "'image' is missing", id="nothing"),
        pytest.param({"image": None, "documents": [{"image": IMAGE}, {"image": "%"}]}, 400, "invalid_image", "documents[1]: ", id="bad-base64"),
        pytest.param({"image": None, "documents": [{"image": ""}]}, 400, "invalid_image", "documents[0]: the document is empty", id="empty"),
        pytest.param({"image": None, "documents": [{"image": IMAGE}] * 21}, 413, "payload_too_large", "at most 20 in a job, got 21", id="too-many"),
        pytest.param({"priority": "urgent"}, 400, "validation_failed", "priority: expected 'high', 'normal' or 'low', got 'urgent'", id="priority"),
        pytest.param({"fields": None, "templateId": "x"}, 404, "not_found", "there is no template 'x'", id="template"),
        pytest.param({"fields": []}, 400, "validation_failed", "fields: ", id="no-fields"),
    ],
)  # fmt: skip
def test_bad_jobs(api: Api, changes: dict[str, Any], status: int, code: str, message: str) -> None:
    sent = {name: value for name, value in body(**changes).items() if value is not None}
    response = api.http.post("/ocr/jobs", json=sent, headers=api.headers)
    assert (response.status_code, response.json()["error"]["code"]) == (status, code)
    assert message in response.json()["error"]["message"]
    assert api.queue.documents == []
    assert files_of(api) == []


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Api]:
    yield from start(tmp_path, max_document_bytes=1000, max_job_bytes=1500, max_queued_documents=2)


def test_limits_of_bytes_and_of_what_waits(small: Api) -> None:
    files = [("file", ("a", bytes([1]) * 900)), ("file", ("b", bytes([1]) * 900))]
    data = {"templateId": "receipt"}
    response = small.http.post("/ocr/jobs", files=files, data=data, headers=small.headers)
    assert response.status_code == 413
    assert "at most 1,500 bytes of documents, got 1,800" in response.json()["error"]["message"]
    response = small.http.post("/ocr/jobs", files={"file": bytes(1001)}, data=data, headers=small.headers)
    assert "documents[0]: the document is too large: expected at most 1,000" in response.json()["error"]["message"]
    for _ in range(2):
        submit(small)
    response = small.http.post("/ocr/jobs", json=body(), headers=small.headers)
    assert (response.status_code, response.json()["error"]["code"]) == (429, "too_many_at_once")
    assert files_of(small) == ["document", "document"]
    small.work()
    submit(small)


def test_a_hard_cap(api: Api) -> None:
    headers = api.as_account("poor", free_calls=2)
    documents = [{"image": IMAGE}] * 3
    sent = {"documents": documents, "fields": FIELDS}
    refused = api.http.post("/ocr/jobs", json=sent, headers=headers)
    assert (refused.status_code, refused.json()["error"]["code"]) == (402, "insufficient_balance")
    sent["documents"] = documents[:2]
    jobs = [api.http.post("/ocr/jobs", json=sent, headers=headers).json()["job"]["id"] for _ in range(2)]
    api.work()  # both were submitted before either was charged
    states = [api.http.get(f"/jobs/{job}", headers=headers).json() for job in jobs]
    assert [job["status"] for job in states] == ["succeeded", "failed"]
    assert states[1]["documents"][0]["error"]["code"] == "insufficient_balance"
    assert states[1]["documents"][0]["result"] is None
    assert api.http.get("/amount", headers=headers).json()["free"]["remaining"] == 0
    response = api.http.post("/ocr/fields", json=body(), headers=headers)
    assert (response.status_code, response.json()["error"]["code"]) == (402, "insufficient_balance")


def test_results_go_when_their_time_is_over(tmp_path: Path) -> None:
    clock = Clock()
    for api in start(tmp_path, clock, result_hours=2):
        job = submit(api)
        api.work()
        clock.go(hours=2)
        assert api.http.get(f"/jobs/{job['id']}", headers=api.headers).status_code == 404
        assert api.http.get("/jobs", headers=api.headers).json()["jobs"] == []
        assert api.accounts.jobs.expired() == [(1, job["id"])]


def test_a_call_that_is_retained(api: Api) -> None:
    answer = api.http.post("/ocr/fields?retain=true", json=body(), headers=api.headers).json()
    job = fetch(api, {"id": answer["jobId"]})
    assert job["status"] == "succeeded"
    assert job["documents"][0]["result"] == answer
    assert job["documents"][0]["requestId"] == answer["requestId"]
    document = api.http.get(f"/jobs/{answer['jobId']}/documents/0", headers=api.headers)
    assert document.content == b"content of a document"
    assert api.used() == 1
    api.http.post("/ocr/fields", json=body(), headers=api.headers)
    assert files_of(api) == ["document", "result"]  # by default nothing is kept


def test_a_document_that_is_not_kept(api: Api) -> None:
    job = submit(api)
    api.work()
    response = api.http.get(f"/jobs/{job['id']}/documents/0", headers=api.headers)
    assert (response.status_code, response.json()["error"]["code"]) == (404, "not_found")
    assert "'retain'" in response.json()["error"]["message"]


def test_deleting_an_account_leaves_the_ledgers_figures(api: Api) -> None:
    headers = api.as_account("gone")
    api.http.put("/templates/mine", json={"fields": FIELDS}, headers=headers)
    api.http.post("/webhooks", json={"url": "https://example.com"}, headers=headers)
    asked = {"image": IMAGE, "templateId": "mine"}
    answer = api.http.post("/ocr/fields?retain=true", json=asked, headers=headers | {"Idempotency-Key": "k"})
    assert answer.status_code == 200
    waiting = api.http.post("/ocr/jobs", json=body(), headers=headers)
    assert waiting.status_code == 202
    assert len(files_of(api)) == 3
    account_id = api.accounts.account_store.delete("gone")
    JobFiles(api.settings.effective_store_url()).delete_below(f"{account_id}/")
    assert files_of(api) == []
    assert api.http.get("/jobs", headers=headers).json()["error"]["code"] == "invalid_api_key"
    api.work()  # the queued document is gone
    assert api.reader.calls[1:] == []
    when = datetime(2020, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
    (row,) = api.accounts.ledger.usage(*when, ("template",))
    assert (row.calls, row.pages, row.group) == (1, 1, {"template": None})
    assert api.accounts.templates.all(account_id) == []
    assert api.accounts.webhooks.all(account_id) == []
    assert [account.name for account in api.accounts.account_store.all()] == ["default"]


def test_the_client_submits_waits_and_cancels(api: Api, tmp_path: Path) -> None:
    path = tmp_path / "march.pdf"
    path.write_bytes(b"x")
    job = api.client.submit([path, b"y"], fields=FIELDS, include=["checks"], priority="high")
    assert (job.status, job.done, job.priority) == ("queued", False, "high")
    with pytest.raises(TimeoutError, match="still 'queued'"):
        api.client.wait(job, timeout=0.05, poll=0.01)
    api.work()
    done = api.client.wait(job)
    assert (done.status, done.progress.succeeded, done.documents[0].name) == ("succeeded", 2, "march.pdf")
    result = done.documents[0].result
    assert result["number"].value == "4711"
    assert result.raw["data"]["number"]["value"] == "4711"
    assert [found.id for found in api.client.jobs("succeeded")] == [job.id]
    other = api.client.submit([b"z"], template="receipt")
    assert api.client.cancel(other.id).status == "cancelled"
    with pytest.raises(Conflict):
        api.client.cancel(other)
    with pytest.raises(NotFound):
        api.client.job("job_of_nobody")


def test_the_client_saves_templates_and_reports_usage(api: Api) -> None:
    assert api.client.save_template("mine", FIELDS[:1], title="Mine").version == 1
    api.client.extract(b"x", template="mine")
    assert [template.id for template in api.client.templates()] == ["invoice", "quota_invoice", "receipt", "mine"]
    api.client.delete_template("mine")
    with pytest.raises(NotFound):
        api.client.extract(b"x", template="mine")
    usage = api.client.usage(by="template")
    assert [(row.template, row.calls) for row in usage.rows] == [("mine", 1)]
    assert api.client.amount().cap == "soft"


def test_a_paid_reply_is_repeated_when_nothing_is_left(api: Api) -> None:
    headers = api.as_account("poor", free_calls=2) | {"Idempotency-Key": "k"}
    first = api.http.post("/ocr/fields", json=body(), headers=headers)
    jobs = headers | {"Idempotency-Key": "j"}
    accepted = api.http.post("/ocr/jobs", json=body(), headers=jobs)
    api.work()
    assert api.http.post("/ocr/fields", json=body(), headers=headers | {"Idempotency-Key": "x"}).status_code == 402
    again = api.http.post("/ocr/fields", json=body(), headers=headers)
    assert (again.status_code, again.content) == (200, first.content)
    assert api.http.post("/ocr/jobs", json=body(), headers=jobs).content == accepted.content


def test_an_answer_of_the_database_that_is_lost(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """The job was saved although the reply was lost: its documents stay, and a repeated request finds it."""
    add, headers = api.accounts.jobs.add, api.headers | {"Idempotency-Key": "k"}

    def cut_off(*arguments: Any) -> Any:
        add(*arguments)
        raise OperationalError("COMMIT", None, Exception("the connection was closed"))

    monkeypatch.setattr(api.accounts.jobs, "add", cut_off)
    lost = api.http.post("/ocr/jobs", json=body(), headers=headers)
    assert (lost.status_code, lost.json()["error"]["code"]) == (503, "unavailable")
    monkeypatch.undo()
    job = api.http.post("/ocr/jobs", json=body(), headers=headers).json()["job"]
    with api.accounts.database.read() as session:
        (waiting,) = session.scalars(select(DocumentRow.id).where(DocumentRow.state == "queued"))
    api.worker.work(waiting)
    assert fetch(api, job)["status"] == "succeeded"


def test_a_worker_that_is_stopping_ends_nothing_as_failed(api: Api) -> None:
    job = submit(api)
    waiting, _ = api.queue.documents.pop(0)

    def closing(*_: object) -> Any:
        api.worker.stop()
        raise RuntimeError("the reader is closed")

    api.reader.read = closing  # type: ignore[assignment,method-assign]
    api.worker.work(waiting.id)
    assert fetch(api, job)["documents"][0]["status"] == "queued"
    assert [document.id for document, _ in api.queue.documents] == [waiting.id]  # for another process
    api.worker.work(waiting.id)
    assert fetch(api, job)["documents"][0]["attempts"] == 1
    assert len(api.queue.documents) == 2


def test_cancelling_while_the_store_is_away(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    job = submit(api)
    monkeypatch.setattr(JobFiles, "delete", lambda *_: (_ for _ in ()).throw(OSError("away")))
    assert api.http.post(f"/jobs/{job['id']}/cancel", headers=api.headers).json()["status"] == "cancelled"


def test_characters_that_cannot_be_kept(api: Api) -> None:
    response = api.http.get("/templates/x?version=99999999999999999999", headers=api.headers)
    assert (response.status_code, response.json()["error"]["code"]) == (400, "validation_failed")
