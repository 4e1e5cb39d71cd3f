"""An e-mail of a job becomes several documents of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns that join an e-mail and its parts."""
    op.add_column("job_document", sa.Column("part_of", sa.Integer))
    op.add_column("job_document", sa.Column("part", sa.Integer))
    op.add_column("job_document", sa.Column("parts", sa.JSON(none_as_null=True)))
