"""POST /ocr/fields: the main job."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Any
from weakref import WeakValueDictionary

import msgspec
import structlog
from litestar import Controller, Request, Response, post
from litestar.di import NamedDependency

from accounts import AccountStore, Caller, Charge, Idempotency
from schemas.fields import Schema
from schemas.presets import Template, presets
from service.contract import ExtractRequest, FieldsAnswer
from service.openapi import EXAMPLE_ANSWER, FieldsOperation, answer, errors
from service.pipeline import Extraction
from service.problems import ApiError
from service.rate_limit import RateLimiter
from service.render import finding_json, pages_json, row_json, words_json
from service.request_context import add_headers, request_id
from service.runner import Runner
from service.settings import Settings
from service.uploads import Upload, receive

log = structlog.get_logger(__name__)
MAX_IDEMPOTENCY_KEY = 255
_encoder = msgspec.json.Encoder(decimal_format="number")


class FieldsController(Controller):
    """Fields of a document, metered."""

    path = "/ocr"
    tags = ("extract",)
    security = ({"key": []},)

    def __init__(self, owner: Any) -> None:
        super().__init__(owner)
        self._in_flight: WeakValueDictionary[tuple[int, str], asyncio.Lock] = WeakValueDictionary()

    @post(
        "/fields",
        operation_id="extractFields",
        operation_class=FieldsOperation,
        summary="Extract fields",
        status_code=200,
        responses=answer(FieldsAnswer, "The fields.", EXAMPLE_ANSWER)
        | errors(
            "invalid_request",
            "validation_failed",
            "invalid_image",
            "invalid_api_key",
            "key_inactive",
            "idempotency_conflict",
            "payload_too_large",
            "unsupported_media_type",
            "rate_limited",
            "not_found",
            "overloaded",
        ),
    )
    async def extract(
        self,
        request: Request[Any, Any, Any],
        caller: NamedDependency[Caller],
        settings: NamedDependency[Settings],
        runner: NamedDependency[Runner],
        account_store: NamedDependency[AccountStore],
        rate_limiter: NamedDependency[RateLimiter],
    ) -> Response[bytes]:
        """Return the requested fields of one document, each with its value, its text on the page and its place.

        Send an `Idempotency-Key` to repeat a call safely: for 24 hours the first reply is sent again, at no charge.
        A call that fails is never charged.
        """
        add_headers(request.scope, rate_limiter.headers(caller.key_id))
        rate_limiter.count(caller.key_id)
        upload = await receive(request, settings.max_document_bytes)
        schema = _schema(upload.request)
        idempotency = _idempotency(request, upload)
        if idempotency is None:
            body = await self._extract(request, caller, upload, schema, runner, account_store, None)
            return _reply(body)
        lock = self._in_flight.setdefault((caller.key_id, idempotency.key), asyncio.Lock())  # gone with its last user
        async with lock:
            known = await account_store.replay(caller, idempotency)
            if known is not None:
                add_headers(request.scope, {"X-Idempotent-Replay": "true"})
                return _reply(known)
            body = await self._extract(request, caller, upload, schema, runner, account_store, idempotency)
        return _reply(body)

    async def _extract(
        self,
        request: Request[Any, Any, Any],
        caller: Caller,
        upload: Upload,
        schema: Schema,
        runner: Runner,
        account_store: AccountStore,
        idempotency: Idempotency | None,
    ) -> bytes:
        asked = upload.request
        result = await runner.run(upload.document, schema, asked.pages, asked.locale)
        identifier = request_id(request.scope)
        body = _encoder.encode(_answer(result, asked, identifier))
        seconds = {stage: round(value, 4) for stage, value in result.seconds.items()}
        charge = Charge(identifier, "/ocr/fields", asked.template_id, len(result.document.pages), seconds)
        log.info("extracted", key=caller.key_id, pages=charge.pages, **seconds)
        return await account_store.charge(caller, charge, body, idempotency)


def _schema(asked: ExtractRequest) -> Schema:
    """The schema that the request names or brings."""
    if asked.template_id is not None:
        template: Template | None = presets().get(asked.template_id)
        if template is None:
            known = ", ".join(presets())
            raise ApiError("not_found", f"there is no template '{asked.template_id[:60]}'; known templates: {known}")
        return template
    if asked.fields is None:
        raise ApiError("invalid_request", "autoFields is not served yet; name the fields, or a templateId")
    try:
        return Schema(fields=tuple(asked.fields))
    except ValueError as error:
        messages = [str(e["ctx"]["error"]) if e["type"] == "value_error" else e["msg"] for e in error.errors()]  # type: ignore[attr-defined]
        details = {"errors": [{"path": "fields", "message": message} for message in messages]}
        raise ApiError("validation_failed", f"fields: {messages[0]}", details) from None


def _idempotency(request: Request[Any, Any, Any], upload: Upload) -> Idempotency | None:
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not 0 < len(key) <= MAX_IDEMPOTENCY_KEY:
        raise ApiError("invalid_request", f"an Idempotency-Key has 1 to {MAX_IDEMPOTENCY_KEY} characters")
    asked = upload.request.model_dump_json(exclude={"image"})
    fingerprint = hashlib.sha256(upload.document)
    fingerprint.update(asked.encode())
    return Idempotency(key, fingerprint.hexdigest())


def _answer(result: Extraction, asked: ExtractRequest, identifier: str) -> dict[str, Any]:
    body: dict[str, Any] = {
        "status": "success",
        "requestId": identifier,
        "data": row_json(result.data, alternatives="alternatives" in asked.include),
    }
    if "checks" in asked.include:
        body["checks"] = [finding_json(finding) for finding in result.findings]
    if "pages" in asked.include:
        body["pages"] = pages_json(result.document)
    if "words" in asked.include:
        body["words"] = words_json(result.document)
    body["usage"] = {"calls": 1, "pages": len(result.document.pages)}
    return body


def _reply(body: bytes) -> Response[bytes]:
    return Response(body, media_type="application/json")
