"""GET /health and GET /ready."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.metadata import version
from typing import Literal

from anyio.to_thread import run_sync
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.openapi import ResponseSpec
from pydantic import BaseModel
from pydantic import Field as Constraint

from accounts import Accounts
from service.api.openapi import answer
from service.pipeline.pipeline import Pipeline


class ModelAnswer(BaseModel):
    """A loaded extraction model."""

    model: str = Constraint(description="Name of the model.")
    device: str = Constraint(description="Device it runs on: `cpu`, `cuda`, `mps`, or `remote` for another machine.")


class HealthAnswer(BaseModel):
    """State of the process and its models."""

    status: Literal["healthy"]
    version: str = Constraint(description="Version of the server.")
    time: datetime = Constraint(description="Current time of the server.")
    model_loaded: bool = Constraint(description="Whether an extraction model is loaded.")
    model: str = Constraint(description="Name of the default model, for calls that choose no extractor.")
    device: str = Constraint(description="Device of the default model.")
    extractors: dict[str, ModelAnswer] = Constraint(
        description="All loaded models, by the name that `extractor` takes."
    )


class ReadyAnswer(BaseModel):
    """Readiness of the server."""

    status: Literal["ready", "not_ready"]
    database: bool = Constraint(description="Whether the database can be reached.")


@get(
    "/health",
    operation_id="health",
    summary="Check health",
    tags=["system"],
    responses=answer(
        HealthAnswer,
        "The process is running.",
        {
            "status": "healthy",
            "version": "0.1.0",
            "time": "2025-04-30T12:00:00Z",
            "model_loaded": True,
            "model": "docwitness",
            "device": "cpu",
            "extractors": {"docwitness": {"model": "docwitness", "device": "cpu"}},
        },
    ),
)
async def health(pipeline: NamedDependency[Pipeline]) -> HealthAnswer:
    """Report the version and the loaded models.

    Responds as long as the process is running. Needs no key.
    """
    return HealthAnswer(
        status="healthy",
        version=version("docwitness-server"),
        time=datetime.now(UTC),
        model_loaded=True,
        model=pipeline.model.name,
        device=pipeline.model.device,
        extractors={
            name: ModelAnswer(model=extractor.model.name, device=extractor.model.device)
            for name, extractor in pipeline.choices.items()
        },
    )


@get(
    "/ready",
    operation_id="ready",
    summary="Check readiness",
    tags=["system"],
    responses=answer(ReadyAnswer, "The server can handle calls.", {"status": "ready", "database": True})
    | {503: ResponseSpec(ReadyAnswer, generate_examples=False, description="The database cannot be reached.")},
)
async def ready(accounts: NamedDependency[Accounts]) -> Response[ReadyAnswer]:
    """Check that the database can be reached. Needs no key."""
    reachable = await run_sync(accounts.database.is_reachable)
    answer = ReadyAnswer(status="ready" if reachable else "not_ready", database=reachable)
    return Response(answer, status_code=200 if reachable else 503)
