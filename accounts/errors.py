"""Why a caller is turned away."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


class AccountError(Exception):
    """Base of everything that `accounts` raises about a caller."""


class InvalidKey(AccountError):
    """No key, a malformed one, or one that was never issued."""


class InactiveKey(AccountError):
    """A key that was revoked or has expired."""


class MissingScope(AccountError):
    """The key may not do this."""


class InsufficientBalance(AccountError):
    """The month's free calls are used up, and the balance does not pay for another under a hard cap."""


class IdempotencyConflict(AccountError):
    """An `Idempotency-Key` that came before with another request."""


class QueueFull(AccountError):
    """Too many documents of the account are waiting."""


class AnsweredBefore(AccountError):
    """Someone else's reply to the same `Idempotency-Key` was faster; that one counts."""


class NotFound(AccountError):
    """There is no such account, key, template, job or webhook, or it is another account's."""


class Conflict(AccountError):
    """It cannot be done to what is there: a name that is taken, a job that still runs."""


@dataclass(frozen=True)
class RateState:
    """How much of a minute's calls is left."""

    limit: int
    remaining: int
    resets_at: datetime


@dataclass
class TooManyCalls(AccountError):
    """More calls than a minute allows."""

    message: str
    state: RateState
    retry_after: int
    """Seconds."""

    def __str__(self) -> str:
        return self.message
