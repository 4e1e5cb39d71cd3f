"""The hierarchy of errors.

DocwitnessError
├── ConnectionFailed        the server could not be reached, or did not answer in time
├── UnexpectedAnswer        the response is not one of docwitness
├── ModelMismatch           the values do not fit the model class; has the extraction
├── SignatureMismatch       a webhook cannot be trusted
└── ApiError                the server refused; has code, message, request_id, details
    ├── InvalidRequest      400: the request or a field is malformed
    │   └── InvalidImage    400: the document cannot be decoded
    ├── AuthenticationError 401: the key is missing, unknown, revoked or expired
    ├── InsufficientBalance 402: the free calls are used up and the balance does not cover the call
    ├── PermissionDenied    403: the key lacks the scope, or the account may not choose its extractor
    ├── NotFound            404: the template, job or route does not exist
    ├── Conflict            409: the current state does not allow it
    │   └── IdempotencyConflict  409: the Idempotency-Key was used with a different request
    ├── PayloadTooLarge     413: too many documents, bytes, pixels, pages or characters
    ├── RateLimited         429: too many calls per minute or at the same time
    └── ServerError         5xx: the server failed; nothing was charged
"""

from __future__ import annotations

from typing import Any

import httpx


class DocwitnessError(Exception):
    """Base class of all errors of this package."""


class ConnectionFailed(DocwitnessError):
    """The server could not be reached, or did not answer in time."""


class UnexpectedAnswer(DocwitnessError):
    """The response is not one of docwitness, or of another version."""


class ModelMismatch(DocwitnessError):
    """The values do not fit the model class.

    The most common cause is a field without `| None` that was not found.
    """

    def __init__(self, message: str, extraction: Any) -> None:
        super().__init__(message)
        self.extraction = extraction
        """The whole `Extraction`, with `parsed` None; the call was charged, so its result is kept here."""


class ApiError(DocwitnessError):
    """The server refused the request."""

    def __init__(self, status: int, code: str, message: str, request_id: str | None, details: dict[str, Any]) -> None:
        super().__init__(f"{message} ({code}, request {request_id})")
        self.status = status
        """HTTP status."""
        self.code = code
        """One of the documented error codes, such as `validation_failed`."""
        self.message = message
        """The problem: what was expected, what was received and what to do."""
        self.request_id = request_id
        """Id of the request, to report to the operator of the server."""
        self.details = details
        """For `validation_failed`: `errors`, each with `path` and `message`."""


class InvalidRequest(ApiError):
    """The request or one of its fields is malformed."""


class InvalidImage(InvalidRequest):
    """The document cannot be decoded: it is empty, damaged, locked, or in an unsupported format."""


class AuthenticationError(ApiError):
    """The API key is missing, unknown, revoked or expired."""


class NotFound(ApiError):
    """The template, job or route does not exist."""


class InsufficientBalance(ApiError):
    """The free calls are used up and the balance does not cover the call."""


class PermissionDenied(ApiError):
    """The key lacks the scope that the route needs, or the account may not choose its extractor."""


class Conflict(ApiError):
    """The state does not allow it: a job has ended or is running, or a name is taken."""


class IdempotencyConflict(Conflict):
    """The `Idempotency-Key` was already used with a different request."""


class PayloadTooLarge(ApiError):
    """Too many documents, bytes, pixels, pages or characters."""


class RateLimited(ApiError):
    """Too many calls per minute, or too many at the same time."""


class ServerError(ApiError):
    """The server failed; nothing was charged."""


class SignatureMismatch(DocwitnessError):
    """The webhook was not signed with this secret, was changed on the way, or is a replay."""


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
    """Return the exception for an unsuccessful response."""
    try:
        body = response.json()
        error = body["error"]
        code, message, request_id = str(error["code"]), str(error["message"]), error.get("requestId")
        details = body.get("details") or {}
    except (ValueError, KeyError, TypeError):
        return UnexpectedAnswer(
            f"{response.request.url} returned status {response.status_code} without a docwitness error."
            " Check the server's address"
        )
    fallback = ServerError if response.status_code >= 500 else ApiError
    kind = _BY_CODE.get(code) or _BY_STATUS.get(response.status_code, fallback)
    return kind(response.status_code, code, message, request_id, details)
