"""Errors as FastAPI, which the original is built with, writes them."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response

from service.api.problems import ErrorReply


def answer(_request: Request[Any, Any, Any], problem: ErrorReply) -> Response[dict[str, Any]]:
    """Return the reply to a failed call."""
    return Response(
        {"detail": problem.message},
        status_code=problem.status,
        headers=problem.headers,
        media_type="application/json",
    )
