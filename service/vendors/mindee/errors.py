"""Errors in Mindee's form; its clients take any other form for a crash of the server."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response

from service.api.problems import ErrorReply

_NAMES = {
    400: ("BadRequest", "Invalid fields in form"),
    401: ("Unauthorized", "Authorization required"),
    402: ("PlanLimitReached", "Plan limit reached"),
    403: ("Forbidden", "Forbidden"),
    404: ("NotFound", "Resource not found"),
    405: ("MethodNotAllowed", "Method not allowed"),
    409: ("Conflict", "Conflict"),
    413: ("PayloadTooLarge", "Payload too large"),
    415: ("UnsupportedMediaType", "Unsupported media type"),
    422: ("UnprocessableEntity", "The document cannot be processed"),
    429: ("TooManyRequests", "Too many requests"),
    500: ("InternalServerError", "Internal server error"),
    503: ("ServiceUnavailable", "Service unavailable"),
}
_STATUSES = {402: 403}
"""Mindee's HTTP status where it differs from this service's own."""


def answer(request: Request[Any, Any, Any], problem: ErrorReply) -> Response[dict[str, Any]]:
    """Return the reply to a failed call."""
    name, message = _NAMES[problem.status]
    details: Any = problem.message
    if problem.status == 401:
        details = "Invalid token provided" if request.headers.get("Authorization") else "No token provided"
    elif problem.code in ("invalid_request", "validation_failed", "invalid_image", "url_not_allowed", "url_failed"):
        details = problem.details or {"document": [problem.message]}
    status = _STATUSES.get(problem.status, problem.status)
    error = {"code": name, "details": details, "message": message}
    return Response(
        {"api_request": api_request(request, status, error)},
        status_code=status,
        headers=problem.headers,
        media_type="application/json",
    )


def api_request(
    request: Request[Any, Any, Any], status: int, error: dict[str, Any] | None = None, *resources: str
) -> dict[str, Any]:
    """Return the object `api_request` that every reply begins with.

    Args:
        request: the request that is answered.
        status: the HTTP status of the reply.
        error: `code`, `details` and `message` of a failed call.
        resources: what else the reply holds: `document`, `job`.
    """
    return {
        "error": error or {},
        "resources": list(resources),
        "status": "failure" if error else "success",
        "status_code": status,
        "url": _url(request),
    }


def _url(request: Request[Any, Any, Any]) -> str:
    try:
        return str(request.url)
    except ValueError:  # its Host header is not a host name
        return str(request.scope["path"])
