"""Compare the answer that Mindee's guide publishes for one invoice with ours, if guide and invoice are available."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from scripts.server import RunningServer

SHARED = Path(__file__).parents[4] / "shared"
GUIDE = SHARED / "seeds" / "mindee-invoice-ocr.txt"
INVOICE = SHARED / "eval" / "dev" / "mindee_client-lib-test-data" / "mindee_turnpike.jpg"
pytestmark = pytest.mark.skipif(
    not (GUIDE.exists() and INVOICE.exists()), reason="the guide and its invoice are not here"
)


def published() -> dict[str, Any]:
    samples = re.findall(r'"code": ("\{\\n.*?"),\n\s+"language": "json"', GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    found: dict[str, Any] = next(
        answer for text in samples if "api_request" in (answer := json.loads(json.loads(text)))
    )
    return found


def answered(live: RunningServer) -> dict[str, Any]:
    reply = httpx.post(
        f"{live.url}/v1/products/mindee/invoices/v2/predict",
        headers={"Authorization": f"Token {live.key}"},
        files={"document": (INVOICE.name, INVOICE.read_bytes())},
        timeout=60,
    )
    found: dict[str, Any] = reply.json()
    return found


def keys(value: Any, path: str = "") -> Iterator[str]:
    """Every key, by its path; of lists those of the first item."""
    if isinstance(value, list) and value:
        yield from keys(value[0], f"{path}[]")
    elif isinstance(value, dict):
        for name, item in value.items():
            yield f"{path}.{name}"
            yield from keys(item, f"{path}.{name}")


def overlap(a: list[list[float]], b: list[list[float]]) -> float:
    """Intersection over union of the boxes around two polygons."""
    (al, at, ar, ab), (bl, bt, br, bb) = (
        (min(x for x, _ in p), min(y for _, y in p), max(x for x, _ in p), max(y for _, y in p)) for p in (a, b)
    )
    both = max(0.0, min(ar, br) - max(al, bl)) * max(0.0, min(ab, bb) - max(at, bt))
    return both / ((ar - al) * (ab - at) + (br - bl) * (bb - bt) - both)


def test_keys_values_and_places(live: RunningServer) -> None:
    wanted, given = published(), answered(live)
    assert set(keys(wanted)) <= set(keys(given))
    theirs, ours = (answer["document"]["inference"]["prediction"] for answer in (wanted, given))
    for name in ("invoice_number", "date", "due_date", "total_incl"):
        assert ours[name]["value"] == theirs[name]["value"]
    assert ours["due_date"]["raw"] == theirs["due_date"]["raw"]
    assert [(tax["value"], tax["rate"]) for tax in ours["taxes"]] == [
        (tax["value"], tax["rate"]) for tax in theirs["taxes"]
    ]
    assert ours["document_type"] == theirs["document_type"]
    assert ours["locale"]["language"] == theirs["locale"]["language"]
    assert ours["company_registration"] == ours["payment_details"] == []
    places = {
        name: overlap(theirs[name]["polygon"], ours[name]["polygon"]) for name in ("invoice_number", "date", "due_date")
    }
    places["tax"] = overlap(theirs["taxes"][0]["polygon"], ours["taxes"][0]["polygon"])
    assert {name: round(share, 2) for name, share in places.items() if share < 0.4} == {}
