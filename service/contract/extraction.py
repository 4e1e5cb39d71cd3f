"""Fields of one document, from a validated request to the reply's body: the same for a call and for a job."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

import msgspec

from accounts import Caller
from accounts.templates import Templates
from schemas.fields import Schema
from schemas.presets import Template, presets
from service.contract.errors import ApiError, invalid_property
from service.contract.models import ExtractRequest
from service.contract.render import fields_json, finding_json, pages_json, row_json, words_json
from service.pipeline.pipeline import Extraction, Pipeline

_encoder = msgspec.json.Encoder(decimal_format="number")


class RequestedSchema(NamedTuple):
    """What a request asks for."""

    schema: Schema | None
    """None takes the fields from the page."""
    template: str | None
    version: int | None
    """Of a template that the account has saved."""


class Extracted(NamedTuple):
    """The reply to one document, and what it took."""

    body: bytes
    pages: int
    seconds: dict[str, float]


def requested_schema(
    request: ExtractRequest, templates: Templates, account_id: int, version: int | None = None
) -> RequestedSchema:
    """The schema that a request names, brings, or leaves to the page.

    Args:
        version: of a saved template; the newest by default.

    Raises:
        ApiError: there is no such template, or the fields contradict each other.
    """
    name = request.template_id
    if request.auto_fields:
        return RequestedSchema(None, None, None)
    if name is None:
        return RequestedSchema(_inline(request), None, None)
    if preset := presets().get(name):
        return RequestedSchema(preset, name, None)
    saved = templates.get(account_id, name, version)
    if saved is None:
        raise no_such_template(name)
    return RequestedSchema(Template.model_validate({"id": name, **saved.content}), name, saved.version)


def no_such_template(name: str) -> ApiError:
    """What to choose instead."""
    known = ", ".join(presets())
    message = f"there is no template '{name[:60]}'; known templates: {known}, and those that your account has saved"
    return ApiError("not_found", message)


def require_extractor_choice(request: ExtractRequest, caller: Caller, choices: Collection[str]) -> None:
    """Before a call that names its extractor.

    Raises:
        ApiError: the account may not choose, or there is no such extractor here.
    """
    name = request.extractor
    if name is None:
        return
    if not caller.plan.may_choose_extractor:
        message = "your account may not choose its extractor; leave 'extractor' out, or ask the operator"
        raise ApiError("extractor_not_allowed", message)
    if name not in choices:
        raise invalid_property("extractor", f"'{name}' is not set up here; there is {', '.join(choices)}")


def extract(
    pipeline: Pipeline,
    document: bytes,
    request: ExtractRequest,
    schema: Schema | None,
    request_id: str,
    job_id: str | None = None,
) -> Extracted:
    """The reply to one document.

    Args:
        request_id: of the reply.
        job_id: where the reply can be had again.

    Raises:
        UnreadableDocument: the file or the page selection is at fault.
    """
    explain = not {"alternatives", "evidence"}.isdisjoint(request.include)
    if schema is None:
        result = pipeline.discover(document, request.pages, request.locale, explain)
    else:
        result = pipeline.extract(document, schema, request.pages, request.locale, explain, request.extractor)
    body = _encoder.encode(_answer(result, request, request_id, job_id))
    return Extracted(body, len(result.document.pages), result.seconds)


def _inline(request: ExtractRequest) -> Schema:
    try:
        return Schema(fields=tuple(request.fields or ()))
    except ValueError as error:
        messages = [str(e["ctx"]["error"]) if e["type"] == "value_error" else e["msg"] for e in error.errors()]  # type: ignore[attr-defined]
        details = {"errors": [{"path": "fields", "message": message} for message in messages]}
        raise ApiError("validation_failed", f"fields: {messages[0]}", details) from None


def _answer(result: Extraction, request: ExtractRequest, request_id: str, job_id: str | None) -> dict[str, Any]:
    body: dict[str, Any] = {"status": "success", "requestId": request_id}
    if job_id is not None:
        body["jobId"] = job_id
    if request.auto_fields or "fields" in request.include:
        body["fields"] = fields_json(result.fields)
    body["data"] = row_json(result.data, frozenset(request.include))
    if result.rows_seen:
        body["rows"] = {
            name: {"rows_seen": seen, "rows_returned": len(body["data"][name])}
            for name, seen in result.rows_seen.items()
        }
    if "checks" in request.include:
        body["checks"] = [finding_json(finding, result.data) for finding in result.findings]
    if not {"pages", "text"}.isdisjoint(request.include):
        body["pages"] = pages_json(result.document, "text" in request.include)
    if "words" in request.include:
        body["words"] = words_json(result.document)
    body["usage"] = {"calls": 1, "pages": len(result.document.pages)}
    return body
