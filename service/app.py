"""Assembles the application from its parts; nothing is built at import."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from litestar import Litestar, Request
from litestar.config.cors import CORSConfig
from litestar.di import NamedDependency, Provide

from accounts import AccountStore, Caller, InvalidKey
from documents import PageReader
from extractors import Extractor
from service import openapi
from service.document_calls import DocumentCalls
from service.metering import Meter
from service.pipeline import Pipeline
from service.problems import answer
from service.rate_limit import RateLimiter
from service.request_context import RequestContext
from service.routes.account import AccountController
from service.routes.fields import FieldsController
from service.routes.reading import ReadingController
from service.routes.system import health, ready
from service.routes.templates import TemplatesController
from service.runner import Runner
from service.settings import Settings

ENVELOPE_BYTES = 1_000_000
"""What a request may hold beside the document: schema, names, multipart headers."""


def create_app(
    settings: Settings, *, reader: PageReader, extractor: Extractor, account_store: AccountStore
) -> Litestar:
    """The whole API.

    Args:
        settings: limits and addresses.
        reader: turns bytes into pages.
        extractor: proposes values.
        account_store: keys and ledger; closed when the application stops.
    """
    runner = Runner(settings.effective_workers())
    meter = Meter(account_store, RateLimiter(settings.calls_per_minute))

    @asynccontextmanager
    async def lifespan(_app: Litestar) -> AsyncIterator[None]:
        yield
        runner.close()
        await account_store.close()

    app = Litestar(
        route_handlers=[
            FieldsController,
            ReadingController,
            TemplatesController,
            AccountController,
            health,
            ready,
            openapi.openapi_json,
            openapi.redoc,
            openapi.root,
            openapi.assets(),
        ],
        dependencies={
            "settings": _provide(settings),
            "account_store": _provide(account_store),
            "document_calls": _provide(DocumentCalls(meter, runner, settings.max_document_bytes)),
            "pipeline": _provide(Pipeline(reader, extractor)),
            "caller": Provide(authenticated),
        },
        exception_handlers={Exception: answer},
        request_max_body_size=settings.max_document_bytes * 4 // 3 + ENVELOPE_BYTES,
        openapi_config=openapi.config(),
        cors_config=CORSConfig(allow_headers=["Authorization", "Content-Type", "Idempotency-Key"]),
        lifespan=[lifespan],
        logging_config=None,
        debug=False,
    )
    app.asgi_handler = RequestContext(app.asgi_handler)
    return app


async def authenticated(request: Request[Any, Any, Any], account_store: NamedDependency[AccountStore]) -> Caller:
    """The caller whose key the request carries.

    Raises:
        InvalidKey, InactiveKey: it carries none that is valid.
    """
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise InvalidKey("no API key came; send it as 'Authorization: Bearer <key>'")
    return await account_store.authenticate(key.strip())


def _provide(value: Any) -> Provide:
    return Provide(lambda: value, sync_to_thread=False)
