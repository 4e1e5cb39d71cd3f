"""Keys check signatures; jobs remember how another system's client is to be answered; plans say who may choose."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Keys of before get their state when they are next used as they are."""
    op.add_column("api_key", sa.Column("signing_state", sa.LargeBinary))
    op.add_column("account", sa.Column("may_choose_extractor", sa.Boolean))
    op.add_column("job", sa.Column("surface", sa.JSON))
