"""Assemble the HTTP application from its parts; nothing is built at import.

The pipeline is assembled from the settings in `service.pipeline.assembly`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from litestar import Litestar, Request, Response, Router
from litestar.config.cors import CORSConfig
from litestar.di import Provide

from accounts import Accounts
from service.api import openapi
from service.api.calls import Calls
from service.api.fair_pool import FairPool
from service.api.problems import answer, error_reply
from service.api.request_context import RequestContext
from service.api.routes.account import AccountController
from service.api.routes.extract import FieldsController
from service.api.routes.jobs import JobsController
from service.api.routes.keys import KeysController
from service.api.routes.system import health, ready
from service.api.routes.templates import TemplatesController
from service.api.routes.text import TextController
from service.api.routes.webhooks import WebhooksController
from service.api.uploads import UploadLimits, UploadReader
from service.jobs.job_service import JobService
from service.outbound.fetching import Fetcher
from service.pipeline.pipeline import Pipeline
from service.settings import Settings
from service.vendors import open_surfaces

ENVELOPE_BYTES = 1_000_000
"""The most that a request may hold next to its documents: schema, names, multipart headers."""


def create_app(settings: Settings, *, pipeline: Pipeline, accounts: Accounts, job_service: JobService) -> Litestar:
    """Return the application with all its routes.

    Args:
        settings: limits and addresses.
        pipeline: turns bytes and a schema into cells.
        accounts: the database; the caller closes it after the application has stopped.
        job_service: accepts, shows and deletes jobs.
    """
    pool = FairPool(settings.effective_workers(), settings.account_concurrency)
    fetcher = Fetcher(
        enabled=settings.url_input,
        hosts=[host.strip() for host in settings.url_hosts.split(",") if host.strip()],
        allow_private=settings.url_private_addresses,
        max_bytes=settings.max_document_bytes,
        seconds=settings.url_seconds,
    )
    upload_reader = UploadReader(
        UploadLimits(settings.max_document_bytes, settings.max_job_bytes, settings.max_job_documents), fetcher
    )

    surfaces = open_surfaces(settings)
    key_headers = sorted({surface.key_header for surface in surfaces} - {"Authorization"})

    def answer_error(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
        """Answer in the form of the API that the path belongs to."""
        path = request.scope["path"]
        write = next((surface.answer for surface in surfaces if surface.owns(path)), answer)
        return write(request, error_reply(request, error))

    @asynccontextmanager
    async def lifespan(_app: Litestar) -> AsyncIterator[None]:
        yield
        pool.close()

    app = Litestar(
        route_handlers=[
            FieldsController,
            TextController,
            Router("/", route_handlers=[JobsController], request_max_body_size=_body_bytes(settings.max_job_bytes)),
            WebhooksController,
            TemplatesController,
            KeysController,
            AccountController,
            health,
            ready,
            openapi.openapi_json,
            openapi.redoc,
            openapi.root,
            openapi.assets(),
            *(route for surface in surfaces for route in surface.routes),
        ],
        dependencies={
            "settings": _provide(settings),
            "accounts": _provide(accounts),
            "calls": _provide(Calls(accounts, pool)),
            "upload_reader": _provide(upload_reader),
            "pipeline": _provide(pipeline),
            "job_service": _provide(job_service),
        },
        exception_handlers={Exception: answer_error},
        request_max_body_size=_body_bytes(settings.max_document_bytes),
        openapi_config=openapi.config(),
        cors_config=CORSConfig(
            allow_headers=["Authorization", "Content-Type", "Idempotency-Key", *key_headers],
            expose_headers=["X-Request-Id", "X-Idempotent-Replay", "Retry-After", "Location"],
        ),
        lifespan=[lifespan],
        logging_config=None,
        debug=False,
    )
    app.asgi_handler = RequestContext(app.asgi_handler)
    return app


def _body_bytes(document_bytes: int) -> int:
    """Return the size of a body with this many bytes of documents as base64."""
    return document_bytes * 4 // 3 + ENVELOPE_BYTES


def _provide(value: Any) -> Provide:
    return Provide(lambda: value, sync_to_thread=False)
