"""Tells webhooks what happened: signed, again and again for a day, with a log.

Headers and signature are those of https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md:
`webhook-id`, `webhook-timestamp` (seconds since 1970) and `webhook-signature`, which is `v1,` and the base64 of the
HMAC-SHA256 over `{id}.{timestamp}.{body}` with the secret that follows `whsec_`, decoded from base64.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import ssl
import time
from collections.abc import Callable
from datetime import timedelta
from importlib.metadata import version

import httpx
import structlog

from accounts import Accounts
from accounts.webhooks import SECRET_PREFIX, Delivery
from service.jobs.queue import Queue
from service.jobs.work import retry_while_database_restarts
from service.outbound.public_addresses import NotAllowed, Resolve, public_address, target_of

log = structlog.get_logger(__name__)

PAUSES = tuple(timedelta(seconds=s) for s in (5, 30, 120, 600, 1800, 3600, 7200, 14400, 28800, 28800))
"""Before each further attempt: a day in all."""
TIMEOUT = 10.0
"""Seconds for an attempt in all; a receiver that has more to do answers first."""


class WebhookSender:
    """Makes one attempt at a time; called from many threads."""

    def __init__(
        self,
        accounts: Accounts,
        queue: Queue,
        *,
        allow_private: bool,
        pauses: tuple[timedelta, ...] = PAUSES,
        resolve: Resolve | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._accounts = accounts
        self._queue = queue
        self._allow_private = allow_private
        self._pauses = pauses
        self._resolve = resolve
        self._clock = clock
        self._tls = ssl.create_default_context()

    def deliver(self, delivery_id: int) -> None:
        """Make an attempt, log it, and see to the next one where it failed."""
        delivery = retry_while_database_restarts(lambda: self._accounts.webhooks.begin(delivery_id))
        if delivery is None:
            return
        started = time.monotonic()
        status, error = self._attempt(delivery)
        seconds = time.monotonic() - started
        again = self._pauses[delivery.attempts] if delivery.attempts < len(self._pauses) else None
        queued_delivery = retry_while_database_restarts(
            lambda: self._accounts.webhooks.note(delivery_id, status, error, seconds, again)
        )
        log.info("webhook", event_id=delivery.event_id, attempt=delivery.attempts + 1, status=status, error=error)
        if queued_delivery is not None and again is not None:
            self._queue.put_delivery(queued_delivery, again)

    def _attempt(self, delivery: Delivery) -> tuple[int | None, str | None]:
        """The receiver's status, and what was wrong."""
        now = int(self._clock())
        headers = {
            "content-type": "application/json",
            "user-agent": f"docwitness/{version('docwitness-server')}",
            "webhook-id": delivery.event_id,
            "webhook-timestamp": str(now),
            "webhook-signature": signature(delivery.secret, delivery.event_id, now, delivery.body),
        }
        try:
            target = target_of(delivery.url)
            address = public_address(target, self._resolve, self._allow_private)
            status = asyncio.run(self._post(delivery, address, target.host, headers))
        except TimeoutError:
            return None, f"expected an answer within {TIMEOUT:.0f} s"
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            return None, str(error) if isinstance(error, NotAllowed) else f"{type(error).__name__}: {error}"
        if 200 <= status < 300:
            return status, None
        return status, f"expected a status of 200 to 299; {status} came"

    async def _post(self, delivery: Delivery, address: str, host: str, headers: dict[str, str]) -> int:
        """The receiver's status. The body of its answer is not read.

        A connection of its own for each attempt: on one that was kept, the certificate was checked for another host.
        No proxy and no credentials from the environment; the address that was checked is not left by a redirect.
        """
        url = httpx.URL(delivery.url)
        async with (
            asyncio.timeout(TIMEOUT),
            httpx.AsyncClient(verify=self._tls, timeout=TIMEOUT, trust_env=False, follow_redirects=False) as http,
            http.stream(
                "POST",
                url.copy_with(host=address),
                content=delivery.body,
                headers=headers | {"host": url.netloc.decode()},
                extensions={"sni_hostname": host},
            ) as response,
        ):
            return response.status_code


def signature(secret: str, event_id: str, timestamp: int, body: bytes) -> str:
    """`v1,` and the base64 of the HMAC."""
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    signed = f"{event_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
