"""Errors that callers receive: their codes, statuses and the exceptions that cause them."""

from __future__ import annotations

import traceback
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import obstore
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from accounts import (
    Conflict,
    IdempotencyConflict,
    InactiveKey,
    InsufficientBalance,
    InvalidKey,
    MissingScope,
    NotFound,
    QueueFull,
)
from documents import (
    DamagedDocument,
    EncryptedDocument,
    NoSuchPage,
    TooLarge,
    UnreadableDocument,
    UnsupportedFormat,
)
from extractors import ExtractorFailed
from schemas.deadline import CallerGone, TookTooLong

MAX_TRACE_LINES = 40
"""Lines of a failure's trace to log; a long chain of causes repeats itself."""


class Problem(NamedTuple):
    """The HTTP status of an error and its meaning, as the documentation states it."""

    status: int
    meaning: str


PROBLEMS = {
    "invalid_request": Problem(
        400, "The body is missing or cannot be parsed, or its properties contradict each other."
    ),
    "validation_failed": Problem(
        400, "A property is invalid; `details.errors` lists each with its path and a message."
    ),
    "invalid_image": Problem(
        400, "The document cannot be decoded: it is empty, damaged, locked by a password, or in an unsupported format."
    ),
    "url_not_allowed": Problem(400, "The document's URL is malformed, or this server does not fetch from its address."),
    "url_failed": Problem(400, "Fetching the document from its URL failed."),
    "invalid_api_key": Problem(401, "The API key is missing or unknown."),
    "key_inactive": Problem(401, "The API key was revoked or has expired."),
    "insufficient_balance": Problem(402, "The free calls are used up and the balance does not cover the call."),
    "extractor_not_allowed": Problem(403, "The account may not choose its extractor."),
    "insufficient_scope": Problem(403, "The API key lacks the scope that the route needs."),
    "not_found": Problem(404, "The route, template, key, job, document or webhook does not exist."),
    "method_not_allowed": Problem(405, "The route does not accept this HTTP method."),
    "idempotency_conflict": Problem(409, "The `Idempotency-Key` was already used with a different request."),
    "conflict": Problem(
        409, "The current state does not allow it: a job has ended or is still running, or a name is taken."
    ),
    "payload_too_large": Problem(413, "The request has too many documents, bytes, pixels, pages or characters."),
    "unsupported_media_type": Problem(415, "The body is neither JSON nor multipart."),
    "document_too_slow": Problem(422, "The document takes longer than the server allows."),
    "caller_gone": Problem(
        499, "The caller closed the connection before the answer; nothing was charged. Only the server's log shows it."
    ),
    "rate_limited": Problem(429, "Too many calls per minute; wait for the seconds in `Retry-After`."),
    "too_many_at_once": Problem(
        429, "The account has too many calls running or documents waiting; wait for some to finish."
    ),
    "extractor_failed": Problem(502, "The language model gave no usable answer; nothing was charged."),
    "overloaded": Problem(503, "The server has too many documents waiting; wait for the seconds in `Retry-After`."),
    "unavailable": Problem(
        503, "The database, the store or a remote model does not respond; nothing was charged. Try again."
    ),
    "internal_error": Problem(500, "Something failed in the server; nothing was charged. Report the request id."),
}
"""Every error code of this API."""

_BY_EXCEPTION: dict[type[Exception], str] = {
    InvalidKey: "invalid_api_key",
    InactiveKey: "key_inactive",
    InsufficientBalance: "insufficient_balance",
    MissingScope: "insufficient_scope",
    NotFound: "not_found",
    Conflict: "conflict",
    QueueFull: "too_many_at_once",
    IdempotencyConflict: "idempotency_conflict",
    UnsupportedFormat: "invalid_image",
    DamagedDocument: "invalid_image",
    EncryptedDocument: "invalid_image",
    NoSuchPage: "validation_failed",
    TookTooLong: "document_too_slow",
    CallerGone: "caller_gone",
    ExtractorFailed: "extractor_failed",
    TooLarge: "payload_too_large",
    UnreadableDocument: "invalid_image",
}


@dataclass
class ApiError(Exception):
    """An error to answer with; `code` is a key of `PROBLEMS`."""

    code: str
    message: str
    details: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)


def invalid_property(path: str, message: str) -> ApiError:
    """Return the error for one invalid property.

    Args:
        path: the property, such as `fields[0].name`.
        message: what is wrong with it.
    """
    return invalid_properties([{"path": path, "message": message}])


def invalid_properties(errors: list[dict[str, str]]) -> ApiError:
    """Return the error for invalid properties, each with its path and message.

    The error's own message is the first one.
    """
    return ApiError("validation_failed", f"{errors[0]['path']}: {errors[0]['message']}", {"errors": errors})


PASSING = (OSError, MemoryError, OperationalError, InterfaceError, PoolTimeout, obstore.exceptions.BaseError)
"""Failures that may soon be over: the database restarts, the store is full or cannot be reached."""
RETRY_AFTER = "5"
"""Seconds after which a caller may try again after a passing failure."""
UNAVAILABLE = "a part of this service does not respond at the moment; nothing was charged. Please try again"
OUR_FAULT = "something failed in the server, not in your request; nothing was charged. Please report the request id"


def caller_fault(error: Exception) -> tuple[str, str] | None:
    """Return code and message of a fault of the caller or document, None for the server's."""
    if isinstance(error, ApiError):
        return error.code, error.message
    return next(((code, str(error)) for kind, code in _BY_EXCEPTION.items() if isinstance(error, kind)), None)


def anonymous(error: BaseException) -> list[str]:
    """List types and positions of an exception and its causes, without their messages.

    Messages may quote a document, which must not be logged.
    """
    found: list[str] = []
    cause: BaseException | None = error
    while cause is not None and len(found) < MAX_TRACE_LINES:
        found.append(type(cause).__qualname__)
        found += [f"{f.filename}:{f.lineno} in {f.name}" for f in traceback.extract_tb(cause.__traceback__)[-8:]]
        cause = cause.__cause__ or cause.__context__
    return found
