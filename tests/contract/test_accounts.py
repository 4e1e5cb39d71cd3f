"""Keys, limits, usage and saved templates over HTTP."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from docwitness import AuthenticationError, Client, RateLimited, Retries
from tests.contract.conftest import FIELDS, Api

IMAGE = base64.b64encode(b"x").decode()
BODY = {"image": IMAGE, "fields": FIELDS}


def test_keys_are_made_listed_rotated_and_revoked(api: Api) -> None:
    made = api.http.post("/keys", json={"name": "books", "scopes": ["extract"]}, headers=api.headers)
    assert made.status_code == 201
    key = made.json()
    books = {"Authorization": f"Bearer {key['key']}"}
    assert api.http.post("/ocr/fields", json=BODY, headers=books).status_code == 200
    listed = api.http.get("/keys", headers=api.headers)
    assert key["key"] not in listed.text
    (found,) = [k for k in listed.json()["keys"] if k["prefix"] == key["prefix"]]
    assert (found["name"], found["scopes"], found["revokedAt"]) == ("books", ["extract"], None)
    assert found["lastUsedAt"]
    new = api.http.post(f"/keys/{key['prefix']}/rotate", json={"graceSeconds": 60}, headers=api.headers).json()
    renewed = {"Authorization": f"Bearer {new['key']}"}
    assert api.http.get("/templates", headers=books).status_code == 200
    assert api.http.get("/templates", headers=renewed).status_code == 200
    assert api.http.delete(f"/keys/{new['prefix']}", headers=api.headers).status_code == 204
    response = api.http.get("/templates", headers=renewed)
    assert (response.status_code, response.json()["error"]["code"]) == (401, "key_inactive")


def test_keys_that_sign(api: Api) -> None:
    made = api.http.post("/keys", json={"name": "signs", "signing": True}, headers=api.headers).json()
    assert api.http.post("/keys", json={"name": "ordinary"}, headers=api.headers).status_code == 201
    new = api.http.post(f"/keys/{made['prefix']}/rotate", headers=api.headers).json()
    listed = api.http.get("/keys", headers=api.headers).json()["keys"]
    assert [(key["name"], key["signing"]) for key in listed] == [
        ("tests", False),
        ("signs", True),
        ("ordinary", False),
        ("signs", True),
    ]
    signature = hmac.new(new["key"].encode(), b"message", hashlib.sha256).hexdigest()
    assert api.accounts.keys.authenticate_signature(new["prefix"], b"message", signature).name == "signs"


@pytest.mark.parametrize(
    ("scope", "method", "path"),
    [
        ("usage", "POST", "/ocr/fields"),
        ("usage", "POST", "/ocr/jobs"),
        ("usage", "GET", "/jobs"),
        ("usage", "GET", "/templates"),
        ("extract", "GET", "/usage"),
        ("extract", "GET", "/amount"),
        ("extract", "GET", "/keys"),
        ("extract", "POST", "/webhooks"),
    ],
)
def test_scopes(api: Api, scope: str, method: str, path: str) -> None:
    key = api.accounts.keys.create("narrow", {scope}).secret
    response = api.http.request(method, path, headers={"Authorization": f"Bearer {key}"})
    assert (response.status_code, response.json()["error"]["code"]) == (403, "insufficient_scope")


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        ({}, "name: this property is required"),
        ({"name": ""}, "name: "),
        ({"name": "a", "scopes": []}, "scopes: "),
        ({"name": "a", "scopes": ["root"]}, "scopes[0]: expected 'extract', 'usage' or 'admin', got 'root'"),
        ({"name": "a", "expiresAt": "2020-01-01T00:00:00Z"}, "expiresAt: expected a time in the future"),
        ({"name": "a", "expiresAt": "2090-01-01T00:00:00"}, "expiresAt: "),
        ({"name": "a", "signing": "perhaps"}, "signing: "),
        ({"name": "a", "colour": 1}, "colour: unknown property"),
    ],
)
def test_bad_keys(api: Api, sent: dict[str, Any], message: str) -> None:
    response = api.http.post("/keys", json=sent, headers=api.headers)
    assert (response.status_code, response.json()["error"]["code"]) == (400, "validation_failed")
    assert message in response.json()["error"]["message"]


def test_a_key_of_another_account_is_not_there(api: Api) -> None:
    other = api.as_account("other")
    for method, path in (("DELETE", ""), ("POST", "/rotate")):
        response = api.http.request(method, f"/keys/{api.key[:12]}{path}", headers=other)
        assert (response.status_code, response.json()["error"]["code"]) == (404, "not_found")


def test_an_expired_key(api: Api) -> None:
    key = api.accounts.keys.create("old", expires_at=datetime.now(UTC) - timedelta(seconds=1)).secret
    with pytest.raises(AuthenticationError, match="expired"):
        Client(str(api.http.base_url), key, http_client=api.http, retries=Retries(attempts=1)).templates()


def test_more_calls_than_a_minute_allows(api: Api) -> None:
    headers = api.as_account("small", key_calls_per_minute=2)
    for left in ("1", "0"):
        response = api.http.post("/ocr/fields", json=BODY, headers=headers)
        assert (response.status_code, response.headers["X-RateLimit-Remaining"]) == (200, left)
    response = api.http.post("/ocr/jobs", json=BODY, headers=headers)
    assert (response.status_code, response.json()["error"]["code"]) == (429, "rate_limited")
    assert 1 <= int(response.headers["Retry-After"]) <= 60
    assert response.headers["X-RateLimit-Limit"] == "2"
    assert response.headers["X-RateLimit-Remaining"] == "0"
    assert int(response.headers["X-RateLimit-Reset"]) > datetime.now(UTC).timestamp()
    key = headers["Authorization"].removeprefix("Bearer ")
    with pytest.raises(RateLimited, match="2 calls a minute"):
        Client(str(api.http.base_url), key, http_client=api.http, retries=Retries(attempts=1)).extract(
            b"x", fields=FIELDS
        )
    assert api.http.get("/amount", headers=headers).json()["free"]["used"] == 2


def test_accounts_without_terms_of_their_own_have_the_settings(api: Api) -> None:
    headers = api.as_account("plain")
    response = api.http.post("/ocr/fields", json=BODY, headers=headers)
    assert response.headers["X-RateLimit-Limit"] == "60"
    amount = api.http.get("/amount", headers=headers).json()
    assert (amount["free"]["limit"], amount["currency"], amount["perCallCost"], amount["cap"]) == (
        100,
        "scans",
        1,
        "hard",
    )


def test_prices_and_balances(api: Api) -> None:
    headers = api.as_account("paying", free_calls=1, price=Decimal("0.05"), currency="EUR")
    api.accounts.account_store.credit("paying", Decimal("0.07"))
    for status in (200, 200, 402):
        assert api.http.post("/ocr/fields", json=BODY, headers=headers).status_code == status
    amount = api.http.get("/amount", headers=headers)
    assert '"balance":0.02' in amount.text
    assert '"perCallCost":0.05' in amount.text
    assert amount.json()["free"]["remaining"] == 0
    usage = api.http.get("/usage?by=day,key,route,template", headers=headers).json()
    assert (usage["calls"], usage["cost"], usage["currency"]) == (2, 0.05, "EUR")
    (row,) = usage["rows"]
    assert (row["route"], row["template"], row["calls"]) == ("/ocr/fields", None, 2)
    assert usage["days"][0]["cost"] == 0.05


def test_usage_as_csv(api: Api) -> None:
    api.client.extract(b"x", fields=FIELDS)
    api.client.extract(b"x", template="invoice")
    lines = api.http.get("/usage?format=csv", headers=api.headers).text.split()
    assert lines[0] == "day,calls,pages,cost"
    assert lines[1].endswith(",2,2,0")
    lines = api.http.get("/usage?format=csv&by=template,route", headers=api.headers).text.split()
    assert lines[0] == "route,template,calls,pages,cost"
    assert set(lines[1:]) == {"/ocr/fields,invoice,1,1,0", "/ocr/fields,,1,1,0"}


def test_usage_is_the_accounts(api: Api) -> None:
    api.client.extract(b"x", fields=FIELDS)
    second = api.accounts.keys.create("second").secret
    own, other = {"Authorization": f"Bearer {second}"}, api.as_account("other")
    assert api.http.get("/usage", headers=own).json()["calls"] == 1
    assert api.http.get("/usage", headers=other).json()["calls"] == 0


def test_templates_are_saved_in_versions(api: Api) -> None:
    first = {"title": "Mine", "fields": [{"name": "number", "type": "string"}]}
    saved = api.http.put("/templates/mine", json=first, headers=api.headers).json()
    assert (saved["id"], saved["version"]) == ("mine", 1)
    assert api.http.put("/templates/mine", json=first, headers=api.headers).json()["version"] == 1
    second = first | {"fields": [{"name": "number", "type": "string"}, {"name": "date", "type": "date"}]}
    assert api.http.put("/templates/mine", json=second, headers=api.headers).json()["version"] == 2
    assert [f["name"] for f in api.http.get("/templates/mine", headers=api.headers).json()["fields"]] == [
        "number",
        "date",
    ]
    old = api.http.get("/templates/mine?version=1", headers=api.headers).json()
    assert [f["name"] for f in old["fields"]] == ["number"]
    listed = api.http.get("/templates", headers=api.headers).json()["templates"]
    assert [(t["id"], t["version"]) for t in listed] == [
        ("invoice", None),
        ("quota_invoice", None),
        ("receipt", None),
        ("mine", 2),
    ]
    assert list(api.client.extract(b"x", template="mine").data.items) == ["number", "date"]
    assert api.http.get("/templates/mine", headers=api.as_account("other")).status_code == 404


def test_a_template_in_use_that_is_deleted(api: Api) -> None:
    api.http.put("/templates/mine", json={"fields": FIELDS[:1]}, headers=api.headers)
    job = api.http.post("/ocr/jobs", json={"image": IMAGE, "templateId": "mine"}, headers=api.headers).json()["job"]
    assert (job["template"], job["templateVersion"]) == ("mine", 1)
    api.http.put("/templates/mine", json={"fields": FIELDS[:2]}, headers=api.headers)
    assert api.http.delete("/templates/mine", headers=api.headers).status_code == 204
    for response in (
        api.http.delete("/templates/mine", headers=api.headers),
        api.http.get("/templates/mine", headers=api.headers),
        api.http.post("/ocr/jobs", json={"image": IMAGE, "templateId": "mine"}, headers=api.headers),
    ):
        assert (response.status_code, response.json()["error"]["code"]) == (404, "not_found")
    api.work()
    done = api.http.get(f"/jobs/{job['id']}", headers=api.headers).json()
    assert list(done["documents"][0]["result"]["data"]) == ["number"]
    (row,) = api.http.get("/usage?by=template", headers=api.headers).json()["rows"]
    assert row["template"] == "mine"
    assert api.http.put("/templates/mine", json={"fields": FIELDS[:1]}, headers=api.headers).json()["version"] == 3


@pytest.mark.parametrize(
    ("name", "sent", "status", "message"),
    [
        pytest.param("invoice", {"fields": FIELDS}, 409, "'invoice' is a preset", id="preset"),
        pytest.param("My Template", {"fields": FIELDS}, 400, "id: expected", id="name"),
        pytest.param("mine", {}, 400, "fields: this property is required", id="no-fields"),
        pytest.param("mine", {"fields": []}, 400, "fields: ", id="empty"),
        pytest.param("mine", {"fields": FIELDS[:1] * 2}, 400, "the name 'number' is used twice", id="duplicate"),
        pytest.param("mine", {"fields": [{"name": "a", "type": "text"}]}, 400, "fields[0].type: expected", id="type"),
        pytest.param("mine", {"fields": FIELDS, "more": 1}, 400, "more: unknown property", id="unknown"),
    ],
)
def test_bad_templates(api: Api, name: str, sent: dict[str, Any], status: int, message: str) -> None:
    response = api.http.put(f"/templates/{name}", json=sent, headers=api.headers)
    assert response.status_code == status
    assert message in response.json()["error"]["message"]
