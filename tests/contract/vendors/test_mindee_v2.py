"""Mindee's second API in process: schemas of all forms, its errors."""

from __future__ import annotations

import json
from typing import Any

import pytest

from schemas.fields import FieldType
from schemas.results import Proposal
from service.contract.errors import ApiError
from service.vendors.mindee_v2.schema import parsed_schema
from tests.contract.conftest import Api


def field(name: str, kind: str, **more: Any) -> dict[str, Any]:
    return {"title": name.title(), "name": name, "type": kind, "is_array": False} | more


SCHEMA = {
    "replace": {
        "fields": [
            field("number", "string", description="The number.", guidelines="Without spaces."),
            field("party", "nested_object", nested_fields={"city": {"title": "City", "type": "string"}}),
            field("items", "nested_object", is_array=True, nested_fields={"fields": [field("what", "string")]}),
            field("phones", "string", is_array=True),
            field("kind", "classification", classification_values=["A", "B"]),
        ]
    }
}


def enqueue(api: Api, schema: object = None, **more: Any) -> Any:
    data = {"model_id": "any-id", "data_schema": json.dumps(schema or SCHEMA)} | more.pop("data", {})
    options: dict[str, Any] = {"files": {"file": ("a.pdf", b"x")}, "headers": {"Authorization": api.key}} | more
    return api.http.post("/v2/products/extraction/enqueue", data={k: v for k, v in data.items() if v}, **options)


def test_fields_of_a_schema() -> None:
    fields, lists, objects = parsed_schema(json.dumps(SCHEMA))
    assert fields == [
        {"name": "number", "description": "Number. The number. Without spaces", "type": "string"},
        {"name": "party_city", "description": "Party City", "type": "string"},
        {
            "name": "items",
            "description": "Items",
            "type": "array",
            "children": [{"name": "what", "description": "What", "type": "string"}],
        },
        {
            "name": "phones",
            "description": "Phones",
            "type": "array",
            "children": [{"name": "value", "description": "Phones", "type": "string"}],
        },
        {"name": "kind", "description": "Kind", "type": "enum", "values": ["A", "B"]},
    ]
    assert lists == ["phones"]
    assert objects == {"party": {"city": "party_city"}}
    assert parsed_schema(json.dumps({"replace": json.dumps(SCHEMA["replace"])})) == (fields, lists, objects)


@pytest.mark.parametrize("schema", ["{", "[]", "{}", '{"replace": {"fields": [{"name": "a"}]}}', '{"replace": 3}'])
def test_schemas_that_are_refused(schema: str) -> None:
    with pytest.raises(ApiError, match="data_schema"):
        parsed_schema(schema)


def test_from_the_queue_to_the_fields(api: Api) -> None:
    accepted = enqueue(api, data={"polygon": "true", "confidence": "true", "raw_text": "true", "alias": "mine"})
    assert accepted.status_code == 202
    job = accepted.json()["job"]
    assert (job["status"], job["result_url"], job["filename"], job["alias"]) == ("Processing", None, "a.pdf", "mine")
    headers = {"Authorization": api.key}
    early = api.http.get(f"/v2/products/extraction/results/{job['id']}", headers=headers)
    assert (early.status_code, early.json()["code"]) == (404, "404-not_found")
    api.work()
    job = api.http.get(job["polling_url"], headers=headers).json()["job"]
    assert (job["status"], job["error"]) == ("Processed", None)
    inference = api.http.get(job["result_url"], headers=headers).json()["inference"]
    assert list(inference["result"]["fields"]) == ["number", "party", "items", "phones", "kind"]
    number = inference["result"]["fields"]["number"]
    assert number["value"] == "4711"
    assert number["confidence"] in ("Certain", "High", "Medium")
    assert (number["locations"][0]["page"], len(number["locations"][0]["polygon"])) == (0, 4)
    party = inference["result"]["fields"]["party"]["fields"]
    assert party == {"city": {"value": None, "confidence": None, "locations": []}}
    items = inference["result"]["fields"]["items"]["items"]
    assert [row["fields"]["what"]["value"] for row in items] == ["Widget"]
    assert inference["result"]["raw_text"]["pages"][0]["content"].startswith("Invoice no: 4711")
    assert inference["active_options"]["data_schema"] == {"replace": True}
    assert api.used() == 1


def test_another_schema_under_the_same_key_is_a_conflict(api: Api) -> None:
    headers = {"Authorization": api.key, "Idempotency-Key": "k"}
    assert enqueue(api, headers=headers).status_code == 202
    assert enqueue(api, headers=headers).headers["X-Idempotent-Replay"] == "true"
    other = {"replace": {"fields": [field("b", "number")]}}
    assert enqueue(api, other, headers=headers).status_code == 409


def test_a_list_of_objects_stays_one_whatever_its_column_is_called(api: Api) -> None:
    column = {"value": {"title": "Value", "type": "string"}}
    schema = {"replace": {"fields": [field("items", "nested_object", is_array=True, nested_fields=column)]}}
    job = enqueue(api, schema).json()["job"]["id"]
    api.extractor.proposals = [Proposal(("items", 0, "value"), FieldType.STRING, "Widget", (), 0.9)]
    api.work()
    found = api.http.get(f"/v2/products/extraction/results/{job}", headers={"Authorization": api.key}).json()
    (row,) = found["inference"]["result"]["fields"]["items"]["items"]
    assert row["fields"]["value"]["value"] == "Widget"


@pytest.mark.parametrize(
    ("sent", "status", "detail"),
    [
        ({"headers": {}}, 401, "no API key received"),
        ({"headers": {"Authorization": "wrong"}}, 401, "the API key is unknown"),
        ({"data": {"model_id": ""}}, 400, "model_id"),
        ({"data": {"data_schema": ""}}, 404, "there is no template 'any-id'"),
        ({"files": None}, 400, "expected a part 'file', or 'url'"),
        ({"files": None, "data": {"url": "http://10.0.0.1/a"}}, 400, "not public"),
        ({"schema": {"replace": {"fields": [field("a b" * 40, "string")]}}}, 400, "fields"),
        ({"schema": {"replace": {"fields": [field("a", "picture")]}}}, 400, "got 'picture'"),
    ],
)
def test_failures(api: Api, sent: dict[str, Any], status: int, detail: str) -> None:
    reply = enqueue(api, **sent)
    body = reply.json()
    assert (reply.status_code, body["status"]) == (status, status)
    assert detail in body["detail"]
    assert {"title", "code", "errors"} <= set(body)


def test_failed_and_foreign_jobs(api: Api) -> None:
    headers = {"Authorization": api.key}
    job = enqueue(api).json()["job"]
    api.reader.failure = ValueError("broken")
    api.work()
    found = api.http.get(f"/v2/jobs/{job['id']}", headers=headers).json()["job"]
    assert (found["status"], found["error"]["status"]) == ("Failed", 500)
    other = api.as_account("other")
    assert api.http.get(f"/v2/jobs/{job['id']}", headers=other).status_code == 404
    own = api.client.submit([b"x"], template="invoice")
    assert api.http.get(f"/v2/jobs/{own.id}", headers=headers).status_code == 404


def test_templates_are_models(api: Api) -> None:
    headers = {"Authorization": api.key}
    body = api.http.get("/v2/search/models?name=invoice", headers=headers).json()
    assert [model["id"] for model in body["models"]] == ["invoice", "quota_invoice"]
    assert body["pagination"] == {"per_page": 50, "page": 1, "total_items": 2, "total_pages": 1}


def test_webhooks_to_notify(api: Api) -> None:
    """All webhooks of an account are notified of each job; an unknown id is refused."""
    mine = api.accounts.webhooks.create(1, "https://example.com/one", ["job.finished"]).id
    other = api.accounts.webhooks.create(1, "https://example.com/too", ["job.finished"]).id
    assert enqueue(api, data={"webhook_ids": [mine, other]}).status_code == 202
    assert enqueue(api, data={"webhook_ids": f"{mine},{other}"}).status_code == 202
    reply = enqueue(api, data={"webhook_ids": [mine, "3f0e6f4e-0000"]})
    assert reply.status_code == 400
    assert "this account has no webhook '3f0e6f4e-0000'" in reply.text
    assert len(api.queue.documents) == 2
    headers = {"Authorization": api.key, "Idempotency-Key": "one"}
    first = enqueue(api, data={"webhook_ids": [mine]}, headers=headers)
    api.accounts.webhooks.delete(1, mine)
    assert enqueue(api, data={"webhook_ids": [mine]}, headers=headers).text == first.text
