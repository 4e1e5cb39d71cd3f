"""Send events to webhooks: signed, retried for a day, with a log of every attempt.

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
from service.jobs.worker import retry_while_database_restarts
from service.outbound.public_addresses import NotAllowed, Resolve, public_address, target_of

log = structlog.get_logger(__name__)

RETRY_DELAYS = tuple(timedelta(seconds=s) for s in (5, 30, 120, 600, 1800, 3600, 7200, 14400, 28800, 28800))
"""Pauses before the second attempt, the third, and so on: a day in all."""
TIMEOUT_SECONDS = 10.0
"""Time for a whole attempt; a receiver that needs longer for its own work answers first."""


class WebhookSender:
    """Makes attempts at deliveries; called from many threads."""

    def __init__(
        self,
        accounts: Accounts,
        *,
        allow_private: bool,
        retry_delays: tuple[timedelta, ...] = RETRY_DELAYS,
        resolve: Resolve | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Keep the settings.

        Args:
            accounts: the deliveries.
            allow_private: whether addresses that are not public may be called.
            retry_delays: pauses before the second attempt, the third, and so on.
            resolve: finds the addresses of a host; DNS by default.
            clock: returns seconds since 1970.
        """
        self._accounts = accounts
        self._allow_private = allow_private
        self._retry_delays = retry_delays
        self._resolve = resolve
        self._clock = clock
        self._tls = ssl.create_default_context()

    def deliver(self, delivery_id: int) -> None:
        """Make an attempt at a delivery and log it, which queues the next one if it failed."""
        delivery = retry_while_database_restarts(lambda: self._accounts.webhooks.begin(delivery_id))
        if delivery is None:
            return
        started = time.monotonic()
        status, error = self._attempt(delivery)
        seconds = time.monotonic() - started
        retry_after = self._retry_delays[delivery.attempts] if delivery.attempts < len(self._retry_delays) else None
        retry_while_database_restarts(
            lambda: self._accounts.webhooks.log_attempt(
                delivery_id, delivery.attempts, status, error, seconds, retry_after
            )
        )
        log.info("webhook", event_id=delivery.event_id, attempt=delivery.attempts + 1, status=status, error=error)

    def _attempt(self, delivery: Delivery) -> tuple[int | None, str | None]:
        """Return the receiver's status and the error; None for what there is not."""
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
            return None, f"no answer: expected one within {TIMEOUT_SECONDS:.0f} s"
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            return None, str(error) if isinstance(error, NotAllowed) else f"{type(error).__name__}: {error}"
        if 200 <= status < 300:
            return status, None
        return status, f"wrong status: expected 200 to 299, got {status}"

    async def _post(self, delivery: Delivery, address: str, host: str, headers: dict[str, str]) -> int:
        """Return the receiver's status without reading the body of its answer.

        Each attempt has its own connection: the certificate of a kept one was checked for another host. Proxies and
        credentials from the environment are not used, and redirects are not followed: only the address that was
        checked is called.
        """
        url = httpx.URL(delivery.url)
        async with (
            asyncio.timeout(TIMEOUT_SECONDS),
            httpx.AsyncClient(
                verify=self._tls, timeout=TIMEOUT_SECONDS, trust_env=False, follow_redirects=False
            ) as http,
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
    """Return `v1,` and the base64 of the HMAC."""
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    signed = f"{event_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
