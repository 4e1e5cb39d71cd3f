"""POST /ocr/fields: extract fields from one document."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from anyio.to_thread import run_sync
from litestar import Controller, Request, Response, post
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from sqlalchemy.orm import Session

from accounts import Accounts, Caller
from service.api.authentication import with_scope
from service.api.calls import CALL_ERRORS, Calls
from service.api.openapi import EXAMPLE_ANSWER, FieldsOperation, answer, errors
from service.api.request_context import request_id
from service.api.uploads import UploadReader
from service.contract.document_reply import (
    DocumentReply,
    RequestedSchema,
    extract,
    requested_schema,
    require_extractor_choice,
)
from service.contract.models import ExtractRequest, FieldsAnswer
from service.contract.passwords import password_parts
from service.jobs.job_service import JobService
from service.pipeline.pipeline import Pipeline


class FieldsController(Controller):
    """Extracting fields, metered."""

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
        | CALL_ERRORS
        | errors("not_found", "extractor_not_allowed", "extractor_failed"),
    )
    async def extract(
        self,
        request: Request[Any, Any, Any],
        caller: NamedDependency[Caller],
        accounts: NamedDependency[Accounts],
        pipeline: NamedDependency[Pipeline],
        calls: NamedDependency[Calls],
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
        async with calls.open(request, caller) as call:
            document, wanted = await upload_reader.read_one(request, ExtractRequest)

            def prepare() -> tuple[RequestedSchema, tuple[bytes, ...]]:
                require_extractor_choice(wanted, caller, pipeline.choices)
                options = wanted.model_dump_json(exclude={"image"}).encode() + (b"retain" if retain else b"")
                parts = (document, options, *password_parts(wanted.plain_password, document))
                return requested_schema(wanted, accounts.templates, caller.account_id), parts

            requested, parts = await run_sync(prepare)
            body = await call.replay(*parts)
            if body is None:

                def work() -> tuple[DocumentReply, Callable[[Session], None] | None]:
                    job_id = job_service.new_id() if retain else None
                    identifier = request_id(request.scope)
                    reply = extract(pipeline, document, wanted, requested.schema, identifier, job_id)
                    if job_id is None:
                        return reply, None
                    return reply, job_service.store_answered_call(
                        job_id, caller, document, wanted, requested, identifier, reply
                    )

                reply, keep = await call.run(work)
                body = await call.charge(
                    reply, template=requested.template, template_version=requested.version, also=keep
                )
        return Response(body, media_type="application/json")
