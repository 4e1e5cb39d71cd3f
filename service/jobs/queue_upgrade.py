"""Prepare the queue's tables, and take over what older versions had queued."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import structlog
from dbos import DBOS, DBOSClient

from accounts import Accounts
from accounts.migrate import exclusive
from accounts.work_queue import APPLICATION, DELIVERY_WORKFLOW, DOCUMENT_QUEUE, DOCUMENT_WORKFLOW

log = structlog.get_logger(__name__)

FORMER_APPLICATION = "fieldproof"
"""The name that owned the queue's rows before; DBOS hides the rows of one application from all others."""
_ACTIVE = ["ENQUEUED", "DELAYED", "PENDING"]


def prepare_queue(accounts: Accounts, url: str) -> None:
    """Create or upgrade the queue's tables, and queue documents left without an entry.

    Older versions kept SQLite's queue in a file of its own, and wrote an entry after its document: a process that died
    in between left documents without one. This looks for such documents once, when it finds no queue of this version.

    Args:
        accounts: the accounts, upgraded.
        url: their database, `sqlite:///path` or `postgresql+psycopg://…`; no process of an older version may use it.
    """
    with exclusive(url):  # processes that start at the same time would queue everything twice
        _prepare_queue(accounts, url)


def _prepare_queue(accounts: Accounts, url: str) -> None:
    DBOS.migrate(url)
    client = DBOSClient(system_database_url=url, application_name=APPLICATION)
    try:
        queue = client.retrieve_queue(DOCUMENT_QUEUE)
        if queue is not None and queue.application_name == APPLICATION:
            return
        documents = accounts.job_documents.queue_unfinished(lambda: _numbers(client, DOCUMENT_WORKFLOW))
        deliveries = accounts.webhooks.queue_pending(lambda: _numbers(client, DELIVERY_WORKFLOW))
        client.rename_application(FORMER_APPLICATION, APPLICATION)
    finally:
        client.destroy()
    if documents or deliveries:
        log.info("queued what an older version left", documents=documents, deliveries=deliveries)


def _numbers(client: DBOSClient, workflow: str) -> set[int]:
    """Return the ids of the documents or deliveries that have an entry."""
    found: Sequence[Any] = client.list_workflows(
        name=workflow, status=_ACTIVE, application_name=[FORMER_APPLICATION, APPLICATION], load_output=False
    )
    return {workflow.input["args"][0] for workflow in found}
