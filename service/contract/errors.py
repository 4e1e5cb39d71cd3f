"""Every error a caller can receive: its code, its HTTP status and which exceptions lead to it."""

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
    TookTooLong,
    TooLarge,
    UnreadableDocument,
    UnsupportedFormat,
)
from extractors import ExtractorFailed

MAX_LOGGED = 40
"""Lines of a failure's trace that are logged."""


class Problem(NamedTuple):
    """How an error is answered."""

    status: int
    meaning: str


PROBLEMS = {
    "invalid_request": Problem(400, "The body is missing, is neither JSON nor multipart, or contradicts itself."),
    "validation_failed": Problem(400, "A property has the wrong form; `details.errors` names each."),
    "invalid_image": Problem(400, "The document cannot be decoded: wrong format, damaged, or locked."),
    "url_not_allowed": Problem(400, "The document's URL is malformed, or leads to where nothing is fetched from."),
    "url_failed": Problem(400, "The document's URL did not deliver it."),
    "invalid_api_key": Problem(401, "No key came, or one that is not known here."),
    "key_inactive": Problem(401, "The key was revoked or has expired."),
    "insufficient_balance": Problem(402, "The free calls are used up and the balance does not cover the call."),
    "extractor_not_allowed": Problem(403, "The account may not choose what proposes its values."),
    "insufficient_scope": Problem(403, "The key lacks the scope that the route needs."),
    "not_found": Problem(404, "There is no such route, template, key, job or webhook."),
    "method_not_allowed": Problem(405, "The route answers to another method."),
    "idempotency_conflict": Problem(409, "The `Idempotency-Key` came before with another request."),
    "conflict": Problem(409, "What is there does not allow it: a job that has ended, a name that is taken."),
    "payload_too_large": Problem(413, "The document has too many bytes, pixels, pages or characters."),
    "unsupported_media_type": Problem(415, "The body is neither JSON nor multipart."),
    "document_too_slow": Problem(422, "Reading the document takes longer than one may take."),
    "rate_limited": Problem(429, "Too many calls a minute; wait as long as `Retry-After` says."),
    "too_many_at_once": Problem(429, "Too many calls or documents of the account at the same time; wait for some."),
    "extractor_failed": Problem(502, "The language model gave no answer that can be used; nothing was charged."),
    "overloaded": Problem(503, "Too many documents are waiting; wait as long as `Retry-After` says."),
    "unavailable": Problem(
        503, "The database, the store or a model elsewhere does not answer; nothing was charged. Try again."
    ),
    "internal_error": Problem(500, "Our fault; nothing was charged. Report the request id."),
}
"""Every code that this API answers with."""

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
    ExtractorFailed: "extractor_failed",
    TooLarge: "payload_too_large",
    UnreadableDocument: "invalid_image",
}


@dataclass
class ApiError(Exception):
    """Raised by routes; `code` is a key of `PROBLEMS`."""

    code: str
    message: str
    details: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)


PASSING = (OSError, MemoryError, OperationalError, InterfaceError, PoolTimeout, obstore.exceptions.BaseError)
"""What may be over soon: the database restarts, the store cannot be reached or is full."""
RETRY_AFTER = "5"
"""Seconds after which a caller may try again when something passing was in the way."""
UNAVAILABLE = "something that this service needs does not answer at the moment; nothing was charged. Please try again"
OUR_FAULT = "something went wrong here, not with your request; nothing was charged. Please report the request id"


def caller_fault(error: Exception) -> tuple[str, str] | None:
    """Code and message of an error that is the caller's, or the document's; None when it is ours."""
    if isinstance(error, ApiError):
        return error.code, error.message
    return next(((code, str(error)) for kind, code in _BY_EXCEPTION.items() if isinstance(error, kind)), None)


def anonymous(error: BaseException) -> list[str]:
    """Kinds and places of an exception and its causes, without their messages: those may repeat a document."""
    found: list[str] = []
    cause: BaseException | None = error
    while cause is not None and len(found) < MAX_LOGGED:
        found.append(type(cause).__qualname__)
        found += [f"{f.filename}:{f.lineno} in {f.name}" for f in traceback.extract_tb(cause.__traceback__)[-8:]]
        cause = cause.__cause__ or cause.__context__
    return found
