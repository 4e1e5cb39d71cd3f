"""POST /ocr/text: read all text of a document.

POST /ocr, which returns lines only, is in `service.vendors.promy`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from litestar import Controller, Request, Response, post
from litestar.di import NamedDependency

from accounts import Caller
from schemas.pages import Document
from service.api.authentication import with_scope
from service.api.calls import ERRORS, DocumentCalls
from service.api.metering import Planned, Work
from service.api.openapi import EXAMPLE_TEXT, ReadOperation, answer
from service.api.request_context import request_id
from service.api.uploads import Upload, UploadReader
from service.contract.models import ReadRequest, TextAnswer
from service.contract.render import text_json
from service.pipeline.pipeline import Pipeline


class ReadingController(Controller):
    """Reading of a document's text, metered."""

    path = "/ocr"
    tags = ("read",)
    security = ({"key": []},)
    dependencies = with_scope("extract")

    @post(
        "/text",
        operation_id="readText",
        operation_class=ReadOperation,
        summary="Read text",
        status_code=200,
        responses=answer(TextAnswer, "Pages of lines of words, each with its place.", EXAMPLE_TEXT) | ERRORS,
    )
    async def text(
        self,
        request: Request[Any, Any, Any],
        caller: NamedDependency[Caller],
        pipeline: NamedDependency[Pipeline],
        document_calls: NamedDependency[DocumentCalls],
        upload_reader: NamedDependency[UploadReader],
    ) -> Response[bytes]:
        """Return all text of the document: lines and words with their places, and plain text."""

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

        plan = plan_of(pipeline, b"text", write)
        body = await document_calls.answer(request, caller, lambda: upload_reader.read_one(request, ReadRequest), plan)
        return Response(body, media_type="application/json")


def plan_of(
    pipeline: Pipeline, kind: bytes, write: Callable[[Document], bytes]
) -> Callable[[Upload[ReadRequest]], Planned]:
    """Return a plan that reads the document and writes the reply.

    Args:
        pipeline: reads the document.
        kind: distinguishes the replies that one route can give, for `Idempotency-Key`.
        write: turns the document into the body of the reply.
    """

    def plan(upload: Upload[ReadRequest]) -> Planned:
        def work() -> Work:
            result = pipeline.read(upload.document, upload.request.pages)
            return Work(write(result.document), len(result.document.pages), result.seconds)

        return Planned((upload.document, kind + (upload.request.pages or "").encode()), work)

    return plan
