"""Mindee's invoice API in process: a page with known values, every form of request, every kind of failure."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from litestar._parsers import parse_url_encoded_form_data

from schemas.fields import FieldType
from schemas.results import Proposal
from service.vendors.mindee.postal_address import PARTS
from tests.contract.conftest import Api
from tests.fakes import document, word_ids

PAGES = document(
    """
Seller Ltd                       Invoice no: 4711
SIRET: 732 829 320 00074         Date: 30.4.2025
Payment due upon receipt           10 Rue X, 75001 Paris
Widget                  2     10.00     20.00
IBAN: GB29NWBK60161331926819     BIC: NWBKGB2L
""",
    """
Net                                     20.00
VAT 20%                                  4.00
Total                                   24.00
""",
)
S, M, D, N = FieldType.STRING, FieldType.MONEY, FieldType.DATE, FieldType.NUMBER


def proposal(path: tuple[str | int, ...], kind: FieldType, text: str, on: str | None = None) -> Proposal:
    return Proposal(path, kind, text, word_ids(PAGES, on or text), 0.9)


PROPOSALS = [
    proposal(("invoice_number",), S, "4711"),
    proposal(("date",), D, "30.4.2025"),
    proposal(("supplier_name",), S, "Seller Ltd"),
    proposal(("supplier_address",), S, "10 Rue X, 75001 Paris"),
    proposal(("supplier_company_registrations", 0, "type"), S, "SIRET", "SIRET:"),
    proposal(("supplier_company_registrations", 0, "value"), S, "732 829 320 00074"),
    proposal(("supplier_payment_details", 0, "iban"), S, "GB29NWBK60161331926819"),
    proposal(("supplier_payment_details", 0, "swift"), S, "NWBKGB2L"),
    proposal(("line_items", 0, "description"), S, "Widget"),
    proposal(("line_items", 0, "quantity"), N, "2"),
    proposal(("line_items", 0, "unit_price"), M, "10.00"),
    proposal(("line_items", 0, "total_amount"), M, "20.00"),
    Proposal(("total_net",), M, "20.00", (word_ids(PAGES, "Net")[0] + 1,), 0.9),
    proposal(("total_tax",), M, "4.00"),
    proposal(("total_amount",), M, "24.00"),
    proposal(("taxes", 0, "rate"), N, "20", "20%"),
    proposal(("taxes", 0, "value"), M, "4.00"),
]
V2_KEYS = {
    *("company_registration", "date", "document_type", "due_date", "invoice_number", "locale", "payment_details"),
    *("supplier", "taxes", "total_excl", "total_incl"),
}
V3_KEYS = V2_KEYS | {"customer", "customer_address", "customer_company_registration", "supplier_address"}
V4_KEYS = {
    *("billing_address", "category", "customer_address", "customer_company_registrations", "customer_id"),
    *("customer_name", "date", "document_type", "document_type_extended", "due_date", "invoice_number", "line_items"),
    *("locale", "payment_date", "po_number", "reference_numbers", "shipping_address", "subcategory"),
    *("supplier_address", "supplier_company_registrations", "supplier_email", "supplier_name"),
    *("supplier_payment_details", "supplier_phone_number", "supplier_website", "taxes", "total_amount", "total_net"),
    "total_tax",
}


@pytest.fixture
def mindee(api: Api) -> Api:
    api.reader.document = PAGES
    api.extractor.proposals = PROPOSALS
    return api


def token(api: Api) -> dict[str, str]:
    return {"Authorization": f"Token {api.key}"}


def predict(api: Api, version: str = "v4", query: str = "", **more: Any) -> Any:
    options: dict[str, Any] = {"files": {"document": ("a.pdf", b"bytes")}, "headers": token(api)} | more
    return api.http.post(f"/v1/products/mindee/invoices/{version}/predict{query}", **options)


@pytest.mark.parametrize(("version", "keys"), [("v2", V2_KEYS), ("v3", V3_KEYS), ("v4", V4_KEYS)])
def test_keys_of_each_version(mindee: Api, version: str, keys: set[str]) -> None:
    reply = predict(mindee, version)
    assert reply.status_code == 201
    body = reply.json()
    assert body["api_request"] == {
        "error": {},
        "resources": ["document"],
        "status": "success",
        "status_code": 201,
        "url": f"http://testserver.local/v1/products/mindee/invoices/{version}/predict",
    }
    found = body["document"]
    assert (found["name"], found["n_pages"], found["ocr"]) == ("a.pdf", 2, {})
    assert found["inference"]["product"]["version"] == f"{version[1]}.0"
    assert set(found["inference"]["prediction"]) == keys
    extra = set() if version == "v4" else {"orientation"}
    assert [set(page["prediction"]) for page in found["inference"]["pages"]] == [keys | extra] * 2
    assert [page["id"] for page in found["inference"]["pages"]] == [0, 1]


def test_values_of_version_4(mindee: Api) -> None:
    prediction = predict(mindee).json()["document"]["inference"]["prediction"]
    number = prediction["invoice_number"]
    assert (number["value"], number["page_id"]) == ("4711", 0)
    assert number["polygon"] == [[0.45, 0.02], [0.49, 0.02], [0.49, 0.032], [0.45, 0.032]]
    assert 0 < number["confidence"] <= 1
    assert prediction["date"]["value"] == "2025-04-30"
    assert prediction["supplier_name"]["raw_value"] == "Seller Ltd"
    assert prediction["total_amount"] | {"polygon": 0, "confidence": 0} == {
        "value": 24.0,
        "page_id": 1,
        "polygon": 0,
        "confidence": 0,
    }
    address = prediction["supplier_address"]
    assert (address["value"], address["postal_code"], address["city"]) == ("10 Rue X, 75001 Paris", "75001", "Paris")
    assert set(prediction["billing_address"]) == {"confidence", "page_id", "polygon", "value", *PARTS}
    assert not any(prediction["billing_address"][part] for part in PARTS)
    assert prediction["customer_id"] == {"confidence": 0.0, "page_id": None, "polygon": [], "value": None}
    (tax,) = prediction["taxes"]
    assert (tax["rate"], tax["value"], tax["base"], tax["code"]) == (20, 4.0, None, None)
    (payment,) = prediction["supplier_payment_details"]
    assert (payment["iban"], payment["swift"], payment["account_number"]) == (
        "GB29NWBK60161331926819",
        "NWBKGB2L",
        None,
    )
    (registration,) = prediction["supplier_company_registrations"]
    assert (registration["type"], registration["value"]) == ("SIRET", "73282932000074")
    (item,) = prediction["line_items"]
    assert (item["description"], item["quantity"], item["unit_price"], item["total_amount"]) == ("Widget", 2, 10, 20)
    assert (item["polygon"][0][0], item["polygon"][2][0]) == (0.0, 0.45)
    locale = {key: prediction["locale"][key] for key in ("country", "language", "value")}
    assert locale == {"country": "GB", "language": "en", "value": "en-GB"}


@pytest.mark.parametrize(
    ("currency", "language", "country", "expected"),
    [
        ("€", "English", "Canada", ("EUR", "en", "CA")),
        ("GBP", "Deutsch", "de", ("GBP", "de", "DE")),
        ("$", "en-US", "", ("USD", "en", "GB")),
        ("coins", "xx", "Atlantis", (None, "en", "GB")),
    ],
)
def test_a_page_that_names_its_locale(
    mindee: Api, currency: str, language: str, country: str, expected: tuple[str | None, ...]
) -> None:
    page = document(
        f"Seller Ltd sells its goods to customers\nIBAN: GB29NWBK60161331926819\n{currency}  {language}  {country}"
    )
    mindee.reader.document = page
    named = {"currency": currency, "language": language, "country": country}
    mindee.extractor.proposals = [
        Proposal(("supplier_payment_details", 0, "iban"), S, "GB29NWBK60161331926819", (), 0.9),
        *(Proposal(("locale", 0, name), S, text, (), 0.9) for name, text in named.items() if text),
    ]
    locale = predict(mindee).json()["document"]["inference"]["prediction"]["locale"]
    assert (locale["currency"], locale["language"], locale["country"]) == expected


def test_nothing_is_told_before_it_is_charged(mindee: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    job = enqueue(mindee).json()["job"]
    monkeypatch.setattr(mindee.worker, "_end", lambda *_: None)  # the result is in the store, the ledger knows nothing
    mindee.work()
    found = queued(mindee, job["id"]).json()
    assert found["job"]["status"] == "processing"
    assert "document" not in found


def test_forms_leave_nothing_behind(mindee: Api) -> None:
    before = parse_url_encoded_form_data.cache_info().currsize
    predict(mindee, files=None, data={"document": base64.b64encode(b"bytes").decode()})
    assert parse_url_encoded_form_data.cache_info().currsize == before


def test_pages_hold_what_stands_on_them(mindee: Api) -> None:
    first, second = (page["prediction"] for page in predict(mindee).json()["document"]["inference"]["pages"])
    assert (first["invoice_number"]["value"], second["invoice_number"]["value"]) == ("4711", None)
    assert (first["total_amount"]["value"], second["total_amount"]["value"]) == (None, 24.0)
    assert (len(first["taxes"]), len(second["taxes"])) == (0, 1)
    assert (len(first["line_items"]), len(second["line_items"])) == (1, 0)
    assert "page_id" not in first["invoice_number"]


def test_due_upon_receipt_is_the_day_of_issue(mindee: Api) -> None:
    old = predict(mindee, "v2").json()["document"]["inference"]["prediction"]["due_date"]
    assert (old["raw"], old["value"], old["page_id"]) == ("Payment due upon receipt", "2025-04-30", 0)
    assert old["polygon"][0] == [0.0, 0.06]
    new = predict(mindee, "v4").json()["document"]["inference"]["prediction"]["due_date"]
    assert (new["value"], new["is_computed"]) == ("2025-04-30", True)

    mindee.extractor.proposals = [*PROPOSALS, proposal(("due_date",), D, "30.4.2025")]
    new = predict(mindee, "v4").json()["document"]["inference"]["prediction"]["due_date"]
    assert (new["value"], new["is_computed"]) == ("2025-04-30", False)
    mindee.extractor.proposals = [p for p in PROPOSALS if p.path != ("date",)]
    old = predict(mindee, "v2").json()["document"]["inference"]["prediction"]["due_date"]
    assert old == {"confidence": 0.0, "page_id": None, "polygon": [], "value": None, "raw": None}


def test_words_text_and_crops_where_they_are_asked_for(mindee: Api) -> None:
    reply = predict(mindee, "v4", "?full_text_ocr=true&cropper=true", data={"include_mvision": "true"}).json()[
        "document"
    ]
    words = reply["ocr"]["mvision-v1"]["pages"][0]["all_words"]
    assert words[0] == {
        "confidence": 1.0,
        "polygon": [[0, 0.02], [0.06, 0.02], [0.06, 0.032], [0, 0.032]],
        "text": "Seller",
    }
    extras = reply["inference"]["pages"][1]["extras"]
    assert extras["full_text_ocr"]["content"].startswith("Net")
    assert extras["cropper"]["cropping"][0]["polygon"] == [[0, 0], [1, 0], [1, 1], [0, 1]]


def test_every_form_of_the_document(mindee: Api) -> None:
    encoded = base64.b64encode(b"bytes").decode()
    bodies: tuple[dict[str, Any], ...] = (
        {"files": None, "data": {"document": encoded}},
        {"files": {"document": (None, encoded)}},
        {"files": None, "json": {"document": f"data:image/png;base64,{encoded}"}},
    )
    for sent in bodies:
        assert predict(mindee, **sent).status_code == 201
        assert mindee.reader.calls[-1][0] == b"bytes"
    assert mindee.http.post(
        "/products/mindee/invoices/v4/predict", files={"document": b"x"}, headers=token(mindee)
    ).is_success


@pytest.mark.parametrize(
    ("path", "sent", "status", "code", "details"),
    [
        ("v4/predict", {"headers": {}}, 401, "Unauthorized", "No token provided"),
        ("v4/predict", {"headers": {"Authorization": "Token x"}}, 401, "Unauthorized", "Invalid token provided"),
        ("v4/predict", {"files": {"x": b"1"}}, 400, "BadRequest", {"document": ["Missing data for required field."]}),
        ("v4/predict", {"files": None, "data": {"document": "%%%"}}, 400, "BadRequest", None),
        ("v4/predict", {"files": None, "data": {"document": "http://10.0.0.1/a"}}, 400, "BadRequest", None),
        ("v4/predict", {"files": None, "content": b"{", "headers": None}, 400, "BadRequest", None),
        ("v4/predict", {"files": {"document": b""}}, 400, "BadRequest", None),
        ("v1/predict", {}, 404, "NotFound", None),
        ("v4/nothing", {}, 404, "NotFound", None),
        ("v4/documents/queue/nothing", {"method": "GET", "files": None}, 404, "NotFound", None),
        ("v4/predict", {"method": "GET", "files": None}, 405, "MethodNotAllowed", None),
        ("v4/predict", {"files": {"document": bytes(10_000_001)}}, 413, "PayloadTooLarge", None),
    ],
)
def test_failures(mindee: Api, path: str, sent: dict[str, Any], status: int, code: str, details: Any) -> None:
    sent = {"method": "POST", "files": {"document": ("a.png", b"x")}, "headers": token(mindee)} | sent
    if sent["headers"] is None:
        sent["headers"] = token(mindee) | {"Content-Type": "application/json"}
    reply = mindee.http.request(url=f"/v1/products/mindee/invoices/{path}", **sent)
    assert reply.status_code == status
    request = reply.json()["api_request"]
    assert (request["status"], request["status_code"], request["resources"]) == ("failure", status, [])
    assert request["error"]["code"] == code
    if details is not None:
        assert request["error"]["details"] == details
    assert mindee.used() == 0


def test_limits_in_mindees_words(mindee: Api) -> None:
    poor = mindee.as_account("poor", free_calls=0, cap="hard", key_calls_per_minute=2)
    headers = {"Authorization": poor["Authorization"].replace("Bearer", "Token")}
    reply = predict(mindee, headers=headers)
    assert (reply.status_code, reply.json()["api_request"]["error"]["code"]) == (403, "PlanLimitReached")
    predict(mindee, headers=headers)
    reply = predict(mindee, headers=headers)
    assert (reply.status_code, reply.json()["api_request"]["error"]["code"]) == (429, "TooManyRequests")
    assert int(reply.headers["Retry-After"]) > 0


def test_calls_are_charged_once_under_their_route(mindee: Api) -> None:
    headers = token(mindee) | {"Idempotency-Key": "k"}
    first, second = predict(mindee, headers=headers), predict(mindee, headers=headers)
    assert first.content == second.content
    assert second.headers["X-Idempotent-Replay"] == "true"
    usage = mindee.http.get("/usage?by=route,template", headers=mindee.headers).json()["rows"]
    assert [(row["route"], row["template"], row["calls"], row["pages"]) for row in usage] == [
        ("/v1/products/mindee/invoices/v4/predict", "invoice", 1, 2)
    ]


def queued(api: Api, job_id: str, version: str = "v4", headers: dict[str, str] | None = None) -> Any:
    path = f"/v1/products/mindee/invoices/{version}/documents/queue/{job_id}"
    return api.http.get(path, headers=headers or token(api))


def enqueue(api: Api, **more: Any) -> Any:
    options: dict[str, Any] = {"files": {"document": ("b.pdf", b"bytes")}, "headers": token(api)} | more
    return api.http.post("/v1/products/mindee/invoices/v4/predict_async", **options)


def test_the_queue(mindee: Api) -> None:
    accepted = enqueue(mindee, data={"include_mvision": "true"})
    assert accepted.status_code == 202
    job = accepted.json()["job"]
    assert (job["status"], job["available_at"], job["error"]) == ("waiting", None, {})
    waiting = queued(mindee, job["id"]).json()
    assert waiting["job"]["status"] == "waiting"
    assert "document" not in waiting
    mindee.work()
    done = queued(mindee, job["id"]).json()
    assert done["job"]["status"] == "completed"
    assert done["document"]["inference"]["prediction"]["invoice_number"]["value"] == "4711"
    assert (done["document"]["name"], len(done["document"]["ocr"]["mvision-v1"]["pages"])) == ("b.pdf", 2)
    assert mindee.used() == 1
    assert queued(mindee, job["id"], "v3").status_code == 404
    other = mindee.as_account("other")
    assert queued(mindee, job["id"], headers={"Authorization": other["Authorization"]}).status_code == 404
    own = mindee.client.submit([b"x"], template="invoice")
    assert queued(mindee, own.id).status_code == 404


def test_a_document_that_fails_in_the_queue(mindee: Api) -> None:
    job = enqueue(mindee).json()["job"]
    mindee.reader.failure = ValueError("broken")
    mindee.work()
    found = queued(mindee, job["id"]).json()
    assert (found["job"]["status"], found["job"]["error"]["code"]) == ("failed", "internal_error")
    assert mindee.used() == 0
