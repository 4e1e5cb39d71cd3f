from __future__ import annotations

from typing import Any

import pytest

from tests.contract.conftest import Api


def test_webhooks_are_added_listed_tested_and_removed(api: Api) -> None:
    made = api.http.post("/webhooks", json={"url": "https://example.com/hook"}, headers=api.headers)
    assert made.status_code == 201
    webhook = made.json()
    assert webhook["secret"].startswith("whsec_")
    assert webhook["events"] == ["job.cancelled", "job.finished"]
    listed = api.http.get("/webhooks", headers=api.headers)
    assert webhook["secret"] not in listed.text
    assert [w["id"] for w in listed.json()["webhooks"]] == [webhook["id"]]
    tested = api.http.post(f"/webhooks/{webhook['id']}/test", headers=api.headers)
    assert (tested.status_code, len(api.queue.deliveries)) == (202, 1)
    (delivery,) = api.http.get(f"/webhooks/{webhook['id']}/deliveries", headers=api.headers).json()["deliveries"]
    assert (delivery["event"], delivery["status"], delivery["attempts"]) == ("webhook.test", "pending", [])
    assert api.http.delete(f"/webhooks/{webhook['id']}", headers=api.headers).status_code == 204
    assert api.http.get("/webhooks", headers=api.headers).json()["webhooks"] == []


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        ({}, "url: this property is required"),
        ({"url": "example.com"}, "url: expected a URL"),
        ({"url": "ftp://example.com"}, "begins with https:// or http://"),
        ({"url": "https://a:b@example.com"}, "without a user name"),
        ({"url": "http://127.0.0.1/"}, "expected a public address"),
        ({"url": "http://2130706433/"}, "expected a public address"),
        ({"url": "http://[::ffff:10.0.0.1]/"}, "expected a public address"),
        ({"url": "https://example.com/" + "a" * 2000}, "url: "),
        ({"url": "https://example.com", "events": []}, "events: "),
        ({"url": "https://example.com", "events": ["job.lost"]}, "events[0]: expected 'job.finished'"),
    ],
)
def test_bad_webhooks(api: Api, sent: dict[str, Any], message: str) -> None:
    response = api.http.post("/webhooks", json=sent, headers=api.headers)
    assert (response.status_code, response.json()["error"]["code"]) == (400, "validation_failed")
    assert message in response.json()["error"]["message"]


def test_webhooks_of_another_account_are_not_there(api: Api) -> None:
    webhook = api.http.post("/webhooks", json={"url": "https://example.com"}, headers=api.headers).json()["id"]
    other = api.as_account("other")
    for method, path in (("DELETE", ""), ("POST", "/test"), ("GET", "/deliveries")):
        response = api.http.request(method, f"/webhooks/{webhook}{path}", headers=other)
        assert (response.status_code, response.json()["error"]["code"]) == (404, "not_found")


def test_too_many_webhooks(api: Api) -> None:
    for number in range(20):
        api.accounts.webhooks.create(1, f"https://example.com/{number}", {"job.finished"})
    response = api.http.post("/webhooks", json={"url": "https://example.com"}, headers=api.headers)
    assert (response.status_code, response.json()["error"]["code"]) == (409, "conflict")
