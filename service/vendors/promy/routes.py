"""POST /ocr: text line by line, as Promy answers it, for every kind of document."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, Literal

import msgspec
from anyio.to_thread import run_sync
from litestar import Controller, Request, Response, post
from litestar.di import NamedDependency, Provide
from litestar.params import QueryParameter

from accounts import Caller
from service.api.calls import CALL_ERRORS, Calls
from service.api.openapi import ReadOperation
from service.api.openapi import answer as answers
from service.api.routes.text import read_text, replay_parts
from service.api.uploads import UploadReader
from service.contract.models import ReadRequest
from service.pipeline.pipeline import Pipeline
from service.settings import Switch
from service.vendors.promy import errors
from service.vendors.promy.text_lines import EXAMPLE_LINES, LinesAnswer, lines_csv, lines_json
from service.vendors.surface import Surface, by_token

ROUTE = "/ocr"


def surface(switch: Switch) -> Surface:
    """Return Promy's API; its `/health` is this service's own."""
    return Surface([_controller(switch)], lambda path: path.rstrip("/") == ROUTE, errors.answer)


def _controller(switch: Switch) -> type[Controller]:
    class PromyController(Controller):
        """The text of one document line by line, metered."""

        path = ROUTE
        tags = ("read",)
        security = ({"key": []},)
        dependencies = {"caller": Provide(by_token(switch))}  # noqa: RUF012 - Litestar's own form

        @post(
            operation_id="readLines",
            operation_class=ReadOperation,
            summary="Text line by line",
            status_code=200,
            responses=answers(LinesAnswer, "The lines; CSV with `?format=csv` or `Accept: text/csv`.", EXAMPLE_LINES)
            | CALL_ERRORS,
        )
        async def lines(
            self,
            request: Request[Any, Any, Any],
            caller: NamedDependency[Caller],
            pipeline: NamedDependency[Pipeline],
            calls: NamedDependency[Calls],
            upload_reader: NamedDependency[UploadReader],
            reply_format: Annotated[Literal["json", "csv"] | None, QueryParameter(name="format")] = None,
        ) -> Response[bytes]:
            """Return the text of all pages line by line, with confidences and picture corrections."""
            wants_csv = (reply_format or _preferred(request)) == "csv"
            write = lines_csv if wants_csv else lambda document: msgspec.json.encode(lines_json(document))
            kind = b"csv" if wants_csv else b"json"
            async with calls.open(request, caller) as call:
                upload = await upload_reader.read_one(request, ReadRequest)
                body = await call.replay(*await run_sync(replay_parts, upload, kind))
                if body is None:
                    body = await call.charge(await call.run(partial(read_text, pipeline, upload, write)))
            return Response(body, media_type="text/csv" if wants_csv else "application/json")

    return PromyController


def _preferred(request: Request[Any, Any, Any]) -> str:
    accepted = request.accept.best_match(["application/json", "text/csv"])
    return "csv" if accepted == "text/csv" else "json"
