"""Puts the queue, the store and those who work with them together, and takes them apart again."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import NamedTuple

from accounts import Accounts
from service.jobs.files import Files
from service.jobs.job_service import JobService
from service.jobs.maintenance import QueueMaintenance
from service.jobs.queue import DurableQueue, Queue
from service.jobs.webhook_sender import PAUSES, WebhookSender
from service.jobs.work import Worker
from service.pipeline.pipeline import Pipeline
from service.settings import Settings

_PATIENCE = timedelta(seconds=20)
"""For documents in hand when a process is asked to stop; what takes longer is taken over by another."""


class Running(NamedTuple):
    """What a process with the queue has."""

    desk: JobService
    queue: DurableQueue
    keeper: QueueMaintenance
    worker: Worker


def job_service_of(settings: Settings, accounts: Accounts, files: Files, queue: Queue) -> JobService:
    """The desk with the settings' limits."""
    return JobService(
        accounts,
        files,
        queue,
        result_hours=settings.result_hours,
        max_queued_documents=settings.max_queued_documents,
    )


@contextmanager
def running(settings: Settings, accounts: Accounts, pipeline: Pipeline | None) -> Iterator[Running]:
    """The queue, with this process at work on it; where its settings leave that to others it needs no pipeline."""
    process_id = f"{socket.gethostname()}-{secrets.token_hex(6)}"
    files = Files(settings.effective_store_url())
    queue = DurableQueue(settings.effective_queue_url(), process_id)
    at_a_time = settings.effective_job_workers()
    if at_a_time and pipeline is None:
        raise ValueError("working on jobs needs a pipeline")
    worker = Worker(accounts, files, queue, pipeline, at_a_time, settings.max_document_bytes)
    courier = WebhookSender(accounts, queue, allow_private=settings.webhook_private_addresses, pauses=PAUSES)
    keeper = QueueMaintenance(accounts, files, queue, process_id)
    keeper.start()
    queue.start(worker.work, courier.deliver, listen=at_a_time > 0, account_concurrency=settings.account_concurrency)
    try:
        yield Running(job_service_of(settings, accounts, files, queue), queue, keeper, worker)
    finally:
        worker.stop()
        keeper.drain()
        queue.stop(_PATIENCE)
        keeper.stop()  # from now on it is silent: what was not finished is taken over
