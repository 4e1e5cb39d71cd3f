"""The JSON of jobs, webhooks and deliveries, as the API's contract has it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from accounts.jobs import Job
from accounts.tables import DocumentRow, WebhookRow
from accounts.webhooks import LoggedDelivery
from service.contract.job_models import PRIORITIES

_PRIORITY_NAMES = {number: name for name, number in PRIORITIES.items()}


def job_json(job: Job, results: Mapping[int, bytes] | None = None) -> dict[str, Any]:
    """Return the JSON of a job and its documents.

    Args:
        job: the job.
        results: encoded replies by document number, which are inserted as they are; None leaves `result` out.
    """
    counts = job.counts()
    states = ("queued", "running", "succeeded", "failed", "cancelled")
    return {
        "id": job.row.id,
        "status": job.row.state,
        "priority": _PRIORITY_NAMES[job.row.priority],
        "template": job.row.template,
        "templateVersion": job.row.template_version,
        "createdAt": job.row.created_at,
        "finishedAt": job.row.finished_at,
        "expiresAt": job.row.expires_at,
        "progress": {"total": len(job.documents)} | {state: counts[state] for state in states},
        "documents": [_document_json(document, results) for document in job.documents],
    }


def _document_json(document: DocumentRow, results: Mapping[int, bytes] | None) -> dict[str, Any]:
    failed = document.error_code is not None
    answer: dict[str, Any] = {
        "number": document.number,
        "name": document.name,
        "partOf": document.part_of,
        "parts": document.parts,
        "status": document.state,
        "requestId": document.request_id,
        "attempts": document.attempts,
        "pages": document.pages,
        "finishedAt": document.finished_at,
        "error": {"code": document.error_code, "message": document.error_message} if failed else None,
    }
    if results is not None:
        result = results.get(document.number)
        answer["result"] = msgspec.Raw(result) if result else None
    return answer


def webhook_json(webhook: WebhookRow, secret: str | None = None) -> dict[str, Any]:
    """Return the JSON of a webhook, with its secret if that is given."""
    answer = {"id": webhook.id, "url": webhook.url, "events": webhook.events, "createdAt": webhook.created_at}
    return answer | ({"secret": secret} if secret else {})


def delivery_json(delivery: LoggedDelivery) -> dict[str, Any]:
    """Return the JSON of a delivery with its attempts."""
    due: datetime | None = delivery.row.next_attempt_at if delivery.row.state == "pending" else None
    return {
        "eventId": delivery.event.id,
        "event": delivery.event.kind,
        "status": delivery.row.state,
        "createdAt": delivery.event.created_at,
        "nextAttemptAt": due,
        "attempts": [
            {"at": a.at, "status": a.status, "error": a.error, "seconds": round(a.seconds, 3)}
            for a in delivery.attempts
        ],
    }
