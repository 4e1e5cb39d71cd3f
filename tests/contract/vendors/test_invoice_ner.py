"""The Invoice NER API in process: its two forms of OCR, its two stages, its errors."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from documents import DamagedDocument
from extractors import Model
from extractors.layoutlmv3 import LayoutLMv3Extractor
from extractors.layoutlmv3.tags import WordLabel, fields_of, parsed
from schemas.fields import FieldType
from schemas.pages import Document, Page
from schemas.results import Proposal
from tests.contract.conftest import Api, start
from tests.fakes import FakeExtractor

OUTSIDE, BEGIN, INSIDE = parsed(["LABEL_0", "LABEL_1", "LABEL_2"])

SEED = """83,41,331,41,331,78,83,78,TAN WOON YANN
352,37,542,37,542,72,352,72,BOOK TA .K(TAMAN DAYA) SDN BHD
83,82,626,82,626,116,83,116,Registration No. : 002177368-W
83,120,626,120,626,150,83,150,Document No : TD01167104
83,160,626,160,626,190,83,190,Date: 25/12/2018, 8:13 PM
"""
NOTHING = "10,10,90,10,90,30,10,30,Total 12.00\n10,40,90,40,90,60,10,60,A-77\n"


def predict(api: Api, ocr: str | bytes = SEED, name: str = "ocr.txt", **more: Any) -> Any:
    content = ocr if isinstance(ocr, bytes) else ocr.encode()
    files = {"image": ("invoice.jpg", b"a picture"), "ocr_file": (name, content)}
    options: dict[str, Any] = {"files": files, "headers": api.headers} | more
    return api.http.post("/predict", **options)


def test_by_rules_on_lines_of_text(api: Api) -> None:
    body = predict(api).json()
    assert (body["invoice_number"], body["extraction_method"]) == ("TD01167104", "heuristic")
    assert body["total_words"] == len(body["predictions"]) == 21
    assert [p for p in body["predictions"] if p["is_invoice_number"]] == [
        {"word": "TD01167104", "label": "HEURISTIC_MATCH", "confidence": 1.0, "is_invoice_number": True}
    ]
    assert [p["word"] for p in body["predictions"]][:4] == ["TAN", "WOON", "YANN", "BOOK"]
    assert body["model_device"] == "cpu"
    assert api.reader.calls == []  # the caller's words are used
    rows = api.http.get("/usage?by=route", headers=api.headers).json()["rows"]
    assert [(row["route"], row["calls"]) for row in rows] == [("/predict", 1)]


@pytest.mark.parametrize("scale", [1, 100])
def test_json_in_thousandths_and_in_pixels(api: Api, scale: int) -> None:
    """Above 1000 a coordinate can only be one of pixels."""
    page = api.reader.document.pages[0]
    api.reader.document = Document((replace(page, width=10_000, height=10_000),))
    boxes = [[10, 10, 60, 20], [61, 10, 80, 20], [10, 30, 60, 40]]
    sent = {"words": ["Invoice", "no:", "INV-2023-001234"], "boxes": [[v * scale for v in box] for box in boxes]}
    body = predict(api, json.dumps(sent), "ocr.JSON").json()
    assert body["invoice_number"] == "INV-2023-001234"
    assert [p["label"] for p in body["predictions"]] == ["LABEL_0", "LABEL_0", "HEURISTIC_MATCH"]


def test_lines_sent_with_the_words(api: Api) -> None:
    """By their places these words are three lines, with nothing after the label in its own."""
    sent = {
        "words": ["A-4711 x", "Invoice", "no:", "B-4712"],
        "bboxes": [[10, 90, 60, 99], [10, 10, 60, 20], [500, 400, 580, 410], [10, 700, 60, 710]],
    }
    lines = ["A-4711 x", "Invoice no: B-4712"]
    body = predict(api, json.dumps(sent | {"ocr_lines": lines}), "ocr.json").json()
    assert (body["invoice_number"], body["extraction_method"]) == ("B-4712", "heuristic")
    assert [(p["word"], p["is_invoice_number"]) for p in body["predictions"]] == [
        ("A-4711 x", False),
        ("Invoice", False),
        ("no:", False),
        ("B-4712", True),
    ]
    for other in (["something else"], "text", [3]):
        assert predict(api, json.dumps(sent | {"ocr_lines": other}), "ocr.json").json()["extraction_method"] == "model"


def test_words_with_white_space_stay_the_callers(api: Api) -> None:
    sent = {"words": ["Invoice  no:", "4711 B"], "bboxes": [[10, 10, 60, 20], [70, 10, 90, 20]]}
    body = predict(api, json.dumps(sent), "ocr.json").json()
    assert body["invoice_number"] == "4711"
    assert [(p["word"], p["is_invoice_number"]) for p in body["predictions"]] == [
        ("Invoice  no:", False),
        ("4711 B", True),
    ]


def test_by_the_model_where_rules_find_nothing(api: Api) -> None:
    api.extractor.proposals = [Proposal(("invoice_number",), FieldType.STRING, "A-77", (2,), 0.9)]
    body = predict(api, NOTHING).json()
    assert (body["invoice_number"], body["extraction_method"]) == ("A-77", "model")
    assert [(p["label"], p["is_invoice_number"]) for p in body["predictions"]] == [
        ("LABEL_0", False),
        ("LABEL_0", False),
        ("LABEL_1", True),
    ]
    assert 0 < body["predictions"][2]["confidence"] <= 1
    api.extractor.proposals = [Proposal(("invoice_number",), FieldType.STRING, "Total 12.00", (0, 1), 0.9)]
    labels = [p["label"] for p in predict(api, NOTHING).json()["predictions"]]
    assert labels == ["LABEL_1", "LABEL_2", "LABEL_0"]


class Classifier:
    """Labels `A-77 B` as an invoice number, and each of `C-1` and `D-2` as one; all other words are outside."""

    model = Model("mine", "mps")
    picture_side = 0
    fields = fields_of([OUTSIDE, BEGIN, INSIDE], {})

    def classify(self, page: Page) -> list[WordLabel]:
        labels = {
            "A-77": WordLabel(BEGIN, 0.75),
            "B": WordLabel(INSIDE, 0.5),
            "C-1": WordLabel(BEGIN, 0.6),
            "D-2": WordLabel(BEGIN, 0.9),
        }
        return [labels.get(word.text, WordLabel(OUTSIDE, 0.875)) for word in page.words]


@pytest.fixture
def taught(tmp_path: Path) -> Iterator[Api]:
    """An API with a checkpoint that was taught invoice numbers."""
    yield from start(tmp_path, choices={"layoutlmv3": LayoutLMv3Extractor(Classifier(), FakeExtractor([]))})


def test_by_a_model_that_was_taught_invoice_numbers(taught: Api) -> None:
    sent = {"words": ["A-77", "B x", "12.00", "x y"], "bboxes": [[i * 20, 10, i * 20 + 9, 20] for i in range(4)]}
    body = predict(taught, json.dumps(sent), "ocr.json").json()
    assert (body["invoice_number"], body["extraction_method"], body["model_device"]) == ("A-77 B", "model", "mps")
    assert [(p["label"], p["confidence"], p["is_invoice_number"]) for p in body["predictions"]] == [
        ("LABEL_1", 0.75, True),
        ("LABEL_2", 0.5, True),
        ("LABEL_0", 0.875, False),
        ("LABEL_0", 0.875, False),
    ]
    sent = {"words": ["C-1", "x", "D-2"], "bboxes": [[i * 20, 10, i * 20 + 9, 20] for i in range(3)]}
    body = predict(taught, json.dumps(sent), "ocr.json").json()
    assert body["invoice_number"] == "D-2"  # the likelier one of two
    assert [p["label"] for p in body["predictions"]] == ["LABEL_1", "LABEL_0", "LABEL_1"]
    body = predict(taught).json()
    assert (body["extraction_method"], body["model_device"]) == ("heuristic", "mps")
    body = predict(taught, "10,10,90,10,90,30,10,30,Total 12.00").json()
    assert (body["invoice_number"], body["extraction_method"]) == ("Not Found", "model")
    health = taught.http.get("/health").json()
    assert health["extractors"] == {"layoutlmv3": {"model": "mine", "device": "mps"}}


def test_an_invoice_without_a_number(api: Api) -> None:
    api.extractor.proposals = []
    body = predict(api, NOTHING).json()
    assert (body["invoice_number"], body["extraction_method"]) == ("Not Found", "model")
    assert not any(p["is_invoice_number"] for p in body["predictions"])


@pytest.mark.parametrize(
    ("ocr", "name", "message"),
    [
        (SEED, "ocr.xml", "OCR file must be .txt or .json format"),
        (SEED, "ocr", "OCR file must be .txt or .json format"),
        ("1,2,3,text", "ocr.txt", "line 1: expected x1,y1"),
        ("a,2,3,4,5,6,7,8,text", "ocr.txt", "line 1: expected x1,y1"),
        ("", "ocr.txt", "OCR file must contain valid words and bboxes"),
        (b"\xff\xfe", "ocr.txt", "expected UTF-8"),
        ("{", "ocr.json", "expected JSON with 'words' and 'bboxes'"),
        ("[]", "ocr.json", "expected JSON with 'words' and 'bboxes'"),
        ('{"words": ["a"]}', "ocr.json", "got 1 words and 0 boxes"),
        ('{"words": ["a"], "bboxes": []}', "ocr.json", "got 1 words and 0 boxes"),
        ('{"words": ["a"], "bboxes": [[1, 2, 3]]}', "ocr.json", "box 0: expected [x0, y0, x1, y1]"),
        ('{"words": ["a"], "bboxes": [[5, 2, 3, 4]]}', "ocr.json", "box 0: expected [x0, y0, x1, y1]"),
        ('{"words": [1], "bboxes": [[1, 2, 3, 4]]}', "ocr.json", "every word must be a string"),
        ('{"words": [" "], "bboxes": [[1, 2, 3, 4]]}', "ocr.json", "every word must be a string"),
        ('{"words": [], "bboxes": []}', "ocr.json", "expected at least one word"),
        ('{"words": 5, "bboxes": []}', "ocr.json", "expected JSON with 'words' and 'bboxes'"),
        ('{"words": ["a"], "bboxes": [["inf", 2, 3, 4]]}', "ocr.json", "expected JSON with 'words' and 'bboxes'"),
        (
            f'{{"words": ["a"], "bboxes": [[{"9" * 400}, 2, 3, 4]]}}',
            "ocr.json",
            "expected JSON with 'words' and 'bboxes'",
        ),
        ('{"words": ["a"], "bboxes": [[90000, 2, 90003, 4]]}', "ocr.json", "box 0 is beyond the page"),
        ("nan,2,3,4,5,6,7,8,text", "ocr.txt", "line 1: expected x1,y1"),
        ("inf,2,3,4,5,6,7,8,text", "ocr.txt", "line 1: expected x1,y1"),
        ("0,0,0,0,0,0,0,0,text", "ocr.txt", "line 1: expected x1,y1"),
    ],
)
def test_ocr_that_is_refused(api: Api, ocr: str | bytes, name: str, message: str) -> None:
    reply = predict(api, ocr, name)
    assert reply.status_code == 400
    assert set(reply.json()) == {"detail"}
    assert message in reply.json()["detail"]
    assert api.used() == 0


def test_ocr_that_is_too_large(api: Api) -> None:
    for text in ("1,1,9,1,9,9,1,9," + "x" * 60_000, "1,1,9,1,9,9,1,9," + "x " * 6000, "x" * 1_000_001):
        reply = predict(api, text)
        assert reply.status_code == 413
    started = time.monotonic()
    boxes = [[1, 1, 9, 9]]
    predict(api, json.dumps({"words": ["inv" + " " * 40_000 + "x"], "bboxes": boxes}), "ocr.json")
    predict(api, "1,1,9,1,9,9,1,9,Invoice No\n" * 3000)
    assert time.monotonic() - started < 5


def test_other_refusals(api: Api) -> None:
    reply = predict(api, files={"image": b"x"})
    assert (reply.status_code, reply.json()["detail"]) == (
        400,
        "Field required: ocr_file, as a file of a multipart form",
    )
    api.reader.failure = DamagedDocument("it ends too early")
    assert predict(api).json() == {"detail": "Invalid image file: it ends too early"}
    assert predict(api, headers={}).status_code == 401
    assert "detail" in api.http.get("/predict", headers=api.headers).json()
    assert api.used() == 0


def test_health_says_what_is_loaded(api: Api) -> None:
    health = api.http.get("/health").json()
    assert (health["status"], health["model_loaded"], health["device"]) == ("healthy", True, "cpu")
