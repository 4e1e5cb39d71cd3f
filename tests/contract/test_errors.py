"""Bad input: code, message and details; nothing is charged, nothing leaks."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from documents import DamagedDocument, EncryptedDocument, NoSuchPage, TooLarge, UnsupportedFormat
from docwitness import (
    ApiError,
    AuthenticationError,
    InvalidImage,
    InvalidRequest,
    NotFound,
    PayloadTooLarge,
    ServerError,
)
from tests.contract.conftest import FIELDS, Api, start

IMAGE = base64.b64encode(b"secret content of a document").decode()
TEXT = {"name": "a", "type": "string"}


def body(**changes: Any) -> dict[str, Any]:
    whole: dict[str, Any] = {"image": IMAGE, "fields": [TEXT]}
    return {k: v for k, v in (whole | changes).items() if v is not ...}


@pytest.mark.parametrize(
    ("sent", "status", "code", "message"),
    [
        pytest.param(b"", 400, "invalid_request", "the body is empty", id="empty-body"),
        pytest.param(b"{", 400, "invalid_request", "not valid JSON: Input data was truncated", id="not-json"),
        pytest.param(b"\xff\xfe", 400, "invalid_request", "not valid JSON", id="not-even-text"),
        pytest.param(b"[" * 100_000, 400, "invalid_request", "not valid JSON", id="nested-without-end"),
        pytest.param([1], 400, "invalid_request", "expected a JSON object, got a list", id="a-list"),
        pytest.param(body(image=...), 400, "invalid_request", "'image' is missing", id="no-image"),
        pytest.param(body(image=""), 400, "invalid_image", "the document is empty", id="empty-image"),
        pytest.param(body(image="%%%"), 400, "invalid_image", "not valid base64", id="bad-base64"),
        pytest.param(body(image=7), 400, "validation_failed", "image: expected a string, got 7", id="a-number"),
        pytest.param(body(imageType="url"), 400, "url_not_allowed", "expected a URL that begins", id="url-type"),
        pytest.param(body(image="http://127.0.0.1/y.png"), 400, "url_not_allowed", "not public", id="url"),
        pytest.param(body(image="http://2130706433/"), 400, "url_not_allowed", "not public", id="url-decimal"),
        pytest.param(body(imageType="hex"), 400, "validation_failed", "imageType: expected 'base64' or 'url', got 'hex'",
                     id="image-type"),
        pytest.param(body(fields=...), 400, "invalid_request", "exactly one of fields, templateId, autoFields, got none of them",
                     id="no-schema"),
        pytest.param(body(templateId="invoice"), 400, "invalid_request", "got fields and templateId", id="two-schemas"),
        pytest.param(body(autoFields=True), 400, "invalid_request", "got fields and autoFields", id="fields-and-auto"),
        pytest.param(body(fields=..., autoFields=True, templateId="receipt"), 400, "invalid_request", "got templateId and autoFields", id="template-and-auto"),
        pytest.param(body(fields=..., autoFields=False), 400, "invalid_request", "got none of them", id="auto-off"),
        pytest.param(body(fields=..., autoFields="perhaps"), 400, "validation_failed", "autoFields", id="auto-no-truth-value"),
        pytest.param(body(fields=..., templateId="x"), 404, "not_found", "known templates: invoice, quota_invoice, receipt", id="template"),
        pytest.param(body(fields=[]), 400, "validation_failed", "fields: expected at least 1 item, got a list", id="no-fields"),
        pytest.param(body(fields=[5]), 400, "validation_failed", "fields[0]: expected an object, got 5", id="a-field-that-is-a-number"),
        pytest.param(body(fields=[TEXT | {"name": ""}]), 400, "validation_failed",
                     "fields[0].name: expected at least 1 character, got ''", id="empty-name"),
        pytest.param(body(fields=[{"name": "a", "type": "enum", "values": [str(i) for i in range(101)]}]), 400,
                     "validation_failed", "fields[0].values: expected at most 100 items, got a list", id="too-many-values"),
        pytest.param(body(fields="x"), 400, "validation_failed", "fields: expected a list, got 'x'", id="no-list"),
        pytest.param(body(fields=[TEXT, TEXT]), 400, "validation_failed", "the name 'a' is used twice", id="duplicate"),
        pytest.param(body(fields=[{"name": "a"}]), 400, "validation_failed", "fields[0].type: this property is required", id="no-type"),
        pytest.param(body(fields=[TEXT | {"typ": 1}]), 400, "validation_failed", "fields[0].typ: unknown property",
                     id="unknown-property"),
        pytest.param(body(fields=[TEXT, {"name": "b", "type": "text"}]), 400, "validation_failed",
                     "fields[1].type: expected 'string', 'number', 'integer', 'money', 'date', 'boolean', 'enum' or 'array', "
                     "got 'text'", id="unknown-type"),
        pytest.param(body(fields=[{"name": "b", "type": "array"}]), 400, "validation_failed",
                     "fields[0]: an array needs 'children'", id="array-without-children"),
        pytest.param(body(fields=[{"name": "a", "type": "array", "children": [{"name": "b", "type": "array", "children": [
            {"name": "c", "type": "array", "children": [TEXT]}]}]}]), 400, "validation_failed", "at most 2 levels",
                     id="nested-too-deep"),
        pytest.param(body(locale="not a locale"), 400, "validation_failed", "expected a BCP 47 locale", id="locale"),
        pytest.param(body(locale="zz-ZZ"), 400, "validation_failed", "got 'zz-ZZ'", id="unknown-locale"),
        pytest.param(body(image="data:" + "A" * 100_000), 400, "invalid_image", "not a valid data: URI", id="data-uri"),
        pytest.param(body(fields=[{}] * 100_000), 400, "validation_failed", "at most 200 items", id="too-many-fields"),
        pytest.param(b'{"image": "\\ud800"}', 400, "invalid_request", "not valid JSON", id="half-a-character"),
        pytest.param(body(include=["all"]), 400, "validation_failed", "include[0]: expected 'words', ", id="include"),
        pytest.param(body(lokale="de"), 400, "validation_failed", "lokale: unknown property", id="misspelt"),
    ],
)  # fmt: skip
def test_malformed_requests(api: Api, sent: Any, status: int, code: str, message: str) -> None:
    content = sent if isinstance(sent, bytes) else json.dumps(sent).encode()
    response = api.http.post("/ocr/fields", content=content, headers=api.headers)
    answer = response.json()
    assert (response.status_code, answer["error"]["code"]) == (status, code)
    assert message in answer["error"]["message"]
    assert answer["error"]["requestId"] == response.headers["X-Request-Id"]
    assert isinstance(answer["details"], dict)
    assert api.used() == 0
    assert api.reader.calls == []


def test_every_wrong_property_is_named(api: Api) -> None:
    response = api.http.post(
        "/ocr/fields", json=body(fields=[{"type": "string"}, {"name": "b", "type": "?"}]), headers=api.headers
    )
    assert [error["path"] for error in response.json()["details"]["errors"]] == ["fields[0].name", "fields[1].type"]


@pytest.mark.parametrize(
    ("method", "path", "sent", "wrong"),
    [
        pytest.param("POST", "/ocr/fields", body(pages=7), "pages", id="form"),
        pytest.param("POST", "/ocr/fields", body(locale="zz-ZZ"), "locale", id="locale"),
        pytest.param("POST", "/ocr/fields", body(fields=[TEXT, TEXT]), "fields", id="names-twice"),
        pytest.param("POST", "/keys", {"name": "a", "expiresAt": "2020-01-01T00:00:00Z"}, "expiresAt", id="past"),
        pytest.param("PUT", "/templates/A", {"fields": [TEXT]}, "id", id="template-id"),
        pytest.param("PUT", "/templates/a", {"fields": [TEXT, TEXT]}, "fields", id="template-names-twice"),
        pytest.param("POST", "/webhooks", {"url": "x"}, "url", id="url"),
        pytest.param("GET", "/usage?by=colour", None, "by", id="grouping"),
        pytest.param("GET", "/jobs?limit=0", None, "limit", id="query"),
    ],
)
def test_the_details_name_path_and_message(api: Api, method: str, path: str, sent: Any, wrong: str) -> None:
    response = api.http.request(method, path, json=sent, headers=api.headers)
    answer = response.json()
    assert (response.status_code, answer["error"]["code"]) == (400, "validation_failed")
    (detail,) = answer["details"]["errors"]
    assert detail["path"] == wrong
    assert answer["error"]["message"] == f"{wrong}: {detail['message']}"


def test_the_details_name_pages_that_do_not_exist(api: Api) -> None:
    api.reader.failure = NoSuchPage("the document has pages 1 to 1")
    answer = api.http.post("/ocr/fields", json=body(pages="2"), headers=api.headers).json()
    assert answer["details"] == {"errors": [{"path": "pages", "message": "the document has pages 1 to 1"}]}


@pytest.mark.parametrize(
    ("failure", "error", "status"),
    [
        pytest.param(UnsupportedFormat("expected an image"), InvalidImage, 400, id="no-image"),
        pytest.param(DamagedDocument("truncated"), InvalidImage, 400, id="damaged"),
        pytest.param(EncryptedDocument("protected by a password"), InvalidImage, 400, id="encrypted"),
        pytest.param(TooLarge("expected at most 20 pages, got 21"), PayloadTooLarge, 413, id="too-many-pages"),
        pytest.param(NoSuchPage("the document has pages 1 to 1"), InvalidRequest, 400, id="no-such-page"),
    ],
)
def test_documents_that_cannot_be_read(api: Api, failure: Exception, error: type[ApiError], status: int) -> None:
    api.reader.failure = failure
    with pytest.raises(error, match=str(failure)) as caught:
        api.client.extract(b"x", fields=FIELDS)
    assert caught.value.status == status
    assert caught.value.request_id
    assert api.used() == 0


def test_an_exception_inside_is_our_fault(api: Api, capsys: pytest.CaptureFixture[str]) -> None:
    from service.cli import logs

    api.reader.failure = RuntimeError("the document said: account 12345")
    logs.configure("info")
    try:
        with pytest.raises(ServerError) as caught:
            api.client.extract(b"x", fields=FIELDS)
    finally:
        logging.getLogger().handlers.clear()
    assert caught.value.code == "internal_error"
    assert "12345" not in caught.value.message
    logged = capsys.readouterr().err
    assert "RuntimeError" in logged
    assert "fakes.py" in logged
    assert "12345" not in logged
    assert api.used() == 0


def test_a_failed_call_may_be_repeated_under_the_same_key(api: Api) -> None:
    api.reader.failure = DamagedDocument("truncated")
    with pytest.raises(InvalidImage):
        api.client.extract(b"x", fields=FIELDS, idempotency_key="k")
    api.reader.failure = None
    assert not api.client.extract(b"x", fields=FIELDS, idempotency_key="k").replayed
    assert api.used() == 1


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        pytest.param({}, "invalid_api_key", id="none"),
        pytest.param({"Authorization": "Bearer"}, "invalid_api_key", id="no-key"),
        pytest.param({"Authorization": "Bearer nonsense"}, "invalid_api_key", id="unknown"),
        pytest.param({"Authorization": "Basic abc"}, "invalid_api_key", id="another-scheme"),
    ],
)
@pytest.mark.parametrize(
    "route",
    [
        "POST /ocr/fields",
        "POST /ocr/jobs",
        "GET /jobs",
        "GET /jobs/x",
        "GET /templates",
        "PUT /templates/x",
        "GET /amount",
        "GET /usage",
        "GET /keys",
        "GET /webhooks",
    ],
)
def test_without_a_valid_key(api: Api, headers: dict[str, str], code: str, route: str) -> None:
    method, path = route.split()
    response = api.http.request(method, path, headers=headers)
    assert (response.status_code, response.json()["error"]["code"]) == (401, code)


def test_a_revoked_key(api: Api) -> None:
    api.accounts.keys.revoke(api.key)
    with pytest.raises(AuthenticationError, match="was revoked") as caught:
        api.client.extract(b"x", fields=FIELDS)
    assert caught.value.code == "key_inactive"


def test_unknown_routes_and_methods(api: Api) -> None:
    assert api.http.get("/ocr/nothing").json()["error"]["code"] == "not_found"
    response = api.http.get("/ocr/fields")
    assert (response.status_code, response.json()["error"]["code"]) == (405, "method_not_allowed")
    with pytest.raises(NotFound):
        api.client.extract(b"x", template="passport")


def test_other_content_types(api: Api) -> None:
    response = api.http.post("/ocr/fields", content=b"<xml/>", headers=api.headers | {"Content-Type": "text/xml"})
    assert (response.status_code, response.json()["error"]["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize(
    ("files", "data", "message"),
    [
        pytest.param({"other": b""}, {"templateId": "invoice"}, "the document is empty", id="file-under-any-name"),
        pytest.param({"file": b"x"}, {"fields": "[{"}, "fields: expected a JSON list", id="fields-no-json"),
        pytest.param({"file": b"x"}, {"image": IMAGE, "templateId": "invoice"}, "got both", id="file-and-image"),
        pytest.param({"file": b""}, {"templateId": "invoice"}, "the document is empty", id="empty-file"),
    ],
)
def test_malformed_multipart(api: Api, files: dict[str, bytes], data: dict[str, str], message: str) -> None:
    parts = {name: ("f", content) for name, content in files.items()}
    response = api.http.post("/ocr/fields", files=parts, data=data, headers=api.headers)
    assert response.status_code == 400
    assert message in response.json()["error"]["message"]


def test_multipart_without_a_document(api: Api) -> None:
    boundary = "x"
    content = f'--{boundary}\r\nContent-Disposition: form-data; name="templateId"\r\n\r\ninvoice\r\n--{boundary}--\r\n'
    kind = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    response = api.http.post("/ocr/fields", content=content.encode(), headers=api.headers | kind)
    assert response.status_code == 400
    assert "'image' is missing" in response.json()["error"]["message"]
    binary = content.encode().replace(b"invoice", b"\xff\xfe")
    response = api.http.post("/ocr/fields", content=binary, headers=api.headers | kind)
    assert (response.status_code, response.json()["error"]["code"]) == (400, "invalid_request")


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Api]:
    yield from start(tmp_path, max_document_bytes=1000)


def test_documents_above_the_limit(small: Api) -> None:
    with pytest.raises(PayloadTooLarge, match="at most 1,000 bytes, got 1,001"):
        small.client.extract(bytes(1001), fields=FIELDS)
    with pytest.raises(PayloadTooLarge):
        small.client.extract(bytes(2_000_000), fields=FIELDS)
    assert small.used() == 0


def test_logs_hold_the_request_id_and_never_the_document(api: Api, capsys: pytest.CaptureFixture[str]) -> None:
    from service.cli import logs

    logs.configure("debug")
    try:
        response = api.http.post("/ocr/fields", json=body(), headers=api.headers)
        api.http.post("/ocr/fields", json=body(image="%%%secret%%%"), headers=api.headers)
    finally:
        logging.getLogger().handlers.clear()
    printed = capsys.readouterr().err
    assert response.headers["X-Request-Id"] in printed
    assert '"path": "/ocr/fields"' in printed
    for private in ("secret", IMAGE[:20], "Widget", "4711", api.key):
        assert private not in printed


@pytest.mark.parametrize(
    "query", ["from=2025-02-30", "from=2025-05-02&to=2025-05-01", "format=xml", "to=9999-12-31", "by=colour", "by="]
)
def test_bad_usage_queries(api: Api, query: str) -> None:
    response = api.http.get(f"/usage?{query}", headers=api.headers)
    assert response.status_code == 400
    assert response.json()["error"]["code"] in ("invalid_request", "validation_failed")
