"""One time limit for a whole call, and callers that hang up."""

from __future__ import annotations

import base64
import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn

from schemas.deadline import CallerGone, checkpoint
from schemas.fields import Schema
from schemas.own_party import OwnParty
from schemas.pages import Document
from schemas.results import Proposal
from tests.contract.conftest import FIELDS, Api, start
from tests.fakes import FakeExtractor


class Endless(FakeExtractor):
    """Works until it is stopped, and remembers what stopped it."""

    def __init__(self) -> None:
        super().__init__([])
        self.started, self.stopped = threading.Event(), threading.Event()
        self.reason: BaseException | None = None

    def propose(
        self, document: Document, schema: Schema, locale: str | None = None, own: OwnParty | None = None
    ) -> list[Proposal]:
        self.started.set()
        try:
            while True:
                checkpoint()
                time.sleep(0.01)
        except BaseException as reason:
            self.reason = reason
            self.stopped.set()
            raise


@pytest.fixture
def endless() -> Endless:
    return Endless()


def body() -> bytes:
    return json.dumps({"image": base64.b64encode(b"a page").decode(), "fields": FIELDS}).encode()


def test_extraction_that_takes_too_long(tmp_path: Path, endless: Endless) -> None:
    for api in start(tmp_path, extractor=endless, max_seconds=0.5):
        answer = api.http.post("/ocr/fields", content=body(), headers=api.headers)
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "document_too_slow")
        assert "at most 0.5 seconds" in answer.json()["error"]["message"]
        assert api.used() == 0


@pytest.fixture
def served(tmp_path: Path, endless: Endless) -> Iterator[tuple[Api, int]]:
    """An API that listens on a port, too, because only a real connection can be closed."""
    for api in start(tmp_path, extractor=endless, max_seconds=60):
        with socket.socket() as listening:
            listening.bind(("127.0.0.1", 0))
            listening.listen()
            server = uvicorn.Server(uvicorn.Config(api.http.app, lifespan="off", log_config=None))
            thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
            thread.start()
            yield api, listening.getsockname()[1]
            server.should_exit = True
            thread.join()


def test_a_caller_that_hangs_up_is_not_worked_for(served: tuple[Api, int], endless: Endless) -> None:
    api, port = served
    head = f"POST /ocr/fields HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer {api.key}\r\n"
    head += f"Content-Type: application/json\r\nContent-Length: {len(body())}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(head.encode() + body())
        assert endless.started.wait(20)
    assert endless.stopped.wait(20)
    assert isinstance(endless.reason, CallerGone)
    assert api.used() == 0
