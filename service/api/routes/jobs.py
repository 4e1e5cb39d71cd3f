"""POST /ocr/jobs and the routes under /jobs: documents that are processed later."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from anyio.to_thread import run_sync
from litestar import Controller, Request, Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import PathParameter, QueryParameter

from accounts import Accounts, Caller, Reply
from accounts.jobs import JobState
from service.api.authentication import with_scope
from service.api.calls import CALL_ERRORS, Calls
from service.api.openapi import EXAMPLE_JOB, JobOperation, answer, created, errors
from service.api.request_context import request_id
from service.api.uploads import UploadReader
from service.contract.document_reply import requested_schema, require_extractor_choice
from service.contract.errors import ApiError
from service.contract.job_models import AcceptedAnswer, JobAnswer, JobsAnswer
from service.jobs.job_json import job_json
from service.jobs.job_service import JobService, SubmittedDocument
from service.pipeline.pipeline import Pipeline

MAX_LISTED = 100
"""Most jobs that one response lists."""
JobId = Annotated[str, PathParameter(description="Id of the job.")]
_NO_KEY = ("invalid_api_key", "key_inactive", "insufficient_scope")


class JobsController(Controller):
    """Jobs, metered per document."""

    tags = ("jobs",)
    security = ({"key": []},)
    dependencies = with_scope("extract")

    @post(
        "/ocr/jobs",
        operation_id="createJob",
        operation_class=JobOperation,
        summary="Submit documents",
        status_code=202,
        responses=created(
            AcceptedAnswer,
            "The documents are queued.",
            {"status": "accepted", "requestId": "req_0f1e2d3c4b5a69788796", "job": EXAMPLE_JOB},
            202,
        )
        | CALL_ERRORS
        | errors("not_found", "extractor_not_allowed"),
    )
    async def create(
        self,
        request: Request[Any, Any, Any],
        caller: NamedDependency[Caller],
        accounts: NamedDependency[Accounts],
        calls: NamedDependency[Calls],
        pipeline: NamedDependency[Pipeline],
        job_service: NamedDependency[JobService],
        upload_reader: NamedDependency[UploadReader],
    ) -> Response[bytes]:
        """Queue one or more documents (by default up to 20), to extract the same fields from each.

        Every document that succeeds is charged as one call; those that fail cost nothing. An e-mail costs nothing: its
        text and its attachments become documents of the job, each charged as one. Poll the job by its id, or
        register a webhook. Send an `Idempotency-Key` so that a repeated request does not submit the documents twice.
        """
        async with calls.open(request, caller) as call:
            upload = await upload_reader.read_job(request)

            def submit() -> Reply:
                documents = [SubmittedDocument(file.content, file.name, pages) for file, pages in upload.documents]
                require_extractor_choice(upload.request, caller, pipeline.choices)
                requested = requested_schema(upload.request, accounts.templates, caller.account_id)
                options = upload.request.model_dump_json(exclude={"image", "documents"}).encode()
                parts = [part for one in documents for part in (one.document, repr((one.name, one.pages)).encode())]
                idempotency, identifier = call.idempotency(options, *parts), request_id(request.scope)
                return job_service.submit(caller, upload.request, requested, documents, identifier, idempotency)

            body = await call.submit(submit)
        job_id = msgspec.json.decode(body)["job"]["id"]
        return Response(body, status_code=202, media_type="application/json", headers={"Location": f"/jobs/{job_id}"})

    @get(
        "/jobs",
        operation_id="listJobs",
        summary="List jobs",
        responses=answer(JobsAnswer, "Jobs without their results.", {"jobs": [EXAMPLE_JOB], "next": None})
        | errors("validation_failed", "not_found", *_NO_KEY),
    )
    async def list_all(
        self,
        caller: NamedDependency[Caller],
        accounts: NamedDependency[Accounts],
        wanted: Annotated[
            JobState | None, QueryParameter(name="status", description="Only jobs with this status.")
        ] = None,
        before: Annotated[str | None, QueryParameter(description="`next` of the previous page.")] = None,
        limit: Annotated[int, QueryParameter(description="Most jobs to return.", ge=1, le=MAX_LISTED)] = 20,
    ) -> Response[bytes]:
        """List the account's jobs, newest first; not metered."""
        jobs = await run_sync(accounts.jobs.newest, caller.account_id, wanted, before, limit)
        following = jobs[-1].row.id if len(jobs) == limit else None
        return _json({"jobs": [job_json(job) for job in jobs], "next": following})

    @get(
        "/jobs/{job_id:str}",
        operation_id="getJob",
        summary="Get a job",
        responses=answer(JobAnswer, "The job with the results so far.", EXAMPLE_JOB) | errors("not_found", *_NO_KEY),
    )
    async def one(
        self,
        caller: NamedDependency[Caller],
        accounts: NamedDependency[Accounts],
        job_service: NamedDependency[JobService],
        job_id: JobId,
        results: Annotated[bool, QueryParameter(description="`false` omits the results.")] = True,
    ) -> Response[bytes]:
        """Return the status of each document and the results so far; not metered."""

        def found() -> bytes:
            job = accounts.jobs.get(caller.account_id, job_id)
            replies = {
                document.number: job_service.result(caller.account_id, job_id, document.number) or b""
                for document in job.documents
                if results and document.state == "succeeded"
            }
            return msgspec.json.encode(job_json(job, replies))

        return Response(await run_sync(found), media_type="application/json")

    @get(
        "/jobs/{job_id:str}/documents/{number:int}",
        operation_id="getJobDocument",
        summary="Get a document of a job",
        responses=errors("not_found", *_NO_KEY),
    )
    async def document(
        self,
        caller: NamedDependency[Caller],
        job_service: NamedDependency[JobService],
        job_id: JobId,
        number: Annotated[int, PathParameter(description="Position of the document in the job, from 0.")],
    ) -> Response[bytes]:
        """Return a document as it was sent, if its job retains documents; not metered."""

        def found() -> bytes | None:
            return job_service.document(caller.account_id, job_id, number)

        content = await run_sync(found)
        if content is None:
            raise ApiError("not_found", "the document is not stored. Submit jobs with 'retain' to keep their documents")
        headers = {"Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff"}
        return Response(content, media_type="application/octet-stream", headers=headers)

    @post(
        "/jobs/{job_id:str}/cancel",
        operation_id="cancelJob",
        summary="Cancel a job",
        status_code=200,
        responses=answer(JobAnswer, "The job; documents that were waiting are cancelled.", EXAMPLE_JOB)
        | errors("not_found", "conflict", *_NO_KEY),
    )
    async def cancel(
        self, caller: NamedDependency[Caller], job_service: NamedDependency[JobService], job_id: JobId
    ) -> Response[bytes]:
        """Cancel the waiting documents, free of charge.

        Documents in progress are finished and charged.
        """
        job = await run_sync(job_service.cancel, caller.account_id, job_id)
        return _json(job_json(job))

    @delete(
        "/jobs/{job_id:str}",
        operation_id="deleteJob",
        summary="Delete a job",
        responses=errors("not_found", "conflict", *_NO_KEY),
    )
    async def forget(
        self, caller: NamedDependency[Caller], job_service: NamedDependency[JobService], job_id: JobId
    ) -> None:
        """Delete a finished job and its results before they expire."""
        await run_sync(job_service.delete, caller.account_id, job_id)


def _json(body: object) -> Response[bytes]:
    return Response(msgspec.json.encode(body), media_type="application/json")
