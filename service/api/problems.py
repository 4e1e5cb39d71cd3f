"""Turn any exception into a response, in one envelope for all errors.

`{"error": {"code", "message", "requestId"}, "details": {}}`. A message says what was expected, what was received and
what to do; it never quotes a document.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from sqlalchemy.exc import DataError

from accounts import RateState, TooManyCalls
from documents import NoSuchPage
from service.api.request_context import add_headers, request_id
from service.contract.errors import (
    OUR_FAULT,
    PASSING,
    PROBLEMS,
    RETRY_AFTER,
    UNAVAILABLE,
    ApiError,
    anonymous,
    caller_fault,
)

log = structlog.get_logger(__name__)

_UNSTORABLE = "a value cannot be stored: it is out of range or has an unsupported character, such as NUL. Correct it"

_BY_STATUS = {
    400: "invalid_request",
    404: "not_found",
    405: "method_not_allowed",
    413: "payload_too_large",
    415: "unsupported_media_type",
}


class ErrorReply(NamedTuple):
    """The error that a caller receives."""

    code: str
    """A key of `PROBLEMS`."""
    message: str
    details: dict[str, Any] = {}  # noqa: RUF012 - never changed
    headers: dict[str, str] = {}  # noqa: RUF012 - never changed

    @property
    def status(self) -> int:
        """HTTP status."""
        return PROBLEMS[self.code].status


def error_reply(request: Request[Any, Any, Any], error: Exception) -> ErrorReply:
    """Return the reply to an exception; log it if it is the server's fault.

    Args:
        request: the request that failed.
        error: what was raised.
    """
    if isinstance(error, ApiError):
        return ErrorReply(error.code, error.message, error.details, error.headers)
    if isinstance(error, TooManyCalls):
        add_headers(request.scope, rate_headers(error.state))
        return ErrorReply("rate_limited", error.message, headers={"Retry-After": str(error.retry_after)})
    if isinstance(error, DataError):
        return ErrorReply(
            "validation_failed",
            _UNSTORABLE,
            {"errors": [{"path": "body", "message": _UNSTORABLE}]},
        )
    if found := caller_fault(error):
        wait = {"Retry-After": RETRY_AFTER} if PROBLEMS[found[0]].status == 429 else {}
        details = {"errors": [{"path": "pages", "message": found[1]}]} if isinstance(error, NoSuchPage) else {}
        return ErrorReply(*found, details, wait)
    if isinstance(error, ValidationException) and isinstance(error.extra, list):
        invalid = [{"path": str(e.get("key", "")), "message": str(e.get("message", ""))} for e in error.extra]
        message = "; ".join(f"{e['path']}: {e['message']}" for e in invalid)
        return ErrorReply("validation_failed", message, {"errors": invalid})
    if isinstance(error, HTTPException) and error.status_code in _BY_STATUS:
        return ErrorReply(_BY_STATUS[error.status_code], _http_message(request, error), headers=error.headers or {})
    log.error("request failed", request_id=request_id(request.scope), error=anonymous(error))
    if isinstance(error, PASSING):
        return ErrorReply("unavailable", UNAVAILABLE, headers={"Retry-After": RETRY_AFTER})
    return ErrorReply("internal_error", OUR_FAULT)


def answer(request: Request[Any, Any, Any], problem: ErrorReply) -> Response[dict[str, Any]]:
    """Write an error in the envelope of this API's own routes.

    Args:
        request: the request that failed.
        problem: the error.
    """
    return Response(
        {
            "error": {"code": problem.code, "message": problem.message, "requestId": request_id(request.scope)},
            "details": problem.details,
        },
        status_code=problem.status,
        headers=problem.headers,
        media_type="application/json",
    )


def rate_headers(state: RateState | None) -> dict[str, str]:
    """Return the headers `X-RateLimit-*`, or nothing without a limit."""
    if state is None:
        return {}
    return {
        "X-RateLimit-Limit": str(state.limit),
        "X-RateLimit-Remaining": str(state.remaining),
        "X-RateLimit-Reset": str(int(state.resets_at.timestamp())),
    }


def _http_message(request: Request[Any, Any, Any], error: HTTPException) -> str:
    match error.status_code:
        case 404:
            return (
                error.detail
                if error.detail != "Not Found"
                else f"the route {request.scope['path']} does not exist. See /docs"
            )
        case 405:
            return f"{request.scope['path']} does not accept {request.method}. See /docs"
        case 413:
            return "the request body is larger than the largest accepted document, even as base64. Send a smaller one"
        case _:
            return error.detail
