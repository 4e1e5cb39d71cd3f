"""Accounts, keys, plans, the usage ledger, idempotency, and what an account owns.

An account owns templates, jobs and webhooks.
"""

from __future__ import annotations

from accounts.account_store import DEFAULT_ACCOUNT, Account, AccountStore
from accounts.database import Clock, Database, utc_now
from accounts.encryption import InvalidEncryptionKey, SecretCipher, UndecryptableSecret
from accounts.errors import (
    AccountError,
    Conflict,
    IdempotencyConflict,
    InactiveKey,
    InsufficientBalance,
    InvalidKey,
    MissingScope,
    NotFound,
    QueueFull,
    RateState,
    TooManyCalls,
)
from accounts.job_documents import JobDocuments
from accounts.jobs import Jobs
from accounts.keys import ANONYMOUS_KEY, BATCH_KEY, SCOPES, Caller, Keys, NewKey, Scope
from accounts.ledger import Charge, Idempotency, Ledger, Payer, Reply, Usage
from accounts.migrate import migrate
from accounts.plans import Plan, billing_month
from accounts.processes import Processes
from accounts.rate_limiter import RateLimiter
from accounts.templates import Templates
from accounts.webhooks import Webhooks
from accounts.work_queue import DbosWorkQueue, WorkQueue

__all__ = [
    "ANONYMOUS_KEY",
    "BATCH_KEY",
    "DEFAULT_ACCOUNT",
    "SCOPES",
    "Account",
    "AccountError",
    "Accounts",
    "Caller",
    "Charge",
    "Clock",
    "Conflict",
    "Idempotency",
    "IdempotencyConflict",
    "InactiveKey",
    "InsufficientBalance",
    "InvalidEncryptionKey",
    "InvalidKey",
    "Ledger",
    "MissingScope",
    "NewKey",
    "NotFound",
    "Payer",
    "Plan",
    "QueueFull",
    "RateLimiter",
    "RateState",
    "Reply",
    "Scope",
    "SecretCipher",
    "TooManyCalls",
    "UndecryptableSecret",
    "Usage",
    "billing_month",
    "migrate",
    "utc_now",
]


class Accounts:
    """All data about accounts, in one database; safe to use from many threads."""

    def __init__(
        self,
        database_url: str,
        plan: Plan | None = None,
        clock: Clock = utc_now,
        *,
        cipher: SecretCipher | None = None,
        queue: WorkQueue | None = None,
    ) -> None:
        """Prepare the stores; the database is connected to when it is first used.

        Args:
            database_url: `sqlite:///path` or `postgresql://user:password@host/name`, with migrated tables.
            plan: The plan of accounts without terms of their own.
            clock: Returns the present time.
            cipher: Encrypts the secrets of keys that sign requests, and passwords of documents in jobs; without it
                neither can be kept.
            queue: Receives documents and webhook deliveries; DBOS in the same database by default.
        """
        plan = plan or Plan()
        self.cipher = cipher or SecretCipher()
        self.database = Database(database_url, clock)
        self.keys = Keys(self.database, plan, self.cipher)
        self.account_store = AccountStore(self.database, plan, self.keys.clear_cache)
        self.rate_limiter = RateLimiter(self.database)
        self.ledger = Ledger(self.database)
        self.templates = Templates(self.database)
        queue = queue or DbosWorkQueue(self.database)
        self.webhooks = Webhooks(self.database, queue)
        self.jobs = Jobs(self.database, self.ledger, self.webhooks, queue)
        self.job_documents = JobDocuments(self.database, plan, self.ledger, self.webhooks, queue)
        self.processes = Processes(self.database)

    def forget(self) -> None:
        """Delete what has expired.

        These are old replies, past minutes, old logs and leftovers of deleted accounts.
        """
        self.account_store.forget()
        self.ledger.forget()
        self.rate_limiter.forget()
        self.webhooks.forget()
        self.processes.forget()

    def close(self) -> None:
        """Close the connections to the database."""
        self.database.close()
