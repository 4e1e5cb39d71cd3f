"""The routes of Mindee's invoice API, with and without `/v1`: its clients use both."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import Any

import msgspec
from anyio.to_thread import run_sync
from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath

from accounts import Accounts, Caller, Reply
from accounts.jobs import Job
from schemas.presets import presets
from service.api.calls import Calls
from service.api.request_context import request_id
from service.api.uploads import UploadReader
from service.contract.document_reply import DocumentReply, RequestedSchema, extract
from service.contract.errors import ApiError
from service.contract.job_models import JobRequest
from service.contract.models import Include
from service.jobs.job_service import JobService, SubmittedDocument
from service.pipeline.pipeline import Pipeline
from service.settings import Switch
from service.vendors.mindee import errors
from service.vendors.mindee.document import PredictionOptions, document
from service.vendors.mindee.prediction import PREDICTIONS
from service.vendors.mindee.receiving import MindeeUpload, received
from service.vendors.surface import Surface, by_token

PRESET = "invoice"
_INCLUDE: list[Include] = ["pages", "words", "text"]
_PRODUCT = "/products/mindee/invoices/{version:str}"
_STATES = {"queued": "waiting", "running": "processing", "succeeded": "completed"}


def surface(switch: Switch) -> Surface:
    """Return Mindee's invoice API."""
    return Surface([_controller(switch)], _owns, errors.answer)


def _owns(path: str) -> bool:
    return path.startswith(("/v1/products/", "/products/"))


def _paths(rest: str) -> list[str]:
    return [f"/v1{_PRODUCT}{rest}", f"{_PRODUCT}{rest}"]


def _version_number(version: str) -> str:
    """Return `4` for `v4`."""
    if version[:1] != "v" or version[1:] not in PREDICTIONS:
        raise ApiError("not_found", f"there is no version '{version[:20]}' of mindee/invoices: expected v2, v3 or v4")
    return version[1:]


def _controller(switch: Switch) -> type[Controller]:
    class MindeeController(Controller):
        """Invoices, metered, at once or through the queue."""

        include_in_schema = False
        dependencies = {"caller": Provide(by_token(switch))}  # noqa: RUF012 - Litestar's own form

        @post(_paths("/predict"), status_code=201)
        async def predict(
            self,
            request: Request[Any, Any, Any],
            caller: NamedDependency[Caller],
            calls: NamedDependency[Calls],
            upload_reader: NamedDependency[UploadReader],
            pipeline: NamedDependency[Pipeline],
            version: FromPath[str],
        ) -> Response[bytes]:
            """Return the prediction of an invoice at once."""
            number = _version_number(version)

            async with calls.open(request, caller) as call:
                sent = await received(request, upload_reader, number)
                body = await call.replay(sent.document, msgspec.json.encode(sent.wanted))
                if body is None:
                    reply = await call.run(partial(_predict, pipeline, request, sent))
                    body = await call.charge(reply, route=_route(number), template=PRESET)
            return Response(body, status_code=201, media_type="application/json")

        @post(_paths("/predict_async"), status_code=202)
        async def predict_async(
            self,
            request: Request[Any, Any, Any],
            caller: NamedDependency[Caller],
            calls: NamedDependency[Calls],
            upload_reader: NamedDependency[UploadReader],
            job_service: NamedDependency[JobService],
            version: FromPath[str],
        ) -> Response[bytes]:
            """Put an invoice into the queue."""
            number = _version_number(version)

            async with calls.open(request, caller) as call:
                sent = await received(request, upload_reader, number)

                def submit() -> Reply:
                    return job_service.submit(
                        caller,
                        JobRequest(template_id=PRESET, include=_INCLUDE),
                        RequestedSchema(presets()[PRESET], PRESET, None),
                        [SubmittedDocument(sent.document, sent.wanted.name, None)],
                        request_id(request.scope),
                        call.idempotency(sent.document, msgspec.json.encode(sent.wanted)),
                        route=f"{_route(number)}_async",
                        answer_format={"mindee": sent.wanted._asdict()},
                        render_reply=lambda job: {
                            "api_request": errors.api_request(request, 202, None, "job"),
                            "job": _job_json(job),
                        },
                    )

                body = await call.submit(submit)
            return Response(body, status_code=202, media_type="application/json")

        @get([*_paths("/documents/queue/{job_id:str}"), *_paths("/documents/{job_id:str}")])
        async def queued(
            self,
            request: Request[Any, Any, Any],
            caller: NamedDependency[Caller],
            accounts: NamedDependency[Accounts],
            job_service: NamedDependency[JobService],
            version: FromPath[str],
            job_id: FromPath[str],
        ) -> Response[bytes]:
            """Return the state of a queued document, with its prediction if it has one; not metered."""
            number = _version_number(version)

            def found() -> bytes:
                job = accounts.jobs.get(caller.account_id, job_id)
                options = (job.row.answer_format or {}).get("mindee")
                if options is None or options["version"] != number:
                    raise ApiError("not_found", f"there is no document '{job_id[:40]}' in this queue")
                one = job.documents[0]
                result = job_service.result(caller.account_id, job_id, 0) if one.state == "succeeded" else None
                body: dict[str, Any] = {"api_request": errors.api_request(request, 200, None, "job")}
                body["job"] = _job_json(job)
                if result is not None:
                    started, finished = job.row.created_at, one.finished_at or job.row.created_at
                    answer = msgspec.json.decode(result)
                    body["api_request"]["resources"].append("document")
                    body["document"] = document(answer, PredictionOptions(**options), started, finished, job_id)
                return msgspec.json.encode(body)

            return Response(await run_sync(found), media_type="application/json")

    return MindeeController


def _predict(pipeline: Pipeline, request: Request[Any, Any, Any], sent: MindeeUpload) -> DocumentReply:
    started, identifier = datetime.now(UTC), request_id(request.scope)
    wanted = JobRequest(template_id=PRESET, include=_INCLUDE)
    own = extract(pipeline, sent.document, wanted, presets()[PRESET], identifier)
    predicted = document(msgspec.json.decode(own.body), sent.wanted, started, datetime.now(UTC), identifier)
    body = {"api_request": errors.api_request(request, 201, None, "document"), "document": predicted}
    return own._replace(body=msgspec.json.encode(body))


def _route(version: str) -> str:
    """Return the route as the ledger names it."""
    return f"/v1/products/mindee/invoices/v{version}/predict"


def _job_json(job: Job) -> dict[str, Any]:
    """Return a job as the queue shows it; a job that ended without a result has an error."""
    one = job.documents[0]
    failed = one.state in ("failed", "cancelled")
    error = {
        "code": one.error_code or one.state,
        "details": one.error_message or "",
        "message": one.error_message or "",
    }
    return {
        "available_at": one.finished_at.isoformat() if one.finished_at else None,
        "error": error if failed else {},
        "id": job.row.id,
        "issued_at": job.row.created_at.isoformat(),
        "status": "failed" if failed else _STATES[one.state],
    }
