"""Errors with the codes and texts of Huawei Cloud's catalogue."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response

from service.api.problems import ErrorReply
from service.contract.errors import ApiError

PARAMETER = "AIS.0101"
FORMAT = "AIS.0102"
SIZE = "AIS.0103"
QUALITY = "AIS.0104"
NO_TOKEN = "ModelArts.4101"
SIGNATURE = "APIG.0301"
LENGTH = "ModelArts.4104"
JSON = "ModelArts.4105"

MESSAGES = {
    PARAMETER: "The input parameter is invalid.",
    FORMAT: "The image format is not supported.",
    SIZE: "The image size does not meet the requirements.",
    QUALITY: "The image is not supported or the image quality is poor.",
    "AIS.0105": "Recognition failed.",
    "ModelArts.0203": "Invalid token.",
    NO_TOKEN: "The token header cannot be empty.",
    LENGTH: "Invalid request content length.",
    JSON: "The JSON format of the input data is incorrect.",
    "ModelArts.4204": "The API is not subscribed.",
    "ModelArts.4401": "The number of concurrent requests exceeds the maximum.",
    "ModelArts.4601": "The URL is not allowed.",
    "ModelArts.4603": "Failed to obtain the file from the URL.",
    "APIG.0101": "The API does not exist or has not been published in the environment.",
    SIGNATURE: "Incorrect IAM authentication information.",
    "APIG.0308": "The throttling threshold has been reached.",
}
_CODES = {
    "invalid_request": PARAMETER,
    "validation_failed": PARAMETER,
    "invalid_image": FORMAT,
    "url_not_allowed": "ModelArts.4601",
    "url_failed": "ModelArts.4603",
    "invalid_api_key": "ModelArts.0203",
    "key_inactive": "ModelArts.0203",
    "insufficient_balance": "ModelArts.4204",
    "insufficient_scope": "ModelArts.4204",
    "not_found": "APIG.0101",
    "method_not_allowed": "APIG.0101",
    "payload_too_large": SIZE,
    "unsupported_media_type": JSON,
    "document_too_slow": "AIS.0105",
    "rate_limited": "APIG.0308",
    "too_many_at_once": "ModelArts.4401",
    "overloaded": "ModelArts.4401",
}
"""The catalogue's code for each of this service's own codes; `AIS.0105` for all others."""
_STATUSES = {402: 403, 405: 404, 413: 400, 415: 400, 422: 400}
"""The catalogue's HTTP status where it differs from this service's own."""


def refusal(code: str, own: str = "invalid_request", detail: str = "") -> ApiError:
    """Return an error of the catalogue for a route to raise.

    Args:
        code: the code of the catalogue.
        own: this service's own code, which gives the HTTP status.
        detail: what is wrong with this request; appended to the catalogue's text.
    """
    message = f"{MESSAGES[code]} {detail}".strip()
    return ApiError(own, message, {"error_code": code})


def answer(_request: Request[Any, Any, Any], problem: ErrorReply) -> Response[dict[str, Any]]:
    """Return the reply to a failed call."""
    code = problem.details.get("error_code")
    message = problem.message
    if code is None:
        code = _CODES.get(problem.code, "AIS.0105")
        message = f"{MESSAGES[code]} {problem.message}"
    return Response(
        {"error_code": code, "error_msg": message},
        status_code=_STATUSES.get(problem.status, problem.status),
        headers=problem.headers,
        media_type="application/json",
    )
