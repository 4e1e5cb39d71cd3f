"""Health and readiness."""

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
    """A model that is loaded."""

    model: str = Constraint(description="Its name.")
    device: str = Constraint(description="What it runs on: `cpu`, `cuda`, `mps`, or `remote` for another machine.")


class HealthAnswer(BaseModel):
    """The process answers."""

    status: Literal["healthy"]
    version: str
    time: datetime
    model_loaded: bool = Constraint(description="Whether an extraction model is loaded.")
    model: str = Constraint(description="The name of the one that serves calls which choose none.")
    device: str = Constraint(description="What that runs on.")
    extractors: dict[str, ModelAnswer] = Constraint(description="All that are loaded, by the names to choose them by.")


class ReadyAnswer(BaseModel):
    """Whether calls can be served."""

    status: Literal["ready", "not_ready"]
    database: bool


@get(
    "/health",
    operation_id="health",
    summary="Health",
    tags=["system"],
    responses=answer(
        HealthAnswer,
        "The process answers.",
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
    """Answers as long as the process lives; needs no key."""
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
    summary="Readiness",
    tags=["system"],
    responses=answer(ReadyAnswer, "Calls can be served.", {"status": "ready", "database": True})
    | {503: ResponseSpec(ReadyAnswer, generate_examples=False, description="Calls cannot be served.")},
)
async def ready(accounts: NamedDependency[Accounts]) -> Response[ReadyAnswer]:
    """Whether the database can be reached; needs no key."""
    reachable = await run_sync(accounts.database.is_reachable)
    answer = ReadyAnswer(status="ready" if reachable else "not_ready", database=reachable)
    return Response(answer, status_code=200 if reachable else 503)
