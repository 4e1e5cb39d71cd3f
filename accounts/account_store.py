"""Accounts, which pay for calls, and their terms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from accounts.database import Database
from accounts.errors import Conflict, NotFound
from accounts.plans import Plan, month_name
from accounts.tables import (
    AccountRow,
    CreditRow,
    EventRow,
    JobRow,
    KeyRow,
    MonthRow,
    RateRow,
    ReplyRow,
    TemplateRow,
    UsageRow,
    WebhookRow,
)

DEFAULT_ACCOUNT = "default"
"""Name of the operator's account, created by the migration; a key belongs to it unless another account is named."""


@dataclass(frozen=True)
class Account:
    """An account and its terms."""

    id: int
    name: str
    created_at: datetime
    plan: Plan
    balance: Decimal
    """Amount paid in and not used yet, in the plan's currency."""
    used: int
    """Calls made this month."""


class AccountStore:
    """Reads and writes accounts and their terms."""

    def __init__(self, database: Database, default_plan: Plan, changed: Callable[[], None]) -> None:
        """Store the connection; nothing is read yet.

        Args:
            database: The database with the accounts.
            default_plan: The plan of accounts without terms of their own.
            changed: Called after the terms of an account were changed or the account was deleted.
        """
        self._database = database
        self._default_plan = default_plan
        self._changed = changed

    def create(self, name: str, **terms: Any) -> Account:
        """Create an account.

        Args:
            name: The name of the account.
            **terms: Fields of `Plan`; terms that are left out are those of the default plan.

        Raises:
            Conflict: if the name is taken.
        """
        try:
            with self._database.write() as session:
                row = AccountRow(name=name, created_at=self._database.clock(), balance=Decimal(0), **terms)
                session.add(row)
                session.flush()
                return self._account(session, row)
        except IntegrityError:
            raise Conflict(f"there is already an account '{name}'; choose another name") from None

    def set_terms(self, name: str, **terms: Any) -> Account:
        """Give an account terms of its own.

        Args:
            name: The name of the account.
            **terms: Fields of `Plan`; None goes back to the default plan's term.

        Raises:
            NotFound: if there is no such account.
        """
        with self._database.write() as session:
            row = find_account(session, name)
            for term, value in terms.items():
                setattr(row, term, value)
            account = self._account(session, row)
        self._changed()
        return account

    def credit(self, name: str, amount: Decimal) -> Account:
        """Add an amount to the balance of an account, or subtract a negative one.

        Raises:
            NotFound: if there is no such account.
        """
        with self._database.write() as session:
            row = find_account(session, name)
            session.add(CreditRow(account_id=row.id, created_at=self._database.clock(), amount=amount))
            session.execute(
                update(AccountRow).where(AccountRow.id == row.id).values(balance=AccountRow.balance + amount)
            )
            session.refresh(row)
            return self._account(session, row)

    def all(self) -> Sequence[Account]:
        """Return all accounts, oldest first."""
        with self._database.read() as session:
            rows = session.scalars(
                select(AccountRow).where(AccountRow.deleted_at.is_(None)).order_by(AccountRow.id)
            ).all()
            return [self._account(session, row) for row in rows]

    def get(self, account_id: int) -> Account:
        """Return the account with an id.

        Raises:
            NotFound: if it was deleted.
        """
        with self._database.read() as session:
            row = session.get(AccountRow, account_id)
            if row is None or row.deleted_at is not None:
                raise NotFound("the account was deleted")
            return self._account(session, row)

    def find(self, name: str) -> Account:
        """Return the account with a name.

        Raises:
            NotFound: if there is none.
        """
        with self._database.read() as session:
            return self._account(session, find_account(session, name))

    def delete(self, name: str) -> int:
        """Delete an account with all its data except the ledger's figures, and return its id.

        Documents and results of its jobs lie in the store and are deleted by `service.jobs`.

        Raises:
            NotFound: if there is no such account.
            Conflict: if it is the operator's own account.
        """
        if name == DEFAULT_ACCOUNT:
            raise Conflict(f"the account '{name}' is the operator's own and cannot be deleted; revoke its keys instead")
        now = self._database.clock()
        with self._database.write() as session:
            row = find_account(session, name)
            keys = session.scalars(select(KeyRow).where(KeyRow.account_id == row.id)).all()
            for key in keys:  # the rows stay, because the ledger refers to them
                key.name, key.key_hash, key.prefix, key.encrypted_secret = "", "", f"deleted-{key.id}", None
                key.revoked_at = key.revoked_at or now
            for table in (ReplyRow, JobRow, TemplateRow, WebhookRow, EventRow):
                session.execute(delete(table).where(table.account_id == row.id))
            subjects = [f"account:{row.id}", *(f"key:{key.id}" for key in keys)]
            session.execute(delete(RateRow).where(RateRow.subject.in_(subjects)))
            # the customer chose the names of templates
            session.execute(update(UsageRow).where(UsageRow.account_id == row.id).values(template=None))
            row.name, row.deleted_at = f"deleted-{row.id}", now
        self._changed()
        return row.id

    def forget(self) -> None:
        """Delete what running calls wrote after their account was deleted.

        Jobs are deleted when they expire.
        """
        gone = select(AccountRow.id).where(AccountRow.deleted_at.is_not(None))
        with self._database.write() as session:
            for table in (ReplyRow, TemplateRow, WebhookRow, EventRow):
                session.execute(delete(table).where(table.account_id.in_(gone)))
            late = UsageRow.account_id.in_(gone) & UsageRow.template.is_not(None)
            session.execute(update(UsageRow).where(late).values(template=None))

    def _account(self, session: Session, row: AccountRow) -> Account:
        month = session.get(MonthRow, (row.id, month_name(self._database.clock())))
        plan = self._default_plan.for_account(row)
        return Account(row.id, row.name, row.created_at, plan, row.balance, month.calls if month else 0)


def find_account(session: Session, name: str) -> AccountRow:
    """Return the row of the account with a name, unless it was deleted.

    Raises:
        NotFound: if there is none.
    """
    row = session.scalar(select(AccountRow).where(AccountRow.name == name, AccountRow.deleted_at.is_(None)))
    if row is None:
        raise NotFound(f"there is no account '{name}'; 'docwitness-server accounts list' shows them")
    return row
