"""Keys, the usage ledger and idempotency."""

from accounts.errors import AccountError, IdempotencyConflict, InactiveKey, InvalidKey, NoSuchKey
from accounts.migrate import migrate
from accounts.store import AccountStore, Caller, Charge, DayOfUsage, Idempotency, billing_month

__all__ = [
    "AccountError",
    "AccountStore",
    "Caller",
    "Charge",
    "DayOfUsage",
    "Idempotency",
    "IdempotencyConflict",
    "InactiveKey",
    "InvalidKey",
    "NoSuchKey",
    "billing_month",
    "migrate",
]
