"""The API's description is complete, works offline and agrees with the API."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from schemas.fields import FieldType
from service.contract.errors import PROBLEMS
from tests.contract.conftest import Api


@pytest.fixture
def description(api: Api) -> dict[str, Any]:
    found: dict[str, Any] = api.http.get("/openapi.json").json()
    return found


def operations(description: dict[str, Any]) -> list[dict[str, Any]]:
    return [operation for path in description["paths"].values() for operation in path.values()]


def test_every_reference_leads_somewhere(description: dict[str, Any]) -> None:
    names = set(re.findall(r"#/components/schemas/([^\"]+)", json.dumps(description)))
    assert names <= set(description["components"]["schemas"])


def test_every_route_has_examples(description: dict[str, Any]) -> None:
    for operation in operations(description):
        (status,) = {"200", "201", "202", "204"} & set(operation["responses"])
        if status != "204" and operation["operationId"] != "getJobDocument":  # the document itself
            content = operation["responses"][status]["content"]["application/json"]
            assert content.get("examples"), operation["operationId"]


def test_every_body_is_described(description: dict[str, Any]) -> None:
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            bare = path.endswith(("/cancel", "/test"))
            if method in ("post", "put") and not bare:
                assert operation["requestBody"]["content"]["application/json"]["example"], path


def test_every_error_code_is_documented(description: dict[str, Any]) -> None:
    codes = {
        example["value"]["error"]["code"]
        for operation in operations(description)
        for status, response in operation["responses"].items()
        if status not in ("200", "400") or "examples" in response.get("content", {}).get("application/json", {})
        for example in response.get("content", {}).get("application/json", {}).get("examples", {}).values()
        if "error" in example["value"]
    }
    assert set(PROBLEMS) - {"method_not_allowed", "caller_gone"} <= codes  # nobody receives the latter


def test_the_request_body_is_json_or_multipart(description: dict[str, Any]) -> None:
    content = description["paths"]["/ocr/fields"]["post"]["requestBody"]["content"]
    assert set(content) == {"application/json", "multipart/form-data"}
    assert set(content["application/json"]["schema"]["properties"]) >= {
        "image",
        "fields",
        "templateId",
        "autoFields",
        "locale",
    }
    assert "file" in content["multipart/form-data"]["schema"]["properties"]
    assert "fields" in description["components"]["schemas"]["FieldsAnswer"]["properties"]
    assert description["components"]["schemas"]["FieldType"]["enum"] == [kind.value for kind in FieldType]


@pytest.mark.parametrize("page", ["/docs", "/redoc", "/"])
def test_the_pages_load_nothing_from_elsewhere(api: Api, page: str) -> None:
    html = api.http.get(page).text
    assert "docwitness" in html
    assets = re.findall(r"(?:src|href)=[\"']([^\"']+)", html)
    assert assets
    for asset in assets:
        if not asset.startswith("data:"):
            assert asset.startswith("/docs/assets/"), asset
            assert api.http.get(asset).status_code == 200


def test_health_needs_no_key(api: Api) -> None:
    health = api.http.get("/health").json()
    assert health["status"] == "healthy"
    assert set(health) == {"status", "version", "time", "model_loaded", "model", "device", "extractors"}
    assert (health["model_loaded"], health["device"]) == (True, "cpu")
    assert api.http.get("/ready").json() == {"status": "ready", "database": True}
