"""Fetching from two servers on this machine: one counts as public here, the other must not be called."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from service.contract.errors import ApiError
from service.outbound import public_addresses as addresses
from service.outbound.fetching import Fetcher

PUBLIC, PRIVATE = "127.0.0.2", "127.0.0.1"


class Server:
    """Responds as a test wants, and records the requests."""

    def __init__(self, address: str) -> None:
        self.requests: list[tuple[str, str | None]] = []
        self.answers: dict[str, Callable[[BaseHTTPRequestHandler], None]] = {}
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.requests.append((self.path, self.headers["Host"]))
                server.answers[self.path](self)

            def log_message(self, *_: Any) -> None:
                pass

        self.http = ThreadingHTTPServer((address, 0), Handler)
        self.port = self.http.server_address[1]
        threading.Thread(target=self.http.serve_forever, daemon=True).start()


@pytest.fixture
def servers(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Server]]:
    found = {"public": Server(PUBLIC), "private": Server(PRIVATE)}
    monkeypatch.setattr(addresses, "is_public", lambda address: address == PUBLIC)
    yield found
    for server in found.values():
        server.http.shutdown()
        server.http.server_close()


def sends(content: bytes, status: int = 200, **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(content)

    return answer


def fetcher(resolve: addresses.Resolve | None = None, **settings: Any) -> Fetcher:
    defaults: dict[str, Any] = {"enabled": True, "hosts": [], "allow_private": False, "max_bytes": 1000, "seconds": 5.0}
    return Fetcher(**defaults | settings, resolve=resolve or (lambda host, _: [PUBLIC]))


def fetched(url: str, **settings: Any) -> bytes:
    return asyncio.run(fetcher(**settings).fetch(url))


def code(url: str, **settings: Any) -> str:
    with pytest.raises(ApiError) as caught:
        fetched(url, **settings)
    return caught.value.code


def test_a_document_is_fetched_under_its_own_name(servers: dict[str, Server]) -> None:
    public = servers["public"]
    public.answers["/a.png?x=1"] = sends(b"picture")
    assert fetched(f"http://files.example:{public.port}/a.png?x=1") == b"picture"
    assert public.requests == [("/a.png?x=1", f"files.example:{public.port}")]


def test_a_name_that_resolves_differently_the_second_time_is_resolved_once(servers: dict[str, Server]) -> None:
    public = servers["public"]
    public.answers["/"] = sends(b"picture")
    answers = iter([[PUBLIC], [PRIVATE]])
    assert fetched(f"http://rebound.example:{public.port}/", resolve=lambda *_: next(answers)) == b"picture"
    assert next(answers) == [PRIVATE]


def test_one_private_address_among_public_ones_is_enough(servers: dict[str, Server]) -> None:
    port = servers["private"].port
    assert code(f"http://mixed.example:{port}/", resolve=lambda *_: [PUBLIC, PRIVATE]) == "url_not_allowed"
    assert servers["private"].requests == []


def test_redirects_are_followed_and_checked(servers: dict[str, Server]) -> None:
    public, private = servers["public"], servers["private"]

    def resolve(host: str, _: int) -> Sequence[str]:
        return [PRIVATE] if host == "inside.example" else [PUBLIC]

    public.answers["/"] = sends(b"", 302, Location="/next")
    public.answers["/next"] = sends(b"", 307, Location=f"http://other.example:{public.port}/there")
    public.answers["/there"] = sends(b"picture")
    assert fetched(f"http://files.example:{public.port}/", resolve=resolve) == b"picture"

    public.answers["/"] = sends(b"", 302, Location=f"http://inside.example:{private.port}/secret")
    assert code(f"http://files.example:{public.port}/", resolve=resolve) == "url_not_allowed"
    assert private.requests == []
    public.answers["/"] = sends(b"", 302, Location="file:///etc/passwd")
    assert code(f"http://files.example:{public.port}/", resolve=resolve) == "url_not_allowed"
    for malformed in ("http://[bad", "//[", "http://\udcff/"):
        public.answers["/"] = sends(b"", 302, Location=malformed.encode("utf-8", "replace").decode("latin-1"))
        assert code(f"http://files.example:{public.port}/", resolve=resolve) in ("url_failed", "url_not_allowed")
    public.answers["/"] = sends(b"", 302, Location="/")
    assert code(f"http://files.example:{public.port}/", resolve=resolve) == "url_failed"


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0177.0.0.1",
        "0x7f000001",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[fe80::1]",
        "169.254.169.254",
        "0.0.0.0",
        "localhost",
        "[64:ff9b::7f00:1]",
    ],
)
def test_no_form_of_an_internal_address_is_called(host: str) -> None:
    with pytest.raises(ApiError) as caught:
        asyncio.run(
            Fetcher(enabled=True, hosts=[], allow_private=False, max_bytes=1, seconds=5).fetch(f"http://{host}/")
        )
    assert caught.value.code == "url_not_allowed"


def test_hosts_may_be_listed(servers: dict[str, Server]) -> None:
    public = servers["public"]
    public.answers["/"] = sends(b"picture")
    listed = ["files.example", "*.bucket.example"]
    for host in ("files.example", "FILES.example.", "a.bucket.example"):
        assert fetched(f"http://{host}:{public.port}/", hosts=listed) == b"picture"
    for host in ("bucket.example", "files.example.evil.example", "xfiles.example"):
        assert code(f"http://{host}:{public.port}/", hosts=listed) == "url_not_allowed"
    assert code(f"http://files.example:{public.port}/", enabled=False) == "url_not_allowed"


def test_private_addresses_where_they_are_allowed(servers: dict[str, Server]) -> None:
    private = servers["private"]
    private.answers["/"] = sends(b"picture")
    url = f"http://files.internal:{private.port}/"
    assert fetched(url, resolve=lambda *_: [PRIVATE], allow_private=True) == b"picture"


def test_size_and_status(servers: dict[str, Server]) -> None:
    public = servers["public"]
    public.answers["/"] = sends(b"x" * 1001)
    assert code(f"http://files.example:{public.port}/") == "payload_too_large"
    public.answers["/"] = sends(b"gone", 404)
    assert code(f"http://files.example:{public.port}/") == "url_failed"


def test_time(servers: dict[str, Server]) -> None:
    public = servers["public"]

    def drips(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        for _ in range(20):
            time.sleep(0.1)
            try:
                request.wfile.write(b"x")
            except OSError:
                return

    public.answers["/"] = drips
    assert code(f"http://files.example:{public.port}/", seconds=0.5) == "url_failed"

    def slow(host: str, port: int) -> Sequence[str]:
        time.sleep(1)
        return [PUBLIC]

    assert code(f"http://files.example:{public.port}/", seconds=0.3, resolve=slow) == "url_failed"


def test_names_that_do_not_resolve() -> None:
    def unknown(host: str, port: int) -> Sequence[str]:
        raise OSError("unknown")

    assert code("http://nowhere.example/", resolve=unknown) == "url_failed"
    assert code("http://nowhere.example/", resolve=lambda *_: []) == "url_failed"
