"""Receive what Mindee's clients send: a document as file, base64 or URL, and options."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from litestar import Request
from litestar.datastructures import UploadFile

from service.api.uploads import UploadReader, form_of, json_of
from service.contract.errors import ApiError
from service.vendors.mindee.document import PredictionOptions

_OPTIONS = ("include_mvision", "full_text_ocr", "cropper")
_REQUIRED = "Missing data for required field."


class MindeeUpload(NamedTuple):
    """A document, and what the caller wants in the reply."""

    document: bytes
    wanted: PredictionOptions


async def received(request: Request[Any, Any, Any], upload_reader: UploadReader, version: str) -> MindeeUpload:
    """Receive the part `document`, and the options in the query or the body.

    Args:
        request: the request.
        upload_reader: decodes, fetches and measures documents.
        version: the version of the product: `2`, `3` or `4`.

    Raises:
        ApiError: if the document is missing, too large or cannot be fetched.
    """
    kind = request.content_type[0]
    if kind in ("multipart/form-data", "application/x-www-form-urlencoded"):
        body: dict[str, Any] = dict(await form_of(request))
    else:
        found = await json_of(request)
        body = found if isinstance(found, dict) else {}
    words, text, cropper = (_is_true(request.query_params.get(name, body.get(name))) for name in _OPTIONS)
    sent = body.get("document")
    name: str | None
    if isinstance(sent, UploadFile):
        document, name = upload_reader.require_size(await sent.read()), sent.filename
    elif isinstance(sent, str) and sent.strip():
        document, name = await upload_reader.decode_or_fetch(sent), _name_in(sent)
    else:
        raise ApiError("invalid_request", _REQUIRED, {"document": [_REQUIRED]})
    return MindeeUpload(document, PredictionOptions(version, (name or "document")[-500:], words, text, cropper))


def _is_true(value: Any) -> bool:
    return str(value).strip().lower() in ("true", "1", "yes")


def _name_in(sent: str) -> str | None:
    """Return the last part of a URL's path; None if this is not a URL with a path."""
    found = re.match(r"https?://[^/?#]+/(?:[^?#]*/)?([^/?#]+)", sent.strip(), re.IGNORECASE)
    return found and found[1]
