"""E-mails in jobs over HTTP: their parts become documents, and nothing is lost or charged twice on the way."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from documents import EmailPart, UnsupportedFormat
from service.jobs.job_files import JobFiles
from tests.contract.conftest import FIELDS, Api

MAIL = b"an e-mail, as the fake reader sees it"
PARTS = [
    EmailPart("body.txt", b"the body", None),
    EmailPart("logo.png", None, "it is a small picture"),
    EmailPart("invoice.pdf", b"the invoice", None),
]


@pytest.fixture(autouse=True)
def emails(api: Api) -> None:
    api.reader.emails[MAIL] = PARTS


def submit(api: Api, *documents: bytes, **changes: Any) -> str:
    sent = [{"image": base64.b64encode(one).decode(), "name": f"{n}.eml"} for n, one in enumerate(documents)]
    body = {"documents": sent, "fields": FIELDS} | changes
    response = api.http.post("/ocr/jobs", json=body, headers=api.headers)
    assert response.status_code == 202, response.text
    return str(response.json()["job"]["id"])


def fetch(api: Api, job: str) -> dict[str, Any]:
    found: dict[str, Any] = api.http.get(f"/jobs/{job}", headers=api.headers).json()
    return found


def step(api: Api) -> None:
    """Process one entry of the queue."""
    waiting, _delay = api.queue.documents.pop(0)
    api.worker.work(waiting.id)


def files_of(api: Api) -> list[str]:
    folder = Path(api.settings.effective_store_url())
    return sorted(str(path.relative_to(folder)).split("/", 2)[2] for path in folder.rglob("*") if path.is_file())


def test_the_parts_become_documents_of_the_job(api: Api) -> None:
    job = submit(api, MAIL)
    step(api)
    between = fetch(api, job)
    assert (between["status"], between["finishedAt"]) == ("running", None)
    assert between["progress"] == {"total": 3, "queued": 2, "running": 0, "succeeded": 1, "failed": 0, "cancelled": 0}
    assert api.used() == 0
    assert files_of(api) == ["0/part-0/document", "0/part-1/document"]
    api.work()
    done = fetch(api, job)
    assert (done["status"], done["progress"]["succeeded"]) == ("succeeded", 3)
    email, body, invoice = done["documents"]
    assert [(d["number"], d["name"], d["partOf"]) for d in done["documents"]] == [
        (0, "0.eml", None),
        (1, "body.txt", 0),
        (2, "invoice.pdf", 0),
    ]
    assert email["parts"] == [
        {"name": "body.txt", "number": 1, "reason": None},
        {"name": "logo.png", "number": None, "reason": "it is a small picture"},
        {"name": "invoice.pdf", "number": 2, "reason": None},
    ]
    assert (email["result"], email["pages"], body["parts"]) == (None, 0, None)
    assert body["result"]["data"]["number"]["value"] == invoice["result"]["data"]["number"]["value"] == "4711"
    assert [data for data, _ in api.reader.calls] == [MAIL, b"the body", b"the invoice"]
    assert api.used() == 2  # each part, and not the e-mail
    assert files_of(api) == ["1/result", "2/result"]


def test_two_emails_in_one_job(api: Api) -> None:
    job = submit(api, MAIL, b"a document", MAIL)
    api.work()
    documents = fetch(api, job)["documents"]
    assert [(d["name"], d["partOf"]) for d in documents[3:]] == [
        ("body.txt", 0), ("invoice.pdf", 0), ("body.txt", 2), ("invoice.pdf", 2),
    ]  # fmt: skip
    assert api.used() == 5


def test_a_part_that_fails_leaves_the_others(api: Api) -> None:
    job = submit(api, MAIL)
    step(api)
    step(api)
    api.reader.failure = UnsupportedFormat("not read")
    step(api)
    done = fetch(api, job)
    assert (done["status"], [d["status"] for d in done["documents"]]) == (
        "partly_failed", ["succeeded", "succeeded", "failed"]
    )  # fmt: skip
    assert done["documents"][2]["error"]["code"] == "invalid_image"
    assert api.used() == 1


def test_a_worker_that_dies_loses_nothing(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    job = submit(api, MAIL)
    entry = api.queue.documents[0][0].id
    put = JobFiles.put
    written: list[str] = []

    def dying(self: JobFiles, path: str, data: bytes) -> None:
        if written:
            raise KeyboardInterrupt  # as a killed process: nothing is cleaned up
        written.append(path)
        put(self, path, data)

    monkeypatch.setattr(JobFiles, "put", dying)
    with pytest.raises(KeyboardInterrupt):
        api.worker.work(entry)
    monkeypatch.setattr(JobFiles, "put", put)
    assert [d["status"] for d in fetch(api, job)["documents"]] == ["running"]
    api.worker.work(entry)  # the queue gives it to another worker
    api.worker.work(entry)  # and perhaps once more
    api.queue.documents.pop(0)
    api.work()
    done = fetch(api, job)
    assert (done["status"], len(done["documents"]), api.used()) == ("succeeded", 3, 2)


def test_retained_parts_can_be_fetched(api: Api) -> None:
    job = submit(api, MAIL, retain=True)
    api.work()
    contents = [api.http.get(f"/jobs/{job}/documents/{n}", headers=api.headers) for n in range(4)]
    assert [one.content for one in contents[:3]] == [MAIL, b"the body", b"the invoice"]
    assert contents[3].status_code == 404


def test_cancelling_stops_parts_that_wait(api: Api) -> None:
    job = submit(api, MAIL)
    step(api)
    step(api)
    api.http.post(f"/jobs/{job}/cancel", headers=api.headers)
    api.work()
    done = fetch(api, job)
    assert (done["status"], [d["status"] for d in done["documents"]]) == (
        "cancelled", ["succeeded", "succeeded", "cancelled"]
    )  # fmt: skip
    assert files_of(api) == ["1/result"]


def test_cancelling_while_an_email_is_taken_apart(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    job = submit(api, MAIL)

    def cancelled_meanwhile(_data: bytes) -> list[EmailPart]:
        api.http.post(f"/jobs/{job}/cancel", headers=api.headers)
        return PARTS

    monkeypatch.setattr(api.reader, "email_parts", cancelled_meanwhile)
    api.work()
    done = fetch(api, job)
    assert (done["status"], [d["status"] for d in done["documents"]]) == ("cancelled", ["cancelled"])
    assert (api.used(), files_of(api)) == (0, [])


def test_pages_apply_to_each_part(api: Api) -> None:
    submit(api, MAIL, pages="1")
    api.work()
    assert [pages for _, pages in api.reader.calls] == ["1", "1", "1"]


def test_an_account_that_cannot_pay_gets_the_email_and_one_part(api: Api) -> None:
    headers = api.as_account("acme", free_calls=1)
    body = {"image": base64.b64encode(MAIL).decode(), "fields": FIELDS}
    job = api.http.post("/ocr/jobs", json=body, headers=headers).json()["job"]["id"]
    api.work()
    documents = api.http.get(f"/jobs/{job}", headers=headers).json()["documents"]
    assert [d["status"] for d in documents] == ["succeeded", "succeeded", "failed"]
    assert documents[2]["error"]["code"] == "insufficient_balance"


def test_a_call_refuses_an_email_and_charges_nothing(api: Api) -> None:
    body = {"image": base64.b64encode(MAIL).decode()}
    for path, more in (("/ocr/fields", {"fields": FIELDS}), ("/ocr/text", {})):
        response = api.http.post(path, json=body | more, headers=api.headers)
        assert (response.status_code, response.json()["error"]["code"]) == (400, "invalid_image")
        assert "POST /ocr/jobs" in response.json()["error"]["message"]
    assert api.used() == 0


def test_the_client_reads_the_parts(api: Api) -> None:
    job = submit(api, MAIL)
    api.work()
    email, body, _ = api.client.job(job).documents
    assert email.parts is not None
    assert [(part.name, part.number) for part in email.parts] == [
        ("body.txt", 1),
        ("logo.png", None),
        ("invoice.pdf", 2),
    ]
    assert (email.result, body.partOf) == (None, 0)
