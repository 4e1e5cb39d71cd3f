"""Let the queue alone keep what is due when, and add a job's opaque JSON.

The JSON is for the API surface that submitted the job.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Drop the scheduling columns.

    `service.jobs.queue_upgrade` queues the documents and deliveries they were for.
    """
    op.alter_column("job", "surface", new_column_name="answer_format", existing_type=sa.JSON)
    op.drop_index("ix_job_document_state", "job_document")
    op.create_index("ix_job_document_state", "job_document", ["state"])
    op.drop_column("job_document", "turn")
    op.drop_column("job_document", "due_at")
    op.drop_index("ix_webhook_delivery_state", "webhook_delivery")
    op.drop_column("webhook_delivery", "turn")
    op.alter_column("webhook_delivery", "due_at", new_column_name="next_attempt_at")
