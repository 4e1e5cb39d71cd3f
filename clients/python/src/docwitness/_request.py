"""Build the bodies that the client sends."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from docwitness._schema import fields_of

Source = str | PathLike[str] | bytes
Fields = Sequence[Mapping[str, Any]]


def body_of(
    source: Source,
    *,
    fields: Fields | None,
    template: str | None,
    model: type[BaseModel] | None,
    auto_fields: bool,
    pages: str | None,
    password: str | None,
    locale: str | None,
    extractor: str | None,
    include: Sequence[str],
    own: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return the JSON body of `extract`; the arguments are those of `Client.extract`.

    Raises:
        TypeError: if not exactly one of fields, template, model and auto_fields is given.
        OSError: if the file cannot be read.
    """
    return document_of(source, pages, password) | requested_schema(
        fields, template, model, auto_fields, locale, extractor, include, own
    )


def requested_schema(
    fields: Fields | None,
    template: str | None,
    model: type[BaseModel] | None,
    auto_fields: bool,
    locale: str | None,
    extractor: str | None,
    include: Sequence[str],
    own: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return the part of the body that says what to extract.

    Raises:
        TypeError: if not exactly one of fields, template, model and auto_fields is given.
    """
    if sum(choice is not None for choice in (fields, template, model)) + auto_fields != 1:
        raise TypeError("expected exactly one of fields=, template=, model= and auto_fields=True")
    body: dict[str, Any] = {}
    if auto_fields:
        body["autoFields"] = True
    elif template is not None:
        body["templateId"] = template
    else:
        body["fields"] = [dict(f) for f in fields] if fields is not None else fields_of(model)  # type: ignore[arg-type]
    if locale is not None:
        body["locale"] = locale
    if own is not None:
        body["own"] = dict(own)
    if extractor is not None:
        body["extractor"] = extractor
    if include:
        body["include"] = list(include)
    return body


def job_body(
    sources: Sequence[Source],
    schema: dict[str, Any],
    pages: str | None,
    priority: str,
    retain: bool,
    password: str | None = None,
) -> dict[str, Any]:
    """Return the JSON body of `submit`.

    Raises:
        OSError: if a file cannot be read.
    """
    documents = [
        _image(source) | ({} if isinstance(source, bytes) else {"name": Path(source).name}) for source in sources
    ]
    body = schema | {"documents": documents, "priority": priority, "retain": retain}
    return body | _options(pages, password)


def document_of(source: Source, pages: str | None = None, password: str | None = None) -> dict[str, Any]:
    """Return the part of the body that holds the document.

    Raises:
        OSError: if the file cannot be read.
    """
    return _image(source) | _options(pages, password)


def _options(pages: str | None, password: str | None) -> dict[str, str]:
    options = {"pages": pages, "password": password}
    return {name: value for name, value in options.items() if value is not None}


def _image(source: Source) -> dict[str, str]:
    if isinstance(source, str) and re.match(r"https?://", source, re.IGNORECASE):
        return {"image": source, "imageType": "url"}
    data = source if isinstance(source, bytes) else Path(source).read_bytes()
    return {"image": base64.b64encode(data).decode(), "imageType": "base64"}
