"""Turn any exception into an answer, in one envelope for all errors.

`{"error": {"code", "message", "requestId"}, "details": {}}`. A message says what was expected, what was received and
what to do; it never repeats what a document says.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from sqlalchemy.exc import DataError

from accounts import RateState, TooManyCalls
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

_BY_STATUS = {
    400: "invalid_request",
    404: "not_found",
    405: "method_not_allowed",
    413: "payload_too_large",
    415: "unsupported_media_type",
}


class Explained(NamedTuple):
    """What an exception means to the caller."""

    code: str
    """A key of `PROBLEMS`."""
    message: str
    details: dict[str, Any] = {}  # noqa: RUF012 - never changed
    headers: dict[str, str] = {}  # noqa: RUF012 - never changed

    @property
    def status(self) -> int:
        return PROBLEMS[self.code].status


def explained(request: Request[Any, Any, Any], error: Exception) -> Explained:
    """Any exception, in the table's words; what is in no table is our fault and logged."""
    if isinstance(error, ApiError):
        return Explained(error.code, error.message, error.details, error.headers)
    if isinstance(error, TooManyCalls):
        add_headers(request.scope, rate_headers(error.state))
        return Explained("rate_limited", error.message, headers={"Retry-After": str(error.retry_after)})
    if isinstance(error, DataError):
        return Explained("validation_failed", "a text holds characters that cannot be kept, such as NUL")
    if found := caller_fault(error):
        wait = {"Retry-After": RETRY_AFTER} if PROBLEMS[found[0]].status == 429 else {}
        return Explained(*found, headers=wait)
    if isinstance(error, ValidationException) and isinstance(error.extra, list):
        wrong = [{"path": str(e.get("key", "")), "message": str(e.get("message", ""))} for e in error.extra]
        message = "; ".join(f"{e['path']}: {e['message']}" for e in wrong)
        return Explained("validation_failed", message, {"errors": wrong})
    if isinstance(error, HTTPException) and error.status_code in _BY_STATUS:
        return Explained(_BY_STATUS[error.status_code], _http_message(request, error), headers=error.headers or {})
    log.error("request failed", request_id=request_id(request.scope), error=anonymous(error))
    if isinstance(error, PASSING):
        return Explained("unavailable", UNAVAILABLE, headers={"Retry-After": RETRY_AFTER})
    return Explained("internal_error", OUR_FAULT)


def answer(request: Request[Any, Any, Any], problem: Explained) -> Response[dict[str, Any]]:
    """The envelope of this API's own routes."""
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
    """`X-RateLimit-*`, where there is a limit."""
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
                error.detail if error.detail != "Not Found" else f"there is no route {request.scope['path']}; see /docs"
            )
        case 405:
            return f"{request.scope['path']} does not answer to {request.method}; see /docs"
        case 413:
            return "the request body is larger than the largest document that is accepted, base64 included"
        case _:
            return error.detail
