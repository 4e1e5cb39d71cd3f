"""POST /ocr/fields: extract fields from one document."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Controller, Request, Response, post
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from accounts import Accounts, Caller
from service.api.authentication import with_scope
from service.api.calls import ERRORS, DocumentCalls
from service.api.metering import Planned, Work
from service.api.openapi import EXAMPLE_ANSWER, FieldsOperation, answer, errors
from service.api.request_context import request_id
from service.api.uploads import Upload, UploadReader
from service.contract.extraction import extract, requested_schema, require_extractor_choice
from service.contract.models import ExtractRequest, FieldsAnswer
from service.jobs.job_service import JobService
from service.pipeline.pipeline import Pipeline


class FieldsController(Controller):
    """Extraction of fields, metered."""

    path = "/ocr"
    tags = ("extract",)
    security = ({"key": []},)
    dependencies = with_scope("extract")

    @post(
        "/fields",
        operation_id="extractFields",
        operation_class=FieldsOperation,
        summary="Extract fields",
        status_code=200,
        responses=answer(FieldsAnswer, "The fields, each with its value and place.", EXAMPLE_ANSWER)
        | ERRORS
        | errors("not_found", "extractor_not_allowed", "extractor_failed"),
    )
    async def extract(
        self,
        request: Request[Any, Any, Any],
        caller: NamedDependency[Caller],
        accounts: NamedDependency[Accounts],
        pipeline: NamedDependency[Pipeline],
        document_calls: NamedDependency[DocumentCalls],
        upload_reader: NamedDependency[UploadReader],
        job_service: NamedDependency[JobService],
        retain: Annotated[
            bool,
            QueryParameter(description="Keep the document and the response for a time, as the job that `jobId` names."),
        ] = False,
    ) -> Response[bytes]:
        """Return the requested fields of one document, each with value, text and place.

        With `autoFields`, the fields are the page's own label-value pairs and tables. The response also has them as
        `fields`, which you can save, edit and send with the next document.

        Send an `Idempotency-Key` to repeat a call safely: for 24 hours, the same key gets the first response again,
        free of charge. A failed call is never charged. The document is not stored unless you set `retain=true`.
        """

        def plan(upload: Upload[ExtractRequest]) -> Planned:
            require_extractor_choice(upload.request, caller, pipeline.choices)
            asked = requested_schema(upload.request, accounts.templates, caller.account_id)
            options = upload.request.model_dump_json(exclude={"image"}).encode()

            def work() -> Work:
                job_id = job_service.new_id() if retain else None
                document, identifier = upload.document, request_id(request.scope)
                done = extract(pipeline, document, upload.request, asked.schema, identifier, job_id)
                keep = None
                if job_id:
                    keep = job_service.keep(job_id, caller, document, upload.request, asked, identifier, done)
                return Work(*done, asked.template, asked.version, also=keep)

            return Planned((upload.document, options + (b"retain" if retain else b"")), work)

        body = await document_calls.answer(
            request, caller, lambda: upload_reader.read_one(request, ExtractRequest), plan
        )
        return Response(body, media_type="application/json")
