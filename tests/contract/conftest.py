"""The real app, in process, with fakes for the slow rooms and the real client in front."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from accounts import AccountStore, migrate
from fieldproof import Client, Retries
from schemas.fields import FieldType
from schemas.results import Proposal
from service.app import create_app
from service.settings import Settings
from tests.fakes import FakeExtractor, FakeReader, document, word_ids

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
    store: AccountStore
    settings: Settings

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}

    def used(self) -> int:
        """Charged calls, as the API tells them."""
        return int(self.http.get("/amount", headers=self.headers).json()["free"]["used"])


def start(tmp_path: Path, **settings: object) -> Iterator[Api]:
    chosen = Settings(data_dir=tmp_path, **settings)  # type: ignore[arg-type]
    url = chosen.effective_database_url()
    migrate(url)
    key = asyncio.run(_key(url))
    store, reader = AccountStore(url), FakeReader(PAGE)
    app = create_app(chosen, reader=reader, extractor=FakeExtractor(PROPOSALS), account_store=store)
    with TestClient(app, raise_server_exceptions=False) as http:
        client = Client(str(http.base_url), key, http_client=http, retries=Retries(attempts=1))
        yield Api(http, client, key, reader, store, chosen)


async def _key(url: str) -> str:
    store = AccountStore(url)
    key = await store.create_key("tests")
    await store.close()
    return key


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    yield from start(tmp_path)
