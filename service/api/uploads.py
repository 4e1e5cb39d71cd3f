"""A request's body -> a validated request and the bytes of its documents."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Generic, NamedTuple, TypeVar
from urllib.parse import parse_qsl

import msgspec
from anyio.to_thread import run_sync
from litestar import Request
from litestar.datastructures import FormMultiDict, UploadFile
from pydantic import BaseModel

from service.contract.errors import ApiError
from service.contract.job_models import JobRequest
from service.contract.models import R, ReadRequest, validated
from service.outbound.fetching import Fetcher

_DATA_URI_HEAD = 200
"""Characters within which a data: URI must reach the comma before its data."""
_URL = re.compile(r"https?://", re.IGNORECASE)
_JSON_PARTS = ("fields", "include")
_FLAG_PARTS = ("autoFields", "auto_fields", "retain")

M = TypeVar("M", bound=BaseModel)


class Upload(NamedTuple, Generic[R]):
    """What to read and what to return."""

    document: bytes
    request: R


class File(NamedTuple):
    """A part of a multipart body."""

    name: str | None
    content: bytes


class Limits(NamedTuple):
    """Of what may be sent."""

    document_bytes: int
    job_bytes: int
    """Of all documents of a job together."""
    documents: int
    """Of a job."""


class JobUpload(NamedTuple):
    """Documents, each with the pages of it that are asked for, and what to return of each."""

    documents: list[tuple[File, str | None]]
    request: JobRequest


class Intake:
    """Takes documents in, however they come; shared by all routes that do."""

    def __init__(self, limits: Limits, fetcher: Fetcher) -> None:
        self.limits = limits
        self._fetcher = fetcher

    async def one(self, request: Request[Any, Any, Any], model: type[R]) -> Upload[R]:
        """Parse JSON or multipart with one document.

        Raises:
            ApiError: the body, a property or the document's encoding is at fault.
        """
        files, body = await _parsed(request)
        if len(files) > 1:
            raise ApiError("invalid_request", "expected one file; several came")
        if files and "image" in body:
            raise ApiError("invalid_request", "expected either a file part or 'image'; both came")
        asked = validated(model, body)
        if files:
            return Upload(self.fitting(files[0].content), asked)
        return Upload(await self.named(asked.image, asked.image_type), asked)

    async def job(self, request: Request[Any, Any, Any]) -> JobUpload:
        """Parse JSON or multipart with several documents.

        Raises:
            ApiError: the body, a property, a document's encoding or the number of documents is at fault.
        """
        files, body = await _parsed(request)
        if files and not body.keys().isdisjoint({"image", "documents"}):
            raise ApiError("invalid_request", "expected either file parts or 'image' or 'documents'; both came")
        asked = validated(JobRequest, body)
        count = len(files) or len(asked.documents or [0])
        if count > self.limits.documents:
            message = f"a job may have at most {self.limits.documents} documents; {count} came"
            raise ApiError("payload_too_large", message)
        documents: list[tuple[File, str | None]] = []
        if not files and asked.documents is None:
            documents.append((File(None, await self.named(asked.image, asked.image_type)), None))
        for number, file in enumerate(files):
            with _numbered(number):
                documents.append((File(file.name, self.fitting(file.content)), None))
        for number, one in enumerate(asked.documents or ()):
            with _numbered(number):
                documents.append((File(one.name, await self.named(one.image, one.image_type)), one.pages))
        total = sum(len(file.content) for file, _ in documents)
        if total > self.limits.job_bytes:
            message = f"the documents of a job may have {self.limits.job_bytes:,} bytes together; {total:,} came"
            raise ApiError("payload_too_large", message)
        return JobUpload(documents, asked)

    async def named(self, image: str | None, image_type: str = "base64") -> bytes:
        """A document given as base64, as a `data:` URI, or by a URL, which is fetched.

        Raises:
            ApiError: it is none of these, or cannot be fetched, or is too large.
        """
        if image is None:
            raise ApiError("invalid_request", "'image' is missing: base64, a data: URI, or a multipart part 'file'")
        text = image.strip()
        if image_type == "url" or _URL.match(text):
            return self.fitting(await self._fetcher.fetch(text))
        return self.fitting(await run_sync(decoded, text))  # megabytes of text

    def fitting(self, document: bytes) -> bytes:
        """The document itself.

        Raises:
            ApiError: it is empty or too large.
        """
        if not document:
            raise ApiError("invalid_image", "the document is empty: 0 bytes came")
        if len(document) > self.limits.document_bytes:
            most = f"{self.limits.document_bytes:,}"
            raise ApiError(
                "payload_too_large", f"a document may have at most {most} bytes; this one has {len(document):,}"
            )
        return document


@contextmanager
def _numbered(number: int) -> Iterator[None]:
    """What is wrong with one of several documents says which."""
    try:
        yield
    except ApiError as error:
        raise ApiError(error.code, f"documents[{number}]: {error.message}") from None


async def json_body(request: Request[Any, Any, Any], model: type[M]) -> M:
    """A JSON body without a document.

    Raises:
        ApiError: it is no JSON, or a property is at fault.
    """
    return validated(model, await json_of(request))


async def _parsed(request: Request[Any, Any, Any]) -> tuple[list[File], dict[str, Any]]:
    content_type = request.content_type[0]
    if content_type == "multipart/form-data":
        return await _multipart(request)
    if content_type in ("application/json", "", "text/plain", "application/x-www-form-urlencoded"):
        body = await json_of(request)  # clients forget the header; the body says what it is
        if not isinstance(body, dict):
            validated(ReadRequest, body)
        return [], body  # type: ignore[return-value]
    raise ApiError("unsupported_media_type", f"expected application/json or multipart/form-data; {content_type} came")


async def json_of(request: Request[Any, Any, Any]) -> object:
    """A JSON body.

    Raises:
        ApiError: it is empty, or no JSON.
    """
    body = await request.body()
    if not body.strip():
        raise ApiError("invalid_request", "the body is empty; expected JSON with 'image', or a multipart 'file'")
    try:
        return msgspec.json.decode(body)
    except (ValueError, RecursionError) as error:
        where = f": {error}" if isinstance(error, msgspec.DecodeError) else ""
        raise ApiError("invalid_request", f"the body is not valid JSON{where}") from None


async def form_of(request: Request[Any, Any, Any]) -> FormMultiDict:
    """The parts of a multipart or an urlencoded body.

    Raises:
        ApiError: it cannot be parsed.
    """
    try:
        if request.content_type[0] == "application/x-www-form-urlencoded":
            # the framework's own parser remembers a thousand bodies, and with them documents
            return FormMultiDict(parse_qsl((await request.body()).decode(), keep_blank_values=True))
        return await request.form()
    except (ValueError, LookupError):  # a part that is no text, or in an unknown encoding
        raise ApiError("invalid_request", "the form cannot be parsed; text parts must be UTF-8") from None


async def _multipart(request: Request[Any, Any, Any]) -> tuple[list[File], dict[str, Any]]:
    form = await form_of(request)
    files: list[File] = []
    body: dict[str, Any] = {}
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            files.append(File((value.filename or None) and value.filename[-500:], await value.read()))
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
    return files, body


def decoded(text: str) -> bytes:
    """Base64, white space and missing padding allowed, or a `data:` URI.

    Raises:
        ApiError: it is neither.
    """
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
