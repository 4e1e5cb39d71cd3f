"""POST /ocr and POST /ocr/text: what stands on the pages, metered."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Annotated, Any, Literal

import msgspec
from litestar import Controller, Request, Response, post
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from accounts import Caller
from schemas.pages import Document
from service.contract import LinesAnswer, ReadRequest, TextAnswer
from service.document_calls import ERRORS, DocumentCalls
from service.keyring import with_scope
from service.metering import Plan, Work
from service.openapi import EXAMPLE_LINES, EXAMPLE_TEXT, ReadOperation, answer
from service.pipeline import Pipeline
from service.render import lines_json, text_json
from service.request_context import request_id
from service.uploads import Intake, Upload


class ReadingController(Controller):
    """Text of a document, metered."""

    path = "/ocr"
    tags = ("read",)
    security = ({"key": []},)
    dependencies = with_scope("extract")

    @post(
        operation_id="readLines",
        operation_class=ReadOperation,
        summary="Text line by line",
        status_code=200,
        responses=answer(LinesAnswer, "The lines; CSV with `?format=csv` or `Accept: text/csv`.", EXAMPLE_LINES)
        | ERRORS,
    )
    async def lines(
        self,
        request: Request[Any, Any, Any],
        caller: NamedDependency[Caller],
        pipeline: NamedDependency[Pipeline],
        document_calls: NamedDependency[DocumentCalls],
        intake: NamedDependency[Intake],
        reply_format: Annotated[Literal["json", "csv"] | None, QueryParameter(name="format")] = None,
    ) -> Response[bytes]:
        """Return the text of all pages line by line, with confidences and what was done to the picture."""
        wants_csv = (reply_format or _preferred(request)) == "csv"
        write = _csv if wants_csv else lambda document: msgspec.json.encode(lines_json(document))
        kind = b"csv" if wants_csv else b"json"
        plan = _plan(pipeline, kind, write)
        body = await document_calls.answer(request, caller, lambda: intake.one(request, ReadRequest), plan)
        return Response(body, media_type="text/csv" if wants_csv else "application/json")

    @post(
        "/text",
        operation_id="readText",
        operation_class=ReadOperation,
        summary="Text with places",
        status_code=200,
        responses=answer(TextAnswer, "Pages of lines of words.", EXAMPLE_TEXT) | ERRORS,
    )
    async def text(
        self,
        request: Request[Any, Any, Any],
        caller: NamedDependency[Caller],
        pipeline: NamedDependency[Pipeline],
        document_calls: NamedDependency[DocumentCalls],
        intake: NamedDependency[Intake],
    ) -> Response[bytes]:
        """Return everything that stands on the pages: lines and words with their places, and plain text."""

        def write(document: Document) -> bytes:
            return msgspec.json.encode(
                {
                    "status": "success",
                    "requestId": request_id(request.scope),
                    "text": "\f".join(page.text for page in document.pages),
                    "pages": text_json(document),
                    "usage": {"calls": 1, "pages": len(document.pages)},
                }
            )

        plan = _plan(pipeline, b"text", write)
        body = await document_calls.answer(request, caller, lambda: intake.one(request, ReadRequest), plan)
        return Response(body, media_type="application/json")


def _plan(pipeline: Pipeline, kind: bytes, write: Callable[[Document], bytes]) -> Callable[[Upload[ReadRequest]], Plan]:
    """Read, and write what was read; `kind` tells replies apart that one route can give."""

    def plan(upload: Upload[ReadRequest]) -> Plan:
        def work() -> Work:
            result = pipeline.read(upload.document, upload.request.pages)
            return Work(write(result.document), len(result.document.pages), result.seconds)

        return Plan((upload.document, kind + (upload.request.pages or "").encode()), work)

    return plan


def _preferred(request: Request[Any, Any, Any]) -> str:
    accepted = request.accept.best_match(["application/json", "text/csv"])
    return "csv" if accepted == "text/csv" else "json"


def _csv(document: Document) -> bytes:
    """A row for each line: page, text, confidence, box on the grid of 0 to 1000."""
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(("page", "line", "text", "confidence", "xmin", "ymin", "xmax", "ymax"))
    for page in text_json(document):
        for number, line in enumerate(page["lines"], 1):
            writer.writerow((page["page"], number, line["text"], line["confidence"], *line["bbox"].values()))
    return table.getvalue().encode()
