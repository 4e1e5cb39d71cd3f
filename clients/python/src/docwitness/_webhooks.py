"""Verify webhooks: https://github.com/standard-webhooks/standard-webhooks."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from typing import Any

from docwitness._exceptions import SignatureMismatch

MAX_AGE_SECONDS = 300.0
"""Allows for delays and different clocks; an older webhook is taken for a replay."""


def verify_webhook(
    body: bytes,
    headers: Mapping[str, str],
    secret: str,
    *,
    tolerance: float = MAX_AGE_SECONDS,
    now: float | None = None,
) -> dict[str, Any]:
    """Verify a webhook and return its event: `type`, `timestamp` and `data`.

    An event may be delivered more than once, always with the same `webhook-id`.

    Args:
        body: the request's body, byte for byte.
        headers: the request's headers; upper and lower case do not matter.
        secret: `whsec_…`, as shown when the webhook was created.
        tolerance: largest difference, in seconds, between the webhook's time and now.
        now: current time in seconds since 1970, for tests.

    Raises:
        SignatureMismatch: if the webhook cannot be trusted.
    """
    lower = {name.lower(): value for name, value in headers.items()}
    try:
        identifier, stamp = lower["webhook-id"], lower["webhook-timestamp"]
        signatures, sent = lower["webhook-signature"].encode().split(), float(stamp[:20])
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
        if not key:
            raise ValueError("an empty secret")
    except (KeyError, ValueError, binascii.Error):
        raise SignatureMismatch(
            "expected valid headers webhook-id, webhook-timestamp and webhook-signature, and a secret such as whsec_…"
        ) from None
    if not abs((time.time() if now is None else now) - sent) <= tolerance:  # also refuses "nan"
        raise SignatureMismatch(
            f"expected a webhook sent within the last {tolerance:.0f} s, got an older one, or one from the future"
        )
    digest = hmac.new(key, f"{identifier}.{stamp}.".encode() + body, hashlib.sha256).digest()
    wanted = b"v1," + base64.b64encode(digest)
    if not any(hmac.compare_digest(wanted, signature) for signature in signatures):
        raise SignatureMismatch("the signature does not fit the body. Check the secret")
    event: dict[str, Any] = json.loads(body)
    return event
