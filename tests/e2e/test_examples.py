"""The programs in `examples/` run as their first lines say, against a live service."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from scripts.server import RunningServer, running_server

pytestmark = pytest.mark.slow
EXAMPLES = Path(__file__).parents[2] / "examples"
DOCUMENTS = EXAMPLES / "documents"


@pytest.fixture(scope="module")
def receiving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A service that may send webhooks to this machine."""
    with running_server(tmp_path_factory.mktemp("server"), webhook_private_addresses="true") as running:
        yield running


def run(server: RunningServer, program: str, *arguments: Path) -> str:
    environment = os.environ | {"DOCWITNESS_URL": server.url, "DOCWITNESS_API_KEY": server.key}
    command = [sys.executable, str(EXAMPLES / program), *map(str, arguments)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_invoice_to_json(receiving: RunningServer, tmp_path: Path) -> None:
    printed = run(receiving, "invoice_to_json.py", DOCUMENTS / "invoice.jpg", tmp_path)
    assert "invoice_number: NL-2025-0417 (page 1, confidence " in printed
    answer = json.loads((tmp_path / "invoice.json").read_text())
    assert answer["data"]["total_amount"]["value"] == 2217.12
    with Image.open(tmp_path / "invoice-page-1.png") as page, Image.open(DOCUMENTS / "invoice.jpg") as document:
        assert page.size == document.size


def test_folder_to_csv(receiving: RunningServer, tmp_path: Path) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    for path in DOCUMENTS.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    (folder / "broken.pdf").write_bytes(b"not a document")
    run(receiving, "folder_to_csv.py", folder, tmp_path)
    with (tmp_path / "accounts.csv").open() as file:
        accounts = {row.pop("document"): row for row in csv.DictReader(file)}
    with (tmp_path / "review.csv").open() as file:
        review = list(csv.DictReader(file))
    assert set(accounts) == {"fax.jpg", "invoice.jpg", "receipt.jpg"}
    assert accounts["invoice.jpg"]["total_amount"] == "2217.12"
    assert accounts["receipt.jpg"]["total_amount"] == "23.30"
    assert "broken.pdf" in {row["document"] for row in review}
    doubted = " ".join(row["field"] for row in review if row["document"] == "fax.jpg").split()
    misread = {name for name, value in accounts["fax.jpg"].items() if value != accounts["invoice.jpg"][name]}
    assert misread <= set(doubted)


def test_webhook_to_erp(receiving: RunningServer, tmp_path: Path) -> None:
    target = tmp_path / "bookings.jsonl"
    printed = run(receiving, "webhook_to_erp.py", target, DOCUMENTS / "invoice.jpg", DOCUMENTS / "receipt.jpg")
    assert "succeeded, says the webhook" in printed
    invoice, receipt = (json.loads(line) for line in target.read_text().splitlines())
    assert (invoice["invoice_number"], invoice["total_due"]) == ("NL-2025-0417", "2217.12")
    assert [item["line_total"] for item in invoice["line_items"]] == ["582.00", "117.60", "638.00", "510.00"]
    assert receipt["total_due"] == "23.30"
