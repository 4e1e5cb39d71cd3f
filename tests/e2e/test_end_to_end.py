"""Use a running service as a user does."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import httpx
import pytest
from PIL import Image

from docwitness import Cell, Client
from scripts.server import RunningServer
from tests.files import encoded, pdf
from training.samples import Sample

pytestmark = pytest.mark.slow
Drawn = dict[str, tuple[Sample, Path]]
BIN = Path(sys.executable).parent


@pytest.mark.parametrize("name", ["invoice", "receipt"])
def test_every_drawn_value_is_found_where_it_was_drawn(server: RunningServer, drawn: Drawn, name: str) -> None:
    sample, path = drawn[name]
    with Client(server.url, server.key) as client:
        result = client.extract(path, template=sample.template, include=["checks"])
    cells = dict(result.cells())
    for field, truth in sample.truth.items():
        cell = cells[field]
        assert _same(cell, truth.value), f"{field}: {cell.value!r} instead of {truth.value!r}"
        assert cell.status == "grounded", field
        assert cell.bbox is not None
        x, y = (cell.bbox.xmin + cell.bbox.xmax) / 2000, (cell.bbox.ymin + cell.bbox.ymax) / 2000
        assert truth.box.left - 0.02 < x < truth.box.right + 0.02, field
        assert truth.box.top - 0.01 < y < truth.box.bottom + 0.01, field
    assert {check.outcome for check in result.checks} == {"passed"}


def _same(cell: Cell, truth: str) -> bool:
    if isinstance(cell.value, int | Decimal):
        return Decimal(cell.value) == Decimal(truth)
    return re.sub(r"\s", "", str(cell.value)) == re.sub(r"\s", "", truth)


def test_vertices_follow_the_tilt(server: RunningServer, drawn: Drawn) -> None:
    sample, path = drawn["receipt"]
    with Client(server.url, server.key) as client:
        result = client.extract(path, template="receipt")
    top_left, top_right, *_ = result["supplier_name"].vertices
    width, height = sample.image.size
    rise = (top_right.y - top_left.y) * height / ((top_right.x - top_left.x) * width)
    assert rise == pytest.approx(0.021, abs=0.012)  # drawn at 1.2 degrees


def test_a_photograph_turned_by_its_exif(server: RunningServer, drawn: Drawn) -> None:
    sample, _ = drawn["receipt"]
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = encoded(sample.image.transpose(Image.Transpose.ROTATE_90), "JPEG", exif=exif, quality=90)
    with Client(server.url, server.key) as client:
        cell = client.extract(turned, template="receipt")["total_net"]
    truth = sample.truth["total_net"].box
    assert cell.value == Decimal("19.42")
    assert cell.bbox is not None
    assert abs((cell.bbox.ymin + cell.bbox.ymax) / 2000 - truth.center.y) < 0.01


def test_a_pdf_of_several_pages(server: RunningServer) -> None:
    document = pdf("Invoice number  4711\nThe first page", "Total amount  12.50\nThe second page")
    with Client(server.url, server.key) as client:
        result = client.extract(
            document, fields=[{"name": "invoice_number", "type": "string"}, {"name": "total", "type": "money"}]
        )
    assert (result["invoice_number"].value, result["invoice_number"].page) == ("4711", 1)
    assert (result["total"].value, result["total"].page) == (Decimal("12.50"), 2)
    assert result.pages == 2


CLIENT_OF_THE_GUIDE = """
import os
import base64
import requests

API_KEY = os.environ.get("SPACE_OCR_API_KEY")
fields = [
    {"name": "supplier", "type": "string", "description": "The name of the company that issued the invoice."},
    {"name": "invoice_number", "type": "string"},
    {"name": "issue_date", "type": "date"},
    {"name": "total_due", "type": "number"},
    {"name": "line_items", "type": "array", "description": "All items listed in the invoice table.", "children": [
        {"name": "item_description", "type": "string"},
        {"name": "unit_price", "type": "number"},
        {"name": "quantity", "type": "number"},
        {"name": "line_total", "type": "number"},
    ]},
]
with open(os.environ["IMAGE_PATH"], "rb") as file:
    encoded = base64.b64encode(file.read()).decode("utf-8")
headers = {"Authorization": f"Bearer {API_KEY}", "Content-Type": "application/json"}
payload = {"image": encoded, "imageType": "base64", "fields": fields}
response = requests.post(os.environ["API_URL"], headers=headers, json=payload)
if response.status_code != 200:
    raise SystemExit(response.text)
for name, cell in response.json()["data"].items():
    if isinstance(cell, list):
        for number, row in enumerate(cell):
            for column, inner in row.items():
                print(f"{name}[{number}].{column}: {inner['value']} (Confidence: {inner['match_ratio']:.2f})")
    else:
        print(f"{name}: {cell['value']} (Confidence: {cell['match_ratio']:.2f})")
"""


def test_a_client_written_for_space_ocr_works_unchanged(server: RunningServer, drawn: Drawn) -> None:
    environment = os.environ | {
        "SPACE_OCR_API_KEY": server.key,
        "API_URL": f"{server.url}/ocr/fields",
        "IMAGE_PATH": str(drawn["invoice"][1]),
    }
    command = [sys.executable, "-c", CLIENT_OF_THE_GUIDE]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr + done.stdout
    lines = done.stdout.splitlines()
    assert "supplier: Northlight Instruments Ltd (Confidence: 1.00)" in lines
    assert "invoice_number: NL-2025-0417 (Confidence: 1.00)" in lines
    assert "issue_date: 2025-04-30 (Confidence: 1.00)" in lines
    assert "total_due: 2217.12 (Confidence: 1.00)" in lines
    assert sum(line.startswith("line_items[3].") for line in lines) == 4


def run_cli(server: RunningServer, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"DOCWITNESS_URL": server.url, "DOCWITNESS_API_KEY": server.key}
    command = [str(BIN / "docwitness"), "extract", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_the_command_line(server: RunningServer, drawn: Drawn, tmp_path: Path) -> None:
    path = str(drawn["receipt"][1])
    overlay = tmp_path / "boxes.png"
    table = run_cli(server, path, "--template", "receipt", "--overlay", str(overlay))
    assert table.returncode == 0, table.stderr
    assert "23.30" in table.stdout
    with Image.open(overlay) as picture:
        assert picture.size == drawn["receipt"][0].image.size
    rows = list(csv.DictReader(io.StringIO(run_cli(server, path, "--template", "receipt", "--csv").stdout)))
    assert next(row for row in rows if row["field"] == "total_amount")["value"] == "23.30"
    fields = tmp_path / "fields.json"
    fields.write_text('[{"name": "total", "type": "money"}]')
    answer = json.loads(run_cli(server, path, "--fields", str(fields), "--json").stdout)
    assert answer["data"]["total"]["value"] == 23.3


def test_text_line_by_line_and_with_places(server: RunningServer, drawn: Drawn) -> None:
    sample, path = drawn["receipt"]
    headers = {"Authorization": f"Bearer {server.key}"}
    answer = httpx.post(f"{server.url}/ocr", files={"file": path.read_bytes()}, headers=headers).json()
    assert "Corner Café" in answer["lines"]
    assert answer["n_segments"] == len(answer["lines"]) == len(answer["confidences"])
    assert answer["preprocessing"]["deskew_angle"] == pytest.approx(1.2, abs=0.5)  # as it was drawn
    assert answer["preprocessing"]["original_size"] == list(sample.image.size)
    with Client(server.url, server.key) as client:
        text = client.read(path)
    words = {word.text: word for line in text.pages[0].lines for word in line.words}
    truth = sample.truth["total_tax"]
    assert abs(words[truth.value].bbox.xmin / 1000 - truth.box.left) < 0.02
    command = [str(BIN / "docwitness"), "read", str(path)]
    environment = os.environ | {"DOCWITNESS_URL": server.url, "DOCWITNESS_API_KEY": server.key}
    printed = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    assert printed.strip() == text.text


def test_a_job_of_several_documents(server: RunningServer, drawn: Drawn) -> None:
    paths = [drawn["invoice"][1], drawn["receipt"][1]]
    with Client(server.url, server.key) as client:
        before = client.amount().free.used
        job = client.wait(client.submit(paths, template="invoice"), timeout=60, poll=0.2)
        assert (job.status, [document.name for document in job.documents]) == ("succeeded", [p.name for p in paths])
        result = job.documents[0].result
        assert result["invoice_number"].value == drawn["invoice"][0].truth["invoice_number"].value
        assert client.amount().free.used == before + 2


def test_the_command_line_explains_what_went_wrong(server: RunningServer, tmp_path: Path) -> None:
    nonsense = tmp_path / "notes.txt"
    nonsense.write_text("hello")
    refused = run_cli(server, str(nonsense), "--template", "invoice")
    assert refused.returncode == 1
    assert "expected an image" in refused.stderr
    assert run_cli(server, str(nonsense)).returncode == 2


def test_broken_documents_are_refused_and_cost_nothing(server: RunningServer, drawn: Drawn) -> None:
    headers = {"Authorization": f"Bearer {server.key}"}

    def used() -> int:
        return int(httpx.get(f"{server.url}/amount", headers=headers).json()["free"]["used"])

    before = used()
    whole = drawn["receipt"][1].read_bytes()
    bomb = encoded(Image.new("1", (30_000, 30_000)))
    for document, status in (
        (whole[: len(whole) // 2], 400),
        (b"hello", 400),
        (b"%PDF-1.4 nothing", 400),
        (pdf("secret", password="x"), 400),
        (pdf(*["page"] * 21), 413),
        (bomb, 413),
        (bytes(10_000_001), 413),
    ):
        response = httpx.post(
            f"{server.url}/ocr/fields", files={"file": document}, data={"templateId": "invoice"}, headers=headers
        )
        assert response.status_code == status, response.text
    assert used() == before


def test_the_log_is_structured_and_holds_no_content(server: RunningServer, drawn: Drawn) -> None:
    with Client(server.url, server.key) as client:
        result = client.extract(drawn["receipt"][1], template="receipt")
    text = server.log.read_text()
    entries = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    (entry,) = [e for e in entries if e["event"] == "charged" and e["request_id"] == result.request_id]
    assert entry["pages"] == 1
    assert entry["read"] > 0
    for private in ("Corner", "Espresso", server.key):
        assert private not in text
