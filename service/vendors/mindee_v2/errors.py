"""Errors in the form of RFC 9457, as Mindee's second API gives them."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from litestar import Request, Response

from service.api.problems import ErrorReply


def answer(_request: Request[Any, Any, Any], problem: ErrorReply) -> Response[dict[str, Any]]:
    """A failed call."""
    return Response(
        error_json(problem.status, problem.code, problem.message, problem.details.get("errors", ())),
        status_code=problem.status,
        headers=problem.headers,
        media_type="application/problem+json",
    )


def error_json(status: int, code: str, message: str, errors: Any = ()) -> dict[str, Any]:
    """An error of a call or of a job.

    Args:
        code: of this API's own table.
        errors: `{"path", "message"}` of each property that is wrong.
    """
    return {
        "status": status,
        "title": HTTPStatus(status).phrase,
        "code": f"{status:03}-{code}",
        "detail": message,
        "errors": [{"pointer": error["path"], "detail": error["message"]} for error in errors],
    }
