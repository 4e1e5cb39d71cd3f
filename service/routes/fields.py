"""POST /ocr/fields: the main job."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Controller, Request, Response, post
from litestar.di import NamedDependency

from accounts import Caller
from schemas.fields import Schema
from schemas.presets import Template, presets
from service.contract import ExtractRequest, FieldsAnswer
from service.document_calls import ERRORS, DocumentCalls, Plan
from service.metering import Work
from service.openapi import EXAMPLE_ANSWER, FieldsOperation, answer, errors
from service.pipeline import Extraction, Pipeline
from service.problems import ApiError
from service.render import fields_json, finding_json, pages_json, row_json, words_json
from service.request_context import request_id
from service.uploads import Upload

_encoder = msgspec.json.Encoder(decimal_format="number")


class FieldsController(Controller):
    """Fields of a document, metered."""

    path = "/ocr"
    tags = ("extract",)
    security = ({"key": []},)

    @post(
        "/fields",
        operation_id="extractFields",
        operation_class=FieldsOperation,
        summary="Extract fields",
        status_code=200,
        responses=answer(FieldsAnswer, "The fields.", EXAMPLE_ANSWER) | ERRORS | errors("not_found"),
    )
    async def extract(
        self,
        request: Request[Any, Any, Any],
        caller: NamedDependency[Caller],
        pipeline: NamedDependency[Pipeline],
        document_calls: NamedDependency[DocumentCalls],
    ) -> Response[bytes]:
        """Return the requested fields of one document, each with its value, its text on the page and its place.

        With `autoFields` the fields are the page's own: its label-value pairs and its tables. They come back as
        `fields`, to be saved, edited and sent the next time.

        Send an `Idempotency-Key` to repeat a call safely: for 24 hours the first reply is sent again, at no charge.
        A call that fails is never charged.
        """

        def plan(upload: Upload[ExtractRequest]) -> Plan:
            asked = upload.request
            schema = None if asked.auto_fields else _schema(asked)
            explain = not {"alternatives", "evidence"}.isdisjoint(asked.include)

            def work() -> Work:
                if schema is None:
                    result = pipeline.discover(upload.document, asked.pages, asked.locale, explain)
                else:
                    result = pipeline.extract(upload.document, schema, asked.pages, asked.locale, explain)
                body = _encoder.encode(_answer(result, asked, request_id(request.scope)))
                return Work(body, len(result.document.pages), result.seconds, asked.template_id)

            return Plan(asked.model_dump_json(exclude={"image"}).encode(), work)

        body = await document_calls.answer(request, caller, ExtractRequest, plan)
        return Response(body, media_type="application/json")


def _schema(asked: ExtractRequest) -> Schema:
    """The schema that the request names or brings."""
    if asked.template_id is not None:
        template: Template | None = presets().get(asked.template_id)
        if template is None:
            known = ", ".join(presets())
            raise ApiError("not_found", f"there is no template '{asked.template_id[:60]}'; known templates: {known}")
        return template
    try:
        return Schema(fields=tuple(asked.fields or ()))
    except ValueError as error:
        messages = [str(e["ctx"]["error"]) if e["type"] == "value_error" else e["msg"] for e in error.errors()]  # type: ignore[attr-defined]
        details = {"errors": [{"path": "fields", "message": message} for message in messages]}
        raise ApiError("validation_failed", f"fields: {messages[0]}", details) from None


def _answer(result: Extraction, asked: ExtractRequest, identifier: str) -> dict[str, Any]:
    body: dict[str, Any] = {"status": "success", "requestId": identifier}
    if asked.auto_fields or "fields" in asked.include:
        body["fields"] = fields_json(result.fields)
    body["data"] = row_json(result.data, frozenset(asked.include))
    if result.rows_seen:
        body["rows"] = {
            name: {"rows_seen": seen, "rows_returned": len(body["data"][name])}
            for name, seen in result.rows_seen.items()
        }
    if "checks" in asked.include:
        body["checks"] = [finding_json(finding, result.data) for finding in result.findings]
    if "pages" in asked.include:
        body["pages"] = pages_json(result.document)
    if "words" in asked.include:
        body["words"] = words_json(result.document)
    body["usage"] = {"calls": 1, "pages": len(result.document.pages)}
    return body
