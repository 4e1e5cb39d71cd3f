"""Documents from URLs that callers name: the one door from a stranger's word to the network."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from functools import partial
from importlib.metadata import version
from urllib.parse import urljoin

import httpx
from anyio import CapacityLimiter
from anyio.to_thread import run_sync

from service.contract.errors import ApiError
from service.outbound.public_addresses import NotAllowed, Resolve, public_address, target_of

MAX_REDIRECTS = 5
_RESOLVERS = 16
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class Fetcher:
    """Gets what a URL leads to, from where that is allowed."""

    def __init__(
        self,
        *,
        enabled: bool,
        hosts: Sequence[str],
        allow_private: bool,
        max_bytes: int,
        seconds: float,
        resolve: Resolve | None = None,
    ) -> None:
        """Open nothing yet.

        Args:
            enabled: whether anything is fetched at all.
            hosts: those that may be asked, `*.example.com` for all below one; empty for every host.
            allow_private: also from addresses that are not public.
            max_bytes: of what is fetched.
            seconds: for all of it, redirects included.
            resolve: host and port -> addresses; asks this machine by default.
        """
        self._enabled = enabled
        self._hosts = [host.lower().rstrip(".") for host in hosts]
        self._allow_private = allow_private
        self._max_bytes = max_bytes
        self._seconds = seconds
        self._resolve = resolve
        self._tls = ssl.create_default_context()
        # threads of their own: a stranger's slow name server must not keep others from the database
        self._resolvers = CapacityLimiter(_RESOLVERS)

    async def fetch(self, url: str) -> bytes:
        """What the URL leads to; each redirect is checked as the URL itself was. What it is, its bytes say.

        Raises:
            ApiError: `url_not_allowed`, or `url_failed`: no answer, not in time, not 200; `payload_too_large`.
        """
        if not self._enabled:
            message = "documents are not fetched from URLs here; download it and send base64 or multipart"
            raise ApiError("url_not_allowed", message)
        try:
            async with asyncio.timeout(self._seconds):
                for _ in range(MAX_REDIRECTS + 1):
                    found = await self._step(url)
                    if isinstance(found, bytes):
                        return found
                    url = found
        except NotAllowed as error:
            raise ApiError("url_not_allowed", str(error)) from None
        except TimeoutError:
            raise ApiError("url_failed", f"the URL did not deliver within {self._seconds:g} s") from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            # what exactly went wrong would tell a stranger about the network here
            raise ApiError("url_failed", f"the URL could not be fetched ({type(error).__name__})") from None
        raise ApiError("url_failed", f"the URL redirects more than {MAX_REDIRECTS} times")

    async def _step(self, url: str) -> bytes | str:
        """The document, or where to go on."""
        target = target_of(url)
        if not self._may_ask(target.host):
            raise NotAllowed(f"{target.host} is not among the hosts that documents are fetched from here")
        resolving = partial(public_address, target, self._resolve, self._allow_private)
        address = await run_sync(resolving, abandon_on_cancel=True, limiter=self._resolvers)
        parsed = httpx.URL(url)
        # The address that was checked is the one that is connected to; no proxy and no credentials from the
        # environment. What is sent is counted as it comes, so it must come unpacked.
        headers = {
            "host": parsed.netloc.decode(),
            "accept-encoding": "identity",
            "user-agent": f"docwitness/{version('docwitness-server')}",
        }
        async with (
            httpx.AsyncClient(verify=self._tls, timeout=self._seconds, trust_env=False, follow_redirects=False) as http,
            http.stream(
                "GET",
                parsed.copy_with(host=address),
                headers=headers,
                extensions={"sni_hostname": target.host},
            ) as response,
        ):
            if response.status_code in _REDIRECTS and "location" in response.headers:
                return urljoin(url, response.headers["location"])
            if response.status_code != 200:
                raise ApiError("url_failed", f"the URL answered with the status {response.status_code}, not 200")
            content = bytearray()
            async for part in response.aiter_raw():
                content += part
                if len(content) > self._max_bytes:
                    message = f"a document may have at most {self._max_bytes:,} bytes; the URL leads to a larger one"
                    raise ApiError("payload_too_large", message)
            return bytes(content)

    def _may_ask(self, host: str) -> bool:
        name = host.lower().rstrip(".")
        return not self._hosts or any(
            name.endswith(allowed[1:]) if allowed.startswith("*.") else name == allowed for allowed in self._hosts
        )
