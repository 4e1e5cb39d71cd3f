"""The real app, in process, with fakes for the slow packages and the real client in front."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from accounts import Accounts, utc_now
from docwitness import Client, Retries
from schemas.fields import FieldType
from schemas.results import Proposal
from service.app import create_app
from service.jobs.job_files import JobFiles
from service.jobs.runtime import make_job_service
from service.jobs.worker import Worker
from service.pipeline.pipeline import Pipeline
from service.settings import Settings
from tests.databases import with_tables
from tests.fakes import Clock, FakeExtractor, FakeQueue, FakeReader, document, word_ids

PAGE = document(
    """
Invoice no: 4711              Date: 30.4.2025
Widget                  2     10.00     20.00
Total                                   20.00
"""
)
PROPOSALS = [
    Proposal(("number",), FieldType.STRING, "4711", word_ids(PAGE, "4711"), 0.9),
    Proposal(("date",), FieldType.DATE, "30.4.2025", word_ids(PAGE, "30.4.2025"), 0.9),
    Proposal(("items", 0, "what"), FieldType.STRING, "Widget", word_ids(PAGE, "Widget"), 0.8),
    Proposal(("items", 0, "pieces"), FieldType.NUMBER, "2", word_ids(PAGE, "2"), 0.8),
    Proposal(("items", 0, "price_each"), FieldType.MONEY, "10.00", word_ids(PAGE, "10.00"), 0.8),
    Proposal(("items", 0, "sum"), FieldType.MONEY, "20.00", (word_ids(PAGE, "20.00")[0],), 0.8),
]
FIELDS: list[dict[str, Any]] = [
    {"name": "number", "type": "string"},
    {"name": "date", "type": "date"},
    {"name": "missing", "type": "money"},
    {
        "name": "items",
        "type": "array",
        "children": [{"name": "what", "type": "string"}, {"name": "sum", "type": "money"}],
    },
]


@dataclass
class Api:
    """A running app with a key, and the fakes behind it."""

    http: TestClient[Litestar]
    client: Client
    key: str
    reader: FakeReader
    extractor: FakeExtractor
    accounts: Accounts
    settings: Settings
    queue: FakeQueue
    worker: Worker

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}

    def used(self) -> int:
        """Return the number of charged calls, as the API reports it."""
        return int(self.http.get("/amount", headers=self.headers).json()["free"]["used"])

    def work(self) -> None:
        """Process the queue in its order."""
        while self.queue.documents:
            waiting, _delay = self.queue.documents.pop(0)
            self.worker.work(waiting.id)

    def as_account(self, name: str, **terms: object) -> dict[str, str]:
        """Create another account with a key, and return its headers."""
        self.accounts.account_store.create(name, **terms)
        return {"Authorization": f"Bearer {self.accounts.keys.create(name, account=name).secret}"}


def start(
    tmp_path: Path,
    clock: Clock | None = None,
    choices: dict[str, Any] | None = None,
    extractor: FakeExtractor | None = None,
    **settings: object,
) -> Iterator[Api]:
    chosen = Settings(data_dir=tmp_path, **settings)  # type: ignore[arg-type]
    url = chosen.effective_database_url()
    with_tables(url)
    queue = FakeQueue()
    accounts = Accounts(url, chosen.default_plan(), clock or utc_now, cipher=chosen.secret_cipher(), queue=queue)
    key = accounts.keys.create("tests").secret
    reader, files = FakeReader(PAGE), JobFiles(chosen.effective_store_url())
    extractor = extractor or FakeExtractor(PROPOSALS)
    pipeline = Pipeline(reader, extractor, choices, max_seconds=chosen.max_seconds)
    worker = Worker(accounts, files, pipeline, 1, chosen.max_document_bytes)
    service = make_job_service(chosen, accounts, files)
    app = create_app(chosen, pipeline=pipeline, accounts=accounts, job_service=service)
    with closing(accounts), TestClient(app, raise_server_exceptions=False) as http:
        client = Client(str(http.base_url), key, http_client=http, retries=Retries(attempts=1))
        yield Api(http, client, key, reader, extractor, accounts, chosen, queue, worker)


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    yield from start(tmp_path)
