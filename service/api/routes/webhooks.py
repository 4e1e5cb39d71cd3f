"""Routes under /webhooks: URLs that receive the account's events."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from anyio.to_thread import run_sync
from litestar import Controller, Request, Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import PathParameter

from accounts import Accounts, Caller
from service.api.authentication import with_scope
from service.api.openapi import answer, created, errors, takes
from service.api.uploads import json_body
from service.contract.errors import invalid_property
from service.contract.job_models import DeliveriesAnswer, TestAnswer, WebhookAnswer, WebhookRequest, WebhooksAnswer
from service.jobs.job_json import delivery_json, webhook_json
from service.jobs.job_service import JobService
from service.outbound.public_addresses import NotAllowed, is_address, is_public, target_of
from service.settings import Settings

WebhookId = Annotated[str, PathParameter(description="Id of the webhook.")]
_NO_KEY = ("invalid_api_key", "key_inactive", "insufficient_scope")
_EXAMPLE = {
    "id": "whk_0f1e2d3c4b5a69788796",
    "url": "https://example.com/hooks/docwitness",
    "events": ["job.cancelled", "job.finished"],
    "createdAt": "2025-04-30T12:00:00Z",
}
_DELIVERY = {
    "eventId": "evt_0f1e2d3c4b5a69788796",
    "event": "job.finished",
    "status": "delivered",
    "createdAt": "2025-04-30T12:00:00Z",
    "nextAttemptAt": None,
    "attempts": [{"at": "2025-04-30T12:00:01Z", "status": 204, "error": None, "seconds": 0.041}],
}


class WebhooksController(Controller):
    """Webhooks of the account."""

    path = "/webhooks"
    tags = ("webhooks",)
    security = ({"key": []},)
    dependencies = with_scope("admin")

    @post(
        operation_id="createWebhook",
        operation_class=takes(WebhookRequest, {"url": _EXAMPLE["url"], "events": _EXAMPLE["events"]}),
        summary="Create a webhook",
        status_code=201,
        responses=created(WebhookAnswer, "The webhook with its secret.", _EXAMPLE | {"secret": "whsec_…"})
        | errors("invalid_request", "validation_failed", "conflict", *_NO_KEY),
    )
    async def create(
        self,
        request: Request[Any, Any, Any],
        caller: NamedDependency[Caller],
        accounts: NamedDependency[Accounts],
        settings: NamedDependency[Settings],
    ) -> Response[bytes]:
        """Send the events that you name to a URL.

        The response shows the secret that signs them, only this once.
        """
        webhook_request = await json_body(request, WebhookRequest)
        try:
            target = target_of(webhook_request.url)
        except NotAllowed as error:
            raise invalid_property("url", str(error)) from None
        if is_address(target.host) and not is_public(target.host) and not settings.webhook_private_addresses:
            raise invalid_property("url", "expected a public address. This server does not call private ones")
        webhook = await run_sync(
            accounts.webhooks.create, caller.account_id, webhook_request.url, set(webhook_request.events)
        )
        return _json(webhook_json(webhook, webhook.secret), 201)

    @get(
        operation_id="listWebhooks",
        summary="List webhooks",
        responses=answer(WebhooksAnswer, "Webhooks without their secrets.", {"webhooks": [_EXAMPLE]})
        | errors(*_NO_KEY),
    )
    async def list_all(self, caller: NamedDependency[Caller], accounts: NamedDependency[Accounts]) -> Response[bytes]:
        """List the account's webhooks."""
        found = await run_sync(accounts.webhooks.all, caller.account_id)
        return _json({"webhooks": [webhook_json(webhook) for webhook in found]})

    @delete(
        "/{webhook_id:str}",
        operation_id="deleteWebhook",
        summary="Delete a webhook",
        responses=errors("not_found", *_NO_KEY),
    )
    async def remove(
        self, caller: NamedDependency[Caller], accounts: NamedDependency[Accounts], webhook_id: WebhookId
    ) -> None:
        """Delete a webhook. Pending deliveries to it are dropped."""
        await run_sync(accounts.webhooks.delete, caller.account_id, webhook_id)

    @post(
        "/{webhook_id:str}/test",
        operation_id="testWebhook",
        summary="Send a test event",
        status_code=202,
        responses=created(TestAnswer, "The event is queued.", {"status": "accepted"}, 202)
        | errors("not_found", *_NO_KEY),
    )
    async def test(
        self, caller: NamedDependency[Caller], job_service: NamedDependency[JobService], webhook_id: WebhookId
    ) -> Response[bytes]:
        """Send the event `webhook.test`; the list of deliveries shows the outcome."""
        await run_sync(job_service.test_webhook, caller.account_id, webhook_id)
        return _json({"status": "accepted"}, 202)

    @get(
        "/{webhook_id:str}/deliveries",
        operation_id="listDeliveries",
        summary="List deliveries",
        responses=answer(DeliveriesAnswer, "The newest 50 deliveries.", {"deliveries": [_DELIVERY]})
        | errors("not_found", *_NO_KEY),
    )
    async def deliveries(
        self, caller: NamedDependency[Caller], accounts: NamedDependency[Accounts], webhook_id: WebhookId
    ) -> Response[bytes]:
        """List the events of the last seven days, with every delivery attempt."""
        found = await run_sync(accounts.webhooks.deliveries, caller.account_id, webhook_id)
        return _json({"deliveries": [delivery_json(delivery) for delivery in found]})


def _json(body: object, status: int = 200) -> Response[bytes]:
    return Response(msgspec.json.encode(body), status_code=status, media_type="application/json")
