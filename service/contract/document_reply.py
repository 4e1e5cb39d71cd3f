"""Extract the fields of one document for a call or a job: request in, reply out."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

import msgspec
from pydantic import ValidationError

from accounts import Caller
from accounts.templates import Templates
from documents import ReadingOptions
from schemas.fields import Schema
from schemas.presets import Template, presets
from service.contract.errors import ApiError, invalid_properties, invalid_property
from service.contract.models import ExtractRequest
from service.contract.render import (
    codes_json,
    fields_json,
    finding_json,
    marks_json,
    pages_json,
    row_json,
    words_json,
)
from service.pipeline.pipeline import Extraction, Pipeline
from service.property_errors import property_errors

_encoder = msgspec.json.Encoder(decimal_format="number")


class RequestedSchema(NamedTuple):
    """The schema that a request asks for, and where it comes from."""

    schema: Schema | None
    """None if the fields are to be taken from the pages."""
    template: str | None
    """The id of the preset or saved template; None if the request lists its fields."""
    version: int | None
    """The version of a saved template; None for a preset."""


class DocumentReply(NamedTuple):
    """The reply to one document, and what it cost to make."""

    body: bytes
    pages: int
    """Pages that were read."""
    seconds: dict[str, float]
    """The duration of each stage in seconds."""


def requested_schema(
    request: ExtractRequest, templates: Templates, account_id: int, version: int | None = None
) -> RequestedSchema:
    """Return the schema of a request: a template's, its own fields, or none for `autoFields`.

    Args:
        request: the validated request.
        templates: the templates that accounts have saved.
        account_id: the account that sent the request.
        version: the version of a saved template; the newest by default.

    Raises:
        ApiError: if there is no such template, or the fields contradict each other.
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
    """Return the error for an unknown template, which lists the known ones."""
    known = ", ".join(presets())
    message = f"there is no template '{name[:60]}'; known templates: {known}, and those that your account has saved"
    return ApiError("not_found", message)


def require_extractor_choice(request: ExtractRequest, caller: Caller, choices: Collection[str]) -> None:
    """Check that the caller may choose the extractor that the request names.

    Args:
        request: the validated request.
        caller: the account and key that sent it.
        choices: the names of the extractors that are set up.

    Raises:
        ApiError: if the account may not choose its extractor, or the extractor is not set up.
    """
    name = request.extractor
    if name is None:
        return
    if not caller.plan.may_choose_extractor:
        message = "your account may not choose its extractor. Leave 'extractor' out, or ask the operator to allow it"
        raise ApiError("extractor_not_allowed", message)
    if name not in choices:
        raise invalid_property("extractor", f"expected one of {', '.join(choices)}, got '{name}'")


def extract(
    pipeline: Pipeline,
    document: bytes,
    request: ExtractRequest,
    schema: Schema | None,
    request_id: str,
    job_id: str | None = None,
) -> DocumentReply:
    """Extract the fields of one document and write the reply as JSON.

    Args:
        pipeline: reads, extracts, grounds and checks.
        document: the bytes of the file.
        request: the validated request.
        schema: the fields to extract; None takes them from the pages.
        request_id: the id that the reply carries.
        job_id: the id of the job that keeps the reply, if one does.

    Raises:
        UnreadableDocument: if the file or the page selection is invalid.
        ExtractorFailed: if the extractor gives no usable answer or is not set up.
    """
    explain = not {"alternatives", "evidence"}.isdisjoint(request.include)
    locale = request.locale
    options = ReadingOptions(pages=request.pages, password=request.plain_password, all_codes="codes" in request.include)
    if schema is None:
        result = pipeline.discover(document, options, locale, explain)
    else:
        result = pipeline.extract(document, schema, options, locale, explain, request.extractor, request.own)
    body = _encoder.encode(_answer(result, request, request_id, job_id))
    return DocumentReply(body, len(result.document.pages), result.seconds)


def _inline(request: ExtractRequest) -> Schema:
    try:
        return Schema(fields=tuple(request.fields or ()))
    except ValidationError as error:
        raise invalid_properties(property_errors(error, "fields")) from None


def _answer(result: Extraction, request: ExtractRequest, request_id: str, job_id: str | None) -> dict[str, Any]:
    body: dict[str, Any] = {"status": "success", "requestId": request_id}
    if job_id is not None:
        body["jobId"] = job_id
    if request.auto_fields or "fields" in request.include:
        body["fields"] = fields_json(result.fields)
    body["data"] = row_json(result.data, frozenset(request.include), result.document.poorly_read)
    if result.rows_seen:
        body["rows"] = {
            name: {"rows_seen": seen, "rows_returned": len(body["data"][name])}
            for name, seen in result.rows_seen.items()
        }
    if "checks" in request.include:
        body["checks"] = [finding_json(finding, result.data) for finding in result.findings]
    if not {"pages", "text"}.isdisjoint(request.include):
        body["pages"] = pages_json(result.document, "text" in request.include)
    if "codes" in request.include:
        body["codes"] = codes_json(result.document)
    if "words" in request.include:
        body["words"] = words_json(result.document)
    if "marks" in request.include:
        body["marks"] = marks_json(result.document)
    body["usage"] = {"calls": 1, "pages": len(result.document.pages)}
    return body
