"""Test the client alone, with responses faked by respx."""

from __future__ import annotations

import base64
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx

import docwitness
from docwitness import AsyncClient, Client, Retries
from docwitness._exceptions import error_of
from docwitness._layout import layout_of
from docwitness._models import TextPage

URL = "http://server.test"
CELL = {
    "value": 20.5,
    "raw_text": "20,50",
    "match_ratio": 1.0,
    "status": "grounded",
    "page": 1,
    "bbox": {"xmin": 1, "ymin": 2, "xmax": 3, "ymax": 4},
    "vertices": [{"x": 1, "y": 2}, {"x": 3, "y": 2}, {"x": 3, "y": 4}, {"x": 1, "y": 4}],
    "confidence": 0.9,
}
ANSWER = {
    "status": "success",
    "requestId": "req_1",
    "data": {"total": CELL, "items": [{"sum": CELL}]},
    "usage": {"calls": 1, "pages": 1},
}
FIELDS = [{"name": "total", "type": "money"}]
QUICK = Retries(attempts=3, first=0.0)


def failure(status: int, code: str = "internal_error", **headers: str) -> httpx.Response:
    body = {"error": {"code": code, "message": "it failed", "requestId": "req_9"}, "details": {"errors": []}}
    return httpx.Response(status, json=body, headers=headers)


@pytest.fixture
def client() -> Client:
    return Client(URL, "dwk_test", retries=QUICK)


@respx.mock
def test_what_is_sent(client: Client, tmp_path: Path) -> None:
    route = respx.post(f"{URL}/ocr/fields").respond(json=ANSWER)
    path = tmp_path / "invoice.png"
    path.write_bytes(b"picture")
    for source in (path, str(path), b"picture"):
        client.extract(source, fields=FIELDS, pages="1-2", locale="de", include=["checks"])
    for call in route.calls:
        assert call.request.headers["Authorization"] == "Bearer dwk_test"
        assert len(call.request.headers["Idempotency-Key"]) == 36
        assert json.loads(call.request.content) == {
            "image": base64.b64encode(b"picture").decode(),
            "imageType": "base64",
            "fields": FIELDS,
            "pages": "1-2",
            "locale": "de",
            "include": ["checks"],
        }
    assert len({call.request.headers["Idempotency-Key"] for call in route.calls}) == 3


@respx.mock
def test_a_url_is_sent_as_one(client: Client) -> None:
    route = respx.post(f"{URL}/ocr/fields").respond(json=ANSWER)
    client.extract("https://example.com/a.png", template="invoice")
    sent = json.loads(route.calls[0].request.content)
    assert sent == {"image": "https://example.com/a.png", "imageType": "url", "templateId": "invoice"}


@respx.mock
def test_decimals_are_exact(client: Client) -> None:
    body = json.dumps(ANSWER).replace("20.5", "20.10")
    respx.post(f"{URL}/ocr/fields").respond(content=body.encode())
    result = client.extract(b"x", fields=FIELDS)
    assert str(result["total"].value) == "20.10"
    assert isinstance(result["total"].value, Decimal)
    assert result.rows("items")[0]["sum"] == result["total"]
    assert [name for name, _ in result.cells()] == ["total", "items[0].sum"]
    with pytest.raises(KeyError, match="is an array"):
        result["items"]
    with pytest.raises(KeyError, match="is not an array"):
        result.rows("total")


@respx.mock
@pytest.mark.parametrize(
    "first",
    [
        pytest.param(httpx.ConnectError("refused"), id="connection"),
        pytest.param(httpx.ReadTimeout("slow"), id="timeout"),
        pytest.param(failure(503), id="unavailable"),
        pytest.param(failure(429, "rate_limited", **{"Retry-After": "0"}), id="rate-limit"),
    ],
)
def test_passing_failures_are_repeated_under_one_key(client: Client, first: Any) -> None:
    route = respx.post(f"{URL}/ocr/fields")
    route.side_effect = [first, failure(502), httpx.Response(200, json=ANSWER)]
    assert client.extract(b"x", fields=FIELDS).request_id == "req_1"
    assert len(route.calls) == 3
    assert len({call.request.headers["Idempotency-Key"] for call in route.calls}) == 1


@respx.mock
@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        pytest.param(400, "validation_failed", docwitness.InvalidRequest, id="validation"),
        pytest.param(400, "invalid_image", docwitness.InvalidImage, id="image"),
        pytest.param(401, "invalid_api_key", docwitness.AuthenticationError, id="key"),
        pytest.param(404, "not_found", docwitness.NotFound, id="not-found"),
        pytest.param(409, "idempotency_conflict", docwitness.IdempotencyConflict, id="conflict"),
        pytest.param(413, "payload_too_large", docwitness.PayloadTooLarge, id="too-large"),
        pytest.param(500, "internal_error", docwitness.ServerError, id="server"),
        pytest.param(418, "teapot", docwitness.ApiError, id="unknown"),
    ],
)
def test_lasting_failures_are_raised_at_once(
    client: Client, status: int, code: str, error: type[docwitness.ApiError]
) -> None:
    route = respx.post(f"{URL}/ocr/fields").mock(return_value=failure(status, code))
    with pytest.raises(error, match=r"it failed \(.*, request req_9\)") as caught:
        client.extract(b"x", fields=FIELDS)
    assert type(caught.value) is error
    assert (caught.value.status, caught.value.code, caught.value.request_id) == (status, code, "req_9")
    assert len(route.calls) == 1


@respx.mock
def test_it_gives_up_after_the_last_attempt(client: Client) -> None:
    route = respx.post(f"{URL}/ocr/fields").mock(return_value=failure(429, "rate_limited"))
    with pytest.raises(docwitness.RateLimited):
        client.extract(b"x", fields=FIELDS)
    assert len(route.calls) == 3
    respx.post(f"{URL}/ocr/fields").mock(side_effect=httpx.ConnectError("refused"))
    with pytest.raises(docwitness.ConnectionFailed, match="cannot be reached"):
        client.extract(b"x", fields=FIELDS)


@respx.mock
def test_responses_of_another_service(client: Client) -> None:
    respx.get(f"{URL}/amount").respond(404, text="<html>nginx</html>")
    with pytest.raises(docwitness.UnexpectedAnswer, match="without a docwitness error"):
        client.amount()
    respx.get(f"{URL}/amount").respond(200, text="<html>hello</html>")
    with pytest.raises(docwitness.UnexpectedAnswer, match="without JSON"):
        client.amount()


def test_every_transport_error_of_httpx_becomes_ours() -> None:
    for name in ("ConnectError", "ReadTimeout", "WriteError", "RemoteProtocolError", "ProxyError"):
        with respx.mock, pytest.raises(docwitness.ConnectionFailed):
            respx.get(f"{URL}/amount").mock(side_effect=getattr(httpx, name)("x"))
            Client(URL, retries=Retries(attempts=1)).amount()


@pytest.mark.parametrize(
    "choice", [{}, {"fields": FIELDS, "template": "invoice"}, {"fields": FIELDS, "auto_fields": True}]
)
def test_exactly_one_schema(client: Client, choice: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="exactly one of"):
        client.extract(b"x", **choice)


def test_a_key_is_stripped_and_never_shown() -> None:
    with respx.mock:
        route = respx.get(f"{URL}/amount").respond(json={})
        with pytest.raises(docwitness.UnexpectedAnswer):
            Client(URL, " dwk_test\n").amount()
        assert route.calls[0].request.headers["Authorization"] == "Bearer dwk_test"
    with pytest.raises(ValueError, match="api_key is invalid") as caught:
        Client(URL, "dwk_sec\nret")
    assert "sec" not in str(caught.value)


def test_an_invalid_address() -> None:
    for address in ("ftp://x", "http://[::1"):
        with pytest.raises(docwitness.ConnectionFailed):
            Client(address, retries=QUICK).amount()


def test_a_file_that_is_not_there(client: Client) -> None:
    with pytest.raises(FileNotFoundError):
        client.extract("/nowhere/invoice.pdf", fields=FIELDS)


@respx.mock
def test_address_and_key_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCWITNESS_URL", f"{URL}/")
    monkeypatch.setenv("DOCWITNESS_API_KEY", "dwk_env")
    route = respx.get(f"{URL}/templates").respond(json={"templates": []})
    with Client() as client:
        assert client.templates() == []
    assert route.calls[0].request.headers["Authorization"] == "Bearer dwk_env"


@pytest.mark.parametrize("name", ["URL", "API_KEY"])
@pytest.mark.parametrize("client", [Client, AsyncClient])
def test_the_environment_of_the_former_name_is_refused(
    monkeypatch: pytest.MonkeyPatch, client: type[Client] | type[AsyncClient], name: str
) -> None:
    monkeypatch.setenv(f"FIELDPROOF_{name}", "http://secret.example")
    with pytest.raises(ValueError, match=f"^FIELDPROOF_{name} is no longer read.* Set DOCWITNESS_{name} instead.$"):
        client()
    given = {"base_url" if name == "URL" else "api_key": "http://example"}
    client(**given)  # type: ignore[arg-type]
    monkeypatch.setenv(f"DOCWITNESS_{name}", "http://example")
    client()


@respx.mock
async def test_the_async_client_does_the_same() -> None:
    route = respx.post(f"{URL}/ocr/fields")
    route.side_effect = [failure(503), httpx.Response(200, json=ANSWER, headers={"X-Idempotent-Replay": "true"})]
    respx.get(f"{URL}/usage").respond(json={"calls": 1, "pages": 2, "cost": 0, "currency": "scans", "days": []})
    async with AsyncClient(URL, "dwk_test", retries=QUICK) as client:
        result = await client.extract(b"x", fields=FIELDS)
        assert result.replayed
        assert (await client.usage("2025-01-01")).pages == 2
        respx.get(f"{URL}/amount").mock(return_value=failure(401, "key_inactive"))
        with pytest.raises(docwitness.AuthenticationError):
            await client.amount()
    assert len({call.request.headers["Idempotency-Key"] for call in route.calls}) == 1


def test_clients_have_the_same_methods() -> None:
    import inspect

    for name, method in inspect.getmembers(Client, inspect.isfunction):
        if not name.startswith("_") and name != "close":
            assert inspect.signature(method) == inspect.signature(getattr(AsyncClient, name)), name


def test_your_own_http_client_stays_open() -> None:
    with httpx.Client() as http:
        Client(URL, http_client=http).close()
        assert not http.is_closed


def test_pauses_grow_and_obey_the_server() -> None:
    retries = Retries(attempts=3, first=1.0, longest=5.0)
    assert 0.7 < (retries.pause(1, None) or 0) < 1.3
    assert 1.4 < (retries.pause(2, None) or 0) < 2.6
    assert retries.pause(3, None) is None
    assert retries.pause(1, failure(429, **{"Retry-After": "4"})) == 4.0
    assert retries.pause(1, failure(429, **{"Retry-After": "400"})) == 5.0
    assert retries.pause(1, failure(400)) is None


def test_everything_public_is_exported() -> None:
    names = {name for name, value in vars(docwitness).items() if not name.startswith("_") and isinstance(value, type)}
    assert names <= set(docwitness.__all__)
    for name in docwitness.__all__:
        assert hasattr(docwitness, name)


def test_an_error_without_details() -> None:
    response = httpx.Response(
        400, json={"error": {"code": "x", "message": "y"}}, request=httpx.Request("GET", f"{URL}/amount")
    )
    error = error_of(response)
    assert isinstance(error, docwitness.InvalidRequest)
    assert error.details == {}


def test_layout() -> None:
    def line(text: str, left: int, top: int) -> dict[str, Any]:
        box = {"xmin": left, "ymin": top, "xmax": left + 10 * len(text), "ymax": top + 12}
        return {"text": text, "confidence": 1, "bbox": box, "vertices": [], "words": []}

    lines = [line("Item", 0, 10), line("Keyboard", 0, 26), line("Amount", 200, 11), line("98.00", 210, 26)]
    page = {"page": 1, "width": 1, "height": 1, "source": "ocr", "preprocessing": None, "text": "", "lines": lines}
    total = line("Total, with a long label 98.00", 0, 100)
    page["lines"] = [*lines, total, line("EUR", 200, 100)]
    assert layout_of(TextPage.model_validate(page)).split("\n") == [
        "Item                Amount",
        "Keyboard             98.00",
        "",
        "Total, with a long label 98.00  EUR",
    ]
