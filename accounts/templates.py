"""Templates: schemas that an account has saved, in versions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from accounts.database import Database
from accounts.errors import Conflict, NotFound
from accounts.tables import TemplateRow

MAX_TEMPLATES = 1000
"""Templates that one account may save."""


class Templates:
    """Reads and writes saved templates."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, account_id: int, name: str, content: dict[str, Any]) -> TemplateRow:
        """Save a new version and return it, or return the newest version if its content is the same.

        Args:
            account_id: The account that owns the template.
            name: The name of the template.
            content: `title`, `description` and `fields`, as they were sent.

        Raises:
            Conflict: if the account has too many templates, or others kept changing this one.
        """
        for _ in range(5):
            try:
                with self._database.write() as session:
                    rows = session.scalars(
                        select(TemplateRow)
                        .where(TemplateRow.account_id == account_id, TemplateRow.name == name)
                        .order_by(TemplateRow.version.desc())
                        .limit(1)
                    )
                    newest = rows.first()
                    if newest and newest.deleted_at is None and newest.content == content:
                        return newest
                    self._require_room(session, account_id, name)
                    row = TemplateRow(
                        account_id=account_id,
                        name=name,
                        version=newest.version + 1 if newest else 1,
                        content=content,
                        created_at=self._database.clock(),
                    )
                    session.add(row)
                    return row
            except IntegrityError:
                continue  # another writer has just saved this version
        raise Conflict(f"other requests are changing the template '{name}' at the moment; try again")

    def all(self, account_id: int) -> Sequence[TemplateRow]:
        """Return the newest version of each template, sorted by name."""
        newest = (
            select(TemplateRow.name, func.max(TemplateRow.version).label("version"))
            .where(TemplateRow.account_id == account_id, TemplateRow.deleted_at.is_(None))
            .group_by(TemplateRow.name)
            .subquery()
        )
        with self._database.read() as session:
            return session.scalars(
                select(TemplateRow)
                .join(newest, (TemplateRow.name == newest.c.name) & (TemplateRow.version == newest.c.version))
                .where(TemplateRow.account_id == account_id)
                .order_by(TemplateRow.name)
            ).all()

    def get(self, account_id: int, name: str, version: int | None = None) -> TemplateRow | None:
        """Return a template, or None if there is none.

        Args:
            account_id: The account that owns the template.
            name: The name of the template.
            version: The version to return, even if the template was deleted; the newest if None.
        """
        found = select(TemplateRow).where(TemplateRow.account_id == account_id, TemplateRow.name == name)
        if version is None:
            found = found.where(TemplateRow.deleted_at.is_(None)).order_by(TemplateRow.version.desc()).limit(1)
        else:
            found = found.where(TemplateRow.version == version)
        with self._database.read() as session:
            return session.scalar(found)

    def delete(self, account_id: int, name: str) -> None:
        """Delete a template for new requests; jobs that were submitted with it go on.

        Raises:
            NotFound: if the account has no such template.
        """
        live = (
            TemplateRow.account_id == account_id,
            TemplateRow.name == name,
            TemplateRow.deleted_at.is_(None),
        )
        with self._database.write() as session:
            done: Any = session.execute(update(TemplateRow).where(*live).values(deleted_at=self._database.clock()))
            if not done.rowcount:
                raise NotFound(f"your account has no template '{name}'; the list of templates shows their names")

    def _require_room(self, session: Session, account_id: int, name: str) -> None:
        others = select(func.count(TemplateRow.name.distinct())).where(
            TemplateRow.account_id == account_id, TemplateRow.deleted_at.is_(None), TemplateRow.name != name
        )
        if (session.scalar(others) or 0) >= MAX_TEMPLATES:
            raise Conflict(f"your account has {MAX_TEMPLATES} templates, and no more are allowed; delete some first")
