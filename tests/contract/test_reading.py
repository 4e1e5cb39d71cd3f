"""The contract of POST /ocr, POST /ocr/text and POST /ocr/markdown."""

from __future__ import annotations

import base64
import csv
import io
from dataclasses import replace
from typing import Any

import pytest

from schemas.pages import Document, Preprocessing, TextSource
from tests.contract.conftest import PAGE, Api

DOCUMENT = b"any bytes: the reader is a fake"
BODY = {"image": base64.b64encode(DOCUMENT).decode()}
LINES = ["Invoice no: 4711", "Date: 30.4.2025", "Widget", "2", "10.00", "20.00", "Total", "20.00"]


def upload(api: Api, path: str, **more: Any) -> Any:
    headers = api.headers | more.pop("headers", {})
    return api.http.post(path, files={"file": ("scan.jpg", DOCUMENT)}, headers=headers, **more)


def test_lines(api: Api) -> None:
    response = upload(api, "/ocr")
    assert response.status_code == 200
    assert response.json() == {
        "lines": LINES,
        "confidences": [1.0] * len(LINES),
        "mean_confidence": 1.0,
        "n_segments": len(LINES),
        "preprocessing": {
            "original_size": [1000, 1000],
            "processed_size": [1000, 1000],
            "deskew_angle": 0.0,
            "orientation": 0,
            "steps": [],
        },
    }
    assert api.reader.calls == [(DOCUMENT, None)]


def test_the_preprocessing_is_reported(api: Api) -> None:
    done = Preprocessing((760, 1120), (1120, 760), 90, 1.25, ("denoise",))
    page = PAGE.pages[0]
    api.reader.document = Document((type(page)(1, 760, 1120, page.lines, TextSource.OCR, done),))
    expected = {
        "original_size": [760, 1120],
        "processed_size": [1120, 760],
        "deskew_angle": 1.25,
        "orientation": 90,
        "steps": ["denoise"],
    }
    assert upload(api, "/ocr").json()["preprocessing"] == expected
    assert upload(api, "/ocr/text").json()["pages"][0]["preprocessing"] == expected


@pytest.mark.parametrize(
    ("path", "accept"), [("/ocr?format=csv", "*/*"), ("/ocr", "text/csv"), ("/ocr", "text/csv, application/json;q=0.5")]
)
def test_lines_as_csv(api: Api, path: str, accept: str) -> None:
    response = upload(api, path, headers={"Accept": accept})
    assert response.headers["content-type"].startswith("text/csv")
    header, *rows = list(csv.reader(io.StringIO(response.text)))
    assert header == ["page", "line", "text", "confidence", "xmin", "ymin", "xmax", "ymax"]
    assert [row[2] for row in rows] == LINES
    assert all(0 <= int(edge) <= 1000 for row in rows for edge in row[4:])


@pytest.mark.parametrize(("path", "accept"), [("/ocr?format=json", "text/csv"), ("/ocr", "*/*"), ("/ocr", "")])
def test_lines_are_json_otherwise(api: Api, path: str, accept: str) -> None:
    assert upload(api, path, headers={"Accept": accept}).json()["lines"] == LINES


def test_text_with_places(api: Api) -> None:
    body = api.http.post("/ocr/text", json=BODY | {"pages": "1"}, headers=api.headers).json()
    assert body["status"] == "success"
    assert body["text"] == "\n".join(LINES)
    assert body["usage"] == {"calls": 1, "pages": 1}
    (page,) = body["pages"]
    assert (page["page"], page["source"], page["preprocessing"]) == (1, "text_layer", None)
    first = page["lines"][0]
    assert [word["text"] for word in first["words"]] == ["Invoice", "no:", "4711"]
    assert first["bbox"]["xmin"] == first["words"][0]["bbox"]["xmin"]
    assert first["bbox"]["xmax"] == first["words"][2]["bbox"]["xmax"]
    assert len(first["vertices"]) == 4
    assert api.reader.calls == [(DOCUMENT, "1")]


def test_the_client_reads_text(api: Api) -> None:
    text = api.client.read(DOCUMENT, pages="1")
    assert text.text.splitlines() == LINES
    assert text.pages[0].lines[1].words[1].text == "30.4.2025"


def test_markdown(api: Api) -> None:
    body = api.http.post("/ocr/markdown", json=BODY | {"pages": "1"}, headers=api.headers).json()
    assert (body["status"], body["usage"]) == ("success", {"calls": 1, "pages": 1})
    assert body["pages"] == [{"page": 1, "markdown": body["markdown"]}]
    assert "| Widget | 2 | 10.00 | 20.00 |" in body["markdown"]
    alone = upload(api, "/ocr/markdown", headers={"Accept": "text/markdown"})
    assert alone.headers["content-type"] == "text/markdown; charset=utf-8"
    assert alone.text == body["markdown"] + "\n"
    blocks = upload(api, "/ocr/markdown", data={"include": "blocks"}).json()["pages"][0]["blocks"]
    assert [block["markdown"] for block in blocks] == body["markdown"].split("\n\n")
    assert api.used() == 3


def test_pages_of_markdown_are_apart(api: Api) -> None:
    page = PAGE.pages[0]
    second = Document(tuple(replace(p, number=n) for n, p in enumerate((page, page), 1)))
    api.reader.document = second
    body = upload(api, "/ocr/markdown").json()
    assert body["markdown"] == "\n\n---\n\n".join(p["markdown"] for p in body["pages"])


def test_the_client_reads_markdown(api: Api) -> None:
    read = api.client.markdown(DOCUMENT, pages="1", blocks=True)
    assert read.pages[0].blocks
    assert read.markdown == "\n\n".join(block.markdown for block in read.pages[0].blocks)
    assert api.client.markdown(DOCUMENT).pages[0].blocks is None


def test_a_page_without_text(api: Api) -> None:
    page = PAGE.pages[0]
    api.reader.document = Document((type(page)(1, 10, 10, (), TextSource.OCR),))
    assert upload(api, "/ocr").json()["mean_confidence"] == 0.0
    assert upload(api, "/ocr").json()["lines"] == []
    assert upload(api, "/ocr/text").json()["text"] == ""
    assert upload(api, "/ocr?format=csv").text.count("\n") == 1


@pytest.mark.parametrize("path", ["/ocr", "/ocr/text", "/ocr/markdown"])
def test_one_call_each_and_an_idempotent_repeat_is_free(api: Api, path: str) -> None:
    once = upload(api, path, headers={"Idempotency-Key": "a"})
    again = upload(api, path, headers={"Idempotency-Key": "a"})
    assert again.content == once.content
    assert again.headers["X-Idempotent-Replay"] == "true"
    assert api.used() == 1
    assert once.headers["X-RateLimit-Limit"]


def test_one_key_is_for_one_route_and_one_format(api: Api) -> None:
    assert upload(api, "/ocr", headers={"Idempotency-Key": "a"}).status_code == 200
    for path in ("/ocr/text", "/ocr?format=csv"):
        response = upload(api, path, headers={"Idempotency-Key": "a"})
        assert response.status_code == 409
        assert response.json()["error"]["code"] == "idempotency_conflict"
    assert api.used() == 1


@pytest.mark.parametrize("path", ["/ocr", "/ocr/text", "/ocr/markdown"])
@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        pytest.param({}, 400, "invalid_request", id="no-document"),
        pytest.param({"image": "%%%"}, 400, "invalid_image", id="no-base64"),
        pytest.param(BODY | {"pages": "1," * 200}, 400, "validation_failed", id="endless-pages"),
        pytest.param(BODY | {"fields": []}, 400, "validation_failed", id="fields-are-for-the-other-route"),
    ],
)
def test_bad_requests(api: Api, path: str, body: dict[str, Any], status: int, code: str) -> None:
    response = api.http.post(path, json=body, headers=api.headers)
    assert (response.status_code, response.json()["error"]["code"]) == (status, code)
    assert api.used() == 0


def test_an_unknown_format(api: Api) -> None:
    response = upload(api, "/ocr?format=xml")
    assert (response.status_code, response.json()["error"]["code"]) == (400, "validation_failed")


@pytest.mark.parametrize("path", ["/ocr", "/ocr/text", "/ocr/markdown"])
def test_a_key_is_needed(api: Api, path: str) -> None:
    assert api.http.post(path, json=BODY).status_code == 401
