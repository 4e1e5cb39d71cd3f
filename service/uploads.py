"""A request's body -> a validated request and the document's bytes."""

from __future__ import annotations

import asyncio
import base64
import binascii
import re
from typing import Any, Generic, NamedTuple

import msgspec
from litestar import Request
from litestar.datastructures import UploadFile

from service.contract import R, ReadRequest, validated
from service.problems import ApiError

_DATA_URI_HEAD = 200
"""Characters within which a data: URI must reach the comma before its data."""
_JSON_PARTS = ("fields", "include")
_FLAG_PARTS = ("autoFields", "auto_fields")


class Upload(NamedTuple, Generic[R]):
    """What to read and what to return."""

    document: bytes
    request: R


async def receive(request: Request[Any, Any, Any], model: type[R], max_bytes: int) -> Upload[R]:
    """Parse JSON or multipart.

    Raises:
        ApiError: the body, a property or the document's encoding is at fault.
    """
    content_type = request.content_type[0]
    document: bytes | None = None
    body: object
    if content_type == "multipart/form-data":
        document, body = await _multipart(request)
    elif content_type in ("application/json", "", "text/plain", "application/x-www-form-urlencoded"):
        body = await _json(request)  # clients forget the header; the body says what it is
    else:
        raise ApiError(
            "unsupported_media_type", f"expected application/json or multipart/form-data; {content_type} came"
        )
    asked = validated(model, body)
    if document is None:
        document = await asyncio.to_thread(_decoded, asked)  # megabytes of text
    if not document:
        raise ApiError("invalid_image", "the document is empty: 0 bytes came")
    if len(document) > max_bytes:
        raise ApiError(
            "payload_too_large", f"a document may have at most {max_bytes:,} bytes; this one has {len(document):,}"
        )
    return Upload(document, asked)


async def _json(request: Request[Any, Any, Any]) -> object:
    body = await request.body()
    if not body.strip():
        raise ApiError("invalid_request", "the body is empty; expected JSON with 'image', or a multipart 'file'")
    try:
        return msgspec.json.decode(body)
    except (ValueError, RecursionError) as error:
        where = f": {error}" if isinstance(error, msgspec.DecodeError) else ""
        raise ApiError("invalid_request", f"the body is not valid JSON{where}") from None


async def _multipart(request: Request[Any, Any, Any]) -> tuple[bytes | None, dict[str, Any]]:
    try:
        form = await request.form()
    except (ValueError, LookupError):  # a part that is no text, or in an unknown encoding
        raise ApiError("invalid_request", "the multipart body cannot be parsed; text parts must be UTF-8") from None
    document: bytes | None = None
    body: dict[str, Any] = {}
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            if document is not None:
                raise ApiError("invalid_request", "expected one file; several came")
            document = await value.read()
        elif name in _JSON_PARTS and value.lstrip().startswith("["):
            try:
                body[name] = msgspec.json.decode(value)
            except (ValueError, RecursionError):
                raise ApiError("validation_failed", f"{name}: expected a JSON list; it does not parse") from None
        elif name == "include":
            body.setdefault(name, []).extend(part.strip() for part in value.split(",") if part.strip())
        elif name in _FLAG_PARTS:
            body[name] = value.strip().lower() in ("true", "1", "yes")
        else:
            body[name] = value
    if document is not None and "image" in body:
        raise ApiError("invalid_request", "expected either a file part or 'image'; both came")
    return document, body


def _decoded(asked: ReadRequest) -> bytes:
    if asked.image is None:
        raise ApiError("invalid_request", "'image' is missing: base64, a data: URI, or a multipart part 'file'")
    text = asked.image.strip()
    if asked.image_type == "url" or re.match(r"https?://", text, re.IGNORECASE):
        raise ApiError(
            "invalid_request", "documents are not fetched from URLs here; download it and send base64 or multipart"
        )
    encoded = text
    if text[:5].lower() == "data:":
        comma = text.find(",", 0, _DATA_URI_HEAD)
        if comma < 0:
            raise ApiError("invalid_image", "the data: URI has no data; expected 'data:<type>;base64,<data>'")
        encoded = text[comma + 1 :]
    compact = "".join(encoded.split())
    try:
        return base64.b64decode(compact + "=" * (-len(compact) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise ApiError("invalid_image", "'image' is not valid base64; expected base64 or a data: URI") from None
