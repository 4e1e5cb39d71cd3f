"""Tells webhooks what happened: signed, again and again for a day, with a log.

Headers and signature are those of https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md:
`webhook-id`, `webhook-timestamp` (seconds since 1970) and `webhook-signature`, which is `v1,` and the base64 of the
HMAC-SHA256 over `{id}.{timestamp}.{body}` with the secret that follows `whsec_`, decoded from base64.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Callable
from datetime import timedelta
from importlib.metadata import version

import httpx
import structlog

from accounts import Accounts
from accounts.webhooks import SECRET_PREFIX, Delivery
from service.addresses import NotAllowed, Resolve, public_address, target_of
from service.jobs.queue import Queue
from service.jobs.work import patiently

log = structlog.get_logger(__name__)

PAUSES = tuple(timedelta(seconds=s) for s in (5, 30, 120, 600, 1800, 3600, 7200, 14400, 28800, 28800))
"""Before each further attempt: a day in all."""
TIMEOUT = 10.0
"""Seconds for an answer; a receiver that has more to do answers first."""
_READ_AT_MOST = 65_536
"""Bytes of an answer; nothing in it matters."""


class Courier:
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
        # no proxy and no credentials from the environment; an address that was checked is not left by a redirect
        self._http = httpx.Client(timeout=TIMEOUT, trust_env=False, follow_redirects=False)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def deliver(self, delivery_id: int) -> None:
        """Make an attempt, log it, and see to the next one where it failed."""
        delivery = patiently(lambda: self._accounts.webhooks.begin(delivery_id))
        if delivery is None:
            return
        started = time.monotonic()
        status, error = self._attempt(delivery)
        seconds = time.monotonic() - started
        again = self._pauses[delivery.attempts] if delivery.attempts < len(self._pauses) else None
        parcel = patiently(lambda: self._accounts.webhooks.note(delivery_id, status, error, seconds, again))
        log.info("webhook", event_id=delivery.event_id, attempt=delivery.attempts + 1, status=status, error=error)
        if parcel is not None and again is not None:
            self._queue.put_delivery(parcel, again)

    def _attempt(self, delivery: Delivery) -> tuple[int | None, str | None]:
        """The receiver's status, and what was wrong."""
        now = int(self._clock())
        headers = {
            "content-type": "application/json",
            "user-agent": f"fieldproof/{version('fieldproof-server')}",
            "webhook-id": delivery.event_id,
            "webhook-timestamp": str(now),
            "webhook-signature": signature(delivery.secret, delivery.event_id, now, delivery.body),
        }
        try:
            target = target_of(delivery.url)
            address = public_address(target, self._resolve, self._allow_private)
            url = httpx.URL(delivery.url)
            headers["host"] = url.netloc.decode()
            pinned = url.copy_with(host=address)
            extensions = {"sni_hostname": target.host}
            with self._http.stream(
                "POST", pinned, content=delivery.body, headers=headers, extensions=extensions
            ) as response:
                for read, _chunk in enumerate(response.iter_raw(_READ_AT_MOST)):
                    if read:
                        break
        except NotAllowed as error:
            return None, str(error)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            return None, f"{type(error).__name__}: {error}"
        if response.is_success:
            return response.status_code, None
        return response.status_code, f"expected a status of 200 to 299; {response.status_code} came"


def signature(secret: str, event_id: str, timestamp: int, body: bytes) -> str:
    """`v1,` and the base64 of the HMAC."""
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    signed = f"{event_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
