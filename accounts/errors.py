"""Why a caller is turned away."""

from __future__ import annotations


class AccountError(Exception):
    """Base of everything that `accounts` raises about a caller."""


class InvalidKey(AccountError):
    """No key, a malformed one, or one that was never issued."""


class InactiveKey(AccountError):
    """A key that was revoked."""


class IdempotencyConflict(AccountError):
    """An `Idempotency-Key` that came before with another request."""


class NoSuchKey(AccountError):
    """Nothing to revoke."""
