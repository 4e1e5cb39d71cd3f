"""Keys that sign requests keep their secret encrypted; other keys keep only a hash."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Replace what signatures were checked with: keys of earlier versions cannot sign any more."""
    with op.batch_alter_table("api_key") as table:
        table.drop_column("signing_state")
        table.add_column(sa.Column("encrypted_secret", sa.LargeBinary))
    _rename_the_extractor_in_jobs()


def _rename_the_extractor_in_jobs() -> None:
    """Let waiting jobs that chose the shipped extractor find it under its new name."""
    job = sa.table("job", sa.column("id", sa.String), sa.column("request", sa.JSON))
    connection = op.get_bind()
    mentions = sa.cast(job.c.request, sa.Text).like("%fieldproof%")
    for row in connection.execute(sa.select(job.c.id, job.c.request).where(mentions)).all():
        if isinstance(row.request, dict) and row.request.get("extractor") == "fieldproof":
            request = row.request | {"extractor": "docwitness"}
            connection.execute(sa.update(job).where(job.c.id == row.id).values(request=request))
