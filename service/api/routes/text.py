"""POST /ocr/text and POST /ocr/markdown: read all text of a document.

POST /ocr, which returns lines only, is in `service.vendors.promy`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec
from litestar import Controller, Request, Response, post
from litestar.di import NamedDependency

from accounts import Caller
from schemas.pages import Document
from service.api.authentication import with_scope
from service.api.calls import CALL_ERRORS, Calls
from service.api.openapi import EXAMPLE_MARKDOWN, EXAMPLE_TEXT, MarkdownOperation, ReadOperation, answer
from service.api.request_context import request_id
from service.api.uploads import Upload, UploadReader
from service.contract.document_reply import DocumentReply
from service.contract.markdown import PAGE_BREAK, markdown_pages
from service.contract.models import MarkdownAnswer, MarkdownRequest, R, ReadRequest, TextAnswer
from service.contract.render import text_json
from service.pipeline.pipeline import Pipeline


class TextController(Controller):
    """Reading the text of a document, metered."""

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
        responses=answer(TextAnswer, "Pages of lines of words, each with its place.", EXAMPLE_TEXT) | CALL_ERRORS,
    )
    async def text(
        self,
        request: Request[Any, Any, Any],
        caller: NamedDependency[Caller],
        pipeline: NamedDependency[Pipeline],
        calls: NamedDependency[Calls],
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

        async with calls.open(request, caller) as call:
            upload = await upload_reader.read_one(request, ReadRequest)
            body = await call.replay(upload.document, b"text" + (upload.request.pages or "").encode())
            if body is None:
                body = await call.charge(await call.run(partial(read_text, pipeline, upload, write)))
        return Response(body, media_type="application/json")

    @post(
        "/markdown",
        operation_id="readMarkdown",
        operation_class=MarkdownOperation,
        summary="Read as Markdown",
        status_code=200,
        responses=answer(MarkdownAnswer, "Markdown of each page; alone with `Accept: text/markdown`.", EXAMPLE_MARKDOWN)
        | CALL_ERRORS,
    )
    async def markdown(
        self,
        request: Request[Any, Any, Any],
        caller: NamedDependency[Caller],
        pipeline: NamedDependency[Pipeline],
        calls: NamedDependency[Calls],
        upload_reader: NamedDependency[UploadReader],
    ) -> Response[bytes]:
        """Return the document as Markdown, in reading order.

        It has headings, paragraphs, lists, tables and tick boxes.

        With `include: ["blocks"]`, each of them also comes by itself with its place on the page.
        """
        is_plain = request.accept.best_match(["application/json", "text/markdown"]) == "text/markdown"
        async with calls.open(request, caller) as call:
            upload = await upload_reader.read_one(request, MarkdownRequest)
            options = upload.request.model_dump_json(exclude={"image"}).encode()
            body = await call.replay(upload.document, (b"plain markdown" if is_plain else b"markdown") + options)
            if body is None:
                with_blocks, identifier = "blocks" in upload.request.include, request_id(request.scope)
                write = partial(_as_markdown, with_blocks=with_blocks, identifier=identifier)
                reply = await call.run(partial(read_text, pipeline, upload, _as_plain_markdown if is_plain else write))
                body = await call.charge(reply)
        return Response(body, media_type="text/markdown" if is_plain else "application/json")


def _as_markdown(document: Document, with_blocks: bool, identifier: str) -> bytes:
    pages = markdown_pages(document, with_blocks)
    return msgspec.json.encode(
        {
            "status": "success",
            "requestId": identifier,
            "markdown": PAGE_BREAK.join(page["markdown"] for page in pages),
            "pages": pages,
            "usage": {"calls": 1, "pages": len(pages)},
        }
    )


def _as_plain_markdown(document: Document) -> bytes:
    return PAGE_BREAK.join(page["markdown"] for page in markdown_pages(document)).encode() + b"\n"


def read_text(pipeline: Pipeline, upload: Upload[R], write: Callable[[Document], bytes]) -> DocumentReply:
    """Read a document, and write its text as the body of a reply.

    Args:
        pipeline: reads the document.
        upload: the document and the selection of its pages.
        write: makes the body.

    Raises:
        UnreadableDocument: if the file or the page selection is invalid.
    """
    document, seconds = pipeline.read(upload.document, upload.request.pages)
    return DocumentReply(write(document), len(document.pages), seconds)
