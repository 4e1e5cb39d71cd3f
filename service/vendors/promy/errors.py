"""Errors with their message where Promy's clients look for it."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response

from service.api import problems
from service.api.problems import ErrorReply


def answer(request: Request[Any, Any, Any], problem: ErrorReply) -> Response[dict[str, Any]]:
    """Return the reply to a failed call: this service's own envelope, with `detail`."""
    response = problems.answer(request, problem)
    response.content["detail"] = problem.message
    return response
