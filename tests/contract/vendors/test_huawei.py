"""Huawei Cloud's quota invoice OCR in process: both ways to authenticate, its catalogue of errors."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from schemas.fields import FieldType
from schemas.results import Proposal
from tests.contract.conftest import Api, start
from tests.fakes import Clock, document, word_ids

PAGE = document(
    """
广东省国家税务局通用定额发票
发票代码 144031506211
发票号码 91234561
壹佰元整
"""
)
PNG = b"\x89PNG\r\n\x1a\n" + b"the reader is a fake"
IMAGE = base64.b64encode(PNG).decode()
PATH = "/v2/a-project/ocr/quota-invoice"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def huawei(tmp_path: Path, clock: Clock) -> Any:
    for api in start(tmp_path, clock):
        api.key = api.accounts.keys.create("signs", signing=True).secret
        api.reader.document = PAGE
        api.extractor.proposals = [
            Proposal((name,), kind, text, word_ids(PAGE, text), 0.9)
            for name, kind, text in (
                ("code", FieldType.STRING, "144031506211"),
                ("number", FieldType.STRING, "91234561"),
                ("amount", FieldType.MONEY, "壹佰元整"),
            )
        ]
        yield api


def ask(api: Api, body: object = None, path: str = PATH, **headers: str) -> Any:
    content = body if isinstance(body, bytes) else json.dumps({"image": IMAGE} if body is None else body).encode()
    return api.http.post(path, content=content, headers={"Content-Type": "application/json", **headers})


def signed(
    api: Api, when: datetime, secret: str | None = None, path: str = PATH, names: str = "content-type;host;x-sdk-date"
) -> dict[str, str]:
    """The headers of a request for the usual picture, made as the algorithm is described."""
    headers = {
        "content-type": "application/json",
        "host": api.http.base_url.netloc.decode(),
        "x-sdk-date": when.strftime("%Y%m%dT%H%M%SZ"),
    }
    body = json.dumps({"image": IMAGE}).encode()
    lines = "".join(f"{name}:{headers[name]}\n" for name in names.split(";"))
    canonical = f"POST\n{path}/\n\n{lines}\n{names}\n{hashlib.sha256(body).hexdigest()}"
    text = f"SDK-HMAC-SHA256\n{headers['x-sdk-date']}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac.new((secret or api.key).encode(), text.encode(), hashlib.sha256).hexdigest()
    return {
        "Authorization": f"SDK-HMAC-SHA256 Access={api.key[:12]}, SignedHeaders={names}, Signature={signature}",
        "X-Sdk-Date": headers["x-sdk-date"],
    }


def test_by_token(huawei: Api) -> None:
    reply = ask(huawei, **{"X-Auth-Token": huawei.key})
    assert reply.status_code == 200
    result = reply.json()["result"]
    confidence = result.pop("confidence")
    assert result == {"number": "91234561", "code": "144031506211", "location": "", "amount": "壹佰元整"}
    assert confidence["location"] == 0.0
    assert 0 < confidence["amount"] <= 1
    rows = huawei.http.get("/usage?by=route,template", headers=huawei.headers).json()["rows"]
    assert [(row["route"], row["template"]) for row in rows] == [
        ("/v2/{project_id}/ocr/quota-invoice", "quota_invoice")
    ]


def test_by_signature(huawei: Api, clock: Clock) -> None:
    assert ask(huawei, **signed(huawei, clock.now)).status_code == 200
    assert ask(huawei, **signed(huawei, clock.now - timedelta(minutes=14))).status_code == 200
    assert huawei.used() == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"when": timedelta(minutes=16)},
        {"when": timedelta(minutes=-16)},
        {"secret": "dwk_" + "x" * 43},
        {"path": "/v2/another/ocr/quota-invoice"},
        {"names": "content-type;host"},
        {"names": "content-type;x-sdk-date"},
    ],
)
def test_signatures_that_are_refused(huawei: Api, clock: Clock, wrong: dict[str, Any]) -> None:
    when = clock.now + wrong.pop("when", timedelta(0))
    reply = ask(huawei, **signed(huawei, when, **wrong))
    assert (reply.status_code, reply.json()["error_code"]) == (401, "APIG.0301")
    assert huawei.used() == 0


def test_a_signature_is_of_one_body(huawei: Api, clock: Clock) -> None:
    reply = ask(huawei, {"image": IMAGE, "more": 1}, **signed(huawei, clock.now))
    assert reply.json()["error_code"] == "APIG.0301"


def test_a_key_that_cannot_sign(huawei: Api, clock: Clock) -> None:
    huawei.key = huawei.accounts.keys.create("ordinary").secret
    reply = ask(huawei, **signed(huawei, clock.now))
    assert (reply.status_code, reply.json()["error_code"]) == (401, "APIG.0301")
    assert "docwitness-server keys create NAME --signing" in reply.json()["error_msg"]
    assert ask(huawei, **{"X-Auth-Token": huawei.key}).status_code == 200


def test_a_revoked_key_signs_no_more(huawei: Api, clock: Clock) -> None:
    huawei.accounts.keys.revoke(huawei.key)
    assert ask(huawei, **signed(huawei, clock.now)).json()["error_code"] == "APIG.0301"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        pytest.param(b"{", 400, "ModelArts.4105", id="no-json"),
        pytest.param(b"", 400, "ModelArts.4104", id="empty"),
        pytest.param([], 400, "AIS.0101", id="no-object"),
        pytest.param({}, 400, "AIS.0101", id="nothing"),
        pytest.param({"image": IMAGE, "url": "https://example.com/a.png"}, 400, "AIS.0101", id="both"),
        pytest.param({"image": 3}, 400, "AIS.0101", id="no-text"),
        pytest.param({"image": "%%%"}, 400, "AIS.0102", id="no-base64"),
        pytest.param({"image": base64.b64encode(b"GIF89a").decode()}, 400, "AIS.0102", id="gif"),
        pytest.param({"image": base64.b64encode(b"%PDF-1.7").decode()}, 400, "AIS.0102", id="pdf"),
        pytest.param({"image": base64.b64encode(PNG + bytes(10_000_000)).decode()}, 400, "AIS.0103", id="too-large"),
        pytest.param({"url": "http://192.168.0.1/a.png"}, 400, "ModelArts.4601", id="private"),
        pytest.param({"url": "ftp://example.com/a.png"}, 400, "ModelArts.4601", id="no-http"),
        pytest.param({"url": "http://nowhere.invalid/a.png"}, 400, "ModelArts.4603", id="no-such-host"),
    ],
)
def test_requests_that_are_refused(huawei: Api, body: object, status: int, code: str) -> None:
    reply = ask(huawei, body, **{"X-Auth-Token": huawei.key})
    assert (reply.status_code, reply.json()["error_code"]) == (status, code)
    assert set(reply.json()) == {"error_code", "error_msg"}
    assert huawei.used() == 0


def test_tokens_that_are_refused(huawei: Api) -> None:
    assert ask(huawei).json()["error_code"] == "APIG.0301"
    assert ask(huawei, **{"X-Auth-Token": " "}).json()["error_code"] == "ModelArts.4101"
    reply = ask(huawei, **{"X-Auth-Token": "wrong"})
    assert (reply.status_code, reply.json()["error_code"]) == (401, "ModelArts.0203")


def test_pictures_of_something_else(huawei: Api) -> None:
    token = {"X-Auth-Token": huawei.key}
    huawei.extractor.proposals = []
    assert ask(huawei, **token).json()["error_code"] == "AIS.0104"
    huawei.reader.document = type(PAGE)((type(PAGE.pages[0])(1, 10, 9000, (), PAGE.pages[0].source),))
    assert ask(huawei, **token).json()["error_code"] == "AIS.0103"
    assert huawei.used() == 0


def test_limits_and_routes(huawei: Api) -> None:
    headers = huawei.as_account("busy", key_calls_per_minute=1)
    token = {"X-Auth-Token": headers["Authorization"].removeprefix("Bearer ")}
    ask(huawei, **token)
    reply = ask(huawei, **token)
    assert (reply.status_code, reply.json()["error_code"]) == (429, "APIG.0308")
    poor = huawei.as_account("poor", free_calls=0)
    token = {"X-Auth-Token": poor["Authorization"].removeprefix("Bearer ")}
    assert ask(huawei, **token).json()["error_code"] == "ModelArts.4204"
    reply = ask(huawei, path="/v2/a-project/ocr/passport")
    assert (reply.status_code, reply.json()["error_code"]) == (404, "APIG.0101")
