"""A LayoutLMv3 checkpoint behind the real service; needs the extra `layoutlmv3` and is skipped without it."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

pytest.importorskip("torch", reason="the extra 'layoutlmv3' is not installed")
pytest.importorskip("peft")

from docwitness import Client
from scripts.server import RunningServer, running_server
from tests.extractors.layoutlmv3 import tiny
from tests.files import encoded, pdf, picture

pytestmark = pytest.mark.slow
FIELDS = [{"name": "invoice_number", "type": "string"}, {"name": "total", "type": "money"}]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    folder = tmp_path_factory.mktemp("checkpoint") / "mine"
    tiny.save_checkpoint(
        folder, id2label={0: "O", 1: "B-NUMBER", 2: "I-NUMBER"}, docwitness_fields={"NUMBER": "invoice_number"}
    )
    settings = {"may_choose_extractor": "true", "invoice_ner": "anonymous", "layoutlmv3": str(folder)}
    with running_server(tmp_path_factory.mktemp("server"), **settings) as server:
        yield server


def test_its_values_are_grounded_and_others_come_from_the_model_that_ships(running: RunningServer) -> None:
    with Client(running.url, running.key) as client:
        page = pdf("abc R1 #22 xyz\nTotal 12.00 EUR")
        result = client.extract(page, fields=FIELDS, extractor="layoutlmv3")
        number, total = result["invoice_number"], result["total"]
        assert (number.value, number.status, number.page) == ("R1 #22", "grounded", 1)
        assert (total.value, total.status) == (12, "grounded")
        assert client.extract(page, fields=FIELDS)["invoice_number"].value != "R1 #22"


def test_it_is_the_model_stage_of_invoice_ner(running: RunningServer) -> None:
    health = httpx.get(f"{running.url}/health").json()
    assert health["extractors"]["layoutlmv3"]["model"] == "mine"
    files = {
        "image": ("invoice.png", encoded(picture())),
        "ocr_file": ("ocr.txt", b"10,10,90,10,90,30,10,30,abc R1 #22\n10,40,90,40,90,60,10,60,xyz\n"),
    }
    body = httpx.post(f"{running.url}/predict", files=files, timeout=60).json()
    assert (body["invoice_number"], body["extraction_method"]) == ("R1 #22", "model")
    assert [p["label"] for p in body["predictions"]] == ["LABEL_0", "LABEL_1", "LABEL_2", "LABEL_0"]
    assert all(0.5 < p["confidence"] < 1 for p in body["predictions"])
