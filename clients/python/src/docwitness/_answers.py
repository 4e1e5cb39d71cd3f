"""Shared by both clients: address and key, and parsing the server's responses into models."""

from __future__ import annotations

import json
import os
import time
from dataclasses import replace
from decimal import Decimal
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from docwitness._exceptions import ModelMismatch, UnexpectedAnswer
from docwitness._models import Extraction, Finding, Job, row_of
from docwitness._retries import Retries

DEFAULT_URL = "http://127.0.0.1:7860"
DEFAULT_TIMEOUT_SECONDS = 120.0
"""Enough for twenty scanned pages that wait behind other documents."""

Model = TypeVar("Model", bound=BaseModel)


class ConnectionSettings:
    """Address, key and retries, from arguments or the environment."""

    def __init__(self, base_url: str | None, api_key: str | None, retries: Retries | None) -> None:
        _refuse_former_names(DOCWITNESS_URL=base_url, DOCWITNESS_API_KEY=api_key)
        self.base_url = (base_url or os.environ.get("DOCWITNESS_URL") or DEFAULT_URL).rstrip("/")
        self.retries = retries or Retries()
        self._key = (api_key or os.environ.get("DOCWITNESS_API_KEY") or "").strip()
        if not self._key.isascii() or not self._key.isprintable():
            raise ValueError(
                "api_key is invalid: expected printable ASCII characters only. Check that it was copied completely"
            )

    def headers(self, extra: dict[str, str]) -> dict[str, str]:
        """Return the extra headers and the one with the key."""
        return extra | ({"Authorization": f"Bearer {self._key}"} if self._key else {})


def _refuse_former_names(**values: str | None) -> None:
    """Refuse to run if a value is in the environment under the product's former name only.

    Raises:
        ValueError: if a value is neither an argument nor set under its present name, but under its former name.
    """
    for name, value in values.items():
        former = name.replace("DOCWITNESS", "FIELDPROOF")
        if not value and not os.environ.get(name) and os.environ.get(former):
            raise ValueError(f"{former} is no longer read: the product is called docwitness now. Set {name} instead.")


def json_of(response: httpx.Response) -> dict[str, Any]:
    """Parse the body with exact decimals.

    Raises:
        UnexpectedAnswer: if it is not a JSON object.
    """
    try:
        body = json.loads(response.content, parse_float=Decimal)
    except ValueError:
        raise UnexpectedAnswer(
            f"{response.request.url} returned status {response.status_code} without JSON. Check the server's address"
        ) from None
    if not isinstance(body, dict):
        raise UnexpectedAnswer(
            f"{response.request.url} returned JSON that is not an object. Check the server's address"
        )
    return body


def typed(model: type[Model], answer: Any) -> Model:
    """Validate a response against a model.

    Args:
        model: the model.
        answer: the parsed body.

    Raises:
        UnexpectedAnswer: if the response does not fit the model.
    """
    try:
        return model.model_validate(answer)
    except ValidationError as error:
        raise UnexpectedAnswer(
            "the server's response does not have the form that this client expects. Use the client of the same version"
        ) from error


def id_of(job: Job | str) -> str:
    """Return the id of a job, given the job or its id."""
    return job if isinstance(job, str) else job.id


def has_ended(job: dict[str, Any]) -> bool:
    """Check whether all documents of a job have finished."""
    return job.get("finishedAt") is not None


def require_time_left(job: dict[str, Any], deadline: float) -> None:
    """Check the deadline before waiting longer.

    Args:
        job: the job as last received.
        deadline: seconds of the monotonic clock.

    Raises:
        TimeoutError: if the deadline has passed.
    """
    if time.monotonic() > deadline:
        raise TimeoutError(
            f"the job {job.get('id')} is still '{job.get('status')}'. It continues on the server; wait for it again"
        )


def job_of(answer: dict[str, Any]) -> Job:
    """Parse a job, with its results as extractions."""
    found = typed(Job, answer)
    documents = tuple(
        d if d.result is None else d.model_copy(update={"result": extraction_of(d.result)}) for d in found.documents
    )
    return found.model_copy(update={"documents": documents})


def extraction(response: httpx.Response, model: type[BaseModel] | None) -> Extraction[Any]:
    """Parse the response to `extract`.

    Args:
        response: the HTTP response.
        model: the class to fill with the values, or None.

    Raises:
        ModelMismatch: if the values do not fit the model.
        UnexpectedAnswer: if the response is not an extraction.
    """
    replayed = response.headers.get("X-Idempotent-Replay") == "true"
    result = extraction_of(json_of(response), replayed=replayed, text=response.text)
    if model is None:
        return result
    try:
        return replace(result, parsed=model.model_validate(result.values()))
    except ValidationError as error:
        raise ModelMismatch(f"the values do not fit {model.__name__}: {error}", result) from error


def extraction_of(body: dict[str, Any], *, replayed: bool = False, text: str | None = None) -> Extraction[Any]:
    """Parse the result of one document.

    Args:
        body: the parsed response.
        replayed: whether it repeats an earlier response.
        text: the body as received; by default it is written again.

    Raises:
        UnexpectedAnswer: if it is not an extraction.
    """
    try:
        data = row_of(body["data"])
        checks = tuple(Finding.model_validate(c) for c in body.get("checks", ()))
        fields = tuple(dict(f) for f in body.get("fields") or ())
        rows_seen = {name: int(counts["rows_seen"]) for name, counts in (body.get("rows") or {}).items()}
        request_id, pages = str(body["requestId"]), int(body["usage"]["pages"])
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise UnexpectedAnswer(
            "the server returned JSON that is not an extraction. Check its address and version"
        ) from error
    return Extraction(
        request_id=request_id,
        data=data,
        parsed=None,
        checks=checks,
        fields=fields,
        rows_seen=rows_seen,
        pages=pages,
        replayed=replayed,
        raw=body,
        text=text if text is not None else json.dumps(body, default=float, ensure_ascii=False),
    )
