"""Read a request's body into a validated request and the bytes of its documents."""

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
from pydantic import BaseModel, SecretStr

from service.contract.errors import ApiError, invalid_property
from service.contract.job_models import JobRequest
from service.contract.models import R, ReadRequest, validated
from service.outbound.fetching import Fetcher

_DATA_URI_HEAD = 200
"""Characters within which a data: URI must have its comma, so that long data is not searched."""
_URL = re.compile(r"https?://", re.IGNORECASE)
_JSON_PARTS = ("fields", "include")
_FLAG_PARTS = ("autoFields", "auto_fields", "retain")

M = TypeVar("M", bound=BaseModel)


class Upload(NamedTuple, Generic[R]):
    """A document and the request about it."""

    document: bytes
    request: R


class File(NamedTuple):
    """A file part of a multipart body."""

    name: str | None
    content: bytes


class UploadLimits(NamedTuple):
    """Limits on what a request may send."""

    document_bytes: int
    """Largest size of one document."""
    job_bytes: int
    """Largest total size of a job's documents."""
    documents: int
    """Most documents of one job."""


class JobUpload(NamedTuple):
    """Documents and the request about them.

    Each document has its own pages to read and password, or None for those of the request.
    """

    documents: list[tuple[File, str | None, SecretStr | None]]
    request: JobRequest


class UploadReader:
    """Reads documents from JSON and multipart bodies; shared by all routes."""

    def __init__(self, limits: UploadLimits, fetcher: Fetcher) -> None:
        self.limits = limits
        self._fetcher = fetcher

    async def read_one(self, request: Request[Any, Any, Any], model: type[R]) -> Upload[R]:
        """Parse JSON or multipart with one document.

        Args:
            request: the HTTP request.
            model: the model of its body.

        Raises:
            ApiError: if the body, a property or the document's encoding is invalid.
        """
        files, body = await _parsed(request)
        if len(files) > 1:
            raise ApiError(
                "invalid_request", f"expected one file, got {len(files)}. Send one file, or submit a job to /ocr/jobs"
            )
        if files and "image" in body:
            raise ApiError("invalid_request", "expected either a file part or 'image', got both. Remove one of them")
        request_body = validated(model, body)
        if files:
            return Upload(self.require_size(files[0].content), request_body)
        return Upload(await self.decode_or_fetch(request_body.image, request_body.image_type), request_body)

    async def read_job(self, request: Request[Any, Any, Any]) -> JobUpload:
        """Parse JSON or multipart with several documents.

        Raises:
            ApiError: if the body, a property, a document's encoding or the number of documents is invalid.
        """
        files, body = await _parsed(request)
        if files and not body.keys().isdisjoint({"image", "documents"}):
            raise ApiError(
                "invalid_request", "expected file parts, 'image' or 'documents', got more than one of them. Keep one"
            )
        request_body = validated(JobRequest, body)
        count = len(files) or len(request_body.documents or [0])
        if count > self.limits.documents:
            message = (
                f"too many documents: expected at most {self.limits.documents} in a job, got {count}. Split the job"
            )
            raise ApiError("payload_too_large", message)
        documents: list[tuple[File, str | None, SecretStr | None]] = []
        if not files and request_body.documents is None:
            image = await self.decode_or_fetch(request_body.image, request_body.image_type)
            documents.append((File(None, image), None, None))
        for number, file in enumerate(files):
            with _numbered(number):
                documents.append((File(file.name, self.require_size(file.content)), None, None))
        for number, one in enumerate(request_body.documents or ()):
            with _numbered(number):
                image = await self.decode_or_fetch(one.image, one.image_type)
                documents.append((File(one.name, image), one.pages, one.password))
        total = sum(len(file.content) for file, *_ in documents)
        if total > self.limits.job_bytes:
            message = (
                f"the job is too large: expected at most {self.limits.job_bytes:,} bytes of documents, got {total:,}."
                " Split the job"
            )
            raise ApiError("payload_too_large", message)
        return JobUpload(documents, request_body)

    async def decode_or_fetch(self, image: str | None, image_type: str = "base64") -> bytes:
        """Decode a document from base64 or a `data:` URI, or fetch it from a URL.

        Args:
            image: the text that was sent; None if nothing was.
            image_type: `base64` or `url`.

        Raises:
            ApiError: if the text is invalid, or the document cannot be fetched or is too large.
        """
        if image is None:
            raise ApiError(
                "invalid_request", "'image' is missing: expected base64, a data: URI, a URL, or a multipart part 'file'"
            )
        text = image.strip()
        if image_type == "url" or _URL.match(text):
            return self.require_size(await self._fetcher.fetch(text))
        return self.require_size(await run_sync(decoded, text))  # megabytes of text

    def require_size(self, document: bytes) -> bytes:
        """Return the document if it is neither empty nor too large.

        Raises:
            ApiError: if it is.
        """
        if not document:
            raise ApiError("invalid_image", "the document is empty: got 0 bytes. Check the file")
        if len(document) > self.limits.document_bytes:
            most = f"{self.limits.document_bytes:,}"
            message = f"the document is too large: expected at most {most} bytes, got {len(document):,}"
            raise ApiError("payload_too_large", message)
        return document


@contextmanager
def _numbered(number: int) -> Iterator[None]:
    """Add the document's number to errors about one of several documents."""
    try:
        yield
    except ApiError as error:
        raise ApiError(error.code, f"documents[{number}]: {error.message}") from None


async def json_body(request: Request[Any, Any, Any], model: type[M]) -> M:
    """Parse and validate a JSON body without a document.

    Args:
        request: the HTTP request.
        model: the model of its body.

    Raises:
        ApiError: if the body is not JSON, or a property is invalid.
    """
    return validated(model, await json_of(request))


async def _parsed(request: Request[Any, Any, Any]) -> tuple[list[File], dict[str, Any]]:
    content_type = request.content_type[0]
    if content_type == "multipart/form-data":
        return await _multipart(request)
    if content_type in ("application/json", "", "text/plain", "application/x-www-form-urlencoded"):
        body = await json_of(request)  # clients forget the header; the body shows what it is
        if not isinstance(body, dict):
            validated(ReadRequest, body)
        return [], body  # type: ignore[return-value]
    raise ApiError(
        "unsupported_media_type",
        f"unsupported Content-Type: expected application/json or multipart/form-data, got {content_type}",
    )


async def json_of(request: Request[Any, Any, Any]) -> object:
    """Parse a JSON body.

    Raises:
        ApiError: if it is empty or not JSON.
    """
    body = await request.body()
    if not body.strip():
        raise ApiError("invalid_request", "the body is empty: expected JSON, or multipart with a part 'file'")
    try:
        return msgspec.json.decode(body)
    except (ValueError, RecursionError) as error:
        where = f": {error}" if isinstance(error, msgspec.DecodeError) else ""
        raise ApiError("invalid_request", f"the body is not valid JSON{where}") from None


async def form_of(request: Request[Any, Any, Any]) -> FormMultiDict:
    """Parse a multipart or URL-encoded body.

    Raises:
        ApiError: if it cannot be parsed.
    """
    try:
        if request.content_type[0] == "application/x-www-form-urlencoded":
            # the framework's own parser caches a thousand bodies, and with them documents
            return FormMultiDict(parse_qsl((await request.body()).decode(), keep_blank_values=True))
        return await request.form()
    except (ValueError, LookupError):  # a part is not text, or has an unknown encoding
        raise ApiError("invalid_request", "the form cannot be parsed. Check it, and send text parts as UTF-8") from None


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
                raise invalid_property(name, "expected a JSON list, but it cannot be parsed") from None
        elif name == "include":
            body.setdefault(name, []).extend(part.strip() for part in value.split(",") if part.strip())
        elif name in _FLAG_PARTS:
            body[name] = value.strip().lower() in ("true", "1", "yes")
        else:
            body[name] = value
    return files, body


def decoded(text: str) -> bytes:
    """Decode base64, with white space and missing padding allowed, or a `data:` URI.

    Raises:
        ApiError: if it is neither.
    """
    encoded = text
    if text[:5].lower() == "data:":
        comma = text.find(",", 0, _DATA_URI_HEAD)
        if comma < 0:
            raise ApiError("invalid_image", "'image' is not a valid data: URI: expected 'data:<type>;base64,<data>'")
        encoded = text[comma + 1 :]
    compact = "".join(encoded.split())
    try:
        return base64.b64decode(compact + "=" * (-len(compact) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise ApiError("invalid_image", "'image' is not valid base64: expected base64, a data: URI or a URL") from None
