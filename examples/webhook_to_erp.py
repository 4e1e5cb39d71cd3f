"""Submit documents as a job, wait for the signed webhook, and book the documents.

Each document is booked with its line items.

    python examples/webhook_to_erp.py build/examples/bookings.jsonl examples/documents/invoice.jpg …

Needs a running service that may call this machine (DOCWITNESS_WEBHOOK_PRIVATE_ADDRESSES=true), and its key with the
scope `admin` in DOCWITNESS_API_KEY. The schema is a pydantic class; a booking is one line of JSON.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from queue import Queue
from typing import Any

import httpx
from pydantic import BaseModel, Field

from docwitness import Client, SignatureMismatch, verify_webhook

URL = os.environ.get("DOCWITNESS_URL", "http://127.0.0.1:7860")
HEADERS = {"Authorization": f"Bearer {os.environ.get('DOCWITNESS_API_KEY', '')}"}
WAIT_SECONDS = 120.0
"""Maximum wait for each webhook."""


class Item(BaseModel):
    """One line of an invoice."""

    description: str | None
    quantity: Decimal | None
    unit_price: Decimal | None
    line_total: Decimal | None = Field(description="Net amount of the line")


class Invoice(BaseModel):
    """An invoice as the ERP needs it; the names and descriptions are the schema."""

    supplier_name: str | None
    invoice_number: str | None
    issue_date: date | None
    total_net: Decimal | None = Field(description="Total amount without tax")
    total_due: Decimal | None = Field(description="Total amount including tax")
    line_items: list[Item]


def main(target: Path, documents: list[Path]) -> None:
    """Append one booking per document to a file."""
    with _receiver() as receiver, Client(URL) as client:
        job = client.submit(documents, model=Invoice)
        print(f"{job.id}: {len(documents)} documents submitted")
        while (event := receiver.events.get(timeout=WAIT_SECONDS))["data"].get("jobId") != job.id:
            pass
        print(f"{job.id}: {event['data']['status']}, says the webhook")
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("a", encoding="utf-8") as file:
            for document in client.job(job).documents:
                if document.result is None:
                    print(f"{document.name}: not booked: {document.error and document.error.message}")
                    continue
                invoice = Invoice.model_validate(document.result.values())
                file.write(invoice.model_dump_json() + "\n")
                print(f"{document.name}: booked {invoice.total_due} with {len(invoice.line_items)} line items")


class _Receiver(HTTPServer):
    """Receives webhooks and keeps the events whose signature is right."""

    secret = ""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.events: Queue[dict[str, Any]] = Queue()
        self.url = f"http://127.0.0.1:{self.server_port}/docwitness"


class _Handler(BaseHTTPRequestHandler):
    server: _Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        try:
            self.server.events.put(verify_webhook(body, dict(self.headers), self.server.secret))
        except SignatureMismatch as error:
            self.send_error(400, str(error))
            return
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Keep the output to the example's own lines."""


@contextmanager
def _receiver() -> Iterator[_Receiver]:
    """Listen on a free port and register it as a webhook for as long as the block runs."""
    receiver = _Receiver()
    threading.Thread(target=receiver.serve_forever, daemon=True).start()
    with httpx.Client(base_url=URL, headers=HEADERS, trust_env=False) as api:
        created = (
            api.post("/webhooks", json={"url": receiver.url, "events": ["job.finished"]}).raise_for_status().json()
        )
        receiver.secret = created["secret"]
        try:
            yield receiver
        finally:
            api.delete(f"/webhooks/{created['id']}")
            receiver.shutdown()
            receiver.server_close()


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit("usage: webhook_to_erp.py TARGET DOCUMENT…")
    main(Path(sys.argv[1]), [Path(argument) for argument in sys.argv[2:]])
