"""The contract of POST /ocr/fields, through the real client and by hand."""

from __future__ import annotations

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from pydantic import BaseModel

from schemas.codes import Code
from schemas.fields import FieldType, TextFormat
from schemas.geometry import Box, quad_of
from schemas.marks import Mark, MarkShape, MarkState
from schemas.own_party import OwnParty
from schemas.pages import Document, Page, make_line, make_word
from schemas.results import Proposal
from tests.contract.conftest import FIELDS, PAGE, Api
from tests.fakes import document

DOCUMENT = b"any bytes: the reader is a fake"
IMAGE = base64.b64encode(DOCUMENT).decode()
BODY = {"image": IMAGE, "imageType": "base64", "fields": FIELDS}


def post(api: Api, body: Any = None, **more: Any) -> Any:
    return api.http.post("/ocr/fields", json=BODY if body is None else body, headers=api.headers, **more)


def blurred(page: Page, confidence: float) -> Page:
    """The page with the same confidence in every symbol."""
    lines = tuple(
        make_line(
            tuple(
                make_word(word.id, tuple(symbol._replace(confidence=confidence) for symbol in word.symbols))
                for word in line.words
            )
        )
        for line in page.lines
    )
    return replace(page, lines=lines)


def test_a_value_that_was_not_found_on_a_poorly_read_page_may_be_there(api: Api) -> None:
    api.reader.document = Document((blurred(PAGE.pages[0], 0.95),))
    data = post(api).json()["data"]
    assert data["missing"]["searched"] == {"poorly_read": [1]}
    assert "searched" not in data["number"]
    api.reader.document = Document((blurred(PAGE.pages[0], 0.99),))
    assert "searched" not in post(api).json()["data"]["missing"]


def test_the_whole_answer(api: Api) -> None:
    response = post(api, BODY | {"include": ["checks", "pages"]})
    assert response.status_code == 200
    body = response.json()
    assert list(body) == ["status", "requestId", "data", "rows", "checks", "pages", "usage"]
    assert body["status"] == "success"
    assert body["usage"] == {"calls": 1, "pages": 1}
    assert body["pages"] == [
        {"page": 1, "width": 1000, "height": 1000, "source": "text_layer", "words": 11, "orientation": 0}
    ]
    assert list(body["data"]) == ["number", "date", "missing", "items"]
    assert 0.0 < body["data"]["number"].pop("confidence") <= 1.0
    assert body["data"]["number"] == {
        "value": "4711",
        "raw_text": "4711",
        "match_ratio": 1.0,
        "status": "grounded",
        "page": 1,
        "bbox": {"xmin": 120, "ymin": 20, "xmax": 160, "ymax": 32},
        "vertices": [{"x": 120, "y": 20}, {"x": 160, "y": 20}, {"x": 160, "y": 32}, {"x": 120, "y": 32}],
    }
    assert body["data"]["missing"] == {
        "value": None,
        "raw_text": None,
        "match_ratio": 0.0,
        "status": "not_found",
        "page": None,
        "bbox": None,
        "vertices": [],
        "confidence": 0.0,
    }
    (row,) = body["data"]["items"]
    assert list(row) == ["what", "sum"]
    assert body["rows"] == {"items": {"rows_seen": 1, "rows_returned": 1}}
    assert body["data"]["date"]["value"] == "2025-04-30"
    assert body["data"]["date"]["raw_text"] == "30.4.2025"


def test_money_is_an_exact_json_number(api: Api) -> None:
    assert '"value":20.00,' in post(api).text


def test_the_client_reads_it_typed(api: Api) -> None:
    result = api.client.extract(DOCUMENT, fields=FIELDS, include=["checks"])
    assert result["number"].value == "4711"
    assert result["number"].page == 1
    assert result.rows("items")[0]["sum"].value == Decimal("20.00")
    assert result.values() == {
        "number": "4711",
        "date": "2025-04-30",
        "missing": None,
        "items": [{"what": "Widget", "sum": Decimal("20.00")}],
    }
    assert result.pages == 1
    assert result.rows_seen == {"items": 1}
    assert not result.replayed


ITEM_COLUMNS = {"what": "string", "pieces": "number", "price_each": "money", "sum": "money"}
CHECKED = [{"name": "items", "type": "array", "children": [{"name": n, "type": t} for n, t in ITEM_COLUMNS.items()]}]


def test_a_finding_has_its_fields_and_their_boxes(api: Api) -> None:
    result = api.client.extract(DOCUMENT, fields=CHECKED, include=["checks"])
    (finding,) = result.checks
    assert (finding.rule, finding.outcome) == ("line_is_quantity_times_price", "passed")
    assert finding.message == "2 x 10.00 = 20.00"
    assert finding.fields == ("items[0].sum", "items[0].pieces", "items[0].price_each")
    cells = dict(result.cells())
    assert [(box.field, box.page, box.bbox) for box in finding.boxes] == [
        (field, 1, cells[field].bbox) for field in finding.fields
    ]


def test_a_check_that_passes_raises_the_confidence_without_being_asked_for(api: Api) -> None:
    alone = api.client.extract(DOCUMENT, fields=FIELDS).rows("items")[0]["sum"]
    checked = api.client.extract(DOCUMENT, fields=CHECKED)
    assert checked.checks == ()
    assert checked.rows("items")[0]["sum"].confidence > alone.confidence


def test_a_model_class_is_filled(api: Api) -> None:
    class Item(BaseModel):
        what: str | None
        sum: Decimal | None

    class Invoice(BaseModel):
        number: str | None
        date: date | None
        missing: Decimal | None
        items: list[Item]

    parsed = api.client.extract(DOCUMENT, model=Invoice).parsed
    assert parsed.date == date(2025, 4, 30)
    assert parsed.items[0].sum == Decimal("20.00")
    assert parsed.missing is None


def test_an_answer_that_does_not_fit_the_model_is_not_lost(api: Api) -> None:
    from docwitness import ModelMismatch

    class Invoice(BaseModel):
        number: str
        missing: Decimal

    with pytest.raises(ModelMismatch, match="do not fit Invoice") as caught:
        api.client.extract(DOCUMENT, model=Invoice)
    assert caught.value.extraction["number"].value == "4711"


def test_the_evidence_is_enough_to_compute_the_ratio_again(api: Api) -> None:
    result = api.client.extract(DOCUMENT, fields=FIELDS, include=["evidence", "words"])
    evidence = result["number"].evidence
    assert evidence is not None
    assert (evidence.written, evidence.found, evidence.edits) == ("4711", "4711", ())
    assert evidence.regions[0].bbox == result["number"].bbox
    words = {tuple(word["symbols"]): word["text"] for word in result.raw["words"]}
    assert words[evidence.symbols[0], evidence.symbols[-1] + 1] == "4711"
    assert result["missing"].evidence is None
    assert result.rows("items")[0]["what"].evidence.row  # type: ignore[union-attr]


def test_a_template_answers_with_exactly_its_fields(api: Api) -> None:
    body = post(api, {"image": IMAGE, "templateId": "receipt"}).json()
    template = api.http.get("/templates/receipt", headers=api.headers).json()
    assert list(body["data"]) == [field["name"] for field in template["fields"]]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"image": f"data:image/png;base64,{IMAGE}", "fields": FIELDS}, id="data-uri"),
        pytest.param({"image": IMAGE.rstrip("="), "fields": FIELDS}, id="without-padding"),
        pytest.param({"image": f"{IMAGE[:8]}\n{IMAGE[8:]}", "fields": FIELDS}, id="with-line-breaks"),
        pytest.param({"image": IMAGE, "image_type": "base64", "fields": FIELDS}, id="snake-case"),
        pytest.param({"image": IMAGE, "fields": FIELDS, "autoFields": False, "templateId": None}, id="others-off"),
        pytest.param({"image": IMAGE, "fields": FIELDS, "prompt": "x", "languageHints": ["en"]}, id="ignored"),
    ],
)
def test_ways_to_send_the_document(api: Api, body: dict[str, Any]) -> None:
    assert post(api, body).status_code == 200
    assert api.reader.calls[-1][0] == DOCUMENT


def test_multipart(api: Api) -> None:
    response = api.http.post(
        "/ocr/fields",
        files={"file": ("invoice.pdf", DOCUMENT, "application/pdf")},
        data={"fields": json.dumps(FIELDS), "pages": "1-2", "include": "checks, words"},
        headers=api.headers,
    )
    assert response.status_code == 200
    assert list(response.json()) == ["status", "requestId", "data", "rows", "checks", "words", "usage"]
    assert api.reader.calls == [(DOCUMENT, "1-2")]


def test_a_body_without_content_type_is_read_as_json(api: Api) -> None:
    response = api.http.post("/ocr/fields", content=json.dumps(BODY), headers=api.headers)
    assert response.status_code == 200


def test_codes_on_request(api: Api) -> None:
    corners = quad_of(Box(0.1, 0.2, 0.3, 0.4))
    payment = "BCD\n002\n1\nSCT\n\nMuster\nDE33100205000001194700\nEUR12.30"
    codes = (Code("EAN13", "4006381333931", corners), Code("QRCode", payment, corners))
    api.reader.document = Document((replace(PAGE.pages[0], codes=codes),))
    assert "codes" not in post(api, BODY).json()
    place = {
        "page": 1,
        "bbox": {"xmin": 100, "ymin": 200, "xmax": 300, "ymax": 400},
        "vertices": [{"x": 100, "y": 200}, {"x": 300, "y": 200}, {"x": 300, "y": 400}, {"x": 100, "y": 400}],
    }
    stated = {
        "iban": "DE33100205000001194700",
        "creditor": "Muster",
        "address": None,
        "amount": 12.30,
        "currency": "EUR",
        "reference": None,
        "message": None,
        "bic": None,
    }
    assert post(api, BODY | {"include": ["codes"]}).json()["codes"] == [
        place | {"format": "EAN13", "text": "4006381333931", "payment": None},
        place | {"format": "QRCode", "text": payment, "payment": stated},
    ]


def test_marks_on_request_and_on_pages_of_text(api: Api) -> None:
    mark = Mark(quad_of(Box(0.1, 0.2, 0.3, 0.4)), MarkState.TICKED, MarkShape.BOX, 0.98765, (0, 1), "agree")
    api.reader.document = Document((replace(PAGE.pages[0], marks=(mark,)),))
    assert "marks" not in post(api, BODY).json()
    expected = {
        "state": "ticked",
        "shape": "box",
        "label": "Invoice no:",
        "name": "agree",
        "confidence": 0.9877,
        "bbox": {"xmin": 100, "ymin": 200, "xmax": 300, "ymax": 400},
        "vertices": [{"x": 100, "y": 200}, {"x": 300, "y": 200}, {"x": 300, "y": 400}, {"x": 100, "y": 400}],
    }
    assert post(api, BODY | {"include": ["marks"]}).json()["marks"] == [{"page": 1, **expected}]
    body = {"image": BODY["image"]}
    assert api.http.post("/ocr/text", json=body, headers=api.headers).json()["pages"][0]["marks"] == [expected]


def test_words_and_alternatives_on_request(api: Api) -> None:
    body = post(api, BODY | {"include": ["words", "alternatives"]}).json()
    assert [word["text"] for word in body["words"]][:3] == ["Invoice", "no:", "4711"]
    (other,) = body["data"]["items"][0]["sum"]["alternatives"]
    assert (other["value"], other["raw_text"]) == (20.0, "20.00")
    assert other["bbox"]["ymin"] > body["data"]["items"][0]["sum"]["bbox"]["ymin"]


def test_an_ambiguous_date_lists_both_readings(api: Api) -> None:
    api.reader.document = document("Date: 3/4/2026")
    api.extractor.proposals = [Proposal(("date",), FieldType.DATE, "3/4/2026")]
    asked = {"image": BODY["image"], "fields": [{"name": "date", "type": "date"}], "include": ["alternatives"]}
    cell = post(api, asked).json()["data"]["date"]
    assert (cell["value"], cell["raw_text"], cell["status"]) == ("2026-04-03", "3/4/2026", "uncertain")
    assert [other["value"] for other in cell["alternatives"]] == ["2026-04-03", "2026-03-04"]
    assert all(other["bbox"] == cell["bbox"] for other in cell["alternatives"])


def test_rows_within_rows(api: Api) -> None:
    columns = [
        {"name": "what", "type": "string"},
        {"name": "prices", "type": "array", "children": [{"name": "each", "type": "money"}]},
    ]
    fields = [{"name": "items", "type": "array", "children": columns}]
    what, price = api.extractor.proposals[2], api.extractor.proposals[4]
    api.extractor.proposals = [what, replace(price, path=("items", 0, "prices", 0, "each"))]
    result = api.client.extract(DOCUMENT, fields=fields, include=["checks"])
    assert result.values() == {"items": [{"what": "Widget", "prices": [{"each": Decimal("10.00")}]}]}
    assert [name for name, _ in result.cells()] == ["items[0].what", "items[0].prices[0].each"]
    assert result.raw["rows"] == {"items": {"rows_seen": 1, "rows_returned": 1}}


def test_a_page_without_text_is_no_error(api: Api) -> None:
    from tests.fakes import document

    api.reader.document = document("")
    body = post(api).json()
    assert {cell["status"] for name, cell in body["data"].items() if name != "items"} == {"not_found"}
    assert body["data"]["items"] == []


def test_without_a_schema_the_page_names_its_fields(api: Api) -> None:
    body = post(api, {"image": IMAGE, "autoFields": True}).json()
    assert list(body) == ["status", "requestId", "fields", "data", "usage"]
    assert body["fields"] == [
        {"name": "invoice_no", "type": "string", "description": "Invoice no"},
        {"name": "date", "type": "date", "description": "Date"},
        {"name": "total", "type": "money", "description": "Total"},
    ]
    assert list(body["data"]) == ["invoice_no", "date", "total"]
    assert body["data"]["date"]["value"] == "2025-04-30"
    assert body["data"]["invoice_no"]["bbox"] == {"xmin": 120, "ymin": 20, "xmax": 160, "ymax": 32}
    assert body["data"]["total"]["bbox"]["ymin"] == 60
    assert body["usage"] == {"calls": 1, "pages": 1}


def test_the_client_sends_what_was_discovered_as_fields(api: Api) -> None:
    from tests.fakes import document

    api.reader.document = document(
        """
Order no: A-1                 Date: 30.4.2025
Item                  Qty     Price     Amount
Blue widget           2       10.00     20.00
Red widget            1       5.00      5.00
Total                                   25.00
"""
    )
    found = api.client.extract(DOCUMENT, auto_fields=True, include=["checks"])
    assert found.values() == {
        "order_no": "A-1",
        "date": "2025-04-30",
        "line_items": [
            {"item": "Blue widget", "qty": 2, "price": Decimal("10.00"), "amount": Decimal("20.00")},
            {"item": "Red widget", "qty": 1, "price": Decimal("5.00"), "amount": Decimal("5.00")},
        ],
        "total": Decimal("25.00"),
    }
    assert {cell.status for _, cell in found.cells()} == {"grounded"}
    again = api.client.extract(DOCUMENT, fields=found.fields, include=["fields"])
    assert again.fields == found.fields
    assert list(again.values()) == list(found.values())
    assert api.used() == 2


def test_the_fields_of_a_template_on_request(api: Api) -> None:
    result = api.client.extract(DOCUMENT, template="receipt", include=["fields"])
    template = next(t for t in api.client.templates() if t.id == "receipt")
    assert [field["name"] for field in result.fields] == [field["name"] for field in template.fields]
    assert api.client.extract(DOCUMENT, template="receipt").fields == ()


def test_a_page_without_text_names_no_fields(api: Api) -> None:
    from tests.fakes import document

    api.reader.document = document("")
    body = post(api, {"image": IMAGE, "autoFields": True, "include": ["checks"]}).json()
    assert (body["status"], body["fields"], body["data"], body["checks"]) == ("success", [], {}, [])


def test_without_a_schema_by_multipart(api: Api) -> None:
    files = {"file": ("form.pdf", DOCUMENT, "application/pdf")}
    body = api.http.post("/ocr/fields", files=files, data={"autoFields": "true"}, headers=api.headers).json()
    assert list(body["data"]) == ["invoice_no", "date", "total"]


def test_ids_and_limits_on_every_reply(api: Api) -> None:
    response = post(api)
    assert response.headers["X-Request-Id"] == response.json()["requestId"]
    assert response.headers["X-RateLimit-Limit"] == "6000"
    assert response.headers["X-RateLimit-Remaining"] == "5999"
    assert int(response.headers["X-RateLimit-Reset"]) > 0
    assert api.http.get("/nothing/here").headers["X-Request-Id"].startswith("req_")


def test_a_successful_call_is_one_entry_in_the_ledger(api: Api) -> None:
    assert api.used() == 0
    post(api)
    post(api)
    assert api.used() == 2
    usage = api.client.usage()
    assert (usage.calls, usage.pages, len(usage.days)) == (2, 2, 1)
    assert api.client.amount().free.remaining == 98


def test_an_idempotent_repeat_is_the_same_reply_at_no_charge(api: Api) -> None:
    first = api.client.extract(DOCUMENT, fields=FIELDS, idempotency_key="one")
    again = api.client.extract(DOCUMENT, fields=FIELDS, idempotency_key="one")
    assert not first.replayed
    assert again.replayed
    assert again.raw == first.raw
    assert api.used() == 1
    assert len(api.reader.calls) == 1


def test_a_repeat_with_another_body_is_refused(api: Api) -> None:
    from docwitness import IdempotencyConflict

    api.client.extract(DOCUMENT, fields=FIELDS, idempotency_key="one")
    with pytest.raises(IdempotencyConflict):
        api.client.extract(DOCUMENT, template="invoice", idempotency_key="one")
    assert api.used() == 1


def test_concurrent_repeats_run_once(api: Api) -> None:
    headers = api.headers | {"Idempotency-Key": "same"}
    with ThreadPoolExecutor(6) as pool:
        replies = list(pool.map(lambda _: api.http.post("/ocr/fields", json=BODY, headers=headers), range(6)))
    assert {reply.json()["requestId"] for reply in replies} == {replies[0].json()["requestId"]}
    assert sum("X-Idempotent-Replay" in reply.headers for reply in replies) == 5
    assert api.used() == 1


def test_templates_are_listed_with_their_fields(api: Api) -> None:
    templates = {template.id: template for template in api.client.templates()}
    assert {"invoice", "receipt"} <= set(templates)
    line_items = next(f for f in templates["invoice"].fields if f["name"] == "line_items")
    assert len(line_items["children"]) == 8


def test_callers_may_say_who_they_are(api: Api) -> None:
    own = {"name": "Orion Optics", "vatId": "GB980780684"}
    api.client.extract(DOCUMENT, fields=FIELDS, own=own)
    assert api.extractor.own == OwnParty(name="Orion Optics", vat_id="GB980780684")
    post(api)
    assert api.extractor.own is None


@pytest.mark.parametrize(
    ("more", "path", "message"),
    [
        pytest.param({"own": {}}, "own", "Say who you are", id="nobody"),
        pytest.param({"own": {"company": "x"}}, "own.company", "company", id="unknown-property"),
        pytest.param(
            {"fields": [{"name": "a", "type": "string", "format": "isbn"}]},
            "fields[0].format",
            "iban",
            id="unknown-format",
        ),
        pytest.param(
            {"fields": [{"name": "a", "type": "money", "format": "iban"}]},
            "fields[0]",
            "only a string",
            id="not-a-string",
        ),
    ],
)
def test_bad_formats_and_callers(api: Api, more: dict[str, Any], path: str, message: str) -> None:
    response = post(api, BODY | more)
    assert response.status_code == 400
    errors = response.json()["details"]["errors"]
    assert any(path in str(error) and message in str(error) for error in errors), errors
    assert api.used() == 0


def test_a_formatted_value_is_written_in_one_way(api: Api) -> None:
    page = document("Account DE89 3704 0044 0532 0130 00    Phone: ask")
    api.reader.document = page
    api.extractor.proposals = [
        Proposal(("account",), FieldType.STRING, "DE89 3704 0044 0532 0130 00", format=TextFormat.IBAN),
        Proposal(("phone",), FieldType.STRING, "ask", format=TextFormat.PHONE),
    ]
    fields = [
        {"name": "account", "type": "string", "format": "iban"},
        {"name": "phone", "type": "string", "format": "phone"},
    ]
    data = post(api, BODY | {"fields": fields}).json()["data"]
    assert (data["account"]["value"], data["account"]["raw_text"]) == (
        "DE89370400440532013000",
        "DE89 3704 0044 0532 0130 00",
    )
    assert (data["account"]["status"], data["account"]["match_ratio"]) == ("grounded", 1.0)
    assert data["phone"]["value"] is None
