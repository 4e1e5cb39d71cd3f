"""The choice of an extractor, and who may choose, against a fake server of a language model."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from docwitness import ApiError
from extractors.llm import Chat, Endpoint, LlmExtractor
from service.pipeline.assembly import SetupError, open_extractors
from service.settings import Settings
from tests.contract.conftest import Api, start
from tests.fakes import FakeExtractor

OWN = FakeExtractor([])

BODY: dict[str, Any] = {
    "image": "eA==",
    "fields": [{"name": "number", "type": "string"}, {"name": "made_up", "type": "string"}],
}


class Model:
    """Answers with the first word that has a digit, and with a value that is not on the page."""

    def __init__(self) -> None:
        self.status = 200
        model = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                word = re.search(r"(\d+)\|(\S*\d\S*)", body["messages"][1]["content"])
                assert word is not None
                answer = {
                    "number": {"value": word[2], "words": [int(word[1])]},
                    "made_up": {"value": "Atlantis", "words": [0]},
                }
                message = {"content": json.dumps(answer)}
                reply = json.dumps({"choices": [{"message": message, "finish_reason": "stop"}]}).encode()
                self.send_response(model.status)
                self.end_headers()
                self.wfile.write(reply)

            def log_message(self, *_: Any) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.http.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}/v1"


@pytest.fixture
def model() -> Iterator[Model]:
    running = Model()
    yield running
    running.http.shutdown()
    running.http.server_close()


@pytest.fixture
def api(tmp_path: Path, model: Model) -> Iterator[Api]:
    llm = LlmExtractor(Chat(Endpoint(model.url, "a-model", attempts=1)), 10_000)
    yield from start(tmp_path, choices={"docwitness": LlmExtractor, "llm": llm}, may_choose_extractor=True)


def ask(api: Api, headers: dict[str, str] | None = None, **more: Any) -> Any:
    return api.http.post("/ocr/fields", json=BODY | {"extractor": "llm"} | more, headers=headers or api.headers)


def test_a_call_chooses_the_model(api: Api) -> None:
    data = ask(api).json()["data"]
    assert (data["number"]["value"], data["number"]["status"]) == ("4711", "grounded")
    assert (data["made_up"]["value"], data["made_up"]["status"]) == (None, "not_found")
    assert ask(api, extractor=None).json()["data"]["number"]["value"] == "4711"  # by the default one


def test_the_client_chooses(api: Api) -> None:
    result = api.client.extract(b"x", fields=BODY["fields"], extractor="llm")
    assert result.raw["data"]["made_up"]["status"] == "not_found"
    job = api.client.submit([b"x"], fields=BODY["fields"], extractor="llm")
    api.work()
    (document,) = api.client.job(job.id).documents
    assert document.status == "succeeded"
    with pytest.raises(ApiError, match="expected 'docwitness', 'layoutlmv3' or 'llm'"):
        api.client.extract(b"x", fields=BODY["fields"], extractor="gpt")


def test_who_may_choose(api: Api) -> None:
    headers = api.as_account("bound", may_choose_extractor=False)
    reply = ask(api, headers)
    assert (reply.status_code, reply.json()["error"]["code"]) == (403, "extractor_not_allowed")
    jobs = api.http.post("/ocr/jobs", json=BODY | {"extractor": "llm"}, headers=headers)
    assert jobs.json()["error"]["code"] == "extractor_not_allowed"
    assert ask(api, extractor="gpt").json()["error"]["code"] == "validation_failed"


def test_jobs_choose_too(api: Api) -> None:
    job = api.http.post("/ocr/jobs", json=BODY | {"extractor": "llm"}, headers=api.headers).json()["job"]["id"]
    api.work()
    (found,) = api.http.get(f"/jobs/{job}", headers=api.headers).json()["documents"]
    assert found["result"]["data"]["made_up"]["status"] == "not_found"


@pytest.mark.parametrize(("status", "answered", "code"), [(503, 503, "unavailable"), (400, 502, "extractor_failed")])
def test_a_model_that_fails_costs_nothing(api: Api, model: Model, status: int, answered: int, code: str) -> None:
    model.status = status
    reply = ask(api)
    assert (reply.status_code, reply.json()["error"]["code"]) == (answered, code)
    assert "4711" not in reply.text
    assert api.used() == 0


def test_settings_choose_the_default(model: Model) -> None:
    with open_extractors(Settings(llm_url=model.url, llm_model="a-model", extractor="llm"), OWN) as choices:
        assert list(choices) == ["docwitness", "llm"]
        assert choices["llm"].model == ("a-model", "remote")
    with pytest.raises(SetupError, match="DOCWITNESS_LLM_URL"), open_extractors(Settings(extractor="llm"), OWN):
        pass
    assert "hush" not in repr(Settings(llm_key="hush"))


def test_a_checkpoint_that_is_not_there(tmp_path: Path) -> None:
    """Also where its extra is not installed the message says what to do."""
    with (
        pytest.raises(SetupError, match="DOCWITNESS_LAYOUTLMV3 is not set"),
        open_extractors(Settings(extractor="layoutlmv3"), OWN),
    ):
        pass
    needed = "the checkpoint is missing" if find_spec("peft") else r"pip install '.\[layoutlmv3\]'"
    with pytest.raises(SetupError, match=needed), open_extractors(Settings(layoutlmv3=tmp_path / "none"), OWN):
        pass
