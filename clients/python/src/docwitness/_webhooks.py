"""Whether a webhook is genuine; see https://github.com/standard-webhooks/standard-webhooks."""

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

TOLERANCE = 300.0
"""Seconds by which the sender's clock and this one may differ; what is older is taken for a replay."""


def verify_webhook(
    body: bytes, headers: Mapping[str, str], secret: str, *, tolerance: float = TOLERANCE, now: float | None = None
) -> dict[str, Any]:
    """The event in a webhook's body: `type`, `timestamp`, `data`.

    An event may come more than once, with the same `webhook-id`.

    Args:
        body: as it came, byte by byte.
        headers: of the request, in any case.
        secret: `whsec_…`, as it was shown when the webhook was created.
        tolerance: seconds.
        now: seconds since 1970, for tests.

    Raises:
        SignatureMismatch: it is not to be trusted.
    """
    lower = {name.lower(): value for name, value in headers.items()}
    try:
        identifier, stamp = lower["webhook-id"], lower["webhook-timestamp"]
        signatures, sent = lower["webhook-signature"].encode().split(), float(stamp[:20])
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
        if not key:
            raise ValueError("an empty secret")
    except (KeyError, ValueError, binascii.Error):
        raise SignatureMismatch("expected the headers webhook-id, -timestamp and -signature, and a secret") from None
    if not abs((time.time() if now is None else now) - sent) <= tolerance:  # nor is "nan" of the last minutes
        raise SignatureMismatch(
            f"expected a webhook of the last {tolerance:.0f} s; this one is older, or from the future"
        )
    digest = hmac.new(key, f"{identifier}.{stamp}.".encode() + body, hashlib.sha256).digest()
    wanted = b"v1," + base64.b64encode(digest)
    if not any(hmac.compare_digest(wanted, signature) for signature in signatures):
        raise SignatureMismatch("the signature does not fit the body; check the secret")
    event: dict[str, Any] = json.loads(body)
    return event
