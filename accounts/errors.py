"""Errors about callers, their accounts and what they ask for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


class AccountError(Exception):
    """Base class of the errors that concern a caller."""


class InvalidKey(AccountError):
    """The key or signature is missing, malformed or unknown."""


class InactiveKey(AccountError):
    """The key was revoked or has expired."""


class MissingScope(AccountError):
    """The key lacks the scope for this."""


class InsufficientBalance(AccountError):
    """Under a hard cap, neither the month's free calls nor the balance cover the call."""


class IdempotencyConflict(AccountError):
    """The `Idempotency-Key` was used before with another request."""


class QueueFull(AccountError):
    """Too many documents of the account are waiting."""


class AnsweredBefore(AccountError):
    """A concurrent call with the same `Idempotency-Key` was answered first; its reply counts."""


class NotFound(AccountError):
    """There is no such account, key, template, job or webhook, or it belongs to another account."""


class Conflict(AccountError):
    """The present state does not allow this: a name that is taken, a job that still runs."""


@dataclass(frozen=True)
class RateState:
    """The state of a limit of calls per minute."""

    limit: int
    """Calls allowed per minute."""
    remaining: int
    """Calls left in the present minute."""
    resets_at: datetime
    """When the next minute begins, UTC."""


@dataclass
class TooManyCalls(AccountError):
    """The key or its account has made more calls than a minute allows."""

    message: str
    state: RateState
    retry_after: int
    """Seconds until the next call is allowed."""

    def __str__(self) -> str:
        return self.message
