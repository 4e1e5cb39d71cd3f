"""Each surface can be switched off, or opened to this machine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar import Request

from service.vendors.surface import is_from_this_machine
from tests.contract.conftest import Api, start
from tests.contract.vendors.test_huawei import IMAGE

FILE = {"file": ("a.png", b"x")}
NER = {"image": b"x", "ocr_file": ("a.txt", b"1,1,9,1,9,9,1,9,Invoice no: A-1")}
CALLS: dict[str, dict[str, Any]] = {
    "mindee": {"url": "/v1/products/mindee/invoices/v4/predict", "files": {"document": b"x"}},
    "huawei": {"url": "/v2/p/ocr/quota-invoice", "json": {"image": IMAGE}},
    "invoice_ner": {"url": "/predict", "files": NER},
    "promy": {"url": "/ocr", "files": FILE},
}


@pytest.fixture(params=list(CALLS))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def opened(tmp_path: Path, **settings: Any) -> Iterator[Api]:
    for api in start(tmp_path, **settings):
        api.http.base_url = "http://localhost"
        yield api


def test_off(tmp_path: Path, name: str) -> None:
    for api in opened(tmp_path, **{name: "off"}):
        reply = api.http.post(**CALLS[name], headers=api.headers | {"X-Auth-Token": api.key})
        assert reply.status_code in (404, 405)
        assert reply.json()["error"]["code"] in ("not_found", "method_not_allowed")  # this API's own form
        assert api.http.post("/ocr/text", files=FILE, headers=api.headers).status_code == 200


def test_on_takes_only_keys(tmp_path: Path, name: str) -> None:
    for api in opened(tmp_path):
        assert api.http.post(**CALLS[name]).status_code == 401


def test_anonymous_is_for_this_machine(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for api in opened(tmp_path, **{name: "anonymous"}):
        assert api.http.post(**CALLS[name]).status_code == 401  # the test client says that it is somewhere else
        monkeypatch.setattr("service.vendors.surface.is_from_this_machine", lambda _: True)
        assert api.http.post(**CALLS[name]).status_code in (200, 201)
        wrong = {"Authorization": "Bearer wrong", "X-Auth-Token": "wrong"}
        assert api.http.post(**CALLS[name], headers=wrong).status_code == 401
        assert api.http.post("/ocr/text", files=FILE).status_code == 401  # the API itself stays closed
        keys = {key.name for key, _ in api.accounts.keys.all()}
        assert keys == {"tests", "anonymous"}


@pytest.mark.parametrize(
    ("client", "headers", "here"),
    [
        ("127.0.0.1", {"host": "localhost:7860"}, True),
        ("127.0.0.1", {"host": "127.0.0.1:7860"}, True),
        ("::1", {"host": "[::1]:7860"}, True),
        ("::ffff:127.0.0.1", {"host": "localhost"}, True),
        ("127.0.0.1", {"host": "[::1]"}, True),
        ("127.0.0.1", {"host": "LOCALHOST:7860"}, True),
        ("127.0.0.1", {"host": "localhost", "origin": "http://localhost:3000"}, True),
        ("127.0.0.1", {"host": "localhost", "origin": "https://evil.example"}, False),
        ("127.0.0.1", {"host": "localhost", "origin": "null"}, False),
        ("127.0.0.1", {"host": "localhost", "sec-fetch-site": "cross-site"}, False),
        ("127.0.0.1", {"host": "localhost:x["}, False),
        ("127.0.0.1", {"host": "evil.example"}, False),
        ("127.0.0.1", {"host": "localhost.evil.example:80"}, False),
        ("127.0.0.1", {}, False),
        ("10.0.0.2", {"host": "localhost"}, False),
        ("127.0.0.1", {"host": "localhost", "x-forwarded-for": "10.0.0.2"}, False),
        ("127.0.0.1", {"host": "localhost", "forwarded": "for=10.0.0.2"}, False),
        (None, {"host": "localhost"}, False),
    ],
)
def test_callers_on_this_machine(client: str | None, headers: dict[str, str], here: bool) -> None:
    scope: dict[str, Any] = {
        "type": "http",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": (client, 4711) if client else None,
    }
    request: Request[Any, Any, Any] = Request(scope)  # type: ignore[arg-type]
    assert is_from_this_machine(request) is here


def test_one_key_for_all_and_one_ledger(tmp_path: Path) -> None:
    for api in opened(tmp_path):
        for call in CALLS.values():
            api.http.post(**call, headers=api.headers | {"X-Auth-Token": api.key})
        rows = api.http.get("/usage?by=route", headers=api.headers).json()["rows"]
        mindee, huawei = "/v1/products/mindee/invoices/v4/predict", "/v2/{project_id}/ocr/quota-invoice"
        assert {row["route"] for row in rows} == {"/ocr", "/predict", mindee, huawei}


def test_promys_clients_find_the_message(api: Api) -> None:
    reply = api.http.post("/ocr", data={"x": "y"}, headers=api.headers)
    assert reply.status_code == 400
    assert reply.json()["detail"] == reply.json()["error"]["message"]
