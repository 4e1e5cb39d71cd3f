"""The tree of errors.

DocwitnessError
├── ConnectionFailed        the server could not be reached, or did not answer in time
├── UnexpectedAnswer        something answered, but not docwitness
├── ModelMismatch           the values do not fit the model class; carries the extraction
├── SignatureMismatch       a webhook is not to be trusted
└── ApiError                the server refused; has code, message, request_id, details
    ├── InvalidRequest      400: the request or a field is malformed
    │   └── InvalidImage    400: the document cannot be decoded
    ├── AuthenticationError 401: no key, an unknown one, or one that was revoked
    ├── InsufficientBalance 402: the free calls are used up and the balance does not cover the call
    ├── PermissionDenied    403: the key lacks the scope
    ├── NotFound            404: no such template, job or route
    ├── Conflict            409: what is there does not allow it
    │   └── IdempotencyConflict  the Idempotency-Key came before with another request
    ├── PayloadTooLarge     413: too many bytes, pixels or pages
    ├── RateLimited         429: too many calls a minute, or at the same time
    └── ServerError         5xx: the server's fault; nothing was charged
"""

from __future__ import annotations

from typing import Any

import httpx


class DocwitnessError(Exception):
    """Base of everything that this package raises."""


class ConnectionFailed(DocwitnessError):
    """The server could not be reached, or did not answer in time."""


class UnexpectedAnswer(DocwitnessError):
    """Something answered that is not docwitness: a proxy, another service."""


class ModelMismatch(DocwitnessError):
    """The values do not fit the model class, most often because a field without `| None` is not on the page."""

    def __init__(self, message: str, extraction: Any) -> None:
        super().__init__(message)
        self.extraction = extraction
        """The whole `Extraction`, its `parsed` None: it was charged, so it is not lost."""


class ApiError(DocwitnessError):
    """The server refused the request."""

    def __init__(self, status: int, code: str, message: str, request_id: str | None, details: dict[str, Any]) -> None:
        super().__init__(f"{message} ({code}, request {request_id})")
        self.status = status
        """HTTP status."""
        self.code = code
        """One of the codes of the server's documentation, such as `validation_failed`."""
        self.message = message
        """What was expected, what came and what to do."""
        self.request_id = request_id
        """For reports to whoever runs the server."""
        self.details = details
        """For `validation_failed`: `errors`, each with `path` and `message`."""


class InvalidRequest(ApiError):
    """The request or one of its fields is malformed."""


class InvalidImage(InvalidRequest):
    """The document cannot be decoded: wrong format, damaged, or locked."""


class AuthenticationError(ApiError):
    """No key, an unknown one, or one that was revoked."""


class NotFound(ApiError):
    """No such template or route."""


class InsufficientBalance(ApiError):
    """The free calls are used up and the balance does not cover the call."""


class PermissionDenied(ApiError):
    """The key lacks the scope that the route needs."""


class Conflict(ApiError):
    """What is there does not allow it: a job that has ended, a name that is taken."""


class IdempotencyConflict(Conflict):
    """The `Idempotency-Key` came before with another request."""


class PayloadTooLarge(ApiError):
    """Too many bytes, pixels or pages."""


class RateLimited(ApiError):
    """Too many calls a minute, or too many at the same time."""


class ServerError(ApiError):
    """The server's fault; nothing was charged."""


class SignatureMismatch(DocwitnessError):
    """What came is not from the server that has the secret, was changed on its way, or is a replay."""


_BY_CODE: dict[str, type[ApiError]] = {"invalid_image": InvalidImage, "idempotency_conflict": IdempotencyConflict}
_BY_STATUS: dict[int, type[ApiError]] = {
    400: InvalidRequest,
    401: AuthenticationError,
    402: InsufficientBalance,
    403: PermissionDenied,
    404: NotFound,
    409: Conflict,
    413: PayloadTooLarge,
    429: RateLimited,
}


def error_of(response: httpx.Response) -> DocwitnessError:
    """The exception for an answer that is no success."""
    try:
        body = response.json()
        error = body["error"]
        code, message, request_id = str(error["code"]), str(error["message"]), error.get("requestId")
        details = body.get("details") or {}
    except (ValueError, KeyError, TypeError):
        return UnexpectedAnswer(f"{response.request.url} answered {response.status_code} without a docwitness error")
    fallback = ServerError if response.status_code >= 500 else ApiError
    kind = _BY_CODE.get(code) or _BY_STATUS.get(response.status_code, fallback)
    return kind(response.status_code, code, message, request_id, details)
