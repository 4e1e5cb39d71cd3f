"""Published clients against a real service: what they ask for, they understand."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest

from scripts.server import RunningServer
from tests.contract.vendors.conftest import run_client
from tests.contract.vendors.drawing import quota_invoice
from tests.files import encoded
from training.samples import Sample

Drawn = tuple[Sample, Path]
NUMBER, DATE, TOTAL, NET = "NL-2025-0417", "2025-04-30", 2217.12, 1847.60


def env(live: RunningServer, document: Path, **more: str) -> dict[str, str]:
    return {"URL": live.url, "KEY": live.key, "DOCUMENT": str(document), **more}


def test_mindee_2(live: RunningServer, sample: Drawn) -> None:
    found = run_client("mindee-2.0.2", "mindee_2_0_2.py", **env(live, sample[1]))
    assert found == {
        "invoice_number": NUMBER,
        "date": DATE,
        "total_incl": TOTAL,
        "total_excl": NET,
        "supplier": "Northlight Instruments Ltd",
        "taxes": [[369.52, 20.0]],
        "language": "en",
        "refused": found["refused"],
    }
    assert "Invalid token provided" in found["refused"]


@pytest.mark.parametrize("base_path", ["/v1", ""])
def test_mindee_4(live: RunningServer, sample: Drawn, base_path: str) -> None:
    found = run_client("mindee-4.36.1", "mindee_4_36_1.py", **env(live, sample[1], BASE_PATH=base_path))
    assert found["invoice_number"] == found["page_invoice_number"] == found["queued"] == NUMBER
    assert found["status"] == "completed"
    assert all(0 < coordinate < 1 for point in found["polygon"] for coordinate in point)
    assert [line[1:] for line in found["lines"]] == [
        [12, 48.5, 582.0],
        [12, 9.8, 117.6],
        [2, 319.0, 638.0],
        [6, 85.0, 510.0],
    ]
    assert found["address"] == ["14", "Harbour Street", "BS1 5TT", "Bristol"]
    assert found["words"] > 50
    assert NUMBER in found["text"]
    assert (found["croppings"], found["orientation"]) == (1, 0)
    assert "Invalid token provided" in found["bad_key"]["text"]
    assert "not public" in found["bad_url"]["text"]
    assert "404" in found["bad_queue"]["text"]


def test_mindee_5(live: RunningServer, sample: Drawn) -> None:
    found = run_client("mindee-5.4.0", "mindee_5_4_0.py", **env(live, sample[1]))
    assert found["first"] == found["number"] == NUMBER
    assert found["supplier_raw"] == "Northlight Instruments Ltd"
    assert found["due_date"] == ["2025-05-30", False]
    assert found["confidence"] in ("Certain", "High")
    assert (found["page"], len(found["polygon"])) == (0, 4)
    assert NUMBER in found["raw_text"]
    assert found["alias"] == "mine"
    assert found["own"] == ["line_items", "total_amount"]
    assert found["total"] == TOTAL
    assert "Thermal sensor, stainless steel" in found["lines"]
    assert "there is no template 'nothing'" in found["unknown_model"]["text"]
    assert "401" in found["bad_key"]["text"]
    assert "404" in found["no_job"]["text"]


def test_huawei(live: RunningServer, tmp_path: Path) -> None:
    path = tmp_path / "quota.png"
    path.write_bytes(encoded(quota_invoice()))
    headers, wanted = {"Authorization": f"Bearer {live.key}"}, {"name": "signs", "signing": True}
    key = httpx.post(f"{live.url}/keys", headers=headers, json=wanted, trust_env=False).json()["key"]
    found = run_client("huaweicloudsdkocr-3.1.219", "huawei_3_1_219.py", **env(live, path) | {"KEY": key})
    confidence = found["result"].pop("confidence")
    assert found.pop("result") == {
        "number": "91234561",
        "code": "144031506211",
        "location": "广东省",
        "amount": "壹佰元整",
    }
    assert all(0.5 < value <= 1 for value in confidence.values())
    assert {name: answer[:2] for name, answer in found.items()} == {
        "wrong_secret": [401, "APIG.0301"],
        "wrong_access": [401, "APIG.0301"],
        "both": [400, "AIS.0101"],
        "private": [400, "ModelArts.4601"],
    }


def curl(*arguments: str) -> dict[str, Any]:
    done = subprocess.run(["curl", "-s", *arguments], capture_output=True, text=True, timeout=60, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
def test_mindees_curl_sample_with_its_two_boundaries(live: RunningServer, sample: Drawn) -> None:
    """The header of the sample names a boundary, curl adds its own; the last one counts."""
    found = curl(
        *("-X", "POST", f"{live.url}/v1/products/mindee/invoices/v2/predict"),
        *("-H", f"Authorization: Token {live.key}"),
        *("-H", "content-type: multipart/form-data; boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW"),
        *("-F", f"document=@{sample[1]}"),
    )
    assert found["document"]["inference"]["prediction"]["invoice_number"]["value"] == NUMBER


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
def test_curl_samples_without_credentials(live: RunningServer, sample: Drawn, tmp_path: Path) -> None:
    ocr = tmp_path / "ocr_data.json"
    ocr.write_text(
        json.dumps({"words": ["Invoice", "No.", NUMBER], "bboxes": [[1, 1, 9, 9], [10, 1, 19, 9], [20, 1, 90, 9]]})
    )
    assert curl(f"{live.url}/health")["model_loaded"] is True
    found = curl("-X", "POST", f"{live.url}/predict", "-F", f"image=@{sample[1]}", "-F", f"ocr_file=@{ocr}")
    assert (found["invoice_number"], found["extraction_method"]) == (NUMBER, "heuristic")
    lines = curl("-X", "POST", f"{live.url}/ocr", "-F", f"file=@{sample[1]};type=image/png")
    assert lines["n_segments"] == len(lines["lines"]) == len(lines["confidences"]) > 20


NODE = """
const fs = require('fs');
(async () => {
  const form = new FormData();
  form.append('image', new Blob([fs.readFileSync(process.env.DOCUMENT)]), 'invoice.png');
  form.append('ocr_file', new Blob(['1,1,90,1,90,9,1,9,Invoice number: A-4711']), 'ocr_data.txt');
  const ner = await (await fetch(process.env.URL + '/predict', {method: 'POST', body: form})).json();
  const data = new FormData();
  data.append('document', new Blob([fs.readFileSync(process.env.DOCUMENT)]), 'file.png');
  const response = await fetch(process.env.URL + '/v1/products/mindee/invoices/v2/predict', {
    method: 'POST', headers: {Authorization: 'Token ' + process.env.KEY, Origin: 'https://app.example'}, body: data});
  const cors = response.headers.get('access-control-allow-origin');
  const mindee = await response.json();
  console.log(JSON.stringify([ner.invoice_number, mindee.document.inference.prediction.invoice_number.value, cors]));
})();
"""


@pytest.mark.skipif(not shutil.which("node"), reason="Node is not installed")
def test_node_and_browser_samples(live: RunningServer, sample: Drawn) -> None:
    done = subprocess.run(
        ["node", "-e", NODE], env=env(live, sample[1]), capture_output=True, text=True, timeout=60, check=True
    )
    assert json.loads(done.stdout) == ["A-4711", NUMBER, "*"]
