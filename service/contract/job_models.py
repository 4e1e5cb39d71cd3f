"""Request and response bodies of the routes under /jobs and /webhooks, as validated and as documented."""

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

    image: str = Constraint(description="The document, as `image` of `POST /ocr/fields`.")
    image_type: Literal["base64", "url"] = Constraint(
        default="base64",
        alias="imageType",
        validation_alias=AliasChoices("imageType", "image_type"),
        description="The form of `image`.",
    )
    name: str | None = Constraint(
        default=None, max_length=500, description="Your name for the document; responses repeat it."
    )
    pages: str | None = Constraint(
        default=None, max_length=200, description="Pages of this document, instead of the job's `pages`."
    )


class JobRequest(ExtractRequest):
    """Documents and the fields to return for each: `image`, `documents` or multipart files."""

    documents: list[JobDocument] | None = Constraint(
        default=None, min_length=1, description="Several documents, instead of `image`. By default at most 20."
    )
    priority: Literal["high", "normal", "low"] = Constraint(
        default="normal", description="Priority among the documents of your account."
    )
    retain: bool = Constraint(
        default=False,
        description="Keep the documents as long as the results. By default, each is deleted once it is processed.",
    )

    @model_validator(mode="after")
    def _has_one_source(self) -> JobRequest:
        if self.image is not None and self.documents is not None:
            raise ApiError("invalid_request", "expected either 'image' or 'documents', got both. Remove one of them")
        return self


class ProgressAnswer(BaseModel):
    """Number of documents with each status."""

    total: int
    queued: int
    running: int
    succeeded: int
    failed: int
    cancelled: int


class JobErrorAnswer(BaseModel):
    """Why a document has no result; `code` is one of the API's error codes."""

    code: str
    message: str


class JobDocumentAnswer(BaseModel):
    """A document of a job and its status."""

    number: int = Constraint(description="Position in the request, from 0.")
    name: str | None
    status: Literal["queued", "running", "succeeded", "failed", "cancelled"]
    requestId: str = Constraint(description="Request id of this document, as in the ledger.")
    attempts: int = Constraint(description="How many times work on it has begun.")
    pages: int | None = Constraint(description="Pages read, once it has succeeded.")
    finishedAt: datetime | None
    error: JobErrorAnswer | None
    result: dict[str, Any] | None = Constraint(
        default=None, description="The response of `POST /ocr/fields` to this document; only in `GET /jobs/{id}`."
    )


class JobAnswer(BaseModel):
    """A job and its documents."""

    id: str
    status: Literal["queued", "running", "succeeded", "partly_failed", "failed", "cancelled"]
    priority: Literal["high", "normal", "low"]
    template: str | None
    templateVersion: int | None = Constraint(description="Version of the template, if you have saved it.")
    createdAt: datetime
    finishedAt: datetime | None
    expiresAt: datetime | None = Constraint(
        description="When the results are deleted; null until the last document has finished."
    )
    progress: ProgressAnswer
    documents: list[JobDocumentAnswer]


class JobsAnswer(BaseModel):
    """A page of jobs, newest first."""

    jobs: list[JobAnswer]
    next: str | None = Constraint(description="Send this as `before` to get the next page; null on the last one.")


class AcceptedAnswer(BaseModel):
    """The documents are queued."""

    status: Literal["accepted"]
    requestId: str
    job: JobAnswer


class WebhookRequest(BaseModel):
    """A URL that will receive events."""

    model_config = ConfigDict(extra="forbid")

    url: str = Constraint(
        max_length=2000, description="An http or https URL; its address must be public unless the server allows others."
    )
    events: list[Literal["job.finished", "job.cancelled", "document.succeeded", "document.failed"]] = Constraint(
        default=["job.finished", "job.cancelled"], min_length=1, max_length=10, description="The events to send."
    )


class WebhookAnswer(BaseModel):
    """A URL that receives events."""

    id: str
    url: str
    events: list[str]
    createdAt: datetime
    secret: str | None = Constraint(
        default=None, description="Secret that signs the events; shown only once, on creation."
    )


class WebhooksAnswer(BaseModel):
    """All webhooks of the account."""

    webhooks: list[WebhookAnswer]


class AttemptAnswer(BaseModel):
    """One attempt to deliver an event."""

    at: datetime
    status: int | None = Constraint(description="HTTP status; null if there was no response.")
    error: str | None
    seconds: float


class DeliveryAnswer(BaseModel):
    """An event and the attempts to deliver it."""

    eventId: str
    event: str
    status: Literal["pending", "delivered", "failed"]
    createdAt: datetime
    nextAttemptAt: datetime | None
    attempts: list[AttemptAnswer]


class DeliveriesAnswer(BaseModel):
    """Events sent to a webhook in the last seven days, newest first."""

    deliveries: list[DeliveryAnswer]


class TestAnswer(BaseModel):
    """A test event is queued."""

    status: Literal["accepted"]
