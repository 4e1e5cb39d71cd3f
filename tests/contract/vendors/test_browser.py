"""Pages that call these APIs from a browser, as the systems' samples do: Debian's Chromium, real pages, a real service."""

from __future__ import annotations

import functools
import shutil
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from scripts.server import RunningServer
from tests.packages import install
from training.samples import Sample

pytestmark = pytest.mark.slow
NUMBER = "NL-2025-0417"
_QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--host-resolver-rules=MAP docwitness.test 127.0.0.1",
)
_PAGE = """<!doctype html><title>sample</title>
<input type="file" id="image"><input type="file" id="ocr"><button id="send">Send</button><output id="result"></output>
<script>
  const asked = new URLSearchParams(location.search), chosen = id => document.getElementById(id).files[0];
  const samples = {
    async ner() {
      const form = new FormData();
      form.append('image', chosen('image'));
      form.append('ocr_file', chosen('ocr'));
      const headers = asked.get('key') ? {Authorization: 'Bearer ' + asked.get('key')} : {};
      const response = await fetch(asked.get('url') + '/predict', {method: 'POST', body: form, headers});
      if (!response.ok) throw new Error('HTTP ' + response.status + ': ' + await response.text());
      return (await response.json()).invoice_number;
    },
    async mindee() {
      const form = new FormData();
      form.append('document', chosen('image'));
      const response = await fetch(asked.get('url') + '/v1/products/mindee/invoices/v4/predict',
        {method: 'POST', body: form, headers: {Authorization: 'Token ' + asked.get('key')}});
      return (await response.json()).document.inference.prediction.invoice_number.value;
    },
    async huawei() {
      const response = await fetch(asked.get('url') + '/v2/project/ocr/quota-invoice', {method: 'POST',
        headers: {'Content-Type': 'application/json', 'X-Auth-Token': asked.get('key')}, body: '{"image": "eA=="}'});
      return (await response.json()).error_code;
    },
  };
  document.getElementById('send').addEventListener('click', async () => {
    const result = document.getElementById('result');
    try { result.textContent = await samples[asked.get('sample')](); }
    catch (error) { result.textContent = 'Error: ' + error.message; }
  });
</script>"""


class _Files(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Serve the page, and return the port."""
    folder = tmp_path_factory.mktemp("pages")
    (folder / "sample.html").write_text(_PAGE)
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Files, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not shutil.which("chromium"):
        install("chromium")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(_QUIET))
        yield launched
        launched.close()


@pytest.fixture
def ocr(tmp_path: Path) -> Path:
    path = tmp_path / "ocr_data.txt"
    path.write_text("1,1,90,1,90,9,1,9,Invoice number: A-4711")
    return path


def shown(browser: Browser, page: str, image: Path, ocr: Path) -> str:
    """Return the text that a page shows after a click on its button."""
    with browser.new_context() as context:
        opened = context.new_page()
        opened.goto(page)
        opened.set_input_files("#image", image)
        opened.set_input_files("#ocr", ocr)
        opened.click("#send")
        opened.wait_for_function("document.getElementById('result').textContent !== ''")
        return opened.inner_text("#result")


def test_samples(browser: Browser, port: int, live: RunningServer, sample: tuple[Sample, Path], ocr: Path) -> None:
    """The page's own origin is another one than the API's."""
    here = f"http://localhost:{port}/sample.html?url={live.url.replace('127.0.0.1', 'localhost')}"
    for name, expected in {"mindee": NUMBER, "huawei": "AIS.0102", "ner": "A-4711"}.items():
        assert shown(browser, f"{here}&sample={name}&key={live.key}", sample[1], ocr) == expected


def test_without_a_key_a_page_of_this_machine_alone(
    browser: Browser, port: int, live: RunningServer, sample: tuple[Sample, Path], ocr: Path
) -> None:
    """To a browser 127.0.0.1 and localhost are two sites, as a page of the web and localhost are."""
    api = f"url={live.url.replace('127.0.0.1', 'localhost')}&sample=ner"
    assert shown(browser, f"http://localhost:{port}/sample.html?{api}", sample[1], ocr) == "A-4711"
    assert "HTTP 401" in shown(browser, f"http://127.0.0.1:{port}/sample.html?{api}", sample[1], ocr)


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
def test_the_documentation_is_drawn_from_here_alone(browser: Browser, live: RunningServer, path: str) -> None:
    """Under a name as a server has one: for localhost alone some of these pages ask nobody else."""
    url = live.url.replace("127.0.0.1", "docwitness.test")
    with browser.new_context() as context:
        opened = context.new_page()
        asked: list[str] = []
        opened.on("response", lambda response: asked.append(response.url))
        opened.on("requestfailed", lambda request: asked.append(request.url) if request.failure != "csp" else None)
        opened.goto(url + path)
        opened.get_by_text("/ocr/fields").first.wait_for()
        assert len(asked) > 2
        assert [url for url in asked if not url.startswith((url, "data:", "blob:"))] == []
