"""Add signing by keys, answers of jobs for other clients, and extractors by plan.

The other clients are those of other systems; a plan allows the choice of an extractor.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns, empty."""
    op.add_column("api_key", sa.Column("signing_state", sa.LargeBinary))
    op.add_column("account", sa.Column("may_choose_extractor", sa.Boolean))
    op.add_column("job", sa.Column("surface", sa.JSON))
