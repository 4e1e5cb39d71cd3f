"""Errors in the form of RFC 9457, as Mindee's second API gives them."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from litestar import Request, Response

from service.api.problems import ErrorReply


def answer(_request: Request[Any, Any, Any], problem: ErrorReply) -> Response[dict[str, Any]]:
    """Return the reply to a failed call."""
    return Response(
        error_json(problem.status, problem.code, problem.message, problem.details.get("errors", ())),
        status_code=problem.status,
        headers=problem.headers,
        media_type="application/problem+json",
    )


def error_json(status: int, code: str, message: str, errors: Any = ()) -> dict[str, Any]:
    """Return the error of a call or of a job.

    Args:
        status: the HTTP status that goes with the error.
        code: this service's own code.
        message: what is wrong.
        errors: `{"path", "message"}` for each property that is wrong.
    """
    return {
        "status": status,
        "title": HTTPStatus(status).phrase,
        "code": f"{status:03}-{code}",
        "detail": message,
        "errors": [{"pointer": error["path"], "detail": error["message"]} for error in errors],
    }
