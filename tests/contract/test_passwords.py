"""Passwords of documents: handed to the reader, and kept nowhere else."""

from __future__ import annotations

import base64
import logging
from pathlib import Path
from typing import Any

import pytest

from accounts import SecretCipher
from documents import EncryptedDocument
from tests.contract.conftest import FIELDS, Api

SECRET = "open sesame 4711"
DOCUMENT = b"any bytes: the reader is a fake"
IMAGE = base64.b64encode(DOCUMENT).decode()
ROUTES = ("/ocr/fields", "/ocr/text", "/ocr")


def body(path: str, **more: Any) -> dict[str, Any]:
    return {"image": IMAGE} | ({"fields": FIELDS} if path in ("/ocr/fields", "/ocr/jobs") else {}) | more


def stored(api: Api) -> bytes:
    """Everything that the service has written to its data folder."""
    return b"".join(path.read_bytes() for path in Path(api.settings.data_dir).rglob("*") if path.is_file())


@pytest.mark.parametrize("path", ROUTES)
def test_the_reader_gets_the_password(api: Api, path: str) -> None:
    assert api.http.post(path, json=body(path, password=SECRET), headers=api.headers).status_code == 200
    assert api.http.post(path, json=body(path), headers=api.headers).status_code == 200
    assert api.reader.passwords == [SECRET, None]


@pytest.mark.parametrize("path", ["/ocr/text", "/ocr"])
def test_multipart(api: Api, path: str) -> None:
    sent = api.http.post(path, files={"file": ("a.pdf", DOCUMENT)}, data={"password": SECRET}, headers=api.headers)
    assert sent.status_code == 200
    assert api.reader.passwords == [SECRET]


def test_auto_fields(api: Api) -> None:
    sent = {"image": IMAGE, "autoFields": True, "password": SECRET}
    assert api.http.post("/ocr/fields", json=sent, headers=api.headers).status_code == 200
    assert api.reader.passwords == [SECRET]


def test_nothing_that_is_kept_has_the_password(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    headers = api.headers | {"Idempotency-Key": "one"}
    replies = [
        api.http.post("/ocr/fields?retain=true", json=body("/ocr/fields", password=SECRET), headers=headers),
        api.http.post("/ocr/jobs", json=body("/ocr/jobs", password=SECRET), headers=api.headers),
    ]
    assert [reply.status_code for reply in replies] == [200, 202]
    job = api.http.get(f"/jobs/{replies[1].json()['job']['id']}", headers=api.headers)
    assert all(SECRET not in reply.text for reply in (*replies, job))
    assert SECRET.encode() not in stored(api)
    assert SECRET not in caplog.text


@pytest.mark.parametrize(
    ("sent", "path"),
    [
        pytest.param(471147114711, "password", id="not-a-text"),
        pytest.param("471147114711" * 100, "password", id="too-long"),
    ],
)
def test_a_refused_password_is_not_repeated(api: Api, sent: object, path: str) -> None:
    response = api.http.post("/ocr/text", json=body("/ocr/text", password=sent), headers=api.headers)
    assert response.status_code == 400
    assert response.json()["details"]["errors"][0]["path"] == path
    assert "471147" not in response.text


def test_another_password_is_another_request(api: Api) -> None:
    headers = api.headers | {"Idempotency-Key": "one"}
    api.reader.failure = EncryptedDocument("the password does not open it")
    wrong = api.http.post("/ocr/text", json=body("/ocr/text", password="wrong"), headers=headers)
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (400, "invalid_image")
    api.reader.failure = None
    right = api.http.post("/ocr/text", json=body("/ocr/text", password=SECRET), headers=headers)
    assert right.status_code == 200
    again = api.http.post("/ocr/text", json=body("/ocr/text", password=SECRET), headers=headers)
    assert again.headers["X-Idempotent-Replay"] == "true"
    assert again.text == right.text
    for password in ("wrong", None):
        other = api.http.post("/ocr/text", json=body("/ocr/text", password=password), headers=headers)
        assert (other.status_code, other.json()["error"]["code"]) == (409, "idempotency_conflict")


def password_files(api: Api) -> list[Path]:
    return list(Path(api.settings.effective_store_url()).rglob("password"))


def test_each_document_of_a_job_has_its_password_until_it_is_read(api: Api) -> None:
    documents = [{"image": IMAGE, "password": "own password"}, {"image": IMAGE}]
    sent = {"documents": documents, "fields": FIELDS, "password": SECRET, "retain": True}
    assert api.http.post("/ocr/jobs", json=sent, headers=api.headers).status_code == 202
    assert len(password_files(api)) == 2
    assert b"own password" not in stored(api)
    api.work()
    assert api.reader.passwords == ["own password", SECRET]
    assert password_files(api) == []


def test_a_job_without_passwords_stores_none(api: Api) -> None:
    api.http.post("/ocr/jobs", json=body("/ocr/jobs"), headers=api.headers)
    assert password_files(api) == []
    api.work()
    assert api.reader.passwords == [None]


@pytest.mark.parametrize("end", ["failed", "cancelled"])
def test_the_password_goes_however_the_document_ends(api: Api, end: str) -> None:
    job = api.http.post("/ocr/jobs", json=body("/ocr/jobs", password=SECRET), headers=api.headers).json()["job"]
    assert len(password_files(api)) == 1
    if end == "failed":
        api.reader.failure = EncryptedDocument("the password does not open it")
        api.work()
    else:
        api.http.post(f"/jobs/{job['id']}/cancel", headers=api.headers)
    found = api.http.get(f"/jobs/{job['id']}", headers=api.headers).json()
    assert found["documents"][0]["status"] == end
    assert password_files(api) == []


def test_another_password_is_another_job(api: Api) -> None:
    headers = api.headers | {"Idempotency-Key": "one"}
    first = api.http.post("/ocr/jobs", json=body("/ocr/jobs", password=SECRET), headers=headers)
    again = api.http.post("/ocr/jobs", json=body("/ocr/jobs", password=SECRET), headers=headers)
    assert (first.status_code, again.json()["job"]["id"]) == (202, first.json()["job"]["id"])
    other = api.http.post("/ocr/jobs", json=body("/ocr/jobs", password="wrong"), headers=headers)
    assert other.status_code == 409
    assert len(password_files(api)) == 1


def test_a_worker_with_another_key_says_so(api: Api) -> None:
    job = api.http.post("/ocr/jobs", json=body("/ocr/jobs", password=SECRET), headers=api.headers).json()["job"]
    (file,) = password_files(api)
    file.write_bytes(b"encrypted with another key")
    api.work()
    (document,) = api.http.get(f"/jobs/{job['id']}", headers=api.headers).json()["documents"]
    assert (document["status"], document["error"]["code"]) == ("failed", "internal_error")
    assert "DOCWITNESS_SECRET_KEY" in document["error"]["message"]
    assert api.used() == 0


def test_the_client_sends_it(api: Api) -> None:
    api.client.extract(DOCUMENT, fields=FIELDS, password=SECRET)
    api.client.read(DOCUMENT, password=SECRET)
    api.client.submit([DOCUMENT], fields=FIELDS, password=SECRET)
    api.work()
    assert api.reader.passwords == [SECRET] * 3


def test_openapi_calls_it_a_password(api: Api) -> None:
    paths = api.http.get("/openapi.json").json()["paths"]
    for path in (*ROUTES[:2], "/ocr/jobs"):
        content = paths[path]["post"]["requestBody"]["content"]
        for kind in ("application/json", "multipart/form-data"):
            assert '"password"' in str(content[kind]["schema"]["properties"]["password"]).replace("'", '"')


def test_without_an_encryption_key_a_job_with_a_password_is_refused(api: Api) -> None:
    api.accounts.cipher = SecretCipher()
    sent = api.http.post("/ocr/jobs", json=body("/ocr/jobs", password=SECRET), headers=api.headers)
    assert (sent.status_code, sent.json()["error"]["code"]) == (409, "conflict")
    assert "DOCWITNESS_SECRET_KEY" in sent.json()["error"]["message"]
    assert api.http.post("/ocr/jobs", json=body("/ocr/jobs"), headers=api.headers).status_code == 202
