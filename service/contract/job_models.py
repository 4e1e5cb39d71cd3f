"""Request and response bodies of the routes under /jobs and /webhooks."""

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

    total: int = Constraint(description="All documents.")
    queued: int = Constraint(description="Waiting.")
    running: int = Constraint(description="In progress.")
    succeeded: int = Constraint(description="Finished with a result.")
    failed: int = Constraint(description="Finished without a result.")
    cancelled: int = Constraint(description="Cancelled before work on them began.")


class JobErrorAnswer(BaseModel):
    """Why a document has no result; `code` is one of the API's error codes."""

    code: str = Constraint(description="One of the API's error codes, such as `invalid_image`.")
    message: str = Constraint(description="What went wrong.")


class EmailPartAnswer(BaseModel):
    """A part of an e-mail: its text, an attachment, or a part of an attached e-mail."""

    name: str = Constraint(description="File name; parts of an attached e-mail begin with its name and a slash.")
    number: int | None = Constraint(description="Number of its document in the job; null if it is left out.")
    reason: str | None = Constraint(description="Why it is left out; null if it is not.")


class JobDocumentAnswer(BaseModel):
    """A document of a job and its status."""

    number: int = Constraint(
        description="Position in the job, from 0: first the documents of the request, then the parts of e-mails."
    )
    name: str | None = Constraint(description="The name that was sent, if any; of an attachment, its file name.")
    partOf: int | None = Constraint(
        default=None, description="Number of the e-mail that it was taken out of; null if it was sent itself."
    )
    parts: list[EmailPartAnswer] | None = Constraint(
        default=None, description="What became of each part of an e-mail; null for other documents."
    )
    status: Literal["queued", "running", "succeeded", "failed", "cancelled"] = Constraint(
        description="Status of the document."
    )
    requestId: str = Constraint(description="Request id of this document, as in the ledger.")
    attempts: int = Constraint(description="How many times work on it has begun.")
    pages: int | None = Constraint(description="Pages read, once it has succeeded; 0 for an e-mail.")
    finishedAt: datetime | None = Constraint(description="When it finished.")
    error: JobErrorAnswer | None = Constraint(description="Why it failed; null otherwise.")
    result: dict[str, Any] | None = Constraint(
        default=None, description="The response of `POST /ocr/fields` to this document; only in `GET /jobs/{id}`."
    )


class JobAnswer(BaseModel):
    """A job and its documents."""

    id: str = Constraint(description="Id of the job.")
    status: Literal["queued", "running", "succeeded", "partly_failed", "failed", "cancelled"] = Constraint(
        description="`partly_failed` if some documents failed."
    )
    priority: Literal["high", "normal", "low"] = Constraint(description="Priority among the documents of the account.")
    template: str | None = Constraint(description="Id of the template, if one was requested.")
    templateVersion: int | None = Constraint(description="Version of the template, if you have saved it.")
    createdAt: datetime = Constraint(description="When it was submitted.")
    finishedAt: datetime | None = Constraint(description="When its last document finished.")
    expiresAt: datetime | None = Constraint(
        description="When the results are deleted; null until the last document has finished."
    )
    progress: ProgressAnswer = Constraint(description="Number of documents with each status.")
    documents: list[JobDocumentAnswer] = Constraint(
        description="Its documents: those of the request, in its order, then the parts of e-mails."
    )


class JobsAnswer(BaseModel):
    """A page of jobs, newest first."""

    jobs: list[JobAnswer] = Constraint(description="The jobs.")
    next: str | None = Constraint(description="Send this as `before` to get the next page; null on the last one.")


class AcceptedAnswer(BaseModel):
    """The documents are queued."""

    status: Literal["accepted"]
    requestId: str = Constraint(description="Id of the request, also in the header `X-Request-Id`.")
    job: JobAnswer = Constraint(description="The new job.")


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

    id: str = Constraint(description="Id of the webhook.")
    url: str = Constraint(description="The URL.")
    events: list[str] = Constraint(description="Events that it receives.")
    createdAt: datetime = Constraint(description="When it was created.")
    secret: str | None = Constraint(
        default=None, description="Secret that signs the events; shown only once, on creation."
    )


class WebhooksAnswer(BaseModel):
    """All webhooks of the account."""

    webhooks: list[WebhookAnswer] = Constraint(description="The webhooks, oldest first.")


class AttemptAnswer(BaseModel):
    """One attempt to deliver an event."""

    at: datetime = Constraint(description="When it was made.")
    status: int | None = Constraint(description="HTTP status; null if there was no response.")
    error: str | None = Constraint(description="What went wrong; null on success.")
    seconds: float = Constraint(description="How long it took.")


class DeliveryAnswer(BaseModel):
    """An event and the attempts to deliver it."""

    eventId: str = Constraint(description="Id of the event, as in the header `webhook-id`.")
    event: str = Constraint(description="Type of the event.")
    status: Literal["pending", "delivered", "failed"] = Constraint(description="`failed` after the last attempt.")
    createdAt: datetime = Constraint(description="When the event happened.")
    nextAttemptAt: datetime | None = Constraint(description="When it is sent again; null if it is not.")
    attempts: list[AttemptAnswer] = Constraint(description="Attempts so far, oldest first.")


class DeliveriesAnswer(BaseModel):
    """Events sent to a webhook in the last seven days, newest first."""

    deliveries: list[DeliveryAnswer] = Constraint(description="The deliveries.")


class TestAnswer(BaseModel):
    """A test event is queued."""

    status: Literal["accepted"]
