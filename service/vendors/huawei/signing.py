"""Parse requests signed with `SDK-HMAC-SHA256`.

The access key is the beginning of an API key, the secret key is the API key.

Format: https://support.huaweicloud.com/intl/en-us/devg-apisign/api-sign-algorithm.html.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from urllib.parse import quote, unquote

ALGORITHM = "SDK-HMAC-SHA256"
DATE = "%Y%m%dT%H%M%SZ"
TOLERANCE = timedelta(minutes=15)
"""The most by which the caller's clock may differ."""

_AUTHORIZATION = re.compile(
    rf"{ALGORITHM}\s+Access=(?P<access>[^,\s]+),\s*SignedHeaders=(?P<headers>[^,\s]+),\s*Signature=(?P<signature>[0-9a-f]+)",
    re.IGNORECASE,
)


class Signed(NamedTuple):
    """A request's signature, and the text that it must be the signature of."""

    access_key: str
    signature: str
    """Hexadecimal digits."""
    text: bytes


def access_key_in(authorization: str) -> str | None:
    """Return the access key in the Authorization header; None if it is not SDK-HMAC-SHA256."""
    found = _AUTHORIZATION.fullmatch(authorization.strip())
    return found and found["access"]


def signed(
    method: str, path: str, query: Iterable[tuple[str, str]], headers: Mapping[str, str], body: bytes, now: datetime
) -> Signed | None:
    """Return the signature of a request; None if it is missing, malformed or out of date.

    Args:
        method: the HTTP method.
        path: the path as it was sent, percent-encoded or not.
        query: the parameters of the query, decoded.
        headers: the headers, by name in lower case.
        body: the body of the request.
        now: the time of this service's clock.
    """
    found = _AUTHORIZATION.fullmatch(headers.get("authorization", "").strip())
    date = headers.get("x-sdk-date", "")
    if found is None or not _is_near(date, now):
        return None
    names = found["headers"].split(";")
    if not {"x-sdk-date", "host"} <= set(names) or any(name not in headers for name in names):
        return None
    canonical = "\n".join(
        [
            method.upper(),
            "/".join(quote(unquote(part), safe="~") for part in path.rstrip("/").split("/")) + "/",
            "&".join(f"{quote(key, safe='~')}={quote(value, safe='~')}" for key, value in sorted(query)),
            *(f"{name}:{headers[name].strip()}" for name in names),
            "",
            ";".join(names),
            hashlib.sha256(body).hexdigest(),
        ]
    )
    text = f"{ALGORITHM}\n{date}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    return Signed(found["access"], found["signature"], text.encode())


def _is_near(date: str, now: datetime) -> bool:
    try:
        return abs(datetime.strptime(date, DATE).replace(tzinfo=UTC) - now) <= TOLERANCE
    except ValueError:
        return False
