"""Fetch documents from callers' URLs without opening the internal network to them."""

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
"""Redirects followed for one document; each target's address is checked like the first."""
_MAX_RESOLVER_THREADS = 16
"""Threads for name resolution, apart from all others, so that a slow name server cannot block the database."""
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class Fetcher:
    """Fetches documents from URLs, if their addresses are allowed."""

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
        """Configure the fetcher; no connection is opened.

        Args:
            enabled: whether documents may be fetched at all.
            hosts: allowed hosts, `*.example.com` for all below one; empty allows every host.
            allow_private: whether addresses that are not public are allowed.
            max_bytes: largest size of a document.
            seconds: time limit for one document, redirects included.
            resolve: returns the addresses of a host and port; by default this machine's resolver.
        """
        self._enabled = enabled
        self._hosts = [host.lower().rstrip(".") for host in hosts]
        self._allow_private = allow_private
        self._max_bytes = max_bytes
        self._seconds = seconds
        self._resolve = resolve
        self._tls = ssl.create_default_context()
        self._resolvers = CapacityLimiter(_MAX_RESOLVER_THREADS)

    async def fetch(self, url: str) -> bytes:
        """Fetch the document at a URL; each redirect is checked like the URL itself.

        Raises:
            ApiError: `url_not_allowed`; `url_failed` if there is no response, not in time or not 200;
                `payload_too_large`.
        """
        if not self._enabled:
            message = "this server does not fetch documents from URLs. Send the document as base64 or multipart"
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
            raise ApiError(
                "url_failed",
                f"fetching the URL took longer than {self._seconds:g} s. Try again, or send the document itself",
            ) from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            # details of the failure would reveal the network around this server
            raise ApiError(
                "url_failed",
                f"the URL could not be fetched ({type(error).__name__}). Check it, or send the document itself",
            ) from None
        raise ApiError("url_failed", f"the URL redirects more than {MAX_REDIRECTS} times. Send the final URL")

    async def _step(self, url: str) -> bytes | str:
        """Return the document, or the URL of a redirect."""
        target = target_of(url)
        if not self._is_allowed(target.host):
            raise NotAllowed(f"this server does not fetch documents from the host {target.host}")
        resolving = partial(public_address, target, self._resolve, self._allow_private)
        address = await run_sync(resolving, abandon_on_cancel=True, limiter=self._resolvers)
        parsed = httpx.URL(url)
        # Connect to the very address that was checked, without proxies or credentials from the environment. Received
        # bytes are counted against the limit, so the body must not be compressed.
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
                raise ApiError(
                    "url_failed", f"fetching the URL failed: expected the status 200, got {response.status_code}"
                )
            content = bytearray()
            async for part in response.aiter_raw():
                content += part
                if len(content) > self._max_bytes:
                    message = f"the document at the URL is too large: expected at most {self._max_bytes:,} bytes"
                    raise ApiError("payload_too_large", message)
            return bytes(content)

    def _is_allowed(self, host: str) -> bool:
        name = host.lower().rstrip(".")
        return not self._hosts or any(
            name.endswith(allowed[1:]) if allowed.startswith("*.") else name == allowed for allowed in self._hosts
        )
