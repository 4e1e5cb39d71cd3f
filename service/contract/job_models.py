"""The bodies of the routes below /jobs and /webhooks, as they are validated and as they are documented."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, model_validator
from pydantic import Field as Constraint

from service.contract.errors import ApiError
from service.contract.models import ExtractRequest

PRIORITIES = {"high": 1, "normal": 2, "low": 3}


class JobDocument(BaseModel):
    """One document of a job."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    image: str = Constraint(description="As `image` of `POST /ocr/fields`.")
    image_type: Literal["base64", "url"] = Constraint(
        default="base64", alias="imageType", validation_alias=AliasChoices("imageType", "image_type")
    )
    name: str | None = Constraint(default=None, max_length=500, description="Your own name for it; comes back.")
    pages: str | None = Constraint(default=None, max_length=200, description="Instead of the job's own `pages`.")


class JobRequest(ExtractRequest):
    """What is asked of every document of a job. Either `image`, or `documents`, or multipart files."""

    documents: list[JobDocument] | None = Constraint(
        default=None, min_length=1, description="Several documents, instead of `image`."
    )
    priority: Literal["high", "normal", "low"] = Constraint(
        default="normal", description="Among the documents of your account."
    )
    retain: bool = Constraint(
        default=False, description="Keep the documents as long as the results; by default each goes when it is done."
    )

    @model_validator(mode="after")
    def _has_one_source(self) -> JobRequest:
        if self.image is not None and self.documents is not None:
            raise ApiError("invalid_request", "expected either 'image' or 'documents'; both came")
        return self


class ProgressAnswer(BaseModel):
    """Documents by what has become of them."""

    total: int
    queued: int
    running: int
    succeeded: int
    failed: int
    cancelled: int


class JobErrorAnswer(BaseModel):
    """Why a document has no result; a code of the table of errors."""

    code: str
    message: str


class JobDocumentAnswer(BaseModel):
    """A document and what has become of it."""

    number: int = Constraint(description="From 0, in the order in which they came.")
    name: str | None
    status: Literal["queued", "running", "succeeded", "failed", "cancelled"]
    requestId: str = Constraint(description="Of its entry in the ledger.")
    attempts: int
    pages: int | None
    finishedAt: datetime | None
    error: JobErrorAnswer | None
    result: dict[str, Any] | None = Constraint(
        default=None, description="What `POST /ocr/fields` would have answered; with `GET /jobs/{id}` alone."
    )


class JobAnswer(BaseModel):
    """A job."""

    id: str
    status: Literal["queued", "running", "succeeded", "partly_failed", "failed", "cancelled"]
    priority: Literal["high", "normal", "low"]
    template: str | None
    templateVersion: int | None = Constraint(description="Of a template that you have saved.")
    createdAt: datetime
    finishedAt: datetime | None
    expiresAt: datetime | None = Constraint(description="When the results go; known when the last document has ended.")
    progress: ProgressAnswer
    documents: list[JobDocumentAnswer]


class JobsAnswer(BaseModel):
    """A page of jobs, the newest first."""

    jobs: list[JobAnswer]
    next: str | None = Constraint(description="To be sent as `before` for the page that follows.")


class AcceptedAnswer(BaseModel):
    """The documents are in the queue."""

    status: Literal["accepted"]
    requestId: str
    job: JobAnswer


class WebhookRequest(BaseModel):
    """An address to be told."""

    model_config = ConfigDict(extra="forbid")

    url: str = Constraint(max_length=2000, description="http or https; public unless the server allows others.")
    events: list[Literal["job.finished", "job.cancelled", "document.succeeded", "document.failed"]] = Constraint(
        default=["job.finished", "job.cancelled"], min_length=1, max_length=10
    )


class WebhookAnswer(BaseModel):
    """An address that is told."""

    id: str
    url: str
    events: list[str]
    createdAt: datetime
    secret: str | None = Constraint(default=None, description="Signs what is sent; shown once, when it was created.")


class WebhooksAnswer(BaseModel):
    """Every address of the account."""

    webhooks: list[WebhookAnswer]


class AttemptAnswer(BaseModel):
    """One attempt to tell."""

    at: datetime
    status: int | None = Constraint(description="HTTP status; null when there was no answer.")
    error: str | None
    seconds: float


class DeliveryAnswer(BaseModel):
    """An event on its way."""

    eventId: str
    event: str
    status: Literal["pending", "delivered", "failed"]
    createdAt: datetime
    nextAttemptAt: datetime | None
    attempts: list[AttemptAnswer]


class DeliveriesAnswer(BaseModel):
    """What was sent to an address in the last days, the newest first."""

    deliveries: list[DeliveryAnswer]


class TestAnswer(BaseModel):
    """A test event is on its way."""

    status: Literal["accepted"]
