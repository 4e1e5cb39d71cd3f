"""The routes of Mindee's second API."""

from __future__ import annotations

import mimetypes
from typing import Annotated, Any, NamedTuple

import msgspec
from anyio.to_thread import run_sync
from litestar import Controller, Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, FromQuery, QueryParameter

from accounts import Accounts, Caller, Reply
from accounts.jobs import Job
from schemas.presets import presets
from service.api.calls import Calls
from service.api.request_context import request_id
from service.api.uploads import UploadReader, form_of
from service.contract.document_reply import requested_schema
from service.contract.errors import PROBLEMS, ApiError
from service.contract.job_models import JobRequest
from service.contract.models import validated
from service.jobs.job_service import JobService, SubmittedDocument
from service.settings import Switch
from service.vendors.mindee_v2 import errors
from service.vendors.mindee_v2.result import InferenceOptions, inference
from service.vendors.mindee_v2.schema import parsed_schema
from service.vendors.surface import Surface, by_token

ROUTE = "/v2/products/extraction/enqueue"
_MODELS_PER_PAGE = 50
"""Models on one page of the list, which callers read page by page."""
_LISTS = ["reference_numbers"]
"""Arrays of the presets that are lists of plain values."""
_STATES = {"queued": "Processing", "running": "Processing", "succeeded": "Processed"}


def surface(switch: Switch) -> Surface:
    """Return Mindee's second API."""
    return Surface([_controller(switch)], _owns, errors.answer)


def _owns(path: str) -> bool:
    return path.startswith(("/v2/products/", "/v2/jobs/", "/v2/search/"))


class _Sent(NamedTuple):
    document: bytes
    request: JobRequest
    wanted: InferenceOptions
    webhooks: list[str]
    """Ids of webhooks; all of the account's are notified, so these only have to exist."""

    @property
    def options(self) -> bytes:
        """The request without its document, as JSON."""
        return self.request.model_dump_json(exclude={"image", "documents"}).encode()


async def _received(request: Request[Any, Any, Any], upload_reader: UploadReader) -> _Sent:
    """Receive one document and its options.

    Raises:
        ApiError: if a part is missing or invalid.
    """
    parts = await form_of(request)
    form = dict(parts)
    sent, url, model_id = form.get("file"), form.get("url"), form.get("model_id")
    if not isinstance(model_id, str) or not model_id.strip():
        raise ApiError("validation_failed", "model_id: is missing: expected the id of a template, such as 'invoice'")
    name: str | None
    if isinstance(sent, UploadFile):
        document, name = upload_reader.require_size(await sent.read()), sent.filename
    elif isinstance(url, str):
        document, name = await upload_reader.decode_or_fetch(url, "url"), url.partition("?")[0].rpartition("/")[2]
    else:
        raise ApiError("validation_failed", "expected a part 'file', or 'url'")
    properties: dict[str, Any] = {"include": ["pages", "text"]}
    schema = form.get("data_schema")
    lists: list[str] = _LISTS
    objects: dict[str, dict[str, str]] = {}
    if isinstance(schema, str):
        fields, lists, objects = parsed_schema(schema)
        properties |= {"fields": fields}
    else:
        properties |= {"templateId": model_id}
    name = (name or "document")[-500:]
    mime_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    alias = form.get("alias")
    wanted = InferenceOptions(
        model_id=model_id,
        name=name,
        mime_type=mime_type,
        alias=alias if isinstance(alias, str) else None,
        raw_text=form.get("raw_text") == "true",
        polygon=form.get("polygon") == "true",
        confidence=form.get("confidence") == "true",
        replaced=isinstance(schema, str),
        lists=lists,
        objects=objects,
    )
    # clients in other languages join the ids with commas
    ids = ",".join(part for part in parts.getall("webhook_ids", []) if isinstance(part, str)).split(",")
    return _Sent(document, validated(JobRequest, properties), wanted, [one.strip() for one in ids if one.strip()])


def _require_webhooks(webhooks: list[str], accounts: Accounts, account_id: int) -> None:
    """Check that webhooks exist.

    Raises:
        ApiError: if the account has no webhook with one of the ids.
    """
    known = {row.id for row in accounts.webhooks.all(account_id)} if webhooks else set()
    if missing := [one for one in webhooks if one not in known]:
        message = f"webhook_ids: this account has no webhook '{missing[0][:40]}'. Make one with POST /webhooks"
        raise ApiError("validation_failed", message)


def _controller(switch: Switch) -> type[Controller]:
    class MindeeV2Controller(Controller):
        """Extraction through the queue, metered."""

        path = "/v2"
        include_in_schema = False
        dependencies = {"caller": Provide(by_token(switch))}  # noqa: RUF012 - Litestar's own form

        @post("/products/extraction/enqueue", status_code=202)
        async def enqueue(
            self,
            request: Request[Any, Any, Any],
            caller: NamedDependency[Caller],
            accounts: NamedDependency[Accounts],
            calls: NamedDependency[Calls],
            upload_reader: NamedDependency[UploadReader],
            job_service: NamedDependency[JobService],
        ) -> Response[bytes]:
            """Put a document into the queue."""
            async with calls.open(request, caller) as call:
                sent = await _received(request, upload_reader)

                def reply_to(job: Job) -> dict[str, Any]:
                    # checked for new jobs alone: a repeated call gets its first reply even if a webhook is gone
                    _require_webhooks(sent.webhooks, accounts, caller.account_id)
                    return {"job": _job_json(request, job, sent.wanted)}

                def submit() -> Reply:
                    return job_service.submit(
                        caller,
                        sent.request,
                        requested_schema(sent.request, accounts.templates, caller.account_id),
                        [SubmittedDocument(sent.document, sent.wanted.name, None)],
                        request_id(request.scope),
                        call.idempotency(sent.document, msgspec.json.encode(sent.wanted), sent.options),
                        route=ROUTE,
                        answer_format={"mindee_v2": sent.wanted._asdict()},
                        render_reply=reply_to,
                    )

                body = await call.submit(submit)
            return Response(body, status_code=202, media_type="application/json")

        @get("/jobs/{job_id:str}")
        async def job(
            self,
            request: Request[Any, Any, Any],
            caller: NamedDependency[Caller],
            accounts: NamedDependency[Accounts],
            job_id: FromPath[str],
        ) -> Response[dict[str, Any]]:
            """Return the state of a document; not metered."""
            found, wanted = await run_sync(_found, accounts, caller, job_id)
            return Response({"job": _job_json(request, found, wanted)}, media_type="application/json")

        @get("/products/extraction/results/{job_id:str}")
        async def result(
            self,
            caller: NamedDependency[Caller],
            accounts: NamedDependency[Accounts],
            job_service: NamedDependency[JobService],
            job_id: FromPath[str],
        ) -> Response[bytes]:
            """Return the fields; not metered."""

            def found() -> bytes:
                job, wanted = _found(accounts, caller, job_id)
                done = job.documents[0].state == "succeeded"
                result = job_service.result(caller.account_id, job_id, 0) if done else None
                if result is None:
                    raise ApiError(
                        "not_found", f"job '{job_id[:40]}' has no result, or not yet. Ask for the state of the job"
                    )
                return msgspec.json.encode({"inference": inference(msgspec.json.decode(result), wanted, job_id)})

            return Response(await run_sync(found), media_type="application/json")

        @get("/search/models")
        async def models(
            self,
            caller: NamedDependency[Caller],
            accounts: NamedDependency[Accounts],
            name: FromQuery[str | None] = None,
            model_type: FromQuery[str | None] = None,
            page: Annotated[int, QueryParameter(ge=1)] = 1,
        ) -> dict[str, Any]:
            """Return the presets and the saved templates, as models."""
            saved = await run_sync(accounts.templates.all, caller.account_id)
            titles = {one.id: one.title for one in presets().values()} | {one.name: one.name for one in saved}
            found = [
                {"id": identifier, "name": title, "model_type": "extraction", "webhooks": []}
                for identifier, title in titles.items()
                if (name or "").lower() in title.lower() and model_type in (None, "extraction")
            ]
            first = (page - 1) * _MODELS_PER_PAGE
            return {
                "models": found[first : first + _MODELS_PER_PAGE],
                "pagination": {
                    "per_page": _MODELS_PER_PAGE,
                    "page": page,
                    "total_items": len(found),
                    "total_pages": -(-len(found) // _MODELS_PER_PAGE),
                },
            }

    return MindeeV2Controller


def _found(accounts: Accounts, caller: Caller, job_id: str) -> tuple[Job, InferenceOptions]:
    job = accounts.jobs.get(caller.account_id, job_id)
    options = (job.row.answer_format or {}).get("mindee_v2")
    if options is None:
        raise ApiError("not_found", f"there is no job '{job_id[:40]}' in this queue")
    return job, InferenceOptions(**options)


def _job_json(request: Request[Any, Any, Any], job: Job, wanted: InferenceOptions) -> dict[str, Any]:
    one, base = job.documents[0], str(request.base_url).rstrip("/")
    error = None
    if one.state in ("failed", "cancelled"):
        code = one.error_code or "conflict"
        error = errors.error_json(PROBLEMS[code].status, code, one.error_message or "the job was cancelled")
    done = one.state == "succeeded"
    return {
        "id": job.row.id,
        "model_id": wanted.model_id,
        "filename": wanted.name,
        "alias": wanted.alias,
        "created_at": job.row.created_at.isoformat(),
        "completed_at": one.finished_at.isoformat() if one.finished_at else None,
        "status": _STATES.get(one.state, "Failed"),
        "polling_url": f"{base}/v2/jobs/{job.row.id}",
        "result_url": f"{base}/v2/products/extraction/results/{job.row.id}" if done else None,
        "webhooks": [],
        "error": error,
    }
