"""Client for fieldproof: documents in, the fields you ask for out, each with its place on the page."""

from fieldproof._client import AsyncClient, Client
from fieldproof._exceptions import (
    ApiError,
    AuthenticationError,
    ConnectionFailed,
    FieldproofError,
    IdempotencyConflict,
    InvalidImage,
    InvalidRequest,
    NotFound,
    PayloadTooLarge,
    RateLimited,
    ServerError,
    UnexpectedAnswer,
)
from fieldproof._models import (
    Amount,
    Box,
    Cell,
    Extraction,
    Finding,
    FreeCalls,
    Place,
    Point,
    Row,
    Template,
    Usage,
    UsageDay,
)
from fieldproof._retries import Retries
from fieldproof._schema import fields_of

__all__ = [
    "Amount",
    "ApiError",
    "AsyncClient",
    "AuthenticationError",
    "Box",
    "Cell",
    "Client",
    "ConnectionFailed",
    "Extraction",
    "FieldproofError",
    "Finding",
    "FreeCalls",
    "IdempotencyConflict",
    "InvalidImage",
    "InvalidRequest",
    "NotFound",
    "PayloadTooLarge",
    "Place",
    "Point",
    "RateLimited",
    "Retries",
    "Row",
    "ServerError",
    "Template",
    "UnexpectedAnswer",
    "Usage",
    "UsageDay",
    "fields_of",
]
