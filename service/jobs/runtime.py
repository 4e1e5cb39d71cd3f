"""Put the queue, the store and their users together for one process, and close them again."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import NamedTuple

from accounts import Accounts
from service.jobs.job_files import JobFiles
from service.jobs.job_service import JobService
from service.jobs.maintenance import QueueMaintenance
from service.jobs.queue import DurableQueue
from service.jobs.queue_upgrade import prepare_queue
from service.jobs.webhook_sender import RETRY_DELAYS, WebhookSender
from service.jobs.worker import Worker
from service.pipeline.pipeline import Pipeline
from service.settings import Settings

_STOP_GRACE = timedelta(seconds=20)
"""Time to finish current documents when a process is to stop; another process takes over those that need longer."""


class JobRuntime(NamedTuple):
    """The parts of a process that have to do with jobs."""

    service: JobService
    queue: DurableQueue
    maintenance: QueueMaintenance
    worker: Worker


def make_job_service(settings: Settings, accounts: Accounts, files: JobFiles) -> JobService:
    """Return a job service with the limits of the settings."""
    return JobService(
        accounts,
        files,
        result_hours=settings.result_hours,
        max_unfinished=settings.max_queued_documents,
    )


@contextmanager
def open_job_runtime(settings: Settings, accounts: Accounts, pipeline: Pipeline | None) -> Iterator[JobRuntime]:
    """Open the queue, and work on it if the settings say so.

    Args:
        settings: addresses and limits.
        accounts: the accounts, upgraded.
        pipeline: extracts fields; None if this process leaves jobs to others.

    Raises:
        ValueError: if the process is to work on jobs and has no pipeline.
    """
    slots = settings.effective_job_workers()
    if slots and pipeline is None:
        raise ValueError("working on jobs needs a pipeline")
    url = settings.effective_queue_url()
    if accounts.database.is_sqlite:  # on Postgres `docwitness-server migrate` has done it
        prepare_queue(accounts, url)
    process_id = f"{socket.gethostname()}-{secrets.token_hex(6)}"
    files = JobFiles(settings.effective_store_url())
    queue = DurableQueue(url, process_id)
    worker = Worker(accounts, files, pipeline, slots, settings.max_document_bytes)
    sender = WebhookSender(accounts, allow_private=settings.webhook_private_addresses, retry_delays=RETRY_DELAYS)
    maintenance = QueueMaintenance(accounts, files, queue, process_id)
    maintenance.start()  # first: without a heartbeat others would take over what this process takes
    queue.start(worker.work, sender.deliver, listen=slots > 0, account_concurrency=settings.account_concurrency)
    try:
        yield JobRuntime(make_job_service(settings, accounts, files), queue, maintenance, worker)
    finally:
        worker.stop()
        maintenance.stop_upkeep()
        queue.stop(_STOP_GRACE)
        maintenance.stop()  # no more heartbeats: what was not finished is taken over
